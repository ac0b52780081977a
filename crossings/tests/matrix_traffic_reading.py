"""Who gets which answer at the pages that look at traffic. The unusual day is one of O Yadav, in Ratanakiri."""

from typing import Any

from borderwatch import clock
from borderwatch.tests.matrix import Row, only, page
from crossings import traffic
from crossings.models import Crossing, TrafficOutlier

# Who serves in the province, and institutions.
SEES_TRAFFIC = {"district", "province", "head", "moi", "mfaic", "ssba", "auditor", "keeper"}
SEEN = only(SEES_TRAFFIC, 200, 404)

ROWS: dict[tuple[str, str], Row] = {
    ("traffic:overview", "get"): [("", page())],
    ("traffic:compare", "get"): [("", page())],
    ("traffic:outliers", "get"): [("", page())],
    ("traffic:crossing", "get"): [("", SEEN)],
    ("traffic:outlier", "get"): [("", SEEN)],
    ("traffic:outlier", "post"): [("", {**only(SEES_TRAFFIC, 403, 404), "province": 422})],
}

ARGUMENTS = {
    "traffic:crossing": lambda scene, variant: ["vn-o-yadav"],
    "traffic:outlier": lambda scene, variant: [scene["unusual_day"].pk],
}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A silence of O Yadav, as the watch finds it."""
    scene["unusual_day"] = TrafficOutlier.objects.create(
        crossing=Crossing.objects.get(slug="vn-o-yadav"), day=traffic.today(), direction="", measure="",
        why="silent", basis={"last": traffic.today().isoformat(), "days": 20, "gap": 0}, found_at=clock.now(),
    )  # fmt: skip
