"""Traffic in words: the rows of the tables below charts, and the line a pointer reads at a bar."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.template.defaultfilters import floatformat
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from crossings import outliers
from crossings.choices import Direction
from crossings.forms_traffic_reading import MEASURES
from crossings.models import TrafficOutlier
from crossings.traffic import Figure, Series, Span


def described(outlier: TrafficOutlier) -> str:
    """What was unusual and why: the measure, the direction, the reason in figures."""
    if not outlier.measure:
        return outliers.words(outlier)
    measure = dict(MEASURES)[outlier.measure]
    return f"{measure}, {outlier.get_direction_display()}: {outliers.words(outlier)}"


@dataclass(frozen=True)
class Row:
    """A span of a series as a row of a table."""

    span: Span
    label: str
    unusual: list[tuple[TrafficOutlier, str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The row in one line."""
        ways = ((Direction.IN, self.span.ins), (Direction.OUT, self.span.outs))
        said = "; ".join(f"{way.label}: {figure_words(figure, self.span)}" for way, figure in ways)
        return " · ".join([f"{self.label}: {said}", *(reason for _one, reason in self.unusual)])


def figure_words(figure: Figure, span: Span) -> str:
    """A figure, or why there is none."""
    if figure.value is not None:
        return str(floatformat(figure.value, "-1g"))
    if span.ahead:
        return _("not over yet")
    return _("held shut") if span.shut else _("not observed")


def label_of(first: date, last: date, by: str) -> str:
    """A day with its weekday, a week from day to day, a month."""
    if by == "day":
        return f"{WEEKDAYS[first.weekday()]} {first:%d/%m/%Y}"
    return f"{first:%m/%Y}" if by == "month" else f"{first:%d/%m}–{last:%d/%m/%Y}"


def rows_of(series: Series, unusual: Iterable[TrafficOutlier]) -> list[Row]:
    """The rows of a series in order of time, each with the unusual days that lie in it."""
    waiting = sorted(unusual, key=lambda one: (one.day, one.direction))
    found = []
    for span in series.spans:
        here = []
        while waiting and waiting[0].day <= span.last:
            one = waiting.pop(0)
            here.append((one, described(one)))
        found.append(Row(span, label_of(span.first, span.last, series.by), here))
    return found
