"""The map extract of a dossier: a small drawing of the place in SVG, made here, asking nothing of the network.

It shows the point as reported with its accuracy, the nearest markers, and the line as its source states it. It never
says on which side of anything the point lies; nothing is drawn that only some may see.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.gis.geos import GeometryCollection, GEOSGeometry, LineString, Point, Polygon
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from incidents.models import Incident
from units.models import BorderMarker, BorderSection

WIDTH, HEIGHT = 720, 480
# Metres from the middle to the nearer edge: at least, at most.
REACH_LEAST, REACH_MOST = 1_200.0, 15_000.0
METRES_PER_DEGREE = 111_320.0
MARKERS_MOST = 8
FONT = "Kantumruy, 'Khmer OS Siemreap', Siemreap, sans-serif"
# Lengths a scale bar may have, in metres.
BARS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000)


@dataclass(frozen=True)
class Frame:
    """Where the drawing looks at, and how degrees become units of the drawing."""

    lon: float
    lat: float
    reach: float

    @property
    def per_metre(self) -> float:
        """Units of the drawing for one metre."""
        return HEIGHT / 2 / self.reach

    @property
    def box(self) -> Polygon:
        """What it shows, in degrees."""
        up = self.reach / METRES_PER_DEGREE
        along = self.reach * WIDTH / HEIGHT / (METRES_PER_DEGREE * math.cos(math.radians(self.lat)))
        box = Polygon.from_bbox((self.lon - along, self.lat - up, self.lon + along, self.lat + up))
        box.srid = 4326
        return box

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """A place in the drawing."""
        east = (lon - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        north = (lat - self.lat) * METRES_PER_DEGREE
        return round(WIDTH / 2 + east * self.per_metre, 1), round(HEIGHT / 2 - north * self.per_metre, 1)


def draw(incident: Incident) -> SafeString | None:
    """The drawing in the active language; None when the report gives no point."""
    if incident.point is None:
        return None
    point, accuracy = incident.point, incident.accuracy_m or 0
    frame = Frame(point.x, point.y, _reach(point, accuracy))
    title = _("Sketch of the place of %(ref)s") % {"ref": incident.ref}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="{FONT}" font-size="13"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#faf8f2" stroke="#8a93a0"/>',
        *_graticule(frame),
        *_lines(frame),
        *_place(frame, accuracy),
        *_markers(frame, point),
        *_bar(frame),
        *_words(incident),
        "</svg>",
    ]
    return mark_safe("".join(parts))  # noqa: S308 - every text in it is escaped here


def _reach(point: Point, accuracy: int) -> float:
    """So far that the accuracy circle and, when it is not too far, the nearest marker are in it."""
    nearest = next(iter(_near(point)), None)
    away = _metres(point, nearest.point) * 1.25 if nearest else 0.0
    wanted = max(accuracy * 1.4, away if away <= REACH_MOST else 0.0, REACH_LEAST)
    return float(min(wanted, max(REACH_MOST, accuracy * 1.4)))


def _near(point: Point) -> list[BorderMarker]:
    from django.contrib.gis.db.models.functions import Distance

    rows = BorderMarker.objects.filter(point__dwithin=(point, 0.5)).annotate(away=Distance("point", point))
    return list(rows.order_by("away", "code")[:MARKERS_MOST])


def _metres(one: Point, other: Point) -> float:
    east = (one.x - other.x) * METRES_PER_DEGREE * math.cos(math.radians(one.y))
    return math.hypot(east, (one.y - other.y) * METRES_PER_DEGREE)


def _graticule(frame: Frame) -> list[str]:
    """Meridians and parallels at a round step, named at the edge."""
    west, south, east, north = frame.box.extent
    step = next((one for one in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if (north - south) / one <= 4), 0.5)
    parts = []
    for number in range(math.ceil(west / step), math.floor(east / step) + 1):
        x, _y = frame.at(number * step, frame.lat)
        parts.append(f'<path d="M{x} 0V{HEIGHT}" stroke="#dcd8cc"/>')
        parts.append(f'<text x="{x + 3}" y="13" fill="#5b6470" font-size="11">{number * step:.3f}° E</text>')
    for number in range(math.ceil(south / step), math.floor(north / step) + 1):
        _x, y = frame.at(frame.lon, number * step)
        parts.append(f'<path d="M0 {y}H{WIDTH}" stroke="#dcd8cc"/>')
        parts.append(f'<text x="4" y="{y - 3}" fill="#5b6470" font-size="11">{number * step:.3f}° N</text>')
    return parts


def _lines(frame: Frame) -> Iterable[str]:
    """The line of the border sections, as their source states it."""
    for section in BorderSection.objects.filter(line__intersects=frame.box).order_by("code"):
        shape = section.line.intersection(frame.box) if section.line is not None else None
        for piece in _pieces(shape):
            places = " ".join("{},{}".format(*frame.at(lon, lat)) for lon, lat, *_rest in piece.coords)
            yield (
                f'<polyline points="{places}" fill="none" stroke="#4d4d57" stroke-width="2.2" '
                'stroke-dasharray="12 4 2 4"/>'
            )


def _pieces(shape: GEOSGeometry | None) -> Iterable[LineString]:
    if isinstance(shape, LineString):
        yield shape
    elif isinstance(shape, GeometryCollection):
        for part in shape:
            yield from _pieces(part)


def _place(frame: Frame, accuracy: int) -> list[str]:
    x, y = WIDTH / 2, HEIGHT / 2
    radius = round(accuracy * frame.per_metre, 1)
    return [
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#b3261e" fill-opacity="0.12" stroke="#b3261e" '
        'stroke-dasharray="5 4"/>',
        f'<path d="M{x - 9} {y}H{x + 9}M{x} {y - 9}V{y + 9}" stroke="#b3261e" stroke-width="2.5"/>',
    ]


def _markers(frame: Frame, point: Point) -> list[str]:
    parts = []
    for marker in _near(point):
        if not frame.box.contains(marker.point):
            continue
        x, y = frame.at(marker.point.x, marker.point.y)
        parts.append(
            f'<rect x="{x - 5}" y="{y - 5}" width="10" height="10" fill="#fff" stroke="#14305c" stroke-width="2"/>'
        )
        anchor, shift = ("end", -9) if x > WIDTH - 140 else ("start", 9)
        parts.append(
            f'<text x="{x + shift}" y="{y + 4}" text-anchor="{anchor}" fill="#14305c">{escape(marker.label)}</text>'
        )
    return parts


def _bar(frame: Frame) -> list[str]:
    metres = max((one for one in BARS if one * frame.per_metre <= WIDTH / 4), default=BARS[0])
    length = round(metres * frame.per_metre, 1)
    label = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
    x, y = 16, HEIGHT - 54
    return [
        f'<path d="M{x} {y - 6}V{y}H{x + length}V{y - 6}" fill="none" stroke="#1c2430" stroke-width="2"/>',
        f'<text x="{x + length + 8}" y="{y + 2}" fill="#1c2430">{label}</text>',
        f'<path d="M{WIDTH - 24} 52V24M{WIDTH - 30} 33L{WIDTH - 24} 22L{WIDTH - 18} 33" fill="none" '
        'stroke="#1c2430" stroke-width="2"/>',
        f'<text x="{WIDTH - 24}" y="68" text-anchor="middle" fill="#1c2430">N</text>',
    ]


def _words(incident: Incident) -> list[str]:
    place, accuracy = incident.point, incident.accuracy_m
    assert place is not None
    where = f"{place.y:.5f}° N {place.x:.5f}° E ± {accuracy} m (WGS 84)"
    note = _("Place as reported; lines and markers as their sources state them. No claim is made.")
    return [
        f'<rect x="0" y="{HEIGHT - 42}" width="{WIDTH}" height="42" fill="#fff" fill-opacity="0.92"/>',
        f'<text x="10" y="{HEIGHT - 25}" fill="#1c2430">{escape(where)}</text>',
        f'<text x="10" y="{HEIGHT - 8}" fill="#1c2430" font-size="12">{escape(note)}</text>',
    ]
