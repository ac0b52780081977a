"""Verbs of the kernel: open a notice, give a failed one a new life."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.audit import Actor
from borderwatch.models import Delivery


class _Notice:
    """A notice as the audit names it."""

    audit_kind = "delivery"

    def __init__(self, delivery: Delivery) -> None:
        self.audit_key = str(delivery.pk)
        self.label = str(delivery)

    def __str__(self) -> str:
        return self.label


@transaction.atomic
def open_notice(*, actor: Actor, delivery: Delivery) -> Delivery:
    """Write down when a person first opened his notice. Raises PermissionDenied for somebody else's."""
    if delivery.user_id != actor.pk:
        raise PermissionDenied
    Delivery.objects.filter(pk=delivery.pk, opened_at=None).update(opened_at=clock.sql_now())
    delivery.refresh_from_db(fields=["opened_at"])
    return delivery


@transaction.atomic
def replay_notice(*, actor: Actor, delivery: Delivery, reason: str) -> Delivery:
    """Send a failed notice again; only administrators may. Raises ValidationError without a reason or when it is
    not among the failed ones any more.
    """
    if not getattr(actor, "is_staff", False) or not getattr(actor, "is_active", False):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if not outbox.replay(delivery):
        raise ValidationError(_("This notice is no longer among the failed ones."))
    audit.record(
        actor=actor,
        verb="replay_notice",
        target=_Notice(delivery),
        before={"state": Delivery.State.DEAD},
        after={"state": Delivery.State.PENDING},
        reason=reason.strip(),
    )
    return delivery
