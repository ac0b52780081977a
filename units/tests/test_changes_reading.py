"""Reading of files from outside: three formats, declared systems, broken shapes, and every trick known to us."""

import io
import json
import os
import sqlite3
import struct
import tempfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.utils import translation

from units.importing import child, limits, reading
from units.importing.words import _FILE, _NOTES, _ROWS, worded
from units.tests.register_files import converted, feature, geojson, shapefile, square, zipped

# GDAL logs what a broken shape is; the reading process has nowhere to log to.
pytestmark = pytest.mark.expects_errors


def read_apart(path: Path, kind: str = "area", crs: str = "") -> reading.Reading:
    """As the job does: in a process of its own."""
    return reading.read(path, kind=kind, crs=crs, tell=lambda done, total: None)


def read(path: Path, kind: str = "area", crs: str = "") -> reading.Reading:
    """The same in this process: a hundred processes take long to start."""
    found = reading.Reading()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "say", lambda line: reading._take(orjson.dumps(line), found))
        child.attempt(path, Path(folder), kind, crs)
    if found.unreadable:
        found.rows = []
    return found


def faults(path: Path, kind: str = "area", crs: str = "", apart: bool = False) -> list[str]:
    found = (read_apart if apart else read)(path, kind, crs)
    assert not found.rows or not found.unreadable
    return [message["code"] for message in found.messages]


def codes(found: reading.Reading) -> list[list[str]]:
    return [[message["code"] for message in row.messages] for row in found.rows]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    rows = [feature(square(), sector_code="S-1", unit_code="post-1607-1", name_km="ប៉ុស្តិ៍ \u200bលេខ ១"),
            feature(square(107.1), sector_code="S-2", unit_code="post-1607-2")]  # fmt: skip
    return geojson(tmp_path / "plain.geojson", rows)


# --- the three formats, any declared system -------------------------------------------------------------------


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:32648", "EPSG:3148"])
@pytest.mark.parametrize("sort", ["gpkg", "shapefile", "geojson"])
def test_every_format_in_every_system_says_the_same(plain: Path, tmp_path: Path, sort: str, system: str) -> None:
    if sort == "gpkg":
        path = converted(plain, tmp_path / "a.gpkg", "GPKG", "-t_srs", system)
    elif sort == "shapefile":
        path = shapefile(tmp_path, plain, "-t_srs", system)
    else:
        path = converted(plain, tmp_path / "b.geojson", "GeoJSON", "-t_srs", system, "-lco", "RFC7946=NO")
    found = read(path)
    assert (found.messages, found.crs, found.total) == ([], system, 2)
    assert codes(found) == [[], []]
    first = found.rows[0]
    # A Shapefile cuts names of properties after ten letters.
    assert (first.properties.get("sector_code") or first.properties["sector_cod"]) == "S-1"
    assert first.properties["name_km"] == "ប៉ុស្តិ៍ លេខ ១"
    assert first.shape is not None
    assert (first.shape.geom_type, first.shape.srid) == ("MultiPolygon", 4326)
    assert first.shape.extent == pytest.approx((107.0, 13.5, 107.05, 13.55), abs=2e-6)


def test_the_name_of_a_file_says_nothing(plain: Path, tmp_path: Path) -> None:
    disguised = plain.rename(tmp_path / "photo.gpkg")
    assert len(read_apart(disguised).rows) == 2


def test_a_system_is_asked_for_when_the_file_says_none(plain: Path, tmp_path: Path) -> None:
    inner = tmp_path / "without"
    converted(plain, inner, "ESRI Shapefile", "-t_srs", "EPSG:32648")
    path = zipped(tmp_path / "without.zip", [p for p in inner.iterdir() if p.suffix != ".prj"])
    assert faults(path) == ["crs_missing"]
    assert len(read(path, crs="EPSG:32648").rows) == 2
    assert len(read(path, crs="32648").rows) == 2
    assert faults(path, crs="EPSG:4326") == ["metres"]


@pytest.mark.parametrize("said", ["http://198.51.100.1/crs", "/etc/passwd", "+proj=utm +zone=48", "EPSG:999999", "x"])
def test_only_epsg_numbers_are_understood(plain: Path, said: str) -> None:
    assert faults(plain, crs=said) == ["crs_unknown"]


