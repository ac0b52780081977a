"""Tables of positions (CSV): latitude, longitude and time under the headings loggers use, and what FIT tools write."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _

from units.choices import TrackSource
from units.tracks import times
from units.tracks.positions import Position, Reading, refusal

LATITUDE = {"lat", "latitude", "positionlat", "gpslat", "gpslatitude", "y", "latdeg", "latitudedeg"}
LONGITUDE = {"lon", "lng", "long", "longitude", "positionlong", "gpslon", "gpslong", "gpslongitude", "x", "londeg"}
TIME = {"time", "timestamp", "datetime", "dateandtime", "utc", "utctime", "localtime", "gpstime", "recordedat", "at"}
DATE = {"date", "day", "utcdate", "localdate", "gpsdate"}
SEGMENT = {"segment", "seg", "segmentid", "track", "trackid", "trkseg", "lap"}
# Half a turn in FIT's unit.
SEMICIRCLES = 2**31
LONGEST_FIELD = 10_000

Row = Sequence[str]
Pick = Callable[[Row], tuple[str, str, str, str] | None]


def read(content: bytes, day: date) -> Reading:
    """The positions of a table; raises ValidationError naming what it lacks."""
    text = _text(content)
    if text[:4].lower() == "sep=":
        # A spreadsheet's own line, before the heading.
        text = text.partition("\n")[2]
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    csv.field_size_limit(LONGEST_FIELD)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _rows(rows, day)
    except csv.Error as error:
        raise refusal(_("The table cannot be read at line %(line)s.") % {"line": rows.line_num}, "broken") from error


def _text(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise refusal(
            _("This is neither GPX nor GeoJSON nor a table of positions (CSV). Export the track as one of these."),
            "unknown",
        ) from error


def _rows(rows: Iterator[list[str]], day: date) -> Reading:
    pick = _picker(next(rows, []))
    reading = Reading(TrackSource.CSV)
    segment = None
    for row in rows:
        if not any(row):
            # An empty line parts segments, as some loggers write it.
            reading.part()
            continue
        picked = pick(row)
        if picked is None:
            continue
        lat, lon, stamp, part = picked
        if segment is not None and part != segment:
            reading.part()
        segment = part
        x, y = _degrees(lon), _degrees(lat)
        if x is None or y is None:
            reading.notes.add("unreadable")
            continue
        reading.add(Position(x, y, times.read(stamp, reading, day)))
    return reading


def _picker(header: Row) -> Pick:
    """What takes latitude, longitude, time and segment out of a row with this heading."""
    names = [_plain(name) for name in header]
    if "message" in names and "field1" in names:
        return _fit(names.index("message"))
    columns = [next((i for i, name in enumerate(names) if name in known), None) for known in (LATITUDE, LONGITUDE)]
    lat, lon = columns
    if lat is None or lon is None:
        raise refusal(
            _("The first line must name the columns; needed are latitude and longitude, and a time. Found: %(names)s.")
            % {"names": ", ".join(header)[:200] or "—"},
            "columns",
        )
    time = next((i for i, name in enumerate(names) if name in TIME), None)
    on = next((i for i, name in enumerate(names) if name in DATE), None)
    part = next((i for i, name in enumerate(names) if name in SEGMENT), None)

    def pick(row: Row) -> tuple[str, str, str, str]:
        stamp = " ".join(filter(None, (_at(row, on), _at(row, time))))
        return _at(row, lat), _at(row, lon), stamp, _at(row, part)

    return pick


def _fit(message: int) -> Pick:
    """Rows of FIT tools: Type, Local Number, Message, then name, value and unit of each field."""

    def pick(row: Row) -> tuple[str, str, str, str] | None:
        if _at(row, 0).lower() != "data" or _at(row, message).lower() != "record":
            return None
        fields = {row[i]: row[i + 1] for i in range(message + 1, len(row) - 1, 3)}
        if "position_lat" not in fields:
            # The device was on and had no position yet.
            return ("0", "0", fields.get("timestamp", ""), "")
        return fields["position_lat"], fields.get("position_long", ""), fields.get("timestamp", ""), ""

    return pick


def _plain(name: str) -> str:
    """A heading without case, units in brackets, spaces and signs."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"[(\[].*?[)\]]", "", name.lower()))


def _at(row: Row, place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _degrees(text: str) -> float | None:
    """A figure in degrees; one beyond a full turn is in FIT's semicircles. A comma may be the decimal sign."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value * 180 / SEMICIRCLES if abs(value) > 360 else value
