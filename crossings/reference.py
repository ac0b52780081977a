"""The crossings' reference data."""

from pathlib import Path

from django.contrib.gis.geos import Point
from django.db import transaction

from crossings.models import Crossing
from units.models import District
from units.reference import rows

FIELDS = (
    "name_km",
    "name_en",
    "category_kh",
    "mode",
    "neighbour",
    "neighbour_place",
    "precision_km",
    "precision_note",
)


@transaction.atomic
def load() -> dict[str, int]:
    """Load the crossings by their slug; returns how many there are."""
    districts = {d.code: d for d in District.objects.all()}
    count = 0
    for row in rows("crossings", Path(__file__).parent / "fixtures"):
        values = {name: row.get(name) or "" for name in FIELDS}
        values["precision_km"] = float(row["precision_km"])
        Crossing.objects.update_or_create(
            slug=row["slug"],
            defaults={
                **values,
                "district": districts[row["district"]],
                "point": Point(row["lon"], row["lat"], srid=4326),
            },
        )
        count += 1
    return {"crossings": count}
