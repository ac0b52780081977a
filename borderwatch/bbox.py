"""A box on the map as machines write it: west,south,east,north in degrees (EPSG:4326)."""

import math
from typing import Any

from django import forms
from django.contrib.gis.geos import Polygon
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters import Filter


def parse(text: str) -> Polygon:
    """The box as a polygon; ValidationError when it is not four figures in order within the earth's range."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise _wrong() from None
    if not all(map(math.isfinite, (west, south, east, north))):
        raise _wrong()
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise _wrong()
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = 4326
    return box


def _wrong() -> ValidationError:
    return ValidationError(
        _("A box is west,south,east,north in degrees, for example 106.5,13.2,107.6,14.6."), code="bbox"
    )


class BBoxField(forms.CharField):
    """A form field whose value is the box as a polygon, None when it is empty."""

    def clean(self, value: Any) -> Polygon | None:
        """The polygon of the text."""
        text = super().clean(value)
        return parse(text) if text else None


class BBoxFilter(Filter):  # type: ignore[misc]
    """Rows whose geometry's box meets the asked box (index only)."""

    field_class = BBoxField

    def __init__(self, *, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name=field_name, lookup_expr="bboverlaps", **kwargs)
