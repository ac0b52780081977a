"""Files of tracks: GPX, GeoJSON and tables as tools write them; broken and hostile ones get a sentence."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from units.tests.phones import gpx, walk
from units.tests.test_tracks import MORNING, cleaned, noted, refused, table
from units.tracks import times

# --- hostile and broken files ---------------------------------------------------------------------------------

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><gpx><trk><trkseg><trkpt lat="13" lon="107"><time>&c;</time></trkpt>'
    b"</trkseg></trk></gpx>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<gpx><trk><trkseg><trkpt lat="13" lon="107"><time>&x;</time></trkpt></trkseg></trk></gpx>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (LAUGHS, "doctype"),
        (OUTSIDE, "doctype"),
        (LAUGHS.decode().encode("utf-16"), "doctype"),
        (gpx(walk(MORNING, seconds=60))[:-80], "broken"),
        (b"<kml><Document/></kml>", "not_gpx"),
        (b'<gpx><wpt lat="13.7" lon="107.4"/></gpx>', "no_track"),
        (b'<gpx><rte><rtept lat="13.7" lon="107.4"/></rte></gpx>', "no_track"),
        (b"<gpx/>", "empty"),
        (b"\x0e\x10\x64\x00\x10\x00\x00\x00.FIT\x00\x00", "fit"),
        (b"PK\x03\x04\x14\x00\x00\x00", "archive"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "unknown"),
        (b"\xff\xfa\xc8abc", "unknown"),
        (b"{", "broken"),
        (b"[" * 100_000, "broken"),
        (b"[1,2]", "not_geojson"),
        (b'{"type":"FeatureCollection","features":7}', "not_geojson"),
        (b'{"type":"LineString","coordinates":[["a","b"]]}', "not_geojson"),
        (b'{"type":"MultiLineString","coordinates":[7]}', "not_geojson"),
        (b'{"type":"LineString","coordinates":null}', "not_geojson"),
        (b'{"type":"Polygon","coordinates":[]}', "empty"),
        (b'{"type":"LineString","crs":{"properties":{"name":"EPSG:32648"}},"coordinates":[[1,2]]}', "crs"),
        (b"name,remark\nx,y\n", "columns"),
        (b"hello there", "columns"),
        (b"lat,lon,time\n", "empty"),
        (b"lat,lon\n" + b"1" * 20_000 + b",2\n", "broken"),
    ],
)
def test_what_is_no_track_is_refused_with_a_sentence(content: bytes, code: str) -> None:
    found, message = refused(content)
    assert found == code
    assert len(message) > 20


def test_too_many_positions_are_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("units.tracks.positions.MOST_POSITIONS", 50)
    assert refused(gpx(walk(MORNING, seconds=600)))[0] == "too_many"


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with translation.override("en"), suppress(ValidationError):
        cleaned(content)


# --- GeoJSON and tables ---------------------------------------------------------------------------------------


def stamps(fixes: Any) -> list[str]:
    return [t.isoformat() for _x, _y, t in fixes]


def test_a_line_with_times_beside_it() -> None:
    fixes = walk(MORNING, seconds=600)
    line = {"type": "LineString", "coordinates": [[x, y, 180.0] for x, y, _t in fixes]}
    for properties in ({"coordTimes": stamps(fixes)}, {"coordinateProperties": {"times": stamps(fixes)}}):
        track = cleaned(json.dumps({"type": "Feature", "geometry": line, "properties": properties}).encode())
        assert (track.source, track.timed) == ("geojson", True)
        assert track.length_m == pytest.approx(780, rel=0.02)


@pytest.mark.parametrize("nested", [True, False])
def test_several_lines_with_their_times(nested: bool) -> None:
    first = walk(MORNING, seconds=300)
    second = walk(MORNING + timedelta(seconds=310), seconds=300)
    found = [stamps(first), stamps(second)] if nested else stamps(first) + stamps(second)
    feature = {
        "type": "Feature",
        "geometry": {
            "type": "MultiLineString",
            "coordinates": [[[x, y] for x, y, _t in part] for part in (first, second)],
        },
        "properties": {"coordTimes": found},
    }
    track = cleaned(json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())
    assert len(track.path) == 2
    assert track.timed


def test_points_that_bear_a_time() -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [x, y]},
            "properties": {"time": t.timestamp() * 1000},
        }
        for x, y, t in walk(MORNING, seconds=600)
    ]
    assert cleaned(json.dumps({"type": "FeatureCollection", "features": features}).encode()).started_at == MORNING


def test_a_bare_line_has_no_times() -> None:
    line = {"type": "LineString", "coordinates": [[x, y] for x, y, _t in walk(MORNING, seconds=600)]}
    assert not cleaned(json.dumps(line).encode()).timed


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("lat,lon,time", lambda x, y, t: f"{y},{x},{t.isoformat()}"),
        ("\ufeffLatitude;Longitude;Date;Time", lambda x, y, t: f"{y};{x};{timezone.localtime(t):%d/%m/%Y;%H:%M:%S}"),
        ("sep=;\nY;X;timestamp", lambda x, y, t: f"{y:.6f};{x:.6f};{t.timestamp():.0f}".replace(".", ",")),
        ("id\tGPS Lat\tGPS Lon\tUTC Time", lambda x, y, t: f"1\t{y}\t{x}\t{t:%Y-%m-%d %H:%M:%S}+00:00"),
        (
            "timestamp [s],position_lat [semicircles],position_long [semicircles],speed [m/s]",
            lambda x, y, t: f"{t.timestamp() - times.FIT_EPOCH:.0f},{y * 2**31 / 180:.0f},{x * 2**31 / 180:.0f},1.3",
        ),
        (
            "Type,Local Number,Message,Field 1,Value 1,Units 1,Field 2,Value 2,Units 2,Field 3,Value 3,Units 3\n"
            'Definition,0,record,timestamp,1,,position_lat,1,,position_long,1,\nData,1,event,timestamp,"1",s',
            lambda x, y, t: (
                f'Data,0,record,timestamp,"{t.timestamp() - times.FIT_EPOCH:.0f}",s'
                f',position_lat,"{y * 2**31 / 180:.0f}",semicircles,position_long,"{x * 2**31 / 180:.0f}",semicircles'
            ),
        ),
    ],
)
def test_tables_under_the_headings_loggers_use(header: str, row: Any) -> None:
    track = cleaned(table(walk(MORNING, seconds=600), header, row))
    assert track.source == "csv"
    assert track.started_at == MORNING
    assert track.length_m == pytest.approx(780, rel=0.03)


def test_a_table_s_segments_and_unreadable_lines() -> None:
    fixes = walk(MORNING, seconds=600)
    lines = [f"{y},{x},{t.isoformat()},{1 + (n > 60)}" for n, (x, y, t) in enumerate(fixes)]
    lines[10] = "here,there,now,1"
    track = cleaned("\n".join(["lat,lng,time,segment", *lines]).encode())
    assert len(track.path) == 2
    assert noted(track)["unreadable"]["n"] == 1
