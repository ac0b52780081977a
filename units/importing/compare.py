"""Compare rows with the register as of a moment: what would be added, changed, left, ended, and what is refused.

Asked twice with the same rows: when a change is proposed, and again under lock when it is applied.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import GEOSGeometry

from units.choices import Verdict
from units.importing.reading import FileRow
from units.importing.rows import GROUNDS, Ground, Standing
from units.importing.shapes import Message, error, note
from units.models import METRIC, Unit

# Two outlines that differ by no more than this many degrees (a centimetre) at every vertex are the same.
SAME_WITHIN = 1e-7
# Areas that differ by fewer square degrees than this (a square metre) are the same.
SAME_AREA = 8e-11


@dataclass(frozen=True)
class Compared:
    """A row with its verdict. `units` are all whose register it writes into: those who gain and those who lose."""

    number: int
    code: str
    verdict: Verdict
    wanted: dict[str, Any]
    shape: GEOSGeometry | None
    units: tuple[Unit, ...]
    replaces: int | None = None
    messages: list[Message] = field(default_factory=list)

    @property
    def essence(self) -> tuple[Any, ...]:
        """What must still hold when the change is applied."""
        return (self.verdict, self.replaces, tuple(sorted(unit.code for unit in self.units)))


def compare(
    layer: str, rows: Sequence[FileRow], *, moment: datetime, kept: Collection[int] | None, complete: bool = False
) -> list[Compared]:
    """The verdict on every row, and with `complete` on what the register has and the rows leave out (number 0).

    `kept` are ids of the units whose register the person keeps (None: the system, all of them); rows that concern
    another unit are refused without a word about what stands there.
    """
    ground = GROUNDS[layer](moment)
    coded = [(row, ground.code(row.properties)) for row in rows]
    ground.load((code, row.properties) for row, code in coded if code)
    first: dict[str, int] = {}
    for row, code in coded:
        first.setdefault(code, row.number)
    found = [_judged(ground, row, code, first, kept) for row, code in coded]
    if complete:
        found += _left_out(ground, found, moment, kept)
    return found


def _judged(ground: Ground, row: FileRow, code: str, first: dict[str, int], kept: Collection[int] | None) -> Compared:
    messages = list(row.messages)
    if not code:
        return _refused(row, code, {}, [*messages, error("no_code", names=", ".join(ground.code_names))])
    if first[code] != row.number:
        messages.append(error("duplicate_code", first=first[code]))
    messages += ground.messages(code, row.properties)
    wanted = ground.wanted(code, row.properties)
    standing = ground.standing.get(code)
    units = _both(ground.units(code, wanted), standing)
    if _has_error(messages):
        return _refused(row, code, wanted, messages)
    if not units or (kept is not None and any(unit.pk not in kept for unit in units)):
        # The messages so far may tell what the register holds.
        return _refused(row, code, wanted, [*row.messages, error("not_kept")])
    return _against(ground, row, wanted, standing, units, messages)


def _against(
    ground: Ground,
    row: FileRow,
    wanted: dict[str, Any],
    standing: Standing | None,
    units: tuple[Unit, ...],
    messages: list[Message],
) -> Compared:
    """A sound row against what stands in its place."""
    code = str(wanted["code"])
    if standing is None:
        if later := ground.later.get(code):
            return _refused(row, code, wanted, [*messages, error("later_shape", since=later.isoformat())], units)
        return Compared(row.number, code, Verdict.ADDED, wanted, row.shape, units, None, messages)
    same_shape = same(standing.shape, row.shape)
    if same_shape and standing.facts == ground.facts(wanted):
        return Compared(row.number, code, Verdict.UNCHANGED, wanted, row.shape, units, standing.pk, messages)
    if standing.since is not None and standing.since >= ground.moment:
        return _refused(row, code, wanted, [*messages, error("begins_then")], units)
    if standing.facts[:1] != ground.facts(wanted)[:1] and "unit" in wanted:
        messages.append(note("other_unit", before=standing.facts[0], after=wanted["unit"]))
    if same_shape:
        messages.append(note("same_shape"))
    elif ground.kind == "area" and standing.shape and row.shape:
        messages.append(note("area_changes", before=square_km(standing.shape), after=square_km(row.shape)))
    return Compared(row.number, code, Verdict.CHANGED, wanted, row.shape, units, standing.pk, messages)


def _left_out(
    ground: Ground, found: Iterable[Compared], moment: datetime, kept: Collection[int] | None
) -> list[Compared]:
    """What the rows leave out in the provinces they speak of. A row that is refused is no sign that its code ends."""
    rows = list(found)
    units = {unit.pk: unit for row in rows for unit in row.units}
    ended = []
    for standing in ground.left_out({row.code for row in rows if row.code}, units.values()):
        if kept is not None and any(unit.pk not in kept for unit in standing.units):
            continue
        begins_then = standing.since is not None and standing.since >= moment
        verdict = Verdict.REFUSED if begins_then else Verdict.ENDED
        said = [error("begins_then")] if begins_then else []
        ended.append(
            Compared(0, standing.code, verdict, {"code": standing.code}, standing.shape, standing.units,
                     standing.pk, said)
        )  # fmt: skip
    return ended


def ending(layer: str, code: str, *, moment: datetime) -> Compared | None:
    """The row that ends what stands under a code at the moment; None when nothing does."""
    ground = GROUNDS[layer](moment)
    ground.load([(code, {})])
    standing = ground.standing.get(code)
    if standing is None or (standing.since is not None and standing.since >= moment):
        return None
    return Compared(1, code, Verdict.ENDED, {"code": code}, standing.shape, standing.units, standing.pk)


def same(one: GEOSGeometry | None, other: GEOSGeometry | None) -> bool:
    """Whether two shapes are the same ground, wherever their rings begin."""
    if one is None or other is None:
        return one is other
    first, second = one.normalize(clone=True), other.normalize(clone=True)
    if first.equals_exact(second, SAME_WITHIN):
        return True
    if first.dims < 2 or abs(first.area - second.area) > SAME_AREA:
        return False
    return bool(first.sym_difference(second).area <= SAME_AREA)


def square_km(shape: GEOSGeometry) -> float:
    """Square kilometres, to three decimals."""
    return round(shape.transform(METRIC, clone=True).area / 1e6, 3)


def _both(gaining: Iterable[Unit], standing: Standing | None) -> tuple[Unit, ...]:
    """The units that gain and those that lose, each once."""
    return tuple({unit.pk: unit for unit in (*gaining, *(standing.units if standing else ()))}.values())


def _has_error(messages: Iterable[Message]) -> bool:
    return any(message["level"] == "error" for message in messages)


def _refused(
    row: FileRow, code: str, wanted: dict[str, Any], messages: list[Message], units: tuple[Unit, ...] = ()
) -> Compared:
    return Compared(row.number, code, Verdict.REFUSED, wanted, row.shape, units, None, messages)
