"""How every step of guidance is written: number, record, state, clock, audit, telling, reminders. No verb by itself."""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.outbox import Notice
from borderwatch.sealed import SealedFile
from incidents import kept_files
from incidents.actions import clocks
from incidents.choices_answers import ClockEventKind, InstructionState
from incidents.clocks.reckoning import reckon
from incidents.guidance import notices, rules, workflow
from incidents.guidance.recipients import Circle, without
from incidents.models import Clock, Incident, Instruction, InstructionFile, InstructionStep
from units import policy
from units.actions import Clash
from units.calendar import Calendar
from units.models import User

# A question that nobody answers, and a report that nobody judges, come back to the institution after so long.
ANSWER_WITHIN = timedelta(hours=24)
JUDGE_WITHIN = timedelta(hours=72)
# What a step is told as; the others are plain steps.
TOPICS = {
    "instruct": "guidance_issued",
    "ask_back": "guidance_asked",
    "report_instruction_done": "guidance_done",
}
# What is done to the clock, told the guidance, the actor, the moment.
ClockChange = Callable[[Instruction, User, datetime], Clock]


@dataclass(frozen=True)
class Stepped:
    """The step on record; `first` is False when the same key had made it already."""

    step: InstructionStep
    first: bool


@dataclass(frozen=True)
class Given:
    """What comes along with a step: words, files that are stored, and the caller's own key."""

    text: str = ""
    files: tuple[SealedFile, ...] = ()
    client_key: uuid.UUID | None = None


def locked(instruction: Instruction, actor: User, verb: str) -> Instruction:
    """The guidance under its row lock, for a person who sees it and whose posting gives him the verb."""
    row: Instruction = (
        Instruction.objects.select_for_update(of=("self",))
        .select_related(
            "incident__responsible_unit", "incident__province", "incident__district", "from_unit", "to_unit", "clock"
        )
        .get(pk=instruction.pk)
    )
    if not Instruction.objects.visible_to(actor).filter(pk=row.pk).exists():
        raise PermissionDenied(policy.nothing_here())
    if not rules.holds(actor, verb, row):
        raise PermissionDenied(policy.nothing_here())
    return row


def known(row: Instruction, actor: User, verb: str, key: uuid.UUID | None) -> Stepped | None:
    """The step the same key has made, None for a new one; Clash when the key belongs to something else."""
    step = InstructionStep.objects.filter(client_key=key).first() if key is not None else None
    if step is None:
        return None
    if (step.instruction_id, step.verb, step.by_id) != (row.pk, verb, actor.pk):
        raise Clash(_("This key already belongs to another step. Use a new key for another step."), code="clash")
    return Stepped(step, first=False)


def advance(row: Instruction, verb: str, actor: User, given: Given, change: ClockChange | None) -> Stepped:
    """Move locked guidance by one step: clock, state, record, files, audit; tell, and plan what may come next.

    Raises workflow.Refused when the state does not allow it.
    """
    before, was_due = row.state, row.due_at
    row.state = workflow.move(verb, before, asked_in=_asked_in(row))
    now = clock.now()
    fields = ["state", "due_at"]
    if change is not None:
        row.clock = change(row, actor, now)
    row.due_at = row.clock.due_at
    if row.state not in workflow.OPEN:
        row.ended_at = now
        fields.append("ended_at")
    if verb == "report_instruction_done":
        row.done_by = actor
        fields.append("done_by")
    row.save(update_fields=fields)
    step = write(row, verb, actor, before, given, now)
    outbox.cancel(row.bundle, reason=f"step {step.number}: {verb}")
    audit.record(
        actor=actor,
        verb=verb,
        target=row,
        before={"state": before, "due_at": _iso(was_due)},
        after={"state": row.state, "due_at": _iso(row.due_at), "step": step.number, "files": _names(given)},
        reason=given.text,
        at=now,
    )
    tell(row, step, actor)
    return Stepped(step, first=True)


def write(row: Instruction, verb: str, actor: User, before: str, given: Given, now: datetime) -> InstructionStep:
    """The row of a step and of its files; numbered under the lock of the guidance."""
    step = InstructionStep.objects.create(
        instruction=row,
        number=InstructionStep.objects.filter(instruction=row).count() + 1,
        verb=verb,
        before=before,
        after=row.state,
        text=given.text,
        due_after=row.due_at,
        client_key=given.client_key,
        by=actor,
        by_name=actor.record_name[:200],
        at=now,
    )
    kept_files.attach(InstructionFile, given.files, actor, now, step=step)
    return step


