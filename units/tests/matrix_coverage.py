"""Who gets what of coverage and targets."""

from typing import Any

from borderwatch.tests.matrix import Row, only, page
from units import actions
from units.models import Unit
from units.tests.walked import days_ago

# Whose incidents one sees, their patrols one sees: everybody under whose eyes post-1607-1 stands.
SEES_POST = {"province", "head", "moi", "auditor", "keeper"}
SEES_AREA = {"province", "moi", "mfaic", "ssba", "keeper"}
SETS = {"province", "province2", "keeper"}

ROWS: dict[tuple[str, str], Row] = {
    ("patrols:coverage", "get"): [("", page())],
    ("patrols:ground", "get"): [
        ("S-1607-1", only(SEES_POST, 200, 404)),
        ("pak-nhai-white-zone", only(SEES_AREA, 200, 404)),
    ],
    ("patrols:targets", "get"): [("", page())],
    ("patrols:targets", "post"): [("", only(SETS, 422))],
    # A target is set and ended from above.
    ("patrols:end_target", "post"): [("", {**only(SEES_POST, 403, 404), "province": 422, "keeper": 422})],
}
ARGUMENTS = {
    "patrols:ground": lambda scene, variant: [variant],
    "patrols:end_target": lambda scene, variant: [scene["target"].pk],
}
SENT: dict[str, Any] = {"patrols:targets": lambda: {"data": {}}, "patrols:end_target": lambda: {"data": {}}}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A target of the post."""
    scene["target"] = actions.set_target(
        actor=None,
        unit=Unit.objects.get(code="post-1607-1"),
        sector_code="S-1607-1",
        every_days=7,
        since=days_ago(30),
        reason="matrix",
    )
