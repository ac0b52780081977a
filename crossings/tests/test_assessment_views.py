"""Pages of assessments: list, form, autosave, detail, compare, weights and what-if."""

import json
import re
import uuid
from typing import Any

import pytest
from django.utils import translation
from django.utils.html import escape

from borderwatch.models import AuditEntry
from crossings import actions, scoring
from crossings import assessment_steps as steps
from crossings.forms_assessments import CONTROLS
from crossings.models import Assessment, Crossing
from crossings.tests.assessing import complete, draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate(world: dict[str, Any]) -> Crossing:
    return Crossing.objects.get(slug="vn-o-yadav")


@pytest.fixture
def unit(world: dict[str, Any]) -> Any:
    return world["district-1607"]


@pytest.fixture
def begun(district: Any, gate: Crossing, unit: Any) -> Assessment:
    return draft(district, gate, unit)


@pytest.fixture
def english(signed_in: Any) -> Any:
    def sign_in(person: Any) -> Any:
        person.language = "en"
        person.save(update_fields=["language"])
        return signed_in(person)

    return sign_in


def at(assessment: Assessment, step: str, more: str = "") -> str:
    return f"/crossings/assessments/{assessment.pk}/{step}/{more}"


def typed(assessment: Assessment, **fields: Any) -> dict[str, Any]:
    return {"revision": assessment.revision, "form_key": uuid.uuid4().hex, **fields}


def test_every_fact_has_a_control() -> None:
    assert set(CONTROLS) == set(steps.FIELDS)


# --- beginning and filling in ---------------------------------------------------------------------------------


def test_a_district_begins_and_fills_in_a_step(signed_in: Any, district: Any, gate: Crossing, unit: Any) -> None:
    browser = signed_in(district)
    page = browser.get(f"/crossings/assessments/new/?crossing={gate.slug}")
    assert page.status_code == 200
    key = page.context["form"].initial["client_key"]
    sent = {"client_key": key, "crossing": gate.slug, "unit": unit.code}
    answers = [browser.post("/crossings/assessments/new/", sent) for _n in range(2)]
    row = Assessment.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {at(row, "visit")}
    fields = {"visited_on": "២៥/១១/២០២៤", "visitors": "ស្រុក", "go": "next"}
    answer = browser.post(at(row, "visit"), typed(row, **fields))
    assert answer.headers["Location"] == at(row, "people")
    row.refresh_from_db()
    assert (str(row.visited_on), row.steps_done) == ("2024-11-25", ["visit"])


def test_a_crossing_one_does_not_see_cannot_be_named_and_one_of_elsewhere_not_assessed(
    signed_in: Any, province2: Any, gate: Crossing
) -> None:
    browser = signed_in(province2)
    # Official gates are seen by all.
    assert browser.get(f"/crossings/assessments/new/?crossing={gate.slug}").status_code == 403
    assert browser.get("/crossings/assessments/new/?crossing=nowhere").status_code == 404


