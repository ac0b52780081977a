"""Why a count of traffic cannot be taken, as sentences in the reader's language. Codes are stable; words may change."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import dateparse
from django.utils.translation import gettext as _

from crossings.choices import (
    CountKind,
    CountMethod,
    Currency,
    Direction,
    Flow,
    GoodsClass,
    NationalityGroup,
    TravelDocument,
    VehicleClass,
)
from crossings.counts import Fault

Text = Callable[[], str]

_SENTENCES: dict[str, Text] = {
    "future": lambda: _("This day has not come yet. Check the date."),
    "too_early": lambda: _("No day before %(earliest)s can be entered. Check the year."),
    "unknown_direction": lambda: _("“%(text)s” is no direction. Write one of: %(allowed)s."),
    "no_direction": lambda: _("Give the direction. Write one of: %(allowed)s."),
    "no_kind": lambda: _("Say what is counted. Write one of: %(allowed)s."),
    "no_method": lambda: _("Say how it was counted. Write one of: %(allowed)s."),
    "hours_out_of_day": lambda: _("Give the time watched: more than nothing, at most 24 hours."),
    "unknown_method": lambda: _("“%(text)s” is no way of counting known here. Write one of: %(allowed)s."),
    "no_observer": lambda: _("Name who watched."),
    "too_long": lambda: _("This is too long: at most %(most)s characters."),
    "nothing_counted": lambda: _("Nothing is counted yet. Write 0 where you watched and nobody came."),
    "too_many_lines": lambda: _("A day has at most %(most)s counts."),
    "twice": lambda: _("The same class is counted twice on this day. Put both into one count."),
    "unknown_kind": lambda: _("“%(text)s” is nothing that is counted here. Write one of: %(allowed)s."),
    "no_class": lambda: _("Name the class: one of %(allowed)s."),
    "no_class_here": lambda: _("%(kind)s are not told apart by class. Leave the class empty."),
    "unknown_class": lambda: _("“%(text)s” is no class known here. Write one of: %(allowed)s."),
    "persons_alone": lambda: _("Only persons have a nationality and a document. Leave this empty."),
    "unknown_nationality": lambda: _("“%(text)s” is no group of nationalities. Write one of: %(allowed)s."),
    "unknown_document": lambda: _("“%(text)s” is no travel document known here. Write one of: %(allowed)s."),
    "unknown_currency": lambda: _("“%(text)s” is no currency known here. Write one of: %(allowed)s."),
    "goods_alone": lambda: _("Only goods have tonnes and a value. Leave this empty."),
    "goods_in_tonnes": lambda: _("Goods are counted in tonnes or by value, not by number. Leave the number empty."),
    "no_number": lambda: _("Give the number; 0 when you watched and nobody came."),
    "no_tonnes": lambda: _("Give the tonnes or the value of the goods."),
    "no_currency": lambda: _("Give the currency of the value: one of %(allowed)s."),
    "currency_without_value": lambda: _("There is a currency but no value."),
    "negative": lambda: _("A count cannot be below zero."),
    "absurd": lambda: _("This is more than can pass in a day (%(most)s). Check for a digit too many."),
    "too_fine": lambda: _("At most %(places)s digits after the point."),
    "no_figure": lambda: _("“%(text)s” is no number."),
    "not_whole": lambda: _("“%(text)s” is no whole number."),
    "ambiguous": lambda: _(
        "“%(text)s” can be read in two ways. Write %(thousand)s for the thousand, or %(point)s with the point."
    ),
    "no_hours": lambda: _("“%(text)s” is no time watched. Write hours as 12, 8:30, or from and to as 6:00-18:00."),
    "no_day": lambda: _("“%(text)s” is no day. Write it as 25/12/2026 or 2026-12-25."),
    "shut": lambda: _(
        "The register holds this crossing shut on that day for: %(flows)s. Check the date. If it was so all the same, "
        "say that it was counted although closed and write what happened in the note."
    ),
    "shut_without_note": lambda: _("It was counted although the crossing was closed: write what happened in the note."),
    "no_reason": lambda: _("This day is entered already with other figures. Say why it is corrected."),
    "meanwhile": lambda: _(
        "%(name)s entered this day at %(time)s meanwhile. Compare the two; yours has not been saved."
    ),
    "same_day_twice": lambda: _("This day and direction is sent twice."),
}


def sentence(fault: Fault) -> str:
    """A fault as a sentence that says what to do; a code nobody knows any more is shown as it is."""
    return worded(fault.code, fault.params)


def worded(code: str, params: Mapping[str, Any]) -> str:
    """The same for a code and its figures."""
    text = _SENTENCES.get(code)
    if text is None:
        return code
    shown = {name: _shown(name, value) for name, value in params.items()}
    if allowed := _allowed(code, str(params.get("kind", ""))):
        shown["allowed"] = ", ".join(allowed)
    try:
        return text() % shown
    except (KeyError, TypeError, ValueError):
        return code


def known() -> frozenset[str]:
    """The codes that have words."""
    return frozenset(_SENTENCES)


def _shown(name: str, value: Any) -> Any:
    if name == "flows":
        return ", ".join(str(Flow(one).label) for one in value)
    if name == "kind":
        return str(CountKind(value).label) if value in CountKind.values else value
    if name == "most" and isinstance(value, int):
        return f"{value:,}"
    if name == "earliest" and (day := dateparse.parse_date(str(value))):
        return f"{day:%d/%m/%Y}"
    return value


def _allowed(code: str, kind: str) -> list[str]:
    choices: Any = {
        "unknown_direction": Direction,
        "no_direction": Direction,
        "unknown_method": CountMethod,
        "no_method": CountMethod,
        "unknown_kind": CountKind,
        "no_kind": CountKind,
        "unknown_nationality": NationalityGroup,
        "unknown_document": TravelDocument,
        "unknown_currency": Currency,
        "no_currency": Currency,
    }.get(code)
    if code in ("unknown_class", "no_class"):
        choices = VehicleClass if kind == CountKind.VEHICLES else GoodsClass
    if choices is None:
        return []
    return list(choices.values) if choices is Currency else [str(label) for label in choices.labels]
