"""What is unusual at a crossing, against its own usual days: the statistics and their reason; nothing is written here.

A day is compared with the same weekday of the last weeks and of the same season in former years (docs/crossings.md
has the formula). Median and MAD, because a few wild days must not set the measure. Counts are compared as rates per
hour watched, scaled to the hours of the day in question, so that the figures are those that were written down.
"""

import math
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from crossings.choices import OutlierReason, OutlierState
from crossings.counts import MEASURES
from crossings.models import TrafficOutlier

# A shorter look says too little about a day, neither as the day judged nor as one it is measured against.
MIN_MINUTES = 120
# With fewer usual days there is no judgement.
MIN_DAYS = 6
# The last so many same weekdays, none older than a year; and the same season of so many former years.
RECENT_DAYS = 12
RECENT_AT_MOST = timedelta(days=366)
FORMER_YEARS = 3
# Deviations of a normal kind stay within so many of their own scale (Iglewicz and Hoaglin).
LIMIT = 3.5
# The MAD of a normal distribution times this is its standard deviation.
CONSISTENCY = 1.4826
# What never counts as unusual: less than so many, or less than this share of the median.
FLOOR = 5.0
FLOOR_SHARE = 0.2

# Silence: watched on so many of the last days before it, and none for longer than these days or its longest usual
# gap so many times.
REGULAR_DAYS = 8
REGULAR_OF = 28
SILENT_DAYS = 3
SILENT_TIMES = 3


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual range of a measure for one day: everything from `low` to `high` is usual."""

    median: float
    mad: float
    low: float
    high: float
    days: int

    @property
    def rounded(self) -> dict[str, float | int]:
        """The figures as a person reads them."""
        return {name: _short(getattr(self, name)) for name in ("median", "mad", "low", "high", "days")}

    def verdict(self, value: float) -> str:
        """Why the value is unusual, "" when it is not."""
        if value > self.high:
            return OutlierReason.HIGH.value
        return OutlierReason.LOW.value if value < self.low else ""


def usual(values: Sequence[float], *, counted: bool = True) -> Usual | None:
    """The range that these values make usual; None for too few of them.

    It reaches from the median by 3.5 scaled MADs, but never by less than 5 or a fifth of the median; what is
    `counted` piece by piece varies by the root of its number anyway, so there never by less than 3.5 such roots.
    """
    if len(values) < MIN_DAYS:
        return None
    median = statistics.median(values)
    mad = statistics.median(abs(value - median) for value in values)
    reach = max(LIMIT * CONSISTENCY * mad, FLOOR, FLOOR_SHARE * median)
    if counted:
        reach = max(reach, LIMIT * math.sqrt(median))
    return Usual(median, mad, max(0.0, median - reach), median + reach, len(values))


# One count as it is read: the day, the minutes watched, the values by measure in the order of MEASURES.
Count = tuple[date, int, Sequence[Any]]


class Baseline:
    """The usual days of one direction of a crossing, for any day and measure."""

    def __init__(self, counts: Iterable[Count]) -> None:
        """Take the counts in the order of their days; a value of None was not counted (or is known to be wrong)."""
        self._days: dict[tuple[int, str], list[date]] = {}
        self._rates: dict[tuple[int, str], list[float]] = {}
        for day, minutes, values in counts:
            if minutes < MIN_MINUTES:
                continue
            for measure, value in zip(MEASURES, values, strict=True):
                if value is not None:
                    self._days.setdefault((day.weekday(), measure), []).append(day)
                    self._rates.setdefault((day.weekday(), measure), []).append(float(value) / minutes)

    def usual(self, day: date, measure: str, minutes: int) -> Usual | None:
        """The usual range for so many minutes watched on that day; None when there are too few days to judge."""
        rates = self._rates.get((day.weekday(), measure), [])
        like = self._like(day, measure)
        return usual([rates[place] * minutes for place in like], counted=measure != "tonnes")

    def known(self, day: date, measure: str) -> int:
        """How many days there are to judge that day by."""
        return len(self._like(day, measure))

    def _like(self, day: date, measure: str) -> list[int]:
        days = self._days.get((day.weekday(), measure), [])
        before = bisect_left(days, day)
        oldest = bisect_left(days, day - RECENT_AT_MOST)
        places = set(range(max(oldest, before - RECENT_DAYS), before))
        for years in range(1, FORMER_YEARS + 1):
            first, last = season(day, years)
            places.update(range(bisect_left(days, first), min(before, bisect_right(days, last))))
        return sorted(places)


def season(day: date, years: int) -> tuple[date, date]:
    """The month of the day and its neighbours, so many years before: first and last day."""
    month = day.year * 12 + day.month - 1 - 12 * years
    first, after = month - 1, month + 2
    return date(first // 12, first % 12 + 1, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1)


def reads_from(day: date) -> date:
    """The oldest day that can matter for a judgement of this day."""
    return season(day, FORMER_YEARS)[0]


def basis(value: Any, minutes: int, day: date, found: Usual) -> dict[str, Any]:
    """The judgement in figures, as it is kept with the unusual day."""
    return {
        "value": _short(float(value)),
        "minutes": minutes,
        "weekday": day.weekday(),
        **found.rounded,
    }


def _short(figure: float) -> float | int:
    """As exact as a person reads it: whole above ten, else one decimal."""
    return round(figure) if figure >= 10 or figure == round(figure) else round(figure, 1)


def words(outlier: TrafficOutlier) -> str:
    """The reason in figures, in the reader's language."""
    facts = outlier.basis
    if outlier.why == OutlierReason.SILENT:
        return _(
            "Nothing has been counted since %(last)s. Before, it was watched on %(days)s of %(of)s days; "
            "longest break then, in days: %(gap)s."
        ) % {
            "last": date.fromisoformat(facts["last"]).strftime("%d/%m/%Y"),
            "days": facts["days"],
            "of": REGULAR_OF,
            "gap": facts["gap"],
        }
    return _(
        "%(value)s on a %(weekday)s in %(hours)s h; usual %(low)s–%(high)s (median %(median)s of %(days)s such days)"
    ) % {**facts, "weekday": WEEKDAYS[facts["weekday"]], "hours": hours(facts["minutes"])}


