"""My duties: for each posting what waits for it, and plain words when nothing does."""

import uuid
from typing import Any

import pytest

from incidents import actions
from incidents.models import Duty

URL = "/"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


def page(browser: Any) -> str:
    answer = browser.get(URL)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_official_sees_what_his_institution_owes(signed_in: Any, ponds: Any, mfaic: Any) -> None:
    text = page(signed_in(mfaic))
    assert "Answers your institution owes" in text
    assert ponds.ref in text


def test_the_province_sees_what_is_unchecked_and_contested(signed_in: Any, file: Any, province: Any) -> None:
    plain, wide = file(), file(accuracy_m=12_000)
    answer = signed_in(province).get(URL)
    desk = answer.context["desk"]
    assert {row.ref for row in desk.unchecked.top} == {plain.ref, wide.ref}
    assert [row.ref for row in desk.contested.top] == [wide.ref]


def test_the_province_sees_conflicting_copies(signed_in: Any, file: Any, province: Any, province2: Any) -> None:
    key = uuid.uuid4()
    incident = file(client_key=key)
    file(client_key=key, text="Other words")
    assert [row.incident.ref for row in signed_in(province).get(URL).context["desk"].copies.top] == [incident.ref]
    assert signed_in(province2).get(URL).context["desk"].copies.count == 0


def test_a_question_of_an_institution_reaches_filer_and_province(
    signed_in: Any, ponds: Any, ssba: Any, district: Any, province: Any, head: Any
) -> None:
    duty = Duty.objects.get(unit__code="ssba")
    actions.acknowledge(actor=ssba, duty=duty, answer="need_information", comment="How large are the ponds?")
    for person in (district, province):
        assert "How large are the ponds?" in page(signed_in(person)), person.username


def test_the_filer_sees_his_reports_with_their_answers(signed_in: Any, ponds: Any, mfaic: Any, district: Any) -> None:
    actions.acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept", comment="We act")
    text = page(signed_in(district))
    assert ponds.ref in text
    assert "We accept and act" in text
    assert "File an incident" in text


def test_a_commander_sees_what_he_answers_for(signed_in: Any, ponds: Any, head: Any, former_head: Any) -> None:
    assert [row.ref for row in signed_in(head).get(URL).context["desk"].answers_for.top] == [ponds.ref]
    assert ponds.ref not in page(signed_in(former_head))


def test_an_auditor_sees_figures(signed_in: Any, ponds: Any, auditor: Any) -> None:
    figures = {str(label): number for label, number in signed_in(auditor).get(URL).context["figures"]}
    assert figures["Incidents"] == 1
    assert figures["Answers owed"] == 3


def test_staff_without_posting_sees_the_machinery_and_no_incident(signed_in: Any, ponds: Any, admin: Any) -> None:
    text = page(signed_in(admin))
    assert "No notice has failed" in text
    assert ponds.ref not in text


def test_an_empty_desk_says_so(signed_in: Any, province2: Any, outsider: Any) -> None:
    assert "Nothing waits for you now" in page(signed_in(province2))
    assert "You hold no posting at present" in page(signed_in(outsider))


@pytest.mark.parametrize(("who", "budget"), [("province", 40), ("moi", 32), ("district", 22)])
def test_the_number_of_queries_does_not_grow(
    signed_in: Any, file: Any, ponds: Any, request: Any, django_assert_max_num_queries: Any, who: str, budget: int
) -> None:
    browser = signed_in(request.getfixturevalue(who))
    for _ in range(6):
        file(category="neighbour_unilateral_activity", type="flag")
        file(accuracy_m=12_000)
    with django_assert_max_num_queries(budget):
        page(browser)
