"""Who gets which answer at the addresses of assessments. The assessment is of O Yadav, in Ou Ya Dav, a draft."""

from typing import Any

from borderwatch.tests.matrix import SEES, Row, api, as_token, only, page
from crossings.models import Crossing
from crossings.tests.assessing import draft

# Who serves in the province, and institutions.
SEES_IT = SEES["told"]
# Who files for the district or the province; the head's post is not responsible for this crossing.
ASSESSES = {"district", "province"}
# Whose posting gives `file_incidents` on a unit that has crossings of its own to assess; the head's post is responsible
# for the corridor that the scene of closures has.
BEGINS = {"district", "province", "province2", "head"}

SEEN = only(SEES_IT, 200, 404)
STEP = {**only(SEES_IT, 403, 404), **dict.fromkeys(ASSESSES, 422)}
WRITES = {**only(SEES_IT, 403, 404), **dict.fromkeys(ASSESSES, 200)}

NEEDS = ("crossings.tests.matrix_closures",)
ROWS: dict[tuple[str, str], Row] = {
    ("assessments:list", "get"): [("", page())],
    ("assessments:new", "get"): [("", only(BEGINS))],
    ("assessments:new", "post"): [("", only(BEGINS, 422))],
    ("assessments:compare", "get"): [("", page())],
    ("assessments:weights", "get"): [("", page())],
    # The ministry above the provinces publishes.
    ("assessments:weights", "post"): [("", only({"moi"}, 422))],
    ("assessments:detail", "get"): [("", SEEN)],
    ("assessments:complete", "post"): [("", STEP)],
    ("assessments:abandon", "post"): [("", STEP)],
    ("assessments:step", "get"): [("", WRITES)],
    ("assessments:step", "post"): [("", STEP)],
    ("assessments:autosave", "post"): [("", WRITES)],
    ("crossings_api:assessments", "get"): [("", api())],
    ("crossings_api:assessment", "get"): [("", as_token(SEEN))],
    ("crossings_api:assessment_weights", "get"): [("", api())],
}
ARGUMENTS = {
    **dict.fromkeys(
        ("assessments:detail", "assessments:complete", "assessments:abandon", "crossings_api:assessment"),
        lambda scene, variant: [scene["assessment"].pk],
    ),
    **dict.fromkeys(
        ("assessments:step", "assessments:autosave"), lambda scene, variant: [scene["assessment"].pk, "people"]
    ),
}
# A step without the revision it was opened at is no form of ours; the form that saves by itself takes what it can.
SENT = {"assessments:autosave": lambda: {"data": {"revision": "0", "population": "5"}}}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A draft of the district's officer."""
    district, world = request.getfixturevalue("district"), request.getfixturevalue("world")
    gate = Crossing.objects.get(slug="vn-o-yadav")
    scene["assessment"] = draft(district, gate, world["district-1607"], "visit")
