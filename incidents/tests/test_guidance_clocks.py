"""The clock of guidance, its reminders, whom each step is told, and the watch over what is overdue (D10)."""

from datetime import timedelta

import pytest
from django.utils import translation

from borderwatch import clock, topics
from borderwatch.models import Delivery
from incidents import actions
from incidents.actions.guidance_steps import minutes_left
from incidents.choices_answers import ClockEventKind, ClockState, InstructionState
from incidents.models import Clock, Duty, EscalationPolicy, Instruction
from incidents.tests.engaging import bring, events, fresh, instruct, planned

S = InstructionState
HOUR = timedelta(hours=1)


@pytest.fixture
def issued(ponds, mfaic, world) -> Instruction:
    """MFAIC instructs the district about the ponds: eight hours, every hour counts."""
    return instruct(mfaic, ponds, giver=world["mfaic"], taker=world["district-1607"])


# --- the clock ------------------------------------------------------------------------------------------------


def test_a_question_stops_the_clock_and_the_answer_lets_it_run_on(issued, district, mfaic):
    start = issued.issued_at
    with clock.replaying(start + 2 * HOUR):
        actions.ask_back(actor=district, instruction=issued, text="Which map?")
    row = fresh(issued)
    assert (row.due_at, row.clock.state) == (None, ClockState.PAUSED)
    assert row.clock.events.get(kind=ClockEventKind.PAUSE).reason == "Which map?"
    with clock.replaying(start + 30 * HOUR):
        actions.answer_question(actor=mfaic, instruction=row, text="Sheet 6335")
    row = fresh(row)
    # Six of the eight hours were left.
    assert row.due_at == start + 36 * HOUR
    assert row.due_at == row.clock.due_at
    assert events(row) == ["start", "pause", "resume"]


def test_the_question_stops_no_other_clock(issued, ponds, world, ssba, district):
    other = instruct(ssba, ponds, giver=world["ssba"], taker=world["district-1607"])
    duties = list(Duty.objects.order_by("pk").values_list("due_at", "state"))
    actions.ask_back(actor=district, instruction=issued, text="Which map?")
    assert fresh(other).clock.state == ClockState.RUNNING
    assert list(Duty.objects.order_by("pk").values_list("due_at", "state")) == duties


def test_an_acknowledgement_does_not_stop_it(issued, district):
    actions.acknowledge_instruction(actor=district, instruction=issued)
    row = fresh(issued)
    assert (row.due_at, row.clock.state) == (issued.due_at, ClockState.RUNNING)


def test_reporting_it_done_stops_the_clock(issued, district, mfaic):
    row = bring(issued, S.DONE, doer=district, giver=mfaic)
    assert fresh(row).due_at is None
    assert fresh(row).clock.state == ClockState.STOPPED


@pytest.mark.parametrize(
    ("done_after", "given", "left"),
    [
        # One of eight hours was left, four are given: four.
        (7, 240, 240),
        # Seven were left: they are not taken away.
        (1, 240, 420),
        # Five hours overdue: forgiven, four are given.
        (13, 240, 240),
    ],
)
def test_what_is_found_wanting_runs_on_with_at_least_the_time_given(issued, district, mfaic, done_after, given, left):
    start = issued.issued_at
    actions.acknowledge_instruction(actor=district, instruction=issued)
    with clock.replaying(start + done_after * HOUR):
        actions.report_instruction_done(actor=district, instruction=issued, text="Measured")
    later = start + timedelta(days=3)
    with clock.replaying(later):
        actions.find_wanting(actor=mfaic, instruction=issued, text="No scale", within_min=given)
    row = fresh(issued)
    assert row.due_at == later + timedelta(minutes=left)
    assert round(minutes_left(row.clock)) == left
    assert events(row)[:3] == ["start", "stop", "resume"]


@pytest.mark.parametrize("state", [S.ISSUED, S.QUESTIONED, S.ACKNOWLEDGED, S.DONE])
def test_withdrawing_stops_it_from_every_open_state(issued, district, mfaic, state):
    row = bring(issued, state, doer=district, giver=mfaic)
    actions.withdraw_instruction(actor=mfaic, instruction=row, reason="Over")
    row = fresh(row)
    assert (row.due_at, row.clock.state) == (None, ClockState.STOPPED)
    assert not planned(row)


def test_urgent_guidance_counts_every_hour_and_other_guidance_the_hours_of_the_unit(ponds, world, mfaic):
    for precedence, office in (("routine", True), ("priority", True), ("immediate", False), ("flash", False)):
        row = instruct(mfaic, ponds, giver=world["mfaic"], taker=world["province-16"], precedence=precedence)
        assert (row.clock.hours_of == world["province-16"]) is office
        assert (row.clock.hours_of is None) is not office


def test_an_edited_policy_changes_no_running_clock(issued):
    EscalationPolicy.objects.update(information_within_min=1, working_hours=True)
    assert fresh(issued).due_at == issued.due_at


# --- reminders and telling ------------------------------------------------------------------------------------


