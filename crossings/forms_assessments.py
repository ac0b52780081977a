"""Forms of assessments. They check shape only; what is true and allowed the verbs say."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from borderwatch.fields import DayField, TypedTimeField, reason_field
from crossings import assessment_steps as steps
from crossings import scoring
from crossings.actions.weights import MOST, value_errors
from crossings.choices import Attitude, Currency, GoodsClass, Recommendation, RoadState
from crossings.fields_figures import AmountField, WholeField
from crossings.models import Assessment, Crossing
from units import policy
from units.choices import INSTITUTIONS, DemarcationState, UnitKind
from units.fields_patrols import text_input, textarea
from units.models import Unit, User


def assessable(user: User) -> Any:
    """The crossings a person may assess today: of his district, of his province, or his unit's own."""
    ids = policy.unit_ids(user, policy.VERBS["assess_crossing"])
    there = Unit.objects.filter(pk__in=ids, province_id=OuterRef("district__province_id"))
    by_province = Exists(there.filter(kind=UnitKind.PROVINCE))
    by_district = Exists(there.filter(kind=UnitKind.DISTRICT, district_id=OuterRef("district_id")))
    rows = Crossing.objects.visible_to(user).filter(Q(responsible_unit__in=ids) | by_province | by_district)
    return rows.select_related("district__province").order_by("district__code", "slug")


class StartForm(forms.Form):
    """Which crossing is assessed, and for which unit."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    crossing = forms.ChoiceField(
        label=gettext_lazy("Crossing"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": gettext_lazy("Choose the crossing.")},
    )
    unit = forms.ChoiceField(label=gettext_lazy("Assessed for"), widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        ids = policy.unit_ids(user, policy.VERBS["assess_crossing"])
        posted = {unit.pk for _role, unit in policy.roles_of(user)}
        units = Unit.objects.filter(pk__in=ids).exclude(kind__in=INSTITUTIONS).order_by("code")
        # Those he is posted at first.
        self.units = {unit.code: unit for unit in sorted(units, key=lambda unit: unit.pk not in posted)}
        self.crossings: dict[str, Crossing] = {crossing.slug: crossing for crossing in assessable(user)}
        self.initial.setdefault("client_key", uuid.uuid4())
        self.fields["crossing"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *((slug, f"{one.name} · {one.district.name}") for slug, one in self.crossings.items()),
        ]
        self.fields["unit"].choices = [(code, unit.name) for code, unit in self.units.items()]  # type: ignore[attr-defined]

    def clean_crossing(self) -> Crossing:
        """The crossing of that code."""
        return self.crossings[self.cleaned_data["crossing"]]

    def clean_unit(self) -> Unit:
        """The unit of that code."""
        return self.units[self.cleaned_data["unit"]]


class AbandonForm(forms.Form):
    """The draft is given up."""

    reason = reason_field()


def _chosen(name: str, choices: Any) -> Callable[[], forms.Field]:
    return lambda: forms.ChoiceField(
        label=_label(name),
        required=False,
        choices=[("", "–"), *choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def _judged(name: str, words: Mapping[int, Any]) -> Callable[[], forms.Field]:
    return lambda: forms.TypedChoiceField(
        label=_label(name),
        required=False,
        choices=[("", "–"), *words.items()],
        coerce=int,
        empty_value=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def _text(name: str, rows: int = 3, help_text: Any = "") -> Callable[[], forms.Field]:
    return lambda: forms.CharField(
        label=_label(name),
        required=False,
        max_length=steps.MAX_TEXT,
        help_text=help_text,
        widget=textarea(rows),
    )


def _line(name: str, help_text: Any = "") -> Callable[[], forms.Field]:
    return lambda: forms.CharField(
        label=_label(name), required=False, max_length=300, help_text=help_text, widget=text_input()
    )


def _count(name: str, help_text: Any = "") -> Callable[[], forms.Field]:
    return lambda: WholeField(label=_label(name), required=False, help_text=help_text)


def _amount(name: str, decimals: int = 2, help_text: Any = "") -> Callable[[], forms.Field]:
    return lambda: AmountField(
        label=_label(name), required=False, max_digits=16, decimal_places=decimals, help_text=help_text
    )


def _label(name: str) -> str:
    label = steps.label_of(name)
    return label[:1].upper() + label[1:]


# The control of each fact; the table of steps says where it stands.
CONTROLS: Mapping[str, Callable[[], forms.Field]] = {
    "visited_on": lambda: DayField(label=_label("visited_on"), required=False),
    "visitors": _line("visitors", gettext_lazy("Names and offices.")),
    "sources": _text("sources", 3),
    "population": _count("population", gettext_lazy("Persons in the villages that use the crossing.")),
    "village_count": _count("village_count"),
    "villages": _text("villages", 2, gettext_lazy("Their names.")),
    "households_dependent": _count(
        "households_dependent", gettext_lazy("Households, not persons. Empty when nobody knows; 0 is a figure.")
    ),
    "goods": lambda: forms.MultipleChoiceField(
        label=_label("goods"), required=False, choices=GoodsClass.choices, widget=forms.CheckboxSelectMultiple
    ),
    "trade_tonnes": _amount("trade_tonnes", 1),
    "trade_value": _amount("trade_value"),
    "trade_currency": _chosen("trade_currency", Currency.choices),
    "goods_note": _text("goods_note", 3, gettext_lazy("Season, origin, buyers; or why no figure is known.")),
    "revenue": _amount("revenue", 2, gettext_lazy("Duties and fees taken there today; 0 when none.")),
    "revenue_expected": _amount("revenue_expected"),
    "revenue_currency": _chosen("revenue_currency", Currency.choices),
    "revenue_note": _text("revenue_note", 3),
    "road_km": _amount("road_km", 1, gettext_lazy("From the crossing to the official one, on Cambodia's side.")),
    "road_state": _chosen("road_state", RoadState.choices),
    "road_note": _text("road_note", 3),
    "security_risk": _judged("security_risk", steps.RISK),
    "security_note": _text("security_note", 4),
    "counterpart": _line("counterpart", gettext_lazy("Office and rank beyond the border, and when.")),
    "attitude": _chosen("attitude", Attitude.choices),
    "attitude_note": _text("attitude_note", 3),
    "demarcation": _chosen("demarcation", DemarcationState.choices),
    "demarcation_note": _text("demarcation_note", 3),
    "effects_of_closing": _text("effects_of_closing", 4),
    "effects_of_opening": _text("effects_of_opening", 4),
    "hardship": _judged("hardship", steps.HARDSHIP),
    "recommendation": _chosen("recommendation", Recommendation.choices),
    "recommendation_note": _text("recommendation_note", 3),
}


class StepForm(forms.Form):
    """One step. Nothing is required to save it: what it still lacks is said, not demanded."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31)
    form_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(
        self, data: Any = None, *, step: steps.Step, assessment: Assessment, today: Any, **kwargs: Any
    ) -> None:  # fmt: skip
        initial = {
            **steps.values_of(assessment, step), "revision": assessment.revision, "form_key": uuid.uuid4().hex,
        }  # fmt: skip
        super().__init__(data, initial=initial, **kwargs)
        self.step, self._today = step, today
        for name in step.fields:
            self.fields[name] = CONTROLS[name]()
            # A group of one must be filled in to have the step done; the label says so.
            self.fields[name].needed = (name,) in step.needs  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A road's length as the model keeps it; what cannot be true at its field."""
        data = super().clean() or {}
        if data.get("road_km") is not None:
            data["road_km"] = float(data["road_km"])
        for name, problem in steps.errors(self.step, self.content(), today=self._today).items():
            self.add_error(name, problem)
        return data

    def content(self) -> dict[str, Any]:
        """The verb's words: the fields that could be read."""
        return {name: self.cleaned_data[name] for name in self.step.fields if name in self.cleaned_data}

    @property
    def base(self) -> tuple[int, str]:
        """The revision the form was opened at, and its key; an unreadable revision is the very first."""
        return self.cleaned_data.get("revision") or 0, self.cleaned_data.get("form_key", "")


