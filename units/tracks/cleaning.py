"""From the positions of a file to a path one can rely on; every kind of repair and omission is noted.

Refused is what cannot be this patrol: another place, another time, a speed no patrol reaches.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import isfinite
from typing import Any

from django.contrib.gis.geos import MultiLineString
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from units import region
from units.tracks import ground, order, shapes
from units.tracks.positions import Notes, Position, Reading, Segments, flat, moment, refusal

# A track may begin so much before its patrol and end so much after it.
BESIDE_PATROL = timedelta(hours=12)
CLOCK_TOLERANCE = timedelta(minutes=10)
# A device that is wrong in one position of ten has its faults; one that is wrong more often cannot be believed.
FAULTY_SHARE = 0.1
# Effort is dealt out to squares in pieces of at most so many metres.
PIECE_M = 50.0
SQUARE_M = 1_000.0

Cell = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """When the patrol went, and what time it is. `finished_at` is the present for one still under way."""

    started_at: datetime
    finished_at: datetime
    now: datetime

    @property
    def day(self) -> date:
        """The day it set out, in Phnom Penh."""
        return timezone.localtime(self.started_at).date()


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What a track keeps of its file. Lengths in metres; effort is (seconds, metres) per square kilometre."""

    source: str
    path: MultiLineString
    line_m: MultiLineString
    started_at: datetime
    ended_at: datetime
    timed: bool
    length_m: float
    points: int
    dropped: int
    notes: list[dict[str, Any]]
    effort: dict[Cell, tuple[float, float]] = field(default_factory=dict)


def clean(reading: Reading, window: Window) -> Cleaned:
    """The path of a reading; raises ValidationError at `file` when it cannot be this patrol's."""
    notes = reading.notes
    segments = _in_region(reading.segments, notes)
    segments, timed = _with_times(segments, notes)
    if timed:
        segments = order.mend_midnight(segments, notes, dateless=reading.dateless)
        if reading.dateless:
            segments = _on_the_right_day(segments, window)
        segments = _in_window(segments, window, notes)
        segments = _believable(order.in_order(segments, notes), notes)
        segments = shapes.still(shapes.part_at_gaps(segments, notes), notes)
    else:
        segments = shapes.without_lonely(shapes.part_at_gaps(segments, notes), notes)
    segments = shapes.smooth(segments, notes)
    if not segments:
        raise refusal(_("The file holds no positions that can be used."), "empty")
    return _cleaned(reading, segments, window, timed=timed)


def drawn(source: str, lines: list[list[Position]], window: Window) -> Cleaned:
    """A path drawn by hand: as it was drawn, with the patrol's own times."""
    return _cleaned(Reading(source, segments=lines, count=len(flat(lines))), lines, window, timed=False)


# --- where ----------------------------------------------------------------------------------------------------


def _in_region(segments: Segments, notes: Notes) -> Segments:
    """Positions in this part of the world; a device without a fix writes 0, 0 and other nonsense."""
    positions = flat(segments)
    fixed = [p for p in positions if isfinite(p.lon) and isfinite(p.lat) and (abs(p.lon) > 1e-6 or abs(p.lat) > 1e-6)]
    if not fixed:
        raise refusal(
            _("The device had no position in the whole file (only zeros). Was it under the open sky?"), "no_fix"
        )
    inside = sum(region.inside(p.lon, p.lat) for p in fixed)
    swapped = sum(region.swapped(p.lon, p.lat) for p in fixed)
    if swapped > inside:
        raise refusal(
            _("Latitude and longitude are swapped in this file. Export it again with the columns the right way round."),
            "swapped",
        )
    if inside <= len(fixed) / 2:
        example = next(p for p in fixed if not region.inside(p.lon, p.lat))
        raise refusal(ground.far_outside(example.lon, example.lat), "place")
    notes.add("no_fix", len(positions) - len(fixed))
    notes.add("outside", len(fixed) - inside)
    kept = [[p for p in segment if region.inside(p.lon, p.lat)] for segment in segments]
    return [segment for segment in kept if segment]


# --- when -----------------------------------------------------------------------------------------------------


def _with_times(segments: Segments, notes: Notes) -> tuple[Segments, bool]:
    """The segments and whether they bear times: when half do, the others are left out; else no time counts."""
    positions = flat(segments)
    with_time = sum(p.at is not None for p in positions)
    if with_time * 2 < len(positions):
        notes.add("no_times")
        return [[p._replace(at=None) for p in segment] for segment in segments], False
    notes.add("no_time", len(positions) - with_time)
    kept = [[p for p in segment if p.at is not None] for segment in segments]
    return [segment for segment in kept if segment], True


