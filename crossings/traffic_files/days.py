"""Rows put together to days: each row understood cell by cell, mistakes named by row and column.

A day and direction with a mistake in any of its rows is left out whole: half a day would look like a quiet one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crossings import figures
from crossings.choices import CountKind, CountMethod
from crossings.counts import Fault, Given, Line, line_faults, usual
from crossings.models import Crossing
from crossings.traffic_files import columns
from crossings.traffic_files.limits import Unreadable

# Rows looked at for the header.
HEAD_ROWS = 10
# Columns of the faults that name a field of a line or a sheet.
COLUMN_OF_FIELD = {"class_of": "class", "observed_minutes": "observed_hours", "lines": "class"}
# What a file without a method was copied from.
USUAL_METHOD = CountMethod.REGISTER

Message = dict[str, Any]
Memory = dict[Any, tuple[Any, tuple[str, dict[str, Any]] | None]]


def message(row: int, column: str, code: str, params: Mapping[str, Any] | None = None) -> Message:
    """A mistake at a place of the file, in the form in which it is kept."""
    return {"row": row, "column": COLUMN_OF_FIELD.get(column, column), "code": code, "params": dict(params or {})}


@dataclass
class Day:
    """A day and direction of a crossing as its rows tell it."""

    crossing: Crossing
    day: date
    direction: str
    lines: list[Line] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    # What holds for the whole day, with the row that says it.
    said: dict[str, tuple[Any, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    although_closed: bool = False
    bad: bool = False

    def given(self, observer: str) -> Given:
        """The day as the verb takes it."""
        return Given(
            crossing=self.crossing,
            day=self.day,
            direction=self.direction,
            observed_minutes=self.said.get("observed_hours", (0, 0))[0],
            method=self.said.get("method", (USUAL_METHOD.value, 0))[0],
            observer=self.said.get("observer", (observer, 0))[0],
            lines=tuple(self.lines),
            note="\n".join(self.notes),
            although_closed=self.although_closed,
        )

    def place(self, fault: Fault) -> Message:
        """A mistake of the day at the row it comes from."""
        row = self.rows[fault.line] if fault.line is not None else self.said.get("observed_hours", (0, 0))[1]
        params = dict(fault.params)
        if fault.code == "twice":
            return message(row, "class", "twice_row", {"first": self.rows[params["first"]]})
        return message(row or self.rows[0], fault.field, fault.code, params)


class Days:
    """Takes the rows of a file one after the other. `find` gives the crossing a word names, or the code of a fault."""

    def __init__(self, find: Callable[[str], Crossing | str], crossing: Crossing | None) -> None:
        self._find, self._crossing = find, crossing
        self.places: dict[str, int] = {}
        self.headers: dict[str, tuple[str, str]] = {}
        self.ignored: list[str] = []
        self.days: dict[tuple[int, date, str], Day] = {}
        self.errors: list[Message] = []
        self.rows = 0
        self._looked = 0
        self._memory: dict[str, Memory] = {}
        self._last: Day | None = None
        # A row whose day could not be told may belong to the day before or after it in the file.
        self._stray = False

    # --- the header -------------------------------------------------------------------------------------------

    def take(self, number: int, cells: list[Any]) -> None:
        """A row with its number. Raises Unreadable when the table has no header or lacks a column."""
        if not self.places:
            self._head(cells)
        elif not self._is_header(cells):
            self.rows += 1
            self._row(number, cells)

    def _head(self, cells: list[Any]) -> None:
        known = [columns.column_of(cell) for cell in cells]
        if sum(name is not None for name in known) < columns.HEADERS_AT_LEAST:
            self._looked += 1
            if self._looked >= HEAD_ROWS:
                raise Unreadable("no_header")
            return
        for index, (name, cell) in enumerate(zip(known, cells, strict=True)):
            if name is None:
                if isinstance(cell, str) and cell.strip():
                    self.ignored.append(cell.strip()[:60])
            elif name in self.places:
                raise Unreadable("column_twice", name=str(cell)[:60])
            else:
                self.places[name] = index
                self.headers[name] = (columns.letter(index), str(cell).strip()[:60])
        if missing := columns.lacking(self.places, crossing_known=self._crossing is not None):
            raise Unreadable("lacks_columns", names=", ".join(missing))

    def _is_header(self, cells: list[Any]) -> bool:
        """Whether the row is the header again: machine names below the words, or two tables put together."""
        filled = [cell for cell in cells if cell not in (None, "")]
        return len(filled) >= columns.HEADERS_AT_LEAST and all(columns.column_of(cell) for cell in filled)

    # --- a row --------------------------------------------------------------------------------------------------

    def _row(self, number: int, cells: list[Any]) -> None:
        found: list[Message] = []
        day = self._day_of(number, cells, found)
        if day is None:
            self.errors += found
            self._stray = True
            if self._last is not None:
                self._beside(self._last, number)
            return
        if self._stray:
            self._beside(day, number - 1)
            self._stray = False
        self._last = day
        self._say(day, number, cells, found)
        line = self._line(number, cells, found)
        if line is not None:
            day.lines.append(line)
            day.rows.append(number)
        if found:
            day.bad = True
            self.errors += found

    def _beside(self, day: Day, stray: int) -> None:
        """A row that cannot be placed stands next to this day: it may be a part of it, so the day is left out."""
        if not day.bad:
            day.bad = True
            self.errors.append(message(day.rows[-1] if day.rows else stray, "day", "beside_stray", {"stray": stray}))

    def _cell(self, cells: list[Any], column: str) -> Any:
        index = self.places.get(column)
        if index is None or index >= len(cells):
            return None
        cell = cells[index]
        if isinstance(cell, str):
            cell = cell.strip()
            # A sign that keeps spreadsheets from taking a text for a formula.
            return (cell[1:] if cell.startswith("'") else cell) or None
        return cell

    def _read(
        self, number: int, cells: list[Any], column: str, read: Callable[[Any], Any], found: list[Message]
    ) -> Any:
        """A cell understood by `read`, which raises Unclear; None when empty or not understood."""
        cell = self._cell(cells, column)
        if cell is None:
            return None
        if isinstance(cell, dict):
            if "f" in cell:
                found.append(message(number, column, "formula"))
                return None
            key: Any = tuple(cell.items())
        else:
            key = (type(cell), cell)
        memory = self._memory.setdefault(column, {})
        if key not in memory:
            try:
                memory[key] = (read(cell), None)
            except figures.Unclear as unclear:
                memory[key] = (None, (unclear.code, unclear.params))
        value, fault = memory[key]
        if fault is not None:
            found.append(message(number, column, *fault))
        return value

    def _choice(self, number: int, cells: list[Any], column: str, found: list[Message]) -> str | None:
        choices = columns.CHOICES[column]

        def read(cell: Any) -> str:
            text = str(cell) if not isinstance(cell, dict) else ""
            slug = columns.slug_of(choices, text)
            if slug is None:
                raise figures.Unclear(f"unknown_{column}", text=text[:40])
            return slug

        value: str | None = self._read(number, cells, column, read, found)
        return value

    def _day_of(self, number: int, cells: list[Any], found: list[Message]) -> Day | None:
        crossing = self._read(number, cells, "crossing", self._crossing_of, found) or self._crossing
        if crossing is None and not found:
            found.append(message(number, "crossing", "no_crossing"))
        when = self._read(number, cells, "day", _day, found)
        if when is None and not any(one["column"] == "day" for one in found):
            found.append(message(number, "day", "no_day_here"))
        way = self._choice(number, cells, "direction", found)
        if way is None and not any(one["column"] == "direction" for one in found):
            found.append(message(number, "direction", "unknown_direction", {"text": ""}))
        if found or crossing is None or when is None or way is None:
            return None
        key = (crossing.pk, when, way)
        if key not in self.days:
            self.days[key] = Day(crossing, when, way)
        return self.days[key]

    def _crossing_of(self, cell: Any) -> Crossing:
        text = str(cell) if isinstance(cell, str | int) else ""
        named = self._find(text)
        if isinstance(named, str):
            raise figures.Unclear(named, text=text[:60])
        if self._crossing is not None and named.pk != self._crossing.pk:
            raise figures.Unclear("other_crossing", text=text[:60], name=str(self._crossing))
        return named

    def _say(self, day: Day, number: int, cells: list[Any], found: list[Message]) -> None:
        """What holds for the whole day: it may stand in one of its rows or in all, but not differ."""
        said = {
            "observed_hours": self._read(number, cells, "observed_hours", _minutes, found),
            "method": self._choice(number, cells, "method", found),
            "observer": self._read(number, cells, "observer", _text, found),
        }
        for column, value in said.items():
            if value is None:
                continue
            before, row = day.said.setdefault(column, (value, number))
            if before != value:
                found.append(message(number, column, "differs", {"row": row}))
        note = self._read(number, cells, "note", _text, found)
        if note and note not in day.notes:
            day.notes.append(note)
        day.although_closed |= bool(self._read(number, cells, "although_closed", _yes, found))

    def _line(self, number: int, cells: list[Any], found: list[Message]) -> Line | None:
        kind = self._choice(number, cells, "kind", found)
        if kind is None:
            if not any(one["column"] == "kind" for one in found):
                found.append(message(number, "kind", "unknown_kind", {"text": ""}))
            return None
        before = len(found)
        tonnes: Decimal | None = self._read(number, cells, "tonnes", figures.decimal, found)
        value: Decimal | None = self._read(number, cells, "value", figures.decimal, found)
        line = Line(
            kind,
            self._class(number, cells, kind, found),
            self._choice(number, cells, "nationality", found) or "",
            self._choice(number, cells, "document", found) or "",
            self._read(number, cells, "number", figures.whole, found),
            tonnes,
            value,
            self._choice(number, cells, "currency", found) or "",
        )
        # Money is often given for every row of a table: without a value its currency says nothing.
        if line.currency and line.value is None and line.kind != CountKind.GOODS:
            line = Line(kind, line.class_of, line.nationality, line.document, line.number, line.tonnes)
        if len(found) == before:
            found += [message(number, one.field, one.code, one.params) for one in line_faults(line)]
        return usual(line)

    def _class(self, number: int, cells: list[Any], kind: str, found: list[Message]) -> str:
        cell = self._cell(cells, "class")
        if cell is None:
            return ""
        if not isinstance(cell, str):
            found.append(message(number, "class", "unknown_class", {"text": "", "kind": kind}))
            return ""
        memory = self._memory.setdefault(f"class {kind}", {})
        if cell not in memory:
            choices = columns.classes_of(kind)
            slug = columns.slug_of(choices, cell) if choices else cell
            fault = None if slug else ("unknown_class", {"text": cell[:40], "kind": kind})
            memory[cell] = (slug or "", fault)
        slug, fault = memory[cell]
        if fault is not None:
            found.append(message(number, "class", *fault))
        return str(slug)


def _day(cell: Any) -> date:
    if isinstance(cell, dict) and "d" in cell:
        return date.fromisoformat(cell["d"])
    return figures.day(cell)


def _minutes(cell: Any) -> int:
    return int(cell["m"]) if isinstance(cell, dict) and "m" in cell else figures.minutes(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, dict):
        return str(next(iter(cell.values())))
    return str(cell).strip()


def _yes(cell: Any) -> bool:
    said = columns.yes(cell) if not isinstance(cell, dict) else None
    if said is None:
        raise figures.Unclear("neither_yes_nor_no", text=_text(cell)[:40])
    return said


def sorted_messages(found: Iterable[Message]) -> list[Message]:
    """Mistakes in the order of the file."""
    return sorted(found, key=lambda one: (one["row"], one["column"]))
