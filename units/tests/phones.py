"""Files as telephones and loggers write them: made in code, so that every fault in them is known."""

import math
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

# A path along the border near the ponds, in the sector of post-1607-1.
START = (107.42, 13.786)
M_LAT = 1 / 111_195
M_LON = M_LAT / math.cos(math.radians(13.786))

Fix = tuple[float, float, datetime | None]


def walk(
    start: datetime,
    *,
    seconds: int,
    every: int = 5,
    speed: float = 1.3,
    heading: float = 20.0,
    at: tuple[float, float] = START,
) -> list[Fix]:
    """A straight walk: one position every so many seconds, metres a second, degrees from north."""
    east, north = math.sin(math.radians(heading)) * speed, math.cos(math.radians(heading)) * speed
    return [
        (at[0] + east * s * M_LON, at[1] + north * s * M_LAT, start + timedelta(seconds=s))
        for s in range(0, seconds + 1, every)
    ]


def jitter(fixes: Iterable[Fix], metres: float, seed: int = 7) -> list[Fix]:
    """What trees do to a telephone: every position off by some metres."""
    dice = random.Random(seed)
    return [(x + dice.gauss(0, metres) * M_LON, y + dice.gauss(0, metres) * M_LAT, t) for x, y, t in fixes]


def stand(at: Fix, *, seconds: int, every: int = 5, wander: float = 8.0, seed: int = 3) -> list[Fix]:
    """A patrol at rest, its device wandering about."""
    assert at[2] is not None
    still = [(at[0], at[1], at[2] + timedelta(seconds=s)) for s in range(every, seconds + 1, every)]
    return jitter(still, wander, seed)


def moved(fix: Fix, *, east: float = 0, north: float = 0, later: float = 0) -> Fix:
    """The same position elsewhere (metres) and later (seconds)."""
    time = fix[2] + timedelta(seconds=later) if fix[2] else None
    return (fix[0] + east * M_LON, fix[1] + north * M_LAT, time)


def gpx(*segments: Sequence[Fix], version: str = "1.1", zone: bool = True, extra: str = "") -> bytes:
    """A GPX file of these segments, as a telephone writes it."""
    space = f"http://www.topografix.com/GPX/{version.replace('.', '/')}"
    parts = []
    for segment in segments:
        points = []
        for lon, lat, at in segment:
            time = ""
            if at is not None:
                time = (
                    f"<time>{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z</time>"
                    if zone
                    else f"<time>{at:%Y-%m-%dT%H:%M:%S}</time>"
                )
            points.append(f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><ele>182.4</ele>{time}</trkpt>')
        parts.append(f"<trkseg>{''.join(points)}</trkseg>")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="{version}" creator="OsmAnd~ 4.7.10" xmlns="{space}">'
        f"<metadata><time>2001-01-01T00:00:00Z</time></metadata>{extra}<trk><name>ល្បាត</name>{''.join(parts)}</trk></gpx>"
    ).encode()
