"""Who gets what at the register check, the test bench and the trial of a change."""

from typing import Any

from django.utils import timezone

from borderwatch.tests.matrix import Row, only
from units.choices import Verdict
from units.models import ProposedRow, RegisterChange, Sector

# Keepers, reviewers and auditors.
CHECKERS = {"province", "province2", "moi", "mfaic", "ssba", "auditor", "keeper"}

ROWS: dict[tuple[str, str], Row] = {
    ("units:check", "get"): [("", only(CHECKERS))],
    ("bench:point", "get"): [("", only(CHECKERS))],
    # A change proposed by the keeper about a unit of his province.
    ("bench:whatif", "get"): [("", only({"keeper"}, 200, 404))],
    ("bench:whatif", "post"): [("", only({"keeper"}, 302, 404))],
    ("bench:whatif_map", "get"): [("", only({"keeper"}, 200, 404))],
}


def _change(scene: dict[str, Any], _variant: str) -> list[Any]:
    return [scene["tried"].pk]


ARGUMENTS = dict.fromkeys(("bench:whatif", "bench:whatif_map"), _change)


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A draft that hands the sector of the ponds to the neighbouring post."""
    world, keeper = request.getfixturevalue("world"), request.getfixturevalue("keeper")
    change = RegisterChange.objects.create(
        layer="sector", title="Redrawn", effective_from=timezone.now(), proposed_by=keeper, proposed_at=timezone.now()
    )
    sector = Sector.objects.at(timezone.now()).get(unit=world["post-1607-1"])
    heir = world["post-1607-2"]
    change.units.set([heir, sector.unit])
    ProposedRow.objects.create(
        change=change, number=1, verdict=Verdict.CHANGED, code=sector.code, unit=heir, area=sector.area,
        replaces=sector.pk,
    )  # fmt: skip
    scene["tried"] = change
