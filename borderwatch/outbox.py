"""Tell: rows are the truth, Celery is a doorbell.

`publish` writes one Delivery per recipient and channel in the verb's own transaction, planned later ones too.
`deliver` hands one over under a lease with a fencing token; anybody may call it any number of times.
`sweep` finds what is due and makes it certain, without Redis, Celery or beat.
Promise: never lost, never doubled in effect (docs/escalation.md).
"""

import hashlib
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from borderwatch import breaker, clock, links, reaching, topics, transports
from borderwatch.models import Attempt, Delivery, Heartbeat

log = structlog.get_logger(__name__)

# After a failed publish no knock is tried for this many seconds, so a frozen Redis costs one request, not all.
QUIET_AFTER_FAILURE_S = 10.0
# Rows younger than this are left to the knock; the sweeper repeats a knock after the second figure.
SWEEP_GRACE_S = 3
KNOCK_AGAIN_S = 30
SWEEP_BATCH = 200
# Channels whose hand-over proves that the notice arrived; a mail server or a messenger that took it proves nothing.
ARRIVES = (Delivery.Channel.INAPP, Delivery.Channel.WEBHOOK)

_quiet_until = 0.0


@dataclass(frozen=True)
class Recipient:
    """Whom to tell on which channel; `key` is stable ("user:7", "endpoint:3"), `name` is frozen into the row."""

    key: str
    name: str
    channel: str
    user_id: int | None = None
    endpoint_id: int | None = None
    language: str = "km"
    # The body for which he is told, when that is known: who stands in for him there is told in his place.
    via: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Notice:
    """One event to tell: `kind` and `key` name the object it is about, `data` are its frozen facts.

    The same `event` to the same recipient and channel is written once. `at` plans it for later (default: now);
    notices that share a `bundle` can be cancelled together.
    """

    topic: str
    event: str
    kind: str
    key: str
    recipients: Sequence[Recipient]
    data: Mapping[str, Any]
    at: datetime | None = None
    bundle: str = ""


def publish(*notices: Notice) -> list[Delivery]:
    """Write the deliveries of some events, with one insert and at most one knock after the commit.

    Must run inside the verb's transaction (RuntimeError otherwise); ValueError for a topic nobody registered.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish belongs inside the verb's transaction")
    now = clock.now()
    people = reaching.told([reaching.leaving(notice, _topic(notice), now) for notice in notices])
    rows = [row for notice, told in zip(notices, people, strict=True) for row in _rows(notice, told, now)]
    if not rows:
        return []
    written = Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    links.make(written)
    ids = [str(row.id) for row in written if row.state == Delivery.State.PENDING and row.due_at <= now]
    if ids and not clock.is_replaying():
        transaction.on_commit(lambda: knock(ids), robust=True)
    return written


def _topic(notice: Notice) -> topics.Topic:
    if notice.topic not in topics.TOPICS:
        raise ValueError(f"unknown topic {notice.topic}")
    return topics.TOPICS[notice.topic]


def _rows(notice: Notice, told: Sequence[reaching.Told], now: datetime) -> list[Delivery]:
    due = notice.at or now
    body = {"type": notice.topic, "timestamp": now.isoformat(), "data": notice.data}
    payload = orjson.dumps(body).decode()
    digest = hashlib.sha256(payload.encode()).hexdigest()
    rows = [_row(notice, one, payload, digest, now, due) for one in told]
    # Whoever is told in another's place is asked what every person is asked at sending.
    return [row for row, one in zip(rows, told, strict=True) if not one.instead or not topics.obsolete(row)]


def _row(notice: Notice, told: reaching.Told, payload: str, digest: str, now: datetime, due: datetime) -> Delivery:
    recipient = told.recipient
    # An in-app notice that is due needs nobody's help: the row is the notice.
    there = recipient.channel == Delivery.Channel.INAPP and due <= now
    state = Delivery.State.DELIVERED if there else Delivery.State.PENDING
    return Delivery(
        topic=notice.topic,
        event=notice.event,
        bundle=notice.bundle,
        kind=notice.kind,
        key=notice.key,
        channel=recipient.channel,
        recipient=recipient.key,
        recipient_name=recipient.name[:200],
        user_id=recipient.user_id,
        endpoint_id=recipient.endpoint_id,
        language=recipient.language,
        payload=payload,
        payload_sha256=digest,
        state=Delivery.State.CANCELLED if told.held else state,
        state_reason=told.note[:300],
        planned_at=due,
        due_at=max(due, told.at or due),
        created_at=now,
        done_at=now if there or told.held else None,
        received_at=now if there else None,
    )


def cancel(bundle: str, *, reason: str) -> int:
    """Cancel every waiting notice of a bundle, also one that is leased and not yet handed over.

    An in-app notice whose time has come stands in the person's list already: it counts as told, not as cancelled.
    """
    _show_due(Delivery.objects.filter(bundle=bundle))
    return Delivery.objects.filter(bundle=bundle, state=Delivery.State.PENDING).update(
        state=Delivery.State.CANCELLED, state_reason=reason[:300], done_at=clock.sql_now(), lease_token=None
    )


def cancel_some(ids: Sequence[uuid.UUID], *, reason: str) -> int:
    """Cancel these notices as far as they still wait."""
    return Delivery.objects.filter(pk__in=ids, state=Delivery.State.PENDING).update(
        state=Delivery.State.CANCELLED, state_reason=reason[:300], done_at=clock.sql_now(), lease_token=None
    )


def postpone(ids: Sequence[uuid.UUID], *, until: datetime) -> int:
    """Plan these notices for a later moment, as far as their time has not come."""
    waiting = Delivery.objects.filter(pk__in=ids, state=Delivery.State.PENDING, planned_at__gt=clock.sql_now())
    moved = waiting.update(planned_at=until, due_at=until)
    links.postpone(ids, until=until)
    return moved


def cancel_for_endpoint(endpoint_id: int, *, reason: str) -> int:
    """Cancel every waiting notice to an address that is no longer in use."""
    return Delivery.objects.filter(endpoint_id=endpoint_id, state=Delivery.State.PENDING).update(
        state=Delivery.State.CANCELLED, state_reason=reason[:300], done_at=clock.sql_now(), lease_token=None
    )


def acknowledge(bundle: str, *, user_id: int) -> int:
    """A person did, signed in, what the notices of this bundle asked: those he had been handed count as acknowledged.

    What he did by a link is written at that link's notice alone (`links.spend`). Returns how many.
    """
    handed = Delivery.objects.filter(bundle=bundle, user_id=user_id, state=Delivery.State.DELIVERED)
    return handed.filter(acknowledged_at=None).update(acknowledged_at=clock.sql_now())


def knock(ids: Sequence[str]) -> bool:
    """Ring the worker's bell once for all these notices; False when the broker cannot be reached."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    from borderwatch.tasks import fan_out

    try:
        fan_out.apply_async(args=(list(ids),), retry=False)
    except Exception as error:
        _quiet_until = time.monotonic() + QUIET_AFTER_FAILURE_S
        log.warning("outbox.knock_failed", notices=len(ids), error=type(error).__name__)
        return False
    return True


