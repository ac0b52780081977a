"""Who gets which answer at the pages of proposed changes of the register."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from borderwatch.tests.matrix import SIGNED_IN, Row, only, page

# The change is proposed by Ratanakiri's keeper and touches one unit of Ratanakiri; nobody else keeps its register.
KEEPER = {"keeper"}

ROWS: dict[tuple[str, str], Row] = {
    ("units:changes", "get"): [("", page())],
    ("units:change_new", "get"): [("", only(KEEPER))],
    ("units:change_new", "post"): [("", only(KEEPER, 422))],
    ("units:change", "get"): [("", only(KEEPER, 200, 404))],
    ("units:change_apply", "post"): [("", only(KEEPER, 422, 404))],
    ("units:change_abandon", "post"): [("", only(KEEPER, 422, 404))],
    ("units:change_compare", "post"): [("", only(KEEPER, 302, 404))],
    ("units:change_layer", "get"): [("", only(KEEPER, 200, 404))],
    # Entered by hand: there is no file.
    ("units:change_file", "get"): [("", page(404))],
}
assert set(SIGNED_IN) >= KEEPER

ARGUMENTS = {
    name: lambda scene, _variant: [scene["change"].pk]
    for name, _method in ROWS
    if name not in {"units:changes", "units:change_new"}
}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A change by hand: the sector of post-1607-1 goes to its neighbour from next week on."""
    from units.actions import propose_sector
    from units.models import Sector

    world = request.getfixturevalue("world")
    sector = Sector.objects.get(unit=world["post-1607-1"], period__contains=timezone.now())
    scene["change"] = propose_sector(
        actor=request.getfixturevalue("keeper"),
        title="Handed over",
        code=sector.code,
        unit=world["post-1607-2"],
        area=sector.area,
        effective_from=timezone.now() + timedelta(days=7),
    )
