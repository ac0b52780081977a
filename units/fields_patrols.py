"""Form fields of the ground: a moment, a count, a place and a line as people write them, in both scripts."""

import re
from typing import Any

from django import forms
from django.contrib.gis.geos import LineString, Point
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import TypedTimeField
from borderwatch.khmer import latin_digits, visible
from units import region

MAX_POSITIONS = 1000


def textarea(rows: int, **attributes: Any) -> forms.Textarea:
    """Several lines in the site's look."""
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", **attributes})


def text_input(**attributes: Any) -> forms.TextInput:
    """One line in the site's look; the browser suggests nothing of its own."""
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attributes})


class MomentField(TypedTimeField):
    """A local time; aware afterwards."""

    # Typed, not picked: a browser's own control writes the day in the order of its maker's country.
    widget = forms.DateTimeInput(
        attrs={"class": "form-control", "autocomplete": "off", "placeholder": "25/12/2026 14:30", "maxlength": 40},
        format="%d/%m/%Y %H:%M",
    )
    default_error_messages = {
        "invalid": gettext_lazy("Write the day and the time as 25/12/2026 14:30."),
        "required": gettext_lazy("Give the day and the time."),
    }


class CountField(forms.IntegerField):
    """A whole number in Latin or Khmer digits."""

    widget = forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric", "autocomplete": "off"})
    default_error_messages = {"required": gettext_lazy("Give the number.")}

    def to_python(self, value: Any) -> int | None:
        """Read the figures of both scripts."""
        return super().to_python(latin_digits(value) if isinstance(value, str) else value)


def read_position(text: str) -> tuple[float, float]:
    """One place written as decimal degrees, latitude first, as (lon, lat). Raises ValidationError.

    Khmer or Latin figures, decimal point or comma; longitude before latitude is understood and turned round.
    """
    plain = visible(latin_digits(text)).strip()
    commas = "." not in plain and re.fullmatch(r"\D*\d+,\d+\s*[\s,;/]\s*\d+,\d+\D*", plain)
    found = re.findall(r"\d+,\d+|\d+" if commas else r"\d+(?:\.\d+)?", plain)
    if len(found) != 2 or re.search(r"[^\d\s.,;/°()NEne]", plain):
        raise ValidationError(_("“%(text)s” is no position. Write it as 13.78600, 107.42000: latitude, then longitude.")
                              % {"text": text.strip()[:40]})  # fmt: skip
    lat, lon = (float(figure.replace(",", ".")) for figure in found)
    if region.swapped(lon, lat):
        lat, lon = lon, lat
    if not region.inside(lon, lat):
        raise ValidationError(
            _(
                "The position %(lat).4f, %(lon).4f lies far outside Cambodia: latitude must be between 9 and 16, "
                "longitude between 101 and 109."
            )
            % {"lat": lat, "lon": lon}
        )
    return lon, lat


class PointField(forms.CharField):
    """A place in decimal degrees; a Point (EPSG:4326) afterwards, None when empty."""

    widget = text_input(placeholder="13.78600, 107.42000", inputmode="text", spellcheck="false", maxlength=80)

    def clean(self, value: Any) -> Point | None:
        """The place as it was understood."""
        text = super().clean(value)
        return Point(*read_position(text), srid=4326) if text else None


class PathField(forms.CharField):
    """A line as positions one to a line; a LineString (EPSG:4326) afterwards, None when empty."""

    widget = textarea(4, spellcheck="false", placeholder="13.78600, 107.42000\n13.79100, 107.43500")

    def clean(self, value: Any) -> LineString | None:
        """The line as it was understood; raises ValidationError naming the line that cannot be read."""
        lines = [line for line in (super().clean(value) or "").splitlines() if line.strip()]
        if not lines:
            return None
        if len(lines) > MAX_POSITIONS:
            raise ValidationError(_("At most %(n)s positions can be given by hand.") % {"n": MAX_POSITIONS})
        positions = [read_position(line) for line in lines]
        if len(set(positions)) < 2:
            raise ValidationError(_("A line needs at least two different positions, each on a line of its own."))
        return LineString(positions, srid=4326)
