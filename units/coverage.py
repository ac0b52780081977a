"""Which ground has been seen by patrols, and when: the patches of ground, and what a track has seen of them.

A sector's border line is cut into patches of about 100 m, an unresolved area into squares of 250 m. A patch counts as
seen when its middle lies within `PATROL_SEES_M` of a track. Everything here is derived from the register and the
tracks and may be computed anew at any time; what is read from it stands in `units/ground.py`.

Source: directive duty D11, regular patrols in agreed and unresolved areas alike.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from units.models import METRIC, Patch, Sector, Track, UnresolvedArea

# Metres: the wanted length of a patch of line, and the side of a square of an area.
PIECE_M = 100
SQUARE_M = 250
# A huge area is cut into bigger squares, so that it never makes more than about so many.
SQUARES_MAX = 20_000
# Slivers smaller than this (square metres) at the rim of an area are left out.
SLIVER_M2 = 1
# Tracks are taken so many at a time, newest first.
BATCH = 200

LAY_LINE = """
    INSERT INTO units_patch (sector_id, number, kilometre, shape, measure)
    WITH lines AS (
        SELECT (part).path AS place, (part).geom AS line, ST_Length((part).geom) AS length
        FROM (SELECT ST_Dump(ST_LineMerge(ST_Transform(border, %(srid)s))) AS part
              FROM units_sector WHERE id = %(pk)s) AS dumped
    ), runs AS (
        SELECT place, line, length, greatest(1, round(length / %(piece)s))::int AS pieces,
               sum(length) OVER (ORDER BY place) - length AS before
        FROM lines WHERE length > 0
    ), pieces AS (
        SELECT place, i, before + length * (i - 0.5) / pieces AS middle,
               ST_LineSubstring(line, (i - 1.0) / pieces, least(1.0, i::float / pieces)) AS shape
        FROM runs, generate_series(1, pieces) AS i
    )
    SELECT %(pk)s, row_number() OVER (ORDER BY place, i), floor(middle / 1000)::int + 1, shape, ST_Length(shape)
    FROM pieces
"""

LAY_SQUARES = """
    INSERT INTO units_patch (area_id, number, kilometre, shape, measure)
    WITH ground AS MATERIALIZED (
        SELECT ST_Transform(area, %(srid)s) AS shape FROM units_unresolvedarea WHERE id = %(pk)s
    ), squares AS (
        SELECT cell.i, cell.j, ST_CollectionExtract(ST_Intersection(cell.geom, ground.shape), 3) AS shape
        FROM ground, ST_SquareGrid(greatest(%(side)s, sqrt(ST_Area(ground.shape) / %(most)s)), ground.shape) AS cell
        WHERE ST_Intersects(cell.geom, ground.shape)
    )
    SELECT %(pk)s, row_number() OVER (ORDER BY j DESC, i), 0, shape, ST_Area(shape)
    FROM squares WHERE ST_Area(shape) >= %(sliver)s
"""

# Rows are locked in one order, so that two tracks saved at a time never wait for each other in a circle.
SEE = """
    WITH track AS MATERIALIZED (SELECT id, ended_at, line_m FROM units_track WHERE id = %(pk)s),
    seen AS MATERIALIZED (
        SELECT patch.id FROM units_patch AS patch, track
        WHERE ST_DWithin(patch.shape, track.line_m, %(reach)s)
          AND ST_DWithin(ST_Centroid(patch.shape), track.line_m, %(reach)s)
    ), locked AS MATERIALIZED (
        SELECT id FROM units_patch WHERE id IN (SELECT id FROM seen) ORDER BY id FOR UPDATE
    )
    UPDATE units_patch AS patch SET last_seen_at = track.ended_at, last_track_id = track.id
    FROM locked, track
    WHERE patch.id = locked.id AND (patch.last_seen_at IS NULL OR patch.last_seen_at < track.ended_at)
"""


@transaction.atomic
def lay(ground: Sector | UnresolvedArea) -> int:
    """Cut a sector's border line or an area into patches and find when each was last seen; returns how many.

    What was there of this very row is thrown away first. A sector without a border line has no patches.
    """
    Patch.objects.filter(_of(ground)).delete()
    made = _cut(ground)
    if made:
        _look_back(_where(ground))
    return made


@contextmanager
def _cursor() -> Iterator[Any]:
    """A cursor for many short geometric statements: compiling each of them would take longer than running it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        yield cursor


def _of(ground: Sector | UnresolvedArea) -> Q:
    return Q(sector=ground.pk) if isinstance(ground, Sector) else Q(area=ground.pk)


def _where(ground: Sector | UnresolvedArea) -> str:
    return f"{'sector_id' if isinstance(ground, Sector) else 'area_id'} = {int(ground.pk)}"


