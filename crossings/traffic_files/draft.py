"""The days read from a file, kept beside it until they are entered: what was shown is what is written."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from borderwatch import sealed
from crossings.counts import Given, Line
from crossings.models import Crossing, TrafficImport
from crossings.sheets import Judged
from crossings.traffic_files.days import Message


@dataclass
class Draft:
    """What a file came to: days that can be entered (with the version in force then), mistakes, figures."""

    given: list[Given] = field(default_factory=list)
    errors: list[Message] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    # The file as a whole is refused: code and params.
    unreadable: tuple[str, dict[str, Any]] | None = None


def keep(judged: Iterable[Judged], errors: Sequence[Message]) -> str:
    """Keep the days that would do something, and every mistake; returns the name they are found by."""
    content = orjson.dumps(
        {
            "days": [_day(one) for one in judged if one.outcome in ("new", "corrected")],
            "errors": errors,
        }
    )
    name = hashlib.sha256(content).hexdigest()
    sealed.seal(sealed.path_of(name), content)
    return name


def _day(judged: Judged) -> list[Any]:
    given = judged.given
    return [
        given.crossing.pk, given.day.isoformat(), given.direction, given.observed_minutes, given.method,
        given.observer, given.note, given.although_closed, judged.standing.version if judged.standing else 0,
        [_line(line) for line in given.lines],
    ]  # fmt: skip


def _line(line: Line) -> list[Any]:
    return [
        line.kind, line.class_of, line.nationality, line.document, line.number,
        None if line.tonnes is None else str(line.tonnes), None if line.value is None else str(line.value),
        line.currency,
    ]  # fmt: skip


def days(imported: TrafficImport) -> list[Given]:
    """The days of an import as its dry run kept them, with the reason given for its corrections."""
    content = orjson.loads(sealed.path_of(imported.counts["draft"]).read_bytes())
    found = Crossing.objects.filter(pk__in={day[0] for day in content["days"]}).select_related("district__province")
    crossings = {row.pk: row for row in found}
    return [
        Given(
            crossings[pk], date.fromisoformat(day), way, minutes, method, observer,
            tuple(
                Line(kind, one, group, paper, number, _figure(tonnes), _figure(value), currency)
                for kind, one, group, paper, number, tonnes, value, currency in lines
            ),
            note, closed, version, imported.reason,
        )
        for pk, day, way, minutes, method, observer, note, closed, version, lines in content["days"]
    ]  # fmt: skip


def _figure(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def errors(name: str) -> list[Message]:
    """Every mistake kept under a name."""
    found: list[Message] = orjson.loads(sealed.path_of(name).read_bytes())["errors"]
    return found
