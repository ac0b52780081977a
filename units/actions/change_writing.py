"""Write the rows of an applied change into the register, by the verbs of each kind of ground.

Called by `apply_change` within its transaction, with rows compared under its lock; each verb asks again who may.
"""

from collections.abc import Sequence

from django.db import transaction

from units.actions.command import draw_sector, end_sector
from units.actions.territory import (
    Outline,
    draw_outlines,
    draw_section_line,
    draw_unresolved_area,
    end_outlines,
    end_unresolved_area,
)
from units.choices import RegisterLayer, Verdict
from units.importing.compare import Compared, same
from units.models import (
    BorderSection,
    Boundary,
    District,
    RegisterChange,
    Sector,
    Unit,
    UnresolvedArea,
    User,
)


@transaction.atomic
def write(*, actor: User | None, change: RegisterChange, rows: Sequence[Compared], reason: str) -> None:
    """End what the rows replace or leave out, then add what they bring, all from the change's moment on."""
    {
        RegisterLayer.SECTOR: _sectors,
        RegisterLayer.BORDER_SECTION: _lines,
        RegisterLayer.UNRESOLVED: _unresolved,
    }.get(RegisterLayer(change.layer), _outlines)(actor, change, rows, reason)


def _said(change: RegisterChange, row: Compared) -> dict[str, str]:
    """Source and legal reference: the row's own, else the change's."""
    return {
        "source": row.wanted.get("source") or change.source,
        "legal_reference": row.wanted.get("legal_reference") or change.legal_reference,
    }


def _sectors(actor: User | None, change: RegisterChange, rows: Sequence[Compared], reason: str) -> None:
    moment = change.effective_from
    old = Sector.objects.select_related("unit").in_bulk([row.replaces for row in rows if row.replaces])
    units = {unit.code: unit for unit in Unit.objects.filter(code__in={row.wanted.get("unit", "") for row in rows})}
    # Ends first: a unit may give up ground under one code and gain it under another.
    for sector in old.values():
        end_sector(actor=actor, sector=sector, at=moment, reason=reason)
    for row in rows:
        if row.verdict == Verdict.ENDED:
            continue
        before = old.get(row.replaces or 0)
        draw_sector(
            actor=actor,
            unit=units[row.wanted["unit"]],
            code=row.code,
            area=row.shape,  # type: ignore[arg-type]
            since=moment,
            until=before.until if before else None,
            border=before.border if before and same(before.area, row.shape) else None,
            # What was made up stays made up when it only changes hands.
            illustrative=bool(before and before.illustrative and not change.file_sha256),
            reason=reason,
            **_said(change, row),
        )


def _outlines(actor: User | None, change: RegisterChange, rows: Sequence[Compared], reason: str) -> None:
    moment = change.effective_from
    old = Boundary.objects.in_bulk([row.replaces for row in rows if row.replaces])
    if old:
        end_outlines(actor=actor, outlines=list(old.values()), at=moment, reason=reason)
    drawn = [
        Outline(
            row.code,
            row.shape,  # type: ignore[arg-type]
            old[row.replaces].until if row.replaces else None,
            **_said(change, row),
        )
        for row in rows
        if row.verdict != Verdict.ENDED
    ]
    if drawn:
        draw_outlines(actor=actor, level=change.layer, outlines=drawn, since=moment, reason=reason)


def _lines(actor: User | None, change: RegisterChange, rows: Sequence[Compared], reason: str) -> None:
    sections = {one.code: one for one in BorderSection.objects.filter(code__in=[row.code for row in rows])}
    for row in rows:
        draw_section_line(
            actor=actor,
            section=sections[row.code],
            line=row.shape,  # type: ignore[arg-type]
            source=_said(change, row)["source"],
            reason=reason,
        )


def _unresolved(actor: User | None, change: RegisterChange, rows: Sequence[Compared], reason: str) -> None:
    moment = change.effective_from
    old = UnresolvedArea.objects.in_bulk([row.replaces for row in rows if row.replaces])
    districts = {district.code: district for district in District.objects.all()}
    for area in old.values():
        end_unresolved_area(actor=actor, area=area, at=moment, reason=reason)
    for row in rows:
        if row.verdict == Verdict.ENDED:
            continue
        before = old.get(row.replaces or 0)
        draw_unresolved_area(
            actor=actor,
            code=row.code,
            area=row.shape,  # type: ignore[arg-type]
            neighbour=row.wanted["neighbour"],
            term=row.wanted["term"],
            districts=[districts[code] for code in row.wanted["districts"]],
            name_en=row.wanted["name_en"],
            name_km=row.wanted["name_km"],
            since=moment,
            until=before.until if before else None,
            source=_said(change, row)["source"],
            note=before.note if before else "",
            reason=reason,
        )