def test_a_declaration_that_differs_from_the_file_is_refused(plain: Path, tmp_path: Path) -> None:
    path = converted(plain, tmp_path / "a.gpkg", "GPKG", "-t_srs", "EPSG:32648")
    assert faults(path, crs="EPSG:4326") == ["crs_conflict"]
    assert faults(path, crs="EPSG:32648") == []


def test_geojson_is_in_degrees_unless_it_says_otherwise(plain: Path, tmp_path: Path) -> None:
    metres = converted(plain, tmp_path / "m.geojson", "GeoJSON", "-t_srs", "EPSG:32648", "-lco", "RFC7946=NO")
    body = json.loads(metres.read_text())
    del body["crs"]
    metres.write_text(json.dumps(body))
    assert faults(metres) == ["metres"]
    assert len(read(metres, crs="EPSG:32648").rows) == 2
    for crs in ({"type": "link", "properties": {"href": "http://198.51.100.1/"}}, {"type": "name"}, "EPSG:4326", [1]):
        assert faults(geojson(tmp_path / "l.geojson", [feature(square())], crs=crs)) == ["crs_unknown"], crs


# --- where on earth -------------------------------------------------------------------------------------------


def swapped(geometry: dict[str, Any]) -> dict[str, Any]:
    return {**geometry, "coordinates": [[[lat, lon] for lon, lat in ring] for ring in geometry["coordinates"]]}


def test_swapped_axes_are_told(tmp_path: Path, plain: Path) -> None:
    path = geojson(tmp_path / "s.geojson", [feature(swapped(square()), sector_code="S-1")])
    [message] = read(path).messages
    with translation.override("en"):
        assert "axes are swapped" in worded(message)
        assert "13.5" in worded(message)
    metres = json.loads(converted(plain, tmp_path / "m.json", "GeoJSON", "-t_srs", "EPSG:32648", "-lco",
                                  "RFC7946=NO").read_text())  # fmt: skip
    rows = [{**row, "geometry": swapped(row["geometry"])} for row in metres["features"]]
    assert faults(geojson(tmp_path / "ms.geojson", rows, crs=metres["crs"])) == ["swapped_axes"]


def test_a_file_that_lies_elsewhere_is_refused_and_a_single_row_is_marked(tmp_path: Path) -> None:
    paris = feature(square(2.3, 48.8), sector_code="P")
    assert faults(geojson(tmp_path / "paris.geojson", [paris])) == ["elsewhere"]
    mixed = read(geojson(tmp_path / "mixed.geojson", [feature(square(), sector_code="S-1"), paris]))
    assert codes(mixed) == [[], ["elsewhere"]]
    assert mixed.rows[1].shape is None


@pytest.mark.parametrize("corner", ["1e308", "-1e308", "1e400", "NaN", "null", '"13.5"', "{}", "[]", "true"])
def test_figures_that_are_none(tmp_path: Path, corner: str) -> None:
    ring = f"[[107,13.5],[107.05,13.5],[107.05,{corner}],[107,13.5]]"
    path = tmp_path / "odd.geojson"
    path.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"},'
                    f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}')  # fmt: skip
    found = read(path)
    said = [m["code"] for m in found.messages] + [code for row in codes(found) for code in row]
    assert said
    assert set(said) <= {"broken", "elsewhere", "metres", "json_broken", "mended_too_far", "no_shape"}, said
    assert not any(row.shape for row in found.rows)


# --- one shape ------------------------------------------------------------------------------------------------


def test_a_ring_with_a_spike_is_mended_with_a_note(tmp_path: Path) -> None:
    ring = square()["coordinates"][0]
    spike = [*ring[:2], [107.05, 13.52], [107.1, 13.52], [107.05, 13.52], *ring[2:]]
    found = read(geojson(tmp_path / "spike.geojson", [feature({"type": "Polygon", "coordinates": [spike]}, c="1")]))
    assert codes(found) == [["mended"]]
    with translation.override("en"):
        assert "has been mended" in worded(found.rows[0].messages[0])
    shape = found.rows[0].shape
    assert shape is not None
    assert shape.valid
    assert shape.area == pytest.approx(0.05 * 0.05)


