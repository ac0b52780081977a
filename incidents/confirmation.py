"""What the confirmation page says: who has been told, through which channel and how far, and who owes an answer."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from borderwatch import clock
from borderwatch.models import Delivery
from incidents.models import Duty, Incident
from units.models import Posting


@dataclass(frozen=True)
class Way:
    """One recipient on one channel, in words no stronger than what is known; `who` is "" for the unit's own address."""

    who: str
    channel: str
    state: str
    words: str


@dataclass(frozen=True)
class Told:
    """A unit and the ways by which it was told."""

    name: str
    ways: list[Way]


def told(incident: Incident) -> list[Told]:
    """Everybody who was to be told by now: one entry per unit, one line in it per recipient and channel."""
    rows = (
        Delivery.objects.about("incident", incident.ref)
        .filter(planned_at__lte=clock.sql_now())
        .exclude(state=Delivery.State.CANCELLED)
        .select_related("user", "endpoint__unit")
        .order_by("planned_at", "channel", "recipient_name")
    )
    latest = {(row.recipient, row.channel): row for row in rows}
    posts = _posts({row.user_id for row in latest.values() if row.user_id})
    units: dict[str, list[Way]] = {}
    for row in latest.values():
        units.setdefault(_unit(row, posts), []).append(_way(row))
    return [Told(name, ways) for name, ways in units.items()]


def _posts(user_ids: set[int]) -> dict[int, str]:
    """The unit at which each person is posted today."""
    now = clock.sql_now()
    rows = Posting.objects.filter(user_id__in=user_ids, period__contains=now).select_related("unit_role__unit")
    return {row.user_id: row.unit_role.unit.name for row in rows}


def _unit(row: Delivery, posts: dict[int, str]) -> str:
    """The unit the recipient stands for, or his own name when he holds no posting any more."""
    if row.endpoint is not None:
        return row.endpoint.unit.name
    return posts.get(row.user_id or 0, "") or row.recipient_name


def _way(row: Delivery) -> Way:
    return Way(
        who=row.user.get_full_name() if row.user is not None else "",
        channel=str(Delivery.Channel(row.channel).label),
        state=row.state,
        words=_state(row),
    )


def _state(row: Delivery) -> str:
    """Handed over is not read: each state says what is known and no more."""
    if row.opened_at is not None:
        return _("opened")
    if row.state == Delivery.State.DEAD:
        return _("failed; an administrator has been shown it")
    if row.state == Delivery.State.PENDING:
        return _("on the way; tried %(n)s times so far") % {"n": row.attempts} if row.attempts else _("on the way")
    if row.channel == Delivery.Channel.INAPP:
        return _("waits in the application, not opened yet")
    return _("handed over; whether it was read is not known")


def duties(incident: Incident) -> QuerySet[Duty]:
    """What institutions owe on this incident, the earliest deadline first."""
    return Duty.objects.filter(escalation__incident=incident).with_names().order_by("due_at", "id")
