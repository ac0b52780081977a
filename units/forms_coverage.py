"""Forms of coverage: the days looked back, a target, the end of a target."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borderwatch import clock
from units import ground, policy
from units.actions.targets import EVERY_DAYS_MAX
from units.choices import INSTITUTIONS
from units.models import Sector, Unit, UnresolvedArea, User


def _midnight(day: Any) -> datetime | None:
    """The beginning of a day in Phnom Penh."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(settings.TIME_ZONE)) if day else None


class DaysForm(forms.Form):
    """How many days coverage looks back."""

    days = forms.IntegerField(
        label=_("Seen within the last days"),
        min_value=1,
        max_value=ground.DAYS_MAX,
        required=False,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )

    def chosen(self) -> int:
        """The days asked for; the setting when nothing, or nothing sensible, was asked for."""
        return int((self.is_valid() and self.cleaned_data["days"]) or settings.COVERAGE_DAYS)


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Units by name and code."""

    def label_from_instance(self, unit: Unit) -> str:
        """Name and code: several posts have the same name."""
        return f"{unit.name} · {unit.code}"


def chargeable(user: User) -> Any:
    """The units a person may give targets to: those right below, or further below, one he leads or keeps."""
    above = policy.unit_ids(user, policy.PATROLS) | policy.unit_ids(user, policy.REGISTER)
    return Unit.objects.visible_to(user).filter(parent__in=above).exclude(kind__in=INSTITUTIONS)  # type: ignore[attr-defined]


class TargetForm(forms.Form):
    """A unit is charged with a ground. `ground` is "sector:<code>" or "area:<code>"."""

    unit = UnitChoice(
        queryset=Unit.objects.none(), label=_("Unit"), widget=forms.Select(attrs={"class": "form-select"})
    )
    ground = forms.ChoiceField(label=_("Ground"), widget=forms.Select(attrs={"class": "form-select"}))
    every_days = forms.IntegerField(
        label=_("To be seen every so many days"),
        min_value=1,
        max_value=EVERY_DAYS_MAX,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )
    share_percent = forms.IntegerField(
        label=_("Share to be seen, in percent"),
        min_value=1,
        max_value=100,
        initial=80,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )
    since = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Until (not included)"),
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Order or reason"), max_length=300, widget=forms.TextInput(attrs={"class": "form-control"})
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        """Offer the units and grounds of this person."""
        super().__init__(*args, **kwargs)
        unit: Any = self.fields["unit"]
        unit.queryset = chargeable(user).order_by("code")
        choice: Any = self.fields["ground"]
        now = clock.now()
        here = Sector.objects.visible_to(user).filter(period__contains=now)
        sectors = here.select_related("unit").defer("area", "border").order_by("code")
        areas = UnresolvedArea.objects.visible_to(user).filter(period__contains=now).defer("area").order_by("code")
        choice.choices = [
            ("", "---------"),
            (gettext("Sectors"), [(f"sector:{one.code}", f"{one.code} · {one.unit.name}") for one in sectors]),
            (gettext("Unresolved areas"), [(f"area:{one.code}", f"{one.name} · {one.code}") for one in areas]),
        ]

    def values(self) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        kind, _colon, code = data["ground"].partition(":")
        return {
            "unit": data["unit"],
            "sector_code": code if kind == "sector" else "",
            "area_code": code if kind == "area" else "",
            "every_days": data["every_days"],
            "share_percent": data["share_percent"],
            "since": _midnight(data["since"]),
            "until": _midnight(data["until"]),
            "reason": data["reason"],
        }


class EndForm(forms.Form):
    """When and why a target ends."""

    at = forms.DateField(
        label=_("Ends on (not included)"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Order or reason"), max_length=300, widget=forms.TextInput(attrs={"class": "form-control"})
    )

    def moment(self) -> datetime:
        """Midnight of the day, in Phnom Penh."""
        found = _midnight(self.cleaned_data["at"])
        assert found is not None, "the field is required"
        return found
