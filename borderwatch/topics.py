"""The one table of everything anybody may be told.

A topic says how urgent it is, which template words it, and when a planned notice of it has become pointless.
Apps add their rows in `AppConfig.ready`, so that this table names no app.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise

from borderwatch.models import Delivery

if TYPE_CHECKING:
    from borderwatch.outbox import Recipient


@dataclass(frozen=True)
class Asked:
    """What the receiver of a notice may do by a link in it: the purpose, and with which object (`kind`, `key`).

    `until` ends the link earlier than its usual life, when the object itself ends then. With `person_only` an address
    that is no person's gets no link.
    """

    purpose: str
    kind: str
    key: str
    until: datetime | None = None
    person_only: bool = False


@dataclass(frozen=True)
class Topic:
    """One kind of notice. `template` is a text file: its first line is the subject, the rest the body."""

    slug: str
    label: str | Promise
    template: str
    urgent: bool = False
    # Sent even while its address is only tried now and then because it keeps failing: a test of the address.
    probe: bool = False
    # Says at the moment of sending why the notice should not leave any more; "" lets it go.
    obsolete: Callable[[Delivery], str] = lambda delivery: ""
    # Whom planned notices reach when their time has come, by event; asked once for all of them, one notice an event.
    # An event it does not name is told to those it was planned for. None: always those.
    now_told: "Callable[[Sequence[Delivery]], Mapping[str, Sequence[Recipient]]] | None" = None
    # Read behind the sign-in alone: never by mail or message to a person, no word of it in a digest.
    signed_in_only: bool = False
    # Turns the frozen facts into words of the active language.
    words: Callable[[dict[str, Any]], dict[str, Any]] = lambda data: data
    # What the frozen facts ask the receiver to do; None for a notice that only tells.
    asks: Callable[[dict[str, Any]], Asked | None] = lambda data: None


@dataclass(frozen=True)
class Text:
    """A notice in words."""

    subject: str
    body: str


TOPICS: dict[str, Topic] = {}

# Stands before subject and body of every notice whose facts say "exercise", in both languages for every reader.
EXERCISE = "EXERCISE – ការហាត់សម"


def register(*topics: Topic) -> None:
    """Add rows to the table; a slug is given once."""
    for topic in topics:
        if TOPICS.setdefault(topic.slug, topic) is not topic:
            raise ValueError(f"two topics are called {topic.slug}")


def facts(delivery: Delivery) -> dict[str, Any]:
    """The frozen facts as a dictionary, times still as text."""
    data: dict[str, Any] = json.loads(delivery.payload)["data"]
    return data


def render(delivery: Delivery) -> Text:
    """The notice in the active language, from its frozen payload; one of an exercise is marked as such."""
    topic = TOPICS[delivery.topic]
    data = facts(delivery)
    context = {"notice": delivery, "topic": topic, "site": settings.SITE_URL, **topic.words(data)}
    subject, _, body = render_to_string(topic.template, context).strip().partition("\n")
    # A part that was left out leaves no hole.
    whole = re.sub(r"\n{3,}", "\n\n", body.strip())
    text = Text(subject=" ".join(subject.split()), body=whole + "\n")
    return Text(f"{EXERCISE}: {text.subject}", f"{EXERCISE}\n\n{text.body}") if data.get("exercise") else text


def obsolete(delivery: Delivery) -> str:
    """Why this notice need not leave any more, or ""."""
    topic = TOPICS.get(delivery.topic)
    return topic.obsolete(delivery) if topic else ""


def asked(delivery: Delivery) -> Asked | None:
    """What this notice asks its receiver to do, or None."""
    topic = TOPICS.get(delivery.topic)
    return topic.asks(facts(delivery)) if topic else None
