"""The committed reference data: complete, consistent, clean, and neutral about what it does not know."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "units" / "fixtures"
CROSSINGS = ROOT / "crossings" / "fixtures"
FILES = sorted([*UNITS.glob("*.json"), CROSSINGS / "crossings.json", CROSSINGS / "statuses.json"])
GEODATA = ROOT / "units" / "geodata" / "demo_sectors.geojson"
OUTLINE = ROOT / "static" / "geo" / "outline.json"
NEIGHBOURS = {"TH", "LA", "VN"}
TERMS = {
    "demarcated", "delimited_not_demarcated", "undemarcated", "white_zone", "disputed", "no_mans_land_agreed",
}  # fmt: skip


@cache
def rows(name: str) -> list[dict[str, Any]]:
    folder = CROSSINGS if name in {"crossings", "statuses"} else UNITS
    data: list[dict[str, Any]] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return data


@cache
def collection(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


@cache
def sectors() -> dict[str, dict[str, Any]]:
    return {f["properties"]["sector_code"]: f["properties"] for f in collection(GEODATA)["features"]}


@cache
def shapes() -> dict[str, MultiPolygon]:
    found: dict[str, MultiPolygon] = {}
    for feature in collection(GEODATA)["features"]:
        if feature["geometry"] is not None:
            area = GEOSGeometry(json.dumps(feature["geometry"]), srid=4326)
            assert isinstance(area, MultiPolygon)
            found[feature["properties"]["sector_code"]] = area
    return found


def codes(name: str) -> list[str]:
    return [row["code"] for row in rows(name)]


def square_km(geometry: GEOSGeometry) -> float:
    return float(geometry.transform(32648, clone=True).area) / 1e6


def test_counts_agree_with_the_gazetteer() -> None:
    provinces = rows("provinces")
    districts = rows("districts")
    assert len(provinces) == 25
    assert sum(bool(p["neighbours"]) for p in provinces) == 17
    assert [sum(n in p["neighbours"] for p in provinces) for n in ("TH", "LA", "VN")] == [7, 3, 9]
    kinds = [d["kind"] for d in districts]
    assert [kinds.count(k) for k in ("district", "municipality", "khan")] == [163, 33, 14]
    assert sum(d["is_border"] for d in districts) == 52
    assert len(rows("communes")) == 142
    assert sum(c["category_kh"] == "international" for c in rows("crossings")) == 20


@pytest.mark.parametrize("name", ["provinces", "districts", "communes", "border_sections", "unresolved_areas"])
def test_codes_are_unique_and_sorted_where_numbered(name: str) -> None:
    found = codes(name)
    assert len(set(found)) == len(found)
    if name in {"provinces", "districts", "communes"}:
        assert found == sorted(found)


def test_codes_carry_their_parents() -> None:
    province_codes = set(codes("provinces"))
    district_codes = set(codes("districts"))
    for district in rows("districts"):
        assert len(district["code"]) == 4
        assert district["code"][:2] == district["province"]
        assert district["province"] in province_codes
    for commune in rows("communes"):
        assert len(commune["code"]) == 6
        assert commune["code"][:4] == commune["district"]
        assert commune["district"] in district_codes
    for row in [*rows("provinces"), *rows("districts"), *rows("communes")]:
        assert row["pcode"] == f"KH{row['code']}"
    for province in rows("provinces"):
        assert province["iso_code"] == f"KH-{int(province['code'])}"


def test_province_letters_are_unique_and_keep_the_given_ones() -> None:
    letters = {p["code"]: p["letters"] for p in rows("provinces")}
    assert len(set(letters.values())) == 25
    assert all(len(x) == 3 and x.isascii() and x.isupper() for x in letters.values())
    assert letters["16"] == "RTK"
    assert letters["01"] == "BMC"


@pytest.mark.parametrize("path", [*FILES, GEODATA, OUTLINE], ids=lambda p: p.name)
def test_no_zero_width_characters_and_no_stray_spaces(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not set(text) & set("\u200b\u200c\u200d\ufeff\u2060")
    for row in json.loads(text) if isinstance(json.loads(text), list) else []:
        assert all(v == v.strip() for v in row.values() if isinstance(v, str))


@pytest.mark.parametrize("name", ["provinces", "districts", "communes", "border_sections"])
def test_khmer_names_are_khmer_and_latin_names_are_latin(name: str) -> None:
    for row in rows(name):
        assert any("\u1780" <= letter <= "\u17ff" for letter in row["name_km"]), row
        assert not any("a" <= letter.lower() <= "z" for letter in row["name_km"]), row
        assert row["name_en"].isascii(), row


def test_neighbours_agree_from_commune_to_province() -> None:
    districts = {d["code"]: d for d in rows("districts")}
    for province in rows("provinces"):
        own = [d for d in districts.values() if d["province"] == province["code"]]
        assert {n for d in own for n in d["neighbours"]} == set(province["neighbours"])
    for district in districts.values():
        assert district["is_border"] == bool(district["neighbours"])
        assert set(district["frontage_km"]) == set(district["neighbours"]) <= NEIGHBOURS
        communes = [c for c in rows("communes") if c["district"] == district["code"]]
        assert {n for c in communes for n in c["neighbours"]} == set(district["neighbours"])
        expected = "sangkat" if district["kind"] == "municipality" else "commune"
        assert {c["kind"] for c in communes} <= {expected}


def test_units_split_after_2014_are_no_longer_border_districts() -> None:
    border = {d["code"]: d["is_border"] for d in rows("districts")}
    assert (border["0804"], border["1905"]) == (False, False)
    assert (border["0812"], border["1906"]) == (True, True)


def test_every_province_and_neighbour_has_a_section_that_claims_no_more_than_is_known() -> None:
    pairs = {(p["code"], n) for p in rows("provinces") for n in p["neighbours"]}
    assert {(s["province"], s["neighbour"]) for s in rows("border_sections")} == pairs
    letters = {p["code"]: p["letters"] for p in rows("provinces")}
    for section in rows("border_sections"):
        assert section["code"] == f"{letters[section['province']]}-{section['neighbour']}"
        assert section["demarcation_state"] in TERMS
        assert section["length_km"] > 0
        assert section["source"]


def test_markers_belong_to_sections_and_are_honest_about_accuracy() -> None:
    neighbour_of = {s["code"]: s["neighbour"] for s in rows("border_sections")}
    markers = rows("border_markers")
    identities = [(m["neighbour"], m["series"], m["number"], m["part"], m["sub_number"]) for m in markers]
    assert len(set(identities)) == len(set(codes("border_markers"))) == len(markers)
    for marker in markers:
        assert neighbour_of[marker["section"]] == marker["neighbour"]
        assert marker["accuracy_m"] >= 1_000
        assert marker["status"] == "unlocated"
        assert marker["source"]
    labels = {m["label"] for m in markers}
    assert {"BP 1", "BP 73", "30", "314", "241(1)", "241(2)", "184/2", "48"} <= labels


def test_unresolved_areas_use_the_agreed_terms_and_lie_at_border_districts() -> None:
    districts = {d["code"]: d for d in rows("districts")}
    for area in rows("unresolved_areas"):
        assert area["term"] in TERMS
        assert area["districts"]
        assert all(area["neighbour"] in districts[code]["neighbours"] for code in area["districts"])
        assert 500 <= area["radius_m"] <= 20_000
    pak_nhai = next(a for a in rows("unresolved_areas") if a["code"] == "pak-nhai-white-zone")
    assert (pak_nhai["term"], pak_nhai["districts"]) == ("white_zone", ["1607"])


def test_crossings_name_existing_places_and_state_their_precision() -> None:
    districts = {d["code"]: d for d in rows("districts")}
    communes = {c["code"]: c for c in rows("communes")}
    crossings = rows("crossings")
    assert len({c["slug"] for c in crossings}) == len(crossings)
    for crossing in crossings:
        assert crossing["slug"].startswith(crossing["neighbour"].lower() + "-")
        assert crossing["district"][:2] == crossing["province"]
        assert crossing["neighbour"] in districts[crossing["district"]]["neighbours"]
        if crossing["commune"] is not None:
            assert communes[crossing["commune"]]["district"] == crossing["district"]
        # Where only the district is known the position says so, and is no more exact than that.
        placed_by_district = "district's stretch" in crossing["precision_note"]
        assert 10 <= crossing["precision_km"] <= 30 if placed_by_district else 0 < crossing["precision_km"] <= 10
        assert "not yet confirmed" in crossing["precision_note"]
        assert "ក្រសួងមិនទាន់បញ្ជាក់" in crossing["precision_note"]
        assert crossing["name_km"] or crossing["category_kh"] != "international"


def test_every_status_on_file_names_its_source_and_says_how_sure_it_is() -> None:
    flows = {c["slug"]: c["flows"] for c in rows("crossings")}
    for status in rows("statuses"):
        assert set(status["flows"]) <= set(flows[status["crossing"]])
        words = status["legal_reference"] + status["reason"]
        assert any(hedge in words for hedge in ("as reported", "not confirmed")), status
        assert any("\u1780" <= letter <= "\u17ff" for letter in words), status
        assert status["until"] is None or status["since"] is None or status["since"] < status["until"]
        assert status["status"] in {"open", "restricted", "suspended", "closed"}
    shut = {s["crossing"] for s in rows("statuses") if s["side"] == "kh" and s["since"] == "2025-12-13"}
    assert shut == {slug for slug in flows if slug.startswith("th-")}


def test_sectors_are_light_labelled_and_cover_every_border_district() -> None:
    data = collection(GEODATA)
    assert GEODATA.stat().st_size < 600_000
    assert "not official" in data["notice"]
    border = {d["code"]: d for d in rows("districts") if d["is_border"]}
    assert {s["district"] for s in sectors().values()} == set(border)
    assert {s["province"] for s in sectors().values()} == {d["province"] for d in border.values()}
    assert 75 <= len(sectors()) <= 110
    assert len({s["unit_code"] for s in sectors().values()}) == len(sectors())
    for code, district in border.items():
        own = [s for s in sectors().values() if s["district"] == code]
        assert sorted(s["number"] for s in own) == list(range(1, len(own) + 1))
        total = sum(s["frontage_km"] for s in own)
        assert total == pytest.approx(sum(district["frontage_km"].values()), abs=0.1 * len(own))
        for sector in own:
            assert sector["unit_code"] == f"post-{code}-{sector['number']}"
            assert district["name_en"] in sector["name_en"]
            assert district["name_km"] in sector["name_km"]


def test_every_sector_geometry_is_a_valid_multipolygon_in_degrees() -> None:
    for code, area in shapes().items():
        assert area.geom_type == "MultiPolygon", code
        assert area.valid, (code, area.valid_reason)
        west, south, east, north = area.extent
        assert 102 < west < east < 108, code
        assert 10 < south < north < 15, code
        assert square_km(area) > 20, code


def test_only_the_planned_pair_overlaps() -> None:
    plan = next(p for p in collection(GEODATA)["planned"] if p["kind"] == "overlap")
    assert {code for code, s in sectors().items() if s["planned"] == "overlap"} == set(plan["sectors"])
    assert {sectors()[code]["district"] for code in plan["sectors"]} == {"0107"}
    for (first, a), (second, b) in combinations(shapes().items(), 2):
        if not a.intersects(b):
            continue
        shared = a.intersection(b)
        if {first, second} == set(plan["sectors"]):
            assert 10 < square_km(shared) < 40
        else:
            assert shared.area == 0, (first, second)


def test_neighbouring_sectors_share_edges_corner_by_corner() -> None:
    first, second = (
        {
            tuple(corner)
            for feature in collection(GEODATA)["features"]
            if feature["properties"]["sector_code"] == code
            for polygon in feature["geometry"]["coordinates"]
            for corner in polygon[0]
        }
        for code in ("S-1607-1", "S-1607-2")
    )
    assert shapes()["S-1607-1"].intersection(shapes()["S-1607-2"]).length > 0.05
    assert len(first & second) >= 2


def test_the_line_is_covered_everywhere_except_at_the_planned_gap() -> None:
    plan = next(p for p in collection(GEODATA)["planned"] if p["kind"] == "gap")
    assert [code for code in sectors() if code not in shapes()] == plan["sectors"]
    gap = sectors()[plan["sectors"][0]]
    assert (gap["district"], gap["planned"]) == ("1903", "gap")
    covered = MultiPolygon([polygon for area in shapes().values() for polygon in area], srid=4326).unary_union
    for feature in collection(OUTLINE)["features"]:
        if feature["properties"]["kind"] != "border_line":
            continue
        bare = GEOSGeometry(json.dumps(feature["geometry"]), srid=4326).difference(covered)
        if feature["properties"]["neighbour"] == gap["neighbour"]:
            assert bare.geom_type == "LineString"
            assert 10_000 < bare.transform(32648, clone=True).length < 40_000
        else:
            assert bare.empty


@pytest.mark.parametrize("crossing", rows("crossings"), ids=lambda c: c["slug"])
def test_crossings_fall_into_or_near_their_own_district(crossing: dict[str, Any]) -> None:
    point = Point(crossing["lon"], crossing["lat"], srid=4326).transform(32648, clone=True)
    own = [a for code, a in shapes().items() if sectors()[code]["district"] == crossing["district"]]
    nearest = min(area.transform(32648, clone=True).distance(point) for area in own)
    assert nearest <= 500


def test_the_case_of_the_ponds_falls_into_ou_ya_dav() -> None:
    pond = Point(107.42, 13.786, srid=4326)
    assert [sectors()[code]["district"] for code, area in shapes().items() if area.covers(pond)] == ["1607"]


def test_the_background_map_is_light_and_calls_itself_indicative() -> None:
    data = collection(OUTLINE)
    assert OUTLINE.stat().st_size < 250_000
    land = [f for f in data["features"] if f["properties"]["kind"] == "land"]
    lines = [f for f in data["features"] if f["properties"]["kind"] == "border_line"]
    assert {f["properties"]["iso"] for f in land} == {"KH", *NEIGHBOURS}
    assert {f["properties"]["neighbour"] for f in lines} == NEIGHBOURS
    assert {f["properties"]["note"] for f in lines} == {"indicative"}
    assert len(land) + len(lines) == len(data["features"])
    for feature in land:
        area = GEOSGeometry(json.dumps(feature["geometry"]))
        assert area.valid
        west, south, east, north = area.extent
        assert 101 <= west < east <= 109
        assert 9 <= south < north <= 16
