"""The response report of a drill: for each incident and institution who was told when, and how soon it answered.

Reckoned from the record while the drill runs, and frozen into the drill when it ends.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from borderwatch.models import Delivery
from borderwatch.topics import facts
from incidents.choices_answers import DrillState
from incidents.models import Acknowledgement, Drill, Duty, Incident
from incidents.notices import unit_facts

# What is compared between two drills.
TOTALS = ("incidents", "asked", "answered", "in_time", "without_reminder", "never", "median_minutes")


def reckon(drill: Drill, now: datetime) -> dict[str, Any]:
    """The report as it stands at `now`: {"at", "incidents": […], "totals": {…}}; JSON, times as ISO text.

    Minutes are counted from the moment an incident was received.
    """
    incidents = list(
        Incident.objects.filter(drill=drill).select_related("responsible_unit", "filed_for").order_by("pk")
    )
    duties = (
        Duty.objects.filter(escalation__incident__drill=drill)
        .select_related("unit", "escalation__incident")
        .prefetch_related("acknowledgements__by")
        .order_by("escalation__incident", "due_at", "pk")
    )
    told = _told([incident.ref for incident in incidents])
    found = [_incident(one, [d for d in duties if d.escalation.incident_id == one.pk], told, now) for one in incidents]
    return {"at": now.isoformat(), "incidents": found, "totals": _totals(found)}


def _told(refs: Sequence[str]) -> dict[str, list[Delivery]]:
    """Every notice about these incidents, by incident."""
    rows = Delivery.objects.filter(kind="incident", key__in=refs).select_related("user").order_by("planned_at", "id")
    found: dict[str, list[Delivery]] = {ref: [] for ref in refs}
    for row in rows:
        found[row.key].append(row)
    return found


def _incident(
    incident: Incident, duties: Sequence[Duty], told: Mapping[str, list[Delivery]], now: datetime
) -> dict[str, Any]:
    notices = told[incident.ref]
    first = [row for row in notices if row.topic in {"unit_answers", "incident_filed"}]
    return {
        "ref": incident.ref,
        "category": incident.category,
        "type": incident.type,
        "impact": incident.impact,
        "received_at": incident.received_at.isoformat(),
        "filed_for": unit_facts(incident.filed_for),
        "unit": unit_facts(incident.responsible_unit),
        # The unit that answers and its province: told, and whether anybody opened it.
        "first": _receipts(first, now),
        "duties": [_duty(one, incident, [row for row in notices if row.bundle == one.bundle], now) for one in duties],
    }


def _duty(duty: Duty, incident: Incident, notices: Sequence[Delivery], now: datetime) -> dict[str, Any]:
    # The first answer counts, also when it was taken back later.
    answer = min(duty.acknowledgements.all(), key=lambda row: row.at, default=None)
    end = answer.at if answer else now
    gone = [row for row in notices if row.planned_at <= end and row.state != Delivery.State.CANCELLED]
    opened = [at for at in [duty.seen_at, *(row.opened_at for row in gone)] if at]
    steps = sorted({row.event for row in gone}, key=lambda event: min(r.planned_at for r in gone if r.event == event))
    return {
        "institution": unit_facts(duty.unit),
        "asked_at": duty.started_at.isoformat(),
        "due_at": duty.due_at.isoformat(),
        "told_at": _iso(min((row.planned_at for row in gone), default=None)),
        "handed_over_at": _iso(min((row.done_at for row in gone if row.done_at and _arrived(row)), default=None)),
        "delivered_at": _iso(min((row.received_at for row in gone if row.received_at), default=None)),
        "opened_at": _iso(min(opened, default=None)),
        "answered_at": _iso(answer.at if answer else None),
        "answer": answer.answer if answer else "",
        "answered_by": answer.by_name if answer else "",
        "minutes": _minutes(incident.received_at, answer.at) if answer else None,
        "in_time": bool(answer and answer.at <= duty.due_at),
        # 1: answered on the first notice; more: so many rungs of the ladder were climbed.
        "steps": len(steps),
        "levels": [_level([row for row in gone if row.event == event], answer, now) for event in steps],
    }


def _level(rows: Sequence[Delivery], answer: Acknowledgement | None, now: datetime) -> dict[str, Any]:
    """One rung: whom it told, and what became of each notice."""
    by = answer.by_id if answer else None
    return {
        "level": facts(rows[0]).get("step", {}).get("level", "desk"),
        "at": min(row.planned_at for row in rows).isoformat(),
        "receipts": _receipts(rows, now, by),
    }


def _receipts(rows: Sequence[Delivery], now: datetime, answered_by: int | None = None) -> list[dict[str, Any]]:
    """By name; who gave the answer had read what he was told, whatever he opened it by."""
    ordered = sorted(rows, key=lambda row: (row.recipient_name, row.channel))
    return [
        {**_receipt(row, now), "answered": row.user_id is not None and row.user_id == answered_by} for row in ordered
    ]


def _receipt(row: Delivery, now: datetime) -> dict[str, Any]:
    """What is known of one notice, no stronger than it is known."""
    return {
        "to": row.recipient_name,
        "person": row.user_id,
        "channel": row.channel,
        "at": row.planned_at.isoformat(),
        "handed_over_at": _iso(row.done_at if _arrived(row) else row.planned_at if _shown(row, now) else None),
        "delivered_at": _iso(row.received_at),
        "opened_at": _iso(row.opened_at),
        "failed": row.state == Delivery.State.DEAD,
    }


def _arrived(row: Delivery) -> bool:
    return row.state == Delivery.State.DELIVERED


def _shown(row: Delivery, now: datetime) -> bool:
    """A notice in the application is in the person's list from its time on, whatever process is running."""
    return row.channel == Delivery.Channel.INAPP and row.state == Delivery.State.PENDING and row.planned_at <= now


def _totals(incidents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    incidents = list(incidents)
    duties = [duty for incident in incidents for duty in incident["duties"]]
    answered = [duty for duty in duties if duty["answered_at"]]
    minutes = [duty["minutes"] for duty in answered]
    return {
        "incidents": len(incidents),
        "asked": len(duties),
        "answered": len(answered),
        "in_time": sum(duty["in_time"] for duty in duties),
        "without_reminder": sum(duty["steps"] <= 1 for duty in answered),
        "never": len(duties) - len(answered),
        "median_minutes": round(statistics.median(minutes)) if minutes else None,
    }


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def of(drill: Drill, now: datetime) -> dict[str, Any] | None:
    """The report of a drill: frozen when it is over, as it stands while it runs, None before it has begun."""
    if drill.report is not None:
        report: dict[str, Any] = drill.report
        return report
    return reckon(drill, now) if drill.state == DrillState.RUNNING else None


def last_before(drill: Drill) -> Drill | None:
    """The drill to compare with: the one that ended last before this one and was led from the same place."""
    begun = drill.began_at or drill.starts_at
    earlier = Drill.objects.filter(state=DrillState.ENDED, led_by=drill.led_by_id, ended_at__lte=begun)
    return earlier.exclude(pk=drill.pk).order_by("-ended_at", "-pk").first()
