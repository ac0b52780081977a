"""Verbs of the kernel: open a notice, give a failed one a new life, close a link."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import again, audit, clock, jobs, links, outbox
from borderwatch.audit import Actor
from borderwatch.models import ActionLink, Delivery, Job


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


@transaction.atomic
def revoke_link(*, actor: Actor, link: ActionLink, reason: str) -> ActionLink:
    """Close a link before it is used: its receiver may, and an administrator. The notice stays told.

    Raises PermissionDenied, and ValidationError without a reason or when it was used or closed already.
    """
    link = links.lock(link)
    staff = getattr(actor, "is_staff", False) and getattr(actor, "is_active", False)
    if not staff and link.delivery.user_id != actor.pk:
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if not links.revoke(link, reason=reason.strip(), now=clock.now()):
        raise ValidationError(_("This link was used or closed before."))
    audit.record(actor=actor, verb="revoke_link", target=link, after={"link": "revoked"}, reason=reason.strip())
    return link


@transaction.atomic
def send_again(*, actor: Actor, delivery: Delivery, reason: str) -> Job:
    """Send a webhook that was handed over once more, under its own number; only administrators may.

    The worker makes the attempt (borderwatch/again.py); what is on record about the first hand-over stays. Raises
    PermissionDenied, and ValidationError without a reason, for any other notice, or when its address has ended.
    """
    if not getattr(actor, "is_staff", False) or not getattr(actor, "is_active", False):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    row = Delivery.objects.select_related("endpoint").get(pk=delivery.pk)
    if row.state != Delivery.State.DELIVERED or row.channel != Delivery.Channel.WEBHOOK or row.endpoint is None:
        raise ValidationError(_("Only what a machine has been handed can be sent once more."))
    if row.endpoint.retired_at is not None:
        raise ValidationError(_("The address is no longer in use."))
    job = jobs.start(actor=actor, kind=again.JOB, subject=again.subject(row.pk), params={"delivery": str(row.pk)})
    audit.record(actor=actor, verb="send_again", target=_Notice(row), reason=reason.strip())
    return job
