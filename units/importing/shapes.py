"""One geometry: is it whole, does it lie here, can it be mended? Pure; WGS84 degrees, longitude first."""

import math
from typing import Any

from django.contrib.gis.geos import (
    GEOSException,
    GEOSGeometry,
    LineString,
    MultiLineString,
    MultiPolygon,
    Polygon,
)

from units.importing.limits import MENDED_MAX_PERCENT, REGION

AREA, LINE = "area", "line"
Message = dict[str, Any]


def error(code: str, /, **params: Any) -> Message:
    """An error a row has; the row is refused."""
    return {"level": "error", "code": code, "params": params}


def note(code: str, /, **params: Any) -> Message:
    """Something worth knowing about a row that is taken."""
    return {"level": "note", "code": code, "params": params}


def in_region(west: float, south: float, east: float, north: float) -> bool:
    """Whether a box lies in Cambodia's region as a whole; never for figures that are none."""
    box = (west, south, east, north)
    if not all(map(math.isfinite, box)):
        return False
    return west >= REGION[0] and south >= REGION[1] and east <= REGION[2] and north <= REGION[3]


def checked(shape: GEOSGeometry, kind: str) -> tuple[GEOSGeometry | None, list[Message]]:
    """The shape as MultiPolygon (kind "area") or MultiLineString ("line"), mended if need be, and what to say of it.

    None when it must be refused: of another kind, broken, or changed by more than MENDED_MAX_PERCENT in mending.
    """
    wanted: tuple[type, ...] = (Polygon, MultiPolygon) if kind == AREA else (LineString, MultiLineString)
    if not isinstance(shape, wanted):
        return None, [error("wrong_kind", found=shape.geom_type, wanted=kind)]
    if shape.empty:
        return None, [error("no_shape")]
    if kind == LINE:
        whole = all(math.isfinite(figure) for figure in shape.extent) and shape.length > 0
        return (_multi(shape), []) if whole else (None, [error("broken", why="")])
    if shape.valid:
        return (_multi(shape), []) if shape.area > 0 else (None, [error("broken", why="")])
    return _mended(shape)


def _mended(shape: GEOSGeometry) -> tuple[GEOSGeometry | None, list[Message]]:
    why = shape.valid_reason
    if why.startswith("Invalid Coordinate"):
        return None, [error("broken", why=why)]
    try:
        found = _areas(shape.make_valid())
    except GEOSException:
        found = None
    if found is None or not found.valid:
        return None, [error("broken", why=why)]
    # Of a ring that crosses itself the parts may cancel out; the larger figure is what the change is measured by.
    percent = 100 * abs(found.area - shape.area) / max(found.area, shape.area)
    if percent > MENDED_MAX_PERCENT:
        return None, [error("mended_too_far", why=why, percent=round(percent, 1), most=MENDED_MAX_PERCENT)]
    return found, [note("mended", why=why, percent=round(percent, 4))]


def _areas(shape: Any) -> MultiPolygon | None:
    """The areas of a shape; lines and points that mending leaves over hold no ground."""
    if isinstance(shape, Polygon):
        parts = [shape]
    else:
        flat = [part for one in shape for part in (one if isinstance(one, MultiPolygon) else [one])]
        parts = [part for part in flat if isinstance(part, Polygon)]
    parts = [part for part in parts if not part.empty]
    return MultiPolygon(*parts, srid=4326) if parts else None


def _multi(shape: GEOSGeometry) -> GEOSGeometry:
    if isinstance(shape, Polygon):
        return MultiPolygon(shape, srid=4326)
    if isinstance(shape, LineString):
        return MultiLineString(shape, srid=4326)
    shape.srid = 4326
    return shape
