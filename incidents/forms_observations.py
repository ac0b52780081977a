"""The form that makes an incident of what a patrol saw: what it is and how serious; the rest is known already."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import TYPES, Category, Impact
from incidents.reports import MAX_TEXT
from units.models import Observation


class ObservationReportForm(forms.Form):
    """`content()` of a valid form gives the verb's words."""

    what = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": gettext_lazy("Choose what happened from the list."),
            "invalid_choice": gettext_lazy("Choose what happened from the list."),
        },
    )
    impact = forms.ChoiceField(
        label=gettext_lazy("How serious"),
        choices=Impact.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say how serious it is.")},
    )
    text = forms.CharField(
        label=gettext_lazy("In a few words"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        error_messages={"required": gettext_lazy("Write in a few words what happened.")},
        help_text=gettext_lazy("Who did what, how many, what is going on now. No names of persons."),
    )

    # The verb's words for what has another name here.
    FIELD_OF = {"category": "what", "type": "what"}

    def __init__(self, *args: Any, observation: Observation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("text", observation.text)
        if observation.marker_id:
            # The state of the marker says what it is; words are welcome.
            del self.fields["what"]
            self.fields["text"].required = False
            return
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose …")),
            *(
                (Category(slug).label, [(f"{slug}:{kind}", label) for kind, label in types.items()])
                for slug, types in TYPES.items()
            ),
        ]

    def content(self) -> dict[str, str]:
        """Category, type, impact and text."""
        category, _colon, kind = self.cleaned_data.get("what", "").partition(":")
        return {
            "category": category,
            "type": kind,
            "impact": self.cleaned_data["impact"],
            "text": self.cleaned_data["text"],
        }

    def refused(self, error: ValidationError) -> None:
        """Show what the verb refused at the control it is about."""
        for name, errors in getattr(error, "error_dict", {None: error}).items():
            field = self.FIELD_OF.get(name, name)
            self.add_error(field if field in self.fields else None, errors)
