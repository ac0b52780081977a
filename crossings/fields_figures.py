"""Figures as people write them: in both scripts, with thousands apart, never guessed at when two readings are open."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.khmer import latin_digits, visible
from units.fields_patrols import CountField

_GROUPED = re.compile(r"-?\d{1,3}([ ,.])\d{3}(\1\d{3})*")
_BLANKS = re.compile("[\u00a0\u202f\t ]+")


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", visible(latin_digits(text))).strip()


class WholeField(CountField):
    """A whole number: ២៤០០, 2400, 2 400, 2,400 and 2.400 are the same."""

    default_error_messages = {"invalid": gettext_lazy("Write a whole number, like 2400.")}

    def to_python(self, value: Any) -> int | None:
        """Read the figures of both scripts, thousands apart or not."""
        if isinstance(value, str):
            value = _plain(value)
            if found := _GROUPED.fullmatch(value):
                value = value.replace(found[1], "")
        return super().to_python(value)


class AmountField(forms.DecimalField):
    """A figure that may have decimals: 1800.5, 1800,5, 1,800.5, 1 800,5. What reads two ways (1.800) is asked back."""

    widget = forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {
        "invalid": gettext_lazy("Write a number, like 1800 or 1800.5."),
        "max_decimal_places": gettext_lazy("At most %(max)s figures after the point."),
    }

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Read the figures of both scripts; the site itself writes a comma between thousands and a decimal point."""
        if isinstance(value, str):
            value = _understood(_plain(value))
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """What stands in the form: without the noughts the database adds."""
        return f"{Decimal(str(value)).normalize():f}" if isinstance(value, Decimal | float) else value


def _understood(text: str) -> str:
    text = re.sub(r"(?<=\d) (?=\d{3}(\D|$))", "", text)
    if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", text):
        raise ValidationError(
            _("“%(text)s” can be read in two ways. Write %(whole)s or %(part)s.")
            % {"text": text, "whole": text.replace(".", ""), "part": text.rstrip("0").rstrip(".")},
            code="two_ways",
        )
    if re.fullmatch(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", text):
        return text.replace(",", "")
    if re.fullmatch(r"-?[1-9]\d{0,2}((\.\d{3}){2,}(,\d+)?|\.\d{3},\d+)", text):
        return text.replace(".", "").replace(",", ".")
    # One comma that groups nothing is a decimal comma.
    return text.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", text) else text
