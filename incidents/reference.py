"""Reference data of incidents: the directive's three institutions, the policies of escalation and accountability.

All are data: names change, deadlines are decided by the client. A policy in use is never overwritten by a reload.
"""

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from borderwatch import clock
from incidents.models import (
    AccountabilityPolicy,
    Counterpart,
    EscalationPolicy,
    LegalBasis,
    LetterTemplate,
    PolicyDuty,
    PolicyStep,
)
from units.actions import create_unit
from units.models import Unit
from units.reference import rows

FOLDER = Path(__file__).parent / "fixtures"


@transaction.atomic
def load() -> dict[str, int]:
    """Add institutions and policies that are missing; returns how many the files name."""
    counts = {"institutions": 0, "policies": 0, "accountability_policies": 0}
    for row in rows("institutions", FOLDER):
        counts["institutions"] += 1
        if not Unit.objects.filter(code=row["code"]).exists():
            create_unit(actor=None, reason="first installation", **row)
    units = {unit.code: unit for unit in Unit.objects.filter(parent=None)}
    for row in rows("policies", FOLDER):
        counts["policies"] += 1
        duties, steps = row.pop("duties"), row.pop("steps")
        policy, made = EscalationPolicy.objects.get_or_create(slug=row.pop("slug"), defaults=row)
        if made:
            PolicyDuty.objects.bulk_create(
                PolicyDuty(policy=policy, unit=units[d["unit"]], answer_within_min=d["answer_within_min"])
                for d in duties
            )
            PolicyStep.objects.bulk_create(PolicyStep(policy=policy, **step) for step in steps)
    for row in rows("accountability_policies", FOLDER):
        counts["accountability_policies"] += 1
        AccountabilityPolicy.objects.get_or_create(slug=row.pop("slug"), defaults=row)
    counts["counterparts"] = _counterparts()
    counts["legal_bases"] = _legal_bases()
    counts["letter_templates"] = _letter_templates()
    return counts


def _counterparts() -> int:
    """Authorities of the neighbouring countries; one that is here already stays as it was edited."""
    count = 0
    for row in rows("counterparts", FOLDER):
        Counterpart.objects.get_or_create(slug=row.pop("slug"), defaults=row)
        count += 1
    return count


def _letter_templates() -> int:
    """Wording of letters for all offices; a kind that has any version for all offices stays as it was edited."""
    count = 0
    for row in rows("letter_templates", FOLDER):
        LetterTemplate.objects.get_or_create(
            kind=row.pop("kind"), office=None, version=1, defaults={**row, "written_at": clock.now()}
        )
        count += 1
    return count


def _legal_bases() -> int:
    """Texts that may be quoted in a protest note; one that is here already stays as it was edited."""
    count = 0
    for row in rows("legal_bases", FOLDER):
        since, until = (_midnight(row.pop(name)) for name in ("since", "until"))
        LegalBasis.objects.get_or_create(slug=row.pop("slug"), defaults={**row, "period": (since, until)})
        count += 1
    return count


def _midnight(day: str | None) -> datetime | None:
    """The first moment of a day in Phnom Penh."""
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=ZoneInfo(settings.TIME_ZONE)) if day else None
