"""Whether positions lie where a patrol of ours can have been."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.contrib.gis.measure import D
from django.db.models import Q
from django.utils.translation import gettext as _

from units import region
from units.models import METRIC, BorderSection, Patrol, Sector, UnresolvedArea

# A patrol comes at least somewhere so near to the ground of its province.
NEAR_KM = 20
# That distance in degrees and some more, for a first look by the index.
NEAR_DEGREES = 0.25


def far_outside(lon: float, lat: float) -> str:
    """What to tell about a position that does not."""
    return _(
        "The position %(lat).5f, %(lon).5f lies far outside Cambodia. "
        "Latitude lies between 9 and 16, longitude between 101 and 109."
    ) % {"lat": lat, "lon": lon}


def region_error(places: Iterable[Sequence[float]]) -> str:
    """What is wrong with the first place outside the region, "" when all lie in it."""
    for lon, lat, *_height in places:
        if not region.inside(lon, lat):
            if region.swapped(lon, lat):
                return _("Latitude and longitude are swapped.")
            return far_outside(lon, lat)
    return ""


def far_from_ground(shape_m: GEOSGeometry, patrol: Patrol, moment: datetime) -> str:
    """What to tell when no part of a planar shape comes near the ground of the patrol's province, "" when one does.

    Its ground are the sectors, unresolved areas and border lines of the unit's province, and what the patrol was
    sent to. A unit of no province patrols anywhere; so does one whose province has no ground on record.
    """
    grounds = _grounds(patrol, moment)
    if not any(rows.exists() for rows, _field in grounds):
        return ""
    if any(_near(rows, field, shape_m) for rows, field in grounds):
        return ""
    province = patrol.unit.province
    name = province.name if province else _("Cambodia's border")
    return _("This lies more than %(km)s km from the ground of %(province)s. Does it belong to another patrol?") % {
        "km": NEAR_KM,
        "province": name,
    }


def _grounds(patrol: Patrol, moment: datetime) -> list[tuple[Any, str]]:
    sectors = Sector.objects.filter(period__contains=moment)
    areas = UnresolvedArea.objects.filter(period__contains=moment)
    lines = BorderSection.objects.filter(line__isnull=False)
    if province := patrol.unit.province_id:
        sectors = sectors.filter(Q(unit__province_id=province) | (Q(code=patrol.sector_code) & ~Q(code="")))
        of_province = areas.model.districts.through.objects.filter(district__province_id=province)
        areas = areas.filter(
            Q(pk__in=of_province.values("unresolvedarea_id")) | (Q(code=patrol.area_code) & ~Q(code=""))
        )
        lines = lines.filter(province_id=province)
    return [(sectors.order_by(), "area"), (areas.order_by(), "area"), (lines.order_by(), "line")]


def _near(rows: Any, field: str, shape_m: GEOSGeometry) -> bool:
    west, south, east, north = shape_m.transform(4326, clone=True).extent
    box = Polygon.from_bbox((west - NEAR_DEGREES, south - NEAR_DEGREES, east + NEAR_DEGREES, north + NEAR_DEGREES))
    box.srid = 4326
    near = rows.filter(**{f"{field}__bboverlaps": box}).annotate(planar=Transform(field, METRIC))
    return bool(near.filter(planar__dwithin=(shape_m, D(km=NEAR_KM))).exists())
