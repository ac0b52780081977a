"""What may be counted at a crossing, and the shape of a day's count before it is written (duty D4).

Empty is "not counted" and 0 is "counted, nobody came": the two are kept apart from the form to the chart.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from crossings.choices import (
    CountKind,
    CountMethod,
    Currency,
    Direction,
    Flow,
    GoodsClass,
    NationalityGroup,
    TravelDocument,
    VehicleClass,
)
from crossings.models import Crossing, TrafficSheet

# Anything above is a slip of the hand: persons and vehicles of one class in one direction on one day, tonnes, and
# value in the smallest currency (10,000 lorry loads in riel).
MOST: Mapping[str, int] = {
    "passengers": 100_000,
    "vehicles": 20_000,
    "refused": 100_000,
    "searches": 100_000,
    "tonnes": 100_000,
    "value": 10**13,
}
MOST_MINUTES = 24 * 60
# Decimals kept of tonnes (a kilogram) and of a value.
TONNES_PLACES = 3
VALUE_PLACES = 2
MOST_OBSERVER = 200
MOST_NOTE = 2_000
# The Kingdom's constitution: the register knows no crossing before it.
EARLIEST = date(1993, 9, 24)
# Lines of one day: every class, group, document and currency there is fits twice.
MOST_LINES = 400

# Which flow a kind belongs to, when a crossing is shut for one flow and not for another.
FLOW_OF: Mapping[str, str] = {
    CountKind.PASSENGERS: Flow.PEOPLE,
    CountKind.REFUSED: Flow.PEOPLE,
    CountKind.SEARCHES: Flow.PEOPLE,
    CountKind.VEHICLES: Flow.VEHICLES,
    CountKind.GOODS: Flow.GOODS,
}
# The classes of the kinds that are told apart by class.
CLASSES: Mapping[str, type[models.TextChoices]] = {CountKind.VEHICLES: VehicleClass, CountKind.GOODS: GoodsClass}
# Django works out the values of its choices anew at each asking; a file asks a million times.
_KNOWN: Mapping[str, frozenset[str]] = {
    "kind": frozenset(CountKind.values),
    "direction": frozenset(Direction.values),
    "method": frozenset(CountMethod.values),
    "nationality": frozenset(NationalityGroup.values),
    "document": frozenset(TravelDocument.values),
    "currency": frozenset(Currency.values),
    **{kind: frozenset(classes.values) for kind, classes in CLASSES.items()},
}
# Sums a sheet carries; None where nothing of the kind was counted.
MEASURES = ("passengers", "vehicles", "tonnes", "refused", "searches")
SOURCES = ("page", "import", "api", "demo")


@dataclass(frozen=True, slots=True)
class Line:
    """A count of one class. Goods carry tonnes or a value with its currency; everything else a number."""

    kind: str
    class_of: str = ""
    nationality: str = ""
    document: str = ""
    number: int | None = None
    tonnes: Decimal | None = None
    value: Decimal | None = None
    currency: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What may stand once only on a sheet."""
        return (self.kind, self.class_of, self.nationality, self.document, self.currency)

    @property
    def counts_something(self) -> bool:
        """Whether the count is above zero."""
        return bool(self.number or self.tonnes or self.value)


@dataclass(frozen=True, slots=True)
class Given:
    """A day's count of one direction as somebody gives it.

    `expected_version` is the version he saw in force (None or 0: none); `reason` says why it is corrected.
    """

    crossing: Crossing
    day: date
    direction: str
    observed_minutes: int
    method: str
    observer: str
    lines: tuple[Line, ...]
    note: str = ""
    although_closed: bool = False
    expected_version: int | None = None
    reason: str = ""

    @property
    def key(self) -> tuple[int, date, str]:
        """The day's place: one count is in force there."""
        return (self.crossing.pk, self.day, self.direction)

    @property
    def flows(self) -> frozenset[str]:
        """The flows something passed in."""
        return frozenset(FLOW_OF[one.kind] for one in self.lines if one.counts_something and one.kind in FLOW_OF)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something cannot be taken: the field, a stable code, the figures of the sentence, the line (from 0)."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    line: int | None = None


# Functions called with the new sheets, inside the transaction that wrote them (outliers look at them).
AfterRecording = Callable[[Sequence[TrafficSheet]], object]
after_recording: list[AfterRecording] = []


def tell_recorded(sheets: Sequence[TrafficSheet]) -> None:
    """Hand new sheets to whoever has asked for them."""
    for look in after_recording:
        look(sheets)


def usual(line: Line) -> Line:
    """The line in its one spelling: persons without a group are "not stated", nothing else carries what is not its."""
    if line.kind == CountKind.PASSENGERS and not line.nationality:
        return Line(line.kind, line.class_of, NationalityGroup.UNKNOWN, line.document, line.number, line.tonnes,
                    line.value, line.currency)  # fmt: skip
    return line


def fingerprint(given: Given) -> str:
    """SHA-256 of what was counted and how, whatever the order of the lines; the same content has the same one.

    The note belongs to the content: dropping a changed one in silence would lose it.
    """
    lines = sorted(
        "|".join((*line.key, _figure(line.number), _figure(line.tonnes), _figure(line.value))) for line in given.lines
    )
    head = (given.day.isoformat(), given.direction, str(given.observed_minutes), given.method, given.observer.strip())
    return hashlib.sha256("\n".join((*head, given.note.strip(), *lines)).encode()).hexdigest()


def _figure(figure: Decimal | int | None) -> str:
    """Without what only looks different: 1.50 and 1.5 are the same."""
    if figure is None:
        return ""
    return str(figure) if isinstance(figure, int) else f"{figure.normalize():f}"


