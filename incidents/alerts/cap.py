"""Alert messages as CAP 1.2 (Common Alerting Protocol, OASIS): for the machines of ministries.

Thin like notices: what, where, how serious, who is asked. No text of the report, no person's name. Machine-readable
values are never localised; words come in Khmer and English. Times bear their offset (+07:00), never "Z".
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from borderwatch.topics import EXERCISE
from incidents.alerts.messages import ACKNOWLEDGED, CLOSED, REOPENED, RULED, STARTED, Message, is_false_alarm
from incidents.alerts.words import event_of, headline, place, story
from incidents.choices import SEEN_BY_FORCES, Category, Impact, Source
from incidents.models import Incident

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
LANGUAGES = (("km", "km-KH"), ("en", "en"))
# An alert that nobody has renewed for so long is history.
VALID = timedelta(hours=24)

CATEGORIES: dict[str, tuple[str, ...]] = {
    Category.ILLEGAL_CROSSING: ("Security",),
    Category.FACILITATION: ("Security", "Safety"),
    Category.SMUGGLING: ("Security",),
    Category.CHECKPOINT: ("Security",),
    Category.FOREIGNERS: ("Security",),
    Category.NEIGHBOUR: ("Security",),
    Category.OWN_SIDE: ("Security",),
    Category.ARMED: ("Security", "Safety"),
    Category.MARKER: ("Security", "Infra"),
    Category.PUBLIC_ORDER: ("Safety",),
    Category.OTHER_CRIME: ("Security",),
}
# Kinds of event that are more than their category says.
ALSO: dict[str, str] = {
    "mine_or_uxo": "CBRNE",
    "fire": "Fire",
    "flood": "Met",
    "drowning": "Rescue",
    "health_or_animal_disease": "Health",
    "bridge": "Infra",
    "road_or_path": "Infra",
    "wildlife": "Env",
    "timber": "Env",
}
SEVERITIES: dict[str, str] = {
    Impact.VERY_HIGH: "Extreme",
    Impact.HIGH: "Severe",
    Impact.MEDIUM: "Moderate",
    Impact.LOW: "Minor",
}
# Told by nobody who can be asked again.
UNSURE = frozenset({Source.ANONYMOUS, Source.MEDIA})
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(messages: Sequence[Message], chosen: Message) -> bytes:
    """One message as an XML document; `messages` are all of its escalation, the oldest first."""
    alert = ET.Element("alert", {"xmlns": NAMESPACE})
    incident = chosen.incident
    _add(alert, "identifier", chosen.identifier)
    _add(alert, "sender", settings.CAP_SENDER)
    _add(alert, "sent", offset_time(chosen.sent))
    _add(alert, "status", status_of(incident))
    _add(alert, "msgType", kind_of(chosen))
    _add(alert, "source", "BorderWatch")
    _add(alert, "scope", "Restricted")
    _add(alert, "restriction", restriction())
    if incident.drill is not None:
        _add(alert, "note", f"{EXERCISE}: {incident.drill.name_km} · {incident.drill.name_en}")
    earlier = [message for message in messages if message.order < chosen.order]
    if earlier:
        _add(alert, "references", " ".join(reference(message) for message in earlier))
    _add(alert, "incidents", incident.ref)
    for language, named in LANGUAGES:
        with translation.override(language):
            _info(alert, chosen, named)
    ET.indent(alert)
    body: bytes = ET.tostring(alert, encoding="UTF-8", xml_declaration=True)
    return body


def status_of(incident: Incident) -> str:
    """Actual, or what must not be acted on: Exercise for a drill, Test in the demo world."""
    if incident.drill_id is not None:
        return "Exercise"
    return "Test" if settings.DEMO else "Actual"


def kind_of(message: Message) -> str:
    """Alert at the start, Cancel when the event did not take place, Update for all else."""
    if message.kind == STARTED:
        return "Alert"
    return "Cancel" if is_false_alarm(message) else "Update"


def reference(message: Message) -> str:
    """How later messages name an earlier one: sender,identifier,sent."""
    return f"{settings.CAP_SENDER},{message.identifier},{offset_time(message.sent)}"


def offset_time(moment: datetime) -> str:
    """Local time with a numeric offset, to the second: 2026-11-26T14:05:00+07:00."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


