"""Reminders of a duty put off for a while, with a reason. The clock and the deadline stay as they are."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.models import Delivery
from borderwatch.topics import facts
from incidents.choices import DutyState
from incidents.models import Duty, Snooze
from incidents.workflow import Refused
from units import policy
from units.choices import DeskLevel
from units.models import User

LONGEST = timedelta(hours=24)


@transaction.atomic
def put_off_reminders(*, actor: User, duty: Duty, until: datetime, reason: str) -> Snooze:
    """Move the reminders to the duty desk that lie before `until` to that moment; nothing else changes.

    Steps to the deputy, the head and the next level are never put off: a desk does not silence those who watch over
    it. At most until the answer is due and for a day at a time; once it is overdue nothing can be put off any more.
    Several may follow each other. Raises PermissionDenied, workflow.Refused when no answer is owed now, and
    ValidationError by field.
    """
    duty = Duty.objects.select_for_update(of=("self",)).select_related("unit", "escalation__incident").get(pk=duty.pk)
    policy.demand(actor, "put_off_reminders", [duty.unit_id])
    if duty.state != DutyState.WAITING:
        raise Refused(_("No answer is owed now, so there is no reminder to put off."), code="refused")
    now = clock.now()
    _check(duty, until, reason, now)
    moved = _move(duty, until, now)
    row = Snooze.objects.create(
        duty=duty, at=now, until=until, reason=reason.strip(), by=actor, by_name=actor.record_name
    )
    audit.record(
        actor=actor,
        verb="put_off_reminders",
        target=duty.escalation.incident,
        before={"duty": duty.pk, "institution": duty.unit.code},
        after={"until": until.isoformat(), "reminders_moved": moved},
        reason=row.reason,
    )
    return row


def latest(duty: Duty, now: datetime) -> datetime:
    """Until when reminders may be put off at most."""
    return min(duty.due_at, now + LONGEST)


def _check(duty: Duty, until: datetime, reason: str, now: datetime) -> None:
    errors: dict[str, str] = {}
    if duty.due_at <= now:
        errors["until"] = _("The answer is overdue; reminders can no longer be put off.")
    elif until <= now:
        errors["until"] = _("This time lies in the past.")
    elif until > latest(duty, now):
        errors["until"] = _("At most until the answer is due, and for no longer than 24 hours.")
    if not reason.strip():
        errors["reason"] = _("Give the reason; it stays on record.")
    if errors:
        raise ValidationError(errors)


def _move(duty: Duty, until: datetime, now: datetime) -> int:
    """Reminders of the desk that would come before then; each recipient keeps one, the latest."""
    rows = Delivery.objects.filter(
        bundle=duty.bundle, state=Delivery.State.PENDING, planned_at__gt=now, planned_at__lt=until
    ).order_by("planned_at")
    desk = [row for row in rows if facts(row).get("step", {}).get("level") == DeskLevel.DESK]
    kept = {(row.recipient, row.channel): row.pk for row in desk}
    joined = [row.pk for row in desk if row.pk not in kept.values()]
    outbox.cancel_some(joined, reason="put off together with the next reminder")
    return outbox.postpone(list(kept.values()), until=until)
