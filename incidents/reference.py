"""Reference data of incidents: the directive's three institutions, the policies of escalation and accountability.

All are data: names change, deadlines are decided by the client. A policy in use is never overwritten by a reload.
"""

from pathlib import Path

from django.db import transaction

from incidents.models import AccountabilityPolicy, EscalationPolicy, PolicyDuty, PolicyStep
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
    return counts
