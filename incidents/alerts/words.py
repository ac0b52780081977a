"""Alert messages in words of the active language: of incident and institutions, never of what the reporter wrote."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from borderwatch.topics import EXERCISE
from incidents.alerts.messages import ACKNOWLEDGED, CLOSED, REOPENED, RULED, STARTED, Message, is_false_alarm
from incidents.choices import Answer
from incidents.models import Incident
from incidents.notices import name

HEADLINE_MAX = 160


def event_of(incident: Incident) -> str:
    """What happened, marked when it was only played."""
    words = str(incident.type_label)
    return f"{EXERCISE}: {words}" if incident.drill_id is not None else words


def place(incident: Incident) -> str:
    """Where, from the small to the large."""
    parts = (incident.place_name, incident.district.name if incident.district else "", incident.province.name)
    return ", ".join(part for part in parts if part)


def headline(message: Message) -> str:
    """One line, short enough for any screen."""
    what = f"{event_of(message.incident)}, {place(message.incident)}"
    line = f"{what} – {news(message)}" if message.kind != STARTED else what
    return line if len(line) <= HEADLINE_MAX else f"{line[: HEADLINE_MAX - 1]}…"


def news(message: Message) -> str:
    """What this message says beyond the first one."""
    if message.kind == ACKNOWLEDGED:
        answer = Answer(message.facts["answer"]).label
        return _("%(institution)s has answered: %(answer)s") % {
            "institution": name(message.facts["institution"]),
            "answer": answer,
        }
    if message.kind == RULED:
        return _("it was ruled who answers: %(unit)s") % {"unit": name(message.facts["unit"])}
    if message.kind == CLOSED:
        return _("taken back: it did not take place") if is_false_alarm(message) else _("closed")
    return _("opened again") if message.kind == REOPENED else _("alert")


def story(message: Message) -> str:
    """A few sentences: how serious, when, who is asked, and the news."""
    incident = message.incident
    lines = [
        _("How serious: %(impact)s.") % {"impact": incident.get_impact_display()},
        _("Happened: %(occurred)s. Received: %(received)s.")
        % {"occurred": _moment(incident.occurred_at), "received": _moment(incident.received_at)},
        _("Escalated under: %(policy)s.") % {"policy": message.escalation.policy_name},
    ]
    if message.kind != STARTED:
        lines.append(_("News: %(news)s.") % {"news": news(message)})
    if incident.drill_id is not None:
        lines = [EXERCISE, *lines]
    return "\n".join(lines)


def _moment(value: object) -> str:
    return date_format(timezone.localtime(value), "DATETIME_FORMAT")  # type: ignore[arg-type]
