"""Patrols with tracks for the tests of coverage, made without the reading of files."""

import uuid
from datetime import datetime, timedelta

from django.contrib.gis.geos import LineString, MultiLineString
from django.utils import timezone

from units.models import METRIC, Patrol, Sector, Track, Unit, User


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def patrol(unit: Unit, *, ended: datetime | None = None, **more: object) -> Patrol:
    """A finished patrol of four hours."""
    ended = ended or days_ago(0.2)
    values = {
        "client_key": uuid.uuid4(), "unit": unit, "state": "finished", "leader_name": "Leader", "strength": 4,
        "started_at": ended - timedelta(hours=4), "finished_at": ended, "entered_at": ended,
        "entered_by": User.objects.get(username="head"),
    }  # fmt: skip
    return Patrol.objects.create(**values | more)


def track(of: Patrol, *lines: LineString, ended: datetime | None = None, source: str = "gpx") -> Track:
    """A track along planar lines (UTM 48N)."""
    ended = ended or of.finished_at
    line_m = MultiLineString(*lines, srid=METRIC)
    return Track.objects.create(
        client_key=uuid.uuid4(), patrol=of, source=source, sha256=uuid.uuid4().hex * 2, size=1,
        path=line_m.transform(4326, clone=True), line_m=line_m, started_at=ended - timedelta(hours=4), ended_at=ended,
        length_m=line_m.length, points=line_m.num_coords, added_by=of.entered_by, added_at=ended,
    )  # fmt: skip


def along(sector: Sector, start: float = 0.0, end: float = 1.0, *, beside: float = 0.0) -> LineString:
    """A walk along a part of a sector's border line, by fractions, moved north by `beside` metres."""
    line = sector.border[0].transform(METRIC, clone=True)
    steps = [line.interpolate_normalized(start + (end - start) * i / 400) for i in range(401)]
    return LineString([(one.x, one.y + beside) for one in steps], srid=METRIC)
