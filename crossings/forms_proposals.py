"""Forms of proposals. They check shape only; what is true and allowed the verbs say."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import DayField
from crossings.actions import Content, Decision, condition_key
from crossings.actions.proposals import MAX_TEXT
from crossings.choices import OFFICIAL, CrossingCategory, Stand
from crossings.differences import day_words
from crossings.models import Assessment, ProposalVersion
from units.fields_patrols import text_input, textarea
from units.models import Unit


def _text(label: Any, *, rows: int = 3, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=MAX_TEXT, help_text=help_text, widget=textarea(rows)
    )


def refuse(form: forms.Form, error: ValidationError) -> None:
    """Show a verb's refusal at the control it is about."""
    for name, errors in getattr(error, "error_dict", {None: error}).items():
        field = getattr(form, "FIELD_OF", {}).get(name, name)
        form.add_error(field if field in form.fields else None, errors)


class AssessmentsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Complete assessments of the crossing, each with its day and what the visitors recommend."""

    def label_from_instance(self, obj: Assessment) -> str:
        """The visit in a line."""
        return assessment_words(obj)


def assessment_words(assessment: Assessment) -> str:
    """An assessment in a line: the day of the visit, what was recommended, who went."""
    said = str(assessment.get_recommendation_display()) if assessment.recommendation else ""
    parts = (day_words(assessment.visited_on), said, assessment.visitors)
    return " · ".join(part for part in parts if part)


class ProposalForm(forms.Form):
    """What the province proposes for a crossing. A draft may be incomplete; handing in asks for the rest."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    category = forms.ChoiceField(
        label=gettext_lazy("Category proposed"), widget=forms.Select(attrs={"class": "form-select"})
    )
    wanted_from = DayField(label=gettext_lazy("Wanted from"), required=False)
    assessments = AssessmentsField(
        queryset=Assessment.objects.none(),
        required=False,
        label=gettext_lazy("Assessments it rests on"),
        widget=forms.CheckboxSelectMultiple,
    )
    justification = _text(
        gettext_lazy("Justification"),
        rows=7,
        required=False,
        help_text=gettext_lazy(
            "Who needs it, what it brings, and what speaks against it. The ministries decide on it."
        ),
    )
    needs = _text(
        gettext_lazy("What it needs"),
        rows=4,
        required=False,
        help_text=gettext_lazy("What has to be built, who has to be posted, what has to be agreed, and what it costs."),
    )

    def __init__(self, *args: Any, assessments: Any, category: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [pair for pair in CrossingCategory.choices if pair[0] in OFFICIAL and pair[0] != category]
        self.fields["category"].choices = [("", "–"), *choices]  # type: ignore[attr-defined]
        self.fields["assessments"].queryset = assessments  # type: ignore[attr-defined]

    def content(self) -> Content:
        """The verb's words of a valid form."""
        data = self.cleaned_data
        return Content(
            category=data["category"],
            wanted_from=data["wanted_from"],
            justification=data["justification"],
            needs=data["needs"],
            assessments=tuple(data["assessments"]),
        )


def initial(version: ProposalVersion) -> dict[str, Any]:
    """What a form shows of a version."""
    return {
        "category": version.category,
        "wanted_from": version.wanted_from,
        "justification": version.justification,
        "needs": version.needs,
        "assessments": [one.pk for one in version.assessments.all()],
    }


class EmptyForm(forms.Form):
    """Nothing to fill in: the button says it."""


class ReasonForm(forms.Form):
    """A step that wants its reason."""

    reason = _text(gettext_lazy("Reasons"))


class ReturnForm(forms.Form):
    """The ministry gives a version back."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = _text(gettext_lazy("What is to be corrected"), rows=4)


class PositionForm(forms.Form):
    """What one's own ministry holds of the version."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("For which ministry"), queryset=Unit.objects.none(), empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    stand = forms.ChoiceField(
        label=gettext_lazy("Position"),
        choices=Stand.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the position.")},
    )
    reasons = _text(gettext_lazy("Reasons"), rows=5)
    conditions = _text(
        gettext_lazy("Conditions"),
        rows=3,
        required=False,
        help_text=gettext_lazy("One to a line. On approval each is followed up until your ministry confirms it."),
    )

    def __init__(self, *args: Any, ministries: Iterable[Unit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ministries = list(ministries)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in self.ministries])
        if len(self.ministries) == 1:
            # Nothing to choose.
            del self.fields["unit"]

    def clean(self) -> dict[str, Any]:
        """`unit` is the only one there is, or the one chosen."""
        data = super().clean() or {}
        return {"unit": self.ministries[0], **data} if len(self.ministries) == 1 else data


