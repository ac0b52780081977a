"""Forms of unauthorised checkpoints. They check shape only; what is true and allowed the verbs say."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import DayField, reason_field
from borderwatch.khmer import latin_digits, search_key, visible
from crossings.choices import Currency
from incidents.choices import CheckpointOperator, Obstruction
from units.fields_patrols import text_input, textarea
from units.models import Unit

# 10,000 and 10.000 are ten thousand: three figures behind a sign are no riel and no cents.
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_SELECT = {"class": "form-select"}


class AmountField(forms.DecimalField):
    """An amount of money in Latin or Khmer figures; 10 000, 10,000 and 10.000 are ten thousand."""

    widget = text_input(inputmode="decimal", maxlength=24)
    default_error_messages = {"invalid": gettext_lazy("Write the amount in figures, such as 10,000 or 2.50.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The amount as it was understood, a Decimal; None when empty."""
        if isinstance(value, str):
            value = re.sub(r"[\s\u00a0\u202f]", "", visible(latin_digits(value)))
            value = re.sub(r"[.,]", "", value) if _THOUSANDS.fullmatch(value) else value.replace(",", ".")
        return super().to_python(value)


class UnitField(forms.CharField):
    """A unit by code or name among `units`, typed or picked as "code · name"; None when empty."""

    widget = text_input(maxlength=250)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=250, **kwargs)
        self.units: list[Unit] = []

    def prepare_value(self, value: Any) -> Any:
        """A unit as the suggestions write it."""
        return f"{value.code} · {value.name}" if isinstance(value, Unit) else value

    def clean(self, value: Any) -> Unit | None:
        """The unit; raises ValidationError when no single one is meant."""
        text = super().clean(value)
        if not text:
            return None
        key = search_key(visible(text).partition(" · ")[0])
        named = {unit: tuple(search_key(one) for one in (unit.code, unit.name_en, unit.name_km)) for unit in self.units}
        exact = [unit for unit, names in named.items() if key in names]
        found = exact or [unit for unit, names in named.items() if any(key in name for name in names)]
        if len(found) != 1:
            raise ValidationError(_("No single unit has this code or name."))
        return found[0]


def _three_ways(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


class DescribeForm(forms.Form):
    """Who stands there, what is asked, how people are held up, since when."""

    operator = forms.ChoiceField(
        label=gettext_lazy("Who stands there"), choices=[("", "–"), *CheckpointOperator.choices],
        widget=forms.Select(attrs=_SELECT),
        error_messages={"required": gettext_lazy("Say who stands there; “not known” is an answer too.")},
    )  # fmt: skip
    operator_name = forms.CharField(
        label=gettext_lazy("Who exactly"), required=False, max_length=300, widget=text_input(),
        help_text=gettext_lazy("Name of the unit, the company or the group, as far as it is known."),
    )  # fmt: skip
    operator_unit = UnitField(
        label=gettext_lazy("Its unit in the register"),
        help_text=gettext_lazy("Only when a force or an authority of ours stands there: its superior must remove it."),
    )
    fee_asked = forms.TypedChoiceField(
        label=gettext_lazy("Is a fee asked?"), required=False, coerce=_three_ways, empty_value=None,
        choices=[("", gettext_lazy("not known")), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))],
        widget=forms.Select(attrs=_SELECT),
    )  # fmt: skip
    fee_amount = AmountField(label=gettext_lazy("Amount"), required=False)
    fee_currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), required=False, choices=[("", "–"), *Currency.choices],
        widget=forms.Select(attrs=_SELECT),
    )  # fmt: skip
    fee_note = forms.CharField(
        label=gettext_lazy("For what, and from whom"), required=False, max_length=300, widget=text_input()
    )
    obstruction = forms.ChoiceField(
        label=gettext_lazy("How people are held up"), required=False,
        choices=[("", gettext_lazy("not known")), *Obstruction.choices], widget=forms.Select(attrs=_SELECT),
    )  # fmt: skip
    obstruction_note = forms.CharField(
        label=gettext_lazy("More about it"), required=False, max_length=5000, widget=textarea(2)
    )
    first_seen_on = DayField(
        label=gettext_lazy("Standing since"), required=False,
        help_text=gettext_lazy("The first day it is known to have stood. Empty: the day of the report."),
    )  # fmt: skip

    def __init__(self, *args: Any, units: Iterable[Unit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["operator_unit"]
        assert isinstance(field, UnitField)
        field.units = self.units = list(units)
        field.widget.attrs["list"] = f"{self['operator_unit'].auto_id}_units"


class OrderForm(forms.Form):
    """By which day it must be gone."""

    remove_by = DayField(label=gettext_lazy("To be removed by"))
    reason = reason_field(required=False)


class ReportForm(forms.Form):
    """It is gone, with the proof."""

    removed_on = DayField(label=gettext_lazy("Removed on"))
    text = forms.CharField(
        label=gettext_lazy("Who removed it, and how"), max_length=5000, widget=textarea(3),
        error_messages={
            "required": gettext_lazy("Say in a few words who removed it and what became of it.")
        },
    )  # fmt: skip
    proof = forms.FileField(
        label=gettext_lazy("Proof"),
        help_text=gettext_lazy("A photo of the cleared place or a record: JPEG, PNG or PDF. It is kept as it is."),
        error_messages={"required": gettext_lazy("Add a photo or a document that shows that it is gone.")},
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/jpeg,image/png,application/pdf"}),
    )


class ConfirmForm(forms.Form):
    """Nothing to write: a second person confirms."""


class ReasonForm(forms.Form):
    """Why."""

    reason = reason_field()
