"""The filters of guidance: one set for the list and the API."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from borderwatch import clock
from incidents.choices_answers import InstructionState, Precedence
from incidents.filters import AnyOf
from incidents.guidance.workflow import OWED
from incidents.models import Instruction
from units import policy
from units.models import Province

SIDES = (("owed", _("owed by us")), ("given", _("given by us")))
_DAY = {"widget": forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")}


class GuidanceFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several values of one filter are alternatives."""

    state = AnyOf(choices=InstructionState.choices, label=_("state"))
    precedence = AnyOf(choices=Precedence.choices, label=_("precedence"))
    side = filters.ChoiceFilter(choices=SIDES, method="narrow_side", label=_("owed by us or given by us"))
    overdue = filters.BooleanFilter(method="narrow_overdue", label=_("overdue"))
    from_unit = filters.CharFilter(
        field_name="from_unit__code", label=_("code of the instructing institution"), max_length=60
    )
    to_unit = filters.CharFilter(
        field_name="to_unit__code", label=_("code of the unit that carries it out"), max_length=60
    )
    province = filters.ModelChoiceFilter(
        field_name="incident__province", queryset=Province.objects.all(), to_field_name="code", label=_("province")
    )
    incident = filters.CharFilter(
        field_name="incident__ref", lookup_expr="iexact", label=_("reference of the incident"), max_length=30
    )
    since = filters.DateFilter(field_name="issued_at", lookup_expr="date__gte", label=_("issued since"), **_DAY)
    until = filters.DateFilter(field_name="issued_at", lookup_expr="date__lte", label=_("issued up to"), **_DAY)

    class Meta:
        model = Instruction
        fields = ()

    def narrow_side(self, rows: Any, _name: str, value: str) -> Any:
        """Guidance units of the reader carry out, or his institution has given."""
        user = self.request.user if self.request is not None else None
        if value == "owed":
            return rows.filter(to_unit__in=policy.unit_ids(user, policy.FILE))
        return rows.filter(from_unit__in=policy.unit_ids(user, policy.REVIEW))

    def narrow_overdue(self, rows: Any, _name: str, value: bool | None) -> Any:
        """What should have been carried out by now; a question stops the time."""
        late = {"state__in": OWED, "due_at__lt": clock.sql_now()}
        if value is None:
            return rows
        return rows.filter(**late) if value else rows.exclude(**late)


def narrow(guidance: Any, request: Any) -> Any:
    """The guidance that passes the filters of an address; ValidationError by filter for one that cannot be read."""
    found = GuidanceFilter(request.query_params, queryset=guidance, request=request)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
