"""The filters of closure orders, and of the board."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import clock
from borderwatch.khmer import latin_digits, visible
from crossings.choices import ClosureState
from crossings.models import ClosureOrder
from units.models import Province


def province_choices() -> list[tuple[str, str]]:
    """The provinces that have a border, by code."""
    rows = Province.objects.filter(border_sections__isnull=False).distinct().order_by("code")
    return [(province.code, province.name) for province in rows]


def read_province(params: QueryDict) -> str:
    """The province a board is narrowed to, "" for all; ValidationError for something that is no code."""
    code = visible(latin_digits(params.get("province", ""))).strip()
    if code and not (code.isascii() and code.isdigit() and len(code) == 2):
        raise ValidationError({"province": _("Give the two digits of a province.")})
    return code


def _yes_no() -> forms.Select:
    words = [("", "–"), ("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))]
    return forms.Select(choices=words, attrs={"class": "form-select"})


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def _text() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})


class ClosureFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible."""

    state = filters.ChoiceFilter(choices=ClosureState.choices, label=gettext_lazy("State"), widget=_select())
    province = filters.ChoiceFilter(
        choices=province_choices,
        field_name="crossing__district__province__code",
        label=gettext_lazy("Province"),
        widget=_select(),
    )
    overdue = filters.BooleanFilter(
        method="is_overdue",
        label=gettext_lazy("Overdue"),
        widget=_yes_no(),
    )
    reopened = filters.BooleanFilter(
        method="was_reopened",
        label=gettext_lazy("Reopened"),
        widget=_yes_no(),
    )
    unit = filters.CharFilter(
        field_name="responsible_unit__code", lookup_expr="iexact", label=gettext_lazy("Responsible unit (code)"),
        max_length=60, widget=_text(),
    )  # fmt: skip
    crossing = filters.CharFilter(
        field_name="crossing__slug",
        lookup_expr="iexact",
        label=gettext_lazy("Crossing (code)"),
        max_length=60,
        widget=_text(),
    )
    number = filters.CharFilter(
        lookup_expr="icontains", label=gettext_lazy("Number of the order"), max_length=80, widget=_text()
    )

    class Meta:
        model = ClosureOrder
        fields = ()

    def is_overdue(self, rows: Any, name: str, value: bool) -> Any:
        """Issued, and the due day is over in Phnom Penh; or all others."""
        late = {"state": ClosureState.ISSUED, "due_on__lt": timezone.localdate(clock.now())}
        return rows.filter(**late) if value else rows.exclude(**late)

    def was_reopened(self, rows: Any, name: str, value: bool) -> Any:
        """Found open again after a verification at least once; or never."""
        return rows.filter(times_reopened__gt=0) if value else rows.filter(times_reopened=0)
