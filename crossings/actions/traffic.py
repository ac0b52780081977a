"""Counts of traffic: a day entered once, entered again as a correction, or many days at once. Source: duty D4.

A sheet is never changed: a correction is a new version, and the older ones stay readable.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from borderwatch import audit, clock
from crossings import counts, deciders, sheets
from crossings.actions.reopening import flag_reopening
from crossings.choices import ClosureState
from crossings.count_words import sentence
from crossings.counts import Fault, Given, Line
from crossings.models import ClosureOrder, Crossing, TrafficImport, TrafficLine, TrafficSheet
from crossings.sheets import Judged, batched
from units.models import User

# First half of the advisory locks of this module; the second half is the crossing's key.
LOCK = 0x7AFF1C
# The kind of cause under which a count is read (crossings/traffic_causes.py).
CAUSE = "traffic"
# Rows of one INSERT.
BATCH = 2_000
LINE_COLUMNS = ("kind", "class_of", "nationality", "document", "number", "tonnes", "value", "currency")


@dataclass(frozen=True)
class Recorded:
    """What entering a day came to: "new", "same" (nothing changed) or "corrected" (a new version)."""

    sheet: TrafficSheet
    outcome: str


class BadSheets(ValidationError):
    """Counts that cannot be taken; `judged` are those, by their place among what was given.

    The sentences stand by field: "day", "note", or "lines.3.number" for a line; "0." goes before when many were given.
    """

    def __init__(self, judged: Mapping[int, Judged], *, several: bool) -> None:
        self.judged = judged
        errors: dict[str, list[str]] = {}
        for index, one in judged.items():
            for fault in all_faults(one):
                errors.setdefault(f"{index}.{place(fault)}" if several else place(fault), []).append(sentence(fault))
        super().__init__(errors)


class Meanwhile(BadSheets):
    """Somebody else entered a day in the meantime; nothing has been saved. `judged` hold what is in force now."""


def place(fault: Fault) -> str:
    """Where a fault lies, as a path."""
    return fault.field if fault.line is None else f"lines.{fault.line}.{fault.field}"


def all_faults(judged: Judged) -> list[Fault]:
    """Why a count is not taken: its faults, or that somebody was faster, or that the reason is missing."""
    if judged.faults or judged.outcome != "corrected":
        return list(judged.faults)
    if judged.meanwhile and judged.standing is not None:
        entered = timezone.localtime(judged.standing.entered_at)
        names = {"name": judged.standing.entered_by.record_name, "time": f"{entered:%d/%m/%Y %H:%M}"}
        return [Fault("day", "meanwhile", names)]
    return [] if judged.given.reason.strip() else [Fault("reason", "no_reason")]


@transaction.atomic
def record_sheet(
    *,
    actor: User,
    crossing: Crossing,
    day: date,
    direction: str,
    observed_minutes: int,
    method: str,
    observer: str,
    lines: Sequence[Line],
    note: str = "",
    although_closed: bool = False,
    expected_version: int | None = None,
    reason: str = "",
    source: str = "page",
) -> Recorded:
    """Enter what was counted at a crossing on one day in one direction.

    The same content again is "same" and changes nothing. Other content is a correction: it wants `reason` and
    `expected_version`, the version the person saw. Raises PermissionDenied, BadSheets by field, and Meanwhile when
    somebody else entered the day since.
    """
    given = Given(
        crossing, day, direction, observed_minutes, method, observer, tuple(lines), note, although_closed,
        expected_version, reason,
    )  # fmt: skip
    return _recorded(actor, [given], source, several=False)[0]


@transaction.atomic
def record_sheets(
    *, actor: User, given: Sequence[Given], source: str = "api", imported: TrafficImport | None = None
) -> list[Recorded]:
    """Enter many days, all or none, by the rules of `record_sheet`; the answer is in the order of what was given.

    An import has one entry in the record of its own, and each corrected day one; otherwise each day has its entry.
    Raises PermissionDenied, BadSheets ("0.day", "3.lines.2.number") and Meanwhile.
    """
    return _recorded(actor, given, source, several=True, imported=imported)


def _recorded(
    actor: User, given: Sequence[Given], source: str, *, several: bool, imported: TrafficImport | None = None
) -> list[Recorded]:
    demand(actor, [one.crossing for one in given])
    lock([one.crossing.pk for one in given])
    judged = sheets.judge(given)
    refuse(judged, several=several)
    return write(actor=actor, judged=judged, source=source, imported=imported)


def demand(person: User, crossings: Sequence[Crossing]) -> None:
    """Raise PermissionDenied unless the person may enter the traffic of all these crossings."""
    for crossing in {one.pk: one for one in crossings}.values():
        deciders.demand(person, "enter_traffic", crossing)


def lock(crossing_ids: Sequence[int]) -> None:
    """Let nobody else enter traffic of these crossings until this transaction ends; always in the same order."""
    with connection.cursor() as cursor:
        for pk in sorted(set(crossing_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, pk])


def refuse(judged: Sequence[Judged], *, several: bool) -> None:
    """Raise BadSheets when a count cannot be taken, Meanwhile when only another person's entry stands against it."""
    late = {index: one for index, one in enumerate(judged) if one.meanwhile}
    bad = {index: one for index, one in enumerate(judged) if index not in late and all_faults(one)}
    if bad:
        raise BadSheets({**bad, **late}, several=several)
    if late:
        raise Meanwhile(late, several=several)


