"""Traffic: what a page asks of ten million counts, an import of a hundred thousand rows, the register on one date."""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

import units.actions as verbs
from benchmarks.timing import absolute, once
from borderwatch import jobs, sealed
from crossings import actions, standing, traffic
from crossings.actions import imports
from crossings.models import Crossing, TrafficLine, TrafficOutlier, TrafficSheet
from units.choices import Role
from units.models import Unit, User

CROSSINGS = 1_000
# Lines of a sheet, as a gate of some size has them.
LINES = 10
PREFIX = "bench-gate-"
ROUNDS = 15
# An import: so many rows of so many gates.
IMPORTED = 100_000
GATES = 10

MAKE_CROSSINGS = """
    INSERT INTO crossings_crossing (name_km, name_en, slug, name_neighbour, mode, district_id, neighbour,
        neighbour_place, neighbour_admin1, point, precision_km, precision_note, perimeter_source, opens_at, closes_at,
        flows, documents, agencies, legal_references, capacity, contact, note, illustrative)
    SELECT '', 'Bench gate ' || n, %(prefix)s || n, '', 'road', places.id, 'VN', '', '',
        ST_SetSRID(ST_MakePoint(107, 13), 4326), 1, '', '', CASE WHEN n %% 3 = 0 THEN NULL ELSE time '06:00' END,
        CASE WHEN n %% 3 = 0 THEN NULL ELSE time '18:00' END, ARRAY['people', 'goods', 'vehicles'],
        ARRAY[]::varchar[], ARRAY[]::varchar[], ARRAY[]::varchar[], '', '', '', true
    FROM generate_series(1, %(crossings)s) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS places
          FROM units_district) AS places ON places.place = n %% places.places
"""
# Three flows on two sides, five periods each.
MAKE_STATUSES = """
    INSERT INTO crossings_crossingstatus (crossing_id, side, flow, status, period, legal_reference, reason, set_at)
    SELECT gate.id, side, flow, (ARRAY['open', 'restricted', 'closed', 'open', 'open'])[1 + nth],
        tstzrange(CASE WHEN nth > 0 THEN now() - (4 - nth) * interval '150 days' - interval '30 days' END,
                  CASE WHEN nth < 4 THEN now() - (3 - nth) * interval '150 days' - interval '30 days' END),
        'bench', '', now()
    FROM crossings_crossing AS gate, unnest(ARRAY['kh', 'neighbour']) AS side,
         unnest(ARRAY['people', 'goods', 'vehicles']) AS flow, generate_series(0, 4) AS nth
    WHERE gate.slug LIKE %(prefix)s || '%%'
"""
MAKE_SHEETS = """
    INSERT INTO crossings_trafficsheet (crossing_id, day, direction, version, current, fingerprint, observed_minutes,
        method, observer, note, although_closed, reason, passengers, vehicles, tonnes, refused, searches, source,
        entered_by_id, entered_at)
    SELECT gate.id, current_date - nth, way, 1, true, md5(gate.id::text || nth || way), 480 + (nth * 7) %% 240,
        'counted', 'Bench', '', false, '', (80 + 40 * random())::int, (20 + 10 * random())::int,
        (10 + 5 * random())::numeric(14, 3), CASE WHEN nth %% 5 = 0 THEN 1 END, NULL, 'page', %(user)s,
        now() - nth * interval '1 day'
    FROM generate_series(1, %(days)s) AS nth, unnest(ARRAY['in', 'out']) AS way,
         (SELECT id FROM crossings_crossing WHERE slug LIKE %(prefix)s || '%%') AS gate
"""
MAKE_LINES = """
    INSERT INTO crossings_trafficline (sheet_id, kind, class_of, nationality, document, number, currency)
    SELECT sheet.id, 'passengers', '', (ARRAY['khmer', 'neighbour', 'other', 'unknown'])[1 + nth / 3 %% 4],
        (ARRAY['passport', 'border_pass', 'none'])[1 + nth %% 3], 10, ''
    FROM crossings_trafficsheet AS sheet, generate_series(0, %(lines)s - 1) AS nth
    WHERE sheet.observer = 'Bench'
"""


def run(rows: int = 10_000_000) -> list[dict[str, object]]:
    """Milliseconds of the questions, seconds of the import; the time of loading and its size are said beside."""
    user = _person()
    _fill(user, rows)
    # Of an earlier run of this bench on the same database.
    TrafficOutlier.objects.filter(sheet__source="import").delete()
    TrafficLine.objects.filter(sheet__source="import").delete()
    TrafficSheet.objects.filter(source="import").delete()
    crossings = list(Crossing.objects.filter(slug__startswith=PREFIX).order_by("?")[:ROUNDS])
    last = date.today() - timedelta(days=1)  # noqa: DTZ011 - the day the rows were made by
    year = last - timedelta(days=364)
    month = traffic.month_of(last.replace(day=1) - timedelta(days=1))
    rows_now = TrafficLine.objects.count()
    of = f"of {rows_now:,} counts"
    return [
        _median(
            f"a crossing's year by day {of}",
            crossings,
            lambda one: traffic.series(user, one, "passengers", year, last),
            50,
        ),
        _median(f"a month by province, national, {of}", crossings, lambda one: traffic.by_province(user, *month), 300),
        _median(
            f"status of {Crossing.objects.count():,} crossings at a date, 3 flows, 2 sides, 5 periods",
            crossings,
            lambda one: standing.standings(None, timezone.now() - timedelta(days=200)),
            50,
        ),
        _import(),
    ]