class RecommendForm(forms.Form):
    """The ministry's word to the government."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    text = _text(gettext_lazy("Recommendation"), rows=5)
    fewer = _text(
        gettext_lazy("Why with so few positions"),
        required=False,
        rows=2,
        help_text=gettext_lazy("Only when fewer than two ministries have taken a position on this version."),
    )


class _DecisionForm(forms.Form):
    """The paper of the government: number, day, scan."""

    number = forms.CharField(label=gettext_lazy("Number of the decision"), max_length=120, widget=text_input())
    decided_on = DayField(label=gettext_lazy("Decided on"))
    scan = forms.FileField(
        label=gettext_lazy("Scan of the decision"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy("PDF, JPEG or PNG."),
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "application/pdf,image/jpeg,image/png"}),
    )


class ApproveForm(_DecisionForm):
    """The government approves; each condition may get a day by which it is to be met."""

    # The verb's words for what stands elsewhere here.
    FIELD_OF = {"category": "effective_from", "since": "effective_from"}

    effective_from = DayField(label=gettext_lazy("In force from"))
    legal_reference = forms.CharField(
        label=gettext_lazy("Legal reference"), max_length=300, widget=text_input(),
        help_text=gettext_lazy("Sub-decree, agreement or letter by which the crossing has its new category."),
    )  # fmt: skip
    reason = _text(gettext_lazy("Reasons"), required=False)

    field_order = ("number", "decided_on", "effective_from", "legal_reference", "reason", "scan")

    def __init__(self, *args: Any, asked: Iterable[tuple[Unit, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = [(f"due_{n}", unit, text) for n, (unit, text) in enumerate(asked)]
        for name, unit, text in self.asked:
            # What was asked for goes along, so that a day is never given to another condition.
            self.fields[f"{name}_of"] = forms.CharField(
                widget=forms.HiddenInput, initial=condition_key(unit, text), required=False
            )
            label = _("To be met by: %(condition)s") % {"condition": text}
            self.fields[name] = DayField(label=label, required=False, help_text=unit.name)

    def content(self) -> dict[str, Any]:
        """The verb's words of a valid form."""
        data = self.cleaned_data
        due: dict[str, date] = {data[f"{name}_of"]: data[name] for name, _u, _t in self.asked if data[name]}
        decision = Decision(
            number=data["number"],
            decided_on=data["decided_on"],
            effective_from=data["effective_from"],
            legal_reference=data["legal_reference"],
            reason=data["reason"],
            due=due,
        )
        return {"decision": decision, "scan": data["scan"]}


class RefuseForm(_DecisionForm):
    """The ministry refuses, or after its recommendation the government does: then with number and day."""

    reason = _text(gettext_lazy("Reasons"), rows=5)

    field_order = ("reason", "number", "decided_on", "scan")

    def __init__(self, *args: Any, recommended: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not recommended:
            for name in ("number", "decided_on", "scan"):
                del self.fields[name]


class ReportForm(forms.Form):
    """How a condition was met."""

    report = _text(gettext_lazy("How it was met"))


class ConfirmForm(forms.Form):
    """The ministry is content."""

    reason = _text(gettext_lazy("Note"), required=False, rows=2)
