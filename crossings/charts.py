"""The geometry of the charts of traffic, as pure functions: figures go in, places of an SVG come out.

Into the country goes up, out of it goes down. What was not observed is hatched, zero is a thin mark on the line, days
the register holds a crossing shut are shaded, unusual days bear a sign. Never colour alone.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from crossings.choices import Direction
from crossings.traffic import Figure, Series, Span

# What a figure is drawn as; None draws it as not observed.
Drawn = Callable[[Figure], float | None]
Write = Callable[[object], str]


@dataclass(frozen=True)
class Size:
    """How large a chart is: half its plot, the room above and below, and how wide a span may be drawn."""

    half: float = 100
    top: float = 14
    bottom: float = 26
    wide: float = 1020
    least: float = 2.75
    most: float = 30
    # How far apart labels of the time stand, at least.
    apart: float = 68
    ticks: int = 2


WHOLE = Size()
SMALL = Size(half=52, top=10, bottom=24, wide=470, least=1.2, most=26, ticks=1)
SPARK = Size(half=24, top=6, bottom=6, wide=360, least=3, most=6, apart=10**9, ticks=0)
# The strip beside the line that says "not observed", and the mark of zero.
STRIP = 16.0
ZERO = 2.0
SIGN = 5.0
# Up to so many days the labels of time are days.
DAYS_CLOSE = 130


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of one direction: `kind` is counted, zero or gap; `partly` when too little was watched."""

    kind: str
    direction: str
    x: float
    y: float
    width: float
    height: float
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale, or a label of the time."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A triangle at an unusual day, pointing at the bar's end."""

    points: str


@dataclass(frozen=True)
class Chart:
    """Everything the template draws."""

    width: float
    height: float
    base: float
    bars: list[Bar]
    shades: list[Bar]
    scale: list[Tick]
    times: list[Tick]
    signs: list[Sign]
    slots: list[tuple[float, float, Span]]
    size: Size = field(default=WHOLE)

    @property
    def top(self) -> float:
        """Where the plot begins."""
        return self.size.top

    @property
    def foot(self) -> float:
        """Where the labels of the time stand."""
        return self.height - 8

    @property
    def plot(self) -> float:
        """The height of the plot."""
        return 2 * self.size.half


def counted(figure: Figure) -> float | None:
    """What was counted."""
    return None if figure.value is None else float(figure.value)


def per_day(figure: Figure) -> float | None:
    """The mean of the days that were counted, so that gaps make no span look small."""
    return figure.per_day


def index_of(series: Series) -> Drawn:
    """Against the crossing's own mean day of the whole time, both directions, which is 100."""
    means = [one for one in (series.ins.per_day, series.outs.per_day) if one is not None]
    mean = sum(means) / len(means) if means else 0.0
    return lambda figure: None if figure.per_day is None or not mean else 100 * figure.per_day / mean


def highest(series: Series, drawn: Drawn = counted) -> float:
    """The longest bar of a series."""
    values = [drawn(figure) for span in series.spans for figure in (span.ins, span.outs)]
    return max((value for value in values if value is not None), default=0.0)


def mirrored(
    series: Series,
    *,
    write: Write,
    size: Size = WHOLE,
    drawn: Drawn = counted,
    most: float | None = None,
    unusual: Collection[tuple[date, str]] = (),
) -> Chart:
    """The chart of a series. `most` is the value of a full bar (default: the highest); `unusual` are days to be signed.

    `write` writes a figure in the reader's digits.
    """
    spans = series.spans
    step = min(size.most, max(size.least, size.wide / max(1, len(spans))))
    most = highest(series, drawn) if most is None else most
    marks = scale(most, size.ticks)
    full = max(most, marks[-1] if marks else 0.0) or 1.0
    base = size.top + size.half
    places = [round(n * step, 2) for n in range(len(spans))]
    bars = [bar for way in Direction.values for bar in _bars(spans, places, step, base, size, drawn, full, way)]
    return Chart(
        width=round(max(step * len(spans), 1), 2),
        height=size.top + 2 * size.half + size.bottom,
        base=base,
        bars=bars,
        shades=_shades(spans, places, step, size),
        scale=_ticks(marks, base, size.half / full, write),
        times=_times(series, places, size, write),
        signs=_signs(spans, places, step, bars, unusual),
        slots=[(x, round(step, 2), span) for x, span in zip(places, spans, strict=True)],
        size=size,
    )


