"""Verbs in words, for the histories people read. The record itself keeps the verb's own name.

Apps add theirs in `AppConfig.ready`, so that this table names no app.
"""

from collections.abc import Mapping

from django.utils.functional import Promise

_WORDS: dict[str, str | Promise] = {}


def register(words: Mapping[str, str | Promise]) -> None:
    """Add verbs and their words; a verb is worded once."""
    for verb, label in words.items():
        if _WORDS.setdefault(verb, label) is not label:
            raise ValueError(f"two wordings of {verb}")


def label(verb: str) -> str:
    """What was done, in the reader's language; the verb's own name when nobody has worded it."""
    return str(_WORDS.get(verb, verb))


def known() -> frozenset[str]:
    """The verbs that have words."""
    return frozenset(_WORDS)
