"""Answer a duty with substance: its own clock stops, or stands still while information is asked for; no other does."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.models import ActionLink
from borderwatch.outbox import Notice
from incidents import exceptional, notices, workflow
from incidents.actions import clocks, requests
from incidents.actions.escalation import open_duties
from incidents.choices import Answer, DutyState
from incidents.choices_answers import ClockEventKind, Why
from incidents.drills import rules
from incidents.models import Acknowledgement, Duty, Incident
from units import policy as permissions
from units.choices import INSTITUTIONS
from units.models import Endpoint, Unit, User
from units.recipients import Book, person


@dataclass(frozen=True)
class Acknowledged:
    """The acknowledgement on record; `first` is False when another official had answered already."""

    acknowledgement: Acknowledgement
    first: bool


@dataclass(frozen=True)
class Given:
    """An answer as somebody gave it: a person by his posting, or by a link sent to an address of the institution."""

    answer: str
    comment: str
    who_instead: str
    instead: Unit | None
    expected_at: datetime | None
    by: User | None
    by_name: str
    link: ActionLink | None


@transaction.atomic
def acknowledge(
    *,
    actor: User | None,
    duty: Duty,
    answer: str,
    comment: str = "",
    who_instead: str = "",
    expected_at: datetime | None = None,
    instead: Unit | None = None,
    link: ActionLink | None = None,
    by_name: str = "",
) -> Acknowledged:
    """Answer a duty with substance. Planned steps of that duty are cancelled in the same transaction.

    Two officials pressing together make one acknowledgement: the second gets the first one's back. Who asked for
    information may still answer without waiting for it. `need_information` pauses the clock and starts that of the
    unit that reported; `not_ours` with `instead` gives that institution a duty of its own. No `actor`: the answer came
    by a `link` sent to an address of the institution, and `by_name` says who gave it.
    Raises PermissionDenied, and ValidationError by field or when the drill it was asked in is over. Duties D9, D10.
    """
    duty = (
        Duty.objects.select_for_update(of=("self",))
        .select_related("unit", "escalation", "clock__hours_of")
        .get(pk=duty.pk)
    )
    _demand(actor, duty, link)
    known = Acknowledgement.objects.filter(duty=duty, withdrawn_at__isnull=True).first()
    if known is not None and (duty.state != DutyState.PAUSED or answer == Answer.NEED_INFORMATION):
        return Acknowledged(known, first=False)
    rules.refuse_ended(duty)
    now = clock.now()
    name = (actor.record_name if actor else by_name.strip())[:200]
    words = who_instead.strip() or (_both_names(instead) if instead else "")
    given = Given(answer, comment.strip(), words, instead, expected_at, actor, name, link)
    _check(given, duty, now)
    before = duty.state
    if known is not None:
        requests.answer_anyway(known, given.by, given.by_name, now)
    row = _write(duty, given, now)
    cancelled = _halt(duty, given, now)
    incident = _incident_answered(duty)
    follows = _follow_up(duty, row, incident, now)
    audit.record(
        actor=actor,
        verb="acknowledge",
        target=incident,
        before={"duty": duty.pk, "institution": duty.unit.code, "state": before},
        after={"answer": answer, "status": incident.status, "cancelled_steps": cancelled, **follows},
        reason=row.comment,
    )
    _tell(row, incident)
    return Acknowledged(row, first=True)


def _demand(actor: User | None, duty: Duty, link: ActionLink | None) -> None:
    """Who answers: a person by his posting, or whoever holds a link sent to an address of the institution itself."""
    if actor is not None:
        permissions.demand(actor, "acknowledge", [duty.unit_id])
        return
    meant = link is not None and (link.kind, link.key) == ("duty", str(duty.pk))
    sent_to = link.delivery.endpoint_id if link is not None and meant else None
    if sent_to is None or not Endpoint.objects.filter(pk=sent_to, unit=duty.unit_id, active=True).exists():
        raise PermissionDenied(permissions.nothing_here())


def _both_names(unit: Unit) -> str:
    return f"{unit.name_km} · {unit.name_en}"[:200] if unit.name_km else unit.name_en


def _check(given: Given, duty: Duty, now: datetime) -> None:
    errors: dict[str, str] = {}
    if not given.by_name:
        errors["by_name"] = _("Write your name; it stays on record.")
    if given.answer not in Answer.values:
        errors["answer"] = _("Choose one of the four answers.")
    if given.answer == Answer.NOT_OURS and not given.who_instead:
        errors["who_instead"] = _("Name the institution whose matter it is.")
    if given.instead is not None and (why := _not_theirs(given, duty, given.instead)):
        errors["instead"] = why
    if given.answer == Answer.NEED_INFORMATION and not given.comment:
        errors["comment"] = _("Say which information you need.")
    if given.expected_at is not None and given.expected_at < now:
        errors["expected_at"] = _("The expected time lies in the past.")
    if errors:
        raise ValidationError(errors)


def _not_theirs(given: Given, duty: Duty, unit: Unit) -> str:
    """Why the matter cannot be handed on to that institution, or ""."""
    if given.answer != Answer.NOT_OURS:
        return _("Name another institution only when the matter is not yours.")
    if unit.pk == duty.unit_id:
        return _("This is your own institution.")
    if unit.kind not in INSTITUTIONS:
        return _("Only a ministry or secretariat can be given the duty.")
    refused = Acknowledgement.objects.filter(
        duty__escalation=duty.escalation_id, duty__unit=unit, answer=Answer.NOT_OURS, withdrawn_at__isnull=True
    )
    return _("This institution has said already that the matter is not its own.") if refused.exists() else ""


def _write(duty: Duty, given: Given, now: datetime) -> Acknowledgement:
    return Acknowledgement.objects.create(
        duty=duty,
        number=Acknowledgement.objects.filter(duty=duty).count() + 1,
        answer=given.answer,
        comment=given.comment,
        who_instead=given.who_instead,
        instead=given.instead,
        expected_at=given.expected_at,
        by=given.by,
        by_name=given.by_name,
        link=given.link,
        at=now,
    )


def _halt(duty: Duty, given: Given, now: datetime) -> int:
    """Stop the duty's clock, or let it stand still while information is awaited; how many steps that cancelled."""
    asks = given.answer == Answer.NEED_INFORMATION
    duty.state = DutyState.PAUSED if asks else DutyState.ANSWERED
    duty.answered_at = None if asks else now
    duty.seen_at = duty.seen_at or now
    duty.save(update_fields=["state", "answered_at", "seen_at"])
    if duty.clock is not None:
        kind = ClockEventKind.PAUSE if asks else ClockEventKind.STOP
        why = Why.HANDED_ON if given.answer == Answer.NOT_OURS else Why.ANSWERED
        reason = given.comment if asks else why
        duty.clock = clocks.happen(duty.clock, kind, reason=reason, by=given.by, by_name=given.by_name, at=now)
    verb = "information asked for by" if asks else "answered by"
    cancelled = outbox.cancel(duty.bundle, reason=f"{verb} {given.by_name}")
    if given.by is not None and given.link is None:
        outbox.acknowledge(duty.bundle, user_id=given.by.pk)
    return cancelled