def test_mending_that_would_change_the_ground_is_refused(tmp_path: Path) -> None:
    bow = {"type": "Polygon", "coordinates": [[[107, 13], [107.1, 13.1], [107.1, 13], [107, 13.1], [107, 13]]]}
    found = read(geojson(tmp_path / "bow.geojson", [feature(bow, code="1")]))
    assert codes(found) == [["mended_too_far"]]
    assert found.rows[0].shape is None
    with translation.override("en"):
        assert "100.0 %" in worded(found.rows[0].messages[0])


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "no_shape"),
        ({"type": "Polygon", "coordinates": []}, "no_shape"),
        ({"type": "Point", "coordinates": [107, 13]}, "wrong_kind"),
        ({"type": "LineString", "coordinates": [[107, 13], [107.1, 13]]}, "wrong_kind"),
        ({"type": "GeometryCollection", "geometries": [square()]}, "no_shape"),
        ({"type": "GeometryCollection", "coordinates": [1], "geometries": [square()]}, "wrong_kind"),
        ({"type": "Polygon", "coordinates": [[[107, 13], [107, 13], [107, 13], [107, 13]]]}, "broken"),
        ({"type": "Polygon", "coordinates": [[107, 13]]}, "broken"),
        ({"type": "Sphere", "coordinates": [[107, 13]]}, "wrong_kind"),
        ("POLYGON", "no_shape"),
    ],
)
def test_rows_without_a_usable_shape_are_refused_and_the_others_are_not(
    tmp_path: Path, geometry: Any, code: str
) -> None:
    path = geojson(tmp_path / "one.geojson", [feature(geometry, code="1"), feature(square(), code="2")])
    assert codes(read(path)) == [[code], []]


def test_lines_are_wanted_where_lines_are(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[107, 13.5, 80.0], [107.1, 13.5, 90.0]]}
    found = read(geojson(tmp_path / "l.geojson", [feature(line, c=1), feature(square(), c=2)]), "line")
    assert codes(found) == [[], ["wrong_kind"]]
    shape = found.rows[0].shape
    assert shape is not None
    assert (shape.geom_type, shape.hasz) == ("MultiLineString", False)


def test_properties_are_cleaned(tmp_path: Path) -> None:
    odd = {"Code": " S\x00-1\u200b ", "list": [1607, "1609"], "deep": {"a": 1}, "long": "x" * 9000, "none": None}
    odd |= {f"p{i}": i for i in range(100)}
    [row] = read(geojson(tmp_path / "odd.geojson", [feature(square(), **odd)])).rows
    assert row.properties["code"] == "S-1"
    assert row.properties["list"] == "1607,1609"
    assert "deep" not in row.properties
    assert len(row.properties["long"]) == limits.TEXT_MAX
    assert len(row.properties) <= limits.PROPERTIES_MAX


# --- hostile files --------------------------------------------------------------------------------------------


def zip_of(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name",
    ["../../evil.shp", "/etc/evil.shp", "a/../../evil.shp", "..\\evil.shp", "C:evil.shp", "C:\\evil.shp", "..", "a/.."],
)
def test_a_zip_that_would_write_elsewhere_is_not_unpacked(tmp_path: Path, name: str) -> None:
    path = zip_of(tmp_path / "x.zip", **{"ok.shp": b"x", name: b"evil"})
    assert faults(path) == ["zip_path"]
    assert not list(tmp_path.parent.rglob("evil.shp"))


@pytest.mark.parametrize("kind", [0o120777, 0o020666, 0o010666, 0o060666])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("layer.shp")
        info.external_attr = kind << 16
        archive.writestr(info, "/etc/passwd")
    assert faults(path) == ["zip_path"]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, plain: Path) -> None:
    inner = tmp_path / "shp"
    converted(plain, inner, "ESRI Shapefile")
    path = zipped(tmp_path / "bomb.zip", [p for p in inner.iterdir() if p.suffix != ".shp"])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("plain.shp", "w") as member:
        for _megabyte in range(60):
            member.write(bytes(1024 * 1024))
    assert path.stat().st_size < 100_000
    assert faults(path, apart=True) == ["zip_bomb"]


def test_a_zip_that_lies_about_its_size_is_stopped_while_it_grows(tmp_path: Path) -> None:
    grown = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = grown.compress(bytes(50 * 1024 * 1024)) + grown.flush()
    names = ["a.shx", "a.dbf", "a.shp"]
    out, places = io.BytesIO(), []
    for name in names:
        places.append(out.tell())
        head = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(packed), 100, len(name), 0)
        out.write(head + name.encode() + packed)
    start = out.tell()
    for name, place in zip(names, places, strict=True):
        out.write(struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(packed), 100, len(name),
                              0, 0, 0, 0, 0, place) + name.encode())  # fmt: skip
    end = out.tell()
    out.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 3, 3, end - start, start, 0))
    path = tmp_path / "liar.zip"
    path.write_bytes(out.getvalue())
    assert faults(path, apart=True) in (["zip_bomb"], ["zip_broken"])


