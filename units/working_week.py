"""An office's calendar as its page and the API show it: the week in force, what is planned, the year's days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.dates import WEEKDAYS

from units.calendar import Calendar, Rows, Stretch
from units.models import SpecialDay, Unit, WorkingHours

# The word in addresses for the rows that hold for all offices without their own.
ALL_OFFICES = "all-offices"
# How far ahead the next opening is looked for.
AHEAD = timedelta(days=40)


@dataclass(frozen=True)
class Weekday:
    """One day of the week, by its ISO number, and the spans in which the office works."""

    number: int
    spans: Sequence[Sequence[str]]

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return str(WEEKDAYS[self.number - 1])


@dataclass(frozen=True)
class Day:
    """A special day as listed; `overruled` when the office has a rule of its own for it."""

    row: SpecialDay
    own: bool
    overruled: bool
    past: bool


@dataclass(frozen=True)
class Sheet:
    """Everything an office's calendar is made of; None is all offices without hours of their own. Two queries."""

    unit: Unit | None
    hours: Sequence[WorkingHours]
    days: Sequence[SpecialDay]
    now: datetime

    @classmethod
    def of(cls, unit: Unit | None, now: datetime) -> "Sheet":
        """Read it."""
        rows = Rows.of([unit] if unit else [])
        own_first = sorted(rows.hours, key=lambda row: (row.unit_id is None, row.since is None, row.since))
        return cls(unit, own_first, sorted(rows.days, key=lambda row: (row.day, row.unit_id is not None)), now)

    @property
    def own_hours(self) -> list[WorkingHours]:
        """The office's own rows, or for None those of all offices; past and planned ones too."""
        return [row for row in self.hours if row.unit_id == (self.unit.pk if self.unit else None)]

    @property
    def in_force(self) -> WorkingHours | None:
        """The week that holds now: the office's own, else that of all offices; None when every minute counts."""
        return next((row for row in self.hours if row.holds_at(self.now)), None)

    @property
    def follows_others(self) -> bool:
        """Whether the week in force is that of all offices."""
        return self.unit is not None and (row := self.in_force) is not None and row.unit_id is None

    @property
    def week(self) -> list[Weekday]:
        """The seven days of the week in force."""
        row = self.in_force
        return [Weekday(n, row.spans if n in row.weekdays else []) for n in range(1, 8)] if row else []

    @property
    def planned(self) -> list[WorkingHours]:
        """Weeks that begin later."""
        return [row for row in self.own_hours if row.since is not None and row.since > self.now]

    def stretch(self) -> Stretch | None:
        """The working time that runs now, or the next; None when none is near or every minute counts."""
        if self.unit is None or self.in_force is None:
            return None
        calendar = Calendar(self.unit, Rows(self.hours, self.days))
        found = calendar.explain(self.now, self.now + AHEAD)
        return next((piece for piece in found if isinstance(piece, Stretch)), None)

    def year(self, year: int, today: date) -> list[tuple[date, list[Day]]]:
        """The special days of a year by month, each with the first day of its month."""
        months: dict[date, list[Day]] = {}
        for day in self._days(year, today):
            months.setdefault(day.row.day.replace(day=1), []).append(day)
        return list(months.items())

    def has_national(self, year: int) -> bool:
        """Whether any day of that year is on record for all offices."""
        return any(row.unit_id is None and row.day.year == year for row in self.days)

    def _days(self, year: int, today: date) -> Iterator[Day]:
        own = {row.day for row in self.days if row.unit_id is not None}
        for row in self.days:
            if row.day.year == year:
                mine = row.unit_id == (self.unit.pk if self.unit else None)
                yield Day(row, mine, row.unit_id is None and row.day in own, row.day < today)