def sums(lines: Sequence[Line]) -> dict[str, Any]:
    """The sums of a sheet by measure; None where nothing of the kind was counted."""
    found: dict[str, Any] = dict.fromkeys(MEASURES)
    for line in lines:
        if line.kind == CountKind.GOODS:
            if line.tonnes is not None:
                found["tonnes"] = (found["tonnes"] or Decimal(0)) + line.tonnes
        elif line.number is not None:
            found[line.kind] = (found[line.kind] or 0) + line.number
    return found


def faults(given: Given, today: date) -> list[Fault]:
    """Everything about the shape of a count that cannot be taken, whatever the register holds."""
    found = [*_head_faults(given, today)]
    if not given.lines:
        found.append(Fault("lines", "nothing_counted"))
    if len(given.lines) > MOST_LINES:
        return [*found, Fault("lines", "too_many_lines", {"most": MOST_LINES})]
    first: dict[tuple[str, ...], int] = {}
    for index, line in enumerate(given.lines):
        found += line_faults(line, index)
        if (before := first.setdefault(line.key, index)) != index:
            found.append(Fault("lines", "twice", {"first": before}, index))
    return found


def _head_faults(given: Given, today: date) -> list[Fault]:
    found = []
    if given.day > today:
        found.append(Fault("day", "future"))
    elif given.day < EARLIEST:
        found.append(Fault("day", "too_early", {"earliest": EARLIEST.isoformat()}))
    if given.direction not in _KNOWN["direction"]:
        found.append(Fault("direction", "unknown_direction", {"text": given.direction[:40]}))
    if not 1 <= given.observed_minutes <= MOST_MINUTES:
        found.append(Fault("observed_minutes", "hours_out_of_day"))
    if given.method not in _KNOWN["method"]:
        found.append(Fault("method", "unknown_method", {"text": given.method[:40]}))
    if not given.observer.strip():
        found.append(Fault("observer", "no_observer"))
    elif len(given.observer.strip()) > MOST_OBSERVER:
        found.append(Fault("observer", "too_long", {"most": MOST_OBSERVER}))
    if len(given.note) > MOST_NOTE:
        found.append(Fault("note", "too_long", {"most": MOST_NOTE}))
    if len(given.reason) > MOST_NOTE:
        found.append(Fault("reason", "too_long", {"most": MOST_NOTE}))
    return found


def line_faults(line: Line, index: int | None = None) -> list[Fault]:
    """What is wrong with one line by itself."""
    if line.kind not in _KNOWN["kind"]:
        return [Fault("kind", "unknown_kind", {"text": line.kind[:40]}, index)]
    found = _class_faults(line, index)
    if line.kind == CountKind.GOODS:
        found += _goods_faults(line, index)
        return found
    for name in ("tonnes", "value"):
        if getattr(line, name) is not None:
            found.append(Fault(name, "goods_alone", {}, index))
    if line.currency:
        found.append(Fault("currency", "goods_alone", {}, index))
    if line.number is None:
        found.append(Fault("number", "no_number", {}, index))
    else:
        found += _range_faults("number", line.number, MOST[line.kind], index)
    return found


def _class_faults(line: Line, index: int | None) -> list[Fault]:
    found = []
    classes = _KNOWN.get(line.kind)
    if classes is None:
        if line.class_of:
            found.append(Fault("class_of", "no_class_here", {"kind": line.kind}, index))
    elif not line.class_of:
        found.append(Fault("class_of", "no_class", {"kind": line.kind}, index))
    elif line.class_of not in classes:
        found.append(Fault("class_of", "unknown_class", {"text": line.class_of[:40], "kind": line.kind}, index))
    for name in ("nationality", "document"):
        text = getattr(line, name)
        if not text:
            continue
        if line.kind not in (CountKind.PASSENGERS, CountKind.REFUSED):
            found.append(Fault(name, "persons_alone", {}, index))
        elif text not in _KNOWN[name]:
            found.append(Fault(name, f"unknown_{name}", {"text": text[:40]}, index))
    return found


def _goods_faults(line: Line, index: int | None) -> list[Fault]:
    found = []
    if line.number is not None:
        found.append(Fault("number", "goods_in_tonnes", {}, index))
    if line.tonnes is None and line.value is None:
        found.append(Fault("tonnes", "no_tonnes", {}, index))
    if line.tonnes is not None:
        found += _range_faults("tonnes", line.tonnes, MOST["tonnes"], index, TONNES_PLACES)
    if line.value is not None:
        found += _range_faults("value", line.value, MOST["value"], index, VALUE_PLACES)
        if not line.currency:
            found.append(Fault("currency", "no_currency", {}, index))
    elif line.currency:
        found.append(Fault("value", "currency_without_value", {}, index))
    if line.currency and line.currency not in _KNOWN["currency"]:
        found.append(Fault("currency", "unknown_currency", {"text": line.currency[:40]}, index))
    return found


def _range_faults(name: str, figure: Decimal | int, most: int, index: int | None, places: int = 0) -> list[Fault]:
    if isinstance(figure, Decimal) and not figure.is_finite():
        return [Fault(name, "no_figure", {"text": str(figure)}, index)]
    if figure < 0:
        return [Fault(name, "negative", {}, index)]
    if figure > most:
        return [Fault(name, "absurd", {"most": most}, index)]
    if isinstance(figure, Decimal) and figure != round(figure, places):
        return [Fault(name, "too_fine", {"places": places}, index)]
    return []
