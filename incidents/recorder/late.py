"""Late because: what was handed over later than planned in a span of time, and why, as far as the record shows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from borderwatch import clock
from borderwatch.models import Attempt, Delivery
from incidents.choices_answers import LateCause
from incidents.models import Incident, Outage

# Later than this after its time is late.
LATE = timedelta(seconds=60)
LISTED = 500
# Which standstill explains most, first.
WEIGHT = (LateCause.DATABASE, LateCause.SWEEPER, LateCause.BROKER, LateCause.WORKER)


@dataclass(frozen=True)
class Late:
    """One notice that was late, or is: by how many seconds, and why."""

    notice: Delivery
    seconds: float
    cause: str
    detail: str

    @property
    def cause_label(self) -> str:
        """The cause in words."""
        return str(LateCause(self.cause).label)


@dataclass(frozen=True)
class Report:
    """All that were late in a span, the outages in it, and how many per cause."""

    since: datetime
    until: datetime
    rows: list[Late]
    outages: list[Outage]
    by_cause: list[tuple[str, int]]
    more: int


def report(user: Any, since: datetime, until: datetime) -> Report:
    """Notices about incidents the person sees that were due in the span and left late or have not left yet."""
    refs = Incident.objects.visible_to(user).values("ref")
    due = Delivery.objects.filter(kind="incident", planned_at__gte=since, planned_at__lt=until)
    due = due.exclude(channel=Delivery.Channel.INAPP).exclude(state=Delivery.State.CANCELLED)
    now = clock.now()
    late = due.filter(Q(done_at__gt=F("planned_at") + LATE) | Q(done_at__isnull=True, planned_at__lt=now - LATE))
    found = list(
        late.filter(key__in=refs).select_related("user", "endpoint__unit").order_by("planned_at")[: LISTED + 1]
    )
    outages = list(Outage.objects.filter(began_at__lt=until).filter(Q(ended_at=None) | Q(ended_at__gt=since)))
    attempts = _attempts(found)
    rows = [_late(row, attempts.get(row.pk, []), outages, now) for row in found[:LISTED]]
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.cause_label] += 1
    by_cause = sorted(counts.items(), key=lambda pair: -pair[1])
    return Report(since, until, rows, outages, by_cause, max(0, len(found) - LISTED))


def _attempts(found: Sequence[Delivery]) -> dict[Any, list[Attempt]]:
    rows: dict[Any, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(delivery__in=[row.pk for row in found]).order_by("number"):
        rows[attempt.delivery_id].append(attempt)
    return rows


def _late(row: Delivery, attempts: Sequence[Attempt], outages: Iterable[Outage], now: datetime) -> Late:
    ended = row.done_at or now
    seconds = (ended - row.planned_at).total_seconds()
    first = attempts[0].started_at if attempts else None
    # It was tried in time and refused: the receiver's doing, whatever else stood still.
    if first is not None and first <= row.planned_at + LATE:
        failed = [one for one in attempts if one.outcome in {Attempt.Outcome.FAILED, Attempt.Outcome.REFUSED}]
        return Late(row, seconds, LateCause.RECEIVER, failed[0].detail if failed else row.state_reason)
    until = first or ended
    standing = {one.part for one in outages if one.began_at < until and (one.ended_at or now) > row.planned_at}
    cause = next((part for part in WEIGHT if part in standing), LateCause.UNKNOWN)
    return Late(row, seconds, cause, row.state_reason)
