"""Contests on the page of the incident: contesting, being heard, ruling, taking back, and their files."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents import actions
from incidents.models import Attachment, Contest

PDF = b"%PDF-1.4 a map with the place marked"
REASON = "The stream is the limit of our sector"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


@pytest.fixture
def incident(file: Any) -> Any:
    """An incident of which post-1607-1 answers, well inside its sector."""
    return file()


@pytest.fixture
def contest(incident: Any, head: Any, world: Any) -> Contest:
    """The head says: battalion-16 should answer."""
    return actions.contest_attribution(actor=head, incident=incident, reason=REASON, names_unit=world["battalion-16"])


@pytest.fixture
def neighbour(world: Any) -> Any:
    """Who answers for battalion-16, which the contest names; through it also for the posts under it."""
    from incidents.demo import people
    from units.choices import Role

    return people.account(
        people.Account("neighbour", "", "Head of Battalion", "battalion-16", Role.COMMANDER, language="en")
    )


def url(incident: Any, *parts: Any) -> str:
    return f"/incidents/{incident.ref}/" + "".join(f"{part}/" for part in parts)


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("map.pdf", PDF, "application/pdf")


# --- contesting -----------------------------------------------------------------------------------------------


def test_the_head_is_offered_to_contest_and_others_are_not(
    signed_in: Any, incident: Any, head: Any, district: Any, province: Any
) -> None:
    text = signed_in(head).get(url(incident)).content.decode()
    assert "Contest that your unit answers" in text
    assert "You may contest until" in text
    for person in (district, province):
        assert "Contest that your unit answers" not in signed_in(person).get(url(incident)).content.decode()


def test_the_head_contests_with_a_file_and_names_a_unit(
    signed_in: Any, incident: Any, head: Any, audited: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    answer = signed_in(head).post(
        url(incident, "contest"), {"reason": REASON, "other": "battalion-16", "files": [pdf()]}
    )
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == url(incident) + "#accountability"
    row = Contest.objects.get(incident=incident)
    assert (row.reason, row.by, row.names_unit.code) == (REASON, head, "battalion-16")
    assert audited("contest_attribution", incident.ref).actor == head
    text = signed_in(head).get(url(incident)).content.decode()
    for words in (REASON, "map.pdf", "Units heard", "has not been heard yet", "A contest of this incident is being"):
        assert words in text
    assert "You may contest until" not in text


def test_a_contest_needs_no_other_unit(signed_in: Any, incident: Any, head: Any) -> None:
    assert signed_in(head).post(url(incident, "contest"), {"reason": REASON}).status_code == 302
    assert Contest.objects.get().names_unit is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"other": "battalion-16"}, "This field is required"),
        ({"reason": REASON, "other": "nowhere at all"}, "No single unit has this code or name"),
        ({"reason": REASON, "files": [SimpleUploadedFile("x.pdf", b"<html>", "application/pdf")]}, "neither a PDF"),
    ],
)
def test_a_contest_that_cannot_be_taken_loses_nothing_typed(
    signed_in: Any, incident: Any, head: Any, untouched: Any, sent: Any, said: str, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    with untouched():
        answer = signed_in(head).post(url(incident, "contest"), sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text
    for typed in ("reason", "other"):
        assert sent.get(typed, "") in text
    assert 'id="contest" open' in text


def test_who_sees_but_does_not_answer_gets_403_and_a_stranger_404(
    signed_in: Any, incident: Any, request: Any, untouched: Any
) -> None:
    with untouched():
        for name in ("district", "province", "moi", "auditor"):
            for sent in ({"reason": REASON}, {}):
                client = signed_in(request.getfixturevalue(name))
                assert client.post(url(incident, "contest"), sent).status_code == 403, name
        for name in ("province2", "mfaic", "former_head", "outsider"):
            client = signed_in(request.getfixturevalue(name))
            assert client.post(url(incident, "contest"), {"reason": REASON}).status_code == 404, name


# --- being heard ----------------------------------------------------------------------------------------------


def test_a_unit_that_is_heard_says_its_part_once(
    signed_in: Any, contest: Contest, neighbour: Any, head: Any, audited: Any
) -> None:
    browser = signed_in(neighbour)
    text = browser.get(url(contest.incident)).content.decode()
    assert "Say your unit&#x27;s part" in text or "Say your unit's part" in text
    heard = [unit.code for unit in contest.heard.all()]
    sent = {"text": "The stream belongs to the post"}
    if len(heard) > 1:
        assert browser.post(url(contest.incident, "contests", contest.pk, "statement"), sent).status_code == 422
        sent["unit"] = contest.heard.get(code="battalion-16").pk
    answer = browser.post(url(contest.incident, "contests", contest.pk, "statement"), sent)
    assert answer.status_code == 302, answer.content.decode()
    assert audited("state_in_contest", contest.incident.ref).actor == neighbour
    assert contest.statements.get().unit.code == "battalion-16"
    assert "The stream belongs to the post" in signed_in(head).get(url(contest.incident)).content.decode()


def test_who_is_not_asked_cannot_speak(signed_in: Any, contest: Contest, request: Any, untouched: Any) -> None:
    address = url(contest.incident, "contests", contest.pk, "statement")
    with untouched():
        for name, status in (("district", 403), ("province", 403), ("auditor", 403), ("province2", 404)):
            assert signed_in(request.getfixturevalue(name)).post(address, {"text": "x"}).status_code == status, name


# --- ruling ---------------------------------------------------------------------------------------------------


def test_a_reviewer_moves_it_and_the_head_sees_the_ruling(
    signed_in: Any, contest: Contest, province: Any, head: Any, audited: Any
) -> None:
    browser = signed_in(province)
    text = browser.get(url(contest.incident)).content.decode()
    assert "Rule on the contest" in text
    assert "named in the contest" in text
    # One way to rule: the other form is not offered while the contest is heard.
    assert "Rule which unit answers" not in text
    sent = {"outcome": "moved", "unit": "battalion-16", "reason": "The place lies beyond the stream"}
    answer = browser.post(url(contest.incident, "contests", contest.pk, "rule"), sent)
    assert answer.status_code == 302, answer.content.decode()
    contest.incident.refresh_from_db()
    assert contest.incident.responsible_unit.code == "battalion-16"
    assert not contest.incident.contested
    assert audited("rule_contest", contest.incident.ref).actor == province
    text = signed_in(head).get(url(contest.incident)).content.decode()
    for words in ("another unit answers", "The place lies beyond the stream", "Earlier findings and rulings", REASON):
        assert words in text


def test_a_reviewer_upholds_it_without_naming_a_unit(signed_in: Any, contest: Contest, province: Any) -> None:
    sent = {"outcome": "upheld", "reason": "The place lies on this side"}
    address = url(contest.incident, "contests", contest.pk, "rule")
    assert signed_in(province).post(address, sent).status_code == 302
    contest.incident.refresh_from_db()
    assert contest.incident.responsible_unit.code == "post-1607-1"
    assert contest.incident.attributions.count() == 2


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"reason": "Beyond the stream"}, "Choose the ruling."),
        ({"reason": "Beyond the stream", "outcome": "moved"}, "Choose the unit that answers."),
        ({"reason": "Beyond the stream", "outcome": "moved", "other": "moi"}, "No single unit"),
        ({"outcome": "upheld"}, "This field is required"),
    ],
)
def test_a_ruling_that_lacks_something_is_shown_again(
    signed_in: Any, contest: Contest, province: Any, untouched: Any, sent: dict[str, str], said: str
) -> None:
    with untouched():
        answer = signed_in(province).post(url(contest.incident, "contests", contest.pk, "rule"), sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text
    assert sent.get("reason", "") in text
    assert f'id="rule-{contest.pk}" open' in text


def test_nobody_rules_on_his_own_unit(
    signed_in: Any, file: Any, world: Any, moi: Any, province: Any, head: Any, untouched: Any
) -> None:
    """`province` rules on others, but is refused when his own office answers."""
    from incidents.demo import people
    from units.choices import Role

    answering = people.account(people.Account("answering", "", "Answers for it", "province-16", Role.COMMANDER))
    incident = file()
    actions.reattribute(actor=moi, incident=incident, unit=world["province-16"], reason="It lies at the office")
    row = actions.contest_attribution(actor=answering, incident=incident, reason="Not ours")
    sent = {"outcome": "upheld", "reason": "x"}
    with untouched():
        answer = signed_in(province).post(url(incident, "contests", row.pk, "rule"), sent)
        assert answer.status_code == 403
        assert "your own unit" in answer.content.decode()
        assert signed_in(head).post(url(incident, "contests", row.pk, "rule"), sent).status_code in (403, 404)
    assert "Rule on the contest" not in signed_in(province).get(url(incident)).content.decode()
    assert signed_in(moi).post(url(incident, "contests", row.pk, "rule"), sent).status_code == 302


def test_a_settled_contest_is_not_ruled_again(
    signed_in: Any, contest: Contest, province: Any, head: Any, untouched: Any
) -> None:
    browser = signed_in(head)
    address = url(contest.incident, "contests", contest.pk, "withdraw")
    assert browser.post(address, {}).status_code == 422
    assert browser.post(address, {"reason": "We were wrong"}).status_code == 302
    text = browser.get(url(contest.incident)).content.decode()
    assert "We were wrong" in text
    with untouched():
        again = signed_in(province).post(
            url(contest.incident, "contests", contest.pk, "rule"), {"outcome": "upheld", "reason": "x"}
        )
    assert again.status_code == 422
    assert "settled already" in again.content.decode()


def test_a_contest_is_found_under_its_own_incident_only(
    signed_in: Any, contest: Contest, file: Any, province: Any
) -> None:
    other = file()
    sent = {"outcome": "upheld", "reason": "x"}
    assert signed_in(province).post(url(other, "contests", contest.pk, "rule"), sent).status_code == 404


@pytest.mark.parametrize("parts", [("contest",), ("contests", 1, "rule"), ("contests", 1, "statement"), ("case",)])
def test_get_does_nothing(signed_in: Any, incident: Any, head: Any, parts: Any, untouched: Any) -> None:
    with untouched():
        assert signed_in(head).get(url(incident, *parts)).status_code == 405


# --- files and budgets ----------------------------------------------------------------------------------------


def test_a_file_is_handed_out_to_those_who_see_the_incident(
    signed_in: Any, incident: Any, head: Any, request: Any, settings: Any, tmp_path: Any, file: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    actions.contest_attribution(actor=head, incident=incident, reason=REASON, files=[pdf()])
    one = Attachment.objects.get()
    address = url(incident, "contests", "files", one.pk)
    answer = signed_in(request.getfixturevalue("province")).get(address)
    assert b"".join(answer) == PDF
    assert answer["Content-Disposition"] == 'attachment; filename="map.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    for name in ("province2", "mfaic", "outsider", "former_head"):
        assert signed_in(request.getfixturevalue(name)).get(address).status_code == 404, name
    other = file()
    assert signed_in(head).get(url(other, "contests", "files", one.pk)).status_code == 404


def test_the_page_with_a_contest_is_cheap(
    signed_in: Any, contest: Contest, head: Any, province: Any, django_assert_max_num_queries: Any
) -> None:
    for person in (head, province):
        browser = signed_in(person)
        with django_assert_max_num_queries(66):
            browser.get(url(contest.incident))


def test_the_list_of_cases_shows_contests_that_wait(
    signed_in: Any, contest: Contest, province: Any, neighbour: Any, province2: Any
) -> None:
    for person in (province, neighbour):
        text = signed_in(person).get("/cases/").content.decode()
        assert f"/incidents/{contest.incident.ref}/#contest-{contest.pk}" in text, person.username
    assert contest.incident.ref not in signed_in(province2).get("/cases/").content.decode()
