"""An address that keeps failing is tried now and then, and somebody is told that notices wait for it.

Nothing is stored for it: the last attempts say whether an address fails. After `FAILURES` failures in a row one notice
is tried every `PAUSE_S` seconds; the others wait, without using up their own tries. A test of the address (a topic
that is a `probe`) is always tried. The first success ends the pause.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import Count, Min

from borderwatch import clock
from borderwatch.models import Attempt, Delivery
from borderwatch.topics import TOPICS

log = structlog.get_logger(__name__)

FAILURES = 5
PAUSE_S = 300
# A notice that should have left this many seconds ago and waits is an alarm.
ALARM_AFTER_S = 15 * 60
# The alarm is repeated at most this often by one process.
ALARM_EVERY_S = 300

FAILED = (Attempt.Outcome.FAILED, Attempt.Outcome.REFUSED)
# First half of the advisory locks of this module; the second half is the endpoint's key.
_LOCK = 1_935_627_010
_alarmed_at = float("-inf")


def one_at_a_time(delivery_id: str) -> int | None:
    """Let one transaction at a time take notices for the same endpoint; returns the endpoint's key, None for a person.

    Without the lock two could count the same notices in flight and both take one more.
    """
    key = Delivery.objects.filter(pk=delivery_id).values_list("endpoint_id", flat=True).first()
    if key is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, key])
    return key


def paused_until(endpoint_id: int) -> datetime | None:
    """Until when an address that keeps failing is left alone; None when it may be tried now."""
    recent = Attempt.objects.filter(delivery__endpoint_id=endpoint_id).order_by("-pk")
    # Those in flight say nothing about success, only when it was tried last.
    rows = list(recent.values_list("outcome", "started_at")[: FAILURES * 2])
    ended = [outcome for outcome, _at in rows if outcome not in (Attempt.Outcome.STARTED, Attempt.Outcome.FENCED)]
    if len(ended) < FAILURES or any(outcome not in FAILED for outcome in ended[:FAILURES]):
        return None
    until = rows[0][1] + timedelta(seconds=PAUSE_S)
    return until if until > clock.now() else None


def hold_back(delivery_id: str, endpoint_id: int) -> bool:
    """Put a due notice off while its address is left alone; a test of the address is never put off."""
    probes = [slug for slug, topic in TOPICS.items() if topic.probe]
    due = Delivery.objects.filter(pk=delivery_id).due().exclude(topic__in=probes)
    until = paused_until(endpoint_id) if due.exists() else None
    if until is None:
        return False
    held: int = due.update(due_at=until, state_reason="the address keeps failing; it is tried every five minutes")
    return bool(held)


@dataclass(frozen=True)
class Waiting:
    """How many notices wait too long for an endpoint, and since when the oldest should have left."""

    count: int
    since: datetime


def waiting_too_long(endpoint_ids: Iterable[int] | None = None) -> dict[int, Waiting]:
    """By endpoint, the notices that should have left a quarter of an hour ago and have not."""
    rows = Delivery.objects.filter(
        state=Delivery.State.PENDING,
        endpoint__isnull=False,
        planned_at__lte=clock.now() - timedelta(seconds=ALARM_AFTER_S),
    )
    if endpoint_ids is not None:
        rows = rows.filter(endpoint_id__in=endpoint_ids)
    counted = rows.order_by().values_list("endpoint_id").annotate(Count("pk"), Min("planned_at"))
    return {key: Waiting(count, since) for key, count, since in counted}


def alarm() -> int:
    """Log an error that names the endpoints whose notices wait too long; at most every five minutes a process."""
    global _alarmed_at
    if time.monotonic() - _alarmed_at < ALARM_EVERY_S:
        return 0
    _alarmed_at = time.monotonic()
    found = waiting_too_long()
    for key, waiting in found.items():
        log.error("outbox.undelivered", endpoint=key, notices=waiting.count, since=waiting.since.isoformat())
    return len(found)
