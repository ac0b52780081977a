"""The page of one incident and the decisions taken on it."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import translation

from borderwatch.models import AuditEntry
from incidents import actions
from incidents.choices import Status
from incidents.models import ConflictingCopy, Duty, Incident

DECISIONS = {
    "verify": {"reason": ""},
    "escalate": {"policy": "general", "reason": "It grows"},
    "close": {"close_reason": "over", "reason": "They left"},
    "reopen": {"reason": "They came back"},
    "reattribute": {"unit": "battalion-16", "reason": "The post was closed"},
}


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


def url(incident: Any, verb: str = "") -> str:
    return f"/incidents/{incident.ref}/" + (f"{verb}/" if verb else "")


def test_who_sees_the_page(signed_in: Any, ponds: Any, file: Any, client: Any, request: Any) -> None:
    quiet = file()
    for name in ("district", "province", "head", "moi", "mfaic", "ssba", "auditor"):
        assert signed_in(request.getfixturevalue(name)).get(url(ponds)).status_code == 200, name
    for name in ("province2", "former_head", "outsider", "admin"):
        assert signed_in(request.getfixturevalue(name)).get(url(ponds)).status_code == 404, name
    assert signed_in(request.getfixturevalue("mfaic")).get(url(quiet)).status_code == 404
    assert client.get(url(ponds)).status_code == 302


def test_a_reference_in_small_letters_is_understood(signed_in: Any, ponds: Any, province: Any) -> None:
    assert signed_in(province).get(url(ponds).lower()).status_code == 200


def test_it_says_why_this_unit(signed_in: Any, ponds: Any, district: Any) -> None:
    text = signed_in(district).get(url(ponds)).content.decode()
    finding = ponds.attributions.get()
    for words in ("Why this unit?", finding.unit_name_en, finding.head_name_en, finding.sector_code, "± 20 m"):
        assert words in text
    for one in finding.candidates:
        assert one["name_en"] in text


def test_a_contested_place_names_both_units(signed_in: Any, file: Any, province: Any) -> None:
    incident = file(accuracy_m=12_000)
    finding = incident.attributions.get()
    text = signed_in(province).get(url(incident)).content.decode()
    assert "Contested: more than one unit may answer" in text
    rivals = [one["name_en"] for one in finding.candidates if one["distance_m"] <= 12_000]
    assert rivals
    for name in (finding.unit_name_en, *rivals):
        assert name in text


def test_without_a_position_the_page_says_so(signed_in: Any, file: Any, province: Any) -> None:
    incident = file(at=None, accuracy_m=None, coordinate_source="description", place_name="Forest")
    text = signed_in(province).get(url(incident)).content.decode()
    assert "not known yet" in text
    assert "data-map" not in text


def test_the_chain_shows_past_and_planned(signed_in: Any, ponds: Any, district: Any) -> None:
    answer = signed_in(district).get(url(ponds))
    states = {step.state for step in answer.context["chain"]}
    assert {"past", "planned"} <= states
    assert "planned" in answer.content.decode()


@pytest.mark.parametrize("verb", DECISIONS)
def test_who_sees_but_may_not_gets_403_and_who_does_not_see_404(
    signed_in: Any, file: Any, untouched: Any, district: Any, province2: Any, head: Any, auditor: Any, verb: str
) -> None:
    incident = file()
    with untouched():
        for person, status in ((district, 403), (head, 403), (auditor, 403), (province2, 404)):
            answer = signed_in(person).post(url(incident, verb), DECISIONS[verb])
            assert answer.status_code == status, person.username


@pytest.mark.parametrize("verb", DECISIONS)
def test_get_decides_nothing(signed_in: Any, ponds: Any, province: Any, untouched: Any, verb: str) -> None:
    with untouched():
        assert signed_in(province).get(url(ponds, verb)).status_code == 405


def test_the_province_verifies_closes_and_opens_again(signed_in: Any, file: Any, province: Any, audited: Any) -> None:
    incident, browser = file(), signed_in(province)
    for verb, status, recorded in (
        ("verify", Status.VERIFIED, "verify_incident"),
        ("close", Status.CLOSED, "close_incident"),
        ("reopen", Status.VERIFIED, "reopen_incident"),
    ):
        answer = browser.post(url(incident, verb), DECISIONS[verb])
        assert answer.status_code == 302, answer.content.decode()
        assert answer["Location"] == url(incident)
        incident.refresh_from_db()
        assert incident.status == status
        assert audited(recorded, incident.ref).actor == province


def test_the_province_escalates_by_a_policy(signed_in: Any, file: Any, province: Any) -> None:
    incident, browser = file(), signed_in(province)
    offer = browser.get(url(incident)).content.decode()
    assert "Any incident: the Ministry of Interior" in offer
    assert "answer within" in offer
    assert browser.post(url(incident, "escalate"), DECISIONS["escalate"]).status_code == 302
    duty = Duty.objects.get(escalation__incident=incident)
    assert duty.unit.code == "moi"
    assert duty.escalation.reason == "It grows"


def test_a_refused_decision_loses_nothing_typed(signed_in: Any, file: Any, province: Any, untouched: Any) -> None:
    incident = file()
    with untouched():
        answer = signed_in(province).post(url(incident, "close"), {"reason": "They left at noon"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "They left at noon" in text
    assert 'id="close" open' in text
    assert "error-summary" in text


def test_a_state_that_forbids_the_verb_is_explained(signed_in: Any, ponds: Any, province: Any) -> None:
    answer = signed_in(province).post(url(ponds, "close"), DECISIONS["close"])
    assert answer.status_code == 422
    assert Incident.objects.get(pk=ponds.pk).status == Status.DISPATCHED


@pytest.mark.parametrize("said", [{"unit": "battalion-16"}, {"other": "battalion-16 · whatever"}])
def test_a_reviewer_rules_and_the_finding_stays(signed_in: Any, file: Any, province: Any, said: dict[str, str]) -> None:
    incident, browser = file(), signed_in(province)
    answer = browser.post(url(incident, "reattribute"), {**said, "reason": "The post was closed"})
    assert answer.status_code == 302, answer.content.decode()
    text = browser.get(url(incident)).content.decode()
    assert "The post was closed" in text
    assert "Earlier findings and rulings" in text
    assert incident.attributions.get(number=1).unit_name_en in text


def test_a_unit_out_of_reach_cannot_be_charged(signed_in: Any, file: Any, province: Any) -> None:
    answer = signed_in(province).post(
        url(file(), "reattribute"), {"other": "province-01", "reason": "They should have seen it"}
    )
    assert answer.status_code == 422
    assert "They should have seen it" in answer.content.decode()


@pytest.fixture
def copy(file: Any) -> ConflictingCopy:
    """A report that came twice with other words."""
    key = uuid.uuid4()
    file(client_key=key)
    file(client_key=key, text="Nine people, not five", impact="high")
    return ConflictingCopy.objects.get()


def test_a_copy_is_compared_field_by_field_and_settled(
    signed_in: Any, copy: ConflictingCopy, province: Any, district: Any, province2: Any
) -> None:
    browser, there = signed_in(province), url(copy.incident, f"copies/{copy.pk}")
    answer = browser.get(url(copy.incident))
    [(_copy, differences, _form)] = answer.context["copies"]
    assert {str(row.label) for row in differences} >= {"what happened", "how serious"}
    assert "Nine people, not five" in answer.content.decode()
    said = {"decision": "noted", "reason": "Nine is right"}
    assert signed_in(district).post(there, said).status_code == 403
    assert signed_in(province2).post(there, said).status_code == 404
    assert browser.post(there, {"decision": "noted"}).status_code == 422
    assert browser.post(there, said).status_code == 302
    copy.refresh_from_db()
    assert (copy.decision, copy.decided_by) == ("noted", province)


def test_only_what_differs_is_listed(file: Any) -> None:
    from incidents.comparison import differences

    key, same = uuid.uuid4(), {"occurred_at": datetime(2026, 3, 4, 5, 6, tzinfo=UTC)}
    incident = file(client_key=key, **same)
    file(client_key=key, text="Other words", accuracy_m=None, **same)
    with translation.override("en"):
        [row] = differences(incident, ConflictingCopy.objects.get())
    assert (row.label, row.theirs) == ("what happened", "Other words")


def test_the_history_is_there_and_folded(signed_in: Any, ponds: Any, province: Any) -> None:
    answer = signed_in(province).get(url(ponds))
    assert set(answer.context["history"]) == set(AuditEntry.objects.filter(kind="incident", key=ponds.ref))
    assert "history open" not in answer.content.decode()


def test_photos_are_shown_by_their_hash(signed_in: Any, ponds: Any, province: Any, district: Any) -> None:
    from django.utils import timezone

    ponds.evidence.create(
        sha256="ab" * 32, original_name="pond.jpg", content_type="image/jpeg", size=len(ContentFile(b"x")),
        width=4, height=3, added_by=district, added_at=timezone.now(),
    )  # fmt: skip
    text = signed_in(province).get(url(ponds)).content.decode()
    assert f"/incidents/{ponds.ref}/photos/{'ab' * 32}/?display=1" in text


def test_the_number_of_queries_does_not_grow(
    signed_in: Any, ponds: Any, province: Any, mfaic: Any, moi: Any, ssba: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(province)
    with django_assert_max_num_queries(70):
        browser.get(url(ponds))
    for person in (mfaic, ssba):
        duty = Duty.objects.get(unit__code=person.username)
        actions.acknowledge(actor=person, duty=duty, answer="accept")
    with django_assert_max_num_queries(72):
        browser.get(url(ponds))
