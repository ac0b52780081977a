"""Drills: announced, begun, filed into, ended. Real people and the whole chain; marked, and in no figure.

Each verb locks the drill first, then its duties, then its incidents.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.models import Delivery
from incidents import areas
from incidents.actions import clocks
from incidents.choices import CloseReason, DutyState, Status
from incidents.choices_answers import ClockEventKind, ClockState, DrillState, InstructionState, Why
from incidents.drills import notices, report, roll, workflow
from incidents.models import Drill, Duty, Incident, InformationRequest, Instruction
from incidents.workflow import Refused
from units import policy
from units.choices import INSTITUTIONS
from units.models import Unit, User

# One that runs for longer has been forgotten; a forgotten drill hides what really happens.
LONGEST = timedelta(days=7)
# How far back a start may lie when it is announced: while somebody types, the clock goes on.
SLACK = timedelta(minutes=15)


@transaction.atomic
def announce_drill(
    *,
    actor: User,
    led_by: Unit,
    name_km: str,
    purpose: str,
    units: Iterable[Unit],
    starts_at: datetime,
    ends_at: datetime,
    name_en: str = "",
) -> Drill:
    """Announce an exercise to those who take part: nobody is surprised by one.

    `led_by` is a province or an institution; who takes part is that unit, those under it, and institutions. Raises
    PermissionDenied and ValidationError by field.
    """
    policy.demand(actor, "lead_drill", [led_by.pk])
    now = clock.now()
    units = list({unit.pk: unit for unit in units}.values())
    name_km, purpose = name_km.strip(), purpose.strip()
    errors = _word_errors(led_by, name_km, purpose) | _unit_errors(led_by, units)
    errors |= _time_errors(starts_at, ends_at, now)
    if errors:
        raise ValidationError(errors)
    drill = Drill.objects.create(
        name_km=name_km,
        name_en=name_en.strip() or name_km,
        purpose=purpose,
        led_by=led_by,
        starts_at=starts_at,
        ends_at=ends_at,
        announced_by=actor,
        announced_at=now,
    )
    drill.units.set(units)
    audit.record(
        actor=actor,
        verb="announce_drill",
        target=drill,
        after={
            "led_by": led_by.code,
            "units": sorted(unit.code for unit in units),
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat(),
        },
        at=now,
    )
    notices.tell(drill, "announced")
    return drill


def _word_errors(led_by: Unit, name_km: str, purpose: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if led_by.kind not in roll.LEADERS:
        errors["led_by"] = _("A drill is led by a province or by an institution.")
    if not name_km:
        errors["name_km"] = _("Give the drill a name.")
    if not purpose:
        errors["purpose"] = _("Say what is practised.")
    return errors


def _unit_errors(led_by: Unit, units: list[Unit]) -> dict[str, str]:
    ground = [unit for unit in units if unit.kind not in INSTITUTIONS]
    if not ground:
        return {"units": _("Choose at least one unit at the border: somebody has to file.")}
    below = set(led_by.descendants(include_self=True).values_list("pk", flat=True))
    strangers = [unit.name for unit in ground if unit.pk not in below]
    if strangers:
        words = _("These units are not under %(leader)s: %(units)s.")
        return {"units": words % {"leader": led_by.name, "units": ", ".join(strangers)}}
    return {}


def _time_errors(starts_at: datetime, ends_at: datetime, now: datetime) -> dict[str, str]:
    if starts_at < now - SLACK:
        return {"starts_at": _("The start lies in the past.")}
    if ends_at <= starts_at:
        return {"ends_at": _("The end lies before the start.")}
    if ends_at - starts_at > LONGEST:
        return {"ends_at": _("A drill lasts %(n)s days at most.") % {"n": LONGEST.days}}
    return {}


def _locked(drill: Drill, actor: User | None) -> Drill:
    """The drill under its lock; for the system (`actor` None) or a person who leads it."""
    row = Drill.objects.select_for_update(of=("self",)).select_related("led_by").get(pk=drill.pk)
    if actor is not None:
        policy.demand(actor, "lead_drill", [row.led_by_id])
    return row


@transaction.atomic
def begin_drill(*, actor: User | None, drill: Drill) -> Drill:
    """From now on reports can be filed into it. By hand at any time before its end, else by itself at its start.

    Raises PermissionDenied, workflow.Refused, and ValidationError when its end has passed.
    """
    row = _locked(drill, actor)
    before = row.state
    row.state, now = workflow.move("begin_drill", before), clock.now()
    if row.ends_at <= now:
        raise ValidationError(_("The end of this drill has passed. Announce a new one."))
    row.began_at = now
    row.save(update_fields=["state", "began_at"])
    audit.record(
        actor=actor, verb="begin_drill", target=row, before={"state": before}, after={"state": row.state}, at=now
    )
    notices.tell(row, "begun")
    return row


@transaction.atomic
def end_drill(*, actor: User | None, drill: Drill, reason: str = "") -> Drill:
    """End a running drill: freeze the response report, then close its incidents and what is still owed on them.

    By hand at any time, else by itself at its end. Raises PermissionDenied and workflow.Refused.
    """
    return _over(_locked(drill, actor), actor, "end_drill", reason.strip())


@transaction.atomic
def call_off_drill(*, actor: User | None, drill: Drill, reason: str = "") -> Drill:
    """Call off a drill that is planned or runs, with a reason: something real has happened, say.

    The system (`actor` None) does it to one whose end came before anybody began it. Raises PermissionDenied,
    workflow.Refused, and ValidationError when a person gives no reason.
    """
    row = _locked(drill, actor)
    if actor is not None and not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    return _over(row, actor, "call_off_drill", reason.strip())


def _over(row: Drill, actor: User | None, verb: str, reason: str) -> Drill:
    before = row.state
    row.state, now = workflow.move(verb, before), clock.now()
    if before == DrillState.RUNNING:
        # As it stood at the end: nothing that is cancelled below has been cancelled yet.
        row.report = report.reckon(row, now)
    row.ended_at, row.ended_by, row.end_reason = now, actor, reason[:300]
    row.save(update_fields=["state", "report", "ended_at", "ended_by", "end_reason"])
    closed, unanswered = _close_all(row, actor, now)
    audit.record(
        actor=actor,
        verb=verb,
        target=row,
        before={"state": before},
        after={"state": row.state, "incidents_closed": closed, "duties_ended": unanswered},
        reason=reason,
        at=now,
    )
    notices.tell(row, "ended" if verb == "end_drill" else "called_off")
    return row


def _close_all(drill: Drill, actor: User | None, now: datetime) -> tuple[int, int]:
    """Close the drill's open incidents, each with its audit entry, and end what is owed on them; how many of each."""
    owed = Duty.objects.filter(escalation__incident__drill=drill).unanswered()
    locked = owed.select_for_update(of=("self",)).select_related("clock").order_by("pk")
    for duty in locked:
        _end_duty(duty, now)
    rows = Incident.objects.select_for_update(of=("self",)).filter(drill=drill).select_related("drill")
    closed = 0
    for incident in rows.order_by("pk"):
        _withdraw_guidance(incident, now)
        _cancel_planned(incident)
        if incident.status != Status.CLOSED:
            _close(incident, actor, now)
            closed += 1
    return closed, len(locked)