def test_zips_that_are_no_shapefile(tmp_path: Path, plain: Path) -> None:
    inner = tmp_path / "shp"
    converted(plain, inner, "ESRI Shapefile")
    parts = {p.suffix: p.read_bytes() for p in inner.iterdir()}
    sound = {f"a{suffix}": content for suffix, content in parts.items()}
    assert faults(zip_of(tmp_path / "1.zip", **{"readme.txt": b"x"})) == ["zip_without_shapefile"]
    assert faults(zip_of(tmp_path / "2.zip", **{**sound, "b.shp": b"x"})) == ["zip_several"]
    assert faults(zip_of(tmp_path / "3.zip", **{"a.shp": parts[".shp"]})) == ["zip_lacks"]
    assert faults(zip_of(tmp_path / "4.zip", **{f"n{i}": b"" for i in range(limits.MEMBERS_MAX + 1)})) == ["zip_many"]
    assert faults(zip_of(tmp_path / "5.zip", **{**sound, "a.prj": b"/etc/passwd"})) == ["crs_unknown"]
    assert faults(zip_of(tmp_path / "6.zip", **{**sound, "a.shp": b"\0" * 500}), apart=True) in (
        ["broken_file"],
        ["no_features"],
    )
    truncated = zip_of(tmp_path / "7.zip", **sound)
    truncated.write_bytes(truncated.read_bytes()[:-200])
    assert faults(truncated) == ["zip_broken"]
    # What packers of other systems leave behind is passed over.
    litter = {**{f"folder/{name}": content for name, content in sound.items()}, "__MACOSX/._a.shp": b"x"}
    assert len(read(zip_of(tmp_path / "8.zip", **litter)).rows) == 2


def test_a_locked_zip_says_so(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", **{"a.shp": b"x"})
    body = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.find(mark) + offset] |= 1
    path.write_bytes(bytes(body))
    assert faults(path) == ["zip_locked"]


@pytest.mark.parametrize(
    "trick",
    [
        "CREATE VIEW v AS SELECT * FROM plain; "
        "UPDATE gpkg_contents SET table_name='v'; UPDATE gpkg_geometry_columns SET table_name='v'",
        "CREATE VIRTUAL TABLE ft USING fts3(x)",
    ],
)
def test_a_geopackage_of_more_than_plain_tables_is_refused(plain: Path, tmp_path: Path, trick: str) -> None:
    path = converted(plain, tmp_path / "t.gpkg", "GPKG", "-nln", "plain", "-lco", "SPATIAL_INDEX=NO")
    database = sqlite3.connect(path)
    database.execute("PRAGMA foreign_keys = OFF")
    database.executescript(trick)
    database.close()
    assert faults(path) == ["package_unsafe"]


def test_broken_geopackages(plain: Path, tmp_path: Path) -> None:
    sound = converted(plain, tmp_path / "t.gpkg", "GPKG").read_bytes()
    for name, content in {"cut": sound[:5000], "noise": sound[:100] + os.urandom(20_000)}.items():
        path = tmp_path / f"{name}.gpkg"
        path.write_bytes(content)
        assert faults(path, apart=True)[0] in {"package_broken", "broken_file", "no_layer", "broke_the_reader"}


