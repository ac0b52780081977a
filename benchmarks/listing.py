"""The API's list of 50 newest among a million, for a person with 40 units, against hand-written SQL and orjson."""

from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection
from django.test import Client

import units.actions as verbs
from benchmarks.timing import absolute, pair, ratio
from incidents.models import Incident
from units import policy
from units.choices import Role, UnitKind
from units.models import Unit, User

PAGE = 50
# 40 of them hold some 66,000 of a million rows: enough for a page 1,000.
UNITS = 600


def run(count: int) -> list[dict[str, object]]:
    """First page, page 1,000, and the small table, each against the bare query of the same rows."""
    user = _person_with_forty_units()
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    _fill(min(count, 10_000))
    small = _first_page(client, user)[0]
    _fill(count)
    ours, bare = _first_page(client, user)
    deep = _deep_page(client, user)
    return [
        ratio(f"API list, 50 of {count:,}, 40 units", ours, bare, "SQL + orjson", 3.0),
        ratio("page 1,000 of that list", deep, ours, "first page", 1.2),
        ratio(f"{count:,} rows against 10,000", ours, small, "small table", 1.3),
        absolute("API list, whole request", ours, 200),
    ]


def _person_with_forty_units() -> User:
    """Bench units, forty of them under one administration where the person is posted."""
    known = User.objects.filter(username="bench").first()
    if known:
        return known
    top = verbs.create_unit(actor=None, code="bench-top", kind=UnitKind.ARMY, name_en="Bench")
    user = verbs.create_user(actor=None, username="bench", password="a long bench password", name_en="Bench")
    for number in range(39):
        verbs.create_unit(actor=None, code=f"bench-{number}", kind=UnitKind.ARMY, name_en=f"Bench {number}", parent=top)
    Unit.objects.bulk_create(
        Unit(code=f"bench-{n}", kind=UnitKind.ARMY, name_en=f"Bench {n}") for n in range(39, UNITS - 1)
    )
    verbs.post_person(actor=None, user=user, unit=top, role=Role.FILER, since=datetime(2020, 1, 1, tzinfo=UTC))
    return user


def _fill(count: int) -> None:
    """Load incidents by one INSERT … SELECT up to `count`, spread over the bench units and two years."""
    have = Incident.objects.filter(ref__startswith="BEN").count()
    if have >= count:
        return
    ids = list(Unit.objects.filter(code__startswith="bench-").order_by("pk").values_list("pk", flat=True))
    filer = User.objects.get(username="bench").pk
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO incidents_incident (ref, client_key, fingerprint, category, type, impact, text, status,
                close_reason, point, accuracy_m, coordinate_source, coordinate_text, place_name, side, province_id,
                occurred_at, time_precision, received_at, filed_by_id, filed_for_id, responsible_unit_id, head_name,
                contested, audience)
            SELECT 'BEN-' || n, gen_random_uuid(), md5(n::text), 'smuggling', 'fuel', 'low',
                'Loaded by the benchmark, row ' || n, 'submitted', '',
                ST_SetSRID(ST_MakePoint(102 + random() * 5, 10.5 + random() * 3.5), 4326), 50, 'gps', '', '', 'own',
                (SELECT id FROM units_province WHERE code = '16'), at, 'minute', at, %(filer)s, unit, unit, '', false,
                ARRAY[unit]
            FROM (SELECT n, now() - random() * interval '730 days' AS at,
                         (%(ids)s::bigint[])[1 + floor(random() * %(units)s)::int] AS unit
                  FROM generate_series(%(first)s, %(last)s) AS n) AS made
            """,
            {"filer": filer, "ids": ids, "units": len(ids), "first": have + 1, "last": count},
        )
        cursor.execute("VACUUM ANALYZE incidents_incident")


def _get(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:300]
    return answer


def _first_page(client: Client, user: User) -> tuple[float, float]:
    first = orjson.loads(_get(client, "/api/v1/incidents/").content)
    assert len(first["results"]) == PAGE
    ids = sorted(policy.unit_ids(user, policy.VIEW))
    fields = sorted(first["results"][0])

    def bare() -> bytes:
        """What nobody can be faster than: the same rows for known units, straight into JSON."""
        with connection.cursor() as cursor:
            cursor.execute(_BARE, {"ids": ids, "n": PAGE + 1})
            names = [column.name for column in cursor.description]
            return orjson.dumps([dict(zip(names, row, strict=True)) for row in cursor.fetchall()])

    assert fields, "the list is empty"
    return pair(lambda: _get(client, "/api/v1/incidents/"), bare, 40)


_BARE = """
    SELECT i.id, i.ref, i.category, i.type, i.impact, i.status, i.contested, i.text, i.occurred_at, i.time_precision,
        i.received_at, i.accuracy_m, i.coordinate_source, i.place_name, i.side, i.head_name,
        '/incidents/' || i.ref || '/' AS url, ST_X(i.point) AS lon, ST_Y(i.point) AS lat,
        p.code AS province_code, d.code AS district_code, u.code AS unit_code, u.name_km AS unit_name_km,
        u.name_en AS unit_name_en, f.code AS filed_for_code, i.drill_id IS NOT NULL AS exercise
    FROM incidents_incident i
    JOIN units_province p ON p.id = i.province_id LEFT JOIN units_district d ON d.id = i.district_id
    JOIN units_unit u ON u.id = i.responsible_unit_id JOIN units_unit f ON f.id = i.filed_for_id
    WHERE i.audience && %(ids)s::bigint[] ORDER BY i.received_at DESC, i.id DESC LIMIT %(n)s
"""


def _deep_page(client: Client, user: User) -> float:
    """Walk by cursor is what a client does; here we jump: the cursor of a row 50,000 down (or the last page)."""
    from benchmarks.timing import once
    from borderwatch import api

    rows = Incident.objects.visible_to(user)
    at = min(rows.count() - PAGE - 1, 999 * PAGE)
    row = rows.order_by("-received_at", "-id").values("received_at", "id")[at]
    address = f"/api/v1/incidents/?cursor={api.Cursor(row['received_at'], str(row['id'])).text()}"
    _get(client, address), _get(client, address)
    times = sorted(once(lambda: _get(client, address)) for _ in range(40))
    return times[len(times) // 2]