def _end_duty(duty: Duty, now: datetime) -> None:
    duty.state = DutyState.ENDED
    duty.save(update_fields=["state"])
    outbox.cancel(duty.bundle, reason="the drill is over")
    # The question an institution asked back meanwhile has a clock of its own.
    asked = InformationRequest.objects.filter(duty=duty, answered_at__isnull=True).select_related("clock")
    for one in (duty.clock, *(request.clock for request in asked)):
        if one is not None and one.state != ClockState.STOPPED:
            clocks.happen(one, ClockEventKind.STOP, reason=Why.DRILL_OVER, at=now)


def _withdraw_guidance(incident: Incident, now: datetime) -> None:
    """What was instructed in play is owed no more; the thread says so by a step of the system's own."""
    rows = Instruction.objects.select_for_update(of=("self",)).filter(incident=incident, ended_at__isnull=True)
    for row in rows.select_related("clock").order_by("pk"):
        before = row.state
        row.state, row.ended_at = InstructionState.WITHDRAWN, now
        row.save(update_fields=["state", "ended_at"])
        row.steps.create(
            number=row.steps.count() + 1,
            verb="withdraw_instruction",
            before=before,
            after=row.state,
            text=_reason(incident),
            by_name="BorderWatch",
            at=now,
        )
        if row.clock.state != ClockState.STOPPED:
            clocks.happen(row.clock, ClockEventKind.STOP, reason=Why.DRILL_OVER, at=now)
        outbox.cancel(row.bundle, reason="the drill is over")
        audit.record(
            actor=None,
            verb="withdraw_instruction",
            target=row,
            before={"state": before},
            after={"state": row.state},
            reason=_reason(incident),
            at=now,
        )


