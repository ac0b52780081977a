"""Verbs about the ground a unit answers for."""

from datetime import datetime

from django.contrib.gis.geos import MultiLineString, MultiPolygon
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from borderwatch import audit
from units import coverage
from units.actions.keeper import demand_end, demand_keeper, demand_period, demand_reason
from units.models import Sector, Unit, User
from units.territory import border_beside


@transaction.atomic
def draw_sector(
    *,
    actor: User | None,
    unit: Unit,
    code: str,
    area: MultiPolygon,
    since: datetime,
    until: datetime | None = None,
    border: MultiLineString | None = None,
    illustrative: bool = False,
    source: str = "",
    legal_reference: str = "",
    reason: str = "",
) -> Sector:
    """Give a unit a sector (EPSG:4326) from `since` on. Raises ValidationError for a broken shape or a second
    shape of the same code in that time. Past attributions do not change.

    `border` is the stretch of the border it runs along; without one it is taken from the border sections beside it.
    """
    demand_keeper(actor, unit.pk)
    demand_reason(actor, reason)
    demand_period(since, until)
    if area.empty or not area.valid:
        raise ValidationError(_("The shape of the sector is broken: %(why)s") % {"why": area.valid_reason})
    sector = Sector(
        unit=unit,
        code=code,
        area=area,
        border=border or border_beside(area),
        period=(since, until),
        illustrative=illustrative,
        source=source,
        legal_reference=legal_reference,
    )
    try:
        with transaction.atomic():
            sector.save()
    except IntegrityError as error:
        raise ValidationError(_("The sector %(code)s has a shape at that time.") % {"code": code}) from error
    coverage.lay(sector)
    audit.record(
        actor=actor,
        verb="draw_sector",
        target=unit,
        after={"sector": code, "since": since.isoformat(), "illustrative": illustrative, "source": source},
        reason=reason,
    )
    return sector


@transaction.atomic
def end_sector(*, actor: User | None, sector: Sector, at: datetime, reason: str) -> Sector:
    """End a sector's shape at a moment (not included)."""
    sector = Sector.objects.select_for_update(of=("self",)).get(pk=sector.pk)
    demand_keeper(actor, sector.unit_id)
    demand_reason(actor, reason)
    demand_end(sector, at, _("A sector cannot end before it began."), _("This sector ended before that moment."))
    sector.period = (sector.since, at)
    sector.save(update_fields=["period"])
    audit.record(
        actor=actor,
        verb="end_sector",
        target=sector.unit,
        after={"sector": sector.code, "until": at.isoformat()},
        reason=reason,
    )
    return sector
