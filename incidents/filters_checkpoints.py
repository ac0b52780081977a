"""The filters of unauthorised checkpoints: one set for the list and the API."""

from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.choices import CheckpointOperator, CheckpointState
from incidents.filters import AnyOf
from incidents.models import Checkpoint
from units.models import Province


class CheckpointFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several values of one filter are alternatives."""

    state = AnyOf(choices=CheckpointState.choices, label=_("state"))
    operator = AnyOf(choices=CheckpointOperator.choices, label=_("operator"))
    crossing = filters.CharFilter(field_name="crossing__slug", label=_("code of the crossing"), max_length=60)
    province = filters.ModelChoiceFilter(
        field_name="incident__province", queryset=Province.objects.all(), to_field_name="code", label=_("province")
    )

    class Meta:
        model = Checkpoint
        fields = ()


def narrow(checkpoints: Any, params: QueryDict) -> Any:
    """The checkpoints that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = CheckpointFilter(params, queryset=checkpoints)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
