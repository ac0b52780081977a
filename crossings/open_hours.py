"""How long a crossing was open, day by day: what the hours watched are measured against.

The dated register says it: the hours of a status while it has hours of its own, else the crossing's usual ones, else
the whole day. Where the register says nothing of a flow, the usual hours count; what it holds shut counts nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from crossings.choices import SHUT, GateSide, GateStatus
from crossings.models import Crossing, CrossingStatus

DAY = timedelta(days=1)
WHOLE_DAY = 24 * 60
# Nothing is expected to pass in these: what is not built yet is as shut as what is closed.
NOT_OPEN = SHUT | {GateStatus.PLANNED}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row that are alike: open so many minutes each; `shut` when the register held it shut all day."""

    first: date
    last: date
    minutes: int
    shut: bool

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


class _Held(NamedTuple):
    """What holds from a moment to a moment: shut, or open in these hours (both None: the whole day)."""

    since: datetime
    until: datetime
    shut: bool
    opens: time | None
    closes: time | None

    def minutes(self, since: datetime, until: datetime) -> int:
        """Minutes of being open between two moments of one day."""
        if self.shut:
            return 0
        begin, end = _minute(since), _minute(until) or WHOLE_DAY
        if self.opens is None or self.closes is None:
            return end - begin
        opens, closes = (at.hour * 60 + at.minute for at in (self.opens, self.closes))
        spans = [(opens, closes)] if opens < closes else [(0, closes), (opens, WHOLE_DAY)]
        return sum(max(0, min(end, last) - max(begin, first)) for first, last in spans)


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def midnight(day: date) -> datetime:
    """The first moment of a day in Phnom Penh."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def stretches(crossings: Iterable[Crossing], flow: str, since: date, until: date) -> dict[int, list[Stretch]]:
    """How long each crossing was open on the days from `since` to `until`, both included; one query.

    By the crossing's key, in order of days, without a gap. The caller has found the crossings visible.
    """
    return of_flows(crossings, [flow], since, until)[flow]


def of_flows(
    crossings: Iterable[Crossing], flows: Sequence[str], since: date, until: date
) -> dict[str, dict[int, list[Stretch]]]:
    """The same for several flows, by the flow; still one query."""
    usual = {one.pk: (one.opens_at, one.closes_at) for one in crossings}
    begin, end = midnight(since), midnight(until + DAY)
    said: dict[str, dict[int, list[_Held]]] = {flow: {pk: [] for pk in usual} for flow in flows}
    found = CrossingStatus.objects.filter(
        side=GateSide.KH, flow__in=flows, period__overlap=(begin, end), crossing__in=list(usual)
    )
    columns = ("crossing_id", "flow", "status", "opens_at", "closes_at", "period__startswith", "period__endswith")
    zone = timezone.get_default_timezone()
    for pk, flow, status, opens, closes, lower, upper in found.order_by("period").values_list(*columns):
        hours = (opens, closes) if opens is not None else usual[pk]
        since_then = begin if lower is None or lower <= begin else lower.astimezone(zone)
        until_then = end if upper is None or upper >= end else upper.astimezone(zone)
        said[flow][pk].append(_Held(since_then, until_then, status in NOT_OPEN, *hours))
    # Most crossings have nothing on record, and the flows of one mostly the same: each history is read once.
    read: dict[Any, list[Stretch]] = {}
    for by_crossing in said.values():
        for pk, held in by_crossing.items():
            key = (usual[pk], *held)
            if key not in read:
                read[key] = _joined(_days(_filled(held, begin, end, usual[pk])))
    return {flow: {pk: read[usual[pk], *held] for pk, held in rows.items()} for flow, rows in said.items()}


def _filled(
    held: list[_Held], begin: datetime, end: datetime, usual: tuple[time | None, time | None]
) -> Iterator[_Held]:
    """The same without gaps: where nothing is on record the usual hours hold."""
    at = begin
    for one in held:
        if at < one.since:
            yield _Held(at, one.since, False, *usual)
        yield one
        at = one.until
    if at < end:
        yield _Held(at, end, False, *usual)


def _days(held: Iterable[_Held]) -> Iterator[Stretch]:
    """Each stretch of whole days as one, each day on which something changed by itself, in pieces."""
    for one in held:
        at = one.since
        if _minute(at) or at.second or at.microsecond:
            # Begins within a day: that day is shared with what held before.
            stop = min(one.until, midnight(at.date() + DAY))
            yield Stretch(at.date(), at.date(), one.minutes(at, stop), one.shut)
            at = stop
        whole = (one.until.date() - at.date()).days if at < one.until else 0
        if whole > 0:
            yield Stretch(at.date(), at.date() + DAY * (whole - 1), one.minutes(at, at + DAY), one.shut)
            at = midnight(at.date() + DAY * whole)
        if at < one.until:
            yield Stretch(at.date(), at.date(), one.minutes(at, one.until), one.shut)


def _joined(pieces: Iterable[Stretch]) -> list[Stretch]:
    """One stretch a day: the pieces of a shared day are added up; such a day is shut when all of it is."""
    found: list[Stretch] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last is not None and last.last == piece.first:
            found[-1] = Stretch(last.first, last.last, last.minutes + piece.minutes, last.shut and piece.shut)
        else:
            found.append(piece)
    return found


def by_day(found: Iterable[Stretch]) -> dict[date, Stretch]:
    """The same, day by day."""
    return {one.first + DAY * n: one for one in found for n in range(one.days)}
