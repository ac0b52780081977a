"""The day or moment for which a page, a layer or a machine asks the register of crossings."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from borderwatch import clock
from borderwatch.fields import YEARS, TypedTimeField
from borderwatch.khmer import latin_digits, visible


def read(text: str) -> datetime | None:
    """The moment a text means, None for an empty one. A time without a zone is of Phnom Penh.

    A day alone is its first moment, since orders take effect on a day; today is this very moment, so that what was
    set this morning shows. Figures of both scripts, 2025-12-13 or 13/12/2025. Raises ValidationError.
    """
    plain = visible(latin_digits(text)).strip()
    if not plain:
        return None
    found = _iso(plain)
    if found is None:
        try:
            found = TypedTimeField(day_alone=True).clean(plain)
        except ValidationError:
            raise _unreadable() from None
    assert found is not None, "something was written"
    if found.year not in YEARS:
        raise _unreadable()
    now = clock.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return now if found == midnight else found


def _iso(plain: str) -> datetime | None:
    """ISO 8601: a day, or a time with its zone."""
    try:
        day, moment = parse_date(plain), parse_datetime(plain)
    except ValueError:
        return None
    if day is not None:
        return timezone.make_aware(datetime.combine(day, time()))
    return moment if moment is not None and timezone.is_aware(moment) else None


def _unreadable() -> ValidationError:
    return ValidationError(_("Write the day as 13/12/2025 or 2025-12-13; a time of day may follow."))


class AtField(forms.CharField):
    """A day or a moment as `read` understands it; None when empty."""

    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", "placeholder": "13/12/2025"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 40, "required": False, **kwargs})

    def clean(self, value: Any) -> datetime | None:
        """The moment."""
        return read(super().clean(value) or "")
