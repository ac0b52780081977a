"""The form of an engagement: shape only; what is true and complete the verb says. Five things first, for the phone."""

import uuid
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import reason_field
from incidents.choices_answers import EngagementKind, EngagementResult
from incidents.engagements import contact, rules
from incidents.forms_cases import FilesField, text_field
from incidents.models import Counterpart, Incident
from units import policy
from units.choices import Neighbour
from units.fields_patrols import MomentField, text_input
from units.models import Unit, User

SELECT = forms.Select(attrs={"class": "form-select"})
# What stands below the first five things; the page opens that part when one of them is at fault.
FURTHER = (
    "place", "their_person", "their_rank", "our_people", "next_contact_at", "minutes", "unit",
)  # fmt: skip


class EngagementForm(forms.Form):
    """Who was spoken with, when and how, what was demanded, what they answered, what came of it; then the rest."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    counterpart = forms.ChoiceField(label=gettext_lazy("Their authority"), required=False, widget=SELECT)
    authority = forms.CharField(
        label=gettext_lazy("Their authority or post, in your own words"),
        required=False,
        max_length=200,
        widget=text_input(maxlength=200),
        help_text=gettext_lazy("When it is not in the list, or the post within it."),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Their country"), required=False, choices=[("", "–"), *Neighbour.choices], widget=SELECT
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How"), choices=EngagementKind.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say how you spoke with them.")},
    )  # fmt: skip
    happened_at = MomentField(label=gettext_lazy("When"))
    demanded = text_field(gettext_lazy("What was demanded"), rows=3)
    answer = text_field(gettext_lazy("What they answered"), required=False, rows=3)
    result = forms.ChoiceField(
        label=gettext_lazy("What came of it"), choices=EngagementResult.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what came of it; “not known yet” is an answer too.")},
    )  # fmt: skip
    place = forms.CharField(
        label=gettext_lazy("Where"), required=False, max_length=200, widget=text_input(maxlength=200)
    )
    their_person = forms.CharField(
        label=gettext_lazy("Their person"), required=False, max_length=200, widget=text_input(maxlength=200)
    )
    their_rank = forms.CharField(
        label=gettext_lazy("Their rank or office"), required=False, max_length=120, widget=text_input(maxlength=120)
    )
    our_people = forms.CharField(
        label=gettext_lazy("Who spoke for us"), max_length=300, widget=text_input(maxlength=300)
    )
    unit = forms.ChoiceField(label=gettext_lazy("You enter it for"), required=False, widget=SELECT)
    next_contact_at = MomentField(
        label=gettext_lazy("Next contact"),
        required=False,
        help_text=gettext_lazy("You and your unit are reminded at that time."),
    )
    minutes = text_field(gettext_lazy("Minutes"), required=False, rows=4)
    files = FilesField()  # type: ignore[assignment]

    def __init__(self, *args: Any, user: User, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.incident = user, incident
        self.fields["minutes"].help_text = _("What else was said, in order; a signed paper can be added as a file.")
        self.initial.setdefault("client_key", uuid.uuid4())
        self.initial.setdefault("our_people", _speaker(user))
        own = self.neighbours
        if len(own) == 1:
            self.initial.setdefault("country", own[0])
        self.fields["counterpart"].choices = [("", _("not in the list")), *self._counterparts()]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [(unit.code, unit.name) for unit in self.units]  # type: ignore[attr-defined]
        if len(self.units) < 2:
            del self.fields["unit"]

    @cached_property
    def units(self) -> list[Unit]:
        """The units for which the person may enter it."""
        return rules.units_for(self.user, self.incident)

    @property
    def neighbours(self) -> list[str]:
        """The countries the incident's province borders."""
        return list(self.incident.province.neighbours)

    def _counterparts(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Those of the province's own neighbours first."""
        rows = list(Counterpart.objects.filter(active=True).order_by("kind", "name_en"))
        order = [*self.neighbours, *(code for code in Neighbour.values if code not in self.neighbours)]
        groups = {code: [(row.slug, row.name) for row in rows if row.country == code] for code in order}
        return [(str(Neighbour(code).label), found) for code, found in groups.items() if found]

    @property
    def further_open(self) -> bool:
        """Whether something below the first five things is at fault."""
        return any(name in self.errors for name in FURTHER)

    @property
    def forgotten(self) -> bool:
        """Whether files were chosen that the browser forgets when the page comes back."""
        return bool(self.errors and self.files)

    def clean_counterpart(self) -> Counterpart | None:
        """The row of that code."""
        slug = self.cleaned_data["counterpart"]
        return Counterpart.objects.get(slug=slug) if slug else None

    def given(self) -> dict[str, Any]:
        """What the verb takes, out of a valid form."""
        data = dict(self.cleaned_data)
        files, key, code = data.pop("files"), data.pop("client_key"), data.pop("unit", "")
        if data["counterpart"] is not None:
            # The list knows the country; the control beside it is for an authority that is not in the list.
            data["country"] = data["counterpart"].country
        unit = next((one for one in self.units if one.code == code), None)
        return {"contact": contact.Contact(**data), "files": files, "client_key": key, "unit": unit}


class StrikeForm(forms.Form):
    """An entry was wrong."""

    reason = reason_field(max_length=300)


def _speaker(user: User) -> str:
    """The person who enters it, with where he is posted."""
    posted = [unit.name for role, unit in policy.roles_of(user) if policy.FILE in policy.ROLES[role]]
    return ", ".join([user.get_full_name(), *posted[:1]])[:300]
