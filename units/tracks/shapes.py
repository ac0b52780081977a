"""The path of positions: parted at gaps, without the wandering of a device that lies still, thinned."""

from collections.abc import Sequence
from math import cos, hypot, radians
from typing import Any

from django.contrib.gis.geos import LineString, MultiLineString

from units.models import METRIC
from units.tracks.positions import Notes, Position, Segments, flat

GAP_S = 300.0
GAP_M = 1_000.0
# Within so many metres of one place for so long: the patrol stood there.
STAY_M = 25.0
STAY_S = 120.0
# So many positions in a row may stray from the place before the stay has ended.
STRAY = 3
# Positions so near to each other in place and time are taken together.
BLOCK_M = 20.0
BLOCK_S = 30.0
# Bends of less are left out of the path that coverage is computed from.
BEND_M = 10.0
# Degrees; about a metre.
ONE_METRE = 0.00001
METRES_PER_DEGREE = 111_195.0


def distance_m(a: Position, b: Position) -> float:
    """Metres between two positions that lie within some kilometres of each other."""
    east = (b.lon - a.lon) * cos(radians((a.lat + b.lat) / 2))
    return hypot(east, b.lat - a.lat) * METRES_PER_DEGREE


def part_at_gaps(segments: Segments, notes: Notes) -> Segments:
    """A new segment after more than five minutes or a kilometre without a position: nobody knows the way between."""
    parted: Segments = []
    longest = farthest = 0.0
    for segment in segments:
        part: list[Position] = []
        for position in segment:
            if part:
                metres = distance_m(part[-1], position)
                seconds = (position.at or 0.0) - (part[-1].at or 0.0)
                if metres > GAP_M or seconds > GAP_S:
                    longest, farthest = max(longest, seconds), max(farthest, metres)
                    notes.add("gap", minutes=round(longest / 60), metres=round(farthest))
                    parted.append(part)
                    part = []
            part.append(position)
        if part:
            parted.append(part)
    return parted


def without_lonely(segments: Segments, notes: Notes) -> Segments:
    """Of lines without times: single positions far from all others are a fault of the device."""
    lines = [segment for segment in segments if len(segment) > 1]
    notes.add("lonely", len(segments) - len(lines))
    return lines


def still(segments: Segments, notes: Notes) -> Segments:
    """Where the patrol stood, the device wanders: each stay becomes one place, with its first and last time."""
    stays: list[float] = []
    calm = [_still(segment, stays) for segment in segments]
    notes.add("stay", len(stays), minutes=round(sum(stays) / 60))
    return calm


def _still(segment: Sequence[Position], stays: list[float]) -> list[Position]:
    kept: list[Position] = []
    i = ahead = 0
    while i < len(segment):
        begun = segment[i].at or 0.0
        while ahead < len(segment) and (segment[ahead].at or 0.0) - begun < STAY_S:
            ahead += 1
        # One who is far away two minutes later does not stand; only the others are looked at closely.
        end = i
        if ahead < len(segment) and distance_m(segment[i], segment[ahead]) <= 3 * STAY_M:
            end = _stay_from(segment, i)
        seconds = (segment[end].at or 0.0) - begun
        if seconds >= STAY_S:
            place = _mean(segment[i : end + 1])
            kept += [place._replace(at=begun), place._replace(at=segment[end].at)]
            stays.append(seconds)
            i = end + 1
        else:
            kept.append(segment[i])
            i += 1
    return kept


def _stay_from(segment: Sequence[Position], start: int) -> int:
    """The last position that lies near the middle of all since `start`; a few may stray and come back."""
    lon, lat, _at = segment[start]
    last, strayed, n = start, 0, 1
    narrow = cos(radians(lat))
    for i in range(start + 1, len(segment)):
        east, north = segment[i][0] - lon, segment[i][1] - lat
        if hypot(east * narrow, north) * METRES_PER_DEGREE > STAY_M:
            strayed += 1
            if strayed > STRAY:
                break
            continue
        last, strayed, n = i, 0, n + 1
        lon += east / n
        lat += north / n
    return last


def smooth(segments: Segments, notes: Notes) -> Segments:
    """Positions of half a minute that lie within some metres become their middle: what is left out is unrest.

    A device under trees is off by some metres at every position; joined as they are, they make a way of many times
    the length. Positions far apart, as of a patrol by car, stay as they are.
    """
    smoothed = [_smooth(segment) for segment in segments]
    notes.add("thinned", len(flat(segments)) - len(flat(smoothed)))
    return smoothed


def _smooth(segment: Sequence[Position]) -> list[Position]:
    if len(segment) < 3:
        return list(segment)
    kept = [segment[0]]
    block: list[Position] = []
    for position in segment[1:-1]:
        if block and (
            distance_m(block[0], position) > BLOCK_M or (position.at or 0.0) - (block[0].at or 0.0) > BLOCK_S
        ):
            kept.append(_mean(block))
            block = []
        block.append(position)
    return [*kept, _mean(block), segment[-1]]


def _mean(block: Sequence[Position]) -> Position:
    n = len(block)
    at = None if block[0].at is None else sum(p.at or 0.0 for p in block) / n
    return Position(sum(p.lon for p in block) / n, sum(p.lat for p in block) / n, at)


def path_of(segments: Segments) -> MultiLineString:
    """The segments as lines (EPSG:4326). A line needs two ends: a single place becomes one of a metre."""
    return MultiLineString([LineString(_ends(segment), srid=4326) for segment in segments], srid=4326)


def _ends(segment: Sequence[Position]) -> list[tuple[float, float]]:
    places = [(round(p.lon, 7), round(p.lat, 7)) for p in segment]
    if len(set(places)) == 1:
        return [places[0], (places[0][0] + ONE_METRE, places[0][1])]
    return places


def planar_places(path: MultiLineString) -> list[list[tuple[float, float]]]:
    """The positions of every line in metres (UTM 48N), none left out."""
    metric: Any = path.transform(METRIC, clone=True)
    return [[(x, y) for x, y, *_height in line] for line in metric.coords]


def planar(path: MultiLineString) -> MultiLineString:
    """The path in metres (UTM 48N), without bends of less than ten metres: what coverage is computed from."""
    lines: list[LineString] = []
    for places in planar_places(path):
        plain = LineString(places).simplify(BEND_M)
        lines.append(plain if isinstance(plain, LineString) and not plain.empty else LineString(places[0], places[-1]))
    return MultiLineString(lines, srid=METRIC)
