"""Which kind of file it is, by its bytes and not its name; then its reader."""

from datetime import date

from django.utils.translation import gettext as _

from units.tracks import geojson, gpx, table
from units.tracks.positions import Reading, refusal


def read(content: bytes, day: date) -> Reading:
    """The positions of a file. `day` is the patrol's first day, for times without a date.

    Raises ValidationError at `file` that says what is wrong with it and what to do.
    """
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if content[8:12] == b".FIT":
        raise refusal(_("This is a FIT file. Export it as GPX or as a table (CSV) with the device's tool."), "fit")
    if start[:4] == b"PK\x03\x04":
        raise refusal(_("This is an archive (ZIP, KMZ). Unpack it and send the GPX file inside."), "archive")
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if b"\0" in content[:1000] and not utf16:
        raise refusal(
            _("This is neither GPX nor GeoJSON nor a table of positions (CSV). Export the track as one of these."),
            "unknown",
        )
    if start[:1] == b"<" or (utf16 and content[2:4] in (b"<\0", b"\0<")):
        reading = gpx.read(content, day)
    elif start[:1] in (b"{", b"["):
        reading = geojson.read(content, day)
    else:
        reading = table.read(content, day)
    if not reading.count:
        raise refusal(_("The file holds no positions."), "empty")
    return reading
