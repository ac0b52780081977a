"""The verbs of guidance (duty D10): an institution instructs, the province or unit carries out, a second person judges.

The clock runs while the province or unit owes: a question stops it until it is answered, the report that it is done
stops it, and what is found wanting lets it run on. Each verb is one numbered step of the thread.
"""

import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from incidents import exceptional, kept_files
from incidents.actions import clocks, guidance_steps
from incidents.actions.guidance_steps import Given, Stepped
from incidents.choices import Status
from incidents.choices_answers import ClockEventKind, Precedence
from incidents.guidance import rules, workflow
from incidents.models import Clock, Duty, Incident, Instruction
from incidents.workflow import Refused
from units import policy
from units.actions import Clash
from units.models import Unit, User

MAX_TEXT = 10_000
MAX_SUBJECT = 200


@transaction.atomic
def instruct(
    *,
    actor: User,
    incident: Incident,
    from_unit: Unit,
    to_unit: Unit,
    subject: str,
    text: str,
    within_min: int,
    precedence: str = Precedence.PRIORITY,
    client_key: uuid.UUID | None = None,
) -> Instruction:
    """An institution instructs an administration or unit of the incident's province, and says by when.

    `within_min` counts round the clock for what is immediate or flash, else in the working hours of `to_unit`. Who is
    instructed sees the incident from now on; of a report in confidence only he is instructed who sees it. The same
    key gives the guidance that is there. Raises PermissionDenied, Clash, workflow.Refused on a closed incident, and
    ValidationError by field. Duty D10.
    """
    incident = guidance_steps.lock_incident(incident, actor)
    policy.demand(actor, "instruct", [from_unit.pk])
    if from_unit not in rules.instructing_units(actor, incident):
        raise PermissionDenied(_("This institution was not told of the incident, so it gives no guidance on it."))
    if client_key is not None and (known := _known(incident, actor, client_key)):
        return known
    if incident.status == Status.CLOSED:
        raise Refused(_("The incident is closed. It is opened again before guidance is given."), code="refused")
    subject, text = subject.strip(), _lines(text)
    _check(incident, to_unit, subject, text, within_min, precedence)
    row = Instruction(
        incident=incident,
        from_unit=from_unit,
        to_unit=to_unit,
        subject=subject,
        text=text,
        precedence=precedence,
        client_key=client_key,
    )
    _issue(row, actor, within_min)
    return row


def _issue(row: Instruction, actor: User, within_min: int) -> None:
    """Number and clock of guidance that was checked, and the row itself."""
    incident, now = row.incident, clock.now()
    hours_of = None if row.precedence in rules.AT_ONCE else row.to_unit
    asked = Duty.objects.filter(escalation__incident=incident, unit=row.from_unit)
    row.number = Instruction.objects.filter(incident=incident).count() + 1
    row.ref = f"{incident.ref}-G{row.number}"
    row.duty = asked.order_by("started_at", "pk").last()
    row.clock = clocks.start(minutes=within_min, hours_of=hours_of, by=actor, at=now)
    row.due_at = row.clock.due_at
    row.issued_by, row.issued_by_name, row.issued_at = actor, actor.record_name[:200], now
    row.save(force_insert=True)
    _issued(row, actor, now)


def _issued(row: Instruction, actor: User, now: datetime) -> None:
    """The audience, the first step, the record, and the telling of guidance that was just saved."""
    incident = row.incident
    incident.audience = exceptional.widened(incident, [row.from_unit, row.to_unit])
    incident.save(update_fields=["audience"])
    step = guidance_steps.write(row, "instruct", actor, "", Given(), now)
    audit.record(
        actor=actor,
        verb="instruct",
        target=row,
        after={
            "from": row.from_unit.code,
            "to": row.to_unit.code,
            "subject": row.subject,
            "precedence": row.precedence,
            "within_min": row.clock.minutes,
            "hours_of": row.clock.hours_of.code if row.clock.hours_of else None,
            "due_at": row.due_at.isoformat() if row.due_at else None,
        },
        reason=row.text,
        at=now,
    )
    guidance_steps.tell(row, step, actor)


