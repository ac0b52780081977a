"""What a person does about a finding of the flight recorder: deal with it and say how."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from incidents.models import Finding
from units.models import User


@transaction.atomic
def settle_finding(*, actor: User, finding: Finding, reason: str) -> Finding:
    """An administrator or auditor has seen to it, and says how; what a person settled is not raised again.

    Raises PermissionDenied, and ValidationError without a reason or when it is settled already.
    """
    if not Finding.objects.visible_to(actor).filter(pk=finding.pk).exists():
        raise PermissionDenied
    row = Finding.objects.select_for_update(of=("self",)).select_related("incident").get(pk=finding.pk)
    if not reason.strip():
        raise ValidationError({"reason": _("Say how it was dealt with; it stays on record.")})
    if row.settled_at is not None:
        raise ValidationError(_("This finding is settled already."))
    row.settled_at, row.settled_by, row.settled_reason = clock.now(), actor, reason.strip()[:300]
    row.save(update_fields=["settled_at", "settled_by", "settled_reason"])
    audit.record(
        actor=actor,
        verb="settle_finding",
        target=row.incident,
        after={"finding": row.pk, "kind": row.kind, "expected": row.expected},
        reason=row.settled_reason,
    )
    return row
