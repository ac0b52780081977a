"""The steps of a duty's ladder as they were told and are planned, for its page. Reading only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from borderwatch.models import Delivery
from borderwatch.topics import facts
from incidents import notices
from incidents.models import Duty
from incidents.policies import Terms
from units.choices import DeskLevel


@dataclass(frozen=True)
class Step:
    """One step: when, whom, and whether it is past, planned, cancelled or failed."""

    at: datetime
    whom: str
    state: str
    note: str = ""


STATES = {
    Delivery.State.PENDING: "planned",
    Delivery.State.DELIVERED: "past",
    Delivery.State.CANCELLED: "cancelled",
    Delivery.State.DEAD: "failed",
}


@dataclass(frozen=True)
class Steps:
    """The steps that were told or still stand, and those an answer or a pause made needless, in order of time."""

    standing: list[Step]
    needless: list[Step]


def of(duty: Duty) -> Steps:
    """All steps; persons and addresses of one step and state are one line. One query."""
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for row in Delivery.objects.filter(bundle=duty.bundle).order_by("planned_at", "id"):
        groups.setdefault((row.event, STATES[Delivery.State(row.state)]), []).append(row)
    found = sorted((_step(rows, state) for (_event, state), rows in groups.items()), key=lambda step: step.at)
    return Steps(
        [step for step in found if step.state != "cancelled"], [step for step in found if step.state == "cancelled"]
    )


def _step(rows: list[Delivery], state: str) -> Step:
    step = facts(rows[0]).get("step", {})
    level = DeskLevel(step.get("level", DeskLevel.DESK))
    whom = notices.name(step["of"]) if step.get("of") else str(level.label)
    return Step(rows[0].planned_at, whom, state, ", ".join(_channels(rows)))


def _channels(rows: Iterable[Delivery]) -> list[str]:
    return list(dict.fromkeys(str(row.get_channel_display()) for row in rows))


def missing_above(duty: Duty) -> str:
    """Why the step to the next level does not take place, or ""."""
    terms = Terms.of(duty.escalation.frozen_policy)
    wanted = any(rung.level == DeskLevel.ABOVE for rung in terms.rungs)
    if not wanted or terms.above(duty.unit) is not None:
        return ""
    return _("The policy has a step to the next level above, but names nobody there: that step falls away.")
