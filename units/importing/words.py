"""What reading and comparing have to say, as sentences in the reader's language. Codes are stable; words may change."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

# The commonest fault of a ring, as GEOS words it.
_CROSSING = re.compile(r"(?:Ring )?Self-intersection\[(?P<lon>\S+) (?P<lat>\S+)\]")


def worded(message: Mapping[str, Any]) -> str:
    """A note or an error as a sentence that says what to do; a code nobody knows any more is shown as it is."""
    text = (_FILE | _ROWS | _NOTES).get(str(message["code"]))
    params = dict(message.get("params") or {})
    if text is None:
        return str(message["code"])
    if "since" in params:
        moment = parse_datetime(str(params["since"]))
        params["since"] = timezone.localtime(moment).strftime("%d/%m/%Y") if moment else params["since"]
    if crossing := _CROSSING.fullmatch(str(params.get("why", ""))):
        params["why"] = _("it crosses itself at %(lat)s, %(lon)s") % crossing.groupdict()
    if "wanted" in params:
        params["wanted"] = _("lines") if params["wanted"] == "line" else _("areas (polygons)")
    try:
        return text() % params
    except (KeyError, TypeError, ValueError):
        return str(message["code"])


Text = Callable[[], str]

# The file as a whole.
_FILE: dict[str, Text] = {
    "not_a_known_file": lambda: _(
        "This is neither a GeoPackage, nor a zip with a Shapefile, nor a GeoJSON file. Save it as one of these."
    ),
    "zip_broken": lambda: _("The zip cannot be unpacked; it is damaged. Pack it anew."),
    "zip_locked": lambda: _("The zip asks for a password. Pack it without one."),
    "zip_path": lambda: _(
        "The zip holds something that would be written elsewhere (%(name)s): a link, or a name that leads out of its "
        "folder. It is not unpacked."
    ),
    "zip_many": lambda: _("The zip has %(count)s members; at most %(most)s are taken."),
    "zip_large": lambda: _("Unpacked, the zip would be larger than %(most)s MB. It is not unpacked."),
    "zip_bomb": lambda: _("Something in the zip grows far beyond its packed size. It is not unpacked."),
    "zip_without_shapefile": lambda: _("There is no Shapefile (.shp) in the zip."),
    "zip_several": lambda: _("The zip holds several Shapefiles (%(names)s). Pack one alone."),
    "zip_lacks": lambda: _("The Shapefile is not complete: %(suffixes)s is missing in the zip."),
    "package_broken": lambda: _("The GeoPackage cannot be read; it is damaged."),
    "package_unsafe": lambda: _(
        "The GeoPackage holds more than plain tables. Save the layer alone into a new GeoPackage."
    ),
    "broken_file": lambda: _("The file says it is a %(format)s but cannot be read as one."),
    "json_broken": lambda: _("The file is no sound JSON: %(why)s"),
    "json_kind": lambda: _("A GeoJSON file must be a FeatureCollection."),
    "no_layer": lambda: _("There is no layer with shapes in the file."),
    "several_layers": lambda: _("The file holds several layers (%(names)s). Save the one you mean into a file alone."),
    "no_features": lambda: _("There is no feature in the file."),
    "crs_missing": lambda: _(
        "The file does not say its coordinate system. Declare it below, for example EPSG:32648 for UTM zone 48N."
    ),
    "crs_unknown": lambda: _(
        "The coordinate system is not understood. Declare it by its EPSG number, for example EPSG:32648."
    ),
    "crs_conflict": lambda: _("The file says its coordinate system is %(file)s, but you declared %(said)s."),
    "swapped_axes": lambda: _(
        "The axes are swapped: the first figure of a position is %(x)s and the second %(y)s. Longitude (east) comes "
        "first, latitude (north) second. Save the file with the axes the other way round."
    ),
    "metres": lambda: _(
        "The positions (%(x)s, %(y)s) are no degrees; they look like metres. Declare the coordinate system they are "
        "in, for example EPSG:32648."
    ),
    "elsewhere": lambda: _(
        "The position %(x)s, %(y)s lies far from Cambodia in the coordinate system %(crs)s. Check which system the "
        "file is in."
    ),
    "too_many_features": lambda: _("The file has more than %(most)s features."),
    "too_many_vertices": lambda: _("The file has more than %(most)s vertices. Simplify the shapes."),
    "feature_too_fine": lambda: _("A shape has more than %(most)s vertices. Simplify it."),
    "too_large_to_read": lambda: _("Reading the file takes more memory than is allowed. Part it or simplify it."),
    "took_too_long": lambda: _(
        "Reading the file took longer than %(minutes)s minutes and was stopped. Part it or simplify it."
    ),
    "broke_the_reader": lambda: _("The file cannot be read: it broke the reader or took more than it may."),
}

# One row.
_ROWS: dict[str, Text] = {
    "bad_text": lambda: _("A property cannot be read as text. Save the file in UTF-8."),
    "no_shape": lambda: _("The row has no shape."),
    "wrong_kind": lambda: _("The shape is a %(found)s; here %(wanted)s are needed."),
    "broken": lambda: _("The shape is broken and cannot be mended. %(why)s"),
    "mended_too_far": lambda: _(
        "The shape is broken (%(why)s). Mending it would change its area by %(percent)s %%; at most %(most)s %% is "
        "taken. Mend it by hand."
    ),
    "no_code": lambda: _("The row has no code. It is looked for in: %(names)s."),
    "duplicate_code": lambda: _("The code stands in row %(first)s already."),
    "missing": lambda: _("“%(field)s” is missing."),
    "bad_value": lambda: _("“%(field)s” is “%(value)s”; one of these is needed: %(values)s."),
    "unknown_unit": lambda: _("The register knows no unit “%(unit)s”."),
    "unknown_code": lambda: _("The register knows no administrative unit “%(code)s”."),
    "unknown_section": lambda: _("The register knows no border section “%(code)s”."),
    "not_kept": lambda: _("You do not keep the register of the unit this concerns."),
    "later_shape": lambda: _(
        "The register has a shape of this code from %(since)s on. Choose a later date, or change that shape."
    ),
    "begins_then": lambda: _("What the register holds begins at that very moment. Choose a later date."),
}

_NOTES: dict[str, Text] = {
    "mended": lambda: _("The shape was broken (%(why)s) and has been mended; its area changed by %(percent)s %%."),
    "name_differs": lambda: _("The file says “%(file)s”, the register “%(register)s”. Names are not changed by this."),
    "not_dated": lambda: _("The line of a border section has no dates; it holds as soon as the change is applied."),
    "other_unit": lambda: _("The unit that answers changes from %(before)s to %(after)s."),
    "same_shape": lambda: _("The shape stays as it is."),
    "area_changes": lambda: _("The area changes from %(before)s km² to %(after)s km²."),
    "overlaps": lambda: _(
        "%(km2)s km² of it lie in the sector %(code)s of another unit too: a report from there would be contested."
    ),
    "by_hand": lambda: _("Entered by hand."),
}