class TryForm(forms.Form):
    """Weights to try: one field a criterion, empty ones are as published. Nothing is saved."""

    def __init__(self, data: Any = None, *, published: Mapping[str, float], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.published = published
        for one in scoring.CRITERIA:
            self.fields[f"w_{one.slug}"] = AmountField(
                label=str(one.label),
                required=False,
                min_value=0,
                max_value=MOST,
                decimal_places=2,
                help_text=str(one.about),
                initial=published.get(one.slug, 0),
                widget=text_input(inputmode="decimal", placeholder=f"{published.get(one.slug, 0):g}"),
                error_messages={
                    "min_value": gettext_lazy("A weight is not below zero."),
                    "max_value": gettext_lazy("A weight is at most %(limit_value)s."),
                },
            )

    def given(self) -> dict[str, float]:
        """The weights of a form that was checked; a field that is empty or cannot be read counts as published."""
        found: dict[str, float] = {}
        for one in scoring.CRITERIA:
            value = self.cleaned_data.get(f"w_{one.slug}")
            found[one.slug] = float(self.published.get(one.slug, 0) if value is None else value)
        return found

    def tried(self) -> dict[str, float]:
        """The weights to try; those published when nothing sensible is asked for."""
        self.full_clean()
        found = self.given()
        if problem := value_errors(found).get("values"):
            self.add_error(None, problem)
            return dict(self.published)
        return found


class PublishForm(TryForm):
    """A set of weights to publish."""

    name = forms.CharField(label=gettext_lazy("Name of the set"), max_length=200, widget=text_input())
    since = TypedTimeField(
        day_alone=True,
        label=gettext_lazy("In force from"),
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "off", "placeholder": "25/12/2026", "maxlength": 40}
        ),
        error_messages={"invalid": gettext_lazy("Write the day as 25/12/2026.")},
    )
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in scoring.CRITERIA:
            self.fields[f"w_{one.slug}"].required = True

    def refuse(self, error: ValidationError) -> None:
        """Show the verb's refusal at the control it is about: a criterion's weight, or one of the others."""
        for name, errors in getattr(error, "error_dict", {None: error}).items():
            field = f"w_{name}" if f"w_{name}" in self.fields else name
            self.add_error(field if field in self.fields else None, errors)
