"""Files of the register for tests: made here from plain features, in every format and of every malice."""

import json
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# A square some five kilometres wide inland of Ratanakiri's border, where no sector of the demo lies.
CORNER = (107.0, 13.5)


def square(lon: float = CORNER[0], lat: float = CORNER[1], side: float = 0.05) -> dict[str, Any]:
    """A square, its corner at the south-west."""
    ring = [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson(path: Path, features: Iterable[Any], **more: Any) -> Path:
    """A GeoJSON file."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **more}))
    return path


def converted(source: Path, target: Path, driver: str, *options: str) -> Path:
    """The same features in another format, by GDAL's own tool."""
    subprocess.run(["ogr2ogr", "-f", driver, *options, str(target), str(source)], check=True, capture_output=True)
    return target


def zipped(path: Path, files: Iterable[Path]) -> Path:
    """A zip of files, flat."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
    return path


def shapefile(folder: Path, source: Path, *options: str) -> Path:
    """A Shapefile in a zip."""
    inner = folder / "shp"
    converted(source, inner, "ESRI Shapefile", "-lco", "ENCODING=UTF-8", *options)
    return zipped(folder / "layer.zip", sorted(inner.iterdir()))
