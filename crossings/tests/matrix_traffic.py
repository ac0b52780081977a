"""Who gets which answer at the addresses of traffic. The days and the file are of Ou Ya Dav in Ratanakiri."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from borderwatch import sealed
from borderwatch.tests.matrix import Row, api, only
from crossings import actions

# Who serves in the crossing's province, and institutions.
SEES_TRAFFIC = {"district", "province", "head", "moi", "mfaic", "ssba", "auditor", "keeper"}
SEEN = only(SEES_TRAFFIC, 200, 404)
# Who enters at the gate: the district and the province.
ENTERS = {"district", "province"}


def entering(status: int) -> dict[str, int]:
    """`status` for those who may enter; others who see it are refused."""
    return {**only(SEES_TRAFFIC, 403, 404), **dict.fromkeys(ENTERS, status)}


ROWS: dict[tuple[str, str], Row] = {
    ("traffic:enter", "get"): [("", only(SEES_TRAFFIC, 302, 404))],
    ("traffic:day", "get"): [("", SEEN)],
    ("traffic:day", "post"): [("", entering(422))],
    ("traffic:versions", "get"): [("", SEEN)],
    ("traffic:import", "get"): [("", only({"district", "province", "province2", "head"}))],
    ("traffic:import", "post"): [("", only({"district", "province", "province2", "head"}, 422))],
    ("traffic:import_detail", "get"): [("", SEEN)],
    # The file was given up: its state refuses whoever might otherwise.
    ("traffic:import_apply", "post"): [("", entering(422))],
    ("traffic:import_abandon", "post"): [("", entering(422))],
    ("traffic:import_errors", "get"): [("", only(set(), others=404))],
    ("traffic:import_file", "get"): [("", SEEN)],
    ("traffic:template", "get"): [("", only(set(), others=200))],
    ("traffic:template_csv", "get"): [("", only(set(), others=200))],
    ("crossings_api:traffic", "get"): [("", api())],
    # Without a key of the caller's own nothing is taken from anybody.
    ("crossings_api:traffic", "post"): [("", api(400))],
    ("crossings_api:traffic_table", "get"): [("", api())],
}

ARGUMENTS = {
    "traffic:enter": lambda scene, variant: ["vn-o-yadav"],
    **dict.fromkeys(
        ("traffic:day", "traffic:versions"),
        lambda scene, variant: ["vn-o-yadav", timezone.localdate() - timedelta(days=1)],
    ),
    **dict.fromkeys(
        [f"traffic:import_{name}" for name in ("detail", "apply", "abandon", "errors", "file")],
        lambda scene, variant: [scene["traffic_import"].pk],
    ),
}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A file that was sent and given up before it was read."""
    clerk, world = request.getfixturevalue("district"), request.getfixturevalue("world")
    file = sealed.keep(SimpleUploadedFile("traffic.csv", b"day,kind\n"), max_bytes=1000)
    sent = actions.upload_traffic(actor=clerk, unit=world["district-1607"], file=file)
    scene["traffic_import"] = actions.abandon_import(actor=clerk, imported=sent)
