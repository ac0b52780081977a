"""The one table of everything anybody may be told.

A topic says how urgent it is, which template words it, and when a planned notice of it has become pointless.
Apps add their rows in `AppConfig.ready`, so that this table names no app.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise

from borderwatch.models import Delivery


@dataclass(frozen=True)
class Topic:
    """One kind of notice. `template` is a text file: its first line is the subject, the rest the body."""

    slug: str
    label: str | Promise
    template: str
    urgent: bool = False
    # Says at the moment of sending why the notice should not leave any more; "" lets it go.
    obsolete: Callable[[Delivery], str] = lambda delivery: ""
    # Turns the frozen facts into words of the active language.
    words: Callable[[dict[str, Any]], dict[str, Any]] = lambda data: data


@dataclass(frozen=True)
class Text:
    """A notice in words."""

    subject: str
    body: str


TOPICS: dict[str, Topic] = {}


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
    """The notice in the active language, from its frozen payload."""
    topic = TOPICS[delivery.topic]
    context = {"notice": delivery, "topic": topic, "site": settings.SITE_URL, **topic.words(facts(delivery))}
    subject, _, body = render_to_string(topic.template, context).strip().partition("\n")
    return Text(subject=" ".join(subject.split()), body=body.strip() + "\n")


def obsolete(delivery: Delivery) -> str:
    """Why this notice need not leave any more, or ""."""
    topic = TOPICS.get(delivery.topic)
    return topic.obsolete(delivery) if topic else ""
