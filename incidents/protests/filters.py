"""The filters of protests: one set for the list and the API."""

from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import ProtestState, ReplyOutcome
from incidents.filters import AnyOf
from incidents.models import Protest
from incidents.protests import rules
from units.choices import Neighbour


class ProtestFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several values of one filter are alternatives."""

    state = AnyOf(choices=ProtestState.choices, label=_("state"))
    outcome = AnyOf(choices=ReplyOutcome.choices, label=_("outcome"))
    country = AnyOf(field_name="counterpart__country", choices=Neighbour.choices, label=_("country"))
    counterpart = filters.CharFilter(field_name="counterpart__slug", label=_("code of the counterpart"), max_length=60)
    section = filters.CharFilter(field_name="section__code", label=_("code of the stretch"), max_length=20)
    province = filters.CharFilter(field_name="incident__province__code", label=_("code of the province"), max_length=2)
    incident = filters.CharFilter(
        field_name="incident__ref", lookup_expr="iexact", label=_("reference of the incident"), max_length=30
    )
    year = filters.NumberFilter(
        field_name="sent_on", lookup_expr="year", label=_("year it was sent"), min_value=1900, max_value=2200
    )
    overdue = filters.BooleanFilter(method="reply_overdue", label=_("reply overdue"))

    class Meta:
        model = Protest
        fields = ()

    def reply_overdue(self, rows: Any, _name: str, value: bool) -> Any:
        """Sent, and the day on which the reply was due has passed."""
        late = {"state": ProtestState.SENT, "reply_due_on__lt": rules.today_here()}
        return rows.filter(**late) if value else rows.exclude(**late)


def narrow(protests: Any, params: QueryDict) -> Any:
    """The protests that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = ProtestFilter(params, queryset=protests)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
