"""The process that opens a file from outside: no settings, no database, no secrets, no network, little time.

`python -m units.importing.child FILE FOLDER area|line [CRS]` writes JSON lines: {"file": …} once, {"row": …} for each
feature in WGS84, then {"end": true}; or {"error": …} when the file cannot be taken as a whole.
"""

import os
import resource
import sys
from pathlib import Path
from typing import Any

import orjson
from django.contrib.gis.gdal import CoordTransform, GDALException, OGRGeometry, SpatialReference
from django.contrib.gis.geos import GEOSException, GEOSGeometry

from units.importing import formats, shapes
from units.importing.limits import (
    CPU_MAX_S,
    FEATURE_VERTICES_MAX,
    MEMORY_MAX,
    UNPACKED_MAX,
    VERTICES_MAX,
    Unreadable,
)

# What the libraries would otherwise be free to do: fetch grids and schemas, read lists of coordinate systems.
QUIET = {
    "PROJ_NETWORK": "OFF",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "SHAPE_RESTORE_SHX": "NO",
}


def say(line: dict[str, Any]) -> None:
    """One line for the process that asked."""
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")


def limit() -> None:
    """Bounds the kernel keeps: memory, computing time, bytes of one written file, no new core file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, CPU_MAX_S + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (UNPACKED_MAX, UNPACKED_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Ground:
    """Takes features of one file to WGS84 and looks at each; keeps count of what the file holds as a whole."""

    def __init__(self, system: SpatialReference, kind: str) -> None:
        self.kind = kind
        self.system = system
        self.to_degrees = CoordTransform(system, SpatialReference(formats.WGS84))
        self.vertices = 0
        self.inside = 0
        # Messages of the first feature that lies elsewhere: when none lies here, they are the file's.
        self.elsewhere: dict[str, Any] | None = None

    def row(self, feature: formats.Feature) -> dict[str, Any]:
        """The feature as a line: its shape as hexadecimal WKB, or None with the errors that refuse it."""
        shape, messages = self._shape(feature)
        return {
            "number": feature.number,
            "properties": feature.properties,
            "wkb": bytes(shape.wkb).hex() if shape is not None else None,
            "messages": messages,
        }

    def _shape(self, feature: formats.Feature) -> tuple[GEOSGeometry | None, list[shapes.Message]]:
        if feature.fault:
            return None, [shapes.error(feature.fault, why="", found="?", wanted=self.kind)]
        if feature.geometry is None or feature.geometry.empty:
            return None, [shapes.error("no_shape")]
        geometry = feature.geometry.get_linear_geometry() if feature.geometry.has_curve else feature.geometry
        geometry.set_3d(False)
        geometry.set_measured(False)
        self._count(geometry)
        raw = geometry.extent
        try:
            geometry.transform(self.to_degrees)
            here = shapes.in_region(*geometry.extent)
        except GDALException:
            here = False
        if not here:
            return None, [self._not_here(raw)]
        self.inside += 1
        try:
            return shapes.checked(GEOSGeometry(memoryview(geometry.wkb), srid=formats.WGS84), self.kind)
        except (GEOSException, ValueError):
            return None, [shapes.error("broken", why="")]

    def _count(self, geometry: OGRGeometry) -> None:
        # Sixteen bytes a vertex; the few around them count for nothing.
        vertices = geometry.wkb_size // 16
        self.vertices += vertices
        if vertices > FEATURE_VERTICES_MAX:
            raise Unreadable("feature_too_fine", most=FEATURE_VERTICES_MAX)
        if self.vertices > VERTICES_MAX:
            raise Unreadable("too_many_vertices", most=VERTICES_MAX)

    def _not_here(self, raw: tuple[float, float, float, float]) -> shapes.Message:
        """Why a shape is not where it should be: swapped axes, metres taken for degrees, or simply elsewhere."""
        west, south, east, north = raw
        x, y = (west + east) / 2, (south + north) / 2
        if self._lands_here(y, x):
            raise Unreadable("swapped_axes", x=_short(x), y=_short(y), crs=self._crs_name())
        code = "metres" if self.system.geographic and (abs(x) > 360 or abs(y) > 360) else "elsewhere"
        message = shapes.error(code, x=_short(x), y=_short(y), crs=self._crs_name())
        self.elsewhere = self.elsewhere or message
        return message

    def _crs_name(self) -> str:
        return str(self.system.name)[:80]

    def _lands_here(self, x: float, y: float) -> bool:
        try:
            point = OGRGeometry(f"POINT ({x!r} {y!r})")
            point.transform(self.to_degrees)
        except GDALException:
            return False
        return shapes.in_region(*point.extent)


def _short(figure: float) -> str:
    """A figure as a sentence shows it; what is no figure stays readable too."""
    return f"{figure:.5g}" if abs(figure) < 1000 else f"{figure:.0f}"[:20]


def chosen_system(file: formats.Opened, said: str) -> SpatialReference:
    """The coordinate system: the file's own, else what the person declares; GeoJSON alone is WGS84 by itself."""
    by_person = formats.system_named(said) if said.strip() else None
    if file.system is None:
        if by_person is None and file.name != "GeoJSON":
            raise Unreadable("crs_missing")
        return by_person or SpatialReference(formats.WGS84)
    if by_person is not None and not _same(file.system, by_person):
        raise Unreadable("crs_conflict", file=file.crs, said=str(by_person.name))
    return file.system


def _same(one: SpatialReference, other: SpatialReference) -> bool:
    codes = [formats.epsg_of(system) for system in (one, other)]
    if all(codes):
        return codes[0] == codes[1]
    plain = [" ".join(str(system.name).replace("_", " ").lower().split()) for system in (one, other)]
    return plain[0] == plain[1] or one.proj == other.proj


def read(path: Path, folder: Path, kind: str, crs: str) -> None:
    """Say what the file holds. Raises Unreadable."""
    file = formats.opened(path, folder, kind)
    formats.refuse_count(file.total)
    ground = Ground(chosen_system(file, crs), kind)
    say({"file": {"format": file.name, "crs": formats.named(ground.system), "total": max(file.total, 0)}})
    count = 0
    for feature in file.features:
        count += 1
        formats.refuse_count(count)
        say({"row": ground.row(feature)})
    if count == 0:
        raise Unreadable("no_features")
    if not ground.inside and ground.elsewhere:
        raise Unreadable(ground.elsewhere["code"], **ground.elsewhere["params"])
    say({"end": True})


def attempt(path: Path, folder: Path, kind: str, crs: str) -> None:
    """Say what the file holds, or why it cannot be taken."""
    try:
        read(path, folder, kind, crs)
    except Unreadable as fault:
        say({"error": {"code": fault.code, "params": fault.params}})
    except MemoryError:
        say({"error": {"code": "too_large_to_read", "params": {}}})


if __name__ == "__main__":
    os.environ.update(QUIET)
    limit()
    attempt(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
