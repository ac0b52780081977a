"""Forms of imports of traffic. They check shape only; what may be taken and entered the verbs say."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import reason_field
from crossings.models import Crossing
from units.models import Unit


class UploadForm(forms.Form):
    """A table of counts: for which unit, and for which crossing when its rows name none."""

    unit = forms.ChoiceField(
        label=gettext_lazy("For the unit"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    crossing = forms.ChoiceField(
        label=gettext_lazy("Crossing"),
        required=False,
        help_text=gettext_lazy("Only when the rows of the file name none."),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        error_messages={"required": gettext_lazy("Choose the file.")},
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".xlsx,.csv,.txt"}),
    )

    def __init__(self, *args: Any, units: Sequence[Unit], crossings: Sequence[Crossing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {unit.code: unit for unit in units}
        self.crossings = {crossing.slug: crossing for crossing in crossings}
        self.fields["unit"].choices = [(unit.code, unit.name) for unit in units]  # type: ignore[attr-defined]
        self.fields["crossing"].choices = [  # type: ignore[attr-defined]
            ("", _("as the file says")),
            *((slug, f"{crossing.name} ({slug})") for slug, crossing in self.crossings.items()),
        ]
        self.fields["file"].help_text = _("A spreadsheet (.xlsx) or a table as text (.csv), at most %(most)s.") % {
            "most": filesizeformat(settings.TRAFFIC_FILE_MAX_BYTES)
        }

    def clean(self) -> dict[str, Any]:
        """`unit` becomes the Unit and `crossing` the Crossing, None when the file says it."""
        data = super().clean() or {}
        first = next(iter(self.units.values()), None)
        data["unit"] = self.units.get(data.get("unit") or "", first)
        data["crossing"] = self.crossings.get(data.get("crossing") or "")
        return data


class ApplyForm(forms.Form):
    """Enter the sound days; one reason for all corrections."""

    reason = reason_field(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Why days are corrected")


class AbandonForm(forms.Form):
    """Give it up."""

    reason = reason_field(required=False)