def _import() -> dict[str, object]:
    """Seconds from a file's arrival to its last day on record: the dry run, then the entering, as the jobs do them."""
    actor = User.objects.get(username="province")
    unit = Unit.objects.get(code="province-16")
    gates = list(Crossing.objects.filter(slug__startswith=PREFIX, district__province__code="16")[:GATES])
    lines = list(_file(gates))
    upload = SimpleUploadedFile("bench.csv", "\n".join(lines).encode(), "text/csv")
    imported = actions.upload_traffic(
        actor=actor, unit=unit, file=sealed.keep(upload, max_bytes=settings.TRAFFIC_FILE_MAX_BYTES)
    )
    read = once(lambda: jobs.run(jobs.latest(imports.subject(imported), imports.READ_JOB).pk))  # type: ignore[union-attr]
    imported.refresh_from_db()
    assert imported.counts.get("new") == IMPORTED // LINES, (imported.errors, imported.counts)
    actions.apply_import(actor=actor, imported=imported)
    entered = once(lambda: jobs.run(jobs.latest(imports.subject(imported), imports.APPLY_JOB).pk))  # type: ignore[union-attr]
    imported.refresh_from_db()
    assert imported.counts.get("entered") == IMPORTED // LINES, (imported.state, imported.counts)
    what = f"import of {len(lines) - 1:,} rows: read in {read / 1000:.1f} s, entered in {entered / 1000:.1f} s"
    return absolute(what, (read + entered) / 1000, 30, "s")


def _file(gates: list[Crossing]) -> Iterator[str]:
    """Both directions of some gates over days long before those on record, ten classes each."""
    yield "crossing,day,direction,kind,nationality,document,number,observed_hours,method,observer"
    days = IMPORTED // (LINES * 2 * len(gates))
    last = date.today() - timedelta(days=1_500)  # noqa: DTZ011 - any day long ago
    people = [
        (group, paper) for group in ("khmer", "neighbour", "other") for paper in ("passport", "border_pass", "none")
    ]
    for gate in gates:
        for n in range(days):
            day = last - timedelta(days=n)
            for way in ("in", "out"):
                for nth, (group, paper) in enumerate([*people, ("unknown", "none")]):
                    number = 10 + (n + nth) % 7
                    yield f"{gate.slug},{day},{way},passengers,{group},{paper},{number},12,counted,Bench clerk"


def _median(what: str, crossings: list[Crossing], ask: Callable[[Crossing], Any], wanted: float) -> dict[str, object]:
    ask(crossings[0])
    return absolute(f"{what}, median", statistics.median(once(lambda one=one: ask(one)) for one in crossings), wanted)  # type: ignore[misc]


def _person() -> User:
    known = User.objects.filter(username="bench_traffic").first()
    if known:
        return known
    user = verbs.create_user(actor=None, username="bench_traffic", password="a long bench password", name_en="Reader")
    since = timezone.now() - timedelta(days=3650)
    verbs.post_person(actor=None, user=user, unit=Unit.objects.get(code="moi"), role=Role.OFFICIAL, since=since)
    return user


def _fill(user: User, rows: int) -> None:
    """So many lines on sheets of a tenth of them, both directions of every gate, up to yesterday."""
    if TrafficLine.objects.count() >= rows:
        return
    days = max(1, rows // (LINES * CROSSINGS * 2))
    values = {"prefix": PREFIX, "crossings": CROSSINGS, "user": user.pk, "days": days, "lines": LINES}
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crossings_trafficoutlier, crossings_trafficline, crossings_trafficsheet CASCADE")
        if not Crossing.objects.filter(slug__startswith=PREFIX).exists():
            cursor.execute(MAKE_CROSSINGS, values)
            cursor.execute(MAKE_STATUSES, values)
        cursor.execute(MAKE_SHEETS, values)
        cursor.execute(MAKE_LINES, values)
        for table in ("crossing", "crossingstatus", "trafficsheet", "trafficline"):
            cursor.execute(f"VACUUM ANALYZE crossings_{table}")
        cursor.execute(
            "SELECT pg_size_pretty(pg_total_relation_size('crossings_trafficline') + "
            "pg_total_relation_size('crossings_trafficsheet'))"
        )
        size = cursor.fetchone()[0]
    print(f"  {days * CROSSINGS * 2 * LINES:,} counts made in {time.perf_counter() - begin:.0f} s, {size} of disk")
