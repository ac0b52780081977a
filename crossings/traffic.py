"""Questions asked of traffic (duty D4): a crossing by day, week and month; several compared; a month by province.

Sheets alone are read: each carries the sums of its lines. Not observed is never zero: a day without a sheet, or a
sheet on which the measure was not counted, has no value, and no total fills it in. Every total says how much of the
time the crossing was open it rests on. `visible_to` comes first, always.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from borderwatch import clock
from crossings import open_hours
from crossings.choices import Direction, Flow
from crossings.counts import MEASURES
from crossings.models import Crossing, TrafficSheet
from crossings.open_hours import DAY, Stretch
from units import policy
from units.models import Province

Value = int | Decimal

# The flow whose hours a measure is held against.
FLOW_OF_MEASURE: Mapping[str, str] = {
    "passengers": Flow.PEOPLE,
    "refused": Flow.PEOPLE,
    "searches": Flow.PEOPLE,
    "vehicles": Flow.VEHICLES,
    "tonnes": Flow.GOODS,
}
DIRECTIONS = (Direction.IN.value, Direction.OUT.value)
BY = ("day", "week", "month")
# Below this share of the open time a span counts as watched in part only, and is drawn so.
PARTLY_BELOW = 80.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure in one direction over some days: what was counted, and how much of the open time was watched.

    `value` None: not observed. `watched` and `open` are minutes; a day counts as watched for no longer than it was
    open, so that a night watched never makes up for a day missed. `days` of `open_days` have a count.
    """

    value: Value | None = None
    watched: int = 0
    open: int = 0
    days: int = 0
    open_days: int = 0

    @property
    def coverage(self) -> float | None:
        """Percent of the open time that was watched, at most 100; None when it was not open at all."""
        return min(100.0, 100 * self.watched / self.open) if self.open else None

    @property
    def percent(self) -> int | None:
        """The coverage in whole percent, rounded down: a hundred is said of a hundred alone."""
        coverage = self.coverage
        return None if coverage is None else int(coverage)

    @property
    def per_day(self) -> float | None:
        """The mean of the days that were counted; None without any."""
        return float(self.value) / self.days if self.value is not None and self.days else None

    @property
    def partly(self) -> bool:
        """Whether something was counted, but too much of the open time was not watched."""
        coverage = self.coverage
        return self.value is not None and coverage is not None and coverage < PARTLY_BELOW

    def __add__(self, other: "Figure") -> "Figure":
        """Both together; what is not observed adds nothing and stays out of the value."""
        values = [one for one in (self.value, other.value) if one is not None]
        return Figure(
            sum(values[1:], start=values[0]) if values else None,
            self.watched + other.watched,
            self.open + other.open,
            self.days + other.days,
            self.open_days + other.open_days,
        )


NOTHING = Figure()


@dataclass(frozen=True, slots=True)
class Span:
    """A day, week or month of a crossing. `shut`: the register held it shut all the time; `ahead`: not over yet."""

    first: date
    last: date
    ins: Figure
    outs: Figure
    shut: bool = False
    ahead: bool = False

    @property
    def both(self) -> Figure:
        """Both directions together."""
        return self.ins + self.outs

    def of(self, direction: str) -> Figure:
        """One direction."""
        return self.ins if direction == Direction.IN else self.outs


@dataclass(frozen=True)
class Series:
    """One measure of one crossing over time; spans without a gap, gaps being figures without a value."""

    crossing: Crossing
    measure: str
    by: str
    since: date
    until: date
    spans: list[Span]

    @cached_property
    def ins(self) -> Figure:
        """Everything into the country."""
        return sum((span.ins for span in self.spans), start=NOTHING)

    @cached_property
    def outs(self) -> Figure:
        """Everything out of it."""
        return sum((span.outs for span in self.spans), start=NOTHING)

    @property
    def both(self) -> Figure:
        """Both directions."""
        return self.ins + self.outs

    @property
    def ways(self) -> list[tuple[str, Figure]]:
        """Each direction in words, with everything of it."""
        return [(str(Direction.IN.label), self.ins), (str(Direction.OUT.label), self.outs)]


# Measure → direction → figure.
Totals = dict[str, dict[str, Figure]]


@dataclass(frozen=True)
class ProvinceTotals:
    """What was counted at all crossings of a province that a person sees."""

    province: Province
    crossings: int
    figures: Totals

    def both(self, measure: str) -> Figure:
        """Both directions of a measure."""
        return both(self.figures[measure])


