"""Planned notices whose time has come, brought in step with who is there now.

A step planned days ago reaches those who serve there at that moment: newcomers are added, those who left fall out,
and who is away is stood in for. Each event is settled once, by the sweeper, before anything of it leaves. While no
sweeper runs, those it was planned for see it all the same, since a person's list goes by the time alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F

from borderwatch import clock, links, reaching, topics
from borderwatch.models import Delivery
from borderwatch.outbox import Recipient

log = structlog.get_logger(__name__)

State, Channel = Delivery.State, Delivery.Channel
# Events settled in one transaction.
BATCH = 500
LEFT = "the person is no longer told of this"


@dataclass
class Settled:
    """What settling changed: notices written for others, and notices that fell out."""

    added: int = 0
    fell_out: int = 0


def settle_due() -> Settled:
    """Settle every planned event whose time has come and of which nothing has left yet."""
    fresh = Delivery.objects.due().filter(attempts=0, knocked_at=None, planned_at__gt=F("created_at"))
    events = list(fresh.order_by().values_list("event", flat=True).distinct())
    done = Settled()
    for start in range(0, len(events), BATCH):
        _settle(events[start : start + BATCH], done)
    return done


def _settle(events: Sequence[str], done: Settled) -> None:
    """One transaction; should it break, the notices stay as they were planned and everybody named is told."""
    try:
        with transaction.atomic():
            waiting = Delivery.objects.select_for_update(of=("self",)).filter(event__in=events, state=State.PENDING)
            rows = list(waiting.select_related("user").filter(due_at__lte=clock.sql_now()).order_by("pk"))
            _write(list(_events(rows)), done)
    except Exception:
        log.exception("outbox.settling_broke", events=len(events))


@dataclass
class Event:
    """The waiting notices of one event."""

    rows: list[Delivery]
    topic: topics.Topic
    # Whom it reaches now; None: those it was planned for.
    recipients: Sequence[Recipient] | None = None

    @property
    def named(self) -> list[Recipient]:
        """Persons and addresses it reaches, persons in the application alone; the other channels follow from that."""
        if self.recipients is not None:
            return list(self.recipients)
        people = {row.recipient: row for row in self.rows if row.user_id is not None}
        return [_person(row) for row in people.values()]


def _events(rows: Iterable[Delivery]) -> Iterator[Event]:
    """The rows by event, each with whom it reaches now."""
    by_event: dict[str, list[Delivery]] = defaultdict(list)
    for row in rows:
        by_event[row.event].append(row)
    by_topic: dict[str, list[Event]] = defaultdict(list)
    for of_event in by_event.values():
        if (topic := topics.TOPICS.get(of_event[0].topic)) is not None:
            by_topic[topic.slug].append(Event(of_event, topic))
    for events in by_topic.values():
        ask = events[0].topic.now_told
        now_told = ask([event.rows[0] for event in events]) if ask else {}
        for event in events:
            # Nobody there at all would leave a notice without a reader: then those it was planned for are told.
            event.recipients = now_told.get(event.rows[0].event) or None
            yield event


def _write(events: Sequence[Event], done: Settled) -> None:
    now = clock.now()
    leaving = [reaching.Leaving(event.topic, event.named, event.rows[0].due_at, True) for event in events]
    added: list[Delivery] = []
    for event, told in zip(events, reaching.told(leaving), strict=True):
        added += _in_step(event, told, now, done)
    written = Delivery.objects.bulk_create(added, ignore_conflicts=True)
    links.make(written)
    done.added += len(written)


def _in_step(event: Event, told: Sequence[reaching.Told], now: datetime, done: Settled) -> list[Delivery]:
    """Mark what falls out or is held; gives the notices to be written."""
    rows = {(row.recipient, row.channel): row for row in event.rows}
    added = []
    for one in told:
        row = rows.pop((one.recipient.key, one.recipient.channel), None)
        if row is None:
            new = _copy(event.rows[0], one, now)
            if not one.instead or not topics.obsolete(new):
                added.append(new)
        elif one.held:
            done.fell_out += _end(row, one.note)
        elif one.note:
            Delivery.objects.filter(pk=row.pk).update(state_reason=one.note[:300])
    for row in rows.values():
        if row.user_id is not None:
            done.fell_out += _end(row, topics.obsolete(row) or LEFT)
    return added


def _end(row: Delivery, why: str) -> int:
    return Delivery.objects.filter(pk=row.pk).update(
        state=State.CANCELLED, state_reason=why[:300], done_at=clock.sql_now(), lease_token=None
    )


def _copy(row: Delivery, told: reaching.Told, now: datetime) -> Delivery:
    """The same notice to somebody else."""
    to = told.recipient
    there = to.channel == Channel.INAPP
    return Delivery(
        topic=row.topic,
        event=row.event,
        bundle=row.bundle,
        kind=row.kind,
        key=row.key,
        channel=to.channel,
        recipient=to.key,
        recipient_name=to.name[:200],
        user_id=to.user_id,
        endpoint_id=to.endpoint_id,
        language=to.language,
        payload=row.payload,
        payload_sha256=row.payload_sha256,
        state=State.CANCELLED if told.held else State.DELIVERED if there else State.PENDING,
        state_reason=told.note[:300],
        planned_at=row.planned_at,
        due_at=max(now, told.at or now),
        created_at=now,
        done_at=now if there or told.held else None,
        received_at=now if there and not told.held else None,
    )


def _person(row: Delivery) -> Recipient:
    return Recipient(row.recipient, row.recipient_name, Channel.INAPP, row.user_id, language=row.language)


def turned_away(delivery: Delivery) -> str:
    """Why a mail or message to a person need not leave: he is away and his stand-in is told. "" lets it go.

    Asked when an immediate notice leaves later than it was written; planned ones have been settled.
    """
    topic = topics.TOPICS.get(delivery.topic)
    if topic is None or not topic.urgent or delivery.user_id is None or delivery.channel == Channel.INAPP:
        return ""
    named = (topic.now_told([delivery]) if topic.now_told else {}).get(delivery.event) or ()
    person = next((one for one in named if one.user_id == delivery.user_id), _person(delivery))
    told = reaching.told([reaching.Leaving(topic, [person], delivery.due_at, True)])[0]
    if not told[0].away:
        return ""
    now = clock.now()
    others = [_copy(delivery, one, now) for one in told if one.recipient.user_id != delivery.user_id]
    with transaction.atomic():
        links.make(Delivery.objects.bulk_create([r for r in others if not topics.obsolete(r)], ignore_conflicts=True))
    return told[0].note
