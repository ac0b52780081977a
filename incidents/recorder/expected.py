"""What should have been told, derived from incidents, frozen policies and postings, never from the notices.

Rules (docs/escalation.md): the province's officers and the head of the unit learn of every report at filing; what a
policy starts by itself makes a duty for each of its institutions (D9); each step of a duty's ladder reaches who serves
at that level then, until the institution has answered.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from borderwatch.models import AuditEntry
from incidents.choices import AreaRule
from incidents.choices_answers import ClockEventKind
from incidents.models import (
    Acknowledgement,
    Attribution,
    ClockEvent,
    Duty,
    Escalation,
    EscalationPolicy,
    Incident,
    Snooze,
)
from incidents.recorder.staffing import Staffing
from units.choices import Role

# Minutes after which something that should have happened counts as missing.
TOLERANCE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Expected:
    """One person to be told of one event by a time; `user` None: anybody at the unit would do."""

    incident: int
    ref: str
    unit: int | None
    event: str
    at: datetime
    user: int | None
    # When an answer made it needless; notices cancelled from shortly after `at` on are then no fault.
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MissingDuty:
    """An institution that should owe an answer and does not."""

    incident: int
    unit: int | None
    policy: str
    institution: str
    at: datetime


@dataclass(slots=True)
class Batch:
    """What some incidents demand."""

    expected: list[Expected]
    missing: list[MissingDuty]
    # Duty → when it was answered for good, for notices that left afterwards.
    answered: dict[int, tuple[int, datetime]]


_COLUMNS = ("pk", "ref", "received_at", "province_id", "exceptional", "category", "type", "impact")


def derive(keys: Sequence[int], staffing: Staffing, now: datetime) -> Batch:
    """Everything these incidents demand up to `now`; a handful of queries however many they are."""
    rows = list(Incident.objects.filter(pk__in=keys).order_by().values(*_COLUMNS))
    batch = Batch([], [], {})
    # Who answered by the first attribution, whatever was ruled later: that head was told at filing.
    first = dict(Attribution.objects.filter(incident__in=keys, number=1).order_by().values_list("incident", "unit"))
    for row in rows:
        batch.expected += _at_filing(row, first.get(row["pk"]), staffing)
    escalations = list(Escalation.objects.filter(incident__in=keys).order_by().select_related("incident"))
    started = {escalation.incident_id for escalation in escalations}
    batch.missing += _not_started([row for row in rows if row["pk"] not in started], staffing)
    duties = _duties(escalations)
    for escalation in escalations:
        for code in (one["unit"] for one in escalation.frozen_policy["duties"]):
            unit = staffing.unit_by_code.get(code)
            if (escalation.pk, unit) not in duties:
                policy = escalation.frozen_policy["slug"]
                batch.missing.append(MissingDuty(escalation.incident_id, unit, policy, code, escalation.started_at))
    ends = _ends(list(duties.values()))
    for duty in duties.values():
        end = ends[duty.pk]
        if end.answered is not None:
            batch.answered[duty.pk] = (duty.escalation.incident_id, end.answered)
        batch.expected += _ladder(duty, end, staffing, now)
    return batch


def _at_filing(row: dict[str, Any], unit: int | None, staffing: Staffing) -> Iterator[Expected]:
    at, ref = row["received_at"], row["ref"]
    if row["exceptional"]:
        # Who that is depends on the unit the report is about, which stays secret here too: somebody must know.
        yield Expected(row["pk"], ref, None, f"incident:{ref}:filed", at, None)
        return
    province = staffing.administration.get(row["province_id"])
    for user in staffing.serving(province, Role.PROVINCE_OFFICER, at):
        yield Expected(row["pk"], ref, province, f"incident:{ref}:filed", at, user)
    for user in staffing.serving(unit, Role.COMMANDER, at):
        yield Expected(row["pk"], ref, unit, f"incident:{ref}:answers:1", at, user)


def _duties(escalations: Sequence[Escalation]) -> dict[tuple[int, int], Duty]:
    by_key = {escalation.pk: escalation for escalation in escalations}
    found = {}
    for duty in Duty.objects.filter(escalation__in=by_key).select_related("clock__hours_of").order_by():
        duty.escalation = by_key[duty.escalation_id]
        found[duty.escalation_id, duty.unit_id] = duty
    return found


@dataclass(slots=True)
class _End:
    """When the first round of a ladder ended, and when the duty was answered for good."""

    first: datetime | None = None
    answered: datetime | None = None


def _ends(duties: Sequence[Duty]) -> dict[int, _End]:
    """Answers, pauses and puttings-off of duties, in three queries."""
    ends = {duty.pk: _End() for duty in duties}
    answers = Acknowledgement.objects.filter(duty__in=ends).order_by("at")
    for duty, at, withdrawn in answers.values_list("duty", "at", "withdrawn_at"):
        end = ends[duty]
        end.first = min(end.first or at, at)
        end.answered = at if withdrawn is None else None
    # A duty may also be taken from an institution (transfer) or stand still: the clock says so.
    by_clock = {duty.clock_id: duty.pk for duty in duties if duty.clock_id}
    halting = (ClockEventKind.PAUSE, ClockEventKind.STOP)
    events = ClockEvent.objects.filter(clock__in=by_clock, kind__in=halting)
    for clock, at in events.order_by().values_list("clock", "at"):
        end = ends[by_clock[clock]]
        end.first = min(end.first or at, at)
    for duty, at in Snooze.objects.filter(duty__in=ends).order_by().values_list("duty", "at"):
        # What was put off comes at another time: the first round is judged up to there.
        ends[duty].first = min(ends[duty].first or at, at)
    return ends


def _ladder(duty: Duty, end: _End, staffing: Staffing, now: datetime) -> Iterator[Expected]:
    escalation = duty.escalation
    incident = escalation.incident
    # Steps count as the duty's clock does: every minute, or the office's working hours.
    calendar = staffing.calendar(duty.clock.hours_of if duty.clock else None)
    for number, step in enumerate(escalation.frozen_policy["steps"]):
        at = calendar.add(duty.started_at, step["after_min"])
        if at > now - TOLERANCE or (end.first is not None and end.first <= at):
            continue
        for user in staffing.at_level(duty.unit_id, step["level"], at):
            event = f"duty:{duty.pk}:step:{number}"
            yield Expected(incident.pk, incident.ref, duty.unit_id, event, at, user, until=end.first)


def _not_started(rows: Sequence[dict[str, Any]], staffing: Staffing) -> Iterator[MissingDuty]:
    """Reports that a policy of that time should have escalated by itself."""
    if not rows:
        return
    for policy in EscalationPolicy.objects.filter(active=True, automatic=True).prefetch_related("duties__unit"):
        edited = _edited_at(policy)
        fitting = {
            row["pk"]: row
            for row in rows
            if (not policy.categories or row["category"] in policy.categories)
            and (not policy.types or row["type"] in policy.types)
            and (not policy.impacts or row["impact"] in policy.impacts)
            # An edit after the report may have made it fit: what held then is not known, so nothing is claimed.
            and (edited is None or edited < row["received_at"])
        }
        if policy.area_rule != AreaRule.ANYWHERE and fitting:
            near = _near_unresolved(list(fitting), policy.near_m)
            fitting = {key: row for key, row in fitting.items() if key in near}
        for key, row in fitting.items():
            for duty in policy.duties.all():
                yield MissingDuty(key, duty.unit_id, policy.slug, duty.unit.code, row["received_at"])


def _edited_at(policy: EscalationPolicy) -> datetime | None:
    entries = AuditEntry.objects.filter(kind=policy.audit_kind, key=policy.audit_key)
    latest = entries.order_by("-id").values_list("at", flat=True).first()
    return latest


def _near_unresolved(keys: list[int], near_m: int) -> set[int]:
    """Which of these lie in or near an unresolved area of their time; by hand, apart from incidents/policies.py."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.id FROM incidents_incident i WHERE i.id = ANY(%(keys)s) AND CASE
              WHEN i.point IS NULL THEN EXISTS (
                SELECT 1 FROM units_unresolvedarea_districts d JOIN units_unresolvedarea a ON a.id = d.unresolvedarea_id
                WHERE d.district_id = i.district_id AND a.period @> i.occurred_at)
              ELSE EXISTS (
                SELECT 1 FROM units_unresolvedarea a WHERE a.period @> i.occurred_at
                AND a.area && ST_Expand(i.point, (%(near)s + coalesce(i.accuracy_m, 0)) / 90000.0)
                AND ST_DistanceSphere(a.area, i.point) <= %(near)s + coalesce(i.accuracy_m, 0))
            END
            """,
            {"keys": keys, "near": near_m},
        )
        return {key for (key,) in cursor.fetchall()}
