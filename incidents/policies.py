"""Which escalation policies fit an incident, and what is frozen of one when it starts."""

from dataclasses import dataclass
from typing import Any, Self

from django.contrib.gis.measure import D

from incidents.choices import AreaRule
from incidents.models import EscalationPolicy, Incident
from units.choices import DeskLevel
from units.models import Unit, UnresolvedArea


def matching(incident: Incident) -> list[EscalationPolicy]:
    """Policies in use that fit, in their order: what the province may choose from."""
    found = EscalationPolicy.objects.filter(active=True).prefetch_related("duties__unit", "steps")
    return [policy for policy in found if fits(policy, incident)]


def automatic_for(incident: Incident) -> list[EscalationPolicy]:
    """Policies that start by themselves at filing."""
    found = EscalationPolicy.objects.filter(active=True, automatic=True).select_related("overseer")
    return [policy for policy in found if fits(policy, incident)]


def fits(policy: EscalationPolicy, incident: Incident) -> bool:
    """Whether category, type, impact and area of a policy fit an incident (also an unsaved one)."""
    if policy.categories and incident.category not in policy.categories:
        return False
    if policy.types and incident.type not in policy.types:
        return False
    if policy.impacts and incident.impact not in policy.impacts:
        return False
    return policy.area_rule == AreaRule.ANYWHERE or near_unresolved(incident, policy.near_m)


def near_unresolved(incident: Incident, near_m: int) -> bool:
    """Whether the place lies inside or within `near_m` metres (plus its accuracy) of an unresolved area then.

    With no position known, the district counts: better one telling too many than one too few (D9).
    """
    areas = UnresolvedArea.objects.at(incident.occurred_at)
    if incident.point is None:
        return bool(incident.district_id and areas.filter(districts=incident.district_id).exists())
    reach = near_m + (incident.accuracy_m or 0)
    box = incident.point.buffer(reach / 90_000)
    box.srid = 4326
    near = areas.filter(area__bboverlaps=box)
    return bool(near.filter(area__distance_lte=(incident.point, D(m=reach))).exists())


def freeze(policy: EscalationPolicy) -> tuple[dict[str, Any], list[Unit]]:
    """The policy as it is now, and the institutions it names; a running escalation obeys this and no later edit."""
    duties = list(policy.duties.select_related("unit__parent"))
    frozen = {
        "slug": policy.slug,
        "name_km": policy.name_km,
        "name_en": policy.name_en,
        "legal_basis": policy.legal_basis,
        "automatic": policy.automatic,
        "working_hours": policy.working_hours,
        "information_within_min": policy.information_within_min,
        "forgotten_after_min": policy.forgotten_after_min,
        "overseer": policy.overseer.code if policy.overseer else None,
        "duties": [{"unit": duty.unit.code, "answer_within_min": duty.answer_within_min} for duty in duties],
        "steps": [{"after_min": step.after_min, "level": step.level} for step in policy.steps.all()],
    }
    return frozen, [duty.unit for duty in duties]


@dataclass(frozen=True)
class Rung:
    """A step of the ladder as frozen: whom, so many counting minutes after the start."""

    number: int
    after_min: int
    level: str


@dataclass(frozen=True)
class Terms:
    """What a frozen policy demands. Policies frozen before there were clocks lack the newer terms: every hour counts,
    nothing is forgotten, nobody stands above, and information is owed within four hours.
    """

    working_hours: bool
    information_within_min: int
    forgotten_after_min: int
    overseer: str | None
    rungs: tuple[Rung, ...]
    minutes: dict[str, int]

    @classmethod
    def of(cls, frozen: dict[str, Any]) -> Self:
        """Read `Escalation.frozen_policy`."""
        return cls(
            working_hours=frozen.get("working_hours", False),
            information_within_min=frozen.get("information_within_min", 240),
            forgotten_after_min=frozen.get("forgotten_after_min", 0),
            overseer=frozen.get("overseer"),
            rungs=tuple(Rung(n, step["after_min"], step["level"]) for n, step in enumerate(frozen["steps"])),
            minutes={duty["unit"]: duty["answer_within_min"] for duty in frozen["duties"]},
        )

    def hours_of(self, unit: Unit) -> Unit | None:
        """Whose working hours count for what this unit owes; None: every hour."""
        return unit if self.working_hours else None

    def above(self, unit: Unit) -> Unit | None:
        """Who is told when the head of this institution stays silent too: the unit over it, else the overseer."""
        if all(rung.level != DeskLevel.ABOVE for rung in self.rungs):
            return None
        if unit.parent is not None:
            return unit.parent  # type: ignore[no-any-return]
        return Unit.objects.filter(code=self.overseer).first() if self.overseer else None
