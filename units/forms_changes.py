"""Forms of changes of the register. They check shape only; what is allowed and complete the verbs say."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.gis.geos import GEOSException, MultiPolygon, Polygon
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import TypedTimeField, reason_field
from borderwatch.khmer import latin_digits, visible
from units.choices import RegisterLayer
from units.models import Unit

# Corners of an outline entered by hand; finer ones come as a file.
CORNERS_MAX = 5_000
_FIGURE = re.compile(r"-?\d+(?:\.\d+)?")


def _text(label: Any, *, required: bool = False, most: int = 200, hint: Any = "", **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=required, max_length=most, help_text=hint, widget=widget)


class _Proposal(forms.Form):
    """What every change says of itself."""

    title = _text(gettext_lazy("Title"), required=True, hint=gettext_lazy("What the change is about, in a few words."))
    effective_from = TypedTimeField(
        label=gettext_lazy("Holds from"),
        day_alone=True,
        help_text=gettext_lazy(
            "The day from whose beginning (midnight in Phnom Penh) it holds, such as 25/12/2026. It may lie in the "
            "past or in the future."
        ),
        error_messages={"invalid": gettext_lazy("Write the day as 25/12/2026.")},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    source = _text(gettext_lazy("Source"), most=300)
    legal_reference = _text(gettext_lazy("Legal reference"))


class FileForm(_Proposal):
    """A file with sectors, outlines, lines or areas."""

    layer = forms.ChoiceField(
        label=gettext_lazy("What the file holds"),
        choices=RegisterLayer.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"class": "form-control"}),
    )
    crs = _text(
        gettext_lazy("Coordinate system"),
        most=100,
        hint=gettext_lazy("Only when the file does not say it: its EPSG number, for example EPSG:32648."),
    )
    complete = forms.BooleanField(
        required=False,
        label=gettext_lazy(
            "The file lists everything that holds in the provinces it names: what it leaves out is ended."
        ),
    )
    field_order = ("title", "layer", "file", "crs", "effective_from", "source", "legal_reference", "complete")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "GeoPackage (.gpkg), Shapefile in a zip (.zip) or GeoJSON (.geojson), at most %(most)s."
        ) % {"most": filesizeformat(settings.REGISTER_FILE_MAX_BYTES)}


class HandForm(_Proposal):
    """One sector by hand: a new shape, another unit, or its end."""

    code = _text(
        gettext_lazy("Code of the sector"), required=True, most=40, list="sector-codes",
        hint=gettext_lazy("An existing code, or a new one for a new sector."),
    )  # fmt: skip
    ends = forms.BooleanField(required=False, label=gettext_lazy("The sector ends; nothing takes its place."))
    unit = _text(gettext_lazy("Unit that answers (code)"), most=60, list="unit-codes")
    corners = forms.CharField(
        label=gettext_lazy("Outline"),
        required=False,
        help_text=gettext_lazy(
            "One corner a line, latitude first: 13.7860, 107.4200. An empty line begins another part."
        ),
        error_messages={"required": gettext_lazy("Draw the outline, or enter its corners.")},
        widget=forms.Textarea(attrs={"class": "form-control mono corners", "rows": 8, "spellcheck": "false"}),
    )
    field_order = ("title", "code", "ends", "unit", "corners", "effective_from", "source", "legal_reference")

    def __init__(self, *args: Any, units: Sequence[Unit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {unit.code: unit for unit in units}
        # Only a sector that ends needs neither.
        for name in ("unit", "corners"):
            self.fields[name].required = not self.data.get("ends")
        self.fields["unit"].error_messages["required"] = _("Name a unit whose register you keep, by its code.")

    def clean(self) -> dict[str, Any]:
        """`unit` becomes the Unit and `area` the outline; both None for a sector that ends."""
        data = super().clean() or {}
        if data.get("ends"):
            return {**data, "unit": None, "area": None}
        typed = visible(latin_digits(str(data.get("unit", "")))).partition(" · ")[0].strip()
        unit = self.units.get(typed)
        if unit is None and typed:
            self.add_error("unit", _("Name a unit whose register you keep, by its code."))
        area = None
        try:
            area = outline(str(data["corners"])) if data.get("corners") else None
        except ValidationError as error:
            self.add_error("corners", error)
        return {**data, "unit": unit, "area": area}


def outline(text: str) -> MultiPolygon:
    """The outline of corners typed as "latitude, longitude", one a line, parts parted by an empty line.

    Raises ValidationError naming the line that cannot be read. Khmer figures are understood.
    """
    parts: list[list[tuple[float, float]]] = [[]]
    for number, line in enumerate(visible(latin_digits(text)).splitlines(), 1):
        figures = _FIGURE.findall(line)
        if not line.strip():
            parts.append([])
        elif len(figures) == 2:
            parts[-1].append((float(figures[1]), float(figures[0])))
        else:
            raise ValidationError(_("Line %(n)s is no position. Write it as 13.7860, 107.4200.") % {"n": number})
    parts = [part for part in parts if part]
    if not parts:
        raise ValidationError(_("Draw the outline, or enter its corners."))
    if sum(map(len, parts)) > CORNERS_MAX:
        raise ValidationError(_("An outline of more than %(n)s corners comes as a file.") % {"n": CORNERS_MAX})
    if any(len(set(part)) < 3 for part in parts):
        raise ValidationError(_("A part needs three corners at least."))
    try:
        return MultiPolygon([Polygon([*part, part[0]]) for part in parts], srid=4326)
    except (GEOSException, ValueError) as error:
        raise ValidationError(_("These corners make no outline.")) from error


def corners(area: MultiPolygon) -> str:
    """The text for an outline; "" when it has holes, or more corners than are entered by hand."""
    polygons: Any = area
    if area.num_coords > CORNERS_MAX or any(polygon.num_interior_rings for polygon in polygons):
        return ""
    parts = ["\n".join(f"{lat:.6f}, {lon:.6f}" for lon, lat in polygon[0].coords[:-1]) for polygon in polygons]
    return "\n\n".join(parts)


class ApplyForm(forms.Form):
    """A draft becomes the register."""

    reason = reason_field()
    without_refused = forms.BooleanField(required=False, label=gettext_lazy("Apply it without the refused rows"))


class AbandonForm(forms.Form):
    """A change is given up."""

    reason = reason_field()


class CompareForm(forms.Form):
    """A draft is held against the register anew; nothing is asked."""
