"""Coordinates in every usual writing mean the same place."""

import mgrs
import pytest
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from borderwatch.khmer import khmer_digits
from incidents.coordinates import Kind, in_words, parse

LAT, LON = 13.7842, 107.4512


def metres_apart(one: Point, other: Point) -> float:
    a, b = (point.transform(32648, clone=True) for point in (one, other))
    return float(a.distance(b))


PLACE = Point(LON, LAT, srid=4326)


@pytest.fixture(autouse=True)
def _in_english():
    """The words asked for below are the source's; the catalogue has its own tests."""
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("13.78420, 107.45120", Kind.DECIMAL),
        ("13.7842 107.4512", Kind.DECIMAL),
        ("13.7842N,107.4512E", Kind.DECIMAL),
        ("lat: 13.7842 lon: 107.4512", Kind.DECIMAL),
        ("13,7842 107,4512", Kind.DECIMAL),
        ("13,7842,107,4512", Kind.DECIMAL),
        ("១៣.៧៨៤២០ ១០៧.៤៥១២០", Kind.DECIMAL),
        ("១៣.៧៨៤២ ខាងជើង ១០៧.៤៥១២ ខាងកើត", Kind.DECIMAL),
        ("13°47'03\"N 107°27'04\"E", Kind.DMS),
        ("13°47′03.1″ N, 107°27′04.3″ E", Kind.DMS),
        ("N13 47.052 E107 27.072", Kind.DMS),
        ("13-47-03N 107-27-04E", Kind.DMS),
        ("E 107°27'04\" N 13°47'03\"", Kind.DMS),
        ("48N 765024 1525211", Kind.UTM),
        ("48P 765024 1525211", Kind.UTM),
        ("0765024E 1525211N", Kind.UTM),
        ("48P YA 65024 25211", Kind.MGRS),
        ("48PYA650252", Kind.MGRS),
        ("YA 650 252", Kind.MGRS),
    ],
)
def test_every_writing_is_recognised_by_itself(text: str, kind: Kind) -> None:
    found = parse(text)
    assert found.kind == kind
    assert found.text == text
    assert found.hint == ""
    assert metres_apart(found.point, PLACE) <= found.accuracy_m + 20


def test_the_short_field_reference_finds_its_zone() -> None:
    found = parse("VA 969 904")
    assert found.kind == Kind.MGRS
    assert found.accuracy_m == 71
    assert (round(found.point.y, 2), round(found.point.x, 2)) == (14.39, 104.97)


@pytest.mark.parametrize("text", ["107.4512, 13.7842", "1525211 765024"])
def test_the_wrong_order_is_read_right_and_said(text: str) -> None:
    found = parse(text)
    assert metres_apart(found.point, PLACE) < 30
    assert "the other way round" in found.hint


@pytest.mark.parametrize(
    ("text", "metres"),
    [("13.78420, 107.45120", 10), ("13.78 107.45", 788), ("13°47'03\" 107°27'04\"", 22), ("13 47 107 27", 1312),
     ("48P YA 65 25", 708), ("48P YA 6502 2521", 10)],
)  # fmt: skip
def test_accuracy_follows_the_figures_given(text: str, metres: int) -> None:
    assert parse(text).accuracy_m == metres


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("by the big tree", "unreadable"),
        ("1 2 3", "unreadable"),
        ("13.7842", "half"),
        ("13 107", "rough"),
        ("13°70'00\"N 107°27'04\"E", "sexagesimal"),
        ("VA 969 90", "figures"),
        ("VA 9699", None),
        ("QA 12 34", "square"),
        ("48.85, 2.35", "outside"),
        ("-13.78, 107.45", "outside"),
        ("13.78S 107.45E", "outside"),
        ("33T 500000 4649776", "outside"),
        ("32N 765024 1525211", "outside"),
        ("0, 0", "rough"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_words(text: str, code: str | None) -> None:
    if code is None:
        assert parse(text).kind == Kind.MGRS
        return
    with pytest.raises(ValidationError) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.messages[0]


inside_lat = st.floats(9.001, 15.999)
inside_lon = st.floats(101.001, 108.999)


@given(inside_lat, inside_lon)
def test_decimal_degrees_come_back(lat: float, lon: float) -> None:
    found = parse(f"{lat:.6f}, {lon:.6f}")
    assert found.point.y == pytest.approx(lat, abs=1e-6)
    assert found.point.x == pytest.approx(lon, abs=1e-6)
    assert parse(khmer_digits(f"{lon:.6f} {lat:.6f}")).point == found.point


@given(inside_lat, inside_lon)
def test_degrees_minutes_seconds_come_back(lat: float, lon: float) -> None:
    def dms(value: float) -> str:
        seconds = round(value * 3600)
        return f"{seconds // 3600}°{seconds // 60 % 60:02}'{seconds % 60:02}\""

    found = parse(f"{dms(lat)}N {dms(lon)}E")
    assert found.point.y == pytest.approx(lat, abs=1 / 7000)
    assert found.point.x == pytest.approx(lon, abs=1 / 7000)


@given(st.floats(9.01, 15.98), st.floats(101.01, 108.99), st.integers(2, 5), st.booleans())
def test_grid_references_come_back_with_and_without_zone(lat: float, lon: float, figures: int, short: bool) -> None:
    reference = mgrs.MGRS().toMGRS(lat, lon, MGRSPrecision=figures)
    text = reference[3:] if short else reference
    found = parse(text)
    zone = int(reference[:2])
    apart = [p.transform(32600 + zone, clone=True) for p in (found.point, Point(lon, lat, srid=4326))]
    assert apart[0].distance(apart[1]) <= max(found.accuracy_m, 2) + 1


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    try:
        found = parse(text)
    except ValidationError:
        return
    assert 101 <= found.point.x <= 109
    assert 9 <= found.point.y <= 16


def test_the_echo_names_both_writings() -> None:
    assert in_words(PLACE) == "13.78420 N, 107.45120 E · MGRS 48PYA 65024 25211"