def both(figures: Mapping[str, Figure]) -> Figure:
    """Both directions together."""
    return sum(figures.values(), start=NOTHING)


def today() -> date:
    """The day in Phnom Penh."""
    return timezone.localdate(clock.now())


def crossings_of(user: Any) -> Any:
    """The crossings whose traffic a person sees: those of his provinces; institutions see all."""
    return policy.visible_by_province(Crossing.objects.visible_to(user), user, "district__province_id")


def with_last_day(crossings: Any) -> Any:
    """Crossings with `last_day`: the newest day on which anything was counted, None when never."""
    sheets = TrafficSheet.objects.filter(crossing=OuterRef("pk"), current=True).order_by("-day")
    return crossings.annotate(last_day=Subquery(sheets.values("day")[:1]))


def series(user: Any, crossing: Crossing, measure: str, since: date, until: date, by: str = "day") -> Series:
    """One measure of a crossing the person sees, from `since` to `until`, both included."""
    return compare(user, [crossing], measure, since, until, by)[0]


def compare(
    user: Any, crossings: Iterable[Crossing], measure: str, since: date, until: date, by: str = "day"
) -> list[Series]:
    """The same of several crossings, in their order; two queries however many. ValueError for an unknown measure."""
    if measure not in MEASURES or by not in BY:
        raise ValueError(f"nobody counts {measure} by {by}")
    wanted = list(crossings)
    rows = TrafficSheet.objects.visible_to(user).filter(
        crossing__in=[one.pk for one in wanted], current=True, day__range=(since, until)
    )
    counted: dict[int, dict[tuple[date, str], tuple[int, Value | None]]] = {one.pk: {} for one in wanted}
    for pk, day, direction, minutes, value in rows.order_by().values_list(
        "crossing_id", "day", "direction", "observed_minutes", measure
    ):
        counted[pk][day, direction] = (minutes, value)
    hours = open_hours.stretches(wanted, FLOW_OF_MEASURE[measure], since, until)
    now = today()
    return [
        Series(one, measure, by, since, until, _folded(_days(counted[one.pk], hours[one.pk], now), by))
        for one in wanted
    ]


def _days(
    counted: Mapping[tuple[date, str], tuple[int, Value | None]], hours: list[Stretch], now: date
) -> Iterable[Span]:
    """Day by day. Today is not over: it counts once somebody has counted it."""
    for stretch in hours:
        for n in range(stretch.days):
            day = stretch.first + DAY * n
            found = [counted.get((day, direction)) for direction in DIRECTIONS]
            ahead = day >= now and found == [None, None]
            minutes = 0 if ahead else stretch.minutes
            ins, outs = (_figure(one, minutes) for one in found)
            yield Span(day, day, ins, outs, stretch.shut, ahead)


def _figure(sheet: tuple[int, Value | None] | None, minutes: int) -> Figure:
    was_open = 1 if minutes else 0
    if sheet is None or sheet[1] is None:
        return Figure(None, 0, minutes, 0, was_open)
    return Figure(sheet[1], min(sheet[0], minutes), minutes, 1, was_open)


def _folded(days: Iterable[Span], by: str) -> list[Span]:
    if by == "day":
        return list(days)
    found: list[Span] = []
    begun: date | None = None
    for day in days:
        begins = day.first - DAY * day.first.weekday() if by == "week" else day.first.replace(day=1)
        if found and begins == begun:
            last = found[-1]
            found[-1] = Span(
                last.first,
                day.last,
                last.ins + day.ins,
                last.outs + day.outs,
                last.shut and day.shut,
                last.ahead and day.ahead,
            )
        else:
            found.append(day)
            begun = begins
    return found


def totals(user: Any, crossings: Iterable[Crossing], since: date, until: date) -> dict[int, Totals]:
    """Every measure of many crossings over some days, by the crossing's key; the days should be over.

    Two queries however many crossings, besides those that say what he sees. Only crossings whose traffic the person
    sees are in the answer.
    """
    visible = set(crossings_of(user).order_by().values_list("pk", flat=True))
    return _totals([one for one in crossings if one.pk in visible], since, until)


def _totals(
    wanted: list[Crossing], since: date, until: date, group: Callable[[Crossing], int] = lambda one: one.pk
) -> dict[int, Totals]:
    """The same of crossings whose traffic has been found visible, added up by what `group` says of each."""
    hours = open_hours.of_flows(wanted, Flow.values, since, until)
    groups = {one.pk: group(one) for one in wanted}
    found = _empty(hours, groups)
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, {**_columns(hours, groups, since), "since": since, "until": until})
        for place, direction, *figures in cursor.fetchall():
            for n, measure in enumerate(MEASURES):
                value, days, watched = figures[3 * n : 3 * n + 3]
                empty = found[place][measure][direction]
                found[place][measure][direction] = Figure(value, watched or 0, empty.open, days, empty.open_days)
    return found


