"""The filters of the list of assessments, for pages and machines."""

from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crossings.choices import AssessmentState
from crossings.models import Assessment
from units.models import Province


def provinces() -> list[tuple[str, str]]:
    """The provinces that have crossings, by code."""
    rows = Province.objects.filter(districts__crossings__isnull=False).distinct().order_by("code")
    return [(row.code, row.name) for row in rows]


class AssessmentFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible."""

    state = filters.ChoiceFilter(choices=AssessmentState.choices, label=_("State"))
    province = filters.CharFilter(field_name="crossing__district__province__code", label=_("Province (code)"))
    crossing = filters.CharFilter(field_name="crossing__slug", label=_("Crossing (code)"), max_length=60)

    class Meta:
        model = Assessment
        fields = ()


def narrow(rows: Any, params: QueryDict) -> Any:
    """The assessments that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = AssessmentFilter(params, queryset=rows)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