def _reason(incident: Incident) -> str:
    """The drill's name in both languages, as the record gives it for what ends with it."""
    drill = incident.drill
    return f"{drill.name_km} · {drill.name_en}" if drill else ""


def _cancel_planned(incident: Incident) -> None:
    """Whatever else was planned about it (questions, guidance): nobody is reminded of a drill that is over."""
    planned = Delivery.objects.about("incident", incident.ref).filter(state=Delivery.State.PENDING)
    later = planned.filter(planned_at__gt=clock.sql_now()).exclude(bundle="").order_by()
    for bundle in later.values_list("bundle", flat=True).distinct():
        outbox.cancel(bundle, reason="the drill is over")


def _close(incident: Incident, actor: User | None, now: datetime) -> None:
    before = incident.status
    incident.status, incident.close_reason, incident.closed_at = Status.CLOSED, CloseReason.EXERCISE, now
    incident.save(update_fields=["status", "close_reason", "closed_at"])
    audit.record(
        actor=actor,
        verb="close_incident",
        target=incident,
        before={"status": before},
        after={"status": incident.status, "close_reason": incident.close_reason},
        reason=_reason(incident),
        at=now,
    )
    areas.closed(incident)


@transaction.atomic
def note_lessons(*, actor: User, drill: Drill, lessons: str) -> Drill:
    """Write down what was learnt, when the drill has ended; may be written anew, the record keeps what stood before.

    Raises PermissionDenied, workflow.Refused, ValidationError.
    """
    row = _locked(drill, actor)
    workflow.move("note_lessons", row.state)
    if not lessons.strip():
        raise ValidationError({"lessons": _("Write what was learnt.")})
    before, row.lessons = row.lessons, lessons.strip()
    row.save(update_fields=["lessons"])
    audit.record(
        actor=actor, verb="note_lessons", target=row, before={"lessons": before}, after={"lessons": row.lessons}
    )
    return row


def watch_drills() -> dict[str, int]:
    """Begin drills whose start has come and end those whose end has; one that was never begun is called off.

    Returns how many of each.
    """
    now = clock.now()
    counts = {"begun": 0, "ended": 0, "missed": 0}
    for drill in Drill.objects.filter(state=DrillState.PLANNED, starts_at__lte=now).order_by("starts_at", "pk"):
        if drill.ends_at <= now:
            counts["missed"] += _try(drill, "missed")
        else:
            counts["begun"] += _try(drill, "begun")
    for drill in Drill.objects.filter(state=DrillState.RUNNING, ends_at__lte=now).order_by("ends_at", "pk"):
        counts["ended"] += _try(drill, "ended")
    return counts


def _try(drill: Drill, what: str) -> int:
    """One step of the watch; a person who was quicker is no fault."""
    try:
        if what == "begun":
            begin_drill(actor=None, drill=drill)
        elif what == "ended":
            end_drill(actor=None, drill=drill)
        else:
            call_off_drill(actor=None, drill=drill)
    except Refused:
        return 0
    return 1
