"""The list of incidents: what is seen, filters in the address, pages that do not slip."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from borderwatch import clock, pages
from incidents.models import Incident

URL = "/incidents/"


def refs(answer: Any) -> list[str]:
    return [incident.ref for incident in answer.context["page"]]


def test_each_sees_what_his_postings_give_him(
    signed_in: Any, ponds: Any, province: Any, province2: Any, mfaic: Any, outsider: Any, auditor: Any
) -> None:
    for person, seen in ((province, 1), (mfaic, 1), (auditor, 1), (province2, 0), (outsider, 0)):
        answer = signed_in(person).get(URL)
        assert answer.status_code == 200
        assert (ponds.ref.encode() in answer.content) is bool(seen), person.username


def test_anonymous_is_sent_to_sign_in(client: Any, db: None) -> None:
    answer = client.get(URL)
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/incidents/"


def test_the_disabled_person_is_out(signed_in: Any, ponds: Any, disabled: Any) -> None:
    assert signed_in(disabled).get(URL).status_code == 302


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("category=neighbour_unilateral_activity", True),
        ("category=smuggling", False),
        ("status=dispatched&impact=high", True),
        ("status=closed", False),
        ("province=16", True),
        ("province=01", False),
        ("unit=post-1607-1", True),
        ("unit=post-0102-1", False),
        ("contested=false", True),
        ("contested=true", False),
        ("since=2020-01-01", True),
        ("until=2020-01-01", False),
    ],
)
def test_filters_stand_in_the_address(signed_in: Any, ponds: Any, province: Any, query: str, fits: bool) -> None:
    answer = signed_in(province).get(f"{URL}?{query}")
    assert (refs(answer) == [ponds.ref]) is fits
    if not fits:
        assert reverse("incidents:list").encode() in answer.content


@pytest.mark.parametrize("query", ["RTK-", "rtk-", "stream", "Pak Nhai"])
def test_search_finds_reference_words_and_place(signed_in: Any, file: Any, province: Any, query: str) -> None:
    incident = file(text="Seen at the stream", place_name="Pak Nhai")
    assert refs(signed_in(province).get(URL, {"q": query})) == [incident.ref]


def test_search_finds_khmer_typed_with_invisible_marks(signed_in: Any, file: Any, province: Any) -> None:
    incident = file(text="ឃើញអូរយ៉ាដាវ")
    assert refs(signed_in(province).get(URL, {"q": "អូរ\u200bយ៉ាដាវ"})) == [incident.ref]


def test_a_filter_that_cannot_be_read_is_named_and_left_out(signed_in: Any, ponds: Any, province: Any) -> None:
    answer = signed_in(province).get(URL, {"since": "yesterday"})
    assert refs(answer) == [ponds.ref]
    assert b"error-summary" in answer.content


def test_htmx_gets_the_rows_alone(signed_in: Any, ponds: Any, province: Any) -> None:
    answer = signed_in(province).get(URL, headers={"HX-Request": "true"})
    assert b'id="rows"' in answer.content
    assert b"<html" not in answer.content


@pytest.fixture
def many(file: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seven incidents, two of them received at the same moment; pages of three. Newest first."""
    monkeypatch.setattr(pages, "SIZE", 3)
    start = datetime.now(tz=UTC) - timedelta(days=1)
    made = []
    for hours in (0, 1, 1, 2, 3, 4, 5):
        with clock.replaying(start + timedelta(hours=hours)):
            made.append(file(occurred_at=start - timedelta(hours=2)).ref)
    return made[::-1]


def test_pages_follow_each_other_and_do_not_slip(signed_in: Any, file: Any, province: Any, many: list[str]) -> None:
    browser = signed_in(province)
    first = browser.get(URL, {"province": "16"})
    assert refs(first) == many[:3]
    file()  # A new one arrives while the reader turns the page.
    second = browser.get(URL + first.context["page"].older)
    assert "province=16" in first.context["page"].older
    assert refs(second) == many[3:6]
    third = browser.get(URL + second.context["page"].older)
    assert refs(third) == many[6:]
    assert third.context["page"].older == ""
    assert third.context["page"].newest == "?province=16"


@pytest.mark.parametrize("cursor", ["", "x", "2026_1", "_", "2026-01-01T00:00:00_7", "2026-01-01T00:00:00+00:00_x"])
def test_a_cursor_cut_off_shows_the_first_page(signed_in: Any, ponds: Any, province: Any, cursor: str) -> None:
    assert refs(signed_in(province).get(URL, {"before": cursor})) == [ponds.ref]


def test_the_number_of_queries_does_not_grow(
    signed_in: Any, file: Any, province: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(province)
    for _ in range(12):
        file()
    with django_assert_max_num_queries(9):
        assert len(refs(browser.get(URL))) == Incident.objects.count()