def _asked_in(row: Instruction) -> str:
    """The state the last question was asked in, "" when none was."""
    step = row.steps.filter(verb="ask_back").order_by("number").last()
    return step.before if step else ""


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _names(given: Given) -> list[dict[str, str]]:
    return [{"sha256": one.sha256, "name": one.name} for one in given.files]


# --- the clock ------------------------------------------------------------------------------------------------


def stop(row: Instruction, actor: User, at: datetime) -> Clock:
    """Nothing is owed any more; a clock that stands already stays as it is."""
    if row.clock.stopped_at is not None:
        return row.clock
    return clocks.happen(row.clock, ClockEventKind.STOP, by=actor, at=at)


def run_again(row: Instruction, actor: User, at: datetime, *, minutes: int, reason: str) -> Clock:
    """Let a stopped clock run on, so that at least `minutes` that count are left from now.

    What was overdue is forgiven by that much; what was left over from before is not taken away.
    """
    counted = clocks.happen(row.clock, ClockEventKind.RESUME, by=actor, at=at)
    left = minutes_left(counted)
    more = max(0, minutes - math.floor(left))
    if more:
        counted = clocks.happen(counted, ClockEventKind.EXTEND, minutes=more, reason=reason, by=actor, at=at)
    return counted


def minutes_left(counted: Clock) -> float:
    """The counting minutes left at its last event, below 0 when overdue."""
    return reckon(counted.minutes, Calendar(counted.hours_of), list(counted.events.order_by("number"))).left


# --- telling --------------------------------------------------------------------------------------------------


def tell(row: Instruction, step: InstructionStep, actor: User) -> None:
    """Tell the other side and the level above, but not who did it; plan the reminders of what is owed next."""
    circle = Circle(row)
    desk = circle.desk() if step.verb in {"ask_back", "report_instruction_done"} else []
    concerned = [*circle.unit(), *circle.above(), *circle.province(), *circle.institution(), *desk]
    topic = TOPICS.get(step.verb, "guidance_step")
    outbox.publish(notices.notice(row, step, topic, to=without(concerned, actor)), *_reminders(row, step, circle))


def plan_anew(row: Instruction, step: InstructionStep, *, reason: str) -> None:
    """Cancel the planned reminders and plan them by the deadline as it is now; `step` is the latest one."""
    outbox.cancel(row.bundle, reason=reason)
    outbox.publish(*_reminders(row, step, Circle(row)))


def _reminders(row: Instruction, step: InstructionStep, circle: Circle) -> list[Notice]:
    """Planned beforehand and seen in the chain: to who owes the next step, and over his head once it is late."""
    if row.state in workflow.OWED and row.due_at is not None:
        return _of_the_unit(row, step, circle, row.due_at)
    waits = {InstructionState.QUESTIONED: ANSWER_WITHIN, InstructionState.DONE: JUDGE_WITHIN}.get(
        InstructionState(row.state)
    )
    if waits is None:
        return []
    to = circle.institution()
    return [notices.notice(row, step, "guidance_reminder", to=to, part="waits", at=step.at + waits)]


def _of_the_unit(row: Instruction, step: InstructionStep, circle: Circle, due: datetime) -> list[Notice]:
    """Halfway in the time that counts, and at the deadline; the deadline is part of the name, since it may move."""
    unit, stamp, now = circle.unit(), f"{due:%Y%m%d%H%M}", clock.now()
    over = [one for one in circle.over() if one not in unit]
    hours = Calendar(row.clock.hours_of)
    half = hours.add(step.at, hours.between(step.at, due) / 2)
    table = (
        ("guidance_reminder", "half", half, unit),
        ("guidance_reminder", "due", due, unit),
        ("guidance_overdue", "over", due, over),
    )
    return [
        notices.notice(row, step, topic, to=to, part=f"{part}-{stamp}", at=at)
        for topic, part, at, to in table
        if at > now
    ]


def lock_incident(incident: Incident, actor: User) -> Incident:
    """The incident under its lock, for a person who sees it: nobody acts on what he does not see."""
    rows = Incident.objects.select_for_update(of=("self",)).select_related(
        "responsible_unit", "province", "district", "filed_for"
    )
    row: Incident = rows.get(pk=incident.pk)
    if not Incident.objects.visible_to(actor).filter(pk=row.pk).exists():
        raise PermissionDenied(policy.nothing_here())
    return row
