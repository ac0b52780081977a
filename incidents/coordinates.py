"""Coordinates as people write them: decimal degrees, degrees-minutes-seconds, UTM, MGRS; recognised by themselves.

Every figure may be Khmer or Latin. The area of operation lies between 101–109° E and 9–16° N, so latitude and
longitude can never be mistaken for each other, and the two letters of a short field reference ("VA 969 904")
name their zone. Accuracy is read from the figures given: half the diagonal of the smallest square they can mean.
"""

import math
import re
import warnings
from dataclasses import dataclass
from enum import StrEnum

import mgrs
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from mgrs.core import MGRSError

from borderwatch.khmer import latin_digits, visible
from incidents.reports import MAX_ACCURACY_M
from units import region

WGS84 = 4326
# Nobody types better than a hand-held receiver measures.
FINEST_M = 10
METRES_PER_DEGREE = 111_320
ZONES = (47, 48, 49)
DIRECTIONS = ("N", "S", "E", "W")
# The first letter of a 100 km square repeats every third zone: inside our three it names the zone.
_ZONE_OF_LETTER = {**dict.fromkeys("ABCDEFGH", 49), **dict.fromkeys("JKLMNPQR", 47), **dict.fromkeys("STUVWXYZ", 48)}

_MGRS = re.compile(r"(?:(\d{1,2})\s*([C-HJ-NP-X])\s*)?([A-HJ-NP-Z])\s*([A-HJ-NP-V])\s*(\d[\d\s]*)$")
_UTM = re.compile(
    r"(?:ZONE\s*)?(?:(\d{1,2})\s*([C-HJ-NP-X])?[\s,;:]+)?(\d{6,7}(?:\.\d+)?)\s*(?:M\s*)?E?[\s,;/]+"
    r"(\d{6,7}(?:\.\d+)?)\s*(?:M\s*)?N?$"
)
_WORDS = (
    (r"ខាងជើង|ជើង", "N"), (r"ខាងកើត|កើត", "E"), (r"ខាងត្បូង|ត្បូង", "S"), (r"ខាងលិច|លិច", "W"),
    (r"LATITUDE|LONGITUDE|LAT|LONG|LON|UTM|MGRS|WGS\s*-?84", " "),
)  # fmt: skip


class Kind(StrEnum):
    """The way a position was written."""

    DECIMAL = "decimal"
    DMS = "dms"
    UTM = "utm"
    MGRS = "mgrs"


@dataclass(frozen=True)
class Coordinates:
    """What was understood: point in EPSG:4326, accuracy in metres, the original text; `hint` says what was mended."""

    point: Point
    accuracy_m: int
    kind: Kind
    text: str
    hint: str = ""


def parse(text: str) -> Coordinates:
    """Read a position in any usual writing; raises ValidationError saying what to mend."""
    original = text.strip()
    plain = _plain(original)
    if not plain:
        raise ValidationError(_("Type the coordinates."), code="empty")
    if found := _MGRS.match(plain):
        return _from_mgrs(original, found)
    if found := _UTM.match(plain):
        return _from_utm(original, found)
    return _from_degrees(original, plain)


def in_words(point: Point) -> str:
    """A point as it is echoed: decimal degrees, latitude first, and the full MGRS reference."""
    reference = mgrs.MGRS().toMGRS(point.y, point.x, MGRSPrecision=5)
    grid = f"{reference[:-12]}{reference[-12:-10]} {reference[-10:-5]} {reference[-5:]}"
    return f"{point.y:.5f} N, {point.x:.5f} E · MGRS {grid}"


def _plain(text: str) -> str:
    """Latin capitals, one sign for each mark, labels taken away."""
    plain = visible(latin_digits(text)).replace("\u00a0", " ").replace("\u202f", " ").upper()
    for pattern, letter in _WORDS:
        plain = re.sub(pattern, letter, plain)
    plain = re.sub(r"[’‘′ʹ´`]", "'", plain)
    plain = re.sub(r"[”“″ʺ]|''", '"', plain)
    plain = re.sub(r"[º˚∘]", "°", plain)
    plain = plain.replace("−", "-").replace("–", "-")
    return plain.strip(" \t\r\n()[]=:.,;")


