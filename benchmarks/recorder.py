"""The flight recorder over a million incidents: a whole round, and an incremental one with 10,000 open duties."""

import json

from django.db import connection

from benchmarks.timing import absolute, once
from incidents import policies
from incidents.models import EscalationPolicy, Finding, RecorderRun
from incidents.recorder import rounds
from units.models import Unit, User

# One report in so many was escalated to three institutions; of those the newest still owe their answer.
ESCALATED_EVERY = 50
OPEN_ESCALATIONS = 3_334
FRESH = 500


def run(count: int) -> list[dict[str, object]]:
    """Everybody was told in time, so that no finding is written: the cost is that of looking."""
    with connection.cursor() as cursor:
        # What other figures filed has no notices, and would all be found.
        cursor.execute("TRUNCATE incidents_incident, borderwatch_delivery, incidents_recorderrun CASCADE")
    _fill(1, count)
    whole = once(lambda: rounds.run(whole=True)) / 1000
    _quiet()
    _fill(count + 1, count + FRESH)
    RecorderRun.objects.update(cursor=_newest() - FRESH)
    incremental = once(rounds.run) / 1000
    last = RecorderRun.objects.order_by("-started_at", "-id").first()
    assert last is not None
    assert last.incidents >= FRESH
    assert not Finding.objects.exists(), Finding.objects.first()
    return [
        absolute(f"flight recorder, {count:,} incidents", whole, 300, "s"),
        absolute(f"the same, incremental ({last.incidents:,} looked at)", incremental, 5, "s"),
    ]


def _newest() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM incidents_incident")
        return int(cursor.fetchone()[0])


def _quiet() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE borderwatch_delivery, incidents_incident, incidents_duty")


def _fill(first: int, last: int) -> None:
    """Incidents with the notices of their filing; some escalated, with duties, answers and steps."""
    policy = EscalationPolicy.objects.get(slug="unilateral-in-unresolved-area")
    frozen, institutions = policies.freeze(policy)
    unit = Unit.objects.get(code="post-1607-1")
    officer, head = User.objects.get(username="province"), User.objects.get(username="head")
    values = {
        "first": first,
        "last": last,
        "every": ESCALATED_EVERY,
        "unit": unit.pk,
        "officer": officer.pk,
        "head": head.pk,
        "policy": policy.pk,
        "frozen": json.dumps(frozen),
        "open": last - OPEN_ESCALATIONS * ESCALATED_EVERY,
    }
    with connection.cursor() as cursor:
        for statement in (_INCIDENTS, _ATTRIBUTIONS, _FILED, _ESCALATIONS):
            cursor.execute(statement, values)
        for institution in institutions:
            name = institution.code
            people = {
                "desk": User.objects.get(username=name).pk,
                "deputy": User.objects.get(username=f"{name}-deputy").pk,
                "principal": User.objects.get(username=f"{name}-principal").pk,
            }
            cursor.execute(_DUTIES, {**values, "institution": institution.pk})
            cursor.execute(_ANSWERS, {**values, "institution": institution.pk, "by": people["desk"]})
            for number, step in enumerate(frozen["steps"]):
                if step["level"] in people:
                    told = {"number": number, "after": step["after_min"], "user": people[step["level"]]}
                    cursor.execute(_STEPS, {**values, **told, "institution": institution.pk})
    _quiet()


