"""The filters of the list of patrols."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.choices import Joint, PatrolState
from units.models import Patrol


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PatrolFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. The day of a patrol is when it set out, else when it was to set out."""

    state = filters.ChoiceFilter(choices=PatrolState.choices, label=_("State"))
    joint = filters.ChoiceFilter(choices=Joint.choices, label=_("With whom"))
    unit = filters.CharFilter(field_name="unit__code", label=_("Unit (code)"), max_length=60)
    ground = filters.CharFilter(method="on_ground", label=_("Sector or area (code)"), max_length=40)
    since = filters.DateFilter(method="from_day", label=_("From"), widget=_day())
    until = filters.DateFilter(method="up_to_day", label=_("Up to"), widget=_day())

    class Meta:
        model = Patrol
        fields = ()

    def on_ground(self, rows: Any, name: str, value: str) -> Any:
        """Patrols of that sector or unresolved area."""
        return rows.filter(Q(sector_code__iexact=value.strip()) | Q(area_code__iexact=value.strip()))

    def from_day(self, rows: Any, name: str, value: Any) -> Any:
        """On that day or later."""
        return rows.filter(Q(started_at__date__gte=value) | Q(started_at__isnull=True, planned_from__date__gte=value))

    def up_to_day(self, rows: Any, name: str, value: Any) -> Any:
        """On that day or before."""
        return rows.filter(Q(started_at__date__lte=value) | Q(started_at__isnull=True, planned_from__date__lte=value))
