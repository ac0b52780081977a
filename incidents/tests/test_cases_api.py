"""Accountability cases for machines: visible rows only, filters, pages, one case with its record."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents import actions
from incidents.cases_api import CaseDetail, CaseRow
from incidents.models import AccountabilityCase


@pytest.fixture
def case(file: Any, province: Any, head: Any, settings: Any, tmp_path: Any) -> AccountabilityCase:
    """Notified and explained with a file."""
    settings.MEDIA_ROOT = tmp_path
    case = actions.open_case(actor=province, incident=file(), reason="Unseen")
    if case.notified_at is None:
        actions.notify_head(actor=province, case=case)
    paper = SimpleUploadedFile("map.pdf", b"%PDF-1.4 proof", "application/pdf")
    actions.explain(actor=head, case=case, text="We were elsewhere", files=[paper])
    case.refresh_from_db()
    return case


def get(signed_in: Any, person: Any, query: str = "") -> Any:
    return signed_in(person).get(f"/api/v1/cases/{query}")


def test_a_row_says_what_the_page_says_and_nothing_undescribed(
    signed_in: Any, case: AccountabilityCase, province: Any
) -> None:
    [row] = get(signed_in, province).json()["results"]
    assert set(row) == set(CaseRow().fields)
    assert row["ref"] == case.ref
    assert row["url"] == case.get_absolute_url()
    assert (row["unit_code"], row["state"], row["incident_ref"]) == ("post-1607-1", "explained", case.incident.ref)
    assert row["charge"] == case.charge


def test_one_case_has_its_record_with_files(signed_in: Any, case: AccountabilityCase, head: Any) -> None:
    found = get(signed_in, head, f"{case.ref}/").json()
    assert set(found) == set(CaseDetail().fields)
    assert found["incident_visible"] is True
    assert [step["verb"] for step in found["steps"]] == ["open_case", "notify_head", "explain"]
    [paper] = found["steps"][2]["attachments"]
    assert (paper["name"], paper["content_type"]) == ("map.pdf", "application/pdf")
    assert b"".join(signed_in(head).get(paper["url"])) == b"%PDF-1.4 proof"


def test_strangers_find_nothing(
    signed_in: Any, case: AccountabilityCase, province2: Any, district: Any, client: Any
) -> None:
    for person in (province2, district):
        assert get(signed_in, person).json()["results"] == []
        assert get(signed_in, person, f"{case.ref}/").status_code == 404
    assert client.get("/api/v1/cases/").status_code == 401


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=explained", True),
        ("?state=explained&state=ruled", True),
        ("?state=ruled", False),
        ("?unit=post-1607-1", True),
        ("?unit=battalion-16", False),
        ("?credited=true", False),
        ("?opened_since=2000-01-01", True),
        ("?opened_until=2000-01-01", False),
    ],
)
def test_filters_narrow(signed_in: Any, case: AccountabilityCase, province: Any, query: str, found: bool) -> None:
    assert bool(get(signed_in, province, query).json()["results"]) is found


def test_it_is_found_by_its_incident(signed_in: Any, case: AccountabilityCase, province: Any) -> None:
    found = get(signed_in, province, f"?incident={case.incident.ref.lower()}").json()["results"]
    assert [row["ref"] for row in found] == [case.ref]


@pytest.mark.parametrize("query", ["?state=nonsense", "?opened_since=soon", "?cursor=x", "?limit=0"])
def test_what_cannot_be_read_is_a_problem(signed_in: Any, province: Any, query: str) -> None:
    answer = get(signed_in, province, query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_pages_follow_each_other_at_one_price(
    signed_in: Any, case: AccountabilityCase, province: Any, file: Any, django_assert_max_num_queries: Any
) -> None:
    others = [actions.open_case(actor=province, incident=file(), reason="x") for _n in range(3)]
    browser = signed_in(province)
    with django_assert_max_num_queries(9):
        first = browser.get("/api/v1/cases/?limit=2").json()
    assert [row["ref"] for row in first["results"]] == [others[2].ref, others[1].ref]
    second = signed_in(province).get(first["next"]).json()
    assert [row["ref"] for row in second["results"]] == [others[0].ref, case.ref]
    assert second["next"] is None


def test_one_case_is_cheap(
    signed_in: Any, case: AccountabilityCase, head: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(head)
    with django_assert_max_num_queries(12):
        assert browser.get(f"/api/v1/cases/{case.ref}/").status_code == 200
