"""The filters of the register of crossings: its list, its map and its machines ask the same ones."""

from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from borderwatch.khmer import search_key
from crossings.choices import CrossingCategory, GateStatus
from crossings.models import Crossing
from crossings.moments import AtField
from units.choices import Neighbour
from units.models import Province

# A status that is not on record is asked for by this word.
UNKNOWN = "unknown"
_NAMES = ("slug", "name_km", "name_en", "name_neighbour", "neighbour_place")


class AtFilter(filters.Filter):  # type: ignore[misc]
    """A day or a moment."""

    field_class = AtField


class CrossingFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Category and status are those of the moment `at`, now when it is empty."""

    q = filters.CharFilter(method="named", label=_("Name or code"), max_length=100)
    neighbour = filters.ChoiceFilter(choices=Neighbour.choices, label=_("Neighbour"))
    province = filters.ChoiceFilter(field_name="district__province__code", choices=(), label=_("Province"))
    category = filters.ChoiceFilter(choices=CrossingCategory.choices, label=_("Category"))
    status = filters.ChoiceFilter(method="standing", label=_("Status"),
                                  choices=[*GateStatus.choices, (UNKNOWN, _("nothing on record"))])  # fmt: skip
    at = AtFilter(method="asked", label=_("On the day"))

    class Meta:
        model = Crossing
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["province"].extra["choices"] = provinces()

    def filter_queryset(self, queryset: Any) -> Any:
        """The rows carry the state of the moment that is asked for before anything looks at it."""
        return super().filter_queryset(queryset.with_state(self.form.cleaned_data.get("at")))

    def named(self, rows: Any, name: str, value: str) -> Any:
        """Any of its names or its code holds the text, in any spelling of either script."""
        key = search_key(value)
        found = [
            pk
            for pk, *names in rows.order_by().values_list("pk", *_NAMES)
            if any(key in search_key(one) for one in names)
        ]
        return rows.filter(pk__in=found)

    def standing(self, rows: Any, name: str, value: str) -> Any:
        """Cambodia's side."""
        return rows.filter(status__isnull=True) if value == UNKNOWN else rows.filter(status=value)

    def asked(self, rows: Any, name: str, value: Any) -> Any:
        """The moment narrows nothing by itself."""
        return rows


def provinces() -> list[tuple[str, str]]:
    """Border provinces in the reader's language."""
    rows = Province.objects.filter(districts__is_border=True).distinct().order_by("code")
    return [(row.code, row.name) for row in rows]


def narrow(crossings: Any, params: QueryDict) -> Any:
    """The crossings that pass the filters of an address, with their state; ValidationError by filter otherwise."""
    found = CrossingFilter(params, queryset=crossings)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
