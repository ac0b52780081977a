"""Forms of letters. They check shape only; what is true and allowed the verbs say."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import DayField
from incidents.choices_answers import Classification, LetterDirection, LetterKind, Precedence, RankRelation
from incidents.letters import content, deciders, drafting
from incidents.models import Incident, Letter, LetterTemplate
from units.models import Unit, User

MAX_BODY = 60_000
MAX_SHORT = 2000
# Rows of the text boxes, by field.
ROWS = {"body_km": 16, "body_en": 14, "closing_km": 2, "closing_en": 2, "subject_km": 2, "subject_en": 2}
# How the fields of a letter stand together on the page that edits it.
PARTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        gettext_lazy("To whom"),
        ("to_units", "relation", "addressee_km", "addressee_en", "through_km", "classification", "precedence"),
    ),
    (gettext_lazy("Khmer text"), ("subject_km", "references_km", "attachments_km", "body_km", "closing_km")),
    (gettext_lazy("English text"), ("subject_en", "body_en", "closing_en")),
    (
        gettext_lazy("Head and foot of the paper"),
        ("letterhead_km", "letterhead_en", "place_km", "lunar_line", "dated_on", "signer_title_km", "signer_name_km",
         "copies_km"),
    ),
)  # fmt: skip
HINTS: dict[str, Any] = {
    "to_units": gettext_lazy("Offices of this system see the letter once it is sent, and are told."),
    "addressee_km": gettext_lazy("As printed, one a line. Change the honorific where another one is due."),
    "body_km": gettext_lazy("One paragraph a line; a line that begins with a dash is an item of a list."),
    "body_en": gettext_lazy("When there is one it is printed on a page of its own, as an unofficial translation."),
    "references_km": gettext_lazy("One a line."),
    "attachments_km": gettext_lazy("One a line."),
    "copies_km": gettext_lazy("One a line."),
    "letterhead_km": gettext_lazy("The body above, and below it the office; one a line."),
    "letterhead_en": gettext_lazy("One a line."),
    "lunar_line": gettext_lazy("The lunar day and month are written by hand or typed; the system does not guess them."),
    "dated_on": gettext_lazy("Left empty, it is the day on which the number is given."),
    "signer_name_km": gettext_lazy("Left empty, it is the name of who signs."),
}


class UnitsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Offices by their codes and names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Unit.objects.none(), required=False, to_field_name="code",
            widget=forms.SelectMultiple(attrs={"class": "form-select", "size": 6}), **kwargs,
        )  # fmt: skip

    def label_from_instance(self, obj: Any) -> str:
        """The name for the reader."""
        return str(obj.name)


class LetterForm(forms.Form):
    """Everything that can be written in a draft."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    to_units = UnitsField(label=gettext_lazy("Offices of this system"))
    relation = forms.ChoiceField(
        choices=RankRelation.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    classification = forms.ChoiceField(
        choices=Classification.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    precedence = forms.ChoiceField(
        choices=Precedence.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    dated_on = DayField(required=False)

    def __init__(self, *args: Any, user: User, letter: Letter, **kwargs: Any) -> None:
        kwargs.setdefault("initial", self.values_of(letter))
        super().__init__(*args, **kwargs)
        for name in content.TEXTS:
            self.fields[name] = _text_of(name)
        for name in ("relation", "classification", "precedence", "dated_on"):
            self.fields[name].label = _label(Letter, name)
        for name, hint in HINTS.items():
            self.fields[name].help_text = hint
        to = self.fields["to_units"]
        assert isinstance(to, forms.ModelMultipleChoiceField)
        to.queryset = _addressable(user, letter)

    @staticmethod
    def values_of(letter: Letter) -> dict[str, Any]:
        """What the form begins with."""
        values = {name: getattr(letter, name) for name in content.EDITABLE if name != "map_svg"}
        codes = list(letter.to_units.values_list("code", flat=True))
        return {**values, "to_units": codes, "seen": content.fingerprint(letter)}

    def parts(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields in their groups."""
        return [(title, [self[name] for name in names]) for title, names in PARTS]


def _label(model: type[Model], name: str) -> str:
    """A column's name as a form says it, in the reader's language."""
    return str(capfirst(content.label(model, name)))


def _addressable(user: User, letter: Letter) -> Any:
    """Offices the person may look at, and those the letter goes to already."""
    seen = Unit.objects.visible_to(user).values("pk")  # type: ignore[attr-defined]
    rows = Unit.objects.filter(pk__in=seen) | Unit.objects.filter(pk__in=letter.to_units.values("pk"))
    return rows.exclude(pk=letter.office_id).order_by("kind", "code")


def _text_of(name: str) -> forms.CharField:
    """The box of a text of a letter, as large as the column allows."""
    field = Letter._meta.get_field(name)
    most = getattr(field, "max_length", None)
    khmer = name.endswith("_km") or name == "lunar_line"
    attrs: dict[str, Any] = {"class": "form-control", "lang": "km" if khmer else "en"}
    if most:
        widget: forms.Widget = forms.TextInput(attrs=attrs)
    else:
        widget = forms.Textarea(attrs={**attrs, "rows": ROWS.get(name, 3)})
        most = MAX_BODY if name.startswith("body") else MAX_SHORT
    return forms.CharField(label=_label(Letter, name), required=False, max_length=most, widget=widget)


class OfficeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the offices a person writes for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Unit.objects.none(), to_field_name="code", empty_label=None,
            label=kwargs.pop("label", gettext_lazy("Office")),
            widget=forms.Select(attrs={"class": "form-select"}), **kwargs,
        )  # fmt: skip

    def label_from_instance(self, obj: Any) -> str:
        """The name for the reader."""
        return str(obj.name)


class NewForm(forms.Form):
    """What kind of letter, from which office, about what."""

    office = OfficeField()
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of letter"), choices=LetterKind.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    # "closureorder:17"; the page that leads here says it.
    about = forms.CharField(required=False, max_length=130, widget=forms.HiddenInput)
    incident = forms.CharField(
        label=gettext_lazy("Reference of the incident"), required=False, max_length=30,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        office = self.fields["office"]
        assert isinstance(office, forms.ModelChoiceField)
        office.queryset = deciders.offices(user)

    def clean_incident(self) -> Incident | None:
        """The incident by its reference, when the person sees it."""
        return seen_incident(self.user, self.cleaned_data["incident"])


def seen_incident(user: User, ref: str) -> Incident | None:
    """An incident by the reference a person typed; ValidationError when he sees none such."""
    if not ref.strip():
        return None
    found = Incident.objects.visible_to(user).filter(ref__iexact=ref.strip()).first()
    if found is None:
        raise ValidationError(_("There is no incident with this reference that you may see."))
    return found


class ReceiveForm(forms.Form):
    """A letter that has arrived."""

    office = OfficeField(label=gettext_lazy("Register of"))
    sender = forms.CharField(
        label=gettext_lazy("Sender"), max_length=300, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    their_number = forms.CharField(
        label=gettext_lazy("The sender's number"), required=False, max_length=80,
        help_text=gettext_lazy("As printed on the letter, in the digits it uses."),
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    dated_on = DayField(label=gettext_lazy("Date on the letter"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of letter"), choices=LetterKind.choices, initial=LetterKind.OTHER,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    subject_km = forms.CharField(
        label=gettext_lazy("Subject"), max_length=MAX_SHORT,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )  # fmt: skip
    incident = forms.CharField(
        label=gettext_lazy("Reference of the incident"), required=False, max_length=30,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )  # fmt: skip
    upload = forms.FileField(
        label=gettext_lazy("Scan of the letter"), required=False,
        help_text=gettext_lazy("PDF, JPEG or PNG. It is kept as it is and cannot be taken back."),
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "application/pdf,image/jpeg,image/png"}),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        office = self.fields["office"]
        assert isinstance(office, forms.ModelChoiceField)
        office.queryset = deciders.offices(user)

    def clean_incident(self) -> Incident | None:
        """The incident by its reference, when the person sees it."""
        return seen_incident(self.user, self.cleaned_data["incident"])


class EmptyForm(forms.Form):
    """A step that asks nothing."""


class SignForm(forms.Form):
    """Who stands under the letter."""

    signer_title_km = forms.CharField(
        label=gettext_lazy("Office of the signer, as printed"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "lang": "km"}),
    )  # fmt: skip
    signer_name_km = forms.CharField(
        label=gettext_lazy("Name of the signer, as printed"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "lang": "km"}),
    )  # fmt: skip


class VoidForm(forms.Form):
    """Why the number is void."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300,
        help_text=gettext_lazy("The number stays in the register with this reason and is never given again."),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )  # fmt: skip


class EnterForm(forms.Form):
    """In which register a letter that came through the system is entered."""

    office = OfficeField(label=gettext_lazy("Register of"))

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        office = self.fields["office"]
        assert isinstance(office, forms.ModelChoiceField)
        office.queryset = offices


class TemplateForm(forms.Form):
    """A version of a template."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name_km", "name_en", "abbreviation", *drafting.TEXTS):
            column = LetterTemplate._meta.get_field(name)
            most = getattr(column, "max_length", None)
            attrs: dict[str, Any] = {"class": "form-control", "lang": "en" if name.endswith("_en") else "km"}
            widget: forms.Widget = (
                forms.TextInput(attrs=attrs)
                if most
                else forms.Textarea(attrs={**attrs, "rows": ROWS.get(name, 2)})
            )  # fmt: skip
            self.fields[name] = forms.CharField(
                label=_label(LetterTemplate, name), required=False, max_length=most or MAX_BODY, widget=widget
            )

    def texts(self) -> dict[str, str]:
        """The texts as the verb takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


DIRECTIONS = {str(LetterDirection.OUTGOING): gettext_lazy("Outgoing"),
              str(LetterDirection.INCOMING): gettext_lazy("Incoming")}  # fmt: skip