def _on_the_right_day(segments: Segments, window: Window) -> Segments:
    """Times without a date of a logger switched on after midnight belong to the day after the patrol set out."""
    first = segments[0][0].at or 0.0
    if first >= (window.started_at - BESIDE_PATROL).timestamp():
        return segments
    return [[p._replace(at=(p.at or 0.0) + order.DAY) for p in segment] for segment in segments]


def _in_window(segments: Segments, window: Window, notes: Notes) -> Segments:
    """Only positions of the patrol's time and some hours around it; raises when that is not most of them."""
    times = sorted(p.at or 0.0 for p in flat(segments))
    latest = (window.now + CLOCK_TOLERANCE).timestamp()
    if sum(at > latest for at in times) > FAULTY_SHARE * len(times):
        raise refusal(
            _(
                "The track reaches into the future (%(last)s). Check the device's date and time zone: "
                "local time must not be written as UTC."
            )
            % {"last": _worded(times[-1])},
            "future",
        )
    start = (window.started_at - BESIDE_PATROL).timestamp()
    end = min((window.finished_at + BESIDE_PATROL).timestamp(), latest)
    inside = [at for at in times if start <= at <= end]
    if len(inside) * 2 < len(times):
        raise refusal(
            _(
                "The track is of another time: from %(first)s to %(last)s. "
                "The patrol went from %(started)s to %(finished)s."
            )
            % {
                "first": _worded(times[0]),
                "last": _worded(times[-1]),
                "started": _worded(window.started_at.timestamp()),
                "finished": _worded(window.finished_at.timestamp()),
            },
            "time",
        )
    notes.add("outside_time", len(times) - len(inside))
    if inside[-1] < window.started_at.timestamp() or inside[0] > window.finished_at.timestamp():
        notes.add("beside_patrol")
    kept = [[p for p in segment if start <= (p.at or 0.0) <= end] for segment in segments]
    return [segment for segment in kept if segment]


def _worded(at: float) -> str:
    return date_format(timezone.localtime(moment(max(at, 0.0))), "SHORT_DATETIME_FORMAT")


def _believable(segments: Segments, notes: Notes) -> Segments:
    before = len(flat(segments))
    kept = order.without_jumps(segments, notes)
    if len(flat(kept)) * 2 < before:
        raise refusal(_("Most of the track is faster than 130 km/h: this was not a patrol on the ground."), "too_fast")
    return kept


# --- what is kept ---------------------------------------------------------------------------------------------


def _cleaned(reading: Reading, segments: Segments, window: Window, *, timed: bool) -> Cleaned:
    path = shapes.path_of(segments)
    metres = [shapes.distance_m(a, b) for segment in segments for a, b in pairwise(segment)]
    length = sum(metres)
    lasted = max((window.finished_at - window.started_at).total_seconds(), 60.0)
    if not timed and length > order.FASTEST_MS * lasted:
        raise refusal(
            _("The path is %(km)s km long: too far for the time the patrol took.") % {"km": round(length / 1000)},
            "too_fast",
        )
    times = [p.at for p in flat(segments) if p.at is not None]
    kept = len(flat(segments))
    return Cleaned(
        source=reading.source,
        path=path,
        line_m=shapes.planar(path),
        started_at=moment(min(times)) if timed else window.started_at,
        ended_at=moment(max(times)) if timed else window.finished_at,
        timed=timed,
        length_m=round(length, 1),
        points=kept,
        dropped=max(reading.count - kept, 0),
        notes=reading.notes.listed(),
        effort=_effort(segments, path) if timed else {},
    )


def _effort(segments: Segments, path: MultiLineString) -> dict[Cell, tuple[float, float]]:
    """Seconds and metres per square of one kilometre, each step dealt out in pieces along its way."""
    found: dict[Cell, tuple[float, float]] = {}
    for segment, places in zip(segments, shapes.planar_places(path), strict=True):
        for i in range(1, len(segment)):
            (x, y), (x2, y2) = places[i - 1], places[i]
            metres = shapes.distance_m(segment[i - 1], segment[i])
            seconds = (segment[i].at or 0.0) - (segment[i - 1].at or 0.0)
            pieces = int(metres // PIECE_M) + 1
            for n in range(pieces):
                along = (n + 0.5) / pieces
                cell = (int((x + (x2 - x) * along) // SQUARE_M), int((y + (y2 - y) * along) // SQUARE_M))
                before = found.get(cell, (0.0, 0.0))
                found[cell] = (before[0] + seconds / pieces, before[1] + metres / pieces)
    return found
