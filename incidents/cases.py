"""Questions asked of accountability cases. Who sees a case is said here and nowhere else."""

from typing import Any

from django.db.models import Q

from units import policy


def visible(rows: Any, user: Any) -> Any:
    """Cases of units the person reviews or audits; once the head is notified, also those he answers for himself."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return rows.none()
    above = policy.unit_ids(user, policy.REVIEW)
    if policy.is_auditor(user):
        above |= policy.unit_ids(user, policy.VIEW)
    answering = policy.unit_ids(user, policy.ANSWER)
    theirs = Q(unit_id__in=answering) | Q(head_person=user)
    return rows.filter(Q(unit_id__in=above) | Q(notified_at__isnull=False) & theirs)
