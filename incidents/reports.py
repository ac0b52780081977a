"""What a person says in a report, checked for shape, and its fingerprint."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crossings.models import Crossing
from incidents.choices import TYPES, CoordinateSource, Impact, Side, Source, TimePrecision
from units import region
from units.models import BorderMarker, District, Unit

MAX_ACCURACY_M = 50_000
MAX_TEXT = 10_000


@dataclass(frozen=True, kw_only=True)
class Report:
    """The content of one report. Times are aware; the point is EPSG:4326, accuracy in metres."""

    category: str
    type: str
    impact: str
    text: str
    occurred_at: datetime
    coordinate_source: str
    time_precision: str = TimePrecision.MINUTE
    detected_at: datetime | None = None
    filed_at: datetime | None = None
    point: Point | None = None
    accuracy_m: int | None = None
    coordinate_text: str = ""
    place_name: str = ""
    side: str = Side.UNDETERMINED
    near_marker: BorderMarker | None = None
    near_crossing: Crossing | None = None
    district: District | None = None
    # How the event became known (`choices.Source`), "" when it is not said.
    source: str = ""
    # The unit of the reporter's own chain the report is about; then that chain does not see it.
    about: Unit | None = None

    def content(self, photos: Iterable[str] = ()) -> dict[str, Any]:
        """Everything that makes the report what it is, as JSON; the device's own clock is not part of it."""
        # What was added later is left out when it says nothing: a report sent again after an upgrade stays the same.
        later = {"source": self.source, "about": self.about.code if self.about else ""}
        return {
            **{name: value for name, value in later.items() if value},
            "category": self.category,
            "type": self.type,
            "impact": self.impact,
            "text": self.text.strip().replace("\r\n", "\n"),
            "occurred_at": self.occurred_at.astimezone(UTC).isoformat(),
            "time_precision": self.time_precision,
            "detected_at": self.detected_at.astimezone(UTC).isoformat() if self.detected_at else None,
            "point": [round(self.point.x, 7), round(self.point.y, 7)] if self.point else None,
            "accuracy_m": self.accuracy_m,
            "coordinate_source": self.coordinate_source,
            "coordinate_text": self.coordinate_text,
            "place_name": self.place_name.strip(),
            "side": self.side,
            "near_marker": self.near_marker.code if self.near_marker else None,
            "near_crossing": self.near_crossing.slug if self.near_crossing else None,
            "district": self.district.code if self.district else None,
            "photos": sorted(set(photos)),
        }

    def check(self, now: datetime) -> None:
        """Raise ValidationError by field when the report cannot be true or complete; `now` is the server's clock."""
        errors: dict[str, str] = {}
        if self.type not in TYPES.get(self.category, {}):
            errors["type"] = _("Choose what happened from the list.")
        if self.impact not in Impact.values:
            errors["impact"] = _("Say how serious it is.")
        if not self.text.strip():
            errors["text"] = _("Write in a few words what happened.")
        elif len(self.text) > MAX_TEXT:
            errors["text"] = _("The text is too long; at most %(n)s characters.") % {"n": MAX_TEXT}
        if self.occurred_at > now.replace(microsecond=0) and (self.occurred_at - now).total_seconds() > 600:
            errors["occurred_at"] = _("This time lies in the future. Check the date and the clock of your device.")
        if self.time_precision not in TimePrecision.values:
            errors["time_precision"] = _("Say how exactly the time is known.")
        if self.side not in Side.values:
            errors["side"] = _("Choose the side from the list.")
        if self.source and self.source not in Source.values:
            errors["source"] = _("Choose from the list how it became known.")
        errors |= self._place_errors()
        if errors:
            raise ValidationError(errors)

    def _place_errors(self) -> dict[str, str]:
        if self.coordinate_source not in CoordinateSource.values:
            return {"coordinate_source": _("Say where the position comes from.")}
        if self.point is None:
            if not self.place_name.strip():
                return {"place": _("Give the place: position, coordinates, marker, crossing, or at least a name.")}
            return {}
        if not region.inside(self.point.x, self.point.y):
            return {
                "place": _(
                    "This position (%(lat).5f, %(lon).5f) lies far outside Cambodia. "
                    "Latitude comes first and lies between 9 and 16, longitude between 101 and 109."
                )
                % {"lat": self.point.y, "lon": self.point.x}
            }
        if self.accuracy_m is not None and not 0 < self.accuracy_m <= MAX_ACCURACY_M:
            return {"accuracy_m": _("The accuracy must lie between 1 and %(n)s metres.") % {"n": MAX_ACCURACY_M}}
        return {}


def fingerprint(content: dict[str, Any]) -> str:
    """SHA-256 over the content in one canonical writing."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
