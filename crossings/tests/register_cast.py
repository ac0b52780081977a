"""What the tests of the register of crossings share."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.gis.geos import Point

from crossings import actions
from crossings.models import Crossing
from units.models import District

DAY = datetime(2026, 6, 1, tzinfo=UTC)
# Inside the sector of post-1607-1, near Pak Nhai.
TRACK = (107.44, 13.75)


def english(user: Any) -> Any:
    """The person, reading English."""
    user.language = "en"
    user.save(update_fields=["language"])
    return user


def corridor(actor: Any, **changes: Any) -> Crossing:
    """An illegal corridor in Ou Ya Dav; name what differs (`at`: longitude and latitude)."""
    lon, lat = changes.pop("at", TRACK)
    given: dict[str, Any] = {
        "name_km": "ផ្លូវព្រៃ",
        "name_en": "Forest track",
        "category": "illegal_corridor",
        "mode": "foot",
        "district": District.objects.get(code="1607"),
        "neighbour": "VN",
        "point": Point(lon, lat, srid=4326),
        "precision_km": 0.1,
    }
    return actions.register_crossing(actor=actor, **{**given, **changes})


def filled(form: Any) -> dict[str, Any]:
    """What a browser sends of a form nobody touched."""
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, [])}