def scale(most: float, ticks: int) -> list[float]:
    """So many round figures above zero, the last not below `most`; none for nothing."""
    if most <= 0 or ticks < 1:
        return []
    rough = most / ticks
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough * (1 - 1e-9))
    if step > 1 and step != round(step):
        step = math.ceil(step)
    return [step * n for n in range(1, ticks + 1)]


def _bars(
    spans: Sequence[Span],
    places: Sequence[float],
    step: float,
    base: float,
    size: Size,
    drawn: Drawn,
    full: float,
    way: str,
) -> Iterator[Bar]:
    up = way == Direction.IN
    gap_from: float | None = None
    width = round(max(step - (1 if step < 8 else 2), step * 0.6), 2)
    for x, span in [*zip(places, spans, strict=True), (round(step * len(spans), 2), None)]:
        figure = span.of(way) if span else None
        value = drawn(figure) if figure else None
        missing = span is not None and value is None and not span.ahead and not span.shut
        if gap_from is not None and not missing:
            strip = min(STRIP, size.half / 3)
            yield Bar("gap", way, gap_from, base - strip if up else base, round(x - gap_from, 2), strip)
            gap_from = None
        if missing and gap_from is None:
            gap_from = x
        if value is None or figure is None:
            continue
        height = round(size.half * min(value, full) / full, 2)
        kind = "zero" if value == 0 else "counted"
        # A little that was counted is never as flat as nothing at all.
        height = ZERO if kind == "zero" else max(height, ZERO + 1)
        yield Bar(kind, way, x, base - height if up else base, width, height, figure.partly)


def _shades(spans: Sequence[Span], places: Sequence[float], step: float, size: Size) -> list[Bar]:
    """Days in a row that the register holds it shut, each as one rectangle behind the bars."""
    found: list[Bar] = []
    for x, span in zip(places, spans, strict=True):
        if not span.shut:
            continue
        if found and abs(found[-1].x + found[-1].width - x) < 0.05:
            last = found.pop()
            found.append(Bar("shut", "", last.x, size.top, round(last.width + step, 2), 2 * size.half))
        else:
            found.append(Bar("shut", "", x, size.top, round(step, 2), 2 * size.half))
    return found


def _ticks(marks: Iterable[float], base: float, unit: float, write: Write) -> list[Tick]:
    found = [Tick(base, write("0"))]
    for mark in marks:
        text = write(f"{mark:,.10g}")
        found += [Tick(round(base - mark * unit, 2), text), Tick(round(base + mark * unit, 2), text)]
    return found


def _times(series: Series, places: Sequence[float], size: Size, write: Write) -> list[Tick]:
    """Where months begin; over few days Mondays instead. Labels keep their distance."""
    found: list[Tick] = []
    close = series.by == "day" and len(series.spans) <= DAYS_CLOSE
    for x, span in zip(places, series.spans, strict=True):
        months = series.by == "month" or any(
            (span.first + timedelta(days=n)).day == 1 for n in range(min(7, (span.last - span.first).days + 1))
        )
        if not (span.first.weekday() == 0 if close else months) and found:
            continue
        if found and x - found[-1].at < size.apart:
            continue
        begins = span.last if series.by == "week" and months else span.first
        found.append(Tick(x, write(f"{begins:%d/%m}" if close else f"{begins:%m/%Y}")))
    if found and places and places[-1] - found[-1].at < size.apart / 2:
        # The last one would be cut off at the edge.
        found.pop()
    return found


def _signs(
    spans: Sequence[Span],
    places: Sequence[float],
    step: float,
    bars: Iterable[Bar],
    unusual: Collection[tuple[date, str]],
) -> list[Sign]:
    wanted = set(unusual)
    at = {
        (x, way)
        for x, span in zip(places, spans, strict=True)
        for way in Direction.values
        if any((span.first + timedelta(days=n), way) in wanted for n in range((span.last - span.first).days + 1))
    }
    found = []
    for bar in bars:
        if bar.kind == "gap" or (bar.x, bar.direction) not in at:
            continue
        middle = bar.x + bar.width / 2
        up = bar.direction == Direction.IN
        tip = bar.y - 2 if up else bar.y + bar.height + 2
        far = tip - 1.6 * SIGN if up else tip + 1.6 * SIGN
        found.append(Sign(f"{middle:.1f},{tip:.1f} {middle - SIGN:.1f},{far:.1f} {middle + SIGN:.1f},{far:.1f}"))
    return found
