"""Drills: who may announce, begin, file into and end one, what they leave behind, and what they never touch."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from borderwatch import clock, topics
from borderwatch.models import AuditEntry, Delivery
from incidents import actions, desk
from incidents.choices import CloseReason, DutyState, Status
from incidents.choices_answers import ClockState, DrillState
from incidents.drills import roll, workflow
from incidents.models import Checkpoint, Clock, Drill, Duty, Incident, ReferenceCounter
from incidents.tests.drills import ARMED, PONDS, announced, play, running
from incidents.workflow import Refused
from units.models import RegisterDefect, User

NOWHERE = (106.4, 14.2)


# --- announcing -------------------------------------------------------------------------------------------------


def test_a_province_announces_a_drill_and_everybody_who_takes_part_is_told(province, world, audited, told):
    drill = announced(province, world)
    assert (drill.state, drill.announced_by) == (DrillState.PLANNED, province)
    entry = audited("announce_drill", key=str(drill.pk))
    assert entry.after["units"] == ["district-1607", "moi", "post-1607-1"]
    people = told("drill_announced")
    # Also the institutions that policy may ask, though they were not chosen.
    assert {"district", "head", "province", "moi", "moi2", "mfaic", "ssba"} <= people
    assert "province2" not in people


@pytest.mark.parametrize("name", ["district", "head", "keeper", "auditor", "province2", "outsider"])
def test_only_reviewers_of_the_unit_announce_for_it(name, world, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        announced(User.objects.get(username=name), world)


def test_an_institution_leads_drills_of_several_provinces(moi, world):
    drill = announced(moi, world, led_by=world["moi"], units=[world["province-16"], world["province-01"]])
    assert {unit.code for unit in drill.units.all()} == {"province-16", "province-01"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (lambda world, now: {"units": [world["moi"]]}, "units"),
        (lambda world, now: {"units": [world["province-01"]]}, "units"),
        (lambda world, now: {"name_km": "  "}, "name_km"),
        (lambda world, now: {"purpose": ""}, "purpose"),
        (lambda world, now: {"starts_at": now - timedelta(hours=1)}, "starts_at"),
        (lambda world, now: {"ends_at": now + timedelta(minutes=30)}, "ends_at"),
        (lambda world, now: {"ends_at": now + timedelta(days=9)}, "ends_at"),
    ],
)
def test_what_cannot_be_announced_is_refused_at_its_field(changes, field, province, world, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        announced(province, world, **changes(world, clock.now()))
    assert set(refused.value.error_dict) == {field}


def test_a_district_leads_no_drill_even_for_who_looks_over_it(province, world):
    with pytest.raises(ValidationError) as refused:
        announced(province, world, led_by=world["district-1607"])
    assert "led_by" in refused.value.error_dict


# --- states -----------------------------------------------------------------------------------------------------


def in_state(state, province, world):
    if state == DrillState.PLANNED:
        return announced(province, world)
    drill = running(province, world)
    if state == DrillState.ENDED:
        actions.end_drill(actor=province, drill=drill)
    if state == DrillState.CALLED_OFF:
        actions.call_off_drill(actor=province, drill=drill, reason="Rain")
    drill.refresh_from_db()
    return drill


SENT = {"call_off_drill": {"reason": "Rain"}, "note_lessons": {"lessons": "Ring earlier"}}


@pytest.mark.parametrize("state", DrillState.values)
@pytest.mark.parametrize("verb", sorted(workflow.TRANSITIONS))
def test_every_pair_of_verb_and_state_follows_the_table(verb, state, province, world, untouched):
    drill = in_state(state, province, world)
    act = getattr(actions, verb)
    if workflow.allowed(verb, state):
        assert act(actor=province, drill=drill, **SENT.get(verb, {})).state == workflow.TRANSITIONS[verb][1]
        return
    with untouched(), pytest.raises(Refused):
        act(actor=province, drill=drill, **SENT.get(verb, {}))


@pytest.mark.parametrize("verb", sorted(workflow.TRANSITIONS))
@pytest.mark.parametrize("name", ["district", "province2", "mfaic"])
def test_who_does_not_lead_it_does_nothing_to_it(name, verb, province, world, untouched):
    drill = running(province, world)
    with untouched(), pytest.raises(PermissionDenied):
        getattr(actions, verb)(actor=User.objects.get(username=name), drill=drill, **SENT.get(verb, {}))


def test_a_person_says_why_he_calls_it_off(province, world, untouched):
    drill = announced(province, world)
    with untouched(), pytest.raises(ValidationError):
        actions.call_off_drill(actor=province, drill=drill, reason=" ")


def test_lessons_written_anew_leave_the_old_ones_on_record(province, world):
    drill = in_state(DrillState.ENDED, province, world)
    actions.note_lessons(actor=province, drill=drill, lessons="First")
    actions.note_lessons(actor=province, drill=drill, lessons="Second")
    entry = AuditEntry.objects.filter(verb="note_lessons").latest("id")
    assert (entry.before, entry.after) == ({"lessons": "First"}, {"lessons": "Second"})


def test_the_database_refuses_an_ended_drill_without_a_report(province, world):
    drill = running(province, world)
    with pytest.raises(IntegrityError, match="an_ended_drill_has_its_report"), transaction.atomic():
        Drill.objects.filter(pk=drill.pk).update(state="ended", ended_at=clock.now())


def test_drills_begin_and_end_by_themselves_and_the_forgotten_are_called_off(province, world, told):
    now = clock.now()
    soon = announced(province, world)
    with clock.replaying(now + timedelta(hours=2)):
        assert actions.watch_drills() == {"begun": 1, "ended": 0, "missed": 0}
        assert actions.watch_drills() == {"begun": 0, "ended": 0, "missed": 0}
    with clock.replaying(now + timedelta(hours=6)):
        assert actions.watch_drills() == {"begun": 0, "ended": 1, "missed": 0}
    soon.refresh_from_db()
    assert (soon.state, soon.ended_by, soon.report["totals"]["incidents"]) == (DrillState.ENDED, None, 0)
    missed = announced(province, world)
    with clock.replaying(now + timedelta(hours=6)):
        assert actions.watch_drills()["missed"] == 1
    missed.refresh_from_db()
    assert (missed.state, missed.report) == (DrillState.CALLED_OFF, None)
    assert "district" in told("drill_called_off")


# --- filing -----------------------------------------------------------------------------------------------------


def test_a_played_report_bears_its_drill_and_a_number_of_its_own(province, district, world, report, audited, file):
    real = file()
    incident = play(running(province, world), district, world, report)
    assert incident.drill is not None
    assert incident.ref.startswith("RTK-EX-")
    assert incident.ref.endswith("-000001")
    assert audited("file_incident", key=incident.ref).after["drill"] == incident.drill.pk
    # The numbers of what really happened have no gap.
    assert int(file().ref[-6:]) == int(real.ref[-6:]) + 1
    assert ReferenceCounter.objects.get(province__code="16").last == int(real.ref[-6:]) + 1


def test_a_report_for_a_unit_below_one_that_takes_part_is_played_too(province, head, world, report):
    drill = running(province, world, units=[world["province-16"]])
    incident = play(drill, head, world, report, unit=world["post-1607-1"])
    assert incident.drill == drill


def test_nobody_files_into_a_drill_that_is_not_running_or_not_his(
    province, province2, district, world, report, untouched
):
    planned, over = announced(province, world), in_state(DrillState.ENDED, province, world)
    elsewhere = running(province, world, units=[world["district-1609"]])
    for drill in (planned, over, elsewhere):
        with untouched(), pytest.raises(ValidationError) as refused:
            play(drill, district, world, report)
        assert set(refused.value.error_dict) == {"drill"}
    here = running(province, world)
    with untouched(), pytest.raises(ValidationError):
        play(here, province2, world, report, unit=world["province-01"])


def test_past_its_end_a_drill_takes_no_report_even_when_nothing_has_ended_it(province, district, world, report):
    drill = running(province, world)
    with clock.replaying(clock.now() + timedelta(hours=6)), pytest.raises(ValidationError):
        play(drill, district, world, report)


def test_the_same_report_sent_again_stays_one_and_sent_as_real_is_a_conflict(province, district, world, report):
    drill = running(province, world)
    key, told = uuid.uuid4(), report()
    sent = {"actor": district, "unit": world["district-1607"], "client_key": key, "report": told}
    assert actions.file_incident(**sent, drill=drill).outcome == "new"
    actions.end_drill(actor=province, drill=drill)
    assert actions.file_incident(**sent, drill=drill).outcome == "same"
    # Whoever sends it as real after all must not be taken for having played.
    assert actions.file_incident(**sent).outcome == "conflict"


def test_a_report_in_confidence_is_never_played(province, head, world, report, untouched):
    drill = running(province, world)
    clerk = User.objects.filter(username="clerk").first() or head
    with untouched(), pytest.raises(ValidationError) as refused:
        play(drill, clerk, world, report, unit=world["post-1607-1"], about=world["district-1607"])
    assert set(refused.value.error_dict) & {"about"}


# --- the chain --------------------------------------------------------------------------------------------------


def test_the_whole_chain_runs_and_every_notice_of_it_is_marked(province, district, moi, world, report):
    drill = running(province, world)
    incident = play(drill, district, world, report, **PONDS)
    duty = Duty.objects.get(escalation__incident=incident, unit__code="moi")
    actions.acknowledge(actor=moi, duty=duty, answer="accept", comment="We act")
    notices = Delivery.objects.filter(kind="incident", key=incident.ref)
    assert {"unit_answers", "incident_filed", "duty_opened", "duty_reminder", "duty_answered"} <= {
        row.topic for row in notices
    }
    for row in notices:
        assert json.loads(row.payload)["data"]["exercise"] is True, row.topic
        text = topics.render(row)
        assert text.subject.startswith("EXERCISE – ការហាត់សម"), row.topic
        assert text.body.startswith("EXERCISE – ការហាត់សម"), row.topic
    for row in Delivery.objects.filter(kind="drill"):
        assert topics.render(row).subject.startswith("EXERCISE – ការហាត់សម")


def test_what_is_real_bears_no_mark(file):
    for row in Delivery.objects.filter(key=file(**PONDS).ref):
        assert json.loads(row.payload)["data"]["exercise"] is False
        text = topics.render(row)
        assert "EXERCISE" not in text.subject + text.body


def test_the_end_closes_what_was_played_and_cancels_what_was_planned(province, district, moi, world, report, audited):
    drill = running(province, world)
    incident = play(drill, district, world, report, **PONDS)
    closed_by_hand = play(drill, district, world, report, impact="low")
    actions.close_incident(actor=province, incident=closed_by_hand, close_reason="over", reason="Done")
    duties = {duty.unit.code: duty for duty in Duty.objects.filter(escalation__incident=incident)}
    actions.acknowledge(actor=moi, duty=duties["moi"], answer="accept")
    actions.end_drill(actor=province, drill=drill, reason="Enough")
    incident.refresh_from_db()
    closed_by_hand.refresh_from_db()
    assert (incident.status, incident.close_reason) == (Status.CLOSED, CloseReason.EXERCISE)
    assert closed_by_hand.close_reason == CloseReason.OVER
    assert audited("close_incident", key=incident.ref).reason == "ការហាត់សម · Exercise"
    states = dict(Duty.objects.filter(escalation__incident=incident).values_list("unit__code", "state"))
    assert states == {"moi": DutyState.ANSWERED, "mfaic": DutyState.ENDED, "ssba": DutyState.ENDED}
    assert not Delivery.objects.filter(key=incident.ref, state="pending", planned_at__gt=clock.now()).exists()
    assert not Clock.objects.filter(duty__escalation__incident=incident).exclude(state=ClockState.STOPPED).exists()
    assert audited("end_drill").after == {"state": "ended", "incidents_closed": 1, "duties_ended": 2}


def test_after_the_end_nothing_is_owed_answered_or_reopened(province, district, moi, mfaic, world, report, untouched):
    drill = running(province, world)
    incident = play(drill, district, world, report, **PONDS)
    duty = Duty.objects.get(escalation__incident=incident, unit__code="mfaic")
    assert desk.duty_counts(mfaic)["waiting"] == 1
    actions.end_drill(actor=province, drill=drill)
    assert set(desk.duty_counts(mfaic).values()) == {0}
    with untouched(), pytest.raises(Refused):
        actions.acknowledge(actor=mfaic, duty=duty, answer="accept")
    with untouched(), pytest.raises(Refused):
        actions.reopen_incident(actor=province, incident=incident, reason="Again")
    assert "reopen_incident" not in desk.verbs_open_to(province, Incident.objects.get(pk=incident.pk))


def test_a_question_asked_back_ends_with_the_drill(province, district, mfaic, world, report):
    from incidents.models import InformationRequest

    drill = running(province, world)
    incident = play(drill, district, world, report, **PONDS)
    duty = Duty.objects.get(escalation__incident=incident, unit__code="mfaic")
    actions.acknowledge(actor=mfaic, duty=duty, answer="need_information", comment="Which side?")
    request = InformationRequest.objects.get(duty=duty)
    actions.end_drill(actor=province, drill=drill)
    request.refresh_from_db()
    assert request.clock.state == ClockState.STOPPED
    assert not InformationRequest.objects.visible_to(district).open().exists()
    with pytest.raises(Refused):
        actions.give_information(actor=district, request=request, answer="Ours")


def test_guidance_given_in_play_is_withdrawn_at_the_end(province, district, moi, world, report):
    drill = running(province, world)
    incident = play(drill, district, world, report, **PONDS)
    row = actions.instruct(
        actor=moi, incident=incident, from_unit=world["moi"], to_unit=world["province-16"], subject="Measure",
        text="Measure the ponds", within_min=120,
    )  # fmt: skip
    actions.end_drill(actor=province, drill=drill)
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert row.clock.state == ClockState.STOPPED
    assert row.steps.last().by_name == "BorderWatch"


def test_calling_off_a_running_drill_ends_it_all_the_same(province, district, world, report):
    drill = running(province, world)
    incident = play(drill, district, world, report, **ARMED)
    actions.call_off_drill(actor=province, drill=drill, reason="A real shooting")
    drill.refresh_from_db()
    assert drill.report["totals"]["asked"] == 1
    assert Duty.objects.get(escalation__incident=incident).state == DutyState.ENDED


def test_no_person_chooses_the_closing_reason_of_a_drill(province, file, untouched):
    incident = file()
    with untouched(), pytest.raises(ValidationError):
        actions.close_incident(actor=province, incident=incident, close_reason=CloseReason.EXERCISE, reason="x")


# --- what a drill never touches ---------------------------------------------------------------------------------


def test_nobody_is_held_to_account_for_what_was_played(province, head, district, world, report, untouched):
    drill = running(province, world)
    incident = play(drill, district, world, report)
    actions.verify_incident(actor=province, incident=incident)
    assert not incident.cases.exists()
    with untouched(), pytest.raises(Refused):
        actions.open_case(actor=province, incident=incident, reason="Unseen")
    with untouched(), pytest.raises(ValidationError):
        actions.contest_attribution(actor=head, incident=incident, reason="Not ours")
    actions.reattribute(actor=province, incident=incident, unit=world["post-1607-2"], reason="Played ruling")
    assert not incident.cases.exists()


def test_the_same_report_filed_as_real_does_open_a_case(province, file):
    incident = file()
    actions.verify_incident(actor=province, incident=incident)
    assert incident.cases.exists()


def test_a_drill_raises_no_defect_of_the_register(province, district, world, report, file):
    play(running(province, world), district, world, report, at=NOWHERE)
    assert not RegisterDefect.objects.exists()
    file(at=NOWHERE)
    assert RegisterDefect.objects.exists()


def test_a_drill_recognises_no_checkpoint(province, district, world, report, untouched):
    drill = running(province, world)
    words = {"category": "checkpoint_irregularity", "type": "unauthorised_checkpoint"}
    play(drill, district, world, report, **words)
    assert not Checkpoint.objects.exists()
    fee = play(drill, district, world, report, category="checkpoint_irregularity", type="unofficial_fee")
    with untouched(), pytest.raises(Refused):
        actions.recognise_checkpoint(actor=province, incident=fee, reason="x")


# --- whom it concerns -------------------------------------------------------------------------------------------


def test_a_running_drill_concerns_those_it_may_reach_and_nobody_else(province, world):
    drill = running(province, world)
    concerned = {user.username for user in User.objects.filter(is_active=True) if roll.concerns(user, drill)}
    assert {"district", "head", "province", "moi", "mfaic", "ssba", "auditor"} <= concerned
    assert not {"province2", "outsider", "former_head", "admin"} & concerned


def test_a_planned_drill_is_no_running_one(province, district, world):
    announced(province, world)
    assert roll.concerning(district) == []
    assert roll.open_to([world["district-1607"]]) == []
