"""Form fields that every area of the site asks with: a typed time or day, and a reason."""

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from borderwatch.khmer import latin_digits, visible

# A day without a time of day, day first or year first.
_DAY = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{4}|\d{4}-\d{2}-\d{2}")
# Years outside this are slips of the hand.
YEARS = range(1900, 2201)


class TypedTimeField(forms.DateTimeField):
    """A local time typed as 25/12/2026 14:00, in Latin or Khmer figures; aware afterwards.

    With `day_alone` a day without a time of day is its first moment (midnight in Phnom Penh).
    """

    def __init__(self, *, day_alone: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.day_alone = day_alone

    def to_python(self, value: Any) -> datetime | None:
        """Read the figures of both scripts."""
        if isinstance(value, str):
            value = visible(latin_digits(value.strip()))
            if self.day_alone and _DAY.fullmatch(value):
                value += " 00:00"
        found = super().to_python(value)
        if found is not None and found.year not in YEARS:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class DayField(forms.DateField):
    """A day typed as 25/12/2026, in Latin or Khmer figures.

    Typed, not picked: a browser's own control writes the day in the order of its maker's country.
    """

    widget = forms.DateInput(
        attrs={
            "class": "form-control", "autocomplete": "off", "placeholder": "25/12/2026", "maxlength": 20,
            "inputmode": "text",
        },
        format="%d/%m/%Y",
    )  # fmt: skip
    default_error_messages = {
        "invalid": gettext_lazy("Write the day as 25/12/2026."),
        "required": gettext_lazy("Give the day."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> date | None:
        """Read the figures of both scripts."""
        found = super().to_python(visible(latin_digits(value.strip())) if isinstance(value, str) else value)
        if found is not None and found.year not in YEARS:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


def reason_field(*, required: bool = True, rows: int = 2, max_length: int = 2000) -> forms.CharField:
    """Why: a short text."""
    return forms.CharField(
        label=gettext_lazy("Reason"),
        required=required,
        max_length=max_length,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
    )
