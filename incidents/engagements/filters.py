"""The filters of engagements: one set for the list, its table and the API."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import EngagementKind, EngagementResult
from incidents.engagements import rules
from incidents.filters import AnyOf
from incidents.models import Counterpart, Engagement
from units.choices import Neighbour
from units.models import Province

_DAY = {"widget": forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")}


class EngagementFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several values of one filter are alternatives."""

    result = AnyOf(choices=EngagementResult.choices, label=_("result"))
    kind = AnyOf(choices=EngagementKind.choices, label=_("how"))
    country = AnyOf(choices=Neighbour.choices, label=_("country"))
    counterpart = filters.ModelChoiceFilter(
        queryset=Counterpart.objects.all(), to_field_name="slug", label=_("counterpart")
    )
    province = filters.ModelChoiceFilter(
        field_name="incident__province", queryset=Province.objects.all(), to_field_name="code", label=_("province")
    )
    incident = filters.CharFilter(
        field_name="incident__ref", lookup_expr="iexact", label=_("reference of the incident"), max_length=30
    )
    since = filters.DateFilter(field_name="happened_at", lookup_expr="date__gte", label=_("had since"), **_DAY)
    until = filters.DateFilter(field_name="happened_at", lookup_expr="date__lte", label=_("had up to"), **_DAY)
    next_due = filters.BooleanFilter(method="narrow_due", label=_("next contact due"))
    struck = filters.BooleanFilter(
        field_name="struck_at", lookup_expr="isnull", exclude=True, label=_("struck from the log")
    )

    class Meta:
        model = Engagement
        fields = ()

    def narrow_due(self, rows: Any, _name: str, value: bool | None) -> Any:
        """Those whose next contact is due within a day or was missed, or the others."""
        if value is None:
            return rows
        due = rules.next_due(rows)
        return due if value else rows.exclude(pk__in=due.order_by().values("pk"))


def narrow(engagements: Any, params: QueryDict) -> Any:
    """The engagements that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = EngagementFilter(params, queryset=engagements)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
