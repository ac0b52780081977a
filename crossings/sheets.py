"""A day's count as given, beside what is in force for that day: new, the same, a correction, or not to be taken.

The dry run of an import, the pages and the verb ask here, so that all three judge alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from typing import TypeVar

from django.utils import timezone

from borderwatch import clock
from crossings import counts
from crossings.choices import SHUT, GateSide
from crossings.counts import Fault, Given
from crossings.models import CrossingStatus, TrafficSheet

# Days asked for in one query.
BATCH = 2_000
# The hour at which a day is judged by the register: what holds at noon holds for the day.
NOON = time(12)

Key = tuple[int, date, str]
T = TypeVar("T")


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in lists of at most so many."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


@dataclass(frozen=True, slots=True)
class Judged:
    """A count with what it comes to: "new", "same", "corrected" or "bad"; `standing` is what is in force.

    `shut` are the flows that something passed in although the register holds them shut.
    """

    given: Given
    outcome: str
    standing: TrafficSheet | None = None
    faults: tuple[Fault, ...] = ()
    shut: frozenset[str] = frozenset()
    fingerprint: str = ""

    @property
    def meanwhile(self) -> bool:
        """Whether somebody entered the day after the person had looked."""
        if self.outcome != "corrected" or self.standing is None:
            return False
        return self.standing.version != (self.given.expected_version or 0)


def today() -> date:
    """The day it is in Phnom Penh."""
    return timezone.localdate(clock.now())


def noon(day: date) -> datetime:
    """The moment a day is judged by."""
    return timezone.make_aware(datetime.combine(day, NOON))


def standing(keys: Iterable[Key]) -> dict[Key, TrafficSheet]:
    """The counts in force at these places."""
    found: dict[Key, TrafficSheet] = {}
    for some in batched(keys, BATCH):
        wanted = set(some)
        rows = TrafficSheet.objects.filter(
            current=True,
            crossing__in={crossing for crossing, _day, _way in wanted},
            day__gte=min(day for _crossing, day, _way in wanted),
            day__lte=max(day for _crossing, day, _way in wanted),
        ).select_related("entered_by")
        for row in rows.order_by():
            if (key := (row.crossing_id, row.day, row.direction)) in wanted:
                found[key] = row
    return found


class Shutness:
    """Which flows of Cambodia's side the register holds shut on a day, at noon; one query for many days."""

    def __init__(self, crossing_ids: Iterable[int]) -> None:
        rows = CrossingStatus.objects.filter(crossing__in=set(crossing_ids), side=GateSide.KH, status__in=SHUT)
        self._rows: dict[int, list[tuple[str, datetime | None, datetime | None]]] = {}
        for crossing, flow, period in rows.order_by().values_list("crossing_id", "flow", "period"):
            self._rows.setdefault(crossing, []).append((flow, period.lower, period.upper))
        self._days: dict[tuple[int, date], frozenset[str]] = {}

    def on(self, crossing_id: int, day: date) -> frozenset[str]:
        """The flows shut on that day."""
        key = (crossing_id, day)
        if key not in self._days:
            at = noon(day)
            self._days[key] = frozenset(
                flow
                for flow, since, until in self._rows.get(crossing_id, ())
                if (since is None or since <= at) and (until is None or at < until)
            )
        return self._days[key]


def judge(
    givens: Sequence[Given], *, known: Mapping[int, Sequence[Fault]] | None = None, day: date | None = None
) -> list[Judged]:
    """Judge counts against the rules and against what is in force now; `known` are faults found before, by place.

    Asks nothing about permissions; a caller that writes holds the locks already.
    """
    now = day or today()
    shutness = Shutness(given.crossing.pk for given in givens)
    found = standing(given.key for given in givens)
    first: dict[Key, int] = {}
    judged = []
    for index, given in enumerate(givens):
        usual = replace(given, lines=tuple(map(counts.usual, given.lines)))
        faults = [*(known or {}).get(index, ()), *counts.faults(usual, now)]
        if first.setdefault(given.key, index) != index:
            faults.append(Fault("day", "same_day_twice"))
        shut = usual.flows & shutness.on(given.crossing.pk, given.day)
        judged.append(_judged(usual, found.get(given.key), faults, shut))
    return judged


def shut_faults(given: Given, shut: frozenset[str]) -> list[Fault]:
    """Something passed where the register says nothing can: only said knowingly, and with what happened."""
    if not shut:
        return []
    if not given.although_closed:
        return [Fault("although_closed", "shut", {"flows": sorted(shut)})]
    return [] if given.note.strip() else [Fault("note", "shut_without_note")]


def _judged(given: Given, row: TrafficSheet | None, faults: list[Fault], shut: frozenset[str]) -> Judged:
    mark = "" if faults else counts.fingerprint(given)
    if mark and row is not None and row.fingerprint == mark:
        # What is on record already stays, even when the register has shut the crossing since.
        return Judged(given, "same", row, (), shut, mark)
    if faults := [*faults, *shut_faults(given, shut)]:
        return Judged(given, "bad", row, tuple(faults), shut)
    return Judged(given, "corrected" if row is not None else "new", row, (), shut, mark)
