"""The pages of accountability cases: who sees one and when, every step, files, the list, the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from incidents import actions
from incidents.models import AccountabilityCase, AccountabilityPolicy, Attachment

PDF = b"%PDF-1.4 a map with the place marked"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


@pytest.fixture
def case(file: Any, province: Any) -> AccountabilityCase:
    """Opened by the province against the head of post-1607-1, who does not know of it yet."""
    AccountabilityPolicy.objects.update(notify_at_once=False)
    return actions.open_case(actor=province, incident=file(), reason="Five people crossed unseen")


@pytest.fixture
def notified(case: AccountabilityCase, province: Any) -> AccountabilityCase:
    """The head has been notified."""
    actions.notify_head(actor=province, case=case)
    case.refresh_from_db()
    return case


@pytest.fixture
def ruled(notified: AccountabilityCase, head: Any, province: Any) -> AccountabilityCase:
    """Explained, reviewed, and ruled by the province: accountable."""
    actions.explain(actor=head, case=notified, text="The patrol was on the other path")
    actions.take_to_review(actor=province, case=notified)
    actions.rule_case(actor=province, case=notified, outcome="accountable", measures="A warning", text="Seen too late")
    notified.refresh_from_db()
    return notified


def url(case: AccountabilityCase, step: str = "") -> str:
    return f"/cases/{case.ref}/" + (f"{step}/" if step else "")


def pdf(name: str = "map.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def statuses(signed_in: Any, request: Any, address: str, *names: str) -> set[int]:
    return {signed_in(request.getfixturevalue(name)).get(address).status_code for name in names}


# --- who sees -------------------------------------------------------------------------------------------------


def test_before_the_head_is_notified_reviewers_and_auditors_alone_see_it(
    signed_in: Any, case: AccountabilityCase, request: Any, client: Any
) -> None:
    assert case.notified_at is None
    assert statuses(signed_in, request, url(case), "province", "moi", "auditor") == {200}
    strangers = ("head", "district", "keeper", "province2", "mfaic", "ssba", "former_head", "outsider", "admin")
    assert statuses(signed_in, request, url(case), *strangers) == {404}
    assert client.get(url(case)).status_code == 302


def test_once_notified_the_head_sees_it_and_nobody_else_more(
    signed_in: Any, notified: AccountabilityCase, request: Any
) -> None:
    assert statuses(signed_in, request, url(notified), "province", "moi", "auditor", "head") == {200}
    strangers = ("district", "keeper", "province2", "mfaic", "ssba", "former_head", "outsider", "admin")
    assert statuses(signed_in, request, url(notified), *strangers) == {404}


def test_a_reference_in_small_letters_is_understood(signed_in: Any, case: AccountabilityCase, province: Any) -> None:
    assert signed_in(province).get(url(case).lower()).status_code == 200


def test_the_head_reads_exactly_what_is_held_against_him(
    signed_in: Any, notified: AccountabilityCase, head: Any
) -> None:
    answer = signed_in(head).get(url(notified))
    text = answer.content.decode()
    for line in notified.charge.splitlines():
        assert line in text
    incident = notified.incident
    for words in (incident.text, incident.ref, notified.head_name_en, "Why this unit?", "Five people crossed unseen"):
        assert words in text
    assert "Your turn." in text
    assert [name for name, _act, _form in answer.context["acts"]] == ["explain"]
    assert str(notified.get_detected_by_display()) in text


def test_a_report_in_confidence_is_not_shown_to_the_head(
    signed_in: Any, notified: AccountabilityCase, head: Any, province: Any
) -> None:
    from incidents.models import Incident

    hidden = [pk for pk in notified.incident.audience if pk != notified.unit_id]
    answering = [pk for pk in hidden if pk not in _grants(head)]
    Incident.objects.filter(pk=notified.incident_id).update(exceptional=True, audience=answering)
    text = signed_in(head).get(url(notified)).content.decode()
    assert notified.incident.text not in text
    assert f"/incidents/{notified.incident.ref}/" not in text
    assert "made in confidence" in text
    assert notified.incident.text in signed_in(province).get(url(notified)).content.decode()
    listed = signed_in(head).get("/cases/").content.decode()
    assert "kept in confidence" in listed
    assert str(notified.incident.type_label) not in listed


def _grants(user: Any) -> frozenset[int]:
    from units import policy

    return policy.unit_ids(user, policy.VIEW)


def test_credit_is_said_either_way(signed_in: Any, notified: AccountabilityCase, head: Any) -> None:
    assert "here this was not so" in signed_in(head).get(url(notified)).content.decode()
    AccountabilityCase.objects.filter(pk=notified.pk).update(credited=True)
    assert "speaks for the unit" in signed_in(head).get(url(notified)).content.decode()


# --- the steps ------------------------------------------------------------------------------------------------


def test_the_whole_way_through_pages(
    signed_in: Any, case: AccountabilityCase, province: Any, head: Any, moi: Any, audited: Any
) -> None:
    reviewer, accused, above = signed_in(province), signed_in(head), signed_in(moi)
    ruling = {"outcome": "accountable", "measures": "A warning", "text": "The path was known"}
    decision = {"outcome": "not_accountable", "text": "The post had no people that night"}
    for browser, step, sent, state, verb in (
        (reviewer, "notify", {"text": "Read this"}, "notified", "notify_head"),
        (accused, "explain", {"text": "We were elsewhere", "files": [pdf()]}, "explained", "explain"),
        (reviewer, "review", {}, "review", "take_to_review"),
        (reviewer, "rule", ruling, "ruled", "rule_case"),
        (accused, "appeal", {"text": "Too hard", "files": [pdf("order.pdf")]}, "appealed", "appeal"),
        (above, "decide", decision, "closed", "decide_appeal"),
    ):
        answer = browser.post(url(case, step), sent)
        assert answer.status_code == 302, (step, answer.content.decode())
        assert answer["Location"] == url(case)
        case.refresh_from_db()
        assert case.state == state
        assert audited(verb, case.ref)
    text = accused.get(url(case)).content.decode()
    for words in ("We were elsewhere", "map.pdf", "order.pdf", "The path was known", "no people that night", "in time"):
        assert words in text
    assert case.outcome == "not_accountable"


STEPS = {
    "notify": {},
    "explain": {"text": "x"},
    "review": {},
    "rule": {"outcome": "accountable", "text": "x"},
    "appeal": {"text": "x"},
    "decide": {"outcome": "accountable", "text": "x"},
    "close": {},
    "withdraw": {"reason": "x"},
}


@pytest.mark.parametrize("step", STEPS)
def test_who_sees_but_may_not_gets_403_and_who_does_not_see_404(
    signed_in: Any, notified: AccountabilityCase, untouched: Any, request: Any, step: str
) -> None:
    refused = ["auditor", "province" if step in ("explain", "appeal") else "head"]
    with untouched():
        for name in refused:
            for sent in (STEPS[step], {}):
                answer = signed_in(request.getfixturevalue(name)).post(url(notified, step), sent)
                assert answer.status_code == 403, (name, sent)
        for name in ("district", "province2", "mfaic"):
            assert signed_in(request.getfixturevalue(name)).post(url(notified, step), STEPS[step]).status_code == 404


@pytest.mark.parametrize("step", STEPS)
def test_get_does_nothing(
    signed_in: Any, notified: AccountabilityCase, province: Any, untouched: Any, step: str
) -> None:
    with untouched():
        assert signed_in(province).get(url(notified, step)).status_code == 405


def test_a_ruling_without_its_parts_is_shown_again_with_what_was_typed(
    signed_in: Any, notified: AccountabilityCase, province: Any, head: Any, untouched: Any
) -> None:
    actions.explain(actor=head, case=notified, text="Elsewhere")
    actions.take_to_review(actor=province, case=notified)
    with untouched():
        answer = signed_in(province).post(url(notified, "rule"), {"text": "Seen too late", "measures": "Training"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Choose the ruling." in text
    assert "Seen too late" in text
    assert "Training" in text
    assert 'id="rule" open' in text


def test_a_step_the_state_forbids_is_explained(
    signed_in: Any, notified: AccountabilityCase, province: Any, untouched: Any
) -> None:
    with untouched():
        answer = signed_in(province).post(url(notified, "rule"), STEPS["rule"])
    assert answer.status_code == 422
    assert "cannot be done now" in answer.content.decode()


def test_the_same_person_never_decides_the_appeal(
    signed_in: Any, ruled: AccountabilityCase, head: Any, province: Any, untouched: Any
) -> None:
    actions.appeal(actor=head, case=ruled, text="Too hard")
    with untouched():
        assert signed_in(province).post(url(ruled, "decide"), STEPS["decide"]).status_code == 403
    assert not [act for act in signed_in(province).get(url(ruled)).context["acts"] if act[0] == "decide"]


def test_a_reviewer_of_his_own_unit_reads_why_another_decides(
    signed_in: Any, file: Any, province: Any, moi: Any, world: Any, untouched: Any
) -> None:
    incident = file()
    actions.reattribute(actor=moi, incident=incident, unit=world["province-16"], reason="It lies at the office")
    case = actions.open_case(actor=moi, incident=incident, reason="Unseen")
    if case.notified_at is None:
        actions.notify_head(actor=moi, case=case)
    answer = signed_in(province).get(url(case))
    assert answer.status_code == 200
    assert not answer.context["acts"]
    assert "your own unit" in answer.content.decode()
    with untouched():
        for step in ("review", "rule", "withdraw", "close"):
            assert signed_in(province).post(url(case, step), STEPS[step]).status_code == 403, step


def test_while_it_is_contested_who_answers_the_case_waits_for_that_ruling(
    signed_in: Any, notified: AccountabilityCase, head: Any, province: Any
) -> None:
    actions.contest_attribution(actor=head, incident=notified.incident, reason="Not our sector")
    actions.explain(actor=head, case=notified, text="Not our sector")
    actions.take_to_review(actor=province, case=notified)
    text = signed_in(province).get(url(notified)).content.decode()
    assert "That is ruled first" in text
    assert f"{url(notified)}rule/" not in text


def test_a_late_step_is_marked_late(signed_in: Any, notified: AccountabilityCase, head: Any, province: Any) -> None:
    late = timezone.now() - timedelta(hours=1)
    AccountabilityCase.objects.filter(pk=notified.pk).update(due_at=late)
    page = signed_in(province).get(url(notified)).content.decode()
    assert "has not explained in time" in page
    assert "overdue by" in page
    actions.explain(actor=head, case=notified, text="The road was flooded")
    lines = signed_in(head).get(url(notified)).context["lines"]
    assert [line.late for line in lines if line.row.verb == "explain"] == [True]


# --- files and patrols ----------------------------------------------------------------------------------------


def test_a_file_is_handed_out_to_be_saved_to_those_who_see_the_case(
    signed_in: Any, notified: AccountabilityCase, head: Any, request: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    actions.explain(actor=head, case=notified, text="See the map", files=[pdf()])
    one = Attachment.objects.get(step__case=notified)
    address = url(notified, f"files/{one.pk}")
    answer = signed_in(request.getfixturevalue("province")).get(address)
    assert b"".join(answer) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="map.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert statuses(signed_in, request, address, "district", "province2", "mfaic", "outsider") == {404}
    assert address in signed_in(head).get(url(notified)).content.decode()


def test_a_file_of_another_case_is_not_found_here(
    signed_in: Any, notified: AccountabilityCase, head: Any, province: Any, file: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    actions.explain(actor=head, case=notified, text="See the map", files=[pdf()])
    other = actions.open_case(actor=province, incident=file(), reason="Another one")
    one = Attachment.objects.get(step__case=notified)
    assert signed_in(province).get(url(other, f"files/{one.pk}")).status_code == 404


def test_what_is_no_document_is_refused_and_the_words_stay(
    signed_in: Any, notified: AccountabilityCase, head: Any, untouched: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    script = SimpleUploadedFile("map.pdf", b"<html><script>alert(1)</script>", "application/pdf")
    with untouched():
        answer = signed_in(head).post(url(notified, "explain"), {"text": "Long words of mine", "files": [script]})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "map.pdf is neither a PDF nor a photo" in text
    assert "Long words of mine" in text
    assert "choose them again" in text


def test_too_many_files_are_refused(
    signed_in: Any, notified: AccountabilityCase, head: Any, settings: Any, untouched: Any
) -> None:
    many = [pdf(f"{n}.pdf") for n in range(settings.DOCUMENTS_MAX + 1)]
    with untouched():
        answer = signed_in(head).post(url(notified, "explain"), {"text": "x", "files": many})
    assert answer.status_code == 422
    assert f"At most {settings.DOCUMENTS_MAX} files" in answer.content.decode()


@pytest.fixture
def patrol(world: Any, head: Any) -> Any:
    """A patrol of the post, finished an hour ago."""
    from units.models import Patrol

    now = timezone.now()
    return Patrol.objects.create(
        client_key="6f0d4c9e-3a52-4a63-9a0b-1d6a3f1f8f01", unit=world["post-1607-1"], state="finished",
        started_at=now - timedelta(hours=4), finished_at=now - timedelta(hours=1), leader_name="Sok", strength=4,
        entered_by=head, entered_at=now,
    )  # fmt: skip


def test_patrols_of_the_unit_are_offered_and_go_along(
    signed_in: Any, notified: AccountabilityCase, head: Any, patrol: Any, province2: Any
) -> None:
    browser = signed_in(head)
    assert "Their records, tracks included" in browser.get(url(notified)).content.decode()
    answer = browser.post(url(notified, "explain"), {"text": "We were out", "patrols": [patrol.pk]})
    assert answer.status_code == 302, answer.content.decode()
    assert Attachment.objects.get(step__case=notified).patrol == patrol
    assert f'href="/patrols/{patrol.pk}/"' in browser.get(url(notified)).content.decode()


def test_a_patrol_of_another_unit_cannot_be_chosen(
    signed_in: Any, notified: AccountabilityCase, head: Any, patrol: Any, world: Any, untouched: Any
) -> None:
    from units.models import Patrol

    foreign = Patrol.objects.get(pk=patrol.pk)
    foreign.pk, foreign.client_key, foreign.unit = None, "6f0d4c9e-3a52-4a63-9a0b-1d6a3f1f8f02", world["province-01"]
    foreign.save()
    with untouched():
        answer = signed_in(head).post(
            url(notified, "explain"), {"text": "We were out", "patrols": [patrol.pk, foreign.pk]}
        )
    assert answer.status_code == 422
    assert "We were out" in answer.content.decode()
    assert not Attachment.objects.exists()


# --- opening --------------------------------------------------------------------------------------------------


def test_a_reviewer_opens_a_case_from_the_incident(
    signed_in: Any, file: Any, province: Any, district: Any, head: Any, province2: Any, untouched: Any
) -> None:
    incident = file()
    address, sent = f"/incidents/{incident.ref}/case/", {"reason": "Five crossed unseen", "charge": "No post there"}
    assert "Open an accountability case" in signed_in(province).get(incident.get_absolute_url()).content.decode()
    with untouched():
        for person, status in ((district, 403), (head, 403), (province2, 404)):
            assert signed_in(person).post(address, sent).status_code == status, person.username
        again = signed_in(province).post(address, {"charge": "No post there"})
    assert again.status_code == 422
    assert "No post there" in again.content.decode()
    answer = signed_in(province).post(address, sent)
    case = AccountabilityCase.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, case.get_absolute_url())
    assert case.charge == "No post there"
    assert case.ref in signed_in(province).get(incident.get_absolute_url()).content.decode()
    assert case.ref not in signed_in(district).get(incident.get_absolute_url()).content.decode()


def test_nobody_opens_a_case_on_his_own_unit(
    signed_in: Any, file: Any, province: Any, world: Any, moi: Any, untouched: Any
) -> None:
    incident = file()
    actions.reattribute(actor=moi, incident=incident, unit=world["province-16"], reason="It lies at the office")
    with untouched():
        answer = signed_in(province).post(f"/incidents/{incident.ref}/case/", {"reason": "x"})
    assert answer.status_code == 403
    assert "your own unit" in answer.content.decode()


# --- the list -------------------------------------------------------------------------------------------------


def test_what_waits_stands_first_for_whom_it_waits(
    signed_in: Any, notified: AccountabilityCase, head: Any, province: Any, moi: Any
) -> None:
    waiting = [case.ref for case in signed_in(head).get("/cases/").context["waiting"]]
    assert waiting == [notified.ref]
    assert not signed_in(province).get("/cases/").context["waiting"]
    actions.explain(actor=head, case=notified, text="x")
    assert [case.ref for case in signed_in(province).get("/cases/").context["waiting"]] == [notified.ref]
    assert not signed_in(head).get("/cases/").context["waiting"]


def test_the_list_shows_what_is_visible_only(
    signed_in: Any, case: AccountabilityCase, province: Any, head: Any, province2: Any
) -> None:
    assert case.ref in signed_in(province).get("/cases/").content.decode()
    for person in (head, province2):
        assert case.ref not in signed_in(person).get("/cases/").content.decode()


def test_the_list_is_filtered_and_says_when_nothing_fits(
    signed_in: Any, case: AccountabilityCase, province: Any
) -> None:
    browser = signed_in(province)
    assert case.ref in browser.get(f"/cases/?state={case.state}&unit={case.unit.code}").content.decode()
    text = browser.get("/cases/?state=closed").content.decode()
    assert case.ref not in text
    assert "No case fits these filters" in text
    answer = browser.get("/cases/?state=nonsense")
    assert answer.status_code == 200
    assert "A filter could not be read" in answer.content.decode()


def test_the_list_is_paged_and_cheap(
    signed_in: Any, file: Any, province: Any, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    from borderwatch import pages

    monkeypatch.setattr(pages, "SIZE", 2)
    held = [actions.open_case(actor=province, incident=file(), reason="x") for _n in range(5)]
    browser = signed_in(province)
    with django_assert_max_num_queries(40):
        first = browser.get("/cases/")
    assert [case.ref for case in first.context["page"]] == [held[4].ref, held[3].ref]
    second = browser.get("/cases/" + first.context["page"].older)
    assert [case.ref for case in second.context["page"]] == [held[2].ref, held[1].ref]


def test_the_page_of_a_case_is_cheap(
    signed_in: Any, ruled: AccountabilityCase, head: Any, province: Any, django_assert_max_num_queries: Any
) -> None:
    for person in (head, province):
        browser = signed_in(person)
        with django_assert_max_num_queries(32):
            browser.get(url(ruled))