def _from_mgrs(original: str, found: re.Match[str]) -> Coordinates:
    zone_text, band, column, row, figures_text = found.groups()
    parts = figures_text.split()
    figures = "".join(parts)
    if len(figures) % 2 or len(figures) > 10 or (len(parts) == 2 and len(parts[0]) != len(parts[1])):
        raise ValidationError(
            _("A grid reference has as many figures for east as for north, for example VA 969 904."), code="figures"
        )
    zone = int(zone_text) if zone_text else _ZONE_OF_LETTER[column]
    cell = 10 ** (5 - len(figures) // 2)
    try:
        with warnings.catch_warnings(action="error"):  # the library only warns of a square beside its band
            _zone, hemisphere, east, north = mgrs.MGRS().MGRSToUTM(f"{zone:02}{band or 'P'}{column}{row}{figures}")
    except (MGRSError, RuntimeWarning):
        raise ValidationError(
            _("There is no grid square %(letters)s in Cambodia. Check the letters on the map sheet."),
            code="square",
            params={"letters": column + row},
        ) from None
    if hemisphere not in ("N", b"N"):
        raise _outside()
    # The library gives the middle of the square that the figures name.
    point = _utm_point(zone, east, north)
    return Coordinates(_inside(point), _accuracy(cell), Kind.MGRS, original)


def _from_utm(original: str, found: re.Match[str]) -> Coordinates:
    zone_text, band, east, north = found.groups()
    if band == "S":
        raise _outside()
    zone = int(zone_text) if zone_text else 48
    easting, northing = float(east), float(north)
    hint = ""
    if easting > northing:
        easting, northing = northing, easting
        hint = _("North stood before east; it was read the other way round.")
    return Coordinates(_inside(_utm_point(zone, easting, northing)), FINEST_M, Kind.UTM, original, hint)


def _utm_point(zone: int, east: float, north: float) -> Point:
    if zone not in ZONES or not (100_000 <= east <= 1_000_000 and 0 <= north <= 10_000_000):
        raise _outside()
    point = Point(east, north, srid=32600 + zone)
    point.transform(WGS84)
    return point


def _from_degrees(original: str, plain: str) -> Coordinates:
    """Two angles, each of one to three figures: degrees, minutes, seconds."""
    tokens = _tokens(_decimal_points(plain))
    first, second = _two_angles(tokens)
    values = [_angle(first), _angle(second)]
    figures = _figures(first + second)
    kind = Kind.DECIMAL if len(figures) == 2 else Kind.DMS
    letters = ["".join(t for t in part if t in DIRECTIONS) for part in (first, second)]
    swapped = abs(values[0]) > 90 or letters[0] in ("E", "W") or (
        region.inside(values[0], values[1])
    )  # fmt: skip
    lat, lon = reversed(values) if swapped else values
    mistaken = swapped and letters[0] not in ("E", "W")
    hint = _("Longitude stood before latitude; it was read the other way round.") if mistaken else ""
    cell = max(_cell(first), _cell(second))
    if _accuracy(cell) > MAX_ACCURACY_M:
        raise ValidationError(_("Whole degrees are too rough. Add at least one decimal, or the minutes."), code="rough")
    return Coordinates(_inside(Point(lon, lat, srid=WGS84)), _accuracy(cell), kind, original, hint)


def _decimal_points(plain: str) -> str:
    """Decimal commas as points: "13,6617 107,4512" but not the comma of "13.6617,107.4512"."""
    if "." in plain:
        return plain
    pair = re.fullmatch(r"(\d{1,3}),(\d+)\s*°?\s*[,;/\s]\s*(\d{1,3}),(\d+)\s*°?", plain)
    if pair:
        return "{}.{} {}.{}".format(*pair.groups())
    if re.fullmatch(r"\d{1,3},\d{1,3}", plain):
        return plain
    return re.sub(r"(\d),(\d)", r"\1.\2", plain)


def _tokens(plain: str) -> list[str]:
    """Numbers and letters of direction in order; raises ValidationError when anything else is left."""
    found = re.findall(r"(?:(?<![\d.])-)?\d+(?:\.\d+)?|[NSEW]", plain)
    rest = re.sub(r"(?:(?<![\d.])-)?\d+(?:\.\d+)?|[NSEW]|[\s,;:/°'\"-]", "", plain)
    numbers = len(_figures(found))
    if numbers == 1 and not rest:
        raise ValidationError(_("Only one figure was given; latitude and longitude are both needed."), code="half")
    if rest or numbers not in (2, 4, 6):
        raise ValidationError(
            _(
                "This could not be read as coordinates. Write them like one of these: 13.78420, 107.45120 · "
                "13°47'03\"N 107°27'04\"E · 48P YA 650 243 · 48N 765000 1524300"
            ),
            code="unreadable",
        )
    return found


def _figures(tokens: list[str]) -> list[str]:
    return [token for token in tokens if token not in DIRECTIONS]


def _two_angles(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Cut in the middle of the numbers; a letter belongs to its own half, before or behind."""
    places = [i for i, token in enumerate(tokens) if token not in DIRECTIONS]
    cut = places[len(places) // 2]
    while tokens[0] in DIRECTIONS and cut > 0 and tokens[cut - 1] in DIRECTIONS:
        cut -= 1
    return tokens[:cut], tokens[cut:]


def _angle(part: list[str]) -> float:
    """Degrees of one angle; south and west are negative."""
    numbers = [float(figure) for figure in _figures(part)]
    if any(not 0 <= n < 60 for n in numbers[1:]):
        raise ValidationError(_("Minutes and seconds are less than 60."), code="sexagesimal")
    size = sum(abs(n) / float(60**i) for i, n in enumerate(numbers))
    negative = part[0].startswith("-") or "S" in part or "W" in part
    return -size if negative else size


def _cell(part: list[str]) -> float:
    """How far apart, in metres, two neighbouring values of this writing lie."""
    numbers = _figures(part)
    decimals = len(numbers[-1].partition(".")[2])
    return METRES_PER_DEGREE / float(60 ** (len(numbers) - 1)) / float(10**decimals)


def _accuracy(cell_m: float) -> int:
    return max(FINEST_M, math.ceil(cell_m / math.sqrt(2)))


def _inside(point: Point) -> Point:
    if not region.inside(point.x, point.y):
        raise _outside(point)
    return point


def _outside(point: Point | None = None) -> ValidationError:
    """The refusal of a place far off, with what was understood."""
    where = f" ({point.y:.4f}, {point.x:.4f})" if point is not None else ""
    return ValidationError(
        _(
            "This position%(where)s lies far outside Cambodia: latitude must be between 9 and 16 north, "
            "longitude between 101 and 109 east. Check the figures and the zone."
        )
        % {"where": where},
        code="outside",
    )
