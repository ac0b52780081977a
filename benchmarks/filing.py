"""Filing in process, with attribution, audit and notices, against the same rows in one hand-written transaction."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, transaction

from benchmarks.timing import pair, ratio
from borderwatch.models import AuditEntry, Delivery
from incidents.actions import file_incident
from incidents.models import Attribution, Incident
from incidents.reports import Report
from units.models import Unit, User

ROUNDS = 60


def run() -> list[dict[str, object]]:
    """One plain report without an automatic escalation, and the ponds case that tells three institutions."""
    return [
        _measure("filing a plain report", "illegal_crossing", "group_crossing", 4.0),
        _measure("filing one that tells three institutions", "neighbour_unilateral_activity", "pond_or_canal", 4.0),
    ]


def _measure(what: str, category: str, kind: str, wanted: float) -> dict[str, object]:
    actor, unit = User.objects.get(username="district"), Unit.objects.get(code="district-1607")

    def ours() -> Incident:
        report = Report(
            category=category,
            type=kind,
            impact="high",
            text="benchmark",
            occurred_at=datetime.now(tz=UTC) - timedelta(hours=1),
            coordinate_source="gps",
            point=Point(107.42, 13.786, srid=4326),
            accuracy_m=20,
        )
        return file_incident(actor=actor, unit=unit, client_key=uuid.uuid4(), report=report).incident

    statements = _same_rows(ours())

    def limit() -> None:
        # Same row counts, same tables, same constraints and triggers; one statement a table, one commit.
        with transaction.atomic(), connection.cursor() as cursor:
            fresh = uuid.uuid4()
            for sql in statements:
                cursor.execute(sql, {"key": str(fresh), "ref": f"B-{fresh.hex[:16]}", "event": fresh.hex})

    ours_ms, limit_ms = pair(ours, limit, ROUNDS)
    return ratio(what, ours_ms, limit_ms, "same rows by hand", wanted)


def _same_rows(incident: Incident) -> list[str]:
    """INSERT … SELECT statements that write again the rows one filing wrote, under fresh keys."""
    copies: list[tuple[Any, str, dict[str, str]]] = [
        (Incident, f"id = {incident.pk}", {"id": "DEFAULT", "ref": "%(ref)s", "client_key": "%(key)s::uuid"}),
    ]
    sql = [_copy(*copies[0], returning=False)]
    new = "(SELECT id FROM incidents_incident WHERE ref = %(ref)s)"
    sql.append(_copy(Attribution, f"incident_id = {incident.pk}", {"id": "DEFAULT", "incident_id": new}))
    sql.append(
        _copy(AuditEntry, f"key = '{incident.ref}'", {"id": "DEFAULT", "recorded_at": "DEFAULT", "key": "%(ref)s"})
    )
    sql.append(
        _copy(
            Delivery,
            f"key = '{incident.ref}'",
            {"id": "gen_random_uuid()", "key": "%(ref)s", "event": "%(event)s || event"},
        )
    )
    if incident.escalations.exists():
        own = f"(SELECT id FROM incidents_escalation WHERE incident_id = {incident.pk})"
        added = f"(SELECT max(id) FROM incidents_escalation WHERE incident_id = {new})"
        from incidents.models import Clock, ClockEvent, Duty, Escalation

        sql.append(_copy(Escalation, f"incident_id = {incident.pk}", {"id": "DEFAULT", "incident_id": new}))
        clocks = f"(SELECT clock_id FROM incidents_duty WHERE escalation_id = {own})"
        # Copies get the next numbers in the same order, so a copy's number is the original's and so much more.
        last = Clock.objects.filter(duty__escalation__incident=incident).latest("pk").pk
        shift = f"clock_id + (SELECT max(id) FROM incidents_clock) - {last}"
        sql.append(_copy(Clock, f"id IN {clocks} ORDER BY id", {"id": "DEFAULT"}))
        sql.append(_copy(ClockEvent, f"clock_id IN {clocks}", {"id": "DEFAULT", "clock_id": shift}))
        sql.append(_copy(Duty, f"escalation_id = {own}", {"id": "DEFAULT", "escalation_id": added, "clock_id": shift}))
    return sql


def _copy(model: Any, where: str, changed: dict[str, str], *, returning: bool = False) -> str:
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields if changed.get(field.column) != "DEFAULT"]
    values = [changed.get(column, f'"{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} WHERE {where}"
