"""The filters of accountability cases: one set for the list and the API."""

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.choices import CaseState, Detector, Outcome
from incidents.filters import AnyOf
from incidents.models import AccountabilityCase
from incidents.models.accountability import CaseQuerySet


class CaseFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several values of one filter are alternatives."""

    state = AnyOf(choices=CaseState.choices, label=_("state"))
    outcome = AnyOf(choices=Outcome.choices, label=_("outcome"))
    unit = filters.CharFilter(field_name="unit__code", label=_("code of the unit"), max_length=60)
    incident = filters.CharFilter(
        field_name="incident__ref", lookup_expr="iexact", label=_("reference of the incident"), max_length=30
    )
    detected_by = AnyOf(choices=Detector.choices, label=_("detected by"))
    credited = filters.BooleanFilter(label=_("credited with finding and reporting early"))
    opened_since = filters.DateFilter(
        field_name="opened_at", lookup_expr="date__gte", label=_("opened since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    opened_until = filters.DateFilter(
        field_name="opened_at", lookup_expr="date__lte", label=_("opened until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    class Meta:
        model = AccountabilityCase
        fields = ()


def narrow(cases: CaseQuerySet, params: QueryDict) -> CaseQuerySet:
    """The cases that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = CaseFilter(params, queryset=cases)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    narrowed: CaseQuerySet = found.qs
    return narrowed