def claim(delivery_id: str, *, by: str) -> Delivery | None:
    """Take the lease by one conditional update and commit the attempt row; None when it is not ours to send."""
    token = uuid.uuid4()
    now = clock.sql_now()
    with transaction.atomic():
        endpoint_id = breaker.one_at_a_time(delivery_id)
        if endpoint_id is not None and breaker.hold_back(delivery_id, endpoint_id):
            return None
        due = Delivery.objects.filter(pk=delivery_id).due()
        taken = (
            due.alias(busy=Coalesce(Subquery(_in_flight()), 0))
            .filter(Q(endpoint__isnull=True) | Q(busy__lt=settings.OUTBOX_PER_ENDPOINT))
            .update(
                lease_until=now + timedelta(seconds=settings.OUTBOX_LEASE_S),
                lease_token=token,
                attempts=F("attempts") + 1,
            )
        )
        if not taken:
            return None
        delivery = Delivery.objects.select_related("user", "endpoint").get(pk=delivery_id)
        attempt = Attempt.objects.create(delivery=delivery, number=delivery.attempts, started_at=clock.now(), by=by)
        delivery.attempt_id = attempt.pk
    return delivery


def _in_flight() -> Any:
    """How many notices to the same endpoint are leased right now."""
    from django.db.models import Count

    return (
        Delivery.objects.filter(
            endpoint=OuterRef("endpoint"), lease_until__gt=clock.sql_now(), state=Delivery.State.PENDING
        )
        .order_by()
        .values("endpoint")
        .annotate(n=Count("*"))
        .values("n")
    )


def deliver(delivery_id: str, *, by: str) -> str:
    """Hand one notice over if it is due and free; returns what happened, raises nothing of the network.

    No transaction is open during the network call; the completion must still hold the lease's token.
    """
    from borderwatch import settling

    delivery = claim(delivery_id, by=by)
    if delivery is None:
        return "not due"
    if reason := topics.obsolete(delivery) or _out_of_use(delivery) or settling.turned_away(delivery):
        return _finish(delivery, Delivery.State.CANCELLED, Attempt.Outcome.REFUSED, reason)
    try:
        receipt = transports.send(delivery)
    except transports.TransportError as error:
        return _failed(delivery, error)
    except Exception as error:
        log.exception("outbox.transport_broke", delivery=str(delivery.id), channel=delivery.channel)
        return _failed(delivery, transports.TransportError(f"{type(error).__name__}: {error}"))
    return _finish(delivery, Delivery.State.DELIVERED, Attempt.Outcome.HANDED_OVER, receipt)


def _out_of_use(delivery: Delivery) -> str:
    """A notice written in the moment in which its address was taken out of use goes nowhere."""
    endpoint = delivery.endpoint
    return "the address is no longer in use" if endpoint is not None and endpoint.retired_at is not None else ""


