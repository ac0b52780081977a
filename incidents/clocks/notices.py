"""What is told of requests for information: to who owes it, again at half the time and when it is due, and back."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from incidents import exceptional
from incidents import notices as of_incidents
from incidents.models import Incident, InformationRequest
from units.calendar import Calendar
from units.recipients import Book, person


def facts(request: InformationRequest, incident: Incident) -> dict[str, Any]:
    """The question and by when the information is owed."""
    return {
        **of_incidents.incident_facts(incident),
        "institution": of_incidents.unit_facts(request.duty.unit),
        "request": {
            "id": request.pk,
            "question": request.question,
            "answer": request.answer,
            "answered_by": request.answered_by_name,
            "due_at": request.clock.due_at.isoformat() if request.clock.due_at else None,
            "url": f"{settings.SITE_URL}/clocks/requests/{request.pk}/",
            "duty_url": f"{settings.SITE_URL}/inbox/{request.duty_id}/",
        },
    }


def asked(request: InformationRequest, incident: Incident) -> list[Notice]:
    """At once and when it is due to the filer and the province, at half the time to the filer alone.

    Once more after as much time again to both; then the overdue request stands on their first page.
    """
    from incidents.actions.filing import administration_of

    administration = administration_of(incident.province_id)
    filer = [person(incident.filed_by)]
    both = [*filer, *Book([administration]).province_desk(administration)]
    data, terms = facts(request, incident), request.clock
    calendar = Calendar(terms.hours_of)
    return [
        Notice(
            topic="request_opened" if number == 0 else "request_reminder",
            event=f"request:{request.pk}:step:{number}",
            kind="incident",
            key=incident.ref,
            recipients=_readers(incident, whom),
            data=data,
            at=calendar.add(terms.started_at, minutes),
            bundle=request.bundle,
        )
        for number, (minutes, whom) in enumerate(
            ((0, both), (terms.minutes / 2, filer), (terms.minutes, both), (terms.minutes * 2, both))
        )
    ]


def information_given(request: InformationRequest, incident: Incident) -> Notice:
    """To the institution that asked, at its desk and its addresses: its clock runs again."""
    unit = request.duty.unit
    return Notice(
        topic="request_answered",
        event=f"request:{request.pk}:answered",
        kind="incident",
        key=incident.ref,
        recipients=_readers(incident, Book([unit]).desk(unit)),
        data=facts(request, incident),
    )


def _readers(incident: Incident, recipients: list[Recipient]) -> list[Recipient]:
    return exceptional.readers(incident, dict.fromkeys(recipients))


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    text = of_incidents.words(data)
    about = data.get("request", {})
    return {
        **text,
        "institution_name": of_incidents.name(data.get("institution")),
        "question": about.get("question", ""),
        "information": about.get("answer", ""),
        "given_by": about.get("answered_by", ""),
        "due_at": of_incidents.moment(about.get("due_at")),
        "request_url": about.get("url", ""),
        "duty_url": about.get("duty_url", ""),
    }


def information_is_given(delivery: Delivery) -> str:
    """A reminder of a request that is settled, or to somebody who may no longer see the incident, is pointless."""
    number = delivery.bundle.removeprefix("request:")
    request = InformationRequest.objects.filter(pk=number).first() if number.isdigit() else None
    if request is None or request.answered_at is not None:
        return "the information was given"
    return of_incidents.cannot_see(delivery)


register(
    Topic(
        "request_opened",
        _("Information is asked of you"),
        "notices/request_opened.txt",
        urgent=True,
        obsolete=information_is_given,
        words=words,
    ),
    Topic(
        "request_reminder",
        _("Information not given yet"),
        "notices/request_reminder.txt",
        urgent=True,
        obsolete=information_is_given,
        words=words,
    ),
    Topic(
        "request_answered",
        _("The information you asked for"),
        "notices/request_answered.txt",
        urgent=True,
        obsolete=of_incidents.cannot_see,
        words=words,
    ),
)
