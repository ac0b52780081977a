"""Working time: which minutes of an office count, by its dated hours and the days that differ.

An office without hours of its own follows the row without an office; when there is none either, every minute counts.
A day is an office's own special day before it is the nation's. Days and hours are those of Phnom Penh.

Counting is by weeks, not by minutes: what an office has worked up to a moment is reckoned from whole weeks, the days
of the last one, and the special days before it, so that a span of years costs no more than one of hours.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from units.choices import DayKind
from units.models import SpecialDay, Unit, WorkingHours

PLACE = ZoneInfo("Asia/Phnom_Penh")
MONDAY = date(2000, 1, 3)
EPOCH = datetime(2000, 1, 3, tzinfo=PLACE)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
NOTHING = timedelta()
# Where the search for a moment gives up: no deadline is a century away.
FAR = timedelta(days=36525)

# Start and end of working time within a day, counted from midnight.
Spans: TypeAlias = Sequence[tuple[timedelta, timedelta]]


@dataclass(frozen=True)
class Stretch:
    """A span of time that counted without a break, and how many minutes of it."""

    start: datetime
    end: datetime
    minutes: float


@dataclass(frozen=True)
class Off:
    """A day of which nothing counted, and why, in the active language."""

    day: date
    why: str


class Calendar:
    """The minutes that count for an office; for None every minute does.

    The rows are read once, at the first question: two queries, none for None.
    """

    def __init__(self, unit: Unit | None, rows: "Rows | None" = None) -> None:
        """`rows` spares the queries when they have been read for many offices at once (`calendars`)."""
        self._unit = unit
        self._rows = rows

    def add(self, moment: datetime, minutes: float) -> datetime:
        """The first moment at which so many counting minutes have passed since `moment`; itself for none.

        ValueError when that lies more than a hundred years away.
        """
        left = timedelta(minutes=minutes)
        if left <= NOTHING:
            return moment
        if left > FAR:
            raise ValueError("so many minutes do not count within a hundred years")
        for rule in self._rules:
            if rule.end <= moment:
                continue
            start = max(moment, rule.start)
            used = rule.count(start)
            # The end of a rule may be the end of all time: only one that is near is counted up to.
            if rule.end - start < FAR and (here := rule.count(rule.end) - used) < left:
                left -= here
                continue
            return rule.when(start, used + left).astimezone(moment.tzinfo)
        raise ValueError("so many minutes do not count within a hundred years")

    def between(self, first: datetime, last: datetime) -> float:
        """Counting minutes from `first` to `last`; 0 when it is not later."""
        total = NOTHING
        for rule, start, end in self._parts(first, last):
            total += rule.count(end) - rule.count(start)
        return total / timedelta(minutes=1)

    def works(self, moment: datetime) -> bool:
        """Whether this moment counts."""
        return self.between(moment, moment + timedelta(seconds=1)) > 0

    def explain(self, first: datetime, last: datetime) -> list[Stretch | Off]:
        """What counted from `first` to `last`, and the days that did not, in order of time."""
        found: list[Stretch | Off] = []
        for rule, start, end in self._parts(first, last):
            found.extend(piece for piece in rule.pieces(start, end) if piece not in found[-1:])
        return _joined(found)

    def _parts(self, first: datetime, last: datetime) -> Iterator[tuple["_Rule", datetime, datetime]]:
        for rule in self._rules:
            start, end = max(first, rule.start), min(last, rule.end)
            if start < end:
                yield rule, start, end

    @cached_property
    def _rules(self) -> "list[_Rule]":
        """One rule after the other, without a gap, from the beginning of time to its end."""
        if self._unit is None:
            return [_EveryMinute(FIRST, LAST)]
        rows = self._rows or Rows.of([self._unit])
        return list(_rules(self._unit.pk, rows))


def calendars(units: Iterable[Unit | None]) -> dict[int | None, Calendar]:
    """The calendars of many offices by primary key, with two queries in all; None is there too."""
    offices = {unit.pk: unit for unit in units if unit is not None}
    rows = Rows.of(offices.values()) if offices else None
    return {None: Calendar(None), **{pk: Calendar(unit, rows) for pk, unit in offices.items()}}


@dataclass(frozen=True)
class Rows:
    """Hours and special days of some offices and of all that have none."""

    hours: Sequence[WorkingHours]
    days: Sequence[SpecialDay]

    @classmethod
    def of(cls, units: Iterable[Unit]) -> "Rows":
        """Read them; two queries."""
        whose = Q(unit__isnull=True) | Q(unit__in=[unit.pk for unit in units])
        return cls(list(WorkingHours.objects.filter(whose)), list(SpecialDay.objects.filter(whose, removed_at=None)))


def spans_of(pairs: Iterable[Sequence[str]]) -> Spans:
    """Pairs of "07:30" and "11:30" as time since midnight; "24:00" is the end of the day."""
    return [(_since_midnight(first), _since_midnight(last)) for first, last in pairs]


def _since_midnight(text: str) -> timedelta:
    hours, _colon, minutes = text.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _rules(unit_id: int, rows: Rows) -> "Iterator[_Rule]":
    """The office's own week where it has one, else the week without an office, else every minute."""
    own = [row for row in rows.hours if row.unit_id == unit_id]
    others = [row for row in rows.hours if row.unit_id is None]
    days = {day.day: day for day in rows.days if day.unit_id is None}
    days |= {day.day: day for day in rows.days if day.unit_id == unit_id}
    bounds = {bound for row in (*own, *others) for bound in (row.since, row.until) if bound is not None}
    moments = [FIRST, *sorted(bounds), LAST]
    for start, end in pairwise(moments):
        holding = next((row for row in (*own, *others) if row.holds_at(start)), None)
        yield _EveryMinute(start, end) if holding is None else _Week(start, end, holding, days)


