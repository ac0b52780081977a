"""The filters of counts of traffic."""

import django_filters as filters
from django.utils.translation import gettext_lazy

from crossings.choices import Direction
from crossings.filters_closures import province_choices
from crossings.models import TrafficSheet


class TrafficFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible."""

    crossing = filters.CharFilter(
        field_name="crossing__slug", lookup_expr="iexact", label=gettext_lazy("Crossing (code)"), max_length=60
    )
    province = filters.ChoiceFilter(
        choices=province_choices, field_name="crossing__district__province__code", label=gettext_lazy("Province")
    )
    since = filters.DateFilter(
        field_name="day", lookup_expr="gte", label=gettext_lazy("From and including the day"),
        input_formats=["%Y-%m-%d"],
    )  # fmt: skip
    until = filters.DateFilter(
        field_name="day", lookup_expr="lte", label=gettext_lazy("Up to and including the day"),
        input_formats=["%Y-%m-%d"],
    )  # fmt: skip
    direction = filters.ChoiceFilter(choices=Direction.choices, label=gettext_lazy("Direction"))

    class Meta:
        model = TrafficSheet
        fields = ()