def restriction() -> str:
    """Who may have it; one text for every reader."""
    texts = []
    for language, _named in LANGUAGES:
        with translation.override(language):
            texts.append(_("For official use of those to whom this site shows the incident. Not for publication."))
    return " ".join(dict.fromkeys(texts))


def _info(alert: ET.Element, message: Message, named: str) -> None:
    """The message in the active language."""
    incident = message.incident
    info = ET.SubElement(alert, "info")
    _add(info, "language", named)
    for category in categories(incident):
        _add(info, "category", category)
    _add(info, "event", event_of(incident))
    _add(info, "responseType", _response(message))
    over = message.kind == CLOSED
    _add(info, "urgency", "Past" if over else "Immediate")
    _add(info, "severity", SEVERITIES[incident.impact])
    _add(info, "certainty", "Unlikely" if is_false_alarm(message) else certainty(incident))
    _add_named(info, "eventCode", "borderwatch:type", incident.type)
    _add(info, "effective", offset_time(message.sent))
    _add(info, "onset", offset_time(incident.occurred_at))
    _add(info, "expires", offset_time(message.sent + VALID))
    _add(info, "senderName", _("BorderWatch, border incidents of Cambodia"))
    _add(info, "headline", headline(message))
    _add(info, "description", story(message))
    _add(info, "instruction", _("Sign in to read the report and to answer."))
    _add(info, "web", f"{settings.SITE_URL}{incident.get_absolute_url()}")
    _add_named(info, "parameter", "borderwatch:message", message.kind)
    _add_named(info, "parameter", "borderwatch:category", incident.category)
    _add_named(info, "parameter", "borderwatch:impact", incident.impact)
    if answer := message.facts.get("answer"):
        _add_named(info, "parameter", "borderwatch:answer", answer)
    _area(info, incident)


def categories(incident: Incident) -> list[str]:
    """The categories of the protocol for an event of this kind."""
    found = [*CATEGORIES[incident.category]]
    if incident.type in ALSO:
        found.append(ALSO[incident.type])
    return list(dict.fromkeys(found))


def certainty(incident: Incident) -> str:
    """Observed when a force itself saw it; else likely, or possible where nobody stands behind the word."""
    if incident.source in SEEN_BY_FORCES:
        return "Observed"
    return "Possible" if incident.source in UNSURE else "Likely"


def _response(message: Message) -> str:
    if message.kind == CLOSED:
        return "None" if is_false_alarm(message) else "AllClear"
    return {STARTED: "Assess", ACKNOWLEDGED: "Monitor", RULED: "Monitor", REOPENED: "Assess"}[message.kind]


def _area(info: ET.Element, incident: Incident) -> None:
    area = ET.SubElement(info, "area")
    _add(area, "areaDesc", place(incident))
    if incident.point is not None:
        # Kilometres; the accuracy of the place, ten metres at least.
        radius = max(0.01, (incident.accuracy_m or 0) / 1000)
        _add(area, "circle", f"{incident.point.y:.5f},{incident.point.x:.5f} {radius:.3f}")
    for unit in (incident.province, incident.district):
        if unit is not None:
            _add_named(area, "geocode", "P-code", f"KH{unit.code}")


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = clean(text)


def _add_named(parent: ET.Element, name: str, value_name: str, value: str) -> None:
    element = ET.SubElement(parent, name)
    _add(element, "valueName", value_name)
    _add(element, "value", value)


def clean(text: str) -> str:
    """The text without characters that XML 1.0 cannot hold."""
    return _UNSAYABLE.sub("", text)


def host() -> str:
    """The site's own name, as identifiers of the feed bear it."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"
