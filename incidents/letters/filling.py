"""Fields in the texts of templates: `{{ name }}` is replaced by a fact. Nothing else happens in a template.

No template language: texts are edited by people, and what they write is never run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What stands in a draft where a fact is empty, until somebody has written it.
OPEN = "[…]"
_FIELD = re.compile(r"\{\{[ \u00a0\u200b]*([^{}]*?)[ \u00a0\u200b]*\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Filled:
    """A text with its facts in it; the names nobody knows, and those whose fact is empty."""

    text: str
    unknown: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


def fill(text: str, facts: Mapping[str, str]) -> Filled:
    """Replace every field; unknown ones stay as they are, an empty fact becomes the open mark.

    `{{ name? }}` may be empty without a mark; a line in which nothing but such empty fields was to be said is left out.
    """
    unknown: dict[str, None] = {}
    empty: dict[str, None] = {}
    lines = [_line(line, facts, unknown, empty) for line in text.split("\n")]
    return Filled("\n".join(line for line in lines if line is not None), tuple(unknown), tuple(empty))


def _line(line: str, facts: Mapping[str, str], unknown: dict[str, None], empty: dict[str, None]) -> str | None:
    found = list(_FIELD.finditer(line))
    spared = 0

    def fact(match: re.Match[str]) -> str:
        nonlocal spared
        name, optional = match[1].removesuffix("?"), match[1].endswith("?")
        if name not in facts:
            unknown[name] = None
            return match[0]
        if facts[name].strip():
            # A fact is quoted as it is: braces in it are no fields of the template.
            return facts[name].strip().replace("{{", "{ {").replace("}}", "} }")
        if optional:
            spared += 1
            return ""
        empty[name] = None
        return OPEN

    filled = _FIELD.sub(fact, line)
    return None if found and spared == len(found) else filled


def fields(text: str) -> tuple[str, ...]:
    """The names of the fields in a text, each once, in their order."""
    return tuple(dict.fromkeys(match[1].removesuffix("?") for match in _FIELD.finditer(text)))


def is_name(name: str) -> bool:
    """Whether a field can have this name."""
    return bool(_NAME.fullmatch(name))
