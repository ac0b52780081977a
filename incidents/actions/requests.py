"""An institution asks back: its clock stands still and the reporting side's runs, until the information is given."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from incidents.actions import clocks
from incidents.choices import DutyState
from incidents.choices_answers import ClockEventKind, Why
from incidents.clocks import notices
from incidents.clocks.ladder import Ladder
from incidents.drills import rules
from incidents.models import Acknowledgement, Duty, Incident, InformationRequest
from incidents.policies import Terms
from units import policy as permissions
from units.calendar import Calendar
from units.models import User
from units.recipients import Book


def ask(duty: Duty, row: Acknowledgement, incident: Incident, at: datetime) -> InformationRequest:
    """Open the request that an answer "we need information" makes; inside that answer's transaction.

    Asked of the unit the report was filed for, within the minutes of the frozen policy; its reminders are planned.
    """
    terms = Terms.of(duty.escalation.frozen_policy)
    running = clocks.start(
        minutes=terms.information_within_min, hours_of=terms.hours_of(incident.filed_for), by=row.by, at=at
    )
    request = InformationRequest.objects.create(
        duty=duty,
        acknowledgement=row,
        asked_of=incident.filed_for,
        question=row.comment,
        clock=running,
        asked_at=at,
    )
    outbox.publish(*notices.asked(request, incident))
    return request


@dataclass(frozen=True)
class Given:
    """The request as answered; `first` is False when somebody else had given the information already."""

    request: InformationRequest
    first: bool


@transaction.atomic
def give_information(*, actor: User, request: InformationRequest, answer: str) -> Given:
    """Answer what an institution asked. Its own clock goes on where it stood, and with it what is left of its ladder.

    Two people pressing together make one answer. By whoever files for the unit that was asked, or decides for the
    province. Raises PermissionDenied, and ValidationError without words.
    """
    duty = _locked(request)
    incident = duty.escalation.incident
    demand_answer(actor, request.asked_of_id, incident)
    request = _request(request.pk)
    if request.answered_at is not None:
        return Given(request, first=False)
    rules.refuse_ended(duty)
    if not answer.strip():
        raise ValidationError({"answer": _("Write the information that was asked for.")})
    now = clock.now()
    _settle(request, answer.strip(), Why.INFORMATION_GIVEN, actor, actor.record_name, now)
    _wake(duty, incident, actor, now)
    audit.record(
        actor=actor,
        verb="give_information",
        target=incident,
        before={"duty": duty.pk, "institution": duty.unit.code, "state": DutyState.PAUSED},
        after={"state": duty.state, "due_at": duty.due_at.isoformat()},
        reason=request.answer,
    )
    outbox.publish(notices.information_given(request, incident))
    return Given(request, first=True)


def demand_answer(actor: User, asked_of: int, incident: Incident) -> None:
    """Raise PermissionDenied unless the person files for the unit that was asked or decides for the province."""
    if not may_answer(actor, asked_of, incident):
        raise PermissionDenied(permissions.nothing_here())


def may_answer(actor: User, asked_of: int, incident: Incident) -> bool:
    """Whether the person may give the information."""
    deciding = [incident.filed_for_id, incident.responsible_unit_id]
    return permissions.may(actor, "give_information", [asked_of]) or permissions.may(actor, "escalate", deciding)


def answer_anyway(known: Acknowledgement, by: User | None, by_name: str, at: datetime) -> None:
    """The institution answers without waiting: its question is taken back and nobody owes the information any more."""
    for request in InformationRequest.objects.select_for_update(of=("self",)).filter(acknowledgement=known).open():
        _settle(request, Why.ANSWERED_ANYWAY, Why.ANSWERED_ANYWAY, by, by_name, at)
    if known.withdrawn_at is None:
        _take_back(known, Why.ANSWERED_ANYWAY, at)


def _locked(request: InformationRequest) -> Duty:
    """The duty first, as every verb about a duty does."""
    found: Duty = (
        Duty.objects.select_for_update(of=("self",))
        .select_related(
            "unit__parent",
            "clock__hours_of",
            "escalation__incident__province",
            "escalation__incident__district",
            "escalation__incident__responsible_unit",
        )
        .get(pk=request.duty_id)
    )
    return found


def _request(pk: int) -> InformationRequest:
    rows = InformationRequest.objects.select_for_update(of=("self",))
    found: InformationRequest = rows.select_related("acknowledgement", "asked_of", "clock", "duty__unit").get(pk=pk)
    return found


def _settle(request: InformationRequest, answer: str, why: str, by: User | None, by_name: str, at: datetime) -> None:
    """The request has its answer: its clock stops, its reminders are cancelled, the question no longer stands."""
    request.answer, request.answered_at = answer, at
    request.answered_by, request.answered_by_name = by, by_name[:200]
    request.save(update_fields=["answer", "answered_at", "answered_by", "answered_by_name"])
    clocks.happen(request.clock, ClockEventKind.STOP, reason=why, by=by, by_name=by_name, at=at)
    outbox.cancel(request.bundle, reason=f"{Why(why).value.replace('_', ' ')}: {by_name}")
    _take_back(request.acknowledgement, why, at)


def _take_back(row: Acknowledgement, why: str, at: datetime) -> None:
    row.withdrawn_at, row.withdrawn_reason = at, why
    row.save(update_fields=["withdrawn_at", "withdrawn_reason"])


def _wake(duty: Duty, incident: Incident, by: User, at: datetime) -> None:
    """The institution owes its answer again; what is left of its ladder is planned anew, shifted by the pause."""
    duty.state = DutyState.WAITING
    if duty.clock is not None:
        duty.clock = clocks.happen(duty.clock, ClockEventKind.RESUME, reason=Why.INFORMATION_GIVEN, by=by, at=at)
        duty.due_at = duty.clock.due_at or duty.due_at
    duty.save(update_fields=["state", "due_at"])
    replan(duty, incident, at)


def replan(duty: Duty, incident: Incident, at: datetime) -> int:
    """Plan what is left of a waiting duty's ladder by its clock as it stands; returns how many notices."""
    if duty.clock is None:
        return 0
    ladder = Ladder.of(duty, incident)
    calendar = Calendar(duty.clock.hours_of)
    stands = clocks.standing(duty.clock, up_to=at, calendar=calendar)
    again = duty.acknowledgements.filter(withdrawn_reason=Why.FORGOTTEN).count()
    part = duty.clock.events.count()
    steps = ladder.go_on(Book(ladder.told), calendar=calendar, at=at, lap=stands.lap, again=again, part=part)
    return len(outbox.publish(*steps))