def test_several_layers_are_asked_apart(plain: Path, tmp_path: Path) -> None:
    path = converted(plain, tmp_path / "t.gpkg", "GPKG", "-nln", "one")
    converted(plain, path, "GPKG", "-update", "-nln", "two")
    [message] = read(path).messages
    assert message["code"] == "several_layers"
    assert message["params"]["names"] == "one, two"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"GIF89a", "not_a_known_file"),
        (b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource>", "not_a_known_file"),
        (b"id,wkt\n1,POINT(1 1)", "not_a_known_file"),
        (b"{", "json_broken"),
        (b'{"a":' * 5000, "json_broken"),
        (b'{"type":"FeatureCollection","features":' + b"[" * 100_000, "json_broken"),
        (b"{}", "json_kind"),
        (b'{"type":"FeatureCollection","features":{}}', "json_kind"),
        (b'{"type":"Topology"}', "json_kind"),
        (b'{"type":"FeatureCollection","features":[]}', "no_features"),
    ],
)
def test_what_is_no_file_of_the_register(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert faults(path) == [code]


def test_a_billion_points_are_not_read(tmp_path: Path) -> None:
    ring = ",".join(f"[{107 + i % 1000 / 1e5},{13 + i / 1e8}]" for i in range(limits.FEATURE_VERTICES_MAX + 10))
    path = tmp_path / "fine.geojson"
    path.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
                    f'"geometry":{{"type":"Polygon","coordinates":[[{ring},[107,13]]]}}}}]}}')  # fmt: skip
    assert faults(path) == ["feature_too_fine"]
    many = geojson(tmp_path / "many.geojson", [feature(None)] * (limits.FEATURES_MAX + 1))
    assert faults(many) == ["too_many_features"]


def test_a_shapefile_that_promises_a_billion_points_is_refused(tmp_path: Path, plain: Path) -> None:
    inner = tmp_path / "shp"
    converted(plain, inner, "ESRI Shapefile")
    shp = inner / "plain.shp"
    body = bytearray(shp.read_bytes())
    body[100 + 8 + 40 : 100 + 8 + 44] = struct.pack("<i", 1_000_000_000)
    shp.write_bytes(bytes(body))
    found = read_apart(zipped(tmp_path / "x.zip", inner.iterdir()))
    assert not found.messages
    assert codes(found) == [["no_shape"], []]


def test_the_reader_is_stopped_in_time_and_says_so(tmp_path: Path, plain: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "WALL_MAX_S", 0.05)
    begun = time.monotonic()
    assert faults(plain, apart=True) == ["took_too_long"]
    assert time.monotonic() - begun < 5


def test_a_reader_that_dies_is_told_as_a_file_that_cannot_be_read(plain: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading.sys, "executable", "/bin/false")
    assert faults(plain, apart=True) == ["broke_the_reader"]


def test_the_reader_knows_no_secret_and_no_database(monkeypatch: Any, plain: Path) -> None:
    given: dict[str, Any] = {}
    start = reading.subprocess.Popen

    def spy(command: list[str], **options: Any) -> Any:
        given.update(options["env"])
        return start(command, **options)

    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("DATABASE_URL", "postgis://hush")
    monkeypatch.setattr(reading.subprocess, "Popen", spy)
    assert read_apart(plain).rows
    assert not {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"} & set(given)


def test_twenty_megabytes_work(tmp_path: Path) -> None:
    """Two hundred sectors of some four thousand vertices each, as UTM metres."""
    rows = []
    for number in range(200):
        west, south = 103 + number % 20 * 0.1, 12 + number // 20 * 0.1
        edge = [[west + i * 1.9e-5, south + (i % 2) * 1e-5] for i in range(4200)]
        ring = [*edge, [west + 0.08, south + 0.05], [west, south + 0.05], edge[0]]
        rows.append(feature({"type": "Polygon", "coordinates": [ring]}, sector_code=f"S-{number}", unit_code="x"))
    path = geojson(tmp_path / "large.geojson", rows)
    assert path.stat().st_size > 20_000_000
    told: list[tuple[int, int]] = []
    found = reading.read(path, kind="area", crs="", tell=lambda done, total: told.append((done, total)))
    assert (len(found.rows), found.messages) == (200, [])
    assert told
    assert all(done < total for done, total in told)


# --- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*_FILE, *_ROWS, *_NOTES])
def test_every_code_has_a_sentence_in_which_nothing_is_left_open(code: str) -> None:
    names = ("count", "most", "name", "names", "suffixes", "format", "why", "file", "said", "x", "y", "crs", "minutes",
             "found", "percent", "first", "field", "value", "values", "unit", "code", "register", "before",
             "after", "km2")  # fmt: skip
    params = dict.fromkeys(names, "7") | {"wanted": "line", "since": "2026-01-01T00:00:00+07:00"}
    with translation.override("en"):
        sentence = worded({"code": code, "params": params})
    assert sentence != code
    assert "%(" not in sentence
    assert worded({"code": "from_an_older_version", "params": {}}) == "from_an_older_version"
