"""The filters of proposals: one set for the list and the API."""

from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from crossings.choices import CrossingCategory, ProposalState
from crossings.models import Proposal, ProposalVersion
from units.models import Province


class ProposalFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several states are alternatives."""

    state = filters.MultipleChoiceFilter(choices=ProposalState.choices, label=_("state"), distinct=False)
    province = filters.ModelChoiceFilter(
        field_name="crossing__district__province",
        queryset=Province.objects.all(),
        to_field_name="code",
        label=_("province"),
    )
    crossing = filters.CharFilter(field_name="crossing__slug", label=_("code of the crossing"), max_length=60)
    category = filters.ChoiceFilter(choices=CrossingCategory.choices, method="proposes", label=_("category proposed"))
    waiting = filters.BooleanFilter(method="waits", label=_("waits for me"))

    class Meta:
        model = Proposal
        fields = ()

    def proposes(self, rows: Any, name: str, value: str) -> Any:
        """Those with a version the reader may see that proposes this category."""
        versions = ProposalVersion.objects.visible_to(self.request.user)
        return rows.filter(pk__in=versions.filter(category=value).order_by().values("proposal"))

    def waits(self, rows: Any, name: str, value: bool) -> Any:
        """Those in which the reader owes the next step, or only the others."""
        mine = Proposal.objects.visible_to(self.request.user).waiting_for(self.request.user)
        keys = mine.order_by().values("pk")
        return rows.filter(pk__in=keys) if value else rows.exclude(pk__in=keys)


def narrow(proposals: Any, params: QueryDict, request: HttpRequest) -> Any:
    """The proposals that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = ProposalFilter(params, queryset=proposals, request=request)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
