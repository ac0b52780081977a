"""Who gets which answer at the addresses of drills.

`planned` and `over` are drills of Ratanakiri led by its province; whoever serves anywhere may know of them.
"""

from typing import Any

from borderwatch.tests.matrix import SIGNED_IN, Expected, Row, api, only, page
from incidents import actions
from incidents.tests.drills import announced, running

# No posting, no drill.
NOWHERE = {"outsider", "former_head", "admin"}
LEADERS = {"province", "province2", "moi", "mfaic", "ssba"}
# MoI stands above the province.
LEADING = {"province", "moi"}
CONCERNED = {"district", "province", "head", "moi", "mfaic", "ssba", "auditor", "keeper"}


def drill(status: int = 200, **differing: int) -> Expected:
    """`status` for whoever serves anywhere, 404 for those who do not."""
    return {**page(status), **dict.fromkeys(NOWHERE, 404), **differing}


def led(status: int) -> Expected:
    """A step of a drill: for those who lead it, 403 for others."""
    return drill(403, **dict.fromkeys(LEADING, status))


def concerned(status: int = 200) -> Expected:
    """For those whom the drill concerns, 403 for others."""
    return drill(403, **dict.fromkeys(CONCERNED, status))


ROWS: dict[tuple[str, str], Row] = {
    ("drills:list", "get"): [("", page())],
    ("drills:new", "get"): [("", only(LEADERS))],
    ("drills:new", "post"): [("", only(LEADERS, 422))],
    ("drills:detail", "get"): [("planned", drill()), ("over", drill())],
    ("drills:report", "get"): [("planned", concerned(404)), ("over", concerned())],
    ("drills:csv", "get"): [("planned", concerned(404)), ("over", concerned())],
    ("drills:begin", "post"): [("planned", led(302)), ("over", led(422))],
    ("drills:end", "post"): [("planned", led(422)), ("over", led(422))],
    ("drills:call-off", "post"): [("planned", led(422)), ("over", led(422))],
    ("drills:lessons", "post"): [("planned", led(422)), ("over", led(422))],
    ("drills_api:drills", "get"): [("", api())],
}
assert set(SIGNED_IN) >= CONCERNED | NOWHERE | LEADERS


def _drill(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[f"drill_{variant}"].pk]


ARGUMENTS: dict[str, Any] = {
    name: _drill for name, _method in ROWS if name not in {"drills:list", "drills:new", "drills_api:drills"}
}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """One drill that is planned, and one that is over."""
    province, world = request.getfixturevalue("province"), request.getfixturevalue("world")
    scene["drill_planned"] = announced(province, world)
    scene["drill_over"] = actions.end_drill(actor=province, drill=running(province, world))
