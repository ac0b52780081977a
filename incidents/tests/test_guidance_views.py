"""Pages of guidance and its addresses for machines."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import clock
from incidents import actions
from incidents.choices_answers import InstructionState
from incidents.guidance.serializers import GuidanceDetail, GuidanceRow
from incidents.models import Instruction, InstructionFile
from incidents.tests.engaging import bring, instruct

S = InstructionState


@pytest.fixture(autouse=True)
def _english(world: Any, settings: Any, tmp_path: Any) -> None:
    from units.models import User

    settings.MEDIA_ROOT = tmp_path
    User.objects.update(language="en")


@pytest.fixture
def issued(ponds: Any, mfaic: Any, world: Any) -> Instruction:
    """MFAIC instructs the district about the ponds."""
    return instruct(mfaic, ponds, giver=world["mfaic"], taker=world["district-1607"])


def key() -> str:
    return str(uuid.uuid4())


def typed(**changes: Any) -> dict[str, Any]:
    """What an official types into the form."""
    values = {
        "client_key": key(),
        "to_unit": "district-1607",
        "subject": "Measure the ponds",
        "text": "With the reference map",
        "precedence": "immediate",
        "within_min": "8",
    }
    return {**values, **changes}


def act(browser: Any, row: Instruction, name: str, **sent: Any) -> Any:
    return browser.post(f"{row.get_absolute_url()}{name}/", {"client_key": key(), **sent})


# --- a new one ------------------------------------------------------------------------------------------------


def test_an_official_issues_it_by_the_page(signed_in, ponds, mfaic):
    browser = signed_in(mfaic)
    page = browser.get(f"/guidance/{ponds.ref}/new/")
    assert page.status_code == 200
    groups = dict(page.context["form"].fields["to_unit"].choices[1:])
    assert [code for code, _name in groups["Administrations"]][:2] == ["province-16", "district-1607"]
    assert groups["Units"][0][0] == "post-1607-1"
    answer = browser.post(f"/guidance/{ponds.ref}/new/", typed(within_min="១,៥"))
    row = Instruction.objects.get()
    assert (answer.status_code, answer.url) == (302, row.get_absolute_url())
    assert row.clock.minutes == 90


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"within_min": "soon"}, "within_min"),
        ({"within_min": "nan"}, "within_min"),
        ({"within_min": "0.1"}, "within_min"),
        ({"within_min": "1e9"}, "within_min"),
        ({"within_min": ""}, "within_min"),
        ({"to_unit": ""}, "to_unit"),
        ({"to_unit": "province-01"}, "to_unit"),
        ({"subject": ""}, "subject"),
        ({"precedence": "tomorrow"}, "precedence"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(signed_in, ponds, mfaic, changes, field):
    answer = signed_in(mfaic).post(f"/guidance/{ponds.ref}/new/", typed(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "With the reference map" in answer.content.decode()
    assert not Instruction.objects.exists()


def test_the_same_form_sent_twice_issues_once(signed_in, ponds, mfaic):
    browser, sent = signed_in(mfaic), typed()
    assert {browser.post(f"/guidance/{ponds.ref}/new/", sent).url for _ in range(2)} == {
        Instruction.objects.get().get_absolute_url()
    }


def test_who_sees_but_may_not_instruct_and_who_sees_nothing(signed_in, ponds, district, province2):
    assert signed_in(district).get(f"/guidance/{ponds.ref}/new/").status_code == 403
    assert signed_in(province2).get(f"/guidance/{ponds.ref}/new/").status_code == 404


# --- the thread -----------------------------------------------------------------------------------------------


def test_the_whole_way_by_the_pages(signed_in, issued, district, mfaic, ponds):
    doer, giver = signed_in(district), signed_in(mfaic)
    page = doer.get(issued.get_absolute_url()).content.decode()
    assert "Your turn." in page
    assert "with the reference map" in page
    assert act(doer, issued, "acknowledge").status_code == 302
    assert act(doer, issued, "ask", text="Which map?").status_code == 302
    assert "Answer the question" in giver.get(issued.get_absolute_url()).content.decode()
    assert act(giver, issued, "answer", text="Sheet 6335").status_code == 302
    proof = SimpleUploadedFile("map.pdf", b"%PDF-1.4 map")
    assert act(doer, issued, "done", text="Measured", files=[proof]).status_code == 302
    assert act(giver, issued, "wanting", text="No scale", within_min="4").status_code == 302
    assert act(doer, issued, "done", text="With a scale").status_code == 302
    assert act(giver, issued, "adequate", text="Thank you").status_code == 302
    page = doer.get(issued.get_absolute_url()).content.decode()
    for words in ("Which map?", "Sheet 6335", "map.pdf", "No scale", "With a scale", "Thank you", "Found adequate"):
        assert words in page
    assert "in time" in page
    issued.refresh_from_db()
    assert issued.state == S.ADEQUATE


def test_a_late_report_is_marked_late(signed_in, issued, district, mfaic):
    actions.acknowledge_instruction(actor=district, instruction=issued)
    with clock.replaying(issued.due_at + timedelta(hours=1)):
        actions.report_instruction_done(actor=district, instruction=issued, text="Measured")
    lines = signed_in(mfaic).get(issued.get_absolute_url()).context["lines"]
    assert [line.late for line in lines] == [None, None, True]


def test_a_refused_step_comes_back_with_what_was_typed(signed_in, issued, district, mfaic):
    bring(issued, S.DONE, doer=district, giver=mfaic)
    answer = act(signed_in(mfaic), issued, "wanting", text="No scale", within_min="soon")
    assert answer.status_code == 422
    assert "No scale" in answer.content.decode()
    late = act(signed_in(district), issued, "acknowledge", text="Sorry")
    assert late.status_code == 422
    assert "cannot be done now" in late.content.decode()


def test_a_step_sent_twice_is_taken_once(signed_in, issued, district):
    sent, browser = {"client_key": key(), "text": "Which map?"}, signed_in(district)
    for _ in range(2):
        assert browser.post(f"{issued.get_absolute_url()}ask/", sent).status_code == 302
    assert issued.steps.count() == 2


def test_who_sees_the_thread_takes_no_step_that_is_not_his(signed_in, issued, district, head, ssba, province2):
    for person in (head, ssba):
        assert signed_in(person).get(issued.get_absolute_url()).status_code == 200
        for name in ("acknowledge", "ask", "done", "answer", "adequate", "wanting", "withdraw"):
            assert act(signed_in(person), issued, name, text="x").status_code == 403
    assert act(signed_in(district), issued, "withdraw", reason="x").status_code == 403
    assert signed_in(province2).get(issued.get_absolute_url()).status_code == 404
    assert act(signed_in(province2), issued, "acknowledge").status_code == 404


def test_proof_is_handed_out_to_who_sees_the_thread(signed_in, issued, district, mfaic, province2):
    bring(issued, S.ACKNOWLEDGED, doer=district, giver=mfaic)
    proof = SimpleUploadedFile("map.pdf", b"%PDF-1.4 map")
    actions.report_instruction_done(actor=district, instruction=issued, files=[proof])
    where = f"{issued.get_absolute_url()}files/{InstructionFile.objects.get().pk}/"
    assert b"".join(signed_in(mfaic).get(where)) == b"%PDF-1.4 map"
    assert signed_in(province2).get(where).status_code == 404


# --- the list, the home page, the incident --------------------------------------------------------------------


def test_the_list_shows_what_waits_first_and_narrows(signed_in, issued, ponds, world, ssba, district, mfaic, province2):
    other = instruct(ssba, ponds, giver=world["ssba"], taker=world["province-16"], precedence="flash")
    browser = signed_in(district)

    def listed(query: str, who: Any = browser) -> set[Any]:
        return set(who.get(f"/guidance/{query}").context["page"].rows)

    first = browser.get("/guidance/")
    assert first.context["waiting"] == [issued]
    assert listed("") == {issued, other}
    assert listed("?side=owed") == {issued}
    assert listed("?side=given", signed_in(mfaic)) == {issued}
    assert listed("?side=given", signed_in(ssba)) == {other}
    assert listed("?state=acknowledged") == set()
    assert listed("?precedence=flash") == {other}
    assert listed("?from_unit=ssba") == {other}
    assert listed("?overdue=true") == set()
    assert listed("?overdue=false") == {issued, other}
    assert listed(f"?incident={ponds.ref}&province=16") == {issued, other}
    Instruction.objects.filter(pk=issued.pk).update(due_at=issued.issued_at)
    assert listed("?overdue=true") == {issued}
    assert listed("", signed_in(province2)) == set()


def test_it_waits_on_the_home_page_of_each_side(signed_in, issued, district, mfaic):
    assert "Guidance to carry out" in signed_in(district).get("/").content.decode()
    actions.ask_back(actor=district, instruction=issued, text="Which map?")
    assert "Questions to answer" in signed_in(mfaic).get("/").content.decode()
    actions.answer_question(actor=mfaic, instruction=issued, text="Sheet 6335")
    bring(issued, S.DONE, doer=district, giver=mfaic)
    assert "Guidance to judge" in signed_in(mfaic).get("/").content.decode()
    assert "Guidance to carry out" not in signed_in(district).get("/").content.decode()


def test_the_incident_shows_it_and_offers_institutions_to_give_more(signed_in, issued, ponds, district, ssba):
    page = signed_in(district).get(ponds.get_absolute_url()).content.decode()
    assert issued.get_absolute_url() in page
    assert f"/guidance/{ponds.ref}/new/" not in page
    assert f"/guidance/{ponds.ref}/new/" in signed_in(ssba).get(ponds.get_absolute_url()).content.decode()


def test_pages_take_few_queries(signed_in, issued, ponds, world, mfaic, district, django_assert_max_num_queries):
    for _ in range(3):
        row = instruct(mfaic, ponds, giver=world["mfaic"], taker=world["district-1607"])
    bring(row, S.DONE, doer=district, giver=mfaic)
    giver, doer = signed_in(mfaic), signed_in(district)
    with django_assert_max_num_queries(16):
        giver.get("/guidance/")
    for browser in (giver, doer):
        with django_assert_max_num_queries(17):
            browser.get(row.get_absolute_url())
    with django_assert_max_num_queries(15):
        giver.get(f"/guidance/{ponds.ref}/new/")


# --- machines -------------------------------------------------------------------------------------------------


def send(browser: Any, row: Instruction, address: str, sent: dict[str, Any], with_key: str | None = None) -> Any:
    headers = {"Idempotency-Key": with_key or key()}
    where = f"/api/v1/guidance/{row.ref}/{address}/"
    return browser.post(where, json.dumps(sent), "application/json", headers=headers)


def test_machines_read_and_acknowledge(signed_in, issued, district):
    browser, mine = signed_in(district), key()
    [row] = browser.get("/api/v1/guidance/").json()["results"]
    assert set(row) == set(GuidanceRow().fields)
    assert (row["ref"], row["from_unit"], row["to_unit"]) == (issued.ref, "mfaic", "district-1607")
    first = send(browser, issued, "acknowledge", {}, mine)
    assert first.status_code == 201
    assert set(first.json()) == set(GuidanceDetail().fields)
    assert [step["verb"] for step in first.json()["steps"]] == ["instruct", "acknowledge_instruction"]
    again = send(browser, issued, "acknowledge", {}, mine)
    assert (again.status_code, again.json()) == (200, first.json())
    assert send(browser, issued, "acknowledge", {}).status_code == 400
    assert browser.get(f"/api/v1/guidance/{issued.ref}/").json() == first.json()


def test_machines_take_every_step(signed_in, issued, district, mfaic):
    doer, giver = signed_in(district), signed_in(mfaic)
    way: list[tuple[Any, dict[str, Any]]] = [
        (doer, {"verb": "ask_back", "text": "Which map?"}),
        (giver, {"verb": "answer_question", "text": "Sheet 6335"}),
        (doer, {"verb": "acknowledge_instruction"}),
        (doer, {"verb": "report_instruction_done", "text": "Measured"}),
        (giver, {"verb": "find_wanting", "text": "No scale", "within_min": 240}),
        (doer, {"verb": "report_instruction_done", "text": "With a scale"}),
        (giver, {"verb": "find_adequate"}),
    ]
    for browser, sent in way:
        answer = send(browser, issued, "steps", sent)
        assert answer.status_code == 201, answer.json()
    assert [step["verb"] for step in answer.json()["steps"]][1:] == [sent["verb"] for _who, sent in way]
    assert answer.json()["state"] == "adequate"


def test_machines_withdraw_with_a_reason(signed_in, issued, mfaic):
    browser = signed_in(mfaic)
    assert send(browser, issued, "steps", {"verb": "withdraw_instruction"}).status_code == 400
    answer = send(browser, issued, "steps", {"verb": "withdraw_instruction", "text": "Over"})
    assert answer.json()["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"verb": "dance"}, "/verb"),
        ({}, "/verb"),
        ({"verb": "ask_back"}, "/text"),
        ({"verb": "report_instruction_done", "text": "x"}, ""),
    ],
)
def test_what_machines_send_wrongly_is_named(signed_in, issued, district, sent, pointer):
    answer = send(signed_in(district), issued, "steps", sent)
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_found_wanting_without_time_is_named(signed_in, issued, district, mfaic):
    bring(issued, S.DONE, doer=district, giver=mfaic)
    answer = send(signed_in(mfaic), issued, "steps", {"verb": "find_wanting", "text": "No scale"})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/within_min"]


def test_machines_get_what_their_owner_gets(signed_in, issued, district, ssba, province2):
    assert send(signed_in(ssba), issued, "acknowledge", {}).status_code == 403
    assert send(signed_in(ssba), issued, "steps", {"verb": "find_adequate"}).status_code == 403
    assert send(signed_in(district), issued, "steps", {"verb": "find_adequate"}).status_code == 403
    assert send(signed_in(province2), issued, "steps", {"verb": "ask_back"}).status_code == 404
    assert signed_in(province2).get("/api/v1/guidance/").json()["results"] == []
    mine = key()
    send(signed_in(district), issued, "steps", {"verb": "ask_back", "text": "x"}, mine)
    other = send(signed_in(district), issued, "acknowledge", {}, mine)
    assert other.status_code == 409
    where = f"/api/v1/guidance/{issued.ref}/acknowledge/"
    assert signed_in(district).post(where, "{}", "application/json").status_code == 400
