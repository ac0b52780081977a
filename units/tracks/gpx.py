"""GPX 1.0 and 1.1 as telephones and GPS devices write it. Routes and waypoints say nothing of where one has been."""

from datetime import date
from xml.parsers import expat

from django.utils.translation import gettext as _

from units.choices import TrackSource
from units.tracks import times
from units.tracks.positions import Position, Reading, refusal


def read(content: bytes, day: date) -> Reading:
    """The positions of all tracks; raises ValidationError for XML that is broken, hostile, or no GPX.

    No document type is accepted, so there are no entities to expand and nothing outside the file to fetch.
    """
    handler = _Handler(day)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise refusal(
            _("The file is broken at line %(line)s. Export it from the device once more.") % {"line": error.lineno},
            "broken",
        ) from error
    if not handler.reading.count and handler.planned:
        raise refusal(
            _("The file holds a planned route or waypoints, but no track of where the patrol has been."), "no_track"
        )
    return handler.reading


def _no_doctype(*_parts: object) -> None:
    raise refusal(_("The file declares a document type, which no GPX file of a device does."), "doctype")


class _Handler:
    def __init__(self, day: date) -> None:
        self.reading = Reading(TrackSource.GPX)
        self.planned = 0
        self._day = day
        self._root = ""
        self._point: tuple[str, str] | None = None
        self._time = ""
        self._fix = ""
        # The element of the point whose text is being read.
        self._inside = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rsplit(" ", 1)[-1]
        if not self._root:
            self._root = local
            if local != "gpx":
                raise refusal(
                    _("This is XML, but not a GPX file (it begins with “%(name)s”). Export the track as GPX.")
                    % {"name": local[:40]},
                    "not_gpx",
                )
        elif local == "trkpt":
            self._point = (attributes.get("lon", ""), attributes.get("lat", ""))
            self._time = self._fix = ""
        elif local in ("rtept", "wpt"):
            self.planned += 1
        elif self._point is not None and local in ("time", "fix"):
            self._inside = local

    def text(self, data: str) -> None:
        if self._inside == "time":
            self._time = (self._time + data)[:60]
        elif self._inside == "fix":
            self._fix = (self._fix + data)[:20]

    def end(self, name: str) -> None:
        local = name.rsplit(" ", 1)[-1]
        if local == "trkpt":
            self._keep()
        elif local in ("trkseg", "trk"):
            self.reading.part()
        elif local == self._inside:
            self._inside = ""

    def _keep(self) -> None:
        assert self._point is not None, "expat ends only what it has started"
        try:
            lon, lat = float(self._point[0]), float(self._point[1])
        except ValueError:
            lon = lat = 0.0
        if self._fix.strip() == "none":
            lon = lat = 0.0
        self.reading.add(Position(lon, lat, times.read(self._time, self.reading, self._day)))
        self._point = None
