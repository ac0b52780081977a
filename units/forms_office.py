"""Forms of working time, stand-ins and reach. They check shape only; what is allowed the verbs say."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from borderwatch.fields import DayField, reason_field
from borderwatch.khmer import latin_digits, visible
from units.choices import DayKind, Role
from units.forms_register import DOT, PersonField, moment_field
from units.models import Unit, User

# Spans of a day that the form has room for: morning, afternoon, evening.
SPANS = 3
ISO_WEEKDAYS = [(number + 1, name) for number, name in WEEKDAYS.items()]
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?")


class ClockField(forms.CharField):
    """A time of day typed as 07:30, 7.30 or 7, in Latin or Khmer figures; "07:30" afterwards, "24:00" is midnight."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"class": "form-control", "autocomplete": "off", "placeholder": "07:30", "maxlength": 5}
        super().__init__(max_length=10, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        """Read the figures of both scripts."""
        text = visible(latin_digits(str(super().clean(value)).strip().lower()))
        if not text:
            return ""
        found = _CLOCK.fullmatch(text)
        hours, minutes = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
        if minutes > 59 or hours * 60 + minutes > 1440:
            raise ValidationError(_("Write the time of day as 07:30."), code="invalid")
        return f"{hours:02d}:{minutes:02d}"


class TimeOfDayField(ClockField):
    """The same as a time; midnight is 00:00 only."""

    def clean(self, value: Any) -> Any:
        """A `time`, or None when nothing was typed."""
        text = super().clean(value)
        if text == "24:00":
            text = "00:00"
        return time.fromisoformat(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        """To the minute."""
        return f"{value:%H:%M}" if isinstance(value, time) else value


def _why() -> forms.CharField:
    field = reason_field(max_length=300)
    field.label = _("Order or reason")
    return field


def _text(label: Any, *, required: bool = False, max_length: int = 200, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    return forms.CharField(label=label, required=required, max_length=max_length, help_text=help_text, widget=widget)


class HoursForm(forms.Form):
    """An office's week from a day on."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        choices=ISO_WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one working day.")},
    )
    since = moment_field(_("From this day on"), help_text=_("Such as 25/12/2026. What has passed stays as it was."))
    source = _text(_("Source"), max_length=300, help_text=_("The decision by which the office keeps these hours."))
    reason = _why()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, SPANS + 1):
            self.fields[f"from_{number}"] = ClockField(label=_("From"), required=number == 1)
            self.fields[f"until_{number}"] = ClockField(label=_("Until"), required=number == 1)
        # Where the verb says that the hours make no day.
        self.fields["spans"] = forms.Field(required=False, widget=forms.HiddenInput)

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of the spans, in pairs."""
        return [(self[f"from_{number}"], self[f"until_{number}"]) for number in range(1, SPANS + 1)]

    def clean(self) -> dict[str, Any]:
        """What the verb takes: the spans that were filled in, in order."""
        data = super().clean() or {}
        pairs = [[data.pop(f"{end}_{number}", "") for end in ("from", "until")] for number in range(1, SPANS + 1)]
        data["spans"] = [pair for pair in pairs if any(pair)]
        return data


class EndHoursForm(forms.Form):
    """From when on the office follows the hours of all offices again."""

    at = moment_field(_("From this day on"), help_text=_("Such as 25/12/2026. What has passed stays as it was."))
    reason = _why()


class DayForm(forms.Form):
    """A day that differs from the week."""

    day = DayField(label=_("Day"))
    kind = forms.ChoiceField(label=_("Kind of day"), choices=DayKind.choices, widget=forms.RadioSelect)
    name_km = _text(_("Khmer name"))
    name_en = _text(_("English name"), help_text=_("One of the two names is enough."))
    source = _text(_("Source"), max_length=300, help_text=_("The sub-decree or decision that sets the day."))
    reason = _why()


class ReasonForm(forms.Form):
    """Why; nothing else is to be said."""

    reason = _why()


class ForWhomForm(forms.Form):
    """A keeper says for whom he enters a stand-in."""

    person = PersonField(label=_("Who is away, by user name or name"))


class StandInForm(forms.Form):
    """Who stands in, in which role, from when to when."""

    post = forms.ChoiceField(label=_("In which role"), widget=forms.RadioSelect)
    since = moment_field(_("Away from"))
    until = moment_field(_("Back on (not included)"))
    reason = _why()
    field_order = ("post", "stand_in", "since", "until", "reason")

    def __init__(
        self, *args: Any, posts: Sequence[tuple[Unit, str]], colleagues: Sequence[User] | None, **kwargs: Any
    ) -> None:
        """`colleagues` is whom a person may name by himself; None for a keeper, who names anybody."""
        super().__init__(*args, **kwargs)
        self._posts = {f"{unit.pk}:{role}": (unit, role) for unit, role in posts}
        words = {key: f"{Role(role).label}{DOT}{unit.name}" for key, (unit, role) in self._posts.items()}
        field = self.fields["post"]
        field.choices = list(words.items())  # type: ignore[attr-defined]
        field.initial = next(iter(words), None)
        self._colleagues = {user.username: user for user in colleagues or ()}
        if colleagues is None:
            self.fields["stand_in"] = PersonField(label=_("Stand-in, by user name or name"))
        else:
            names = [("", "–"), *((u.username, f"{u.get_full_name()}{DOT}{u.username}") for u in colleagues)]
            self.fields["stand_in"] = forms.ChoiceField(
                label=_("Stand-in"),
                choices=names,
                help_text=_("A colleague of your office. For somebody else ask the register keeper."),
                widget=forms.Select(attrs={"class": "form-select"}),
            )
        self.order_fields(self.field_order)

    def clean_stand_in(self) -> User:
        """The account that was chosen."""
        value = self.cleaned_data["stand_in"]
        return self._colleagues[value] if isinstance(value, str) else value

    def clean(self) -> dict[str, Any]:
        """Unit and role, as the verb takes them."""
        data = super().clean() or {}
        if (post := data.pop("post", None)) is not None:
            data["unit"], data["role"] = self._posts[post]
        return data


class ReachForm(forms.Form):
    """How a person wishes to be told beside the application."""

    mail_immediate = forms.BooleanField(label=_("What is urgent also by e-mail, at once"), required=False)
    digest = forms.BooleanField(label=_("The rest as one e-mail a day (digest)"), required=False)
    digest_at = TimeOfDayField(label=_("Digest at"), help_text=_("When the day's e-mail is written, such as 07:00."))
    quiet_from = TimeOfDayField(label=_("Quiet from"), required=False)
    quiet_until = TimeOfDayField(
        label=_("Quiet until"),
        required=False,
    )


class DestinationForm(forms.Form):
    """Where an administrator lets a person's messages go."""

    user = PersonField(label=_("Person, by user name or name"))
    destination = forms.ChoiceField(
        label=_("Destination"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    reason = _why()

    def __init__(self, *args: Any, destinations: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["destination"].choices = [("", _("none")), *((n, n) for n in destinations)]  # type: ignore[attr-defined]
