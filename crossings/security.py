"""The security record of a crossing: figures drawn by the system for an assessment, never typed.

Each source counts over a span of time and says under which name; apps to the right add theirs (incidents).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from crossings.models import Crossing


@dataclass(frozen=True)
class Source:
    """`count(crossing, since, until)` gives figures by slug; `words` labels the slugs."""

    slug: str
    words: Mapping[str, str | Promise]
    count: Callable[[Crossing, datetime, datetime], Mapping[str, int]]


_SOURCES: dict[str, Source] = {}


def register(source: Source) -> None:
    """Add a source; a slug is given once."""
    if _SOURCES.setdefault(source.slug, source) is not source:
        raise ValueError(f"two sources are called {source.slug}")


def draw(crossing: Crossing, since: datetime, until: datetime) -> dict[str, int]:
    """The figures of every source over a span, by slug; what nobody counts is missing, not zero."""
    found: dict[str, int] = {}
    for source in _SOURCES.values():
        found |= source.count(crossing, since, until)
    return found


def words() -> dict[str, str | Promise]:
    """The label of every figure."""
    return {slug: label for source in _SOURCES.values() for slug, label in source.words.items()}
