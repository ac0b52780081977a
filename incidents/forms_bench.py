"""The form of the test bench: a place, how good it is, a moment."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import coordinates
from incidents.coordinates import Coordinates
from incidents.forms import KhmerNumberField
from incidents.forms_decisions import TypedTimeField
from incidents.reports import MAX_ACCURACY_M
from units.models import Province


class BenchForm(forms.Form):
    """Typed as people write coordinates; accuracy and moment may be left out (as typed; now)."""

    position = forms.CharField(
        label=gettext_lazy("Coordinates"),
        max_length=120,
        widget=forms.TextInput(attrs={"class": "form-control mono", "autocomplete": "off"}),
        help_text=gettext_lazy("As you have them: degrees, UTM or grid reference. Or move the map."),
    )
    accuracy = KhmerNumberField(
        label=gettext_lazy("Accuracy in metres"),
        required=False,
        min_value=1,
        max_value=MAX_ACCURACY_M,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        help_text=gettext_lazy("Left empty: as good as the coordinates are written."),
    )
    at = TypedTimeField(
        label=gettext_lazy("Moment"),
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text=gettext_lazy("Day/month/year and time in Phnom Penh; it may lie ahead. Left empty: now."),
    )
    province = forms.ModelChoiceField(
        label=gettext_lazy("Province of the person who files"),
        queryset=Province.objects.none(),
        to_field_name="code",
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=gettext_lazy("It counts only where no sector is near."),
    )

    def __init__(self, *args: Any, provinces: QuerySet[Province], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["province"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = provinces
        field.initial = provinces.first()

    def clean_position(self) -> Coordinates:
        """The place as it was understood."""
        return coordinates.parse(self.cleaned_data["position"])

    def clean_at(self) -> datetime | None:
        """A moment the calendar and the database can hold."""
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and not 1900 <= at.year <= 2200:
            raise ValidationError(_("Give a year between 1900 and 2200."))
        return at
