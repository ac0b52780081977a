"""GeoJSON: lines (with `coordTimes` beside them, or without times), or points that each bear a time."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
from django.utils.translation import gettext as _

from units.choices import TrackSource
from units.tracks import times
from units.tracks.positions import Position, Reading, refusal

# Names under which tools put the times of a line's positions, and the time of a single point.
LINE_TIMES = ("coordTimes", "times", "timestamps")
POINT_TIMES = ("time", "timestamp", "datetime", "at", "recorded_at")
# The only reference system of RFC 7946, under the names older files give it.
WGS84 = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326")


def read(content: bytes, day: date) -> Reading:
    """The positions of all lines and points; raises ValidationError for what is no GeoJSON of a track."""
    try:
        whole = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise refusal(_("The file is not readable JSON; perhaps its end is missing."), "broken") from error
    if not isinstance(whole, dict):
        raise _no_geojson()
    _refuse_other_crs(whole)
    reading = Reading(TrackSource.GEOJSON)
    for geometry, properties in _geometries(whole):
        kind, coordinates = geometry.get("type"), geometry.get("coordinates")
        if kind == "Point":
            _point(reading, coordinates, properties, day)
        elif kind in ("LineString", "MultiLineString"):
            _lines(reading, [coordinates] if kind == "LineString" else coordinates, properties, day)
    return reading


def _refuse_other_crs(whole: dict[str, Any]) -> None:
    crs = whole.get("crs")
    if crs is None:
        return
    inner = crs.get("properties") if isinstance(crs, dict) else None
    name = str(inner.get("name", "")) if isinstance(inner, dict) else ""
    if name not in WGS84:
        raise refusal(
            _("The file uses the coordinate system %(name)s. Export it in longitude and latitude (WGS 84).")
            % {"name": name[:60] or "?"},
            "crs",
        )


def _geometries(whole: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every geometry with the properties beside it; a collection inside a collection is not looked into."""
    kind = whole.get("type")
    features = whole.get("features") if kind == "FeatureCollection" else [whole]
    if not isinstance(features, list):
        raise _no_geojson()
    for feature in features:
        if not isinstance(feature, dict):
            raise _no_geojson()
        bare = feature.get("type") != "Feature"
        geometry = feature if bare else feature.get("geometry")
        properties = feature.get("properties")
        if isinstance(geometry, dict):
            yield geometry, properties if isinstance(properties, dict) else {}


def _point(reading: Reading, coordinates: Any, properties: dict[str, Any], day: date) -> None:
    stamp = next((properties[name] for name in POINT_TIMES if name in properties), None)
    reading.add(_position(reading, coordinates, stamp, day))


def _lines(reading: Reading, lines: Any, properties: dict[str, Any], day: date) -> None:
    inner = properties.get("coordinateProperties")
    beside = {**inner, **properties} if isinstance(inner, dict) else properties
    stamps: list[Any] = next((beside[name] for name in LINE_TIMES if isinstance(beside.get(name), list)), [])
    if not isinstance(lines, list):
        raise _no_geojson()
    if not (stamps and isinstance(stamps[0], list)):
        # One list of times may run through all parts of a line.
        stamps = list(_parted(stamps, lines))
    for number, line in enumerate(lines):
        if not isinstance(line, list):
            raise _no_geojson()
        own = stamps[number] if number < len(stamps) and isinstance(stamps[number], list) else []
        reading.part()
        for place, coordinates in enumerate(line):
            reading.add(_position(reading, coordinates, own[place] if place < len(own) else None, day))


def _parted(stamps: list[Any], lines: list[Any]) -> Iterator[list[Any]]:
    start = 0
    for line in lines:
        length = len(line) if isinstance(line, list) else 0
        yield stamps[start : start + length]
        start += length


def _position(reading: Reading, coordinates: Any, stamp: Any, day: date) -> Position:
    if not (isinstance(coordinates, list) and len(coordinates) >= 2):
        raise _no_geojson()
    lon, lat = coordinates[:2]
    if not (isinstance(lon, int | float) and isinstance(lat, int | float)):
        raise _no_geojson()
    at = None
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        at = times.number(float(stamp))
    elif isinstance(stamp, str):
        at = times.read(stamp, reading, day)
    return Position(float(lon), float(lat), at)


def _no_geojson() -> Exception:
    return refusal(
        _("This is JSON, but not the GeoJSON of a track: lines or points with longitude, latitude."), "not_geojson"
    )
