"""Forms of decisions about an incident. They check shape only; what is allowed and complete the verbs say."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import TypedTimeField as TypedTimeField
from borderwatch.fields import reason_field as reason_field
from borderwatch.khmer import search_key
from incidents.choices import Answer, CloseReason
from incidents.models import ConflictingCopy, EscalationPolicy
from units.choices import INSTITUTIONS
from units.models import Unit


class VerifyForm(forms.Form):
    """The province confirms that the report is sound."""

    reason = reason_field(required=False)


class ReopenForm(forms.Form):
    """A closed incident is taken up again."""

    reason = reason_field()


class CloseForm(forms.Form):
    """An incident is over."""

    close_reason = forms.ChoiceField(
        label=gettext_lazy("Why it is closed"),
        # The last one belongs to the end of a drill.
        choices=[(slug, label) for slug, label in CloseReason.choices if slug != CloseReason.EXERCISE],
        widget=forms.RadioSelect,
    )
    reason = reason_field()


class EscalateForm(forms.Form):
    """The province tells institutions; the policy says which, and by when they owe an answer."""

    policy = forms.ModelChoiceField(
        label=gettext_lazy("Policy"), queryset=EscalationPolicy.objects.none(), to_field_name="slug",
        empty_label=None, widget=forms.RadioSelect,
    )  # fmt: skip
    reason = reason_field()

    def __init__(self, *args: Any, policies: Iterable[EscalationPolicy] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        matching = list(policies)
        field = self.fields["policy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = EscalationPolicy.objects.filter(pk__in=[policy.pk for policy in matching])
        if matching:
            field.initial = matching[0].slug


class ReattributeForm(forms.Form):
    """A reviewer rules which unit answers: one of the candidates, or another one by code or name."""

    unit = forms.CharField(required=False, label=gettext_lazy("Unit that answers"))
    other = forms.CharField(required=False, label=gettext_lazy("Another unit, by code or name"), max_length=250)
    reason = reason_field()

    def __init__(self, *args: Any, units: Iterable[Unit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = list(units)

    def clean(self) -> dict[str, Any]:
        """`unit` becomes the Unit: what was typed comes before what was ticked."""
        data = super().clean() or {}
        typed, ticked = str(data.pop("other", "")), str(data.get("unit", ""))
        if typed:
            data["unit"] = self._named(typed)
            if data["unit"] is None:
                raise ValidationError({"other": _("No single unit has this code or name.")})
        else:
            data["unit"] = next((unit for unit in self.units if unit.code == ticked), None)
            if data["unit"] is None:
                raise ValidationError({"unit": _("Choose the unit that answers.")})
        return data

    def _named(self, text: str) -> Unit | None:
        # The suggestions of the page read "code · name".
        key = search_key(text.partition(" · ")[0])
        exact = [unit for unit in self.units if key in self._names(unit)]
        part = [unit for unit in self.units if any(key in name for name in self._names(unit))]
        found = exact or part
        return found[0] if len(found) == 1 else None

    @staticmethod
    def _names(unit: Unit) -> tuple[str, ...]:
        return search_key(unit.code), search_key(unit.name_en), search_key(unit.name_km)


class AnswerForm(forms.Form):
    """An institution's answer to what it owes: substance first, then words and a time (duty D10)."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Your answer"), choices=Answer.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the four answers.")},
    )  # fmt: skip
    instead = forms.ModelChoiceField(
        label=gettext_lazy("If it is not yours: the institution whose it is"), required=False,
        queryset=Unit.objects.filter(kind__in=INSTITUTIONS).order_by("code"), to_field_name="code",
        empty_label=gettext_lazy("– none of these –"),
        help_text=gettext_lazy("It is told at once and gets a duty with a time of its own."),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the institutions.")},
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    who_instead = forms.CharField(
        label=gettext_lazy("Or another body, in words"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    comment = forms.CharField(
        label=gettext_lazy("Comment"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )  # fmt: skip
    expected_at = TypedTimeField(
        label=gettext_lazy("When to expect the next step"), required=False,
        help_text=gettext_lazy("Day, month, year and time, such as 25/12/2026 14:00. May stay empty."),
        error_messages={"invalid": gettext_lazy("Write the time as 25/12/2026 14:00.")},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )  # fmt: skip


class SettleForm(forms.Form):
    """What became of a report that came with a known key but other content."""

    decision = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=ConflictingCopy.Decision.choices, widget=forms.RadioSelect
    )
    reason = reason_field()
