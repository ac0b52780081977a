"""The register for machines: what held when, for whom, in pages."""

import pytest

from units.models import CommandTenure, Sector


@pytest.fixture
def ask(signed_in):
    def get(who, address, status=200):
        answer = signed_in(who).get(f"/api/v1/{address}")
        assert answer.status_code == status, answer.content
        return answer.json()

    return get


def walk(ask, who, address, member="results"):
    rows, pages = [], 0
    while address:
        body = ask(who, address)
        rows += body[member]
        pages += 1
        address = body["next"] and body["next"].split("/api/v1/")[1]
    return rows, pages


def test_units_in_pages_each_once(ask, province, world):
    rows, pages = walk(ask, province, "units/?limit=7")
    codes = [row["code"] for row in rows]
    assert len(codes) == len(set(codes)) > 7
    assert pages == -(-len(codes) // 7)
    assert {"moi", "province-16", "post-1607-1"} <= set(codes)
    assert not [code for code in codes if code.endswith("-01") or code.startswith("post-01")]
    post = next(row for row in rows if row["code"] == "post-1607-1")
    assert post["parent_code"] == "battalion-16"
    assert (post["province_code"], post["district_code"]) == ("16", "1607")


def test_units_are_narrowed(ask, province):
    rows = ask(province, "units/?kind=border_police_post&parent=battalion-16&limit=200")["results"]
    assert rows
    assert {row["parent_code"] for row in rows} == {"battalion-16"}


def test_sectors_are_geojson_of_the_moment(ask, province, world):
    body = ask(province, "sectors/?unit=post-1607-1")
    assert body["type"] == "FeatureCollection"
    feature = body["features"][0]
    sector = Sector.objects.get(unit=world["post-1607-1"])
    assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "MultiPolygon")
    assert feature["properties"]["code"] == sector.code
    assert ask(province, "sectors/?unit=post-1607-1&at=1990-01-01")["features"] == []


def test_sectors_in_a_box_and_in_pages(ask, moi):
    inside = ask(moi, "sectors/?bbox=107.3,13.7,107.5,13.9")["features"]
    assert inside
    every, _pages = walk(ask, moi, "sectors/?limit=20", "features")
    assert len(every) == Sector.objects.count() > len(inside)


def test_tenures_of_a_moment_and_all_of_them(ask, province, world, head):
    every = ask(province, "tenures/?unit=post-1607-1")["results"]
    assert len(every) == CommandTenure.objects.filter(unit=world["post-1607-1"]).count() > 1
    now = ask(province, "tenures/?unit=post-1607-1&at=2026-01-01")["results"]
    assert [row["head_name_en"] for row in now] == [head.name_en]
    before = ask(province, "tenures/?unit=post-1607-1&at=2024-11-02T16:59:59Z")["results"]
    assert [row["head_name_en"] for row in before] != [head.name_en]


def test_another_province_s_ground_is_not_there(ask, province2):
    assert ask(province2, "tenures/?unit=post-1607-1")["results"] == []
    assert ask(province2, "sectors/?province=16")["features"] == []


@pytest.mark.parametrize(
    ("address", "pointer"),
    [
        ("sectors/?at=yesterday", "at"),
        ("tenures/?at=2024-13-01", "at"),
        ("tenures/?at=2024-11-03T10:00:00", "at"),
        ("sectors/?bbox=1,2,3", "bbox"),
        ("units/?cursor=abc", "cursor"),
        ("units/?limit=0", "limit"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_parameter(ask, province, address, pointer):
    body = ask(province, address, status=400)
    assert pointer in str(body["errors"])


@pytest.mark.parametrize("address", ["units/", "tenures/", "sectors/"])
def test_few_queries(address, province, signed_in, django_assert_max_num_queries):
    client = signed_in(province)
    client.get(f"/api/v1/{address}")
    with django_assert_max_num_queries(9):
        client.get(f"/api/v1/{address}")