@pytest.mark.parametrize("step", steps.SLUGS)
def test_each_step_is_a_form_in_both_languages(
    step: str, signed_in: Any, district: Any, begun: Assessment, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(district)
    for language in ("km", "en"):
        district.language = language
        district.save(update_fields=["language"])
        with django_assert_max_num_queries(20):
            page = browser.get(at(begun, step))
        assert page.status_code == 200
        text = page.content.decode()
        for name in steps.by_slug(step).fields:
            assert f'name="{name}"' in text
        assert text.count('aria-current="step"') == 1


def test_refused_figures_stay_in_the_form_with_their_sentence(english: Any, district: Any, begun: Assessment) -> None:
    browser = english(district)
    for value, words in (
        ("-5", "A figure below zero cannot be."),
        ("៩៩៩៩៩៩៩៩", "More than 2\u00a0000\u00a0000 is not believed here"),
        ("many", "Write a whole number, like 2400."),
    ):
        answer = browser.post(at(begun, "people"), typed(begun, population=value, villages="ភូមិ ក"))
        text = answer.content.decode()
        assert answer.status_code == 422
        assert words in text
        assert f'value="{value}"' in text
        assert "ភូមិ ក" in text
    begun.refresh_from_db()
    assert (begun.revision, begun.villages) == (0, "")


def test_steps_lead_on_back_and_to_the_end(signed_in: Any, district: Any, begun: Assessment) -> None:
    browser = signed_in(district)
    places = {"next": "trade", "previous": "visit", "stay": "people", "nonsense": "people"}
    for go, place in places.items():
        answer = browser.post(at(begun, "people"), typed(begun, go=go))
        assert answer.headers["Location"] == at(begun, place)
    assert browser.post(at(begun, "effects"), typed(begun, go="next")).headers["Location"] == begun.get_absolute_url()
    assert browser.get(at(begun, "nowhere")).status_code == 404


def test_two_savers_see_both_values_and_the_second_decides(
    english: Any, signed_in: Any, district: Any, province: Any, begun: Assessment
) -> None:
    mine, theirs = english(district), signed_in(province)
    form = typed(begun, population="700", village_count="3")
    theirs.post(at(begun, "people"), typed(begun, population="900", villages="ភូមិ ខ"))
    answer = mine.post(at(begun, "people"), form)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert province.record_name in text
    assert "Two people wrote here" in text
    differing = {label: (own, other) for label, own, other in answer.context["theirs"]}
    assert differing["People served"] == ("700", "900")
    assert differing["Villages served"] == ("", "ភូមិ ខ")
    assert 'value="700"' in text
    begun.refresh_from_db()
    assert begun.population == 900
    # The form now stands on what it has shown: saved again it is taken.
    revision = re.search(r'name="revision" value="(\d+)"', text)
    assert revision is not None
    again = mine.post(at(begun, "people"), {**form, "revision": revision[1], "villages": "ភូមិ ខ"})
    assert again.status_code == 302
    begun.refresh_from_db()
    assert (begun.population, begun.village_count, begun.villages) == (700, 3, "ភូមិ ខ")


def test_a_step_of_a_complete_assessment_leads_to_its_page(
    signed_in: Any, district: Any, gate: Crossing, unit: Any
) -> None:
    row = complete(district, gate, unit)
    browser = signed_in(district)
    assert browser.get(at(row, "people")).headers["Location"] == row.get_absolute_url()
    assert browser.post(at(row, "people"), typed(row, population="1000")).status_code == 422


# --- saving by itself -----------------------------------------------------------------------------------------


def test_autosave_twice_is_once(signed_in: Any, district: Any, begun: Assessment) -> None:
    browser = signed_in(district)
    form = typed(begun, population="900")
    first = browser.post(at(begun, "people", "autosave/"), form)
    again = browser.post(at(begun, "people", "autosave/"), form)
    assert (first.json()["state"], again.json()["state"]) == ("saved", "same")
    assert first.json()["revision"] == again.json()["revision"] == 1
    assert re.fullmatch(r"\d\d:\d\d", first.json()["at"])
    assert AuditEntry.objects.filter(verb="save_step").count() == 1


def test_autosave_keeps_what_can_be_read_and_names_the_rest(signed_in: Any, district: Any, begun: Assessment) -> None:
    form = typed(begun, population="many", villages="ភូមិ ក", village_count="១២")
    answer = signed_in(district).post(at(begun, "people", "autosave/"), form)
    assert answer.status_code == 200
    told = answer.json()
    assert list(told["errors"]) == ["population"]
    assert (told["done"], told["steps_done"]) == (False, 0)
    begun.refresh_from_db()
    assert (begun.villages, begun.village_count, begun.population) == ("ភូមិ ក", 12, None)


def test_autosave_tells_of_a_conflict_and_of_an_end(
    english: Any, signed_in: Any, district: Any, province: Any, gate: Crossing, unit: Any, begun: Assessment
) -> None:
    browser = english(district)
    signed_in(province).post(at(begun, "people"), typed(begun, population="900"))
    answer = browser.post(at(begun, "people", "autosave/"), typed(begun, population="5"))
    assert (answer.status_code, answer.json()["state"]) == (409, "conflict")
    assert province.record_name in answer.json()["message"]
    actions.abandon_assessment(actor=province, assessment=begun, reason="x")
    answer = browser.post(at(begun, "trade", "autosave/"), typed(begun, goods_note="x"))
    assert (answer.status_code, answer.json()["state"]) == (409, "refused")


# --- the page -------------------------------------------------------------------------------------------------


def test_the_page_explains_the_score_and_counts_its_queries(
    english: Any, district: Any, gate: Crossing, unit: Any, django_assert_max_num_queries: Any
) -> None:
    row = complete(district, gate, unit)
    browser = english(district)
    with django_assert_max_num_queries(20):
        page = browser.get(row.get_absolute_url())
    text = page.content.decode()
    score = page.context["score"]
    assert f"<strong>{score.total:.1f}</strong>" in text
    assert "100 of 100 points of weight known" in text
    with translation.override("en"):
        for criterion in scoring.CRITERIA:
            assert escape(str(criterion.label)) in text
    facts = {line.part.criterion.slug: line.fact for line in page.context["lines"]}
    assert facts["people"] == "2\u00a0400"
    assert facts["dependence"] == "22 %"
    assert facts["revenue"] == "30\u00a0000 USD"
    assert facts["distance"] == "210 km"
    assert "Nearest official crossing" in text


def test_what_is_not_known_is_said_and_not_shown_as_zero(english: Any, district: Any, begun: Assessment) -> None:
    text = english(district).get(begun.get_absolute_url()).content.decode()
    assert "no score: nothing of weight is known" in text
    assert text.count("not known") > 20


def test_completing_by_the_page_names_what_is_missing(english: Any, district: Any, gate: Crossing, unit: Any) -> None:
    row = draft(district, gate, unit, *[slug for slug in steps.SLUGS if slug != "security"])
    browser = english(district)
    refused = browser.post(f"{row.get_absolute_url()}complete/")
    assert refused.status_code == 422
    assert "Still to be filled in: Security." in refused.content.decode()
    browser.post(at(row, "security"), typed(row, security_risk="2", security_note=""))
    assert browser.post(f"{row.get_absolute_url()}complete/").headers["Location"] == row.get_absolute_url()
    row.refresh_from_db()
    assert row.state == "complete"


def test_abandoning_without_a_reason_is_refused_at_its_field(signed_in: Any, district: Any, begun: Assessment) -> None:
    browser = signed_in(district)
    assert browser.post(f"{begun.get_absolute_url()}abandon/", {"reason": ""}).status_code == 422
    assert browser.post(f"{begun.get_absolute_url()}abandon/", {"reason": "ខុស"}).status_code == 302


# --- the list, and several beside each other ------------------------------------------------------------------


def test_the_list_filters_and_costs_the_same_however_long(
    english: Any, district: Any, moi: Any, gate: Crossing, unit: Any, django_assert_max_num_queries: Any
) -> None:
    rows = [complete(district, gate, unit), *(draft(district, gate, unit, "visit") for _n in range(5))]
    browser = english(moi)
    with django_assert_max_num_queries(16):
        page = browser.get("/crossings/assessments/")
    assert [row.assessment for row in page.context["rows"]] == sorted(rows, key=lambda one: -one.pk)
    for query, count in (
        ("state=complete", 1), ("state=draft", 5), ("province=16", 6), ("province=01", 0),
        (f"crossing={gate.slug}", 6), ("crossing=nowhere", 0),
    ):  # fmt: skip
        assert len(browser.get(f"/crossings/assessments/?{query}").context["rows"]) == count
    assert "A filter could not be read" in browser.get("/crossings/assessments/?state=nonsense").content.decode()


def test_who_serves_elsewhere_finds_nothing_anywhere(
    signed_in: Any, province2: Any, district: Any, gate: Crossing, unit: Any
) -> None:
    row = complete(district, gate, unit)
    browser = signed_in(province2)
    assert not browser.get("/crossings/assessments/").context["rows"]
    assert browser.get(row.get_absolute_url()).status_code == 404
    assert not browser.get(f"/crossings/assessments/compare/?a={row.pk}").context["chosen"]
    assert not browser.get(f"/crossings/assessments/weights/?a={row.pk}").context["rows"]
    assert not browser.get("/api/v1/assessments/").json()["results"]


def test_two_visits_beside_each_other_with_their_differences_marked(
    english: Any, district: Any, gate: Crossing, unit: Any, django_assert_max_num_queries: Any
) -> None:
    first = complete(district, gate, unit)
    second = complete(district, gate, unit, population=3100, attitude="neutral")
    browser = english(district)
    with django_assert_max_num_queries(14):
        page = browser.get(f"/crossings/assessments/compare/?a={first.pk}&a={second.pk}&a={first.pk}&a=x&a=999999")
    assert [one.assessment for one in page.context["chosen"]] == [first, second]
    rows = {row.label: row for _label, rows in page.context["groups"] for row in rows}
    assert rows["People served"].cells == ["2\u00a0400", "3\u00a0100"]
    assert rows["People served"].differs
    assert not rows["Number of villages"].differs
    only = browser.get(f"/crossings/assessments/compare/?a={first.pk}&a={second.pk}&only=differences")
    assert {row.label for _label, rows in only.context["groups"] for row in rows} == {
        "People served", "Counterpart's position",
    }  # fmt: skip
    assert only.context["differing"] == page.context["differing"] == 2


def test_no_more_are_compared_than_can_be_read_and_the_page_says_so(
    english: Any, district: Any, gate: Crossing, unit: Any
) -> None:
    rows = [draft(district, gate, unit) for _n in range(8)]
    query = "&".join(f"a={row.pk}" for row in rows)
    page = english(district).get(f"/crossings/assessments/compare/?{query}")
    assert len(page.context["chosen"]) == 6
    assert "2 more were chosen and are left out" in page.content.decode()


def test_the_panel_of_a_crossing_shows_its_assessments(
    english: Any, district: Any, gate: Crossing, unit: Any, province2: Any
) -> None:
    complete(district, gate, unit)
    draft(district, gate, unit, "visit")
    text = english(district).get(f"/crossings/{gate.slug}/").content.decode()
    assert 'id="panel-assessments"' in text
    assert "1 of 8 steps done" in text
    assert f"/crossings/assessments/new/?crossing={gate.slug}" in text
    assert "/crossings/assessments/compare/?a=" in text
    assert 'id="panel-assessments"' not in english(province2).get(f"/crossings/{gate.slug}/").content.decode()


# --- machines -------------------------------------------------------------------------------------------------


def test_machines_read_scores_and_facts(
    signed_in: Any, moi: Any, district: Any, gate: Crossing, unit: Any, django_assert_max_num_queries: Any
) -> None:
    row = complete(district, gate, unit)
    draft(district, gate, unit, "visit")
    browser = signed_in(moi)
    with django_assert_max_num_queries(10):
        page = browser.get("/api/v1/assessments/?limit=1")
    (newest,) = page.json()["results"]
    assert (newest["state"], newest["score"], newest["weights"]) == ("draft", None, None)
    (older,) = browser.get(page.json()["next"]).json()["results"]
    weights = scoring.in_force()
    score = scoring.of(row, weights)
    assert weights is not None
    assert score is not None
    assert (older["id"], older["score"], older["weight_known"], older["weights"]) == (
        row.pk, score.total, score.known, weights.pk,
    )  # fmt: skip
    one = browser.get(f"/api/v1/assessments/{row.pk}/").json()
    assert (one["trade_tonnes"], one["population"], one["goods"]) == ("1800.5", 2400, ["cassava"])
    assert one["nearest_official"] == row.nearest_official.slug  # type: ignore[union-attr]
    assert [part["criterion"] for part in one["parts"]] == list(scoring.SLUGS)
    assert browser.get("/api/v1/assessments/?state=nonsense").status_code == 400
    (first,) = browser.get("/api/v1/assessment-weights/").json()["results"]
    assert (first["in_force"], first["values"]["people"]) == (True, 12)
    assert json.dumps(one)
