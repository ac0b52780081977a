"""Whom a drill concerns: who may lead one, whose units take part, and who may file into one that runs.

Reading only. Running drills are few, so they are read whole, once in a request.
"""

from collections.abc import Iterable
from typing import Any

from borderwatch import clock
from incidents.choices_answers import DrillState
from incidents.models import Drill
from units import policy
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit
from units.remembered import once

# Who may lead a drill: a provincial administration, or an institution.
LEADERS = (UnitKind.PROVINCE, *INSTITUTIONS)


def led_from(user: Any) -> list[Unit]:
    """The units from which this person may lead a drill, institutions first."""
    ids = policy.unit_ids(user, policy.REVIEW)
    if not ids:
        return []
    rows = Unit.objects.filter(pk__in=ids, kind__in=LEADERS).select_related("province")
    return sorted(rows, key=lambda unit: (unit.kind not in INSTITUTIONS, unit.code))


def may_lead(user: Any, drill: Drill) -> bool:
    """Whether this person leads this drill."""
    return policy.may(user, "lead_drill", [drill.led_by_id])


def with_those_above(unit_ids: Iterable[int]) -> frozenset[int]:
    """These units and every one over them; one query."""
    ids = frozenset(unit_ids)
    paths: Any = Unit.objects.with_tree_fields().filter(pk__in=ids)  # type: ignore[attr-defined]
    return once(("drill_above", ids), lambda: frozenset(pk for unit in paths for pk in unit.tree_path))


def running() -> list[Drill]:
    """The drills that run, with their units; asked once in a request."""
    rows = Drill.objects.filter(state=DrillState.RUNNING).prefetch_related("units").order_by("began_at", "pk")
    return once(("running_drills",), lambda: list(rows))


def concerns(user: Any, drill: Drill) -> bool:
    """Whether a drill is this person's business: he serves or looks over a unit that leads it or takes part, or serves
    below one that takes part, or at an institution, of which policy may ask an answer in any drill.
    """
    ids = policy.unit_ids(user, policy.VIEW)
    if not ids:
        return False
    if any(unit.kind in INSTITUTIONS for _role, unit in policy.roles_of(user)):
        return True
    # An institution that takes part is not "above" the provinces here: else a drill of one would be everybody's.
    ground = {unit.pk for unit in drill.units.all() if unit.kind not in INSTITUTIONS}
    return not ids.isdisjoint({drill.led_by_id, *ground}) or not ground.isdisjoint(with_those_above(ids))


def concerning(user: Any) -> list[Drill]:
    """The running drills that are this person's business."""
    return [drill for drill in running() if concerns(user, drill)]


def open_to(units: Iterable[Unit]) -> list[Drill]:
    """The running drills into which reports for these units may be filed now."""
    ids = frozenset(unit.pk for unit in units)
    found = running()
    if not ids or not found:
        return []
    now = clock.now()
    return [drill for drill in found if drill.ends_at > now and takes_part(drill, ids)]


def takes_part(drill: Drill, unit_ids: Iterable[int]) -> bool:
    """Whether one of these units, or one above it, takes part with its ground."""
    ground = {unit.pk for unit in drill.units.all() if unit.kind not in INSTITUTIONS}
    return not ground.isdisjoint(with_those_above(unit_ids))
