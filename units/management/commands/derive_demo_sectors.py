"""Derive the illustrative sectors of the demo world, and the light background outline."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

HOME = "116"
NEIGHBOURS = {"764": "TH", "418": "LA", "704": "VN"}
OUTLINE_BOX = (101.0, 9.0, 109.0, 16.0)

# One sector is left out and one pair overlaps on purpose, so that the demo can show both cases.
PLANNED_GAP = "S-1903-4"
PLANNED_OVERLAP = ("S-0107-1", "S-0107-2")
OVERLAP_WIDTH = 1_500.0

NOTICE = (
    "Illustrative only, not official, no claim about any border line. Derived from Natural Earth 1:10m "
    "public domain country outlines (good to about 1-3 km) by giving each piece of the line to the nearest "
    "border district and splitting districts into posts. For demonstration and tests."
)
OUTLINE_NOTICE = "Indicative outline from Natural Earth 1:10m public domain data; no claim about any border line."


class Command(BaseCommand):
    """Write units/geodata/demo_sectors.geojson and, when asked, static/geo/outline.json.

    Gives the same bytes each time for the same inputs. Needs the development dependency shapely and the
    file countries-10m.json of the npm package world-atlas; running the software needs neither.
    """

    help = "Derive the illustrative demo sectors (and with --outline the background map) from an open outline."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where the outline is read from and whether the background map is written too."""
        parser.add_argument("--source", type=Path, default=None, help="countries-10m.json of npm world-atlas")
        parser.add_argument("--outline", action="store_true", help="write the background map too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the inputs, derive, write, and say what was written."""
        base = Path(settings.BASE_DIR)
        source: Path = options["source"] or base / "node_modules" / "world-atlas" / "countries-10m.json"
        if not source.exists():
            raise CommandError(f"No outline at {source}: run npm ci, or name the file with --source.")
        topology = json.loads(source.read_text(encoding="utf-8"))
        collection = derive_sectors(topology, base / "units")
        self._write(base / "units" / "geodata" / "demo_sectors.geojson", collection)
        if options["outline"]:
            self._write(base / "static" / "geo" / "outline.json", derive_outline(topology))

    def _write(self, path: Path, collection: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump_collection(collection), encoding="utf-8")
        size = path.stat().st_size // 1000
        self.stdout.write(f"{path.name}: {len(collection['features'])} features, {size} kB")


def derive_sectors(topology: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The whole sector file as one object; ``folder`` holds ``fixtures`` and ``geodata`` of this app."""
    from units import illustration

    districts = json.loads((folder / "fixtures" / "districts.json").read_text(encoding="utf-8"))
    anchors = json.loads((folder / "geodata" / "district_anchors.json").read_text(encoding="utf-8"))["anchors"]
    degrees = illustration.land_border(topology, HOME, NEIGHBOURS)
    borders = {name: illustration.to_metres(line) for name, line in degrees.items()}
    samples = [s for name, line in borders.items() for s in illustration.sample_line(line, neighbour=name)]
    nearest = illustration.assign_districts(samples, anchors)
    posts = illustration.cut_posts(samples, nearest, {d["code"]: d["frontage_km"] for d in districts})
    country = illustration.to_metres(illustration.country_shape(topology, HOME))
    areas = illustration.partition(posts, illustration.border_band(borders.values(), country))
    codes = [post.sector_code for post in posts]
    first, second = (codes.index(code) for code in PLANNED_OVERLAP)
    areas[first] = illustration.overlapped(areas[first], areas[second], width=OVERLAP_WIDTH)
    names = {d["code"]: (d["name_en"], d["name_km"]) for d in districts}
    planned = {PLANNED_GAP: "gap", **dict.fromkeys(PLANNED_OVERLAP, "overlap")}
    return {
        "type": "FeatureCollection",
        "name": "demo_sectors",
        "notice": NOTICE,
        "planned": [
            {"kind": "gap", "sectors": [PLANNED_GAP]},
            {"kind": "overlap", "sectors": list(PLANNED_OVERLAP), "width_m": int(OVERLAP_WIDTH)},
        ],
        "features": illustration.sector_features(posts, areas, illustration.stretches(posts, borders), names, planned),
    }


def derive_outline(topology: Mapping[str, Any]) -> dict[str, Any]:
    """The background map: Cambodia and its neighbours around it, and the land border lines."""
    from units import illustration

    features = illustration.outline_features(topology, {HOME: "KH", **NEIGHBOURS}, HOME, OUTLINE_BOX)
    return {"type": "FeatureCollection", "name": "outline", "notice": OUTLINE_NOTICE, "features": features}


def dump_collection(collection: Mapping[str, Any]) -> str:
    """A feature collection as text, one feature a line: small, and readable in a diff."""
    head = {key: value for key, value in collection.items() if key != "features"}
    features: Sequence[Any] = collection["features"]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "features": [\n' + lines + "\n]}\n"
