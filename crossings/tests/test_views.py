"""The pages of the register of crossings."""

import json
import uuid
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from crossings import actions
from crossings.models import Classification, Crossing, CrossingStatus
from crossings.tests.register_cast import DAY, corridor, english, filled


def test_every_crossing_is_listed_with_its_precision(
    signed_in: Any, moi: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(english(moi))
    with django_assert_max_num_queries(18):
        answer = browser.get("/crossings/")
    text = answer.content.decode()
    assert Crossing.objects.count() > 40
    for crossing in Crossing.objects.all():
        assert f'id="{crossing.slug}"' in text
    assert text.count("±") == Crossing.objects.count()
    assert [label for _code, label, _rows in answer.context["groups"]] == ["Laos", "Thailand", "Viet Nam"]


def test_corridors_are_listed_for_their_own_province_and_institutions_alone(
    signed_in: Any, province: Any, province2: Any, outsider: Any, mfaic: Any
) -> None:
    made = corridor(province)
    for person, sees in ((province, True), (mfaic, True), (province2, False), (outsider, False)):
        browser = signed_in(person)
        assert (made.slug in browser.get("/crossings/").content.decode()) is sees, person
        assert browser.get(f"/crossings/{made.slug}/").status_code == (200 if sees else 404), person
        found = {one["id"] for one in browser.get("/api/v1/crossings/?limit=200").json()["features"]}
        assert (made.slug in found) is sees, person
        layer = browser.get("/layers/crossings.geojson").json()["features"]
        assert (made.slug in {one["properties"]["slug"] for one in layer}) is sees, person


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=អូរយ៉ាដាវ", {"vn-o-yadav"}),
        ("q=O+YADAV", {"vn-o-yadav"}),
        # Another spelling of the same letters, and a stray invisible mark.
        ("q=ជ្រៃ​ធំ", {"vn-chrey-thom"}),
        ("q=Lệ+Thanh", {"vn-o-yadav"}),
        ("province=16", {"vn-o-yadav"}),
        ("neighbour=LA&category=international", {"la-trapeang-kriel"}),
        ("category=bilateral&province=08", {"vn-chrey-thom"}),
        ("q=poipet&status=suspended", {"th-poipet"}),
        ("q=poipet&status=open&at=12/12/2025", {"th-poipet"}),
        ("q=poipet&status=open&at=១២/១២/២០២៥", {"th-poipet"}),
        ("q=poipet&status=open", set()),
        ("q=dak+dam&status=unknown", {"vn-dak-dam"}),
        ("q=nothing+of+the+kind", set()),
    ],
)
def test_the_list_its_map_and_its_machines_answer_the_same_filters(
    signed_in: Any, moi: Any, query: str, found: set[str]
) -> None:
    browser = signed_in(moi)
    answer = browser.get(f"/crossings/?{query}")
    assert {row.slug for _code, _label, rows in answer.context["groups"] for row in rows} == found
    layer = browser.get(f"/layers/crossings.geojson?{query}").json()
    assert {one["properties"]["slug"] for one in layer["features"]} == found
    machine = browser.get(f"/api/v1/crossings/?{query}").json()
    assert {one["id"] for one in machine["features"]} == found


def test_a_filter_that_cannot_be_read_is_left_out_and_said(signed_in: Any, moi: Any) -> None:
    browser = signed_in(english(moi))
    answer = browser.get("/crossings/?at=yesterday&province=16&status=ajar")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "A filter could not be read" in text
    assert "Write the day as 13/12/2025" in text
    assert 'data-query="province=16"' in text
    for address in ("/layers/crossings.geojson", "/api/v1/crossings/"):
        refused = browser.get(f"{address}?at=yesterday")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/at"
        assert browser.get(f"{address}?status=ajar").status_code == 400


