"""Periodic care of duties, by the system: what was accepted and forgotten comes back; clocks follow the calendar.

May run any number of times: what has been done is not done again.
"""

import math
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from borderwatch import audit, clock, outbox
from borderwatch.outbox import Notice
from incidents import exceptional, notices
from incidents.actions import clocks
from incidents.actions.requests import replan
from incidents.choices import Answer, DutyState, Status
from incidents.choices_answers import ClockEventKind, ClockState, Why
from incidents.clocks.ladder import Ladder
from incidents.models import Acknowledgement, Clock, Duty, Incident, Instruction, Letter, Protest
from incidents.policies import Terms
from units.calendar import Calendar, calendars
from units.recipients import Book, person

ACCEPTED = (Answer.ACCEPT, Answer.ALREADY_ACTING)


def watch_duties() -> dict[str, int]:
    """Take back forgotten acceptances and recompute clocks whose calendar has changed; how many of each."""
    return {"forgotten": _take_back_forgotten(), "recomputed": recompute_clocks()}


# --- acknowledged and forgotten -------------------------------------------------------------------------------


def _take_back_forgotten() -> int:
    now = clock.now()
    late = [row.pk for row in accepted_in_silence().order_by("pk") if _limit(row) < now]
    return sum(take_back_acknowledgement(pk) for pk in late)


def accepted_in_silence() -> QuerySet[Acknowledgement]:
    """Acceptances in force on open incidents, under a policy that forgets, with no sign of the institution since.

    A sign is guidance, a step of its guidance or of a protest, a protest or a letter about the incident.
    """
    incident, unit = OuterRef("duty__escalation__incident"), OuterRef("duty__unit")
    since = OuterRef("at")
    guidance = Instruction.objects.filter(incident=incident, from_unit=unit)
    protests = Protest.objects.filter(Q(incident=incident) | Q(also=incident), office=unit)
    letters = Letter.objects.filter(incident=incident, office=unit)
    return (
        Acknowledgement.objects.filter(
            withdrawn_at__isnull=True,
            answer__in=ACCEPTED,
            duty__state=DutyState.ANSWERED,
            duty__escalation__frozen_policy__forgotten_after_min__gt=0,
        )
        .exclude(duty__escalation__incident__status=Status.CLOSED)
        .exclude(Exists(guidance.filter(Q(issued_at__gt=since) | Q(steps__at__gt=since)).order_by()))
        .exclude(Exists(protests.filter(Q(drafted_at__gt=since) | Q(steps__at__gt=since)).order_by()))
        .exclude(Exists(letters.filter(Q(drafted_at__gt=since) | Q(sent_at__gt=since)).order_by()))
        .select_related("duty__escalation")
    )


def _limit(row: Acknowledgement) -> datetime:
    """When an acceptance counts as forgotten: past the time it named itself, else past that of its frozen policy."""
    terms = Terms.of(row.duty.escalation.frozen_policy)
    return row.expected_at or row.at + timedelta(minutes=terms.forgotten_after_min)


@transaction.atomic
def take_back_acknowledgement(pk: int) -> bool:
    """The duty is owed again: its clock runs with the policy's minutes afresh, its ladder begins anew, all are told.

    False when it came otherwise between the look and the lock.
    """
    number = Acknowledgement.objects.values_list("duty", flat=True).get(pk=pk)
    duty = Duty.objects.select_for_update(of=("self",)).select_related("unit__parent", "clock__hours_of").get(pk=number)
    row = accepted_in_silence().filter(pk=pk).select_related("by", "duty__escalation").first()
    incident = (
        Incident.objects.select_for_update(of=("self",))
        .select_related("province", "district", "responsible_unit", "filed_by")
        .get(escalations__duties=duty)
    )
    now = clock.now()
    if row is None or incident.status == Status.CLOSED or _limit(row) >= now:
        return False
    row.withdrawn_at, row.withdrawn_reason = now, Why.FORGOTTEN
    row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    duty.state, duty.answered_at = DutyState.WAITING, None
    duty.due_at = _run_afresh(duty, now)
    duty.save(update_fields=["state", "answered_at", "due_at"])
    audit.record(
        actor=None,
        verb="take_back_acknowledgement",
        target=incident,
        before={"duty": duty.pk, "institution": duty.unit.code, "answer": row.answer, "by": row.by_name},
        after={"state": duty.state, "due_at": duty.due_at.isoformat(), "why": Why.FORGOTTEN.value},
    )
    _tell_forgotten(duty, row, incident, now)
    return True


