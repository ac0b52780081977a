"""What patrols have seen: everything anew from 20,000 patrols of 2,000 points, and one new track."""

import json
import statistics
import uuid
from datetime import timedelta

from django.contrib.gis.geos import LineString, MultiLineString
from django.db import connection
from django.utils import timezone

from benchmarks.timing import absolute, once
from incidents.demo import ground
from units import coverage
from units.models import METRIC, Patch, Patrol, Sector, Track, User

POINTS = 2_000
# So many different walks; each patrol walks one of them, moved by up to 60 m.
WALKS = 1_000
NEW_TRACKS = 30

# A walk of 2,000 positions 10 m apart to and fro along a sector's line, up to 150 m off it, with the jitter of a
# receiver, thinned to ten metres as every track is before it is kept.
MAKE_WALKS = """
    CREATE TEMP TABLE walks AS
    WITH lines AS (
        SELECT id, unit_id, ST_Transform(ST_GeometryN(border, 1), %(srid)s) AS line,
               row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS lines
        FROM units_sector WHERE border IS NOT NULL
    )
    SELECT nth, unit_id, ST_Multi(ST_Simplify(ST_MakeLine(position ORDER BY i), 10)) AS line
    FROM generate_series(0, %(walks)s - 1) AS nth
    JOIN lines ON lines.place = nth %% lines.lines
    CROSS JOIN LATERAL (
        SELECT i, ST_Translate(
            ST_LineInterpolatePoint(line, abs(2 * (way - floor(way)) - 1)),
            150 * sin(i / 90.0 + nth) + 30 * (random() - 0.5), 150 * cos(i / 70.0) + 30 * (random() - 0.5)) AS position
        FROM (SELECT i, (nth * 7919 %% 997) / 997.0 + i * 5 / ST_Length(line) AS way
              FROM generate_series(1, %(points)s) AS i) AS steps
    ) AS walked
    GROUP BY nth, unit_id
"""
MAKE_PATROLS = """
    INSERT INTO units_patrol (client_key, unit_id, state, sector_code, area_code, leader_name, strength, joint,
                              joint_with, started_at, finished_at, note, reason, entered_by_id, entered_at)
    SELECT gen_random_uuid(), unit_id, 'finished', '', '', 'Bench', 4, 'alone', '',
           now() - made.n * interval '13 minutes' - interval '6 hours', now() - made.n * interval '13 minutes',
           'bench', nth::text, %(user)s, now()
    FROM generate_series(1, %(patrols)s) AS made (n) JOIN walks ON walks.nth = made.n %% %(walks)s
"""
MAKE_TRACKS = """
    INSERT INTO units_track (client_key, patrol_id, source, sha256, original_name, size, path, line_m, started_at,
                             ended_at, timed, length_m, points, dropped, notes, added_by_id, added_at)
    SELECT gen_random_uuid(), patrol.id, 'gpx', patrol.id::text, '', 0, ST_Transform(line, 4326), line, started_at,
           finished_at, true, ST_Length(line), %(points)s, 0, '[]', %(user)s, now()
    FROM (SELECT p.*, ST_Translate(w.line, 120 * (random() - 0.5), 120 * (random() - 0.5)) AS line
          FROM units_patrol AS p JOIN walks AS w ON w.nth = p.reason::int WHERE p.note = 'bench') AS patrol
"""


def run(patrols: int = 20_000) -> list[dict[str, object]]:
    """Seconds for all coverage anew, and milliseconds for one new track."""
    _lines()
    _patrols(patrols)
    full = once(coverage.compute_all) / 1000
    times = [once(lambda track=track: coverage.see(track)) for track in _new_tracks()]  # type: ignore[misc]
    patches = Patch.objects.count()
    return [
        absolute(f"coverage of {patches:,} patches from {patrols:,} patrols of {POINTS:,} points", full, 60, "s"),
        absolute("coverage of one new track, median", statistics.median(times), 1000),
        absolute("the same, slowest", max(times), 1000),
    ]


def _lines() -> None:
    """Give the demo's sectors their lines, as the demo world does."""
    for feature in json.loads(ground.SECTORS.read_text(encoding="utf-8"))["features"]:
        line = MultiLineString(LineString(feature["properties"]["border"]), srid=4326)
        Sector.objects.filter(code=feature["properties"]["sector_code"], border=None).update(border=line)


def _patrols(count: int) -> None:
    values = {
        "srid": METRIC, "walks": WALKS, "points": POINTS, "patrols": count, "user": User.objects.earliest("pk").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE units_effort, units_patch, units_observation, units_track, units_patrol CASCADE")
        cursor.execute("DROP TABLE IF EXISTS walks")
        for sql in (MAKE_WALKS, MAKE_PATROLS, MAKE_TRACKS, "ANALYZE units_track", "ANALYZE units_patrol"):
            cursor.execute(sql, values)


def _new_tracks() -> list[Track]:
    """Tracks as fresh as can be, each along another walk."""
    made = []
    now = timezone.now()
    for patrol in Patrol.objects.filter(note="bench").order_by("?")[:NEW_TRACKS]:
        old = patrol.tracks.get()
        track = Track(
            client_key=uuid.uuid4(), patrol=patrol, source="gpx", sha256=uuid.uuid4().hex, size=0, path=old.path,
            line_m=old.line_m, started_at=now - timedelta(hours=6), ended_at=now + timedelta(seconds=len(made)),
            length_m=old.length_m, points=POINTS, added_by=patrol.entered_by, added_at=now,
        )  # fmt: skip
        track.save()
        made.append(track)
    return made
