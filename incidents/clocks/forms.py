"""Forms about duties' clocks. They check shape only; what is allowed and complete the verbs say."""

from django import forms
from django.utils.translation import gettext_lazy

from borderwatch.fields import TypedTimeField, reason_field


class PutOffForm(forms.Form):
    """Reminders put off until a time, with a reason."""

    until = TypedTimeField(
        label=gettext_lazy("No reminder before"),
        help_text=gettext_lazy("Day, month, year and time, such as 25/12/2026 14:00."),
        error_messages={
            "invalid": gettext_lazy("Write the time as 25/12/2026 14:00."),
            "required": gettext_lazy("Give the time until which reminders are put off."),
        },
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    reason = reason_field()


class InformationForm(forms.Form):
    """What an institution asked for."""

    answer = forms.CharField(
        label=gettext_lazy("The information"),
        max_length=5000,
        error_messages={"required": gettext_lazy("Write the information that was asked for.")},
        widget=forms.Textarea(attrs={"rows": 6, "class": "form-control"}),
    )