def waiting(rows: Any) -> Any:
    """Those of a queryset that wait for a judgement: not judged yet, and not on a count that was corrected since."""
    return rows.filter(state=OutlierState.OPEN).filter(Q(sheet__isnull=True) | Q(sheet__current=True))


def hours(minutes: int) -> str:
    """Minutes as hours: 8, 7.5."""
    return f"{minutes / 60:.1f}".removesuffix(".0")


# --- reading the usual days -----------------------------------------------------------------------------------------


def baselines(sheets: Any) -> dict[tuple[int, str], Baseline]:
    """The usual days in a queryset of sheets in force, by crossing and direction; two queries.

    What was judged to be a mistake is left out; what was judged to be real, or waits for a judgement, is not.
    """
    wrong: dict[int, set[str]] = {}
    mistakes = TrafficOutlier.objects.filter(state=OutlierState.MISTAKE, sheet__in=sheets.order_by().values("pk"))
    for sheet, measure in mistakes.values_list("sheet_id", "measure"):
        wrong.setdefault(sheet, set()).add(measure)
    columns = ("crossing_id", "direction", "pk", "day", "observed_minutes", *MEASURES)
    rows = sheets.order_by("crossing_id", "direction", "day").values_list(*columns)
    return {key: Baseline(_counts(group, wrong)) for key, group in groupby(rows, lambda row: (row[0], row[1]))}


def _counts(rows: Iterable[Any], wrong: Mapping[int, set[str]]) -> Iterator[Count]:
    for _crossing, _way, pk, day, minutes, *values in rows:
        if bad := wrong.get(pk):
            values = [None if measure in bad else value for measure, value in zip(MEASURES, values, strict=True)]
        yield day, minutes, values


# --- silence ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Silence:
    """A crossing that is not counted any more: when it was last, how regularly before, its longest gap in days."""

    last: date
    days: int
    gap: int

    @property
    def since(self) -> date:
        """The first day without a count."""
        return self.last + timedelta(days=1)


def silence(observed: Iterable[date], missing: int) -> Silence | None:
    """Whether a crossing has fallen silent: `observed` are days it was counted, `missing` the open days since then."""
    days = sorted(set(observed))
    if not days:
        return None
    last = days[-1]
    before = [day for day in days if day > last - timedelta(days=REGULAR_OF)]
    if len(before) < REGULAR_DAYS:
        return None
    gap = max((later - earlier).days - 1 for earlier, later in pairwise(before))
    if missing <= max(SILENT_DAYS, SILENT_TIMES * gap):
        return None
    return Silence(last, len(before), gap)
