"""Forms of protests. They check shape only; what is allowed and complete the verbs say."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import DayField, reason_field
from borderwatch.khmer import visible
from incidents.choices_answers import NoteChannel, ReplyOutcome
from incidents.forms_cases import FilesField, text_field
from incidents.models import Counterpart, Incident, LegalBasis, Protest
from incidents.protests import rules
from incidents.protests.evidence import Offered
from units.models import BorderSection, Unit

REPLIES = [(value, label) for value, label in ReplyOutcome.choices if value != ReplyOutcome.NONE]
# Subjects are one line.
SUBJECT = 300


def line_field(label: Any, *, required: bool = True, max_length: int = SUBJECT, help_text: Any = "") -> forms.CharField:
    """One line of text."""
    return forms.CharField(
        label=label, required=required, max_length=max_length, help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip


class BasesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Texts of the register; those not in force on the incident's day are offered too and say so."""

    incident: Incident | None = None

    def label_from_instance(self, basis: Any) -> str:
        """Title, article, and whether it was in force on that day."""
        words = rules.cited(basis)
        if self.incident is not None and not basis.holds_at(self.incident.occurred_at):
            return _("%(name)s – not in force on the incident's day") % {"name": words}
        return words


class CounterpartField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An authority of a neighbour, by its country."""

    def label_from_instance(self, counterpart: Any) -> str:
        """Country and name."""
        return f"{counterpart.get_country_display()}: {counterpart.name}"


class DraftForm(forms.Form):
    """The draft of a note. Khmer first; English where the note has it too."""

    office = forms.ModelChoiceField(
        label=gettext_lazy("Protesting office"), queryset=Unit.objects.none(), empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    counterpart = CounterpartField(
        label=gettext_lazy("To whom"), queryset=Counterpart.objects.none(), empty_label=gettext_lazy("choose"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": gettext_lazy("Choose to whom it goes.")},
    )  # fmt: skip
    section = forms.ModelChoiceField(
        label=gettext_lazy("Stretch of the border"), queryset=BorderSection.objects.none(), required=False,
        empty_label=gettext_lazy("the nearest one with that country"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    subject_km = line_field(gettext_lazy("Subject, Khmer"))
    subject_en = line_field(gettext_lazy("Subject, English"), required=False)
    facts_km = text_field(gettext_lazy("Facts, Khmer"), rows=6)
    facts_en = text_field(gettext_lazy("Facts, English"), required=False, rows=6)
    demand_km = text_field(gettext_lazy("What is demanded, Khmer"), rows=4)
    demand_en = text_field(gettext_lazy("What is demanded, English"), required=False, rows=4)
    legal_bases = BasesField(
        label=gettext_lazy("Law the note rests on"), queryset=LegalBasis.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    also = line_field(
        gettext_lazy("Further incidents of the kind"), required=False, max_length=400,
        help_text=gettext_lazy("Their references, separated by commas."),
    )  # fmt: skip
    urgent_reason = text_field(
        gettext_lazy("Why without engagement"), required=False, rows=2,
        help_text=gettext_lazy("Only when nobody spoke with the neighbour yet and it cannot wait."),
    )  # fmt: skip

    def __init__(self, *args: Any, incident: Incident, user: Any, offices: Iterable[Unit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        bases, counterparts, section = self.fields["legal_bases"], self.fields["counterpart"], self.fields["section"]
        assert isinstance(bases, BasesField)
        assert isinstance(counterparts, forms.ModelChoiceField)
        assert isinstance(section, forms.ModelChoiceField)
        bases.queryset, bases.incident = LegalBasis.objects.order_by("order", "slug"), incident
        counterparts.queryset = Counterpart.objects.filter(active=True).order_by("country", "kind", "slug")
        section.queryset = BorderSection.objects.filter(province=incident.province_id).order_by("code")
        self._offices(list(offices))

    def _offices(self, offices: list[Unit]) -> None:
        """With one office there is nothing to choose; a draft that exists keeps its own."""
        self.offices = offices
        field = self.fields["office"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in offices]).order_by("code")
        if len(offices) < 2:
            del self.fields["office"]

    def clean_also(self) -> list[Incident]:
        """The incidents named, as far as the person sees them."""
        refs = [ref for ref in re.split(r"[\s,;]+", visible(self.cleaned_data["also"]).upper()) if ref]
        found = list(Incident.objects.visible_to(self.user).filter(ref__in=refs).order_by("ref"))
        if missing := sorted(set(refs) - {one.ref for one in found}):
            raise ValidationError(_("You see no incident with this reference: %(ref)s.") % {"ref": missing[0][:40]})
        return found

    def clean(self) -> dict[str, Any]:
        """`office` is the only one there is, or the one chosen; none for a draft that has one."""
        data = super().clean() or {}
        if "office" not in self.fields and self.offices:
            data["office"] = self.offices[0]
        if "legal_bases" in data:
            data["legal_bases"] = list(data["legal_bases"])
        return data


def first_values(incident: Incident) -> dict[str, Any]:
    """What a new draft begins with: the report's own words, to be made into those of a note."""
    return {"facts_km": incident.text}


def values_of(protest: Protest) -> dict[str, Any]:
    """What the form of a draft that exists shows."""
    names = ("subject_km", "subject_en", "facts_km", "facts_en", "demand_km", "demand_en", "urgent_reason")
    return {
        **{name: getattr(protest, name) for name in names},
        "counterpart": protest.counterpart_id,
        "section": protest.section_id,
        "legal_bases": list(protest.legal_bases.values_list("pk", flat=True)),
        "also": ", ".join(protest.also.order_by("ref").values_list("ref", flat=True)),
    }


class NoteForm(forms.Form):
    """A remark that goes with a step."""

    text = text_field(gettext_lazy("Remark"), required=False, rows=2)


class ReasonForm(forms.Form):
    """Why."""

    reason = reason_field(rows=3)


class OptionalReasonForm(forms.Form):
    """Why, where a reason is not always needed."""

    reason = reason_field(required=False, rows=3)


class SendForm(forms.Form):
    """How the signed note left, and by when a reply is expected."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Way it took"), choices=NoteChannel.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the way it took.")},
    )  # fmt: skip
    sent_on = DayField(label=gettext_lazy("Sent on"))
    reply_due_on = DayField(label=gettext_lazy("Reply due on"))
    text = text_field(gettext_lazy("Remark"), required=False, rows=2)


class ReplyForm(forms.Form):
    """What came back."""

    reply_number = line_field(gettext_lazy("Number of the reply"), required=False, max_length=60)
    reply_on = DayField(label=gettext_lazy("Date of the reply"))
    reply_text = text_field(gettext_lazy("What they reply"), rows=5)
    outcome = forms.ChoiceField(
        label=gettext_lazy("What it amounts to"), choices=REPLIES, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the reply amounts to.")},
    )  # fmt: skip
    files = FilesField()  # type: ignore[assignment]


class EvidenceForm(forms.Form):
    """Pieces on record, and files that are given now."""

    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("On record"), required=False, widget=forms.CheckboxSelectMultiple
    )
    files = FilesField()  # type: ignore[assignment]
    caption = line_field(
        gettext_lazy("What it shows"), required=False, help_text=gettext_lazy("Stands beside the piece in the list.")
    )

    def __init__(self, *args: Any, offered: Iterable[Offered] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = list(offered)
        field = self.fields["chosen"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one.key, f"{one.caption or one.file.name} · {one.where}") for one in self.offered]
        if not self.offered:
            del self.fields["chosen"]
