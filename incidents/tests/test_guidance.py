"""Guidance: who may instruct whom, who may do which step, clocks, reminders, telling, order of the thread (D10)."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from borderwatch import clock
from incidents import actions, timeline
from incidents.choices_answers import InstructionState
from incidents.guidance import rules
from incidents.models import Duty, Incident, Instruction
from incidents.tests.engaging import bring, events, fresh, instruct
from incidents.workflow import Refused
from units.actions import Clash
from units.models import Unit, User

S = InstructionState
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def issued(ponds, mfaic, world) -> Instruction:
    """MFAIC instructs the district about the ponds: eight hours, every hour counts."""
    return instruct(mfaic, ponds, giver=world["mfaic"], taker=world["district-1607"])


# --- instructing ----------------------------------------------------------------------------------------------


def test_an_institution_that_was_told_instructs(issued, ponds, mfaic, audited):
    assert issued.ref == f"{ponds.ref}-G1"
    assert (issued.state, issued.from_unit.code, issued.to_unit.code) == (S.ISSUED, "mfaic", "district-1607")
    assert issued.duty == Duty.objects.get(unit__code="mfaic")
    assert issued.due_at == issued.issued_at + 8 * HOUR
    assert [step.verb for step in issued.steps.all()] == ["instruct"]
    entry = audited("instruct", issued.ref)
    assert (entry.after["from"], entry.after["to"], entry.after["within_min"]) == ("mfaic", "district-1607", 480)


@pytest.mark.parametrize("who", ["district", "province", "head", "keeper", "auditor", "province2", "outsider"])
def test_nobody_else_instructs(ponds, world, request, untouched, who):
    with untouched(), pytest.raises(PermissionDenied):
        instruct(request.getfixturevalue(who), ponds, giver=world["mfaic"], taker=world["district-1607"])


def test_an_official_instructs_for_his_own_institution_alone(ponds, world, moi, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        instruct(moi, ponds, giver=world["mfaic"], taker=world["district-1607"])
    with untouched(), pytest.raises(PermissionDenied):
        # He reviews the province, but a province is no institution.
        instruct(moi, ponds, giver=world["province-16"], taker=world["district-1607"])


def test_an_institution_that_was_not_told_does_not_but_the_ministry_above_does(file, world, moi, mfaic, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied):
        instruct(mfaic, incident, giver=world["mfaic"], taker=world["district-1607"])
    row = instruct(moi, incident, giver=world["moi"], taker=world["district-1607"])
    assert row.duty is None


@pytest.mark.parametrize("taker", ["province-16", "district-1607", "post-1607-1", "battalion-16"])
def test_administrations_and_units_of_the_province_can_be_instructed_and_see_the_incident(ponds, world, mfaic, taker):
    instruct(mfaic, ponds, giver=world["mfaic"], taker=world[taker])
    assert world[taker].pk in Incident.objects.get(pk=ponds.pk).audience


@pytest.mark.parametrize("taker", ["province-01", "ssba", "moi"])
def test_no_other_province_and_no_institution_can(ponds, world, mfaic, untouched, taker):
    with untouched(), pytest.raises(ValidationError) as refused:
        instruct(mfaic, ponds, giver=world["mfaic"], taker=world[taker])
    assert set(refused.value.error_dict) == {"to_unit"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"text": ""}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"precedence": "yesterday"}, "precedence"),
        ({"within_min": 14}, "within_min"),
        ({"within_min": 366 * 24 * 60 + 1}, "within_min"),
        ({"within_min": -5}, "within_min"),
    ],
)
def test_what_is_incomplete_is_refused_at_its_field(ponds, world, mfaic, untouched, changes, field):
    with untouched(), pytest.raises(ValidationError) as refused:
        instruct(mfaic, ponds, giver=world["mfaic"], taker=world["district-1607"], **changes)
    assert set(refused.value.error_dict) == {field}
    assert not Instruction.objects.exists()


def test_a_report_in_confidence_never_reaches_whom_it_is_about(world, report, moi, told):
    from incidents.demo import people
    from units.choices import Role

    clerk = people.account(people.Account("clerk2", "", "Clerk", "post-1607-1", Role.FILER))
    about = world["post-1607-1"]
    incident = actions.file_incident(
        actor=clerk, unit=about, client_key=uuid.uuid4(), report=report(about=about)
    ).incident
    for hidden in ("post-1607-1", "district-1607"):
        with pytest.raises(ValidationError):
            instruct(moi, incident, giver=world["moi"], taker=world[hidden])
    audience = Incident.objects.get(pk=incident.pk).audience
    instruct(moi, incident, giver=world["moi"], taker=world["province-16"])
    assert Incident.objects.get(pk=incident.pk).audience == audience
    names = told("guidance_issued")
    assert "province" in names
    assert not {"head", "district", "keeper", "battalion", "head2"} & names


def test_a_closed_incident_takes_no_guidance_and_open_guidance_keeps_it_open(file, world, moi, province, district):
    incident = file()
    row = instruct(moi, incident, giver=world["moi"], taker=world["district-1607"])
    closing = {"actor": province, "incident": incident, "close_reason": "over", "reason": "Gone"}
    with pytest.raises(ValidationError) as refused:
        actions.close_incident(**closing)
    assert row.ref in refused.value.messages[0]
    bring(row, S.ADEQUATE, doer=district, giver=moi)
    actions.close_incident(**closing)
    with pytest.raises(Refused):
        instruct(moi, incident, giver=world["moi"], taker=world["district-1607"])


def test_guidance_of_an_incident_is_numbered_and_a_key_makes_one(ponds, file, world, mfaic, ssba):
    key = uuid.uuid4()
    taker = world["district-1607"]
    first = instruct(mfaic, ponds, giver=world["mfaic"], taker=taker, client_key=key)
    assert instruct(mfaic, ponds, giver=world["mfaic"], taker=taker, client_key=key) == first
    assert instruct(ssba, ponds, giver=world["ssba"], taker=taker).ref == f"{ponds.ref}-G2"
    with pytest.raises(Clash):
        instruct(ssba, ponds, giver=world["ssba"], taker=taker, client_key=key)


# --- who may take which step ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "state", "may"),
    [
        ("acknowledge_instruction", S.ISSUED, {"district", "province"}),
        ("ask_back", S.ISSUED, {"district", "province"}),
        ("report_instruction_done", S.ACKNOWLEDGED, {"district", "province"}),
        ("answer_question", S.QUESTIONED, {"mfaic", "mfaic-deputy"}),
        ("find_adequate", S.DONE, {"mfaic", "mfaic-deputy"}),
        ("find_wanting", S.DONE, {"mfaic", "mfaic-deputy"}),
        ("withdraw_instruction", S.ISSUED, {"mfaic", "mfaic-deputy"}),
    ],
)
def test_each_step_is_of_one_side_and_of_nobody_else(issued, district, mfaic, untouched, verb, state, may):
    row = bring(issued, state, doer=district, giver=mfaic)
    arguments: dict[str, Any] = {"reason": "x"} if verb == "withdraw_instruction" else {"text": "x"}
    if verb == "find_wanting":
        arguments["within_min"] = 60
    everybody = ("head", "moi", "ssba", "auditor", "keeper", "province2", "outsider", *sorted(may))
    others = [name for name in (*everybody, "district", "mfaic") if name not in may]
    for name in others:
        with untouched(), pytest.raises(PermissionDenied):
            getattr(actions, verb)(actor=User.objects.get(username=name), instruction=row, **arguments)
    for name in may:
        assert verb in rules.verbs_open_to(User.objects.get(username=name), row), name
    getattr(actions, verb)(actor=User.objects.get(username=min(may)), instruction=row, **arguments)


def test_nobody_judges_what_he_reported_done_himself(issued, district, mfaic, world, untouched):
    from units.actions import post_person
    from units.choices import Role

    post_person(actor=None, user=district, unit=world["mfaic"], role=Role.OFFICIAL, since=clock.now() - HOUR)
    row = bring(issued, S.DONE, doer=district, giver=mfaic)
    assert rules.judging_refusal(district, row)
    for verb, more in (("find_adequate", {}), ("find_wanting", {"text": "x", "within_min": 60})):
        with untouched(), pytest.raises(PermissionDenied):
            getattr(actions, verb)(actor=district, instruction=row, **more)
        assert verb not in rules.verbs_open_to(district, row)


@pytest.mark.parametrize(
    ("verb", "state", "arguments", "fields"),
    [
        ("ask_back", S.ISSUED, {"text": " "}, {"text"}),
        ("ask_back", S.ISSUED, {"text": "x" * 10_001}, {"text"}),
        ("answer_question", S.QUESTIONED, {"text": ""}, {"text"}),
        ("report_instruction_done", S.ACKNOWLEDGED, {"text": " "}, {"text"}),
        ("find_wanting", S.DONE, {"text": "", "within_min": 60}, {"text"}),
        ("find_wanting", S.DONE, {"text": "x", "within_min": 0}, {"within_min"}),
        ("withdraw_instruction", S.DONE, {"reason": ""}, {"reason"}),
        ("acknowledge_instruction", S.ISSUED, {"text": "x" * 10_001}, {"text"}),
    ],
)
def test_steps_that_say_too_little_are_refused(issued, district, mfaic, untouched, verb, state, arguments, fields):
    row = bring(issued, state, doer=district, giver=mfaic)
    actor = district if verb in ("ask_back", "report_instruction_done", "acknowledge_instruction") else mfaic
    with untouched(), pytest.raises(ValidationError) as refused:
        getattr(actions, verb)(actor=actor, instruction=row, **arguments)
    assert set(refused.value.error_dict) == fields


def test_a_photo_alone_is_proof_and_is_kept(issued, district, mfaic, audited):
    row = bring(issued, S.ACKNOWLEDGED, doer=district, giver=mfaic)
    proof = SimpleUploadedFile("map.pdf", b"%PDF-1.4 map", "application/pdf")
    step = actions.report_instruction_done(actor=district, instruction=row, files=[proof]).step
    [kept] = step.files.all()
    assert kept.original_name == "map.pdf"
    assert audited("report_instruction_done", row.ref).after["files"][0]["sha256"] == kept.sha256
    assert fresh(row).done_by == district


def test_the_same_key_takes_a_step_once(issued, district, untouched):
    key = uuid.uuid4()
    first = actions.ask_back(actor=district, instruction=issued, text="Which map?", client_key=key)
    with untouched():
        again = actions.ask_back(actor=district, instruction=issued, text="Which map?", client_key=key)
    assert (first.first, again.first) == (True, False)
    assert again.step == first.step
    with untouched(), pytest.raises(Clash):
        actions.acknowledge_instruction(actor=district, instruction=issued, client_key=key)


# --- the thread keeps its order -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_steps_taken_at_the_same_moment_stand_one_after_the_other(ponds, mfaic, district, province, world):
    row = instruct(mfaic, ponds, giver=world["mfaic"], taker=world["district-1607"])
    start = threading.Barrier(6)

    def ask(number: int) -> str:
        try:
            start.wait()
            actor = (district, province)[number % 2]
            actions.ask_back(actor=actor, instruction=row, text=f"Question {number}")
            return "asked"
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(ask, range(6)))
    assert sorted(found) == ["asked", *["refused"] * 5]
    assert list(row.steps.order_by("number").values_list("number", "verb")) == [(1, "instruct"), (2, "ask_back")]
    assert events(row) == ["start", "pause"]


@pytest.mark.django_db(transaction=True)
def test_institutions_instructing_at_the_same_moment_get_numbers_of_their_own(ponds, mfaic, ssba, moi, world):
    start = threading.Barrier(3)

    def give(pair: tuple[Any, str]) -> str:
        try:
            start.wait()
            return instruct(pair[0], ponds, giver=world[pair[1]], taker=world["district-1607"]).ref
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        refs = list(pool.map(give, [(mfaic, "mfaic"), (ssba, "ssba"), (moi, "moi")]))
    assert sorted(refs) == [f"{ponds.ref}-G{n}" for n in (1, 2, 3)]
    units = set(Unit.objects.filter(pk__in=Incident.objects.get(pk=ponds.pk).audience).values_list("code", flat=True))
    assert {"mfaic", "ssba", "district-1607"} <= units


def test_the_chain_shows_steps_and_the_deadline(issued, ponds, district):
    actions.acknowledge_instruction(actor=district, instruction=issued)
    found = timeline.chain(Incident.objects.get(pk=ponds.pk))
    assert len([step for step in found if step.kind == "guidance"]) == 2
    assert [step.state for step in found if step.kind == "due" and step.at == issued.due_at] == ["planned"]


def test_what_waits_for_whom(issued, district, province, mfaic, ssba, province2):
    assert list(rules.to_carry_out(district)) == [issued]
    assert list(rules.to_carry_out(province)) == [issued]
    assert not rules.to_carry_out(province2).exists()
    actions.ask_back(actor=district, instruction=issued, text="Which map?")
    assert list(rules.to_answer(mfaic)) == [issued]
    assert not rules.to_answer(ssba).exists()
    assert not rules.to_carry_out(district).exists()
    actions.answer_question(actor=mfaic, instruction=issued, text="Sheet 6335")
    bring(issued, S.DONE, doer=district, giver=mfaic)
    assert list(rules.to_judge(mfaic)) == [issued]
    assert not rules.to_judge(ssba).exists()
