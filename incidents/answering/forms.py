"""What is asked on a page opened by a link. They check shape only; what is allowed and complete the verbs say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from incidents.forms_decisions import AnswerForm


def _text(label: Any, *, autocomplete: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=70,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": autocomplete}),
    )


class WhoForm(forms.Form):
    """Who answers, for a link that was sent to an address and not to a person; a part of the forms below."""

    name = _text(gettext_lazy("Your name and rank"), autocomplete="name")
    office = _text(gettext_lazy("Your office"), autocomplete="organization")


class Signed(forms.Form):
    """A form that asks who answers when the link was sent to an address (`by_address`)."""

    def __init__(self, *args: Any, by_address: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if by_address:
            self.fields.update(WhoForm.base_fields)

    def given(self) -> dict[str, Any]:
        """What was answered, without who answered."""
        return {name: value for name, value in self.cleaned_data.items() if name not in WhoForm.base_fields}

    def who(self) -> dict[str, str]:
        """Who answered, as typed; empty strings when the link knows its person."""
        return {name: str(self.cleaned_data.get(name, "")) for name in WhoForm.base_fields}


class DutyAnswerForm(Signed, AnswerForm):
    """The answer to a duty, as on the duty's own page."""


class ConfirmForm(Signed):
    """Nothing but the confirmation itself."""
