"""Forms of contests and cases. They check shape only; what is allowed and complete the verbs say."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import ContestOutcome, Outcome
from incidents.forms_decisions import ReattributeForm
from units.models import Patrol, Unit

MAX_TEXT = 10_000
# Units to choose among, each with a word on why it is offered: its distance, or that a contest names it.
Near = Iterable[tuple[Unit, str]]
# A reviewer rules one of these; withdrawing has a verb of its own.
OUTCOMES = [(value, label) for value, label in Outcome.choices if value != Outcome.WITHDRAWN]


class FilesInput(forms.ClearableFileInput):
    """A control that takes several files."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Any number of documents; what they are and how large, the verb checks from their bytes."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        # The browser forgets chosen files when a page comes back; then they are chosen again.
        said = gettext_lazy("PDF, JPEG or PNG; several at once. They are kept as they are and cannot be taken back.")
        attrs = {"class": "form-control", "accept": "application/pdf,image/jpeg,image/png"}
        super().__init__(
            label=gettext_lazy("Files"), required=False, help_text=said, widget=FilesInput(attrs=attrs), **kwargs
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """The files in the order they were chosen."""
        given = data if isinstance(data, list) else [data]
        files = [one for one in given if one]
        if len(files) > settings.DOCUMENTS_MAX:
            raise ValidationError(_("At most %(n)s files go with one step.") % {"n": settings.DOCUMENTS_MAX})
        return files


class PatrolsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Records of the unit's patrols around that time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Patrol.objects.none(), label=gettext_lazy("Patrols"), required=False,
            help_text=gettext_lazy("Their records, tracks included, go along as proof."),
            widget=forms.CheckboxSelectMultiple, **kwargs,
        )  # fmt: skip

    def label_from_instance(self, patrol: Any) -> str:
        """When, where, and how it ended."""
        return patrol_words(patrol)


def patrol_words(patrol: Patrol) -> str:
    """A patrol in a line: when it set out or was to, over which ground, and its state."""
    at = patrol.started_at or patrol.planned_from or patrol.entered_at
    ground = patrol.sector_code or patrol.area_code
    when = date_format(timezone.localtime(at), "d/m/Y H:i")
    return " · ".join(filter(None, [when, ground, str(patrol.get_state_display())]))


def text_field(label: Any, *, required: bool = True, rows: int = 4, help_text: Any = "") -> forms.CharField:
    """A longer text."""
    return forms.CharField(
        label=label, required=required, max_length=MAX_TEXT, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
    )  # fmt: skip


class WithPatrols(forms.Form):
    """A form that offers the patrols of a unit, when there are any."""

    def __init__(self, *args: Any, patrols: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["patrols"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        if patrols is None or not patrols:
            del self.fields["patrols"]
        else:
            field.queryset = patrols

    def clean(self) -> dict[str, Any]:
        """`patrols` is a list, empty when none could be chosen."""
        data = super().clean() or {}
        return {**data, "patrols": list(data.get("patrols", ()))}


# --- cases ----------------------------------------------------------------------------------------------------


class OpenCaseForm(forms.Form):
    """A reviewer holds the head to account for an incident (duty D2)."""

    charge = text_field(
        gettext_lazy("What is held against the head"),
        required=False,
        help_text=gettext_lazy(
            "The head will read these words. When they stay empty they are made from the incident. "
            "Name nobody who reported."
        ),
    )
    reason = text_field(gettext_lazy("Why the case is opened"), rows=2)


class NotifyForm(forms.Form):
    """The head is told what is held against him; his time to explain begins."""

    text = text_field(gettext_lazy("Words to the head"), required=False, rows=3)


class ExplainForm(WithPatrols):
    """The head explains, with whatever speaks for him."""

    text = text_field(gettext_lazy("Your explanation"), rows=8)
    files = FilesField()  # type: ignore[assignment]
    patrols = PatrolsField()


class ReviewForm(forms.Form):
    """The reviewer takes the case to review."""

    text = text_field(gettext_lazy("Note"), required=False, rows=2)


class RuleForm(forms.Form):
    """The ruling, and the decision of an appeal alike."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Ruling"), choices=OUTCOMES, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the ruling.")},
    )  # fmt: skip
    measures = text_field(
        gettext_lazy("Measures"),
        required=False,
        rows=2,
        help_text=gettext_lazy("What follows: a warning, training, more patrols, to whom it is referred."),
    )
    text = text_field(gettext_lazy("Grounds of the ruling"), rows=5)


class AppealForm(forms.Form):
    """The head asks the level above to decide anew."""

    text = text_field(gettext_lazy("Why you appeal"), rows=6)
    files = FilesField()  # type: ignore[assignment]


class CloseCaseForm(forms.Form):
    """The case is over."""

    text = text_field(gettext_lazy("Note at closing"), required=False, rows=2)


class WithdrawCaseForm(forms.Form):
    """The case should not have been opened."""

    reason = text_field(gettext_lazy("Why it is withdrawn"), rows=2)


# --- contests -------------------------------------------------------------------------------------------------


class ContestForm(WithPatrols, ReattributeForm):
    """The unit that answers says: not mine. It may name the unit that should answer."""

    reason = text_field(gettext_lazy("Why your unit should not answer"), rows=5)
    files = FilesField()  # type: ignore[assignment]
    patrols = PatrolsField()

    field_order = ("reason", "unit", "other", "files", "patrols")
    # Nobody need be named; whoever rules another unit must name it.
    unit_optional = True

    def __init__(self, *args: Any, near: Near = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.near = list(near)
        self.fields["unit"].label = _("Which unit should answer instead")

    def clean(self) -> dict[str, Any]:
        """`names_unit` is the unit named, None when none is."""
        named = self.cleaned_data.get("unit") or self.cleaned_data.get("other")
        data = dict(ReattributeForm.clean(self) if named else self.cleaned_data)
        data.pop("other", None)
        unit = data.pop("unit", None) or None
        return {**data, "names_unit": unit, "patrols": list(data.get("patrols", ()))}


class StatementForm(forms.Form):
    """A unit that is heard says its part, once."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("For which unit"), queryset=Unit.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    text = text_field(gettext_lazy("What your unit says"), rows=5)
    files = FilesField()  # type: ignore[assignment]

    def __init__(self, *args: Any, heard: Iterable[Unit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard = list(heard)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in self.heard])
        if len(self.heard) == 1:
            # Nothing to choose.
            del self.fields["unit"]

    def clean(self) -> dict[str, Any]:
        """`unit` is the only one there is, or the one chosen."""
        data = super().clean() or {}
        return {"unit": self.heard[0], **data} if len(self.heard) == 1 else data


class WithdrawContestForm(forms.Form):
    """The unit takes its contest back."""

    reason = text_field(gettext_lazy("Why you take it back"), rows=2)


class RuleContestForm(ReattributeForm):
    """The ruling on a contest: the unit keeps answering, or another one answers."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Ruling"), choices=ContestOutcome.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the ruling.")},
    )  # fmt: skip
    reason = text_field(gettext_lazy("Grounds of the ruling"), rows=4)

    field_order = ("outcome", "unit", "other", "reason")

    def __init__(self, *args: Any, near: Near = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.near = list(near)

    def clean(self) -> dict[str, Any]:
        """A unit is asked for only when another one is to answer."""
        if self.cleaned_data.get("outcome") == ContestOutcome.MOVED:
            return super().clean()
        return {name: value for name, value in self.cleaned_data.items() if name != "other"} | {"unit": None}