def _cut(ground: Sector | UnresolvedArea) -> int:
    values = {"pk": ground.pk, "srid": METRIC, "piece": PIECE_M, "side": SQUARE_M, "most": SQUARES_MAX}
    with _cursor() as cursor:
        cursor.execute(LAY_LINE if isinstance(ground, Sector) else LAY_SQUARES, values | {"sliver": SLIVER_M2})
        return int(cursor.rowcount)


@transaction.atomic
def see(track: Track) -> int:
    """Mark what a new track has seen; returns how many patches are fresher for it. Safe to call twice."""
    with _cursor() as cursor:
        cursor.execute(SEE, {"pk": track.pk, "reach": settings.PATROL_SEES_M})
        return int(cursor.rowcount)


@transaction.atomic
def compute_all(tell: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Compute all coverage anew, and lay ground that has no patches yet; returns how many patches there are.

    A track that is saved meanwhile keeps its marks. `tell` hears how many tracks of how many are done.
    """
    for ground in [*Sector.objects.filter(border__isnull=False, patches=None).only("pk"),
                   *UnresolvedArea.objects.filter(patches=None).only("pk")]:  # fmt: skip
        _cut(ground)
    _look_back("true", tell)
    return Patch.objects.count()


# --- the whole, newest track first -------------------------------------------------------------------------------
# A patch leaves the search with the first track that saw it, so that most pairs of patch and track are never looked
# at. Batches are a matter of speed alone.
PREPARE = """
    CREATE TEMP TABLE coverage_sought ON COMMIT DROP AS
        SELECT id, ST_Centroid(shape) AS middle FROM units_patch WHERE {where};
    CREATE INDEX ON coverage_sought USING gist (middle);
    CREATE TEMP TABLE coverage_found (id bigint PRIMARY KEY, track_id bigint, at timestamptz) ON COMMIT DROP;
    CREATE TEMP TABLE coverage_tracks ON COMMIT DROP AS
        SELECT id, ended_at, row_number() OVER (ORDER BY ended_at DESC, id DESC) AS rank FROM units_track
        WHERE ST_DWithin(line_m, (SELECT ST_SetSRID(ST_Extent(middle)::geometry, %(srid)s) FROM coverage_sought),
                         %(reach)s);
    CREATE UNIQUE INDEX ON coverage_tracks (rank);
    ANALYZE coverage_sought;
"""
FIND = """
    WITH batch AS MATERIALIZED (  -- a copy of the line, else it is unpacked anew for every pair
        SELECT track.id, track.ended_at, nth.rank, ST_SetSRID(track.line_m, %(srid)s) AS line
        FROM coverage_tracks AS nth JOIN units_track AS track ON track.id = nth.id
        WHERE nth.rank > %(done)s AND nth.rank <= %(done)s + %(batch)s
    ), found AS (
        INSERT INTO coverage_found (id, track_id, at)
        SELECT DISTINCT ON (s.id) s.id, batch.id, batch.ended_at
        FROM batch JOIN coverage_sought AS s ON ST_DWithin(s.middle, batch.line, %(reach)s)
        ORDER BY s.id, batch.rank
        RETURNING id
    )
    DELETE FROM coverage_sought USING found WHERE coverage_sought.id = found.id
"""
# Rows are locked in one order. A mark by a track that was not among those looked at was set meanwhile and is newer
# knowledge; the marks are read again under the lock.
KEEP = """
    ANALYZE coverage_found;
    CREATE TEMP TABLE coverage_fresh ON COMMIT DROP AS
        SELECT p.id, f.at, f.track_id FROM units_patch AS p LEFT JOIN coverage_found AS f ON f.id = p.id
        WHERE {where} AND (p.last_seen_at, p.last_track_id) IS DISTINCT FROM (f.at, f.track_id);
    ANALYZE coverage_fresh;
    SELECT id FROM units_patch WHERE id IN (SELECT id FROM coverage_fresh) ORDER BY id FOR UPDATE;
    UPDATE units_patch AS patch SET last_seen_at = fresh.at, last_track_id = fresh.track_id
    FROM coverage_fresh AS fresh
    WHERE patch.id = fresh.id
      AND (patch.last_track_id IS NULL OR patch.last_track_id IN (SELECT id FROM coverage_tracks)
           OR patch.last_seen_at < fresh.at);
"""
TABLES = "coverage_sought, coverage_found, coverage_tracks, coverage_fresh"


def _look_back(where: str, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Find the newest track that saw each of these patches, and keep it."""
    values = {"srid": METRIC, "reach": settings.PATROL_SEES_M, "batch": BATCH}
    with _cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLES}")
        cursor.execute(PREPARE.format(where=where), values)
        cursor.execute("SELECT count(*) FROM coverage_tracks")
        total: int = cursor.fetchone()[0]
        for done in range(0, total, BATCH):
            cursor.execute(FIND, values | {"done": done})
            tell(min(done + BATCH, total), total)
        cursor.execute(KEEP.format(where=where))
        cursor.execute(f"DROP TABLE {TABLES}")
