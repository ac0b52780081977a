"""Verbs about changes of the register: propose by a file or by hand, take up what was read, apply, abandon.

A change is tried before it is made: its rows say what would be added, changed and ended, and nothing moves until a
person who keeps every unit it touches applies it. Incidents already filed keep who answered, whatever is applied.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib.gis.geos import MultiPolygon
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from borderwatch import audit, clock, jobs
from borderwatch.sealed import SealedFile
from units import change_workflow as workflow
from units import policy
from units.actions.change_writing import write
from units.actions.keeper import demand_keeper, demand_reason
from units.choices import ChangeState, RegisterLayer, Verdict
from units.importing import shapes
from units.importing.compare import Compared, compare, ending
from units.importing.reading import FileRow, Reading
from units.models import ProposedRow, RegisterChange, Unit, User

READ_JOB = "read_register_file"
# Codes named in a sentence before "and so many more".
NAMED = 5
# Verdicts of rows that write into the register.
MOVING = frozenset({Verdict.ADDED, Verdict.CHANGED, Verdict.ENDED})


def subject(change: RegisterChange) -> str:
    """How the jobs of a change are found again."""
    return f"change:{change.pk}"


@transaction.atomic
def propose_file(
    *,
    actor: User | None,
    file: SealedFile,
    layer: str,
    title: str,
    effective_from: datetime,
    complete: bool,
    crs: str = "",
    source: str = "",
    legal_reference: str = "",
) -> RegisterChange:
    """Propose what a stored file holds; it is read by a job, and the change becomes a draft.

    Only who keeps some register may; raises PermissionDenied, and ValidationError by field.
    """
    _kept(actor)
    if layer not in RegisterLayer.values:
        raise ValidationError({"layer": _("Choose what the file holds.")})
    change = _proposed(
        actor, ChangeState.READING, layer=layer, title=title, effective_from=effective_from, source=source,
        legal_reference=legal_reference, complete=complete and layer != RegisterLayer.BORDER_SECTION,
        crs=crs.strip()[:100], file_sha256=file.sha256, file_name=file.name, file_size=file.size,
    )  # fmt: skip
    jobs.start(actor=actor, kind=READ_JOB, subject=subject(change), params={"change": change.pk})
    return change


@transaction.atomic
def propose_sector(
    *,
    actor: User | None,
    title: str,
    code: str,
    unit: Unit | None,
    area: MultiPolygon | None = None,
    effective_from: datetime,
    source: str = "",
    legal_reference: str = "",
) -> RegisterChange:
    """Propose one sector by hand: a new shape, another unit, or (no `area`) its end. A draft at once.

    Raises PermissionDenied unless the person keeps every unit concerned, and ValidationError when the row cannot be
    taken or would change nothing.
    """
    kept = _kept(actor)
    row = _by_hand(code.strip(), unit, area, effective_from, kept, {"source": source, "legal": legal_reference})
    if kept is not None and any(one.pk not in kept for one in row.units):
        raise PermissionDenied(policy.nothing_here())
    change = _proposed(
        actor, ChangeState.DRAFT, layer=RegisterLayer.SECTOR, title=title, effective_from=effective_from,
        source=source, legal_reference=legal_reference,
    )  # fmt: skip
    _put_rows(change, [row])
    return change


def _by_hand(
    code: str,
    unit: Unit | None,
    area: MultiPolygon | None,
    moment: datetime,
    kept: Collection[int] | None,
    said: dict[str, str],
) -> Compared:
    from units.importing.words import worded

    if area is None:
        row = ending(RegisterLayer.SECTOR, code, moment=moment)
        if row is None:
            raise ValidationError({"code": _("No sector of this code has begun before that day and still holds then.")})
        return row
    shape, messages = shapes.checked(area, shapes.AREA)
    if not shapes.in_region(*area.extent):
        shape, messages = None, [shapes.error("elsewhere", x=area.extent[0], y=area.extent[1], crs="WGS 84")]
    properties = {"code": code, "unit": unit.code if unit else "", **said}
    # Whose register it is, is answered below with a refusal and not with a note at the row.
    [row] = compare(RegisterLayer.SECTOR, [FileRow(1, properties, shape, messages)], moment=moment, kept=None)
    faults = [worded(message) for message in row.messages if message["level"] == "error"]
    if faults:
        if kept is not None and any(one.pk not in kept for one in row.units):
            raise PermissionDenied(policy.nothing_here())
        raise ValidationError({"area" if shape is None else "code": faults})
    if row.verdict == Verdict.UNCHANGED:
        raise ValidationError(_("This would change nothing: the sector has this shape and this unit already."))
    return row


def _proposed(actor: User | None, state: str, *, title: str, **values: object) -> RegisterChange:
    """A new change with its line in the audit."""
    if not title.strip():
        raise ValidationError({"title": _("Give the change a title.")})
    change = RegisterChange.objects.create(
        state=state, title=title.strip()[:200], proposed_by=actor, proposed_at=clock.now(), **values
    )
    audit.record(
        actor=actor,
        verb="propose_change",
        target=change,
        after={
            "layer": change.layer,
            "effective_from": change.effective_from.isoformat(),
            "complete": change.complete,
            "file": change.file_name,
            "sha256": change.file_sha256,
        },
    )
    return change


@transaction.atomic
def take_reading(*, actor: User | None, change: RegisterChange, reading: Reading) -> RegisterChange:
    """Compare what was read with the register and keep it: the change is a draft, or cannot be read.

    `actor` is the person who proposed it; his register decides which rows are refused. A change that was settled or
    read meanwhile stays as it is (workflow.Refused).
    """
    change = _locked(change, "take_reading")
    # Who keeps no register any more by now finds all his rows refused.
    kept = policy.unit_ids(actor, policy.REGISTER) if actor else None
    change.messages = reading.messages
    change.crs = reading.crs[:100] or change.crs
    change.state = ChangeState.UNREADABLE if reading.unreadable else ChangeState.DRAFT
    if not reading.unreadable:
        found = compare(change.layer, reading.rows, moment=change.effective_from, kept=kept, complete=change.complete)
        _put_rows(change, found)
    change.save(update_fields=["messages", "crs", "state"])
    after = {"state": change.state, "rows": len(reading.rows), "errors": [m["code"] for m in reading.messages]}
    audit.record(actor=actor, verb="take_reading", target=change, after=after)
    return change


@transaction.atomic
def compare_anew(*, actor: User | None, change: RegisterChange) -> RegisterChange:
    """Compare a draft with the register as it is now; for one that has grown stale. Raises workflow.Refused."""
    change = _locked(change, "compare_anew")
    _demand_all(actor, change)
    kept = _kept(actor)
    if change.file_sha256:
        found = compare(
            change.layer,
            [_as_read(row) for row in change.rows.filter(number__gt=0).order_by("number")],
            moment=change.effective_from,
            kept=kept,
            complete=change.complete,
        )
    else:
        found = _fresh(change, list(change.rows.all()), kept)
    _put_rows(change, found)
    audit.record(actor=actor, verb="compare_anew", target=change, after=_figures(found))
    return change


@transaction.atomic
def apply_change(
    *, actor: User | None, change: RegisterChange, reason: str, without_refused: bool = False
) -> RegisterChange:
    """Make a draft the register from its moment on, wholly or not at all. Incidents already filed keep who answered.

    Raises PermissionDenied unless the person keeps every unit touched, workflow.Refused, and ValidationError while
    rows are refused (unless they are left out), when nothing would change, and when the register has moved since.
    """
    change = _locked(change, "apply_change")
    _demand_all(actor, change)
    demand_reason(actor, reason)
    rows = list(change.rows.select_related("unit").order_by("number", "id"))
    refused = [row for row in rows if row.verdict == Verdict.REFUSED]
    if refused and not without_refused:
        raise ValidationError(
            {
                "without_refused": ngettext(
                    "%(n)s row is refused. Mend the file, or apply the change without it.",
                    "%(n)s rows are refused. Mend the file, or apply the change without them.",
                    len(refused),
                )
                % {"n": len(refused)}
            }
        )
    kept = _kept(actor)
    sound = [row for row in rows if row.verdict != Verdict.REFUSED]
    fresh = _fresh(change, rows, kept)
    _demand_fresh(sound, fresh)
    active = [row for row in fresh if row.verdict in MOVING]
    if not active:
        raise ValidationError(_("Nothing would change. Abandon it instead."))
    write(actor=actor, change=change, rows=active, reason=reason.strip())
    return _settled(change, actor, ChangeState.APPLIED, reason, _figures(fresh) | {"left_out": len(refused)})


@transaction.atomic
def abandon_change(*, actor: User | None, change: RegisterChange, reason: str) -> RegisterChange:
    """Give up a change that was not applied; it stays on record. Whoever proposed it or keeps its units may."""
    change = _locked(change, "abandon_change")
    if actor is not None and change.proposed_by_id != actor.pk:
        demand_keeper(actor, *change.units.values_list("pk", flat=True))
    if not reason.strip():
        raise ValidationError({"reason": _("Give the order or the reason; it stays on record.")})
    return _settled(change, actor, ChangeState.ABANDONED, reason, {})


def _settled(
    change: RegisterChange, actor: User | None, state: str, reason: str, figures: dict[str, object]
) -> RegisterChange:
    before = change.state
    change.state, change.settled_by, change.settled_at = state, actor, clock.now()
    change.reason = reason.strip() or "–"
    change.save(update_fields=["state", "settled_by", "settled_at", "reason"])
    audit.record(
        actor=actor,
        verb="apply_change" if state == ChangeState.APPLIED else "abandon_change",
        target=change,
        before={"state": before},
        after={"state": state, "effective_from": change.effective_from.isoformat(), **figures},
        reason=change.reason,
        at=change.settled_at,
    )
    return change


def _locked(change: RegisterChange, verb: str) -> RegisterChange:
    row = RegisterChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    workflow.demand(verb, row.state)
    return row


def _kept(actor: User | None) -> frozenset[int] | None:
    """Ids of the units whose register a person keeps; None for the system. PermissionDenied when there is none."""
    if actor is None:
        return None
    found = policy.unit_ids(actor, policy.REGISTER)
    demand_keeper(actor, *found)
    return found


def _demand_all(actor: User | None, change: RegisterChange) -> None:
    """A person must keep the register of every unit the change touches."""
    if actor is not None and not set(change.units.values_list("pk", flat=True)) <= (_kept(actor) or frozenset()):
        raise PermissionDenied(
            _("This change touches units whose register you do not keep. Somebody above them applies it.")
        )


# --- rows -----------------------------------------------------------------------------------------------------


def _put_rows(change: RegisterChange, found: list[Compared]) -> None:
    """Keep compared rows in place of those there were, the last first, so that lists (newest key first) begin with
    the first row of the file; and the units touched.
    """
    line = change.layer == RegisterLayer.BORDER_SECTION
    rows = [
        ProposedRow(
            change=change,
            number=row.number,
            verdict=row.verdict,
            code=row.code[:40],
            unit=row.units[0] if row.units else None,
            properties=row.wanted,
            **{"line" if line else "area": row.shape},
            replaces=row.replaces,
            messages=row.messages,
        )
        for row in reversed(found)
    ]
    change.rows.all().delete()
    ProposedRow.objects.bulk_create(rows, batch_size=100)
    touched = {unit.pk for row in found if row.verdict in MOVING for unit in row.units}
    change.units.set(touched)


def _as_read(row: ProposedRow) -> FileRow:
    """A kept row as if it had just been read; what comparing had to say is said anew."""
    kept = {"mended", "no_shape", "wrong_kind", "broken", "mended_too_far", "elsewhere", "metres", "bad_text"}
    said = [message for message in row.messages if message["code"] in kept]
    return FileRow(row.number, row.properties, row.area or row.line, said)


def _fresh(change: RegisterChange, rows: list[ProposedRow], kept: frozenset[int] | None) -> list[Compared]:
    """The sound rows of a draft compared with the register as it is now; what stands nowhere any more is missing."""
    moment = change.effective_from
    given = [_as_read(row) for row in rows if row.verdict not in (Verdict.REFUSED, Verdict.ENDED)]
    fresh = compare(change.layer, given, moment=moment, kept=kept)
    if not change.complete:
        ended = [row.code for row in rows if row.verdict == Verdict.ENDED]
        return [*fresh, *(found for code in ended if (found := ending(change.layer, code, moment=moment)))]
    # The refused rows count as well: a code that stands in the file is not left out.
    everything = [_as_read(row) for row in rows if row.number > 0]
    whole = compare(change.layer, everything, moment=moment, kept=kept, complete=True)
    return [*fresh, *(row for row in whole if row.number == 0 and row.verdict == Verdict.ENDED)]


def _demand_fresh(rows: list[ProposedRow], fresh: list[Compared]) -> None:
    """Raise ValidationError naming the codes for which the register is no longer what the draft was held against."""
    drafted = {row.code: (row.verdict, row.replaces) for row in rows}
    now = {row.code: (row.verdict, row.replaces) for row in fresh}
    stale = sorted(code for code in drafted.keys() | now.keys() if drafted.get(code) != now.get(code))
    if stale:
        more = len(stale) - NAMED
        named = ", ".join(stale[:NAMED]) + (" " + _("and %(n)s more") % {"n": more} if more > 0 else "")
        raise ValidationError(
            _("The register has changed since this was proposed: %(codes)s. Compare it anew and look again.")
            % {"codes": named},
            code="stale",
        )


def _figures(rows: list[Compared]) -> dict[str, object]:
    """How many rows of each verdict, for the audit."""
    return {str(verdict): sum(row.verdict == verdict for row in rows) for verdict in Verdict}