# Old enough that every step of a ladder lies in the past.
_INCIDENTS = """
    INSERT INTO incidents_incident (ref, client_key, fingerprint, category, type, impact, text, status, close_reason,
        point, accuracy_m, coordinate_source, coordinate_text, place_name, side, province_id, occurred_at,
        time_precision, received_at, source, exceptional, filed_by_id, filed_for_id, responsible_unit_id, head_name,
        contested, audience)
    SELECT 'REC-' || n, gen_random_uuid(), md5(n::text),
        CASE WHEN n %% %(every)s = 0 THEN 'neighbour_unilateral_activity' ELSE 'smuggling' END, 'flag', 'low',
        'Loaded by the benchmark', 'submitted', '', ST_SetSRID(ST_MakePoint(107.42, 13.786), 4326), 50, 'gps', '', '',
        'own', (SELECT id FROM units_province WHERE code = '16'), at, 'minute', at, '', false,
        %(officer)s, %(unit)s, %(unit)s, '', false, ARRAY[%(unit)s]::bigint[]
    FROM (SELECT n, now() - interval '1 day' - (random() * interval '600 days') AS at
          FROM generate_series(%(first)s, %(last)s) AS n) AS made
"""
_BETWEEN = "i.ref LIKE 'REC-%%' AND substr(i.ref, 5)::int BETWEEN %(first)s AND %(last)s"
_ATTRIBUTIONS = f"""
    INSERT INTO incidents_attribution (incident_id, number, current, unit_id, unit_name_km, unit_name_en, sector_code,
        head_name_km, head_name_en, head_rank, head_acting, rule, candidates, confidence, reason, moment, decided_at,
        contested)
    SELECT i.id, 1, true, %(unit)s, '', '', '', '', '', '', false, 'sector', '[]', 'high', '', i.occurred_at,
        i.received_at, false
    FROM incidents_incident i WHERE {_BETWEEN}
"""
_DELIVERY = """
    INSERT INTO borderwatch_delivery (id, topic, event, bundle, kind, key, channel, recipient, recipient_name, user_id,
        language, payload, payload_sha256, state, state_reason, planned_at, due_at, created_at, done_at, attempts)
"""
_FILED = f"""
    {_DELIVERY}
    SELECT gen_random_uuid(), topic, 'incident:' || i.ref || ending, '', 'incident', i.ref, 'inapp', 'user:' || person,
        '', person, 'km', '{{}}', '', 'delivered', '', i.received_at, i.received_at, i.received_at, i.received_at, 0
    FROM incidents_incident i, (VALUES ('incident_filed', ':filed', %(officer)s),
        ('unit_answers', ':answers:1', %(head)s)) AS told (topic, ending, person)
    WHERE {_BETWEEN}
"""
_ESCALATIONS = f"""
    INSERT INTO incidents_escalation (incident_id, number, policy_id, frozen_policy, automatic, reason, started_at)
    SELECT i.id, 1, %(policy)s, %(frozen)s::jsonb, true, '', i.received_at FROM incidents_incident i
    WHERE {_BETWEEN} AND i.category = 'neighbour_unilateral_activity'
"""
# The newest of them still wait.
_WAITS = "substr(i.ref, 5)::int > %(open)s"
_DUTIES = f"""
    INSERT INTO incidents_duty (escalation_id, unit_id, state, started_at, due_at, answered_at)
    SELECT e.id, %(institution)s, CASE WHEN {_WAITS} THEN 'waiting' ELSE 'answered' END, e.started_at,
        e.started_at + interval '2 hours', CASE WHEN {_WAITS} THEN NULL ELSE e.started_at + interval '30 minutes' END
    FROM incidents_escalation e JOIN incidents_incident i ON i.id = e.incident_id WHERE {_BETWEEN}
"""
_ANSWERS = f"""
    INSERT INTO incidents_acknowledgement (duty_id, number, answer, comment, who_instead, by_id, by_name, at,
        withdrawn_reason)
    SELECT d.id, 1, 'accept', '', '', %(by)s, 'Bench', d.answered_at, ''
    FROM incidents_duty d JOIN incidents_escalation e ON e.id = d.escalation_id
    JOIN incidents_incident i ON i.id = e.incident_id
    WHERE {_BETWEEN} AND d.unit_id = %(institution)s AND d.state = 'answered'
"""
_STEPS = f"""
    {_DELIVERY}
    SELECT gen_random_uuid(), 'duty_reminder', 'duty:' || d.id || ':step:' || %(number)s, 'duty:' || d.id, 'incident',
        i.ref, 'inapp', 'user:' || %(user)s, '', %(user)s, 'km', '{{}}', '',
        'delivered', '', at, at, d.started_at, at, 0
    FROM incidents_duty d JOIN incidents_escalation e ON e.id = d.escalation_id
    JOIN incidents_incident i ON i.id = e.incident_id,
    LATERAL (SELECT d.started_at + %(after)s * interval '1 minute' AS at) AS step
    WHERE {_BETWEEN} AND d.unit_id = %(institution)s AND (d.state = 'waiting' OR at <= d.answered_at)
"""
