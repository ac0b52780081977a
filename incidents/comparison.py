"""A conflicting copy beside the incident it arrived for: which fields differ, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from borderwatch.templatetags.words import moment
from incidents.choices import TYPE_LABELS, Category, CoordinateSource, Impact, Side, TimePrecision
from incidents.models import ConflictingCopy, Incident


@dataclass(frozen=True)
class Difference:
    """One field: what the incident says and what the copy says."""

    label: str
    ours: Any
    theirs: Any


def differences(incident: Incident, copy: ConflictingCopy) -> list[Difference]:
    """The fields in which a copy's content differs from the incident as it was filed."""
    theirs = copy.content
    rows = []
    for name, ours in _content(incident).items():
        # What a report leaves open, filing fills in; a copy that leaves it open too does not differ there.
        if name in {"accuracy_m", "district"} and not theirs.get(name):
            continue
        if name in theirs and _plain(name, theirs[name]) != _plain(name, ours):
            rows.append(Difference(_label(name), _words(name, ours), _words(name, theirs[name])))
    return rows


def _content(incident: Incident) -> dict[str, Any]:
    """The incident in the shape of `Report.content`."""
    return {
        "category": incident.category,
        "type": incident.type,
        "impact": incident.impact,
        "text": incident.text,
        "occurred_at": incident.occurred_at.isoformat(),
        "time_precision": incident.time_precision,
        "detected_at": incident.detected_at.isoformat() if incident.detected_at else None,
        "point": [round(incident.point.x, 7), round(incident.point.y, 7)] if incident.point else None,
        "accuracy_m": incident.accuracy_m,
        "coordinate_source": incident.coordinate_source,
        "coordinate_text": incident.coordinate_text,
        "place_name": incident.place_name,
        "side": incident.side,
        "near_marker": incident.near_marker.code if incident.near_marker else None,
        "near_crossing": incident.near_crossing.slug if incident.near_crossing else None,
        "district": incident.district.code if incident.district else None,
        "photos": sorted(photo.sha256 for photo in incident.evidence.all()),
    }


def _plain(name: str, value: Any) -> Any:
    """The value without differences of writing alone; empty values are alike."""
    if name in {"occurred_at", "detected_at"} and value:
        return datetime.fromisoformat(value)
    if isinstance(value, str):
        return value.strip()
    return value or None


def _label(name: str) -> str:
    if name == "photos":
        return _("photos")
    if name == "point":
        return _("position")
    return str(getattr(Incident._meta.get_field(name), "verbose_name", name))


_CHOICES: dict[str, dict[str, Any]] = {
    "category": dict(Category.choices),
    "type": TYPE_LABELS,
    "impact": dict(Impact.choices),
    "side": dict(Side.choices),
    "time_precision": dict(TimePrecision.choices),
    "coordinate_source": dict(CoordinateSource.choices),
}


def _words(name: str, value: Any) -> Any:
    """A value as a person reads it; "–" for nothing."""
    if value in (None, "", []):
        return "–"
    if name in {"occurred_at", "detected_at"}:
        return moment(datetime.fromisoformat(value))
    if name == "point":
        return f"{value[1]:.5f}, {value[0]:.5f}"
    if name == "photos":
        return ", ".join(digest[:8] for digest in value)
    return _CHOICES.get(name, {}).get(value, value)