def _finish(delivery: Delivery, state: str, outcome: str, detail: str) -> str:
    """End the notice under its fencing token; without the token only the attempt is written down."""
    proved = state == Delivery.State.DELIVERED and delivery.channel in ARRIVES
    arrived = {"received_at": clock.sql_now()} if proved else {}
    with transaction.atomic():
        held = Delivery.objects.filter(
            pk=delivery.pk, lease_token=delivery.lease_token, state=Delivery.State.PENDING
        ).update(
            state=state,
            state_reason=detail[:300],
            done_at=clock.sql_now(),
            lease_until=None,
            lease_token=None,
            **arrived,
        )
        _end_attempt(delivery, outcome if held else Attempt.Outcome.FENCED, detail)
    return state if held else "fenced"


def _failed(delivery: Delivery, error: transports.TransportError) -> str:
    """Plan the next try, or lay the notice before a person when there is none."""
    waits: list[int] = settings.OUTBOX_BACKOFF_S
    if error.permanent or delivery.attempts > len(waits):
        log.error("outbox.dead_letter", delivery=str(delivery.id), detail=error.message)
        return _finish(delivery, Delivery.State.DEAD, Attempt.Outcome.REFUSED, error.message)
    wait = waits[delivery.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
    wait = max(wait, error.retry_after_s or 0.0)
    with transaction.atomic():
        held = Delivery.objects.filter(
            pk=delivery.pk, lease_token=delivery.lease_token, state=Delivery.State.PENDING
        ).update(
            due_at=clock.sql_now() + timedelta(seconds=wait),
            state_reason=error.message[:300],
            lease_until=None,
            lease_token=None,
        )
        _end_attempt(delivery, Attempt.Outcome.FAILED if held else Attempt.Outcome.FENCED, error.message)
    return "failed" if held else "fenced"


def _end_attempt(delivery: Delivery, outcome: str, detail: str) -> None:
    Attempt.objects.filter(pk=delivery.attempt_id or 0).update(
        ended_at=clock.sql_now(), outcome=outcome, detail=detail[:500]
    )


def sweep() -> dict[str, int]:
    """One round of the sweeper: show in-app notices, knock for what is due, deliver what nobody takes.

    Needs the database alone. Returns counts for the log: shown, knocked, delivered.
    """
    from borderwatch import settling

    now = clock.now()
    settling.settle_due()
    shown = _show_due(Delivery.objects.all())
    due = Delivery.objects.due().exclude(channel=Delivery.Channel.INAPP)
    late = _ids(due.filter(due_at__lte=now - timedelta(seconds=settings.OUTBOX_INLINE_AFTER_S)))
    fresh = _ids(
        due.filter(due_at__lte=now - timedelta(seconds=SWEEP_GRACE_S))
        .exclude(pk__in=late)
        .filter(Q(knocked_at__isnull=True) | Q(knocked_at__lt=now - timedelta(seconds=KNOCK_AGAIN_S)))
    )
    if fresh and not knock(fresh):
        late, fresh = late + fresh, []
    Delivery.objects.filter(pk__in=fresh).update(knocked_at=now)
    beat("sweeper")
    breaker.alarm()
    return {"shown": shown, "knocked": len(fresh), "delivered": deliver_many(late, by="sweeper")}


def _show_due(rows: Any) -> int:
    """Mark in-app notices as told whose time has come; the person's list has shown them since then by itself."""
    due = rows.filter(channel=Delivery.Channel.INAPP, state=Delivery.State.PENDING, due_at__lte=clock.sql_now())
    shown: int = due.update(state=Delivery.State.DELIVERED, done_at=F("planned_at"), received_at=F("planned_at"))
    return shown


def _ids(rows: Any) -> list[str]:
    return [str(pk) for pk in rows.order_by("due_at").values_list("pk", flat=True)[:SWEEP_BATCH]]


def deliver_many(ids: Sequence[str], *, by: str, side_by_side: int = 8) -> int:
    """Deliver inline, a few at a time so that a slow receiver delays the others little; returns how many."""

    def one(delivery_id: str) -> bool:
        try:
            return deliver(delivery_id, by=by) == Delivery.State.DELIVERED
        finally:
            close_old_connections()
            connection.close()

    if not ids:
        return 0
    with ThreadPoolExecutor(max_workers=side_by_side) as pool:
        return sum(pool.map(one, ids))


def replay(delivery: Delivery) -> bool:
    """Give a dead notice a new life: due now, attempts counted afresh. False when it is not dead."""
    now = clock.sql_now()
    revived = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DEAD).update(
        state=Delivery.State.PENDING, due_at=now, done_at=None, knocked_at=None, attempts=0
    )
    if revived:
        transaction.on_commit(lambda: knock([str(delivery.pk)]), robust=True)
    return bool(revived)


def beat(name: str) -> None:
    """Write down that a background process is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": clock.now()})
