"""Figures as people write them: whole numbers, tonnes, money, hours and days, in the digits of both scripts.

What could mean two things is refused with a sentence, never guessed: “1.234” is a thousand in one country and one and
a bit in the next.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from borderwatch.khmer import latin_digits, visible

# Spaces people and spreadsheets put between thousands.
_SPACES = "\u00a0\u2007\u2009\u202f "
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([ ,])\d{3})(?:\1\d{3})*")
_GROUPED_DECIMAL = re.compile(r"[+-]?\d{1,3}(?:([ ,])\d{3})(?:\1\d{3})*\.\d+")
_DOTTED_DECIMAL = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+")
_PLAIN = re.compile(r"[+-]?\d+")
_POINT = re.compile(r"[+-]?\d+\.\d+")
_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")
# A point with exactly three digits behind it, and no zero before it, may be a thousand.
_DOUBTFUL = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_DOTTED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}")
_HOURS = re.compile(r"(\d{1,2})\s*(?:h|:|ម៉ោង)\s*(\d{2})?(?:\s*(?:min|m|នាទី))?")
_SPAN = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|to|ដល់)\s*(\d{1,2})(?:[:.h](\d{2}))?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
MOST_DIGITS = 30


class Unclear(ValueError):
    """The text is not the figure wanted; `code` and `params` are worded by count_words.py."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def plain(text: str) -> str:
    """The text with Latin digits, one kind of space, and nothing invisible."""
    text = visible(latin_digits(text))
    for space in _SPACES:
        text = text.replace(space, " ")
    return text.strip()


def whole(value: Any) -> int:
    """A whole number. Raises Unclear."""
    found = decimal(value)
    if found != found.to_integral_value():
        raise Unclear("not_whole", text=_said(value))
    return int(found)


def decimal(value: Any) -> Decimal:
    """A figure with or without decimals. Raises Unclear for what is none, or could be two."""
    if isinstance(value, bool) or value is None:
        raise Unclear("no_figure", text=_said(value))
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        # A spreadsheet keeps 12.3 as 12.300000000000001.
        return _finite(Decimal(repr(round(value, 6))), value)
    if isinstance(value, Decimal):
        return _finite(value, value)
    if not isinstance(value, str):
        raise Unclear("no_figure", text=_said(value))
    return _from_text(value)


def _finite(found: Decimal, value: Any) -> Decimal:
    if not found.is_finite():
        raise Unclear("no_figure", text=_said(value))
    return found


def _from_text(value: str) -> Decimal:
    text = plain(value).replace("−", "-")
    if len(text) > MOST_DIGITS:
        raise Unclear("no_figure", text=_said(value))
    if _DOUBTFUL.fullmatch(text):
        raise Unclear("ambiguous", text=text, thousand=text.replace(".", ""), point=f"{text}0")
    if _GROUPED.fullmatch(text) or _GROUPED_DECIMAL.fullmatch(text):
        text = text.replace(",", "").replace(" ", "")
    elif _DOTTED.fullmatch(text):
        text = text.replace(".", "")
    elif _DOTTED_DECIMAL.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    elif not (_PLAIN.fullmatch(text) or _POINT.fullmatch(text)):
        raise Unclear("no_figure", text=_said(value))
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unclear("no_figure", text=_said(value)) from None


def minutes(value: Any) -> int:
    """Time watched in minutes: 12, 8.5, 8:30, or from and to as 6:00-18:00. Raises Unclear."""
    if isinstance(value, timedelta):
        return round(value.total_seconds() / 60)
    if isinstance(value, time):
        return value.hour * 60 + value.minute
    if isinstance(value, str):
        text = plain(value).casefold()
        if span := _SPAN.fullmatch(text):
            return _between(value, *(int(part or 0) for part in span.groups()))
        if found := _HOURS.fullmatch(text):
            return int(found[1]) * 60 + int(found[2] or 0)
    try:
        return round(decimal(value) * 60)
    except Unclear as unclear:
        raise (unclear if unclear.code == "ambiguous" else Unclear("no_hours", text=_said(value))) from None


def _between(value: str, from_hour: int, from_minute: int, to_hour: int, to_minute: int) -> int:
    if max(from_hour, to_hour) > 24 or max(from_minute, to_minute) > 59:
        raise Unclear("no_hours", text=_said(value))
    lasted = to_hour * 60 + to_minute - from_hour * 60 - from_minute
    # A night's watch ends on the next day; the same hour twice is a whole day.
    return lasted if lasted > 0 else lasted + 24 * 60


def day(value: Any) -> date:
    """A day: a spreadsheet's own date, 2026-12-25, or 25/12/2026. Raises Unclear; a bare number is no date."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = plain(value) if isinstance(value, str) else ""
    if iso := _ISO.fullmatch(text):
        parts = (int(iso[1]), int(iso[2]), int(iso[3]))
    elif found := _DAY_FIRST.fullmatch(text):
        parts = (int(found[3]), int(found[2]), int(found[1]))
    else:
        raise Unclear("no_day", text=_said(value))
    try:
        return date(*parts)
    except ValueError:
        raise Unclear("no_day", text=_said(value)) from None


def hours_text(watched: int) -> str:
    """Minutes as they are typed again: 12, or 8:30."""
    return f"{watched // 60}:{watched % 60:02}" if watched % 60 else str(watched // 60)


def _said(value: Any) -> str:
    return "".join(c for c in str(value) if c.isprintable())[:40]
