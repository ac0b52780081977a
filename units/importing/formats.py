"""The layers of the three formats, feature by feature. Runs in the reading process only.

What a file is, its first bytes say. GeoPackage and Shapefile are opened by GDAL with the one driver allowed; GeoJSON is
read as the JSON it is, so that no reference in it is ever followed.
"""

import re
import sqlite3
from collections.abc import Iterator
from ctypes import c_char_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.contrib.gis.gdal import DataSource, Driver, GDALException, OGRGeometry, SpatialReference
from django.contrib.gis.gdal.error import SRSException
from django.contrib.gis.gdal.prototypes import ds as capi
from django.utils.encoding import DjangoUnicodeDecodeError

from units.importing import archive, shapes
from units.importing.limits import FEATURES_MAX, PROPERTIES_MAX, TEXT_MAX, Unreadable

WGS84 = 4326
# Plain words of an "urn:ogc:def:crs:EPSG::32648", an "EPSG:32648" or a bare number.
_EPSG = re.compile(r"(?:urn:ogc:def:crs:)?(?:EPSG:(?:[\d.]*:)?)?(\d{4,6})", re.IGNORECASE)
_CRS84 = re.compile(r"(?:urn:ogc:def:crs:)?OGC:(?:[\d.]*:)?CRS84", re.IGNORECASE)
# The only shapes of GeoJSON taken up; their other members (a "crs" of their own) are left behind.
_GEOJSON_SHAPES = {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}


@dataclass(frozen=True)
class Feature:
    """One feature as it stands in the file: its properties cleaned, its geometry not yet looked at.

    `geometry` is None when there is none; `fault` is the code of an error that keeps it from being read.
    """

    number: int
    properties: dict[str, Any]
    geometry: OGRGeometry | None
    fault: str = ""


@dataclass(frozen=True)
class Opened:
    """A file that has been opened: which format, which system it declares ("" and None: none), its features."""

    name: str
    crs: str
    system: SpatialReference | None
    total: int
    features: Iterator[Feature]


def opened(path: Path, folder: Path, kind: str) -> Opened:
    """Open a file by its first bytes; what must be unpacked or copied goes into `folder`. Raises Unreadable."""
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(b"PK\x03\x04"):
        return _by_gdal("Shapefile", "ESRI Shapefile", archive.unpack(path, folder), kind)
    if head.startswith(b"SQLite format 3\0"):
        return _by_gdal("GeoPackage", "GPKG", _copied_package(path, folder), kind)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _geojson(path)
    raise Unreadable("not_a_known_file")


def system_named(text: str) -> SpatialReference:
    """The system an EPSG number names. Nothing else is understood, so nothing else is ever looked up."""
    text = text.strip()
    if _CRS84.fullmatch(text):
        return SpatialReference(WGS84)
    found = _EPSG.fullmatch(text)
    if not found:
        raise Unreadable("crs_unknown")
    try:
        return SpatialReference(int(found[1]))
    except (GDALException, SRSException) as error:
        raise Unreadable("crs_unknown") from error


# --- GeoPackage and Shapefile ---------------------------------------------------------------------------------


