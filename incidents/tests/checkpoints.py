"""What tests of checkpoints share: perimeters around O Yadav, and a report of a checkpoint in the middle of it."""

from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon

from crossings.models import Crossing
from incidents.models import Checkpoint, Incident

# O Yadav's point; its district's command is post-1607-1.
GATE = (107.462, 13.786)
# About a kilometre of longitude there.
KM = 0.00925


def square(lon: float, lat: float, half_km: float) -> MultiPolygon:
    """A square of that half side around a place."""
    reach = half_km * KM
    return MultiPolygon(Polygon.from_bbox((lon - reach, lat - reach, lon + reach, lat + reach)), srid=4326)


def draw(crossing: Crossing, shape: MultiPolygon | None) -> Crossing:
    """Give a crossing a perimeter, as the register's verbs do."""
    Crossing.objects.filter(pk=crossing.pk).update(perimeter=shape)
    crossing.refresh_from_db()
    return crossing


def reported(file: Any, **changes: Any) -> Checkpoint:
    """An unauthorised checkpoint as filed at the gate; name what differs."""
    incident: Incident = file(
        **{"category": "checkpoint_irregularity", "type": "unauthorised_checkpoint", "at": GATE, **changes}
    )
    return Checkpoint.objects.select_related("incident").get(incident=incident)
