"""The crossings' reference data: the gates, and what each was held to be from the beginning."""

from pathlib import Path

from django.contrib.gis.geos import Point
from django.db import transaction

from borderwatch import clock
from crossings.choices import Flow, GateSide
from crossings.models import Classification, Crossing
from units.models import District
from units.reference import BEGINNING, rows

FIXTURES = Path(__file__).parent / "fixtures"
FIELDS = (
    "name_km",
    "name_en",
    "mode",
    "neighbour",
    "neighbour_place",
    "precision_km",
    "precision_note",
)


@transaction.atomic
def load() -> dict[str, int]:
    """Load the crossings by their slug; returns how many there are.

    The files are what the register began with: flows and categories that people have set since stay as they are.
    """
    districts = {d.code: d for d in District.objects.all()}
    count = 0
    for row in rows("crossings", FIXTURES):
        values = {name: row.get(name) or "" for name in FIELDS}
        values["precision_km"] = float(row["precision_km"])
        given = {**values, "district": districts[row["district"]], "point": Point(row["lon"], row["lat"], srid=4326)}
        crossing, _made = Crossing.objects.update_or_create(
            slug=row["slug"], defaults=given, create_defaults={**given, "flows": list(Flow.values)}
        )
        _classify(crossing, row["category_kh"])
        count += 1
    return {"crossings": count}


def _classify(crossing: Crossing, category: str) -> None:
    if not crossing.classifications.filter(side=GateSide.KH).exists():
        Classification.objects.create(
            crossing=crossing, side=GateSide.KH, category=category, period=(BEGINNING, None), set_at=clock.now()
        )