def test_reminders_are_planned_halfway_and_at_the_deadline(issued, told):
    start = issued.issued_at
    assert planned(issued) == {
        ("guidance_reminder", start + 4 * HOUR),
        ("guidance_reminder", start + 8 * HOUR),
        ("guidance_overdue", start + 8 * HOUR),
    }
    assert "district" in told("guidance_reminder")
    # Over his head: the province above, and the institution; not once more he himself.
    assert {"province", "mfaic", "mfaic-deputy"} <= told("guidance_overdue")
    assert "district" not in told("guidance_overdue")


def test_a_question_cancels_them_and_reminds_the_institution_instead(issued, district, told):
    with clock.replaying(issued.issued_at + HOUR):
        actions.ask_back(actor=district, instruction=issued, text="Which map?")
    assert planned(issued) == {("guidance_reminder", issued.issued_at + 25 * HOUR)}
    rows = Delivery.objects.filter(bundle=issued.bundle, state="pending")
    assert {row.user.username for row in rows} == {"mfaic", "mfaic-deputy"}


def test_the_end_leaves_nothing_planned(issued, district, mfaic):
    bring(issued, S.ADEQUATE, doer=district, giver=mfaic)
    assert not planned(issued)


def test_each_step_is_told_to_the_other_side_and_the_level_above(issued, district, mfaic, told):
    assert {"district", "province"} <= told("guidance_issued")
    assert "mfaic" not in told("guidance_issued")
    assert "province2" not in told("guidance_issued")
    actions.ask_back(actor=district, instruction=issued, text="Which map?")
    assert {"mfaic", "mfaic-deputy", "province"} <= told("guidance_asked")
    assert "district" not in told("guidance_asked")
    actions.answer_question(actor=mfaic, instruction=issued, text="Sheet 6335")
    assert "district" in told("guidance_step")
    bring(issued, S.ACKNOWLEDGED, doer=district, giver=mfaic)
    actions.report_instruction_done(actor=district, instruction=issued, text="Measured")
    assert "mfaic" in told("guidance_done")


def test_of_guidance_to_the_province_the_ministry_above_hears(ponds, world, mfaic, told):
    instruct(mfaic, ponds, giver=world["mfaic"], taker=world["province-16"])
    assert {"moi", "moi2"} <= told("guidance_overdue")


def test_of_guidance_to_a_post_its_province_hears_too(ponds, world, mfaic, told):
    instruct(mfaic, ponds, giver=world["mfaic"], taker=world["post-1607-1"])
    assert {"head", "province"} <= told("guidance_issued")
    assert "province" in told("guidance_overdue")


@pytest.mark.parametrize("language", ["km", "en"])
def test_notices_tell_neither_the_order_nor_the_thread(issued, district, mfaic, language):
    bring(issued, S.DONE, doer=district, giver=mfaic)
    actions.find_wanting(actor=mfaic, instruction=issued, text="No scale", within_min=60)
    actions.ask_back(actor=district, instruction=issued, text="Which scale?")
    rows = list(Delivery.objects.filter(topic__startswith="guidance_"))
    assert {row.topic for row in rows} == {
        "guidance_issued", "guidance_step", "guidance_asked", "guidance_done", "guidance_reminder", "guidance_overdue",
    }  # fmt: skip
    for row in rows:
        with translation.override(language):
            text = topics.render(row)
        assert issued.ref in text.subject
        assert "reference map" not in text.body + row.payload
        assert "scale" not in text.body + row.payload
        assert "/guidance/" in text.body
        assert "None" not in text.subject + text.body
        assert "{" not in text.subject + text.body


def test_a_reminder_whose_guidance_has_ended_is_not_sent(issued):
    notice = Delivery.objects.filter(bundle=issued.bundle, user__username="district").first()
    assert topics.obsolete(notice) == ""
    Instruction.objects.filter(pk=issued.pk).update(state=S.WITHDRAWN, ended_at=clock.now())
    assert topics.obsolete(notice)


# --- watching -------------------------------------------------------------------------------------------------


def test_what_stays_overdue_is_told_again_at_growing_distances_and_once_each(issued, district):
    due = issued.due_at
    counts = []
    for late in (HOUR, 25 * HOUR, 26 * HOUR, 80 * HOUR, 100 * HOUR, 800 * HOUR):
        with clock.replaying(due + late):
            counts.append(actions.watch_guidance()["overdue"])
    assert counts == [0, 1, 0, 1, 0, 1]
    again = Delivery.objects.filter(event__contains=":day-1", user=district)
    assert again.count() == 1


def test_what_waits_for_the_institution_is_not_told_as_overdue(issued, district):
    actions.ask_back(actor=district, instruction=issued, text="Which map?")
    with clock.replaying(issued.due_at + timedelta(days=30)):
        assert actions.watch_guidance() == {"moved": 0, "overdue": 0}


def test_a_clock_computed_anew_takes_deadline_and_reminders_along(issued, district):
    moved = issued.due_at + 5 * HOUR
    Clock.objects.filter(pk=issued.clock_id).update(due_at=moved)
    assert actions.watch_guidance()["moved"] == 1
    assert fresh(issued).due_at == moved
    assert ("guidance_overdue", moved) in planned(issued)
    assert ("guidance_overdue", issued.due_at) not in planned(issued)
    assert actions.watch_guidance()["moved"] == 0
