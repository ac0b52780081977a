"""The perimeter of a crossing: read as people paste it, checked, and told in words. Source: duty D5."""

import hashlib
import math
import re
from typing import Any

import orjson
from django.contrib.gis.geos import GEOSException, GEOSGeometry, MultiPolygon, Point, Polygon
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from units import region
from units.fields_patrols import read_position
from units.models import METRIC

# Nothing of a gate lies farther from its point, and none is larger.
FARTHEST_KM = 25
LARGEST_KM2 = 50
# Smaller than a hut: a slip of the hand.
SMALLEST_M2 = 25
MOST_CORNERS = 5_000
MAX_TEXT = 400_000


def read(text: str) -> MultiPolygon | None:
    """The area that a text describes, None for an empty one: GeoJSON, or its corners, one "latitude, longitude" a line.

    Raises ValidationError saying what cannot be read. Whether it is a possible perimeter `faults` says.
    """
    text = text.strip()
    if not text:
        return None
    if len(text) > MAX_TEXT:
        raise ValidationError(_("This is too much. A perimeter has at most %(n)s corners.") % {"n": MOST_CORNERS})
    if text[0] in "{[":
        return of_geojson(_parsed(text))
    corners = [read_position(line) for line in text.splitlines() if line.strip()]
    return _area([[corners]])


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _no_area() from None


def _no_area() -> ValidationError:
    return ValidationError(
        _("This is no GeoJSON area. Paste a Polygon or a MultiPolygon, or write one corner to a line.")
    )


def of_geojson(data: Any) -> MultiPolygon:
    """The area of a GeoJSON geometry, feature or collection of areas. Raises ValidationError."""
    polygons = list(_polygons(data, 0))
    if not polygons:
        raise _no_area()
    try:
        rings = [[[(float(c[0]), float(c[1])) for c in ring] for ring in polygon] for polygon in polygons]
    except (TypeError, ValueError, LookupError):
        raise _no_area() from None
    return _area(rings)


def _polygons(data: Any, depth: int) -> Any:
    """The coordinates of each polygon in it; anything else than areas is refused."""
    kind = data.get("type") if isinstance(data, dict) else None
    inner = {"Polygon": "coordinates", "MultiPolygon": "coordinates", "Feature": "geometry",
             "FeatureCollection": "features", "GeometryCollection": "geometries"}.get(kind or "")  # fmt: skip
    if inner is None or depth > 4:
        raise _no_area()
    found = data.get(inner)
    if kind == "Feature":
        yield from _polygons(found, depth + 1)
    elif not isinstance(found, list):
        raise _no_area()
    elif kind == "Polygon":
        yield found
    elif kind == "MultiPolygon":
        yield from found
    else:
        for one in found:
            yield from _polygons(one, depth + 1)


def _area(polygons: list[list[list[tuple[float, float]]]]) -> MultiPolygon:
    corners = sum(len(ring) for rings in polygons for ring in rings)
    if corners > MOST_CORNERS:
        raise ValidationError(_("This is too much. A perimeter has at most %(n)s corners.") % {"n": MOST_CORNERS})
    for rings in polygons:
        for ring in rings:
            _check_ring(ring)
    try:
        closed = [[[*ring, ring[0]] if ring[0] != ring[-1] else ring for ring in rings] for rings in polygons]
        return MultiPolygon([Polygon(*rings, srid=4326) for rings in closed], srid=4326)
    except (GEOSException, LookupError, TypeError, ValueError):
        raise _no_area() from None


def _check_ring(ring: list[tuple[float, float]]) -> None:
    if len(set(ring)) < 3:
        raise ValidationError(_("An area needs at least three different corners."))
    for lon, lat in ring:
        if not (math.isfinite(lon) and math.isfinite(lat) and region.inside(lon, lat)):
            raise ValidationError(
                _("The corner %(lat)s, %(lon)s lies far outside Cambodia. In GeoJSON longitude comes first.")
                % {"lat": lat, "lon": lon}
            )


def faults(perimeter: MultiPolygon, point: Point) -> list[str]:
    """What speaks against this perimeter for a crossing at `point`, in sentences; empty when nothing does."""
    if not perimeter.valid:
        return [_invalid(perimeter)]
    flat: Any = perimeter.transform(METRIC, clone=True)
    found = []
    if flat.area < SMALLEST_M2:
        found.append(_("This area is smaller than a hut. Check its corners."))
    if flat.area > LARGEST_KM2 * 1e6:
        found.append(
            _("This area measures %(area)s km²; a perimeter measures at most %(most)s km².")
            % {"area": f"{flat.area / 1e6:,.0f}", "most": LARGEST_KM2}
        )
    here = point.transform(METRIC, clone=True)
    farthest = max(here.distance(Point(x, y, srid=METRIC)) for part in flat for ring in part for x, y in ring)
    if farthest > FARTHEST_KM * 1000:
        found.append(
            _("A corner lies %(km)s km from the crossing; at most %(most)s km are possible.")
            % {"km": f"{farthest / 1000:.0f}", "most": FARTHEST_KM}
        )
    return found


def _invalid(perimeter: MultiPolygon) -> str:
    """Why the shape is none, with the place: GEOS says it in English, with the place in brackets."""
    place = re.search(r"\[(-?[\d.]+) (-?[\d.]+)\]", perimeter.valid_reason)
    if place and "intersection" in perimeter.valid_reason.lower():
        return _(
            "The edge of the area crosses itself near %(lat)s, %(lon)s. Give the corners in the order in which one "
            "would walk round it."
        ) % {"lat": f"{float(place[2]):.5f}", "lon": f"{float(place[1]):.5f}"}
    return _("This is no possible area: its parts overlap, or an edge runs back on itself.")


def written(perimeter: MultiPolygon | None) -> str:
    """The area as a person edits it: corners one to a line, GeoJSON when it has holes or several parts."""
    if perimeter is None:
        return ""
    if len(perimeter) == 1 and len(perimeter[0]) == 1:
        return "\n".join(f"{lat:.6f}, {lon:.6f}" for lon, lat, *_height in perimeter[0][0].coords[:-1])
    return str(perimeter.geojson)


def corners(perimeter: Any) -> int:
    """How many corners it has; the one that closes a ring is not counted twice."""
    return sum(len(ring) - 1 for part in perimeter for ring in part)


def digest(perimeter: MultiPolygon | None) -> dict[str, Any] | None:
    """What the audit keeps of it: the hash of its shape and the number of corners."""
    if perimeter is None:
        return None
    return {"sha256": hashlib.sha256(bytes(perimeter.wkb)).hexdigest(), "corners": corners(perimeter)}


def square_metres(area: GEOSGeometry) -> float:
    """How large an area in degrees is."""
    return float(area.transform(METRIC, clone=True).area)
