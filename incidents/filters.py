"""The filters of incidents: one set for the list, the map, the layer and the API."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from borderwatch.bbox import BBoxFilter
from borderwatch.khmer import search_key, visible
from incidents.choices import TYPE_LABELS, Category, CloseReason, Impact, Source, Status
from incidents.models import Incident
from units.models import Province


class AnyOf(filters.MultipleChoiceFilter):  # type: ignore[misc]
    """Several values are alternatives; the column is the incident's own, so no DISTINCT is needed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(distinct=False, **kwargs)


class IncidentFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several values of one filter are alternatives."""

    category = AnyOf(choices=Category.choices, label=_("category"), widget=forms.CheckboxSelectMultiple)
    type = AnyOf(choices=sorted(TYPE_LABELS.items()), label=_("type"))
    status = AnyOf(choices=Status.choices, label=_("state"), widget=forms.CheckboxSelectMultiple)
    impact = AnyOf(choices=Impact.choices, label=_("how serious"), widget=forms.CheckboxSelectMultiple)
    province = filters.ModelChoiceFilter(queryset=Province.objects.all(), to_field_name="code", label=_("province"))
    unit = filters.CharFilter(
        field_name="responsible_unit__code", label=_("code of the unit that answers"), max_length=60
    )
    filed_for = filters.CharFilter(
        field_name="filed_for__code", label=_("code of the unit it was filed for"), max_length=60
    )
    known_by = filters.ChoiceFilter(
        choices=[("-", _("not said")), *Source.choices], method="became_known", label=_("how it became known")
    )
    took_place = filters.BooleanFilter(
        method="not_refuted", label=_("without drills and those found not to have taken place")
    )
    contested = filters.BooleanFilter(label=_("contested"))
    exercise = filters.BooleanFilter(method="played", label=_("only exercises, or only what is real"))
    since = filters.DateFilter(
        field_name="occurred_at",
        lookup_expr="date__gte",
        label=_("happened since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = filters.DateFilter(
        field_name="occurred_at",
        lookup_expr="date__lte",
        label=_("happened until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    received_after = filters.IsoDateTimeFilter(
        field_name="received_at", lookup_expr="gte", label=_("received at or after")
    )
    received_before = filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="lt", label=_("received before"))
    bbox = BBoxFilter(field_name="point", label=_("inside the box west,south,east,north"))
    q = filters.CharFilter(method="search", label=_("reference, place or words of the text"), max_length=100)

    class Meta:
        model = Incident
        fields = ()

    def became_known(self, rows: Any, name: str, value: str) -> Any:
        """Rows of that source; "-" for those whose reporter did not say."""
        return rows.filter(source="" if value == "-" else value)

    def not_refuted(self, rows: Any, name: str, value: bool) -> Any:
        """Rows that really took place (no drill, not closed as not having taken place), or only the others."""
        refuted = Q(close_reason=CloseReason.DID_NOT_HAPPEN) | Q(drill__isnull=False)
        return rows.exclude(refuted) if value else rows.filter(refuted)

    def played(self, rows: Any, name: str, value: bool) -> Any:
        """Rows that were filed in a drill, or only those that were not."""
        return rows.filter(drill__isnull=not value)

    def search(self, rows: Any, name: str, value: str) -> Any:
        """Rows whose reference starts so, or whose place or text contains it, as typed or in the usual spelling."""
        wanted = Q(ref__istartswith=visible(value).strip())
        for words in {value, visible(value), search_key(value)}:
            wanted |= Q(place_name__icontains=words) | Q(text__icontains=words)
        return rows.filter(wanted)


def narrow(incidents: Any, params: QueryDict) -> Any:
    """The incidents that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    if params.keys().isdisjoint(IncidentFilter.base_filters):
        # Nothing asked: making the set of filters and its form costs more than the query itself.
        return incidents
    found = IncidentFilter(params, queryset=incidents)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