def _known(incident: Incident, actor: User, key: uuid.UUID) -> Instruction | None:
    row = Instruction.objects.filter(client_key=key).first()
    if row is not None and (row.incident_id, row.issued_by_id) != (incident.pk, actor.pk):
        raise Clash(_("This key already belongs to other guidance. Use a new key."), code="clash")
    return row


def _check(incident: Incident, to_unit: Unit, subject: str, text: str, within_min: int, precedence: str) -> None:
    errors: dict[str, str] = {}
    if to_unit not in rules.units_to_instruct(incident):
        errors["to_unit"] = _("Choose an administration or unit of the incident's province.")
        if incident.exceptional:
            errors["to_unit"] = _("The report was made in confidence; only who sees it can be instructed.")
    if not subject:
        errors["subject"] = _("Say in a few words what it is about.")
    elif len(subject) > MAX_SUBJECT:
        errors["subject"] = _("The text is too long; at most %(n)s characters.") % {"n": MAX_SUBJECT}
    if not text:
        errors["text"] = _("Write what is to be done.")
    elif len(text) > MAX_TEXT:
        errors["text"] = _("The text is too long; at most %(n)s characters.") % {"n": MAX_TEXT}
    if precedence not in Precedence.values:
        errors["precedence"] = _("Say how urgent it is.")
    if why := _span_error(within_min):
        errors["within_min"] = why
    if errors:
        raise ValidationError(errors)


def _span_error(minutes: int) -> str:
    if rules.SHORTEST_MIN <= minutes <= rules.LONGEST_MIN:
        return ""
    return _("Give between a quarter of an hour and a year.")


# --- who carries it out ---------------------------------------------------------------------------------------


@transaction.atomic
def acknowledge_instruction(
    *, actor: User, instruction: Instruction, text: str = "", client_key: uuid.UUID | None = None
) -> Stepped:
    """Say that the guidance has arrived and is being carried out. The clock runs on.

    Raises PermissionDenied, Clash, workflow.Refused, ValidationError.
    """
    row = guidance_steps.locked(instruction, actor, "acknowledge_instruction")
    if known := guidance_steps.known(row, actor, "acknowledge_instruction", client_key):
        return known
    given = Given(_fitting(text), client_key=client_key)
    return guidance_steps.advance(row, "acknowledge_instruction", actor, given, None)


@transaction.atomic
def ask_back(*, actor: User, instruction: Instruction, text: str, client_key: uuid.UUID | None = None) -> Stepped:
    """Ask the institution before going on; until it answers nothing is due.

    Raises PermissionDenied, Clash, workflow.Refused, and ValidationError without a question.
    """
    row = guidance_steps.locked(instruction, actor, "ask_back")
    if known := guidance_steps.known(row, actor, "ask_back", client_key):
        return known
    workflow.move("ask_back", row.state)
    given = Given(_need(text, _("Write your question.")), client_key=client_key)

    def pause(row: Instruction, by: User, at: datetime) -> Clock:
        return clocks.happen(row.clock, ClockEventKind.PAUSE, reason=given.text, by=by, at=at)

    return guidance_steps.advance(row, "ask_back", actor, given, pause)


@transaction.atomic
def report_instruction_done(
    *,
    actor: User,
    instruction: Instruction,
    text: str = "",
    files: kept_files.Files = (),
    client_key: uuid.UUID | None = None,
) -> Stepped:
    """Report that it is carried out, with proof: words, files, or both. The clock stops until it is judged.

    Raises PermissionDenied, Clash, workflow.Refused, and ValidationError by field without any proof.
    """
    row = guidance_steps.locked(instruction, actor, "report_instruction_done")
    if known := guidance_steps.known(row, actor, "report_instruction_done", client_key):
        return known
    workflow.move("report_instruction_done", row.state)
    text = _fitting(text)
    if not text and not files:
        raise ValidationError({"text": _("Say what was done, or give a photo or paper that shows it.")})
    given = Given(text, tuple(kept_files.keep(files)), client_key)
    return guidance_steps.advance(row, "report_instruction_done", actor, given, guidance_steps.stop)


