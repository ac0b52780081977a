"""Verbs about how a person is reached beside the application, and the round that sends the digests."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock, digest, outbox
from borderwatch.models import Delivery
from borderwatch.outbox import Recipient
from units.actions.keeper import demand_administrator, demand_reason
from units.models import Reach, User

# How far back the first digest looks.
FIRST_LOOK = timedelta(days=7)


def _row(user: User) -> Reach:
    """The person's row, locked; made when he has none, with everything off."""
    Reach.objects.get_or_create(user=user, defaults={"mail_immediate": False, "digest": False})
    return Reach.objects.select_for_update(of=("self",)).select_related("user").get(user=user)


@transaction.atomic
def set_reach(
    *,
    actor: User,
    mail_immediate: bool,
    digest: bool,
    digest_at: time,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
) -> Reach:
    """A person says how he wishes to be told beside the application; only he does that.

    Raises ValidationError by field: mail needs an address, quiet hours a beginning and an end that differ.
    """
    errors: dict[str, str] = {}
    if not actor.email and (mail_immediate or digest):
        errors["mail_immediate" if mail_immediate else "digest"] = _(
            "Your account has no e-mail address. An administrator can enter one."
        )
    if (quiet_from is None) != (quiet_until is None):
        errors["quiet_until" if quiet_until is None else "quiet_from"] = _("Give both the beginning and the end.")
    elif quiet_from is not None and quiet_from == quiet_until:
        errors["quiet_until"] = _("The quiet hours end when they begin.")
    if errors:
        raise ValidationError(errors)
    row = _row(actor)
    before = _said(row)
    row.mail_immediate, row.digest, row.digest_at = mail_immediate, digest, digest_at
    row.quiet_from, row.quiet_until = quiet_from, quiet_until
    row.save(update_fields=["mail_immediate", "digest", "digest_at", "quiet_from", "quiet_until"])
    audit.record(actor=actor, verb="set_reach", target=actor, before=before, after=_said(row))
    return row


def _said(row: Reach) -> dict[str, object]:
    """What stands in the row, as text; times to the minute."""
    times = {name: getattr(row, name) for name in ("digest_at", "quiet_from", "quiet_until")}
    return {
        "mail_immediate": row.mail_immediate,
        "digest": row.digest,
        **{name: value and f"{value:%H:%M}" for name, value in times.items()},
    }


@transaction.atomic
def set_destination(*, actor: User | None, user: User, destination: str, reason: str = "") -> Reach:
    """An administrator names the message destination of a person, one of the server's settings; "" takes it away.

    Raises PermissionDenied, and ValidationError for a destination the settings do not know.
    """
    demand_administrator(actor)
    demand_reason(actor, reason)
    if destination and destination not in settings.MESSAGE_DESTINATIONS:
        raise ValidationError({"destination": _("The server's settings know no such destination.")})
    row = _row(user)
    before, row.destination = row.destination, destination
    row.save(update_fields=["destination"])
    audit.record(
        actor=actor,
        verb="set_destination",
        target=user,
        before={"destination": before},
        after={"destination": destination},
        reason=reason,
    )
    return row


def send_digests() -> int:
    """Write the digest of everybody whose hour has passed today; returns how many there was something to tell.

    One a person and day: whoever was looked at today is not looked at again before tomorrow.
    """
    local = timezone.localtime(clock.now())
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    due = Reach.objects.filter(
        Q(last_digest_at=None) | Q(last_digest_at__lt=midnight),
        digest=True,
        digest_at__lte=local.time(),
        user__is_active=True,
    ).exclude(user__email="")
    return sum(_send_digest(pk, midnight) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _send_digest(pk: int, midnight: datetime) -> int:
    """One person's digest and the mark that he was looked at, together."""
    rows = Reach.objects.select_for_update(of=("self",), skip_locked=True).select_related("user").filter(pk=pk)
    row = rows.filter(Q(last_digest_at=None) | Q(last_digest_at__lt=midnight)).first()
    if row is None:
        return 0
    now = clock.now()
    waiting = digest.waiting(row.user_id, row.last_digest_at or now - FIRST_LOOK)
    row.last_digest_at = now
    row.save(update_fields=["last_digest_at"])
    person = Recipient(
        key=f"user:{row.user_id}",
        name=row.user.record_name,
        channel=Delivery.Channel.EMAIL,
        user_id=row.user_id,
        language=row.user.language,
    )
    # Quiet hours put it off; the outbox asks for them.
    notice = digest.notice(person, midnight.date(), waiting)
    if notice is None:
        return 0
    outbox.publish(notice)
    return 1
