"""Who gets which answer at the pages that keep the register. The unit is post-1607-1, in the keeper's province."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from borderwatch.tests.matrix import Row, only, seen
from units import actions

KEEPS = seen("told", 403, keeper=200)
SENDS = seen("told", 403, keeper=422)
STEPS = (
    "new", "edit", "move", "appoint", "end_head", "correct_head", "withdraw_head", "leave", "end_leave",
    "call_off_leave", "post", "end_posting",
)  # fmt: skip

# Those who see the unit's incidents; neighbours and institutions see the unit, not its people.
SEES_PEOPLE = dict.fromkeys(("province", "head", "moi", "auditor", "keeper"), 200)

# Pages with a form: one who keeps the unit, the others who see it, and those to whom it does not exist.
ROWS: dict[tuple[str, str], Row] = {
    **{(f"units:{name}", "get"): [("", KEEPS)] for name in STEPS},
    **{(f"units:{name}", "post"): [("", SENDS)] for name in STEPS},
    ("units:postings", "get"): [("", seen("told", 403, **SEES_PEOPLE))],
    ("units:people", "get"): [("", only({"keeper"}))],
}

POST = "post-1607-1"
# What stands in an address after the unit's code: a row of the scene.
ROW_OF = {
    **dict.fromkeys(("new", "edit", "move", "appoint", "post", "postings"), ""),
    **dict.fromkeys(("end_head", "correct_head", "withdraw_head", "leave"), "tenure"),
    **dict.fromkeys(("end_leave", "call_off_leave"), "on_leave"),
    "end_posting": "posting",
}
ARGUMENTS = {
    f"units:{name}": lambda scene, variant, row=row: [POST, scene[row].pk] if row else [POST]
    for name, row in ROW_OF.items()
}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A leave to come of the head of the post."""
    post, head = request.getfixturevalue("world")[POST], request.getfixturevalue("head")
    since = timezone.now() + timedelta(days=30)
    scene["tenure"] = post.tenures.at(timezone.now()).get()
    scene["posting"] = head.postings.get()
    scene["on_leave"] = actions.grant_leave(
        actor=None, tenure=scene["tenure"], since=since, until=since + timedelta(days=5), acting_name_en="Deputy",
        acting_rank="captain", reason="matrix",
    )  # fmt: skip