# --- the institution ------------------------------------------------------------------------------------------


@transaction.atomic
def answer_question(
    *, actor: User, instruction: Instruction, text: str, client_key: uuid.UUID | None = None
) -> Stepped:
    """Answer what was asked back; the guidance is again as it was before the question, and the clock runs on.

    Raises PermissionDenied, Clash, workflow.Refused, and ValidationError without an answer.
    """
    row = guidance_steps.locked(instruction, actor, "answer_question")
    if known := guidance_steps.known(row, actor, "answer_question", client_key):
        return known
    workflow.move("answer_question", row.state)
    given = Given(_need(text, _("Write your answer.")), client_key=client_key)

    def resume(row: Instruction, by: User, at: datetime) -> Clock:
        return clocks.happen(row.clock, ClockEventKind.RESUME, reason=given.text, by=by, at=at)

    return guidance_steps.advance(row, "answer_question", actor, given, resume)


@transaction.atomic
def find_adequate(
    *, actor: User, instruction: Instruction, text: str = "", client_key: uuid.UUID | None = None
) -> Stepped:
    """A second person, of the institution, finds that it was carried out; the guidance is at its end.

    Raises PermissionDenied (also for who reported it done), Clash, workflow.Refused, ValidationError.
    """
    row = guidance_steps.locked(instruction, actor, "find_adequate")
    if known := guidance_steps.known(row, actor, "find_adequate", client_key):
        return known
    workflow.move("find_adequate", row.state)
    _demand_second(actor, row)
    given = Given(_fitting(text), client_key=client_key)
    return guidance_steps.advance(row, "find_adequate", actor, given, guidance_steps.stop)


@transaction.atomic
def find_wanting(
    *, actor: User, instruction: Instruction, text: str, within_min: int, client_key: uuid.UUID | None = None
) -> Stepped:
    """A second person, of the institution, finds that it is not enough, says why, and gives time: at least
    `within_min` minutes that count are left from now. Raises as `find_adequate`, and ValidationError by field.
    """
    row = guidance_steps.locked(instruction, actor, "find_wanting")
    if known := guidance_steps.known(row, actor, "find_wanting", client_key):
        return known
    workflow.move("find_wanting", row.state)
    _demand_second(actor, row)
    errors = {"within_min": why} if (why := _span_error(within_min)) else {}
    if not text.strip():
        errors["text"] = _("Say what is missing; it stays on record.")
    if errors:
        raise ValidationError(errors)
    given = Given(_fitting(text), client_key=client_key)

    def run_again(row: Instruction, by: User, at: datetime) -> Clock:
        return guidance_steps.run_again(row, by, at, minutes=within_min, reason=given.text)

    return guidance_steps.advance(row, "find_wanting", actor, given, run_again)


@transaction.atomic
def withdraw_instruction(
    *, actor: User, instruction: Instruction, reason: str, client_key: uuid.UUID | None = None
) -> Stepped:
    """Take the guidance back, with a reason; nothing is owed any more.

    Raises PermissionDenied, Clash, workflow.Refused, ValidationError.
    """
    row = guidance_steps.locked(instruction, actor, "withdraw_instruction")
    if known := guidance_steps.known(row, actor, "withdraw_instruction", client_key):
        return known
    workflow.move("withdraw_instruction", row.state)
    given = Given(_need(reason, _("Give the reason; it stays on record."), "reason"), client_key=client_key)
    return guidance_steps.advance(row, "withdraw_instruction", actor, given, guidance_steps.stop)


def _demand_second(actor: User, row: Instruction) -> None:
    if why := rules.judging_refusal(actor, row):
        raise PermissionDenied(why)


def _need(text: str, words: str, field: str = "text") -> str:
    if not text.strip():
        raise ValidationError({field: words})
    return _fitting(text, field)


def _fitting(text: str, field: str = "text") -> str:
    if len(text) > MAX_TEXT:
        raise ValidationError({field: _("The text is too long; at most %(n)s characters.") % {"n": MAX_TEXT}})
    return _lines(text)


def _lines(text: str) -> str:
    return text.strip().replace("\r\n", "\n")
