"""Forms of guidance: shape only; what is allowed and complete the verbs say."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import reason_field
from borderwatch.khmer import latin_digits, visible
from incidents.choices_answers import Precedence
from incidents.forms_cases import FilesField, text_field
from incidents.guidance import rules
from incidents.models import Incident
from units.choices import UnitKind
from units.fields_patrols import text_input
from units.models import Unit, User

SELECT = forms.Select(attrs={"class": "form-select"})
MOST_HOURS = rules.LONGEST_MIN / 60


class HoursField(forms.CharField):
    """Hours somebody is given, in Latin or Khmer figures, halves with point or comma; minutes afterwards."""

    widget = text_input(inputmode="decimal", maxlength=8)
    default_error_messages = {
        "invalid": gettext_lazy("Write the hours in figures, such as 8 or 1.5."),
        "required": gettext_lazy("Say how many hours are given."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            help_text=gettext_lazy(
                "Of what is immediate or flash every hour counts; else the working hours of who carries it out, "
                "eight to a day."
            ),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Whole minutes; both scripts are read, a decimal comma is a point."""
        text = visible(latin_digits(super().clean(value))).strip().replace(",", ".")
        try:
            hours = float(text)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        # Not a number fails here too: it is not between anything.
        if not rules.SHORTEST_MIN / 60 <= hours <= MOST_HOURS:
            raise ValidationError(_("Give between a quarter of an hour and a year."))
        return round(hours * 60)


class Keyed(forms.Form):
    """A form that carries a key of its own, so that sending it twice does it once."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("client_key", uuid.uuid4())

    @property
    def forgotten(self) -> bool:
        """Whether files were chosen that the browser forgets when the page comes back."""
        return bool(self.errors and self.files)


class InstructForm(Keyed):
    """What an institution wants done about an incident, by whom and by when."""

    from_unit = forms.ChoiceField(label=gettext_lazy("You instruct for"), required=False, widget=SELECT)
    to_unit = forms.ChoiceField(
        label=gettext_lazy("Who carries it out"), widget=SELECT,
        error_messages={"required": gettext_lazy("Choose who carries it out.")},
    )  # fmt: skip
    subject = forms.CharField(
        label=gettext_lazy("What it is about, in a few words"), max_length=200, widget=text_input(maxlength=200)
    )
    text = text_field(gettext_lazy("What is to be done"), rows=6)
    precedence = forms.ChoiceField(
        label=gettext_lazy("How urgent"), choices=Precedence.choices, widget=forms.RadioSelect,
        initial=Precedence.PRIORITY,
    )  # fmt: skip
    within_min = HoursField(label=gettext_lazy("Hours given"), initial=8)

    def __init__(self, *args: Any, user: User, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.givers = rules.instructing_units(user, incident)
        self.takers = rules.units_to_instruct(incident)
        self.fields["from_unit"].choices = [(unit.code, unit.name) for unit in self.givers]  # type: ignore[attr-defined]
        self.fields["to_unit"].choices = self._grouped()  # type: ignore[attr-defined]
        if len(self.givers) < 2:
            del self.fields["from_unit"]

    def _grouped(self) -> list[tuple[str, Any]]:
        """Administrations first, then units; the nearest to the incident first in each."""
        administrations = (UnitKind.PROVINCE, UnitKind.DISTRICT)
        first = [(unit.code, unit.name) for unit in self.takers if unit.kind in administrations]
        others = [(unit.code, unit.name) for unit in self.takers if unit.kind not in administrations]
        groups = [(str(_("Administrations")), first), (str(_("Units")), others)]
        return [("", "–"), *((label, found) for label, found in groups if found)]

    def given(self) -> dict[str, Any]:
        """What the verb takes, out of a valid form."""
        data = dict(self.cleaned_data)
        by_code = {unit.code: unit for unit in self.givers}
        giver: Unit = by_code.get(data.pop("from_unit", ""), self.givers[0])
        code = data.pop("to_unit")
        taker = next(unit for unit in self.takers if unit.code == code)
        return {**data, "from_unit": giver, "to_unit": taker}


class AcknowledgeForm(Keyed):
    """It has arrived and is being carried out."""

    text = text_field(gettext_lazy("Note"), required=False, rows=2)


class AskForm(Keyed):
    """Before going on, something must be known."""

    text = text_field(gettext_lazy("Your question"), rows=3)


class AnswerForm(Keyed):
    """The institution answers what was asked back."""

    text = text_field(gettext_lazy("Your answer"), rows=4)


class DoneForm(Keyed):
    """It is carried out, and here is the proof."""

    text = text_field(gettext_lazy("What was done"), required=False, rows=4)
    files = FilesField()  # type: ignore[assignment]


class AdequateForm(Keyed):
    """A second person is content."""

    text = text_field(gettext_lazy("Note"), required=False, rows=2)


class WantingForm(Keyed):
    """A second person is not content, and gives time."""

    text = text_field(gettext_lazy("What is missing"), rows=3)
    within_min = HoursField(label=gettext_lazy("Hours given from now"), initial=8)


class WithdrawForm(Keyed):
    """The guidance is taken back."""

    reason = reason_field()
