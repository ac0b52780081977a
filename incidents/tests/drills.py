"""What tests of drills share: one that is announced, one that runs, and reports played in it."""

import uuid
from datetime import timedelta
from typing import Any

from borderwatch import clock
from incidents import actions
from incidents.models import Drill, Incident

ARMED = {"category": "armed_incident", "type": "shooting", "impact": "very_high"}
PONDS = {"category": "neighbour_unilateral_activity", "type": "pond_or_canal", "impact": "high"}


def announced(actor: Any, world: dict[str, Any], **changes: Any) -> Drill:
    """A drill of Ratanakiri that begins in an hour; name what differs."""
    now = clock.now()
    values: dict[str, Any] = {
        "led_by": world["province-16"],
        "name_km": "ការហាត់សម",
        "name_en": "Exercise",
        "purpose": "Who answers, and when",
        "units": [world["district-1607"], world["post-1607-1"], world["moi"]],
        "starts_at": now + timedelta(hours=1),
        "ends_at": now + timedelta(hours=5),
    }
    return actions.announce_drill(actor=actor, **{**values, **changes})


def running(actor: Any, world: dict[str, Any], **changes: Any) -> Drill:
    """The same, begun by hand."""
    return actions.begin_drill(actor=actor, drill=announced(actor, world, **changes))


def play(drill: Drill, district: Any, world: dict[str, Any], report: Any, **changes: Any) -> Incident:
    """A report of Ou Ya Dav, played in the drill."""
    unit = changes.pop("unit", world["district-1607"])
    return actions.file_incident(
        actor=district, unit=unit, client_key=uuid.uuid4(), report=report(**changes), drill=drill
    ).incident
