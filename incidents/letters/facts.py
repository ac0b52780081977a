"""Facts that fill the fields of letters. Each area says what it knows about its own objects.

An area registers a function for a kind of object and a kind of letter; it gives the fields by name, each a text:

    facts.register("protest", "protest_note", facts=facts_of_protest, to=None)

Names end in `_km` or `_en` where the words differ by language. An empty text is a fact that is not known yet: it is
marked in the draft. Names in `LETTER_FIELDS` also fill the letter's own fields (addressee, references, attachments).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from incidents.models import Incident
from units.models import Audited, Unit

Facts = Callable[[Any], Mapping[str, str]]
To = Callable[[Any], Sequence[Unit]]
# Fields of a letter that facts may give beside the fields of templates.
LETTER_FIELDS = (
    "addressee_km", "addressee_en", "through_km", "references_km", "attachments_km", "copies_km", "map_svg",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What fills a kind of letter about a kind of object, and to whom it goes when nothing else is said."""

    facts: Facts
    to: To | None = None


@dataclass(frozen=True)
class Known:
    """How objects of a kind are found again by their key."""

    model: type[models.Model]
    key: str
    order: str


_SOURCES: dict[tuple[str, str], Source] = {}
_KNOWN: dict[str, Known] = {}


def register(about_kind: str, kind: str, *, facts: Facts, to: To | None = None) -> None:
    """Say what fills letters of `kind` about objects of `about_kind` (their `audit_kind`); once for each pair."""
    if (about_kind, kind) in _SOURCES:
        raise ValueError(f"two sources of facts for {kind} about {about_kind}")
    _SOURCES[about_kind, kind] = Source(facts, to)


def register_kind(model: type[models.Model], *, key: str, order: str) -> None:
    """Say by which column objects are found (their `audit_key`), and how the newest come first."""
    _KNOWN[model._meta.model_name or ""] = Known(model, key, order)


def source(about: Audited | None, kind: str) -> Source | None:
    """Who fills this kind of letter about this object, None when no area does."""
    return _SOURCES.get((about.audit_kind, kind)) if about is not None else None


def about_kinds(kind: str) -> list[str]:
    """The kinds of object a kind of letter can be filled from."""
    return [known for known, filled in _SOURCES if filled == kind and known in _KNOWN]


def find(user: Any, about_kind: str, key: str) -> Any:
    """The object by kind and key, as far as the person sees it; None otherwise."""
    known = _KNOWN.get(about_kind)
    if known is None or not key:
        return None
    manager: Any = known.model._default_manager
    try:
        return manager.visible_to(user).filter(**{known.key: key}).first()
    except ValueError:
        return None


def label(user: Any, about_kind: str, key: str) -> tuple[str, str] | None:
    """(words, address) of the object a letter is about, for a page; None for who does not see it."""
    found = find(user, about_kind, key)
    if found is None:
        return None
    return str(found), found.get_absolute_url() if hasattr(found, "get_absolute_url") else ""


def newest(user: Any, kind: str, *, most: int = 10) -> list[Any]:
    """The newest objects the person sees from which this kind of letter can be filled: for a preview on real data."""
    found: list[Any] = []
    for about_kind in about_kinds(kind):
        known = _KNOWN[about_kind]
        manager: Any = known.model._default_manager
        found += list(manager.visible_to(user).order_by(known.order)[:most])
    return found


def incident_of(about: Any) -> Incident | None:
    """The incident an object belongs to: itself, or the one it names."""
    if isinstance(about, Incident):
        return about
    found = getattr(about, "incident", None)
    return found if isinstance(found, Incident) else None
