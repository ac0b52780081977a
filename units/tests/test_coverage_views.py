"""Pages and layers of coverage: who sees what, worst first, bad figures said at the field, nothing typed lost."""

import json

import pytest

from units import actions, coverage
from units.models import Effort, PatrolTarget, Sector, UnresolvedArea
from units.tests.walked import along, days_ago, patrol, track

AREA = "pak-nhai-white-zone"


@pytest.fixture
def walked(world):
    """Half of the sector walked three days ago, all of it and the area laid, with a target that is missed."""
    sector = Sector.objects.get(code="S-1607-1")
    coverage.lay(sector)
    coverage.lay(UnresolvedArea.objects.get(code=AREA))
    post = world["post-1607-1"]
    made = track(patrol(post, ended=days_ago(3)), along(sector, 0, 0.5))
    coverage.see(made)
    Effort.objects.create(track=made, east_km=720, north_km=1525, seconds=3600, metres=4000)
    actions.set_target(actor=None, unit=post, sector_code=sector.code, every_days=14, since=days_ago(40), reason="O")
    return sector


def text_of(answer):
    return answer.content.decode()


def test_the_page_lists_the_ground_worst_first_with_its_target(walked, province, signed_in):
    answer = signed_in(province).get("/patrols/coverage/")
    assert answer.status_code == 200
    (_sectors, grounds, _count), (_areas, areas, _n) = answer.context["lists"]
    assert grounds[0].code == "S-1607-1", "a missed target comes first"
    assert AREA in {one.code for one in areas}
    assert "50 %" in text_of(answer)
    assert "mark-missed" in text_of(answer)
    assert "720 E 1525 N" in text_of(answer)


def test_the_head_sees_his_ground_alone_and_a_stranger_none(walked, head, outsider, province2, signed_in):
    page = text_of(signed_in(head).get("/patrols/coverage/"))
    assert "S-1607-1" in page
    assert "S-1607-2" not in page
    assert AREA not in page
    for stranger in (outsider, province2):
        page = text_of(signed_in(stranger).get("/patrols/coverage/"))
        assert "S-1607-1" not in page
        assert "720 E" not in page


@pytest.mark.parametrize("days", ["0", "367", "many", "-3"])
def test_days_out_of_range_are_said_at_the_field_and_the_usual_ones_shown(days, walked, province, signed_in):
    answer = signed_in(province).get("/patrols/coverage/", {"days": days})
    assert answer.status_code == 200
    assert answer.context["days"] == 30
    assert answer.context["form"].errors["days"]
    assert "errorlist" in text_of(answer)


def test_the_days_and_the_search_narrow_what_is_shown(walked, province, signed_in):
    answer = signed_in(province).get("/patrols/coverage/", {"days": "2", "q": "1607-1"})
    (_title, grounds, _count), _areas = answer.context["lists"]
    assert [(one.code, one.share) for one in grounds] == [("S-1607-1", 0)]


def test_the_ground_s_page_shows_the_strip_the_stretches_and_the_last_patrol(walked, head, signed_in):
    answer = signed_in(head).get("/patrols/coverage/S-1607-1/")
    assert answer.context["kilometres"][0].days_since == 3
    (stretch,) = answer.context["stretches"]
    assert stretch.since is None
    assert [one.pk for one in answer.context["patrols"]] == [walked.patches.get(number=1).last_track.patrol_id]
    assert answer.context["map"]["box"]


def test_an_area_s_page_has_no_strip_and_is_closed_to_who_may_not_look(walked, province, head, signed_in):
    answer = signed_in(province).get(f"/patrols/coverage/{AREA}/")
    assert answer.status_code == 200
    assert answer.context["kilometres"] == []
    assert signed_in(head).get(f"/patrols/coverage/{AREA}/").status_code == 404
    assert signed_in(province).get("/patrols/coverage/nothing/").status_code == 404


def target_fields(world, **more):
    return {
        "unit": world["post-1607-2"].pk, "ground": "sector:S-1607-2", "every_days": "7", "share_percent": "75",
        "since": "2026-01-01", "until": "", "reason": "Order 7", **more,
    }  # fmt: skip


def test_an_area_goes_by_its_name(walked, province, signed_in):
    client = signed_in(province)
    name = f"{UnresolvedArea.objects.get(code=AREA).name_km}</"
    for address in ("/patrols/coverage/", f"/patrols/coverage/{AREA}/"):
        assert name in client.get(address).content.decode(), address


