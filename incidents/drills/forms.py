"""Forms of drills. They check shape only; what is allowed the verbs say."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borderwatch.fields import TypedTimeField, reason_field
from incidents.drills import roll
from units import policy
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit, User

# Who can be chosen to take part: bodies people report from or answer at.
_GROUND = (
    UnitKind.PROVINCE, UnitKind.DISTRICT, UnitKind.COMMAND, UnitKind.BATTALION, UnitKind.POST, UnitKind.ARMY,
    UnitKind.GENDARMERIE, UnitKind.CUSTOMS, UnitKind.IMMIGRATION,
)  # fmt: skip
_TIME = {"class": "form-control", "placeholder": "25/12/2026 14:00", "autocomplete": "off", "maxlength": 30}
_WRONG = {"invalid": _("Write the time as 25/12/2026 14:00."), "required": _("Give the time.")}


def _text(label: Any, *, rows: int, **kwargs: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "form-control"})
    return forms.CharField(label=label, widget=widget, max_length=4000, **kwargs)


class UnitsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Units by their codes, shown by name."""

    def label_from_instance(self, unit: Any) -> str:
        """The name in the reader's language."""
        return str(unit.name)


class DrillForm(forms.Form):
    """Announce a drill: who leads, who takes part, what is practised, when."""

    led_by = forms.ModelChoiceField(
        label=_("Who leads"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    name_km = forms.CharField(
        label=_("Name in Khmer"), max_length=200, widget=forms.TextInput(attrs={"class": "form-control", "lang": "km"})
    )
    name_en = forms.CharField(
        label=_("Name in English"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "lang": "en"}),
    )  # fmt: skip
    purpose = _text(_("What is practised"), rows=3)
    starts_at = TypedTimeField(
        label=_("Begins"), widget=forms.TextInput(attrs=_TIME), error_messages=_WRONG,
        help_text=_("It begins by itself then, or earlier by hand."),
    )  # fmt: skip
    ends_at = TypedTimeField(
        label=_("Ends at the latest"), widget=forms.TextInput(attrs=_TIME), error_messages=_WRONG,
        help_text=_("It ends by itself then, or earlier by hand."),
    )  # fmt: skip
    units = UnitsField(
        label=_("Who takes part"), queryset=Unit.objects.none(), to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With a unit all those under it. Each of them can file into the drill while it runs."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leaders = roll.led_from(user)
        leaders = self.fields["led_by"]
        assert isinstance(leaders, forms.ModelChoiceField)
        leaders.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in self.leaders]).order_by("code")
        units = self.fields["units"]
        assert isinstance(units, forms.ModelMultipleChoiceField)
        units.queryset = _may_take_part(user)
        if self.leaders:
            self.initial.setdefault("led_by", self.leaders[0].code)

    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The boxes to tick, by province, institutions last."""
        found: dict[Any, list[Any]] = {}
        units = {unit.code: unit for unit in self.fields["units"].queryset}  # type: ignore[attr-defined]
        for box in self["units"]:
            unit = units[str(box.data["value"])]
            place = unit.province.name if unit.province_id else _("Institutions")
            found.setdefault(place, []).append((_GROUND.index(unit.kind) if unit.kind in _GROUND else 0, box))
        return [(place, [box for _rank, box in sorted(rows, key=lambda row: row[0])]) for place, rows in found.items()]


def _may_take_part(user: User) -> Any:
    """Of the ground the person looks over: administrations, commands and posts; and every institution."""
    ground = Q(pk__in=policy.unit_ids(user, policy.REVIEW), kind__in=_GROUND, province__isnull=False)
    rows = Unit.objects.filter(ground | Q(kind__in=INSTITUTIONS)).select_related("province")
    return rows.order_by("province__code", "kind", "code")


class NothingForm(forms.Form):
    """A step that needs no words."""


class EndForm(forms.Form):
    """End it before its time."""

    reason = reason_field(required=False, max_length=300)


class CallOffForm(forms.Form):
    """Call it off."""

    reason = reason_field(max_length=300)


class LessonsForm(forms.Form):
    """What was learnt."""

    lessons = _text(_("What was learnt"), rows=6)
