"""The layers show a person what the lists show him, filtered alike."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.models import Incident
from units.choices import DemarcationState

FAR = (106.9, 14.35)


def get(client: Client, name: str, query: str = "", **headers: str) -> Any:
    answer = client.get(f"/layers/{name}.geojson{query}", headers=headers)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def refs(data: Any) -> list[str]:
    return [feature["properties"]["ref"] for feature in data["features"]]


def test_incidents_are_those_of_the_list(
    signed_in: Callable[[Any], Client], province: Any, province2: Any, moi: Any, mfaic: Any, file: Any, ponds: Any
) -> None:
    quiet = file()
    seen_by = {
        province: {ponds.ref, quiet.ref},
        moi: {ponds.ref, quiet.ref},
        mfaic: {ponds.ref},
        province2: set(),
    }
    for person, expected in seen_by.items():
        assert set(refs(get(signed_in(person), "incidents"))) == expected, person
        listed = Incident.objects.visible_to(person).values_list("ref", flat=True)
        assert set(listed) == expected


def test_a_feature_says_what_happened_where(signed_in: Callable[[Any], Client], province: Any, ponds: Any) -> None:
    data = get(signed_in(province), "incidents")
    assert data["type"] == "FeatureCollection"
    assert (data["count"], data["truncated"]) == (1, False)
    feature = data["features"][0]
    assert feature["geometry"] == {"type": "Point", "coordinates": [107.42, 13.786]}
    assert feature["properties"]["url"] == ponds.get_absolute_url()
    assert feature["properties"]["category"] == "neighbour_unilateral_activity"
    assert feature["properties"]["status"] == "dispatched"


def test_filters_are_those_of_the_list(
    signed_in: Callable[[Any], Client], province: Any, file: Any, ponds: Any
) -> None:
    other = file(impact="low")
    client = signed_in(province)
    assert refs(get(client, "incidents", "?category=neighbour_unilateral_activity")) == [ponds.ref]
    assert refs(get(client, "incidents", "?impact=low&impact=medium")) == [other.ref]
    assert refs(get(client, "incidents", "?status=closed")) == []
    assert refs(get(client, "incidents", "?province=16&status=submitted")) == [other.ref]
    assert client.get("/layers/incidents.geojson?category=nonsense").status_code == 400
    assert client.get("/layers/incidents.geojson?since=yesterday").status_code == 400


def test_a_box_takes_what_is_inside(signed_in: Callable[[Any], Client], province: Any, file: Any) -> None:
    near, far = file(), file(at=FAR)
    client = signed_in(province)
    assert set(refs(get(client, "incidents"))) == {near.ref, far.ref}
    assert refs(get(client, "incidents", "?bbox=107.4,13.7,107.5,13.8")) == [near.ref]
    assert refs(get(client, "incidents", "?bbox=106.8,14.3,107.0,14.4")) == [far.ref]
    assert refs(get(client, "incidents", "?bbox=100,1,101,2")) == []


@pytest.mark.parametrize(
    "box",
    [
        "1,2,3",
        "a,b,c,d",
        "107,13,106,14",
        "106,14,107,13",
        "nan,1,2,3",
        "-181,0,0,1",
        "0,0,1,91",
        "1,2,3,4,5",
        "inf,0,1,1",
    ],
)
def test_a_box_that_is_none_is_a_problem(signed_in: Callable[[Any], Client], province: Any, box: str) -> None:
    answer = signed_in(province).get(f"/layers/incidents.geojson?bbox={box}", headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert [error["pointer"] for error in problem["errors"]] == ["/bbox"]


def test_an_incident_without_a_place_is_not_on_the_map(
    signed_in: Callable[[Any], Client], province: Any, file: Any
) -> None:
    file(at=None, place_name="near the old market", coordinate_source="description", accuracy_m=None)
    assert get(signed_in(province), "incidents")["features"] == []


def test_sectors_and_unresolved_areas_have_their_own_gates(
    signed_in: Callable[[Any], Client], district: Any, province: Any, mfaic: Any, head: Any, outsider: Any
) -> None:
    codes = {f["properties"]["unit"] for f in get(signed_in(province), "sectors")["features"]}
    assert "post-1607-1" in codes
    assert get(signed_in(outsider), "sectors")["features"] == []
    # Who decides sees the restricted layer; for all others it does not exist.
    for person in (province, mfaic):
        areas = get(signed_in(person), "unresolved")["features"]
        assert areas
        assert {area["properties"]["term"] for area in areas} <= set(DemarcationState.values)
    for person in (district, head, outsider):
        assert signed_in(person).get("/layers/unresolved.geojson").status_code == 404


def test_crossings_and_markers_are_for_everybody_who_serves(
    signed_in: Callable[[Any], Client], district: Any, disabled: Any
) -> None:
    crossings = get(signed_in(district), "crossings")["features"]
    assert sum(1 for c in crossings if c["properties"]["category"] == "international") >= 20
    assert get(signed_in(district), "markers")["features"]
    assert signed_in(disabled).get("/layers/crossings.geojson").status_code == 401


def test_names_come_in_the_readers_language(signed_in: Callable[[Any], Client], province: Any, ponds: Any) -> None:
    names = {
        language: get(signed_in(province), "crossings", **{"Accept-Language": language})["features"][0]["properties"]
        for language in ("en", "km")
    }
    province.language = "en"
    province.save(update_fields=["language"])
    english = get(signed_in(province), "incidents")["features"][0]["properties"]["unit"]
    assert english == ponds.responsible_unit.name_en
    assert names["en"]["slug"] == names["km"]["slug"]


def test_an_answer_is_private_and_sent_again_only_when_it_changed(
    signed_in: Callable[[Any], Client], province: Any, ponds: Any, file: Any
) -> None:
    client = signed_in(province)
    first = client.get("/layers/incidents.geojson")
    assert first["Content-Type"] == "application/geo+json"
    assert "private" in first["Cache-Control"]
    assert "no-cache" in first["Cache-Control"]
    assert "Cookie" in first["Vary"]
    again = client.get("/layers/incidents.geojson", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    file()
    assert client.get("/layers/incidents.geojson", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_nobody_is_asked_to_sign_in_first_and_unknown_layers_are_not_there(
    client: Client, signed_in: Callable[[Any], Client], province: Any
) -> None:
    answer = client.get("/layers/incidents.geojson")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Token")
    assert answer["Content-Type"] == "application/problem+json"
    assert signed_in(province).get("/layers/nonsense.geojson").status_code == 404
    assert signed_in(province).post("/layers/incidents.geojson").status_code == 405


def test_a_layer_costs_the_same_few_queries_however_many_rows(
    signed_in: Callable[[Any], Client], province: Any, file: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(province)
    for _unused in range(3):
        file()
    with django_assert_max_num_queries(4):
        assert len(get(client, "incidents")["features"]) == 3


def test_the_map_page_holds_map_and_list(signed_in: Callable[[Any], Client], province: Any, ponds: Any) -> None:
    page = signed_in(province).get("/map/?category=neighbour_unilateral_activity").content.decode()
    assert ponds.ref in page
    assert 'id="map-config"' in page
    assert "/layers/unresolved.geojson" in page
    assert 'style="' not in page
    none = signed_in(province).get("/map/?category=marker").content.decode()
    assert ponds.ref not in none


def test_the_list_beside_the_map_follows_the_view(
    signed_in: Callable[[Any], Client], province: Any, ponds: Any
) -> None:
    client = signed_in(province)
    part = client.get("/map/?bbox=107.4,13.7,107.5,13.8", headers={"HX-Request": "true"}).content.decode()
    assert ponds.ref in part
    assert "<html" not in part
    away = client.get("/map/?bbox=100,1,101,2", headers={"HX-Request": "true"}).content.decode()
    assert ponds.ref not in away


def test_the_map_page_tells_only_deciders_of_the_restricted_layer(
    signed_in: Callable[[Any], Client], client: Client, district: Any, province2: Any, ponds: Any
) -> None:
    page = signed_in(district).get("/map/").content.decode()
    assert ponds.ref in page
    assert "/layers/unresolved.geojson" not in page
    assert 'value="unresolved"' not in page
    assert ponds.ref not in signed_in(province2).get("/map/").content.decode()
    assert client.get("/map/").status_code == 302
