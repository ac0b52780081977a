"""Filters of the lists of escalations and of requests for information, for machines."""

from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.choices import DutyState
from incidents.filters import AnyOf
from incidents.models import Duty, Escalation, InformationRequest


class EscalationFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several states are alternatives."""

    incident = filters.CharFilter(
        field_name="incident__ref", lookup_expr="iexact", label=_("reference of the incident"), max_length=30
    )
    policy = filters.CharFilter(field_name="policy__slug", label=_("code of the policy"), max_length=60)
    automatic = filters.BooleanFilter(label=_("started by itself"))
    state = AnyOf(choices=DutyState.choices, method="with_duty", label=_("has a duty in this state"))

    class Meta:
        model = Escalation
        fields = ()

    def with_duty(self, rows: Any, name: str, states: list[str]) -> Any:
        """Escalations with at least one duty in one of these states."""
        if not states:
            return rows
        return rows.filter(Exists(Duty.objects.filter(escalation=OuterRef("pk"), state__in=states)))


class RequestFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible."""

    incident = filters.CharFilter(
        field_name="duty__escalation__incident__ref",
        lookup_expr="iexact",
        label=_("reference of the incident"),
        max_length=30,
    )
    open = filters.BooleanFilter(field_name="answered_at", lookup_expr="isnull", label=_("not given yet"))

    class Meta:
        model = InformationRequest
        fields = ()


def narrow(kind: type[filters.FilterSet], rows: Any, params: QueryDict) -> Any:
    """The rows that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = kind(params, queryset=rows)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