def _run_afresh(duty: Duty, at: datetime) -> datetime:
    """Set the clock going again with as many minutes left as were allowed at the start; the new deadline."""
    if duty.clock is None:
        return duty.due_at
    running = clocks.happen(duty.clock, ClockEventKind.RESUME, reason=Why.FORGOTTEN, at=at)
    left = clocks.standing(running).left
    if (missing := math.ceil(running.minutes - left)) > 0:
        running = clocks.happen(running, ClockEventKind.EXTEND, reason=Why.FORGOTTEN, minutes=missing, at=at)
    duty.clock = running
    return running.due_at or duty.due_at


def _tell_forgotten(duty: Duty, row: Acknowledgement, incident: Incident, at: datetime) -> None:
    """The institution by a fresh ladder, whoever had accepted, and the filer and the province."""
    from incidents.actions.filing import administration_of

    again = duty.acknowledgements.filter(withdrawn_reason=Why.FORGOTTEN).count()
    ladder = Ladder.of(duty, incident)
    calendar = Calendar(duty.clock.hours_of if duty.clock else None)
    administration = administration_of(incident.province_id)
    book = Book([*ladder.told, administration])
    told = [person(incident.filed_by), *book.province_desk(administration), *([person(row.by)] if row.by else [])]
    outbox.publish(
        *ladder.begin(book, calendar=calendar, at=at, again=again),
        Notice(
            topic="duty_forgotten",
            event=f"duty:{duty.pk}:forgotten:{row.number}",
            kind="incident",
            key=incident.ref,
            recipients=exceptional.readers(incident, dict.fromkeys(told)),
            data=notices.acknowledgement_facts(row, incident),
        ),
    )


# --- clocks that follow the calendar --------------------------------------------------------------------------


def recompute_clocks() -> int:
    """Reckon running clocks in working hours anew; those whose deadline has moved get an event saying so."""
    running = Clock.objects.filter(state=ClockState.RUNNING, hours_of__isnull=False)
    rows = list(running.select_related("hours_of").prefetch_related("events").order_by("pk"))
    found = calendars(row.hours_of for row in rows)
    moved = [row for row in rows if clocks.standing(row, calendar=found[row.hours_of_id]).due_at != row.due_at]
    return sum(_recompute(row) for row in moved)


@transaction.atomic
def _recompute(row: Clock) -> bool:
    """One clock; when it is a duty's, the duty and what is left of its ladder move with it."""
    duty = (
        Duty.objects.select_for_update(of=("self",))
        .select_related("unit__parent", "escalation__incident__province", "escalation__incident__district",
                        "escalation__incident__responsible_unit")
        .filter(clock=row)
        .first()
    )  # fmt: skip
    fresh = Clock.objects.select_for_update(of=("self",)).select_related("hours_of").get(pk=row.pk)
    if fresh.state != ClockState.RUNNING or clocks.standing(fresh).due_at == fresh.due_at:
        return False
    now = clock.now()
    before = fresh.due_at
    fresh = clocks.happen(fresh, ClockEventKind.RECOMPUTE, reason=Why.CALENDAR, at=now)
    if duty is not None and fresh.due_at is not None:
        duty.clock, duty.due_at = fresh, fresh.due_at
        duty.save(update_fields=["due_at"])
        outbox.cancel(duty.bundle, reason="planned anew by the changed calendar")
        replan(duty, duty.escalation.incident, now)
    audit.record(
        actor=None,
        verb="recompute_clock",
        target=duty.escalation.incident if duty is not None else fresh,
        before={"clock": fresh.pk, "due_at": before.isoformat() if before else None},
        after={"due_at": fresh.due_at.isoformat() if fresh.due_at else None, "why": Why.CALENDAR.value},
    )
    return True
