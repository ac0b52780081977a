"""The crossings' reference data: the gates, what each side held them to be, and what was on record of their status.

The files are what the register began with. What people have set since stays as they set it.
"""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from borderwatch import clock
from borderwatch.models import AuditEntry
from crossings.choices import GateSide
from crossings.models import Classification, Crossing, CrossingStatus
from crossings.reference_weights import load_weights
from units.models import Commune, District
from units.reference import BEGINNING, rows

FIXTURES = Path(__file__).parent / "fixtures"
TEXTS = (
    "name_km",
    "name_en",
    "name_neighbour",
    "mode",
    "neighbour",
    "neighbour_place",
    "neighbour_admin1",
    "precision_note",
    "note",
)
LISTS = ("flows", "documents", "legal_references")


@transaction.atomic
def load() -> dict[str, int]:
    """Load the crossings by their slug; returns how many there are.

    A crossing that people have described since is left alone; one that has a category or a status of a side on record
    gets none from the files.
    """
    districts = {row.code: row for row in District.objects.all()}
    communes = {row.code: row for row in Commune.objects.all()}
    described = set(
        AuditEntry.objects.filter(kind="crossing", verb__in=("describe_crossing", "edit_reference")).values_list(
            "key", flat=True
        )
    )
    known = {row.slug: row for row in Crossing.objects.all()}
    for row in rows("crossings", FIXTURES):
        slug = row["slug"]
        if slug not in known or slug not in described:
            given = _described(row) | {
                "district": districts[row["district"]],
                "commune": communes[row["commune"]] if row["commune"] else None,
            }
            known[slug], _made = Crossing.objects.update_or_create(slug=slug, defaults=given)
    _classify(known)
    _statuses(known)
    load_weights()
    return {"crossings": len(list(rows("crossings", FIXTURES)))}


def _described(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] or "" for name in TEXTS},
        **{name: row[name] for name in LISTS},
        "precision_km": float(row["precision_km"]),
        "point": Point(row["lon"], row["lat"], srid=4326),
    }


def _classify(known: dict[str, Crossing]) -> None:
    taken = set(Classification.objects.values_list("crossing_id", "side"))
    now = clock.now()
    made = []
    for row in rows("crossings", FIXTURES):
        crossing = known[row["slug"]]
        for side, category, since in (
            (GateSide.KH, row["category_kh"], None),
            (GateSide.NEIGHBOUR, row["category_neighbour"], row["category_neighbour_since"]),
        ):
            if category and (crossing.pk, side.value) not in taken:
                period = (_midnight(since) or BEGINNING, None)
                made.append(Classification(crossing=crossing, side=side, category=category, period=period, set_at=now))
    Classification.objects.bulk_create(made)


def _statuses(known: dict[str, Crossing]) -> None:
    """Each with its source and how sure it is; a side people have set a status of is theirs."""
    taken = set(CrossingStatus.objects.values_list("crossing_id", "side"))
    now = clock.now()
    made = []
    for row in rows("statuses", FIXTURES):
        crossing = known[row["crossing"]]
        if (crossing.pk, row["side"]) in taken:
            continue
        period = (_midnight(row["since"]) or BEGINNING, _midnight(row["until"]))
        shared = {name: row[name] for name in ("side", "status", "legal_reference", "reason")}
        made += [CrossingStatus(crossing=crossing, flow=f, period=period, set_at=now, **shared) for f in row["flows"]]
    CrossingStatus.objects.bulk_create(made)


def _midnight(day: str | None) -> datetime | None:
    """The first moment of a day in Phnom Penh."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time())) if day else None
