"""Form fields of traffic: a cell of a figure and the time watched, as people write them in both scripts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from crossings import count_words, figures


class FigureField(forms.CharField):
    """A cell: a figure as people write it, None when empty. `places` 0 is a whole number.

    `adds_to` names the total the script adds it to.
    """

    def __init__(self, *, places: int = 0, label: Any = "", adds_to: str = "", **kwargs: Any) -> None:
        attrs = {
            "class": "form-control cell", "data-adds": adds_to, "inputmode": "decimal" if places else "numeric",
            "autocomplete": "off", "maxlength": figures.MOST_DIGITS, "aria-label": label,
        }  # fmt: skip
        super().__init__(label=label, required=False, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.places = places

    def clean(self, value: Any) -> int | Decimal | None:
        """The figure."""
        text = super().clean(value)
        if not text:
            return None
        found: int | Decimal = _clear(lambda: figures.decimal(text) if self.places else figures.whole(text))
        return found


class HoursField(forms.CharField):
    """Time watched, in minutes afterwards."""

    def __init__(self, *, label: Any) -> None:
        attrs = {"class": "form-control cell", "autocomplete": "off", "maxlength": 20, "aria-label": label}
        super().__init__(label=label, required=False, widget=forms.TextInput(attrs=attrs))

    def clean(self, value: Any) -> int | None:
        """The minutes; None when empty."""
        text = super().clean(value)
        return _clear(lambda: figures.minutes(text)) if text else None


def _clear(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except figures.Unclear as unclear:
        raise ValidationError(count_words.worded(unclear.code, unclear.params)) from None
