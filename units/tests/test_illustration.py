"""Deriving illustrative sectors: the pure functions, on an outline small enough to check by hand."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from units import illustration as ill

# Two square countries side by side, home (1) west of neighbour (2), sharing the meridian 105 from 12 to 13
# degrees north. One unit of the quantised grid is a tenth of a degree.
TOPOLOGY: dict[str, Any] = {
    "transform": {"scale": [0.1, 0.1], "translate": [104.0, 12.0]},
    "arcs": [
        [[10, 0], [0, 10]],
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 10], [10, 0], [0, -10], [-10, 0]],
    ],
    "objects": {
        "countries": {
            "geometries": [
                {"id": "1", "type": "Polygon", "arcs": [[0, 1]]},
                {"id": "2", "type": "MultiPolygon", "arcs": [[[-1, 2]]]},
            ]
        }
    },
}
ANCHORS = {"0101": {"TH": [(105.0, 12.2)]}, "0102": {"TH": [(105.0, 12.8)]}}
FRONTAGES = {"0101": {"TH": 20.0}, "0102": {"TH": 52.0}}


def derive() -> tuple[list[ill.Post], list[Any], Any]:
    line = ill.to_metres(ill.land_border(TOPOLOGY, "1", {"2": "TH"})["TH"])
    samples = ill.sample_line(line, neighbour="TH")
    posts = ill.cut_posts(samples, ill.assign_districts(samples, ANCHORS), FRONTAGES)
    band = ill.border_band([line], ill.to_metres(ill.country_shape(TOPOLOGY, "1")))
    return posts, ill.partition(posts, band), band


def test_arcs_are_decoded_from_their_deltas() -> None:
    assert ill.decode_arcs(TOPOLOGY)[0] == [(105.0, 12.0), (105.0, 13.0)]


def test_a_country_is_put_together_from_its_arcs_forwards_and_backwards() -> None:
    assert ill.country_shape(TOPOLOGY, "1").bounds == pytest.approx((104, 12, 105, 13))
    assert ill.country_shape(TOPOLOGY, "2").bounds == pytest.approx((105, 12, 106, 13))
    with pytest.raises(ValueError, match="no country with the id 9"):
        ill.country_shape(TOPOLOGY, "9")


def test_the_land_border_is_the_shared_arc_in_the_direction_of_home() -> None:
    line = ill.land_border(TOPOLOGY, "1", {"2": "TH"})["TH"]
    assert list(line.coords) == [(105.0, 12.0), (105.0, 13.0)]


def test_a_country_without_a_shared_line_is_refused() -> None:
    island = {**TOPOLOGY, "objects": {"countries": {"geometries": [
        *TOPOLOGY["objects"]["countries"]["geometries"], {"id": "3", "type": "Polygon", "arcs": [[2]]},
    ]}}}  # fmt: skip
    with pytest.raises(ValueError, match="border with LA is not one line"):
        ill.land_border(island, "1", {"3": "LA"})


def test_projection_goes_there_and_back_and_keeps_lengths() -> None:
    line = shapely.LineString([(105.0, 12.0), (105.0, 13.0)])
    metres = ill.to_metres(line)
    assert metres.length == pytest.approx(111_195)
    assert shapely.equals_exact(ill.to_degrees(metres), line, tolerance=1e-9)


def test_samples_are_evenly_spaced_and_stay_off_the_ends() -> None:
    samples = ill.sample_line(shapely.LineString([(0, 0), (2_000, 0)]), neighbour="VN", step=500)
    assert [(s.x, s.y, s.neighbour) for s in samples] == [(x, 0, "VN") for x in (250, 750, 1250, 1750)]


def test_each_sample_goes_to_the_nearest_anchor_of_its_own_neighbour() -> None:
    near, far = ill.to_metres(shapely.Point(105.0, 12.1)), ill.to_metres(shapely.Point(105.0, 12.6))
    samples = [ill.Sample(near.x, near.y, "TH"), ill.Sample(far.x, far.y, "TH")]
    anchors = {**ANCHORS, "0103": {"LA": [(105.0, 12.1), (105.0, 12.6)]}}
    assert ill.assign_districts(samples, anchors) == ["0101", "0102"]
    with pytest.raises(ValueError, match="No district anchors for the border with VN"):
        ill.assign_districts([ill.Sample(0, 0, "VN")], ANCHORS)


def test_districts_are_cut_into_posts_by_their_stated_frontage() -> None:
    posts, _, _ = derive()
    assert [p.sector_code for p in posts] == ["S-0101-1", "S-0102-1", "S-0102-2"]
    assert [p.unit_code for p in posts] == ["post-0101-1", "post-0102-1", "post-0102-2"]
    assert [p.frontage_km for p in posts] == pytest.approx([20, 26, 26], abs=0.5)


def test_a_post_number_goes_on_counting_across_two_neighbours() -> None:
    samples = [ill.Sample(0, 0, "TH"), ill.Sample(1, 0, "LA")]
    posts = ill.cut_posts(samples, ["0101", "0101"], {"0101": {"TH": 5, "LA": 7}})
    assert [(p.neighbour, p.number, p.frontage_km) for p in posts] == [("TH", 1, 5), ("LA", 2, 7)]


def test_a_district_that_comes_back_along_the_line_is_refused() -> None:
    samples = [ill.Sample(i, 0, "TH") for i in range(3)]
    with pytest.raises(ValueError, match="District 0101 has two separate runs"):
        ill.cut_posts(samples, ["0101", "0102", "0101"], FRONTAGES)


def test_the_band_reaches_further_inside_than_beyond() -> None:
    home = ill.to_metres(ill.country_shape(TOPOLOGY, "1"))
    line = ill.to_metres(shapely.LineString([(105.0, 12.0), (105.0, 13.0)]))
    west, _, east, _ = ill.border_band([line], home, inside=12_000, beyond=3_000).bounds
    assert (west, east) == pytest.approx((-12_000, 3_000), abs=1)


def test_strips_fill_the_band_and_only_touch() -> None:
    posts, areas, band = derive()
    assert len(areas) == len(posts)
    assert all(area.geom_type == "MultiPolygon" and area.is_valid for area in areas)
    assert shapely.coverage_is_valid(areas)
    assert sum(area.area for area in areas) == pytest.approx(band.area, rel=0.005)
    for post, area in zip(posts, areas, strict=True):
        assert all(area.covers(shapely.Point(s.x, s.y)) for s in post.samples)
    border_between = ill.to_metres(shapely.Point(105.0, 12.5)).y
    assert areas[0].bounds[3] == pytest.approx(border_between, abs=600)


def test_rounding_to_degrees_keeps_shared_edges_shared() -> None:
    _, areas, _ = derive()
    rounded = [ill.to_degrees(area) for area in areas]
    assert all(area.is_valid for area in rounded)
    assert rounded[0].intersection(rounded[1]).area == 0
    assert shapely.coverage_is_valid(rounded)


def test_an_overlap_is_as_wide_as_asked_and_leaves_the_other_area_alone() -> None:
    first, second = shapely.box(0, 0, 10_000, 10_000), shapely.box(10_000, 0, 20_000, 10_000)
    grown = ill.overlapped(first, second, width=1_500)
    assert grown.intersection(second).area == pytest.approx(1_500 * 10_000)
    with pytest.raises(ValueError, match="share no edge"):
        ill.overlapped(first, shapely.box(30_000, 0, 40_000, 10_000), width=1_500)


def test_features_name_the_post_in_both_languages_and_leave_the_gap_without_geometry() -> None:
    posts, areas, _ = derive()
    names = {"0101": ("Ou Chrov", "អូរជ្រៅ"), "0102": ("Malai", "ម៉ាឡៃ")}
    lines = ill.stretches(posts, {"TH": ill.to_metres(ill.land_border(TOPOLOGY, "1", {"2": "TH"})["TH"])})
    features = ill.sector_features(posts, areas, lines, names, {"S-0102-2": "gap"})
    last = features[-1]
    assert last["geometry"] is None
    assert last["properties"] == {
        "unit_code": "post-0102-2", "sector_code": "S-0102-2", "district": "0102", "province": "01",
        "neighbour": "TH", "number": 2, "name_en": "Border Police Post 2, Malai",
        "name_km": "ប៉ុស្តិ៍នគរបាលការពារព្រំដែនគោក លេខ ២ ម៉ាឡៃ",
        "frontage_km": last["properties"]["frontage_km"], "planned": "gap", "border": last["properties"]["border"],
    }  # fmt: skip
    assert {f["geometry"]["type"] for f in features[:-1]} == {"MultiPolygon"}


def test_the_stretches_of_the_posts_make_up_the_whole_line_end_to_end() -> None:
    posts, _, _ = derive()
    line = ill.to_metres(ill.land_border(TOPOLOGY, "1", {"2": "TH"})["TH"])
    pieces = ill.stretches(posts, {"TH": line})
    assert sum(piece.length for piece in pieces) == pytest.approx(line.length)
    assert [piece.coords[0] for piece in pieces[1:]] == [pytest.approx(piece.coords[-1]) for piece in pieces[:-1]]
    assert (pieces[0].coords[0], pieces[-1].coords[-1]) == (line.coords[0], line.coords[-1])
    for post, piece in zip(posts, pieces, strict=True):
        assert all(piece.distance(shapely.Point(one.x, one.y)) < 1e-6 for one in post.samples)


def test_the_background_map_has_land_and_lines_inside_its_box() -> None:
    features = ill.outline_features(TOPOLOGY, {"1": "KH", "2": "TH"}, "1", (104.5, 12.5, 105.5, 14.0))
    kinds = [(f["properties"]["kind"], f["properties"].get("iso")) for f in features]
    assert kinds == [("land", "KH"), ("land", "TH"), ("border_line", None)]
    home = shapely.geometry.shape(features[0]["geometry"])
    assert home.bounds == pytest.approx((104.5, 12.5, 105.0, 13.0))


def test_deriving_twice_gives_the_same_result() -> None:
    _, first, _ = derive()
    _, second, _ = derive()
    assert [shapely.to_wkb(a) for a in first] == [shapely.to_wkb(b) for b in second]