Hours = Mapping[str, Mapping[int, list[Stretch]]]


def _empty(hours: Hours, groups: Mapping[int, int]) -> dict[int, Totals]:
    """Nothing counted, but open so long."""
    opened: dict[tuple[int, str], list[int]] = {(place, flow): [0, 0] for place in groups.values() for flow in hours}
    for flow, by_crossing in hours.items():
        for pk, found in by_crossing.items():
            sums = opened[groups[pk], flow]
            for one in found:
                if one.minutes:
                    sums[0] += one.minutes * one.days
                    sums[1] += one.days
    return {
        place: {
            measure: dict.fromkeys(DIRECTIONS, Figure(open=opened[place, flow][0], open_days=opened[place, flow][1]))
            for measure, flow in FLOW_OF_MEASURE.items()
        }
        for place in set(groups.values())
    }


def _columns(hours: Hours, groups: Mapping[int, int], since: date) -> dict[str, str]:
    """The open hours of all crossings as columns of a table, each as PostgreSQL writes an array of numbers.

    Days on which no flow changes stand in one row, counted from `since`.
    """
    names = ("crossing", "place", "first", "last", *Flow.values)
    rows: list[tuple[int, ...]] = []
    for pk, place in groups.items():
        of_flow = [hours[flow][pk] for flow in Flow.values]
        at = [0] * len(of_flow)
        first = of_flow[0][0].first
        while at[0] < len(of_flow[0]):
            here = [found[n] for found, n in zip(of_flow, at, strict=True)]
            last = min(one.last for one in here)
            rows.append((pk, place, (first - since).days, (last - since).days, *(one.minutes for one in here)))
            first = last + DAY
            at = [n + (one.last == last) for n, one in zip(at, here, strict=True)]
    return {name: "{" + ",".join(str(row[n]) for row in rows) + "}" for n, name in enumerate(names)}


def _sums() -> str:
    """For each measure its sum, the days it was counted on, and the minutes watched while it was open."""
    return ", ".join(
        f"sum(sheet.{name}), count(sheet.{name}), "
        f"sum(LEAST(sheet.observed_minutes, hours.{FLOW_OF_MEASURE[name]})) FILTER (WHERE sheet.{name} IS NOT NULL)"
        for name in MEASURES
    )


# By hand, because the open hours come along as a table: a day is watched for no longer than it was open. Only the
# crossings in that table are read, and `totals` puts none there whose traffic the person may not see.
_TOTALS = f"""
    SELECT hours.place, sheet.direction, {_sums()}
    FROM unnest(%(crossing)s::bigint[], %(place)s::bigint[], %(first)s::int[], %(last)s::int[], %(people)s::int[],
                %(goods)s::int[], %(vehicles)s::int[]) AS hours (crossing, place, first, last, people, goods, vehicles)
    JOIN crossings_trafficsheet AS sheet
      ON sheet.crossing_id = hours.crossing AND sheet.day - %(since)s BETWEEN hours.first AND hours.last
    WHERE sheet.current AND sheet.day BETWEEN %(since)s AND %(until)s
    GROUP BY hours.place, sheet.direction
"""  # noqa: S608 - the names are those of the measures and flows above


def by_province(user: Any, since: date, until: date) -> list[ProvinceTotals]:
    """All traffic a person sees, summed by province, in the provinces' order; the days should be over."""
    rows = crossings_of(user).order_by("district__province__code")
    crossings = list(rows.only("opens_at", "closes_at", "district__province_id").select_related("district"))
    found = _totals(crossings, since, until, lambda one: one.district.province_id)
    many = Counter(one.district.province_id for one in crossings)
    provinces = Province.objects.in_bulk(list(many))
    return [ProvinceTotals(provinces[pk], count, found[pk]) for pk, count in many.items()]


def summed(rows: Iterable[Totals]) -> Totals:
    """Totals added up."""
    together: Totals = {measure: dict.fromkeys(DIRECTIONS, NOTHING) for measure in MEASURES}
    for row in rows:
        for measure, figures in row.items():
            for direction, figure in figures.items():
                together[measure][direction] = together[measure][direction] + figure
    return together


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - DAY