@transaction.atomic
def write(
    *, actor: User, judged: Sequence[Judged], source: str, imported: TrafficImport | None = None
) -> list[Recorded]:
    """Write judged counts inside a transaction that holds their locks; those that are the same are left alone."""
    now = clock.now()
    answers = [one.standing for one in judged]
    places = [index for index, one in enumerate(judged) if one.outcome != "same"]
    replaced = [one.standing.pk for index in places if (one := judged[index]).standing is not None]
    for some in batched(replaced, BATCH):
        TrafficSheet.objects.filter(pk__in=some).update(current=False)
    made = [_sheet(judged[index], actor, now, source, imported) for index in places]
    TrafficSheet.objects.bulk_create(made, batch_size=BATCH)
    _write_lines([(row, judged[index].given.lines) for row, index in zip(made, places, strict=True)])
    for row, index in zip(made, places, strict=True):
        answers[index] = row
        if imported is None or judged[index].standing is not None:
            _record(actor, row, judged[index], now)
    _flag([(row, judged[index]) for row, index in zip(made, places, strict=True)])
    counts.tell_recorded(made)
    return [Recorded(row, one.outcome) for row, one in zip(answers, judged, strict=True) if row is not None]


def _sheet(judged: Judged, actor: User, now: Any, source: str, imported: TrafficImport | None) -> TrafficSheet:
    given = judged.given
    return TrafficSheet(
        crossing=given.crossing,
        day=given.day,
        direction=given.direction,
        version=judged.standing.version + 1 if judged.standing else 1,
        fingerprint=judged.fingerprint,
        observed_minutes=given.observed_minutes,
        method=given.method,
        observer=given.observer.strip(),
        note=given.note.strip(),
        although_closed=bool(judged.shut),
        reason=given.reason.strip() if judged.standing else "",
        source=source,
        imported=imported,
        entered_by=actor,
        entered_at=now,
        **counts.sums(given.lines),
    )


def _write_lines(written: Sequence[tuple[TrafficSheet, Sequence[Line]]]) -> None:
    """Write the lines by COPY: a file brings a hundred thousand. Their words are slugs by now, and hold no tab."""
    text = io.StringIO()
    for sheet, lines in written:
        for line in lines:
            values = (sheet.pk, *(_copied(getattr(line, name)) for name in LINE_COLUMNS))
            text.write("\t".join(map(str, values)) + "\n")
    text.seek(0)
    columns = ", ".join(("sheet_id", *LINE_COLUMNS))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {TrafficLine._meta.db_table} ({columns}) FROM STDIN", text)


def _copied(value: object) -> object:
    return r"\N" if value is None else value


def _flag(written: Sequence[tuple[TrafficSheet, Judged]]) -> None:
    """Tell of the newest count at each crossing that passed where a verified closure says nothing can (duty D1)."""
    newest: dict[int, tuple[TrafficSheet, Judged]] = {}
    for row, judged in written:
        if judged.shut and (row.crossing_id not in newest or newest[row.crossing_id][0].day < row.day):
            newest[row.crossing_id] = (row, judged)
    for order in ClosureOrder.objects.filter(crossing__in=newest, state=ClosureState.VERIFIED).order_by("crossing"):
        row, judged = newest[order.crossing_id]
        if judged.shut & set(order.scope):
            flag_reopening(crossing=row.crossing, cause_kind=CAUSE, cause_key=str(row.pk), seen_at=sheets.noon(row.day))


def _record(actor: User, row: TrafficSheet, judged: Judged, now: Any) -> None:
    audit.record(
        actor=actor,
        verb="correct_traffic" if judged.standing else "enter_traffic",
        target=row,
        before=summary(judged.standing) if judged.standing else {},
        after={
            "crossing": row.crossing.slug,
            "day": row.day.isoformat(),
            "direction": row.direction,
            **summary(row),
            **({"although_closed": True} if row.although_closed else {}),
        },
        reason=row.reason,
        at=now,
    )


def summary(sheet: TrafficSheet) -> dict[str, Any]:
    """The sums of a sheet as the record keeps them; what was not counted is None."""
    figures = {name: getattr(sheet, name) for name in counts.MEASURES}
    if figures["tonnes"] is not None:
        figures["tonnes"] = str(figures["tonnes"])
    return {
        "version": sheet.version,
        "observed_minutes": sheet.observed_minutes,
        "method": sheet.method,
        "fingerprint": sheet.fingerprint,
        **figures,
    }
