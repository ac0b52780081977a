"""Clocks, escalations and requests for machines."""

import uuid
from typing import Any

import pytest

from incidents import actions
from incidents.clocks.serializers import ClockEventRow, ClockRow, EscalationDetail, EscalationRow, RequestRow
from incidents.models import Duty, Escalation, InformationRequest
from incidents.serializers import DutyRow


@pytest.fixture
def asked(ponds: Any, mfaic: Any) -> InformationRequest:
    """MFAIC asks back."""
    duty = Duty.objects.get(unit__code="mfaic")
    actions.acknowledge(actor=mfaic, duty=duty, answer="need_information", comment="How many ponds?")
    return InformationRequest.objects.get()


def get(signed_in: Any, person: Any, path: str) -> Any:
    return signed_in(person).get(f"/api/v1/{path}")


def send(signed_in: Any, person: Any, request: Any, answer: str, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return signed_in(person).post(
        f"/api/v1/requests/{request.pk}/answer/", {"answer": answer}, content_type="application/json", headers=headers
    )


def test_a_listed_escalation_is_as_described(signed_in: Any, asked: Any, province: Any) -> None:
    [row] = get(signed_in, province, "escalations/").json()["results"]
    assert set(row) == set(EscalationRow().fields)
    assert (row["policy"], row["automatic"], row["number"]) == ("unilateral-in-unresolved-area", True, 1)
    assert (row["waiting"], row["duties_count"], row["started_by_name"]) == (3, 3, "")


def test_one_escalation_has_its_duties_and_its_frozen_ladder(signed_in: Any, asked: Any, province: Any) -> None:
    pk = Escalation.objects.get().pk
    found = get(signed_in, province, f"escalations/{pk}/").json()
    assert set(found) == set(EscalationDetail().fields)
    assert [step["level"] for step in found["steps"]] == ["desk", "desk", "deputy", "principal", "above"]
    assert {duty["unit_code"] for duty in found["duties"]} == {"moi", "mfaic", "ssba"}
    assert (found["overseer"], found["forgotten_after_min"]) == (None, 10080)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?automatic=true", 1),
        ("?automatic=false", 1),
        ("?policy=general", 1),
        ("?state=paused", 1),
        ("?state=answered", 0),
        ("?state=paused&state=waiting", 2),
        ("?incident=NOTHING", 0),
    ],
)
def test_escalations_are_filtered(signed_in: Any, asked: Any, file: Any, province: Any, query: str, count: int) -> None:
    actions.escalate(actor=province, incident=file(), reason="x")
    assert len(get(signed_in, province, f"escalations/{query}").json()["results"]) == count


def test_a_filter_that_cannot_be_read_is_named(signed_in: Any, asked: Any, province: Any) -> None:
    answer = get(signed_in, province, "escalations/?state=sleeping")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].endswith("state")


def test_a_duty_says_whether_it_is_paused_and_by_which_request(signed_in: Any, asked: Any, mfaic: Any) -> None:
    rows = get(signed_in, mfaic, "duties/?mine=true").json()["results"]
    [row] = rows
    assert set(row) == set(DutyRow().fields)
    assert (row["state"], row["paused"], row["clock_state"], row["request"]) == ("paused", True, "paused", asked.pk)
    assert row["acknowledgement"]["answer"] == "need_information"
    assert row["clock_url"] == f"/api/v1/duties/{row['id']}/clock/"
    assert get(signed_in, mfaic, "duties/?state=paused").json()["results"] == rows


def test_the_clock_of_a_duty_has_its_events_and_says_why_in_both_languages(
    signed_in: Any, asked: Any, mfaic: Any
) -> None:
    found = get(signed_in, mfaic, f"duties/{asked.duty_id}/clock/").json()
    assert set(found) == set(ClockRow().fields)
    assert (found["state"], found["minutes"], found["working_hours_of"], found["due_at"]) == ("paused", 120, None, None)
    assert [event["kind"] for event in found["events"]] == ["start", "pause"]
    assert set(found["events"][0]) == set(ClockEventRow().fields)
    assert found["events"][1]["reason"] == "How many ponds?"
    assert "Stands still since" in found["explanation"]["en"]
    assert found["explanation"]["km"]


def test_a_request_is_listed_and_answered_once(signed_in: Any, asked: Any, district: Any, province: Any) -> None:
    [row] = get(signed_in, district, "requests/?open=true").json()["results"]
    assert set(row) == set(RequestRow().fields)
    assert (row["institution_code"], row["asked_of_code"]) == ("mfaic", "district-1607")
    key = str(uuid.uuid4())
    first = send(signed_in, district, asked, "Three.", key)
    assert (first.status_code, first.json()["answer"], first.json()["due_at"]) == (201, "Three.", None)
    assert send(signed_in, district, asked, "Three.", key).status_code == 200
    other = send(signed_in, province, asked, "Four.")
    assert (other.status_code, other.json()["request"]["answer"]) == (409, "Three.")
    assert get(signed_in, district, "requests/?open=true").json()["results"] == []
    assert len(get(signed_in, district, "requests/?open=false").json()["results"]) == 1


def test_information_by_machine_needs_key_and_words(signed_in: Any, asked: Any, district: Any, untouched: Any) -> None:
    with untouched():
        bare = signed_in(district).post(
            f"/api/v1/requests/{asked.pk}/answer/", {"answer": "x"}, content_type="application/json"
        )
        assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (400, "/Idempotency-Key")
        assert send(signed_in, district, asked, "  ").status_code == 400


def test_who_may_who_sees_who_is_blind(
    signed_in: Any, asked: Any, moi: Any, province2: Any, client: Any, untouched: Any
) -> None:
    with untouched():
        assert send(signed_in, moi, asked, "x").status_code == 403
        assert send(signed_in, province2, asked, "x").status_code == 404
        assert get(signed_in, province2, f"duties/{asked.duty_id}/clock/").status_code == 404
        assert get(signed_in, province2, f"escalations/{Escalation.objects.get().pk}/").status_code == 404
        for path in ("escalations/", "requests/"):
            assert get(signed_in, province2, path).json()["results"] == []
            assert client.get(f"/api/v1/{path}").status_code == 401


def test_a_machine_hands_a_duty_on_by_code(signed_in: Any, file: Any, province: Any, moi: Any) -> None:
    actions.escalate(actor=province, incident=file(), reason="x")
    duty = Duty.objects.get()
    path = f"/api/v1/duties/{duty.pk}/acknowledge/"
    wrong = signed_in(moi).post(path, {"answer": "not_ours", "instead": "province-16"}, content_type="application/json")
    assert wrong.status_code == 400
    answer = signed_in(moi).post(path, {"answer": "not_ours", "instead": "ssba"}, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["acknowledgement"]["instead_code"] == "ssba"
    assert Duty.objects.filter(unit__code="ssba", state="waiting").exists()
    again = signed_in(moi).post(path, {"answer": "not_ours", "instead": "ssba"}, content_type="application/json")
    assert again.status_code == 200


def test_lists_cost_the_same_however_long(
    signed_in: Any, asked: Any, file: Any, mfaic: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        file(category="neighbour_unilateral_activity", type="flag")
    browser = signed_in(mfaic)
    for path in ("escalations/", "duties/", "requests/"):
        with django_assert_max_num_queries(6):
            assert browser.get(f"/api/v1/{path}").status_code == 200
