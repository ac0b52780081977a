"""Contradictions of the register, found by rule: what is on record in one place cannot be true beside another.

A rule reads visible rows only, so that nobody learns through a contradiction what he may not see. Apps to the right
add rules of their own; nothing is stored, so a mended contradiction is gone at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from crossings.models import Crossing


@dataclass(frozen=True)
class Contradiction:
    """One finding: which crossing, in words of the active language, since when, and where to look."""

    rule: str
    crossing: Crossing
    words: str
    url: str
    at: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """`find(user, crossings)` looks at a queryset of visible crossings (`with_state`) and gives its findings.

    `label` names the rule, `why` says in a sentence what cannot both be true and what to do about it.
    """

    slug: str
    label: str | Promise
    why: str | Promise
    find: Callable[[Any, Any], list[Contradiction]]


_RULES: dict[str, Rule] = {}


def register(*rules: Rule) -> None:
    """Add rules; a slug is given once."""
    for rule in rules:
        if _RULES.setdefault(rule.slug, rule) is not rule:
            raise ValueError(f"two rules are called {rule.slug}")


def rules() -> list[Rule]:
    """Every rule, in the order they were added."""
    return list(_RULES.values())


def find(user: Any, crossings: Any) -> list[tuple[Rule, list[Contradiction]]]:
    """What each rule finds among visible crossings; rules without a finding are left out."""
    found = [(rule, rule.find(user, crossings)) for rule in rules()]
    return [(rule, findings) for rule, findings in found if findings]