def test_the_page_of_a_crossing_shows_the_day_that_is_asked_for(
    signed_in: Any, moi: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(english(moi))
    with django_assert_max_num_queries(60):
        today = browser.get("/crossings/th-poipet/")
    assert today.context["sides"][0][2] == "suspended"
    assert today.context["sides"][1][2] == "restricted"
    assert "moment-note" not in today.content.decode()
    for at in ("2025-12-12", "12/12/2025", "2025-12-12T23:59:59+07:00", "2025-12-12T16:59:59Z"):
        page = browser.get("/crossings/th-poipet/", {"at": at})
        assert page.context["sides"][0][2] == "open", at
        assert "Status and category as on record for:" in page.content.decode()
    # From its first moment on in Phnom Penh.
    assert browser.get("/crossings/th-poipet/?at=2025-12-13").context["sides"][0][2] == "suspended"
    assert browser.get("/crossings/th-poipet/?at=2025-06-06").context["sides"][1][2] == ""
    bad = browser.get("/crossings/th-poipet/?at=31/02/2025")
    assert bad.status_code == 200
    assert "Below is the register of today." in bad.content.decode()


def test_precision_names_and_sources_are_always_on_the_page(signed_in: Any, outsider: Any) -> None:
    text = signed_in(english(outsider)).get("/crossings/th-poipet/").content.decode()
    for words in ("± 500 m", "ប៉ោយប៉ែត", "Poipet", "บ้านคลองลึก", "as reported", "not yet confirmed by the ministry"):
        assert words in text, words
    # Who is posted nowhere reads neither who entered it nor the record.
    assert "History of this record" not in text
    assert "from the reference data" not in text


def test_the_perimeter_is_drawn_and_also_written_as_corners(signed_in: Any, keeper: Any, moi: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    square = MultiPolygon(Polygon.from_bbox((107.460, 13.784, 107.464, 13.788)), srid=4326)
    actions.describe_crossing(actor=keeper, crossing=gate, changes={"perimeter": square, "perimeter_source": "Plan"})
    page = signed_in(english(moi)).get("/crossings/vn-o-yadav/")
    text = page.content.decode()
    assert page.context["map"]["perimeter"]["type"] == "MultiPolygon"
    assert "13.784000, 107.460000" in text
    assert "0.19 km²" in text
    layer = signed_in(moi).get("/layers/perimeters.geojson").json()["features"]
    assert [one["properties"]["slug"] for one in layer] == ["vn-o-yadav"]


def test_a_province_enters_a_corridor_and_everything_typed_comes_back(
    signed_in: Any, province: Any, audited: Any
) -> None:
    browser = signed_in(english(province))
    typed = {
        "name_km": "អូរតាង", "district": "1607", "neighbour": "VN", "mode": "foot", "point": "១៣.៧៥០០, ១០៧.៤៤០០",
        "precision_m": "៥០", "category": "illegal_corridor", "status": "open", "flows": ["people", "vehicles"],
        "first_seen_on": "០១/១០/២០២៦", "commune": "", "responsible_unit": "", "nearest_marker": "",
    }  # fmt: skip
    refused = browser.post("/crossings/new/", {**typed, "mode": "", "opens_at": "6 o'clock"})
    assert refused.status_code == 422
    text = refused.content.decode()
    for value in ("អូរតាង", "១៣.៧៥០០, ១០៧.៤៤០០", "6 o&#x27;clock", "Write the time of day as 06:00."):
        assert value in text
    answer = browser.post("/crossings/new/", typed)
    assert answer.status_code == 302, answer.context["form"].errors
    made = Crossing.objects.get(slug="vn-16-001")
    assert answer["Location"] == made.get_absolute_url()
    assert (made.name_km, made.name_en, made.precision_km) == ("អូរតាង", "អូរតាង", 0.05)
    assert made.point.coords == (107.44, 13.75)
    assert made.flows == ["people", "vehicles"]
    assert made.responsible_unit is not None
    assert made.responsible_unit.code == "post-1607-1"
    assert audited("register_crossing", "vn-16-001").actor_name == province.record_name
    # The same again is refused until it is said to be another one.
    again = browser.post("/crossings/new/", {**typed, "name_km": "ផ្លូវផ្សេង"})
    assert again.status_code == 422
    assert "អូរតាង (vn-16-001)" in again.content.decode()
    assert "although_near" in again.content.decode()
    browser.post("/crossings/new/", {**typed, "name_km": "ផ្លូវផ្សេង", "although_near": "on"})
    assert Crossing.objects.filter(slug="vn-16-002", name_km="ផ្លូវផ្សេង").exists()


def test_a_province_is_offered_its_own_districts_and_corridors_only(
    signed_in: Any, province: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(province)
    with django_assert_max_num_queries(25):
        form = browser.get("/crossings/new/").context["form"]
    assert {code[:2] for code, _words in form.fields["district"].choices} == {"16"}
    assert {slug for slug, _words in form.fields["category"].choices} == {"corridor", "illegal_corridor"}
    assert "closed_verified" not in {slug for slug, _words in form.fields["status"].choices}


def test_the_keeper_describes_and_what_was_not_touched_stays_exact(
    signed_in: Any, keeper: Any, audited: Any, django_assert_max_num_queries: Any
) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    browser = signed_in(english(keeper))
    with django_assert_max_num_queries(30):
        form = browser.get("/crossings/vn-o-yadav/edit/").context["form"]
    typed = filled(form)
    typed |= {
        "opens_at": "០៦:០០", "closes_at": "18.00", "legal_references": "MoU 1\n\n MoU 2 ",
        "perimeter": "13.784, 107.460\n13.784, 107.464\n13.788, 107.464\n13.788, 107.460",
    }  # fmt: skip
    answer = browser.post("/crossings/vn-o-yadav/edit/", typed)
    assert answer.status_code == 302, answer.context["form"].errors
    after = Crossing.objects.get(slug="vn-o-yadav")
    assert f"{after.opens_at:%H:%M}–{after.closes_at:%H:%M}" == "06:00–18:00"
    assert after.legal_references == ["MoU 1", "MoU 2"]
    assert after.point == gate.point
    entry = audited("describe_crossing", "vn-o-yadav")
    assert set(entry.after) == {"opens_at", "closes_at", "legal_references", "perimeter"}
    assert entry.after["perimeter"]["corners"] == 4


def test_a_perimeter_that_crosses_itself_is_refused_in_plain_words(signed_in: Any, keeper: Any) -> None:
    browser = signed_in(english(keeper))
    form = browser.get("/crossings/vn-o-yadav/edit/").context["form"]
    typed = filled(form)
    bow = "13.784, 107.460\n13.788, 107.464\n13.784, 107.464\n13.788, 107.460"
    answer = browser.post("/crossings/vn-o-yadav/edit/", {**typed, "perimeter": bow})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The edge of the area crosses itself near 13.78600, 107.46200." in text
    assert "13.788, 107.464" in text
    assert Crossing.objects.get(slug="vn-o-yadav").perimeter is None


def test_the_status_form_says_what_is_wrong_and_then_lays_the_status(signed_in: Any, province: Any) -> None:
    browser = signed_in(english(province))
    typed = {"side": "neighbour", "status": "restricted", "flows": ["goods"], "since": "01/11/2026 06:00"}
    refused = browser.post("/crossings/vn-o-yadav/status/", typed)
    assert refused.status_code == 422
    assert "Name the order or give the reason" in refused.content.decode()
    answer = browser.post("/crossings/vn-o-yadav/status/", {**typed, "reason": "បានជូនដំណឹងផ្ទាល់មាត់"})
    assert answer.status_code == 302, answer.context["form"].errors
    row = CrossingStatus.objects.get(crossing__slug="vn-o-yadav", side="neighbour")
    assert (row.flow, row.status, row.until) == ("goods", "restricted", None)
    page = browser.get("/crossings/vn-o-yadav/")
    assert page.context["crossing"].status_neighbour == "restricted"


def test_the_keeper_notes_what_the_neighbour_holds_it_to_be(signed_in: Any, keeper: Any) -> None:
    browser = signed_in(english(keeper))
    page = browser.get("/crossings/vn-chrey-thom/classify/")
    assert page.status_code == 403
    form = browser.get("/crossings/vn-o-yadav/classify/").context["form"]
    [(_side, choices)] = form.fields["category"].choices
    assert {slug for slug, _words in choices} == {"vn_international", "vn_main", "vn_secondary", "vn_opening"}
    answer = browser.post("/crossings/vn-o-yadav/classify/", {"category": "vn_main", "since": "01/01/2026"})
    assert answer.status_code == 302, answer.context["form"].errors
    row = Classification.objects.get(crossing__slug="vn-o-yadav", side="neighbour", period__contains=DAY)
    assert row.category == "vn_main"


def test_contradictions_are_listed_by_rule_and_lead_to_where_they_are_mended(
    signed_in: Any, keeper: Any, outsider: Any, django_assert_max_num_queries: Any
) -> None:
    corridor(keeper)
    browser = signed_in(english(keeper))
    with django_assert_max_num_queries(40):
        page = browser.get("/crossings/contradictions/")
    rules = {rule.slug: rows for rule, rows in page.context["found"]}
    assert "vn-dak-dam" in {row.crossing.slug for row in rules["no_legal_reference"]}
    assert "vn-o-yadav" not in {row.crossing.slug for row in rules["no_legal_reference"]}
    assert "Looked for and not found" in page.content.decode()
    assert signed_in(outsider).get("/crossings/contradictions/").status_code == 200


def test_a_reporter_is_offered_no_corridor_of_another_province(
    signed_in: Any, province: Any, province2: Any, district: Any
) -> None:
    made = corridor(province)
    for person, sees in ((district, True), (province2, False)):
        browser = signed_in(person)
        assert (f'value="c:{made.slug}"' in browser.get("/incidents/new/").content.decode()) is sees
        body = {
            "category": "illegal_crossing", "type": "group_crossing", "impact": "medium", "text": "ក្រុមមនុស្ស",
            "occurred_at": "2026-01-01T08:00:00+07:00", "near_crossing": made.slug,
        }  # fmt: skip
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = browser.post("/api/v1/incidents/", json.dumps(body), content_type="application/json", headers=headers)
        named = "/near_crossing" in {one["pointer"] for one in answer.json().get("errors", [])}
        assert named is not sees, answer.content


def test_anonymous_is_sent_to_sign_in(client: Any, db: None) -> None:
    for address in ("", "new/", "contradictions/", "vn-o-yadav/", "vn-o-yadav/edit/"):
        assert client.get(f"/crossings/{address}").status_code == 302


def test_crossings_are_changed_but_never_added_or_deleted_in_the_administration(signed_in: Any, admin: Any) -> None:
    browser, crossing = signed_in(admin), Crossing.objects.first()
    assert crossing is not None
    page = browser.get(f"/admin/crossings/crossing/{crossing.pk}/change/")
    assert page.status_code == 200
    assert set(page.context["adminform"].form.fields) == {
        "name_km", "name_en", "name_neighbour", "neighbour_place", "neighbour_admin1",
    }  # fmt: skip
    assert browser.get("/admin/crossings/crossing/add/").status_code == 403
    assert browser.post(f"/admin/crossings/crossing/{crossing.pk}/delete/", {"post": "yes"}).status_code == 403
