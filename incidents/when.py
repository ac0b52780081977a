"""Times as people write them: a date, perhaps a time of day, in Latin or Khmer digits, as exact as it is known."""

import re
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from borderwatch.khmer import latin_digits, visible
from incidents.choices import TimePrecision


class UnreadableTime(ValidationError):
    """A date or time that cannot be read; `field` says which of the two."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, code="unreadable")
        self.field = field


def instant(text: str) -> datetime | None:
    """A machine's time with its zone, whole seconds, in UTC; None when it is missing, broken or without a zone."""
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        return None
    if found is None or timezone.is_naive(found):
        return None
    try:
        return found.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None


def local(date: str, time: str, precision: str) -> tuple[datetime, str]:
    """A local date and time as an aware moment, with the precision that was really given.

    Day first or year first; "11/2024" is a month and "2024" a year, whatever precision was chosen. Raises
    UnreadableTime.
    """
    year, month, day, given = _date(date)
    precision = _coarser(precision, given)
    hour = minute = 0
    if precision in (TimePrecision.MINUTE, TimePrecision.HOUR):
        hour, minute, minutes_given = _time(time)
        precision = _coarser(precision, TimePrecision.MINUTE if minutes_given else TimePrecision.HOUR)
    if precision == TimePrecision.HOUR:
        minute = 0
    if precision in (TimePrecision.MONTH, TimePrecision.YEAR):
        day = 1
    if precision == TimePrecision.YEAR:
        month = 1
    try:
        naive = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - made aware in the next line
    except ValueError:
        raise UnreadableTime("date", _("There is no such day. Write the date as 25/12/2026.")) from None
    return timezone.make_aware(naive), precision


_ORDER = list(TimePrecision.values)


def _coarser(one: str, other: str) -> str:
    return max(one, other, key=_ORDER.index)


def _date(text: str) -> tuple[int, int, int, str]:
    figures = re.findall(r"\d+", visible(latin_digits(text)))
    if len(figures) == 1 and len(figures[0]) == 8:
        figures = [figures[0][:2], figures[0][2:4], figures[0][4:]]
    numbers = [int(figure) for figure in figures]
    year_first = bool(figures) and len(figures[0]) == 4
    if year_first:
        numbers.reverse()
    if not 1 <= len(numbers) <= 3 or not 1900 <= numbers[-1] <= 9999:
        raise UnreadableTime("date", _("Write the date as 25/12/2026: day, month, year."))
    if len(numbers) == 1:
        return numbers[0], 1, 1, TimePrecision.YEAR
    if len(numbers) == 2:
        return numbers[1], numbers[0], 1, TimePrecision.MONTH
    return numbers[2], numbers[1], numbers[0], TimePrecision.MINUTE


def _time(text: str) -> tuple[int, int, bool]:
    figures = re.findall(r"\d+", visible(latin_digits(text)))
    if len(figures) == 1 and len(figures[0]) in (3, 4):
        figures = [figures[0][:-2], figures[0][-2:]]
    hour, minute = (int(figures[0]) if figures else -1), (int(figures[1]) if len(figures) > 1 else 0)
    if not (1 <= len(figures) <= 3 and 0 <= hour <= 23 and 0 <= minute <= 59):
        raise UnreadableTime("time", _("Write the time as 14:30, or say below that the time of day is not known."))
    return hour, minute, len(figures) > 1