def _copied_package(path: Path, folder: Path) -> Path:
    """A copy under a name the driver knows, once it has been found to hold plain tables only."""
    copy = folder / "layer.gpkg"
    copy.write_bytes(path.read_bytes())
    try:
        found = sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            found.execute("PRAGMA trusted_schema = OFF")
            virtual = found.execute(
                "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%VIRTUAL%TABLE%' AND sql NOT LIKE '%USING%rtree%'"
            ).fetchone()[0]
            tables = {row[0].lower() for row in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            layers = found.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchall()
        finally:
            found.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Unreadable("package_broken") from error
    if virtual or any(str(row[0]).lower() not in tables for row in layers):
        raise Unreadable("package_unsafe")
    return copy


def _by_gdal(name: str, driver: str, path: Path, kind: str) -> Opened:
    Driver.ensure_registered()
    allowed = (c_char_p * 2)(driver.encode(), None)
    try:
        pointer = capi.open_ds(str(path).encode(), capi.GDAL_OF_VECTOR, allowed, None, None)
        source: Any = DataSource(pointer, Driver(driver).ptr)
        layers = [layer for layer in source if layer.geom_type.name != "None"]
    except GDALException as error:
        raise Unreadable("broken_file", format=name) from error
    if not layers:
        raise Unreadable("no_layer")
    fitting = [layer for layer in layers if _fits(layer.geom_type.name, kind)]
    if len(layers) > 1 and len(fitting) != 1:
        raise Unreadable("several_layers", names=", ".join(_clean_text(str(layer.name))[:40] for layer in layers[:8]))
    layer = fitting[0] if fitting else layers[0]
    try:
        total, system = len(layer), layer.srs
    except GDALException as error:
        raise Unreadable("broken_file", format=name) from error
    if system is not None and (not str(system.name).strip() or str(system.name).lower().startswith("undefined")):
        system = None
    return Opened(name, named(system) if system else "", system, total, _rows(layer))


def _fits(name: str, kind: str) -> bool:
    return any(word in name for word in (("Polygon", "Surface") if kind == shapes.AREA else ("LineString", "Curve")))


def named(system: SpatialReference) -> str:
    """The system's EPSG number, else its own name."""
    code = epsg_of(system)
    return f"EPSG:{code}" if code else _clean_text(str(system.name))[:100]


def epsg_of(system: Any) -> str:
    """The system's EPSG number, "" when it has none."""
    return str(system.auth_code(None) or "") if system.auth_name(None) == "EPSG" else ""


def _rows(layer: Any) -> Iterator[Feature]:
    for number, row in enumerate(layer, 1):
        try:
            properties = _clean({field.name.lower(): field.value for field in row})
        except (DjangoUnicodeDecodeError, GDALException, ValueError):
            yield Feature(number, {}, None, "bad_text")
            continue
        try:
            geometry = row.geom
        except GDALException:
            geometry = None
        yield Feature(number, properties, geometry)


# --- GeoJSON --------------------------------------------------------------------------------------------------


def _geojson(path: Path) -> Opened:
    try:
        data = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Unreadable("json_broken", why=_clean_text(str(error))[:150]) from error
    rows = data.get("features") if data.get("type") == "FeatureCollection" else [data]
    if not isinstance(rows, list) or data.get("type") not in {"FeatureCollection", "Feature"}:
        raise Unreadable("json_kind")
    declared = data.get("crs")
    crs, system = "", None
    if declared is not None:
        properties = declared.get("properties") if isinstance(declared, dict) else None
        name = properties.get("name") if isinstance(properties, dict) else None
        if not isinstance(name, str) or declared.get("type") != "name":
            raise Unreadable("crs_unknown")
        system = system_named(name)
        crs = named(system)
    return Opened("GeoJSON", crs, system, len(rows), _json_rows(rows))


def _json_rows(rows: list[Any]) -> Iterator[Feature]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            yield Feature(number, {}, None, "broken")
            continue
        properties = row.get("properties")
        cleaned = _clean({str(k).lower(): v for k, v in properties.items()} if isinstance(properties, dict) else {})
        shape = row.get("geometry")
        if not isinstance(shape, dict) or not shape.get("coordinates"):
            yield Feature(number, cleaned, None)
        elif shape.get("type") not in _GEOJSON_SHAPES:
            yield Feature(number, cleaned, None, "wrong_kind")
        else:
            plain = {"type": shape["type"], "coordinates": shape["coordinates"]}
            try:
                yield Feature(number, cleaned, OGRGeometry(orjson.dumps(plain).decode()))
            except (GDALException, ValueError, TypeError):
                yield Feature(number, cleaned, None, "broken")


# --- properties -----------------------------------------------------------------------------------------------


def _clean(properties: dict[str, Any]) -> dict[str, Any]:
    """Plain texts and figures only, short and printable; lists of plain values become a text with commas."""
    found: dict[str, Any] = {}
    for key, value in list(properties.items())[:PROPERTIES_MAX]:
        name = _clean_text(key)[:60]
        if isinstance(value, list) and all(isinstance(one, str | int) for one in value[:PROPERTIES_MAX]):
            value = ",".join(map(str, value[:PROPERTIES_MAX]))
        if isinstance(value, str):
            value = _clean_text(value)[:TEXT_MAX]
        if value not in (None, "") and isinstance(value, str | int | float | bool):
            found[name] = value
    return found


def _clean_text(text: str) -> str:
    """Without control characters, zero-width marks and broken surrogates."""
    return "".join(c for c in text if c.isprintable() or c == " ").strip()


def refuse_count(count: int) -> None:
    """Raise Unreadable for more features than a file may have."""
    if count > FEATURES_MAX:
        raise Unreadable("too_many_features", most=FEATURES_MAX)
