"""Incidents and duties for machines: the same gates, the same verbs, problem answers."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from rest_framework import serializers

from borderwatch.tests.test_api import problem, token_of
from incidents import serializers as shapes
from incidents.actions import file_incident
from incidents.models import Acknowledgement, ConflictingCopy, Duty, Incident

LIST = "/api/v1/incidents/"
DUTIES = "/api/v1/duties/"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "category": "illegal_crossing",
        "type": "group_crossing",
        "impact": "medium",
        "text": "ក្រុមមនុស្ស ៥ នាក់",
        "occurred_at": "2026-03-01T07:30:00+07:00",
        "lon": 107.42,
        "lat": 13.786,
        "accuracy_m": 30,
        "coordinate_source": "gps",
        **changes,
    }


def post(client: Client, sent: Any, key: Any = None, **headers: str) -> Any:
    headers = {"Idempotency-Key": str(key or uuid.uuid4()), "Accept-Language": "en", **headers}
    return client.post(LIST, data=sent, content_type="application/json", headers=headers)


def pointers(answer: Any) -> set[str]:
    return {error["pointer"] for error in problem(answer, 400)["errors"]}


def agrees(row: Any, shape: serializers.Serializer[Any]) -> None:
    """The answer has exactly the members its description names, nested ones too."""
    assert set(row) == set(shape.fields)
    for name, field in shape.fields.items():
        if isinstance(field, serializers.ListSerializer):
            for one in row[name]:
                agrees(one, field.child)  # type: ignore[arg-type]
        elif isinstance(field, serializers.Serializer) and row[name] is not None:
            agrees(row[name], field)
        elif isinstance(field, serializers.ChoiceField):
            assert row[name] in field.choices, name
        elif row[name] is None:
            assert field.allow_null, name


# --- reading --------------------------------------------------------------------------------------------------


def test_who_sees_what(
    signed_in: Any, district: Any, moi: Any, mfaic: Any, province2: Any, file: Any, ponds: Any
) -> None:
    quiet = file()
    for person, expected in ((district, {ponds, quiet}), (moi, {ponds, quiet}), (mfaic, {ponds}), (province2, set())):
        browser = signed_in(person)
        listed = {row["ref"] for row in browser.get(LIST).json()["results"]}
        assert listed == {incident.ref for incident in expected}, person
        for incident in (ponds, quiet):
            status = browser.get(f"{LIST}{incident.ref}/").status_code
            assert status == (200 if incident in expected else 404)


def test_rows_are_as_described(signed_in: Any, moi: Any, file: Any, ponds: Any) -> None:
    file(at=None, place_name="near the old market", coordinate_source="description", accuracy_m=None)
    browser = signed_in(moi)
    page = browser.get(LIST).json()
    agrees(page, shapes.IncidentPage())
    detail = browser.get(f"{LIST}{ponds.ref}/").json()
    agrees(detail, shapes.IncidentDetail())
    assert (detail["lon"], detail["lat"]) == (107.42, 13.786)
    assert detail["attributions"][0]["unit_code"] == ponds.responsible_unit.code
    assert {duty["unit_code"] for duty in detail["duties"]} == {"moi", "mfaic", "ssba"}
    agrees(browser.get(DUTIES).json(), shapes.DutyPage())


def test_filters(signed_in: Any, province: Any, file: Any, ponds: Any) -> None:
    other = file(impact="low")
    browser = signed_in(province)

    def refs(**query: Any) -> list[str]:
        answer = browser.get(LIST, query)
        assert answer.status_code == 200, answer.content
        return [row["ref"] for row in answer.json()["results"]]

    assert refs() == [other.ref, ponds.ref]
    assert refs(category=["neighbour_unilateral_activity", "marker"]) == [ponds.ref]
    assert refs(type="pond_or_canal") == [ponds.ref]
    assert refs(status="submitted") == [other.ref]
    assert refs(impact="low") == [other.ref]
    assert refs(province="16") == [other.ref, ponds.ref]
    assert refs(province="01") == []
    assert refs(unit=ponds.responsible_unit.code, category="neighbour_unilateral_activity") == [ponds.ref]
    assert refs(unit="nowhere") == []
    assert refs(received_after=other.received_at.isoformat()) == [other.ref]
    assert refs(received_before=other.received_at.isoformat()) == [ponds.ref]
    assert refs(bbox="107.4,13.7,107.5,13.8") == [other.ref, ponds.ref]
    assert refs(bbox="100,1,101,2") == []
    assert refs(contested="true") == [i.ref for i in (other, ponds) if i.contested]
    for wrong in ({"category": "x"}, {"province": "99"}, {"bbox": "1,2"}, {"received_after": "soon"}, {"status": "\0"}):
        assert pointers(browser.get(LIST, wrong)) == {f"/{next(iter(wrong))}"}


def test_pages_hold_still_while_new_incidents_arrive(signed_in: Any, province: Any, file: Any) -> None:
    old = [file().ref for _unused in range(5)][::-1]
    browser = signed_in(province)
    page = browser.get(LIST, {"limit": 2}).json()
    seen = [row["ref"] for row in page["results"]]
    while page["next"]:
        file()
        page = browser.get(page["next"]).json()
        seen += [row["ref"] for row in page["results"]]
    assert seen == old


def test_a_page_keeps_its_filter(signed_in: Any, province: Any, file: Any) -> None:
    low = [file(impact="low").ref, file(impact="high").ref, file(impact="low").ref][::-2]
    browser = signed_in(province)
    first = browser.get(LIST, {"limit": 1, "impact": "low"}).json()
    second = browser.get(first["next"]).json()
    assert [first["results"][0]["ref"], second["results"][0]["ref"]] == low
    assert second["next"] is None


def test_a_list_costs_the_same_queries_however_long(
    client: Client, province: Any, file: Any, django_assert_num_queries: Any
) -> None:
    headers = token_of(province)
    for _unused in range(4):
        file()
    with django_assert_num_queries(3):  # token with person, his units, the rows
        assert len(client.get(LIST, headers=headers).json()["results"]) == 4


def test_one_incident_costs_few_queries(client: Client, moi: Any, ponds: Any, django_assert_num_queries: Any) -> None:
    headers = token_of(moi)
    with django_assert_num_queries(6):
        client.get(f"{LIST}{ponds.ref}/", headers=headers)


# --- filing ---------------------------------------------------------------------------------------------------


def test_filing_makes_one_incident_of_one_key(signed_in: Any, district: Any) -> None:
    browser, key = signed_in(district), uuid.uuid4()
    first = post(browser, body(), key)
    assert first.status_code == 201, first.content
    made = first.json()
    agrees(made, shapes.IncidentDetail())
    assert first["Location"] == f"{LIST}{made['ref']}/"
    assert browser.get(first["Location"]).json() == made
    again = post(browser, body(), key)
    assert again.status_code == 200
    assert again.json()["ref"] == made["ref"]
    incident = Incident.objects.get()
    assert (incident.client_key, incident.filed_by) == (key, district)
    assert incident.filed_for.code == "district-1607"
    assert incident.accuracy_m == 30


def test_the_same_key_with_other_content_is_kept_and_said(signed_in: Any, district: Any, province2: Any) -> None:
    browser, key = signed_in(district), uuid.uuid4()
    ref = post(browser, body(), key).json()["ref"]
    conflict = problem(post(browser, body(text="Another text"), key), 409)
    assert conflict["ref"] == ref
    assert conflict["incident"] == f"{LIST}{ref}/"
    assert "copy" in conflict["detail"]
    assert ConflictingCopy.objects.get().content["text"] == "Another text"
    assert Incident.objects.count() == 1


def test_a_strangers_key_tells_nothing_of_the_incident(signed_in: Any, district: Any, world: Any) -> None:
    from units import actions
    from units.choices import Role
    from units.models import User

    key = uuid.uuid4()
    ref = post(signed_in(district), body(), key).json()["ref"]
    far = User.objects.create_user("far_filer", email="", password=None)
    actions.post_person(
        actor=None, user=far, unit=world["province-01"], role=Role.FILER, since=datetime(2020, 1, 1, tzinfo=UTC)
    )
    conflict = post(signed_in(far), body(text="Other"), key)
    assert problem(conflict, 409)
    assert ref not in conflict.content.decode()


@pytest.mark.parametrize("key", ["", "x", "123", "{" + str(uuid.uuid4()) + "}", uuid.uuid4().hex])
def test_a_key_is_a_uuid(signed_in: Any, district: Any, key: str) -> None:
    browser = signed_in(district)
    headers = {"Idempotency-Key": key} if key else {}
    answer = browser.post(LIST, data=body(), content_type="application/json", headers=headers)
    assert pointers(answer) == {"/Idempotency-Key"}
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"category": "nonsense"}, "/category"),
        ({"type": "drugs"}, "/type"),
        ({"text": "  "}, "/text"),
        ({"text": "a\0b"}, "/text"),
        ({"lon": None}, "/lon"),
        ({"lat": -13.8}, "/lat"),
        ({"lon": "NaN"}, "/lon"),
        ({"accuracy_m": 0}, "/accuracy_m"),
        ({"occurred_at": "2126-01-01T00:00:00Z"}, "/occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+07:00"}, "/occurred_at"),
        ({"occurred_at": "soon"}, "/occurred_at"),
        ({"district": "9999"}, "/district"),
        ({"near_marker": "\0"}, "/near_marker"),
        ({"unit": "nowhere"}, "/unit"),
    ],
)
def test_what_cannot_be_accepted_is_said_at_its_member(
    signed_in: Any, district: Any, changes: dict[str, Any], pointer: str
) -> None:
    assert pointers(post(signed_in(district), body(**changes))) == {pointer}
    assert not Incident.objects.exists()


def test_no_place_at_all_is_refused_a_place_name_is_enough(signed_in: Any, district: Any) -> None:
    nowhere = {"lon": None, "lat": None, "accuracy_m": None, "coordinate_source": "description"}
    assert pointers(post(signed_in(district), body(**nowhere))) == {"/place"}
    answer = post(signed_in(district), body(**nowhere, place_name="near the old market"))
    assert answer.status_code == 201
    assert answer.json()["lon"] is None


def test_who_may_not_file(
    signed_in: Any, mfaic: Any, auditor: Any, outsider: Any, province2: Any, district: Any
) -> None:
    for person in (mfaic, auditor, outsider):
        problem(post(signed_in(person), body()), 403)
    # A unit of another province cannot even be seen.
    assert pointers(post(signed_in(province2), body(unit="district-1607"))) == {"/unit"}
    # One's own province can be seen, but filing is for one's own unit.
    problem(post(signed_in(district), body(unit="province-16")), 403)
    assert not Incident.objects.exists()


def test_a_token_files_too(client: Client, district: Any) -> None:
    assert post(client, body(), **token_of(district)).status_code == 201


def test_the_page_and_the_api_share_the_key(signed_in: Any, district: Any, world: Any, report: Any) -> None:
    key = uuid.uuid4()
    filed = file_incident(actor=district, unit=world["district-1607"], client_key=key, report=report())
    assert problem(post(signed_in(district), body(), key), 409)["ref"] == filed.incident.ref


# --- duties ---------------------------------------------------------------------------------------------------


def duty_of(incident: Incident, code: str) -> Duty:
    return Duty.objects.get(escalation__incident=incident, unit__code=code)


def answer_duty(client: Client, duty: Duty, **sent: Any) -> Any:
    return client.post(f"{DUTIES}{duty.pk}/acknowledge/", data=sent, content_type="application/json")


def test_duties_are_those_of_visible_incidents(
    signed_in: Any, mfaic: Any, province: Any, province2: Any, ponds: Any
) -> None:
    def units(person: Any, **query: str) -> list[str]:
        rows = signed_in(person).get(DUTIES, query).json()["results"]
        return sorted(row["unit_code"] for row in rows)

    assert units(mfaic) == units(province) == ["mfaic", "moi", "ssba"]
    assert units(mfaic, mine="true") == ["mfaic"]
    assert units(province, mine="true") == []
    assert units(province2) == []
    assert units(mfaic, state="answered") == []
    for wrong in ({"state": "x"}, {"state": ""}, {"mine": "maybe"}):
        assert pointers(signed_in(mfaic).get(DUTIES, wrong)) == {f"/{next(iter(wrong))}"}


def test_two_officials_make_one_acknowledgement(signed_in: Any, moi: Any, moi2: Any, ponds: Any) -> None:
    duty = duty_of(ponds, "moi")
    first = answer_duty(signed_in(moi), duty, answer="accept", comment="On it.")
    assert first.status_code == 201, first.content
    agrees(first.json(), shapes.DutyRow())
    second = answer_duty(signed_in(moi2), duty, answer="not_ours", who_instead="somebody")
    assert second.status_code == 200
    assert second.json()["acknowledgement"] == first.json()["acknowledgement"]
    assert Acknowledgement.objects.get().by == moi


def test_who_may_acknowledge(signed_in: Any, mfaic: Any, province: Any, province2: Any, ponds: Any) -> None:
    duty = duty_of(ponds, "mfaic")
    problem(answer_duty(signed_in(province), duty, answer="accept"), 403)
    problem(answer_duty(signed_in(province2), duty, answer="accept"), 404)
    problem(answer_duty(signed_in(mfaic), duty_of(ponds, "ssba"), answer="accept"), 403)
    problem(signed_in(mfaic).post(f"{DUTIES}999999999999999999999/acknowledge/"), 404)
    assert not Acknowledgement.objects.exists()
    assert answer_duty(signed_in(mfaic), duty, answer="accept").status_code == 201


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({}, "/answer"),
        ({"answer": "perhaps"}, "/answer"),
        ({"answer": "not_ours"}, "/who_instead"),
        ({"answer": "need_information"}, "/comment"),
        ({"answer": "accept", "expected_at": "2020-01-01T00:00:00Z"}, "/expected_at"),
    ],
)
def test_an_answer_has_substance(signed_in: Any, mfaic: Any, ponds: Any, sent: dict[str, Any], pointer: str) -> None:
    assert pointers(answer_duty(signed_in(mfaic), duty_of(ponds, "mfaic"), **sent)) == {pointer}
