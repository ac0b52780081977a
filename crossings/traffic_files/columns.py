"""Which column is which, and what the words in it mean: the headers and labels of both languages, and the slugs."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.db import models
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from borderwatch.khmer import search_key
from crossings.choices import (
    CountKind,
    CountMethod,
    Currency,
    Direction,
    GoodsClass,
    NationalityGroup,
    TravelDocument,
    VehicleClass,
)

# The columns of a table in the order of the template. The slugs are understood in both languages.
COLUMNS: Mapping[str, str | Promise] = {
    "crossing": _("crossing"),
    "day": _("day"),
    "direction": _("direction"),
    "kind": pgettext_lazy("column of traffic", "kind"),
    "class": _("class"),
    "nationality": _("nationality"),
    "document": _("document"),
    "number": pgettext_lazy("column of traffic", "number"),
    "tonnes": _("tonnes"),
    "value": _("value"),
    "currency": _("currency"),
    "observed_hours": _("hours watched"),
    "method": _("method"),
    "observer": _("observer"),
    "although_closed": _("counted although closed"),
    "note": _("note"),
}
# Other headers people write.
ALSO: Mapping[str, str] = {
    "date": "day",
    "hours": "observed_hours",
    "observed hours": "observed_hours",
    "gate": "crossing",
    "count": "number",
    "ថ្ងៃខែ": "day",
    "កាលបរិច្ឆេទ": "day",
    "ចំនួន": "number",
    "ច្រក": "crossing",
    "ម៉ោង": "observed_hours",
}
NEEDED = ("day", "direction", "kind", "observed_hours")
# Of these at least one.
FIGURES = ("number", "tonnes", "value")
# A row with so many known headers is the header.
HEADERS_AT_LEAST = 3
LANGUAGES = ("en", "km")

# Other words people write for a choice.
_MORE: Mapping[type[models.TextChoices], Mapping[str, str]] = {
    Direction: {"entry": "in", "entering": "in", "ចូល": "in", "exit": "out", "leaving": "out", "ចេញ": "out"},
    CountKind: {"persons": "passengers", "people": "passengers", "refusals": "refused"},
    VehicleClass: {"lorry": "truck", "moto": "motorcycle"},
    NationalityGroup: {"kh": "khmer", "cambodia": "khmer"},
    Currency: {"៛": "KHR", "$": "USD", "฿": "THB", "₫": "VND", "₭": "LAK"},
}
_YES = {"yes", "true", "1", "x", "✓", "បាទ", "ចាស", "បាទ/ចាស", "មែន"}
_NO = {"", "no", "false", "0", "ទេ"}


def _key(text: str) -> str:
    return search_key(text).replace("_", " ")


@cache
def headers() -> dict[str, str]:
    """The column of every known header."""
    found = {_key(text): slug for text, slug in ALSO.items()}
    for language in LANGUAGES:
        with translation.override(language):
            found |= {_key(str(label)): slug for slug, label in COLUMNS.items()}
    return found | {_key(slug): slug for slug in COLUMNS}


@cache
def words(choices: type[models.TextChoices]) -> dict[str, str]:
    """The slug of every word known for a choice."""
    found = {_key(text): slug for text, slug in _MORE.get(choices, {}).items()}
    for language in LANGUAGES:
        with translation.override(language):
            found |= {_key(str(label)): str(slug) for slug, label in choices.choices}
    return found | {_key(slug): slug for slug in choices.values}


def column_of(cell: Any) -> str | None:
    """The column a header names; None for a header nobody knows."""
    return headers().get(_key(cell)) if isinstance(cell, str) else None


def slug_of(choices: type[models.TextChoices], text: str) -> str | None:
    """The choice a word names; None for a word nobody knows."""
    return words(choices).get(_key(text))


def classes_of(kind: str) -> type[models.TextChoices] | None:
    """The classes of a kind; None when it has none."""
    found: dict[str, type[models.TextChoices]] = {CountKind.VEHICLES: VehicleClass, CountKind.GOODS: GoodsClass}
    return found.get(kind)


def yes(cell: Any) -> bool | None:
    """Whether a cell says yes; None when it says neither."""
    if isinstance(cell, bool) or cell is None:
        return bool(cell)
    key = _key(str(cell))
    return True if key in _YES else False if key in _NO else None


def letter(index: int) -> str:
    """The letters of a column as spreadsheets name it, from 0: A, B, … AA."""
    text, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def lacking(found: Iterable[str], *, crossing_known: bool) -> list[str]:
    """The needed columns a table does not have, in words."""
    have = set(found)
    wanted = [name for name in NEEDED if name not in have]
    if not crossing_known and "crossing" not in have:
        wanted.insert(0, "crossing")
    if not have & set(FIGURES):
        wanted.append("number")
    return [str(COLUMNS[name]) for name in wanted]


CHOICES: Mapping[str, type[models.TextChoices]] = {
    "direction": Direction,
    "kind": CountKind,
    "nationality": NationalityGroup,
    "document": TravelDocument,
    "currency": Currency,
    "method": CountMethod,
}
