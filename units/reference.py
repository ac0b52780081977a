"""The field's own reference data: provinces, districts, communes, sections, markers, unresolved areas.

`load` may run any number of times: it adds what is missing and updates what the files changed, by code.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point
from django.db import transaction
from django.db.models import Model

from units import coverage
from units.models import (
    BorderMarker,
    BorderSection,
    Commune,
    District,
    Province,
    UnresolvedArea,
)

FIXTURES = Path(__file__).parent / "fixtures"
# Reference areas hold from long before any incident on record.
BEGINNING = datetime(1993, 9, 24, tzinfo=UTC)


def rows(name: str, folder: Path = FIXTURES) -> Iterator[dict[str, Any]]:
    """The objects of one fixture file."""
    yield from json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def _upsert(model: type[Model], key: str, rows_: Iterator[dict[str, Any]]) -> int:
    count = 0
    for row in rows_:
        model._default_manager.update_or_create(**{key: row.pop(key)}, defaults=row)
        count += 1
    return count


@transaction.atomic
def load() -> dict[str, int]:
    """Load all files; returns how many rows each has."""
    counts = {"provinces": _upsert(Province, "code", rows("provinces"))}
    provinces = {p.code: p for p in Province.objects.all()}
    counts["districts"] = _upsert(
        District, "code", ({**r, "province": provinces[r["province"]]} for r in rows("districts"))
    )
    districts = {d.code: d for d in District.objects.all()}
    counts["communes"] = _upsert(
        Commune, "code", ({**r, "district": districts[r["district"]]} for r in rows("communes"))
    )
    counts["border_sections"] = _upsert(
        BorderSection, "code", ({**r, "province": provinces[r["province"]]} for r in rows("border_sections"))
    )
    sections = {s.code: s for s in BorderSection.objects.all()}
    counts["border_markers"] = _upsert(BorderMarker, "code", (_marker(r, sections) for r in rows("border_markers")))
    counts["unresolved_areas"] = len([_area(r, districts) for r in rows("unresolved_areas")])
    return counts


def _marker(row: dict[str, Any], sections: dict[str, BorderSection]) -> dict[str, Any]:
    point = Point(row.pop("lon"), row.pop("lat"), srid=4326)
    return {**row, "section": sections[row["section"]], "point": point}


def _area(row: dict[str, Any], districts: dict[str, District]) -> UnresolvedArea:
    """An approximate circle, drawn in metres (UTM 48N) around the stated centre.

    The files are what the register began with: an area that has been changed or ended since stays as it is.
    """
    codes, code = row.pop("districts"), row.pop("code")
    centre = Point(row.pop("center_lon"), row.pop("center_lat"), srid=4326).transform(32648, clone=True)
    circle = centre.buffer(row.pop("radius_m"), quadsegs=8).transform(4326, clone=True)
    known = list(UnresolvedArea.objects.filter(code=code).order_by("pk"))
    if known and (len(known) > 1 or known[0].since != BEGINNING or known[0].until is not None):
        return known[0]
    area, _made = UnresolvedArea.objects.update_or_create(
        code=code, defaults={**row, "area": MultiPolygon(circle), "period": (BEGINNING, None)}
    )
    area.districts.set([districts[code] for code in codes])
    coverage.lay(area)
    return area
