"""The filters of letters: one set for the register, its CSV and the API."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from borderwatch.khmer import khmer_digits, latin_digits, visible
from incidents.choices_answers import LetterDirection, LetterKind, LetterState
from incidents.filters import AnyOf
from incidents.models import Letter

SELECT = forms.Select(attrs={"class": "form-select"})


class LetterFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows what is already visible. Several values of one filter are alternatives."""

    direction = AnyOf(choices=LetterDirection.choices, label=_("direction"))
    office = filters.CharFilter(field_name="office__code", label=_("code of the office"), max_length=60)
    year = filters.NumberFilter(label=_("year"), min_value=1900, max_value=2200)
    kind = AnyOf(choices=LetterKind.choices, label=_("kind"))
    state = AnyOf(choices=LetterState.choices, label=_("state"))
    incident = filters.CharFilter(
        field_name="incident__ref", lookup_expr="iexact", label=_("reference of the incident"), max_length=30
    )
    about = filters.CharFilter(
        method="of_object", label=_("what it is about, as kind:key"), max_length=130
    )  # fmt: skip
    q = filters.CharFilter(method="words", label=_("number, subject, sender or addressee"), max_length=100)

    class Meta:
        model = Letter
        fields = ()

    def of_object(self, rows: Any, name: str, value: str) -> Any:
        """Letters about one object."""
        kind, _colon, key = value.partition(":")
        return rows.filter(about_kind=kind, about_key=key)

    def words(self, rows: Any, name: str, value: str) -> Any:
        """Letters in which these words stand; numbers in either digits."""
        text = visible(value).strip()
        found = Q()
        for one in {text, latin_digits(text), khmer_digits(text)}:
            for column in ("number_text", "their_number", "subject_km", "subject_en", "sender", "addressee_km"):
                found |= Q(**{f"{column}__icontains": one})
        return rows.filter(found)


def narrow(letters: Any, params: QueryDict) -> Any:
    """The letters that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = LetterFilter(params, queryset=letters)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs
