"""The Atom feed of alert messages (RFC 4287, pages after RFC 5005)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from incidents.alerts import cap
from incidents.alerts.messages import Message
from incidents.alerts.words import headline, story

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
# The day from which on the site's name is used in tag: URIs (RFC 4151); it never changes.
SINCE = "2026-01-01"
# An empty feed has been updated at some fixed time too.
NEVER = datetime(2026, 1, 1, tzinfo=UTC)


def feed(messages: Sequence[Message], *, here: str, following: str, language: str) -> bytes:
    """A page of the feed; `here` and `following` are absolute addresses, `following` "" on the last page."""
    with translation.override(language):
        root = ET.Element("feed", {"xmlns": NAMESPACE, "{http://www.w3.org/XML/1998/namespace}lang": language})
        _add(root, "id", tag("feed"))
        _add(root, "title", _("BorderWatch: immediate escalations"))
        _add(root, "updated", cap.offset_time(max((one.sent for one in messages), default=NEVER)))
        _add(ET.SubElement(root, "author"), "name", _("BorderWatch, border incidents of Cambodia"))
        _add(root, "rights", cap.restriction())
        _link(root, "self", here, MEDIA_TYPE)
        _link(root, "alternate", f"{settings.SITE_URL}{reverse('alerts:about')}", "text/html")
        if following:
            _link(root, "next", following, MEDIA_TYPE)
        for message in messages:
            _entry(root, message)
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return body


def _entry(root: ET.Element, message: Message) -> None:
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", tag(message.identifier))
    _add(entry, "title", headline(message))
    _add(entry, "updated", cap.offset_time(message.sent))
    _add(entry, "published", cap.offset_time(message.sent))
    ET.SubElement(entry, "category", {"term": cap.status_of(message.incident), "scheme": f"{cap.NAMESPACE}:status"})
    ET.SubElement(entry, "category", {"term": cap.kind_of(message), "scheme": f"{cap.NAMESPACE}:msgType"})
    _link(entry, "alternate", address(message), cap.MEDIA_TYPE)
    _link(entry, "related", f"{settings.SITE_URL}{message.incident.get_absolute_url()}", "text/html")
    _add(entry, "summary", story(message))


def address(message: Message) -> str:
    """Where the message is to be had as CAP."""
    return f"{settings.SITE_URL}{reverse('alerts:cap', args=[message.escalation.pk, message.slug])}"


def tag(name: str) -> str:
    """A name that stays the same wherever the site moves to: a tag: URI (RFC 4151)."""
    return f"tag:{cap.host()},{SINCE}:alerts/{name}"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = cap.clean(text)


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "href": href, "type": kind})
