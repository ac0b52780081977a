"""Verbs about the ground itself: outlines of administrative units, lines of border sections, unresolved areas.

Outlines come in sets (a country has 1,652 communes), so one call writes many and leaves one line in the audit for each
unit whose register they are kept in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.geos import MultiLineString, MultiPolygon
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from borderwatch import audit
from units import coverage
from units.actions.keeper import demand_end, demand_keeper, demand_reason
from units.choices import BoundaryLevel
from units.models import BorderSection, Boundary, District, Province, Unit, UnresolvedArea, User
from units.territory import Administrations


@dataclass(frozen=True)
class Outline:
    """The outline of one administrative unit, up to (not including) `until` when that is known."""

    code: str
    area: MultiPolygon
    until: datetime | None = None
    source: str = ""
    legal_reference: str = ""


@transaction.atomic
def draw_outlines(
    *, actor: User | None, level: BoundaryLevel | str, outlines: Sequence[Outline], since: datetime, reason: str = ""
) -> list[Boundary]:
    """Put outlines of administrative units on record from `since` on; all of them or none.

    Raises ValidationError when one has an outline at that time already.
    """
    demand_reason(actor, reason)
    by_unit = _kept_by(actor, level, [outline.code for outline in outlines])
    rows = [
        Boundary(
            level=level,
            code=outline.code,
            area=outline.area,
            period=(since, outline.until),
            source=outline.source,
            legal_reference=outline.legal_reference,
        )
        for outline in outlines
    ]
    try:
        with transaction.atomic():
            Boundary.objects.bulk_create(rows, batch_size=200)
    except IntegrityError as error:
        raise ValidationError(_("One of the outlines is broken, or there is one at that time already.")) from error
    for unit, codes in by_unit.items():
        after = {"level": str(level), "codes": codes, "since": since.isoformat()}
        audit.record(actor=actor, verb="draw_outlines", target=unit, after=after, reason=reason)
    return rows


@transaction.atomic
def end_outlines(*, actor: User | None, outlines: Sequence[Boundary], at: datetime, reason: str) -> list[Boundary]:
    """End outlines at a moment (not included). Raises ValidationError when one began later or has ended before."""
    demand_reason(actor, reason)
    keys = [outline.pk for outline in outlines]
    rows = list(Boundary.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    for level in sorted({row.level for row in rows}):
        codes = [row.code for row in rows if row.level == level]
        for unit, held in _kept_by(actor, level, codes).items():
            after = {"level": level, "codes": held, "until": at.isoformat()}
            audit.record(actor=actor, verb="end_outlines", target=unit, after=after, reason=reason)
    for row in rows:
        demand_end(row, at, _("An outline cannot end before it began."), _("This outline ended before that moment."))
        row.period = (row.since, at)
    Boundary.objects.bulk_update(rows, ["period"], batch_size=500)
    return rows


def _kept_by(actor: User | None, level: BoundaryLevel | str, codes: Sequence[str]) -> dict[Unit, list[str]]:
    """The codes by the unit whose register they are kept in; raises PermissionDenied unless the person keeps all."""
    administrations = Administrations()
    provinces = dict(Province.objects.values_list("code", "pk"))
    found: dict[Unit, list[str]] = {}
    for code in codes:
        own = administrations.of(provinces.get(code[:2], 0))
        for unit in administrations.national if level == BoundaryLevel.PROVINCE else own:
            found.setdefault(unit, []).append(code)
    for unit in found:
        demand_keeper(actor, unit.pk)
    if codes and not found:
        demand_keeper(actor)
    return found


@transaction.atomic
def draw_section_line(
    *, actor: User | None, section: BorderSection, line: MultiLineString, source: str = "", reason: str = ""
) -> BorderSection:
    """Give a border section its line (EPSG:4326), approximate as its source states. It is not dated.

    Sectors drawn before keep the stretch of the border they were drawn with.
    """
    section = BorderSection.objects.select_for_update(of=("self",)).get(pk=section.pk)
    units = Administrations().of(section.province_id)
    demand_keeper(actor, *(unit.pk for unit in units))
    demand_reason(actor, reason)
    if line.empty:
        raise ValidationError(_("The line is empty."))
    section.line = line
    section.source = source or section.source
    section.save(update_fields=["line", "source"])
    audit.record(
        actor=actor,
        verb="draw_section_line",
        target=section,
        after={"section": section.code, "source": source, "vertices": line.num_coords},
        reason=reason,
    )
    return section


@transaction.atomic
def draw_unresolved_area(
    *,
    actor: User | None,
    code: str,
    area: MultiPolygon,
    neighbour: str,
    term: str,
    districts: Sequence[District],
    name_en: str,
    name_km: str = "",
    since: datetime,
    until: datetime | None = None,
    source: str = "",
    note: str = "",
    reason: str = "",
) -> UnresolvedArea:
    """Put an unresolved area on record from `since` on: approximate, restricted, no claim (duty D11).

    Whoever does it keeps the register of every province concerned. Raises ValidationError by field, and for a second
    shape of the same code in that time.
    """
    _demand_provinces(actor, districts)
    demand_reason(actor, reason)
    row = UnresolvedArea(
        code=code, area=area, neighbour=neighbour, term=term, name_en=name_en, name_km=name_km,
        period=(since, until), source=source, note=note,
    )  # fmt: skip
    row.clean_fields(exclude=["area", "period"])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError(_("The area %(code)s has a shape at that time.") % {"code": code}) from error
    row.districts.set(districts)
    coverage.lay(row)
    audit.record(
        actor=actor,
        verb="draw_unresolved_area",
        target=row,
        after={"code": code, "since": since.isoformat(), "districts": [one.code for one in districts]},
        reason=reason,
    )
    return row


@transaction.atomic
def end_unresolved_area(*, actor: User | None, area: UnresolvedArea, at: datetime, reason: str) -> UnresolvedArea:
    """End an unresolved area at a moment (not included)."""
    row: UnresolvedArea = UnresolvedArea.objects.select_for_update(of=("self",)).get(pk=area.pk)
    _demand_provinces(actor, list(row.districts.all()))
    demand_reason(actor, reason)
    demand_end(row, at, _("An area cannot end before it began."), _("This area ended before that moment."))
    row.period = (row.since, at)
    row.save(update_fields=["period"])
    audit.record(
        actor=actor,
        verb="end_unresolved_area",
        target=row,
        after={"code": row.code, "until": at.isoformat()},
        reason=reason,
    )
    return row


def _demand_provinces(actor: User | None, districts: Sequence[District]) -> None:
    administrations = Administrations()
    for province_id in sorted({district.province_id for district in districts}):
        demand_keeper(actor, *(unit.pk for unit in administrations.of(province_id)))
    if not districts:
        demand_keeper(actor)
