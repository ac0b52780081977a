"""What a change of the register would move among a hundred thousand incidents, as the job does it."""

from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone

import units.actions as verbs
from benchmarks import world
from benchmarks.timing import absolute, once
from borderwatch import jobs
from borderwatch.models import Job
from incidents import whatif
from incidents.models import Incident
from units.choices import ChangeState, RegisterLayer, Role, Verdict
from units.models import ProposedRow, RegisterChange, Sector, Unit, User

INCIDENTS = 100_000
# A province's redrawing, and the whole border's.
REDRAWN = (100, 5_000)


def run() -> list[dict[str, object]]:
    """Seconds from the start of the job to its end, for a change of a hundred sectors and for one of them all."""
    world.many_sectors()
    keeper = _keeper()
    _fill(keeper)
    return [_one(keeper, count) for count in REDRAWN]


def _one(keeper: User, count: int) -> dict[str, object]:
    change = _change(keeper, count)
    job = whatif.ask(change, keeper)
    seconds = once(lambda: jobs.run(job.pk)) / 1000
    job = Job.objects.get(pk=job.pk)
    assert job.state == Job.State.DONE, job.error
    # What keeps a run short: with nothing left to look at the figure would say nothing.
    assert job.result["incidents"] >= INCIDENTS, job.result
    assert job.result["moved"], job.result
    what = f"what-if of {count:,} sectors over {INCIDENTS:,} incidents, {job.result['looked_at']:,} within reach"
    return absolute(what, seconds, 60, "s")


def _keeper() -> User:
    known = User.objects.filter(username="bench_keeper").first()
    if known:
        return known
    user = verbs.create_user(actor=None, username="bench_keeper", password="a long bench password", name_en="Keeper")
    top = Unit.objects.get(code="moi")
    since = datetime(2020, 1, 1, tzinfo=UTC)
    verbs.post_person(actor=None, user=user, unit=top, role=Role.REGISTER_KEEPER, since=since)
    return user


def _fill(keeper: User) -> None:
    """Incidents of the last twelve months all over the sectors, by one INSERT … SELECT."""
    have = Incident.objects.filter(ref__startswith="WIF").count()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO incidents_incident (ref, client_key, fingerprint, category, type, impact, text, status,
                close_reason, point, accuracy_m, coordinate_source, coordinate_text, place_name, side, province_id,
                occurred_at, time_precision, received_at, source, exceptional, filed_by_id, filed_for_id,
                responsible_unit_id, head_name, contested, audience)
            SELECT 'WIF-' || n, gen_random_uuid(), md5(n::text), 'smuggling', 'fuel', 'low',
                'Loaded by the benchmark, row ' || n, 'submitted', '',
                ST_SetSRID(ST_MakePoint(104 + random() * 3.6, 11 + random() * 3.5), 4326), 50, 'gps', '', '', 'own',
                (SELECT id FROM units_province WHERE code = '16'), at, 'minute', at, '', false, %(filer)s, unit, unit,
                '', false, ARRAY[unit]
            FROM (SELECT n, now() - random() * interval '360 days' AS at, %(unit)s::bigint AS unit
                  FROM generate_series(%(first)s, %(last)s) AS n) AS made
            """,
            {"filer": keeper.pk, "unit": Unit.objects.get(code="command-16").pk, "first": have + 1, "last": INCIDENTS},
        )
        cursor.execute("VACUUM ANALYZE incidents_incident")


def _change(keeper: User, count: int) -> RegisterChange:
    """So many sectors handed over to one post, shape and all."""
    change = RegisterChange.objects.create(
        layer=RegisterLayer.SECTOR,
        state=ChangeState.DRAFT,
        title=f"bench, {count} sectors",
        effective_from=timezone.now(),
        proposed_by=keeper,
        proposed_at=timezone.now(),
    )
    heir = Unit.objects.get(code="post-1607-1")
    rows = Sector.objects.filter(code__startswith=world.GRID).order_by("pk")[:count]
    ProposedRow.objects.bulk_create(
        [
            ProposedRow(
                change=change,
                number=number,
                verdict=Verdict.CHANGED,
                code=sector.code,
                unit=heir,
                area=sector.area,
                replaces=sector.pk,
            )
            for number, sector in enumerate(rows, start=1)
        ],
        batch_size=500,
    )
    return change