def test_a_target_is_set_and_ended_by_the_page(walked, world, province, signed_in, audited):
    client = signed_in(province)
    assert client.post("/patrols/targets/", target_fields(world)).status_code == 302
    target = PatrolTarget.objects.get(sector_code="S-1607-2")
    assert (target.unit.code, target.share_percent, target.until) == ("post-1607-2", 75, None)
    assert "S-1607-2" in text_of(client.get("/patrols/targets/"))
    answer = client.post(f"/patrols/targets/{target.pk}/end/", {"at": "2026-02-01", "reason": "Order 8"})
    assert answer.status_code == 302
    assert audited("end_target").reason == "Order 8"


def test_a_refused_target_keeps_what_was_typed(walked, world, province, signed_in, untouched):
    with untouched():
        answer = signed_in(province).post("/patrols/targets/", target_fields(world, every_days="0", reason="Why not"))
    assert answer.status_code == 422
    assert "Why not" in text_of(answer)
    with untouched():
        answer = signed_in(province).post("/patrols/targets/", target_fields(world, ground="sector:S-0107-1"))
    assert answer.status_code == 422


def test_a_refused_end_stays_open_with_what_was_typed(walked, province, head, signed_in, untouched):
    target = PatrolTarget.objects.get()
    with untouched():
        answer = signed_in(province).post(f"/patrols/targets/{target.pk}/end/", {"at": "2001-01-01", "reason": "Typed"})
        assert answer.status_code == 422
        assert "Typed" in text_of(answer)
        assert signed_in(head).post(f"/patrols/targets/{target.pk}/end/", {}).status_code == 403


def test_the_head_reads_his_target_and_gets_no_form(walked, head, signed_in):
    page = text_of(signed_in(head).get("/patrols/targets/"))
    assert "S-1607-1" in page
    assert 'name="every_days"' not in page
    assert "target-end" not in page


# --- layers ----------------------------------------------------------------------------------------------------


def features(client, name, **query):
    answer = client.get(f"/layers/{name}.geojson", query)
    if answer.status_code == 404:
        return None
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)["features"]


def test_the_layer_has_a_feature_a_kilometre_with_its_band_and_share(walked, head, signed_in):
    found = features(signed_in(head), "coverage")
    assert {one["geometry"]["type"] for one in found} <= {"LineString", "MultiLineString"}
    bands = {(one["properties"]["kilometre"], one["properties"]["band"]) for one in found}
    assert len(bands) == len(found), "a kilometre seen in part is one piece a band, so that no red is painted over"
    assert [km for km, _band in bands if bands >= {(km, "week"), (km, "never")}], "the walk ended within a kilometre"
    by_km = {one["properties"]["kilometre"]: one["properties"] for one in found}
    assert (by_km[1]["band"], by_km[1]["share"]) == ("week", 100)
    assert (by_km[max(by_km)]["band"], by_km[max(by_km)]["seen_at"]) == ("never", None)
    assert {one["properties"]["code"] for one in found} == {"S-1607-1"}
    assert features(signed_in(head), "coverage", days="2")[0]["properties"]["share"] == 0


def test_the_layers_take_a_box_and_refuse_what_is_no_number_of_days(walked, province, signed_in):
    client = signed_in(province)
    assert features(client, "coverage", bbox="102,10,103,11") == []
    assert len(features(client, "coverage", bbox="106,13,108,15")) > 5
    for name in ("coverage", "effort"):
        assert client.get(f"/layers/{name}.geojson", {"days": "x"}).status_code == 400


def test_areas_and_effort_show_what_the_person_may_see(walked, province, head, province2, outsider, signed_in):
    found = features(signed_in(province), "coverage_areas", code=AREA)
    assert {one["properties"]["band"] for one in found} == {"week", "never"}, "the walk brushed the area's rim"
    assert {one["geometry"]["type"] for one in found} <= {"Polygon", "MultiPolygon"}
    assert features(signed_in(head), "coverage_areas") is None
    (square,) = features(signed_in(head), "effort")
    assert (square["properties"]["minutes"], square["properties"]["metres"]) == (60, 4000)
    assert features(signed_in(province2), "effort") == []
    assert features(signed_in(outsider), "coverage") is None


@pytest.mark.parametrize(
    ("address", "most"),
    [("/patrols/coverage/", 45), ("/patrols/coverage/S-1607-1/", 40), ("/patrols/targets/", 40)],
)
def test_pages_stay_within_their_budget(
    address, most, walked, province, signed_in, django_assert_max_num_queries, world
):
    client = signed_in(province)
    client.get(address)
    with django_assert_max_num_queries(most):
        client.get(address)