class _Rule(ABC):
    """What counts from `start` to `end`: how much up to a moment, and at which moment so much has counted."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end

    @abstractmethod
    def count(self, moment: datetime) -> timedelta:
        """How much has counted from the epoch to this moment; less than nothing before the epoch."""

    @abstractmethod
    def when(self, start: datetime, total: timedelta) -> datetime:
        """The first moment after `start` at which so much has counted since the epoch."""

    @abstractmethod
    def pieces(self, start: datetime, end: datetime) -> Iterator[Stretch | Off]:
        """What counted, and the days off, in order."""


class _EveryMinute(_Rule):
    def count(self, moment: datetime) -> timedelta:
        return moment - EPOCH

    def when(self, start: datetime, total: timedelta) -> datetime:
        return EPOCH + total

    def pieces(self, start: datetime, end: datetime) -> Iterator[Stretch | Off]:
        yield _stretch(start, end)


class _Week(_Rule):
    """A working week with its special days."""

    def __init__(self, start: datetime, end: datetime, row: WorkingHours, days: dict[date, SpecialDay]) -> None:
        super().__init__(start, end)
        self._spans = spans_of(row.spans)
        self._weekdays = frozenset(row.weekdays)
        self._days = days
        self._day = sum((last - first for first, last in self._spans), NOTHING)
        # What has counted of a week before each of its days, and in all.
        self._before = list(accumulate((self._of_weekday(n) for n in range(1, 8)), initial=NOTHING))
        # Where the special days change the count, and by how much up to there.
        self._changed = sorted(day for day in days if self._of(day) != self._of_weekday(day.isoweekday()))
        changes = (self._of(day) - self._of_weekday(day.isoweekday()) for day in self._changed)
        self._changes = list(accumulate(changes, initial=NOTHING))

    def count(self, moment: datetime) -> timedelta:
        local = moment.astimezone(PLACE)
        midnight = _midnight(local.date())
        passed = local - midnight
        today = sum(
            (min(passed, last) - first for first, last in self._spans_on(local.date()) if passed > first), NOTHING
        )
        return self._up_to(local.date()) + today

    def when(self, start: datetime, total: timedelta) -> datetime:
        day = self._day_reaching(start.astimezone(PLACE).date(), total)
        left = total - self._up_to(day)
        for first, last in self._spans_on(day):
            if left <= last - first:
                return _midnight(day) + first + left
            left -= last - first
        raise AssertionError("the day that reaches a total contains it")

    def pieces(self, start: datetime, end: datetime) -> Iterator[Stretch | Off]:
        day, last_day = start.astimezone(PLACE).date(), (end - timedelta.resolution).astimezone(PLACE).date()
        while day <= last_day:
            spans = self._spans_on(day)
            if not spans:
                yield Off(day, self._why(day))
            for first, last in spans:
                opens, closes = max(start, _midnight(day) + first), min(end, _midnight(day) + last)
                if opens < closes:
                    yield _stretch(opens, closes)
            day += timedelta(days=1)

    def _day_reaching(self, first: date, total: timedelta) -> date:
        """The first day at whose end at least so much has counted: the step doubles, then the span is halved."""
        low, step = first.toordinal(), 1
        while self._up_to(date.fromordinal(low + step)) < total:
            low, step = low + step, step * 2
            if low + step - first.toordinal() > FAR.days:
                raise ValueError("so many minutes do not count within a hundred years")
        days = range(low, low + step)
        return date.fromordinal(days[bisect_left(days, total, key=lambda n: self._up_to(date.fromordinal(n + 1)))])

    def _up_to(self, day: date) -> timedelta:
        """How much has counted from the epoch to the beginning of the day."""
        weeks, days = divmod((day - MONDAY).days, 7)
        by_rule = weeks * self._before[7] + self._before[days]
        return by_rule + self._changes[bisect_left(self._changed, day)] - self._changes_before_epoch

    @cached_property
    def _changes_before_epoch(self) -> timedelta:
        return self._changes[bisect_left(self._changed, MONDAY)]

    def _spans_on(self, day: date) -> Spans:
        special = self._days.get(day)
        works = special.kind == DayKind.WORKING_DAY if special else day.isoweekday() in self._weekdays
        return self._spans if works else ()

    def _of(self, day: date) -> timedelta:
        return self._day if self._spans_on(day) else NOTHING

    def _of_weekday(self, number: int) -> timedelta:
        return self._day if number in self._weekdays else NOTHING

    def _why(self, day: date) -> str:
        special = self._days.get(day)
        if special is not None:
            return special.name
        return _("weekend") if day.isoweekday() >= 6 else _("no working day of this office")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=PLACE)


def _stretch(start: datetime, end: datetime) -> Stretch:
    return Stretch(start, end, (end - start) / timedelta(minutes=1))


def _days(piece: Stretch) -> Iterator[date]:
    """The days of which something counted in a stretch."""
    day, last = (moment.astimezone(PLACE).date() for moment in (piece.start, piece.end - timedelta.resolution))
    while day <= last:
        yield day
        day += timedelta(days=1)


def _joined(pieces: list[Stretch | Off]) -> list[Stretch | Off]:
    """Stretches that touch are one; a day on which the rule changed and something counted is not off."""
    counted = {day for piece in pieces if isinstance(piece, Stretch) for day in _days(piece)}
    joined: list[Stretch | Off] = []
    for piece in pieces:
        if isinstance(piece, Off) and piece.day in counted:
            continue
        before = joined[-1] if joined else None
        if isinstance(piece, Stretch) and isinstance(before, Stretch) and before.end == piece.start:
            joined[-1] = _stretch(before.start, piece.end)
        else:
            joined.append(piece)
    return joined