def _incident_answered(duty: Duty) -> Incident:
    """The first answer moves an escalated incident on; a closed one stays closed."""
    incident: Incident = (
        Incident.objects.select_for_update(of=("self",))
        .select_related("province", "district", "responsible_unit", "filed_by", "filed_for")
        .get(pk=duty.escalation.incident_id)
    )
    if workflow.allowed("acknowledge", incident.status):
        incident.status = workflow.move("acknowledge", incident.status)
        incident.save(update_fields=["status"])
    return incident


def _follow_up(duty: Duty, row: Acknowledgement, incident: Incident, now: datetime) -> dict[str, str]:
    """What the answer sets going beside its own clock, as the record keeps it."""
    said = {} if row.by_id else {"by_name": row.by_name}
    if row.answer == Answer.NEED_INFORMATION:
        due = requests.ask(duty, row, incident, now).clock.due_at
        said["information_due_at"] = due.isoformat() if due else ""
    elif row.answer == Answer.NOT_OURS and (handed_on := _hand_on(duty, incident, row.instead, now)):
        said["handed_on_to"] = handed_on.unit.code
    return said


def _hand_on(duty: Duty, incident: Incident, unit: Unit | None, now: datetime) -> Duty | None:
    """A duty of its own, with a fresh clock, for the institution named; none when it has one in this escalation."""
    if unit is None or Duty.objects.filter(escalation=duty.escalation, unit=unit).exists():
        return None
    minutes = duty.clock.minutes if duty.clock else round((duty.due_at - duty.started_at).total_seconds() / 60)
    return open_duties(duty.escalation, incident, [unit], at=now, minutes=minutes)[0]


def _tell(row: Acknowledgement, incident: Incident) -> None:
    """The filer, the province and whoever was told of the duty so far learn who has answered.

    Of a question the filer and the province learn by the request itself.
    """
    from incidents.actions.filing import administration_of

    administration = administration_of(incident.province_id)
    book = Book([administration, row.duty.unit])
    told = [person(incident.filed_by), *book.province_desk(administration)]
    told = [*([] if row.answer == Answer.NEED_INFORMATION else told), *book.officials(row.duty.unit)]
    others = [one for one in told if row.by_id is None or one.user_id != row.by_id]
    event = f"duty:{row.duty_id}:answered" if row.number == 1 else f"duty:{row.duty_id}:answered:{row.number}"
    outbox.publish(
        Notice(
            topic="duty_answered",
            event=event,
            kind="incident",
            key=incident.ref,
            recipients=exceptional.readers(incident, others),
            data=notices.acknowledgement_facts(row, incident),
        )
    )
