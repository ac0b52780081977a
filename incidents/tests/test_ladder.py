"""The ladder of a duty: it climbs at the promised times, stops at the answer, comes back when it was forgotten."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from borderwatch import clock, outbox
from borderwatch.models import AuditEntry, Delivery
from incidents.actions import acknowledge, close_incident, give_information, put_off_reminders, watch_duties
from incidents.choices import DutyState
from incidents.models import Acknowledgement, Duty, EscalationPolicy, Incident, InformationRequest, PolicyStep, Snooze
from incidents.tests.shifting import pass_time
from incidents.workflow import Refused
from units.choices import DeskLevel
from units.models import User


def duty_of(code):
    return Duty.objects.select_related("unit", "clock", "escalation").get(unit__code=code)


def at(minutes, duty):
    """The clock so many minutes after the duty began."""
    return clock.replaying(duty.started_at + timedelta(minutes=minutes))


def reached(duty):
    """Who has been told of the duty so far, in order."""
    rows = Delivery.objects.filter(bundle=duty.bundle, state="delivered").order_by("planned_at", "user__username")
    return [row.user.username for row in rows]


@pytest.fixture
def quiet(world):
    """Nobody but people is told: no mail server is needed."""
    from units.models import Endpoint

    Endpoint.objects.update(active=False)


# --- a ministry that sleeps -----------------------------------------------------------------------------------


def test_a_ministry_that_sleeps_climbs_its_ladder_at_the_promised_times_and_stops_at_the_answer(quiet, ponds):
    duty = duty_of("mfaic")
    climbed = []
    for minutes in (59, 2, 58, 2):
        pass_time(timedelta(minutes=minutes))
        outbox.sweep()
        climbed.append(reached(duty))
    desk = ["mfaic"]
    assert climbed == [desk, ["mfaic", "mfaic"], ["mfaic", "mfaic"], ["mfaic", "mfaic", "mfaic-deputy"]]
    deputy = User.objects.get(username="mfaic-deputy")
    acknowledge(actor=deputy, duty=duty, answer="accept")
    pass_time(timedelta(days=3))
    outbox.sweep()
    assert reached(duty) == ["mfaic", "mfaic", "mfaic-deputy"]
    # Two answered or not: the others' ladders went on to their heads.
    assert reached(duty_of("ssba"))[-1] == "ssba-principal"


def test_two_ministries_answer_and_the_thirds_ladder_runs(quiet, ponds, moi, mfaic):
    with at(30, duty_of("moi")):
        for actor, code in ((moi, "moi"), (mfaic, "mfaic")):
            acknowledge(actor=actor, duty=duty_of(code), answer="accept")
    third = duty_of("ssba")
    assert third.state == DutyState.WAITING
    with at(250, third):
        outbox.sweep()
        assert reached(third) == ["ssba", "ssba", "ssba-deputy", "ssba-principal"]
        assert {"moi-deputy", "mfaic-deputy"}.isdisjoint(
            Delivery.objects.filter(topic="duty_reminder", state="delivered").values_list("user__username", flat=True)
        )


def test_a_chain_that_stood_still_goes_on_and_tells_each_step_once(quiet, ponds):
    """Nothing ran for three hours: each step's time has passed, and one sweep tells each once."""
    duty = duty_of("mfaic")
    pass_time(timedelta(minutes=180))
    for _ in range(3):
        outbox.sweep()
    assert reached(duty) == ["mfaic", "mfaic", "mfaic-deputy"]
    assert Delivery.objects.filter(bundle=duty.bundle, state="pending").count() == 1


# --- policy edits ---------------------------------------------------------------------------------------------


def test_a_policy_edit_changes_no_running_clock_and_no_planned_step(ponds, mfaic, district, world):
    duty = duty_of("mfaic")
    policy = EscalationPolicy.objects.get(slug="unilateral-in-unresolved-area")
    before = [(row.pk, row.planned_at) for row in Delivery.objects.order_by("pk")]
    policy.duties.update(answer_within_min=5)
    policy.steps.all().delete()
    policy.working_hours, policy.information_within_min, policy.forgotten_after_min = True, 1, 1
    policy.overseer = world["moi"]
    policy.save()
    assert duty_of("mfaic").clock.due_at == duty.due_at
    assert [(row.pk, row.planned_at) for row in Delivery.objects.order_by("pk")] == before
    # What is planned later obeys the frozen policy too.
    with at(30, duty):
        acknowledge(actor=mfaic, duty=duty, answer="need_information", comment="How many?")
        request = InformationRequest.objects.get()
        assert request.clock.due_at - request.asked_at == timedelta(minutes=120)
    with at(40, duty):
        give_information(actor=district, request=request, answer="Three.")
    assert Delivery.objects.filter(bundle=duty.bundle, state="pending").count() == 3
    with at(60, duty):
        acknowledge(actor=mfaic, duty=duty, answer="accept")
    with at(100, duty):
        assert watch_duties()["forgotten"] == 0


def test_a_policy_frozen_before_there_were_clocks_is_still_read(ponds, mfaic, district):
    from incidents.models import Escalation

    escalation = Escalation.objects.get()
    for key in ("working_hours", "information_within_min", "forgotten_after_min", "overseer"):
        del escalation.frozen_policy[key]
    escalation.save(update_fields=["frozen_policy"])
    duty = duty_of("mfaic")
    with at(30, duty):
        acknowledge(actor=mfaic, duty=duty, answer="need_information", comment="How many?")
    request = InformationRequest.objects.get()
    assert request.clock.minutes == 240
    with at(40, duty):
        give_information(actor=district, request=request, answer="Three.")
        acknowledge(actor=mfaic, duty=duty, answer="accept")
    with at(1_000_000, duty):
        assert watch_duties()["forgotten"] == 0


def test_a_policy_in_working_hours_counts_each_institutions_own(file, province, world):
    from datetime import UTC, datetime

    from incidents.actions import escalate
    from units.models import WorkingHours

    EscalationPolicy.objects.filter(slug="general").update(working_hours=True)
    WorkingHours.objects.filter(unit=world["moi"]).delete()
    WorkingHours.objects.create(
        unit=world["moi"], weekdays=[1], spans=[["08:00", "09:00"]], period=(datetime(2020, 1, 1, tzinfo=UTC), None)
    )
    escalate(actor=province, incident=file(), reason="x")
    duty = duty_of("moi")
    assert duty.clock.hours_of == world["moi"]
    # 24 hours at an hour a week.
    assert duty.due_at - duty.started_at > timedelta(weeks=22)
    deputy = Delivery.objects.get(bundle=duty.bundle, user__username="moi-deputy")
    assert deputy.planned_at == duty.due_at


# --- the next level above -------------------------------------------------------------------------------------


@pytest.fixture
def overseen(world):
    """SSBA is put over the policy of one's own; its last step goes to the next level above."""
    policy = EscalationPolicy.objects.get(slug="general")
    policy.overseer = world["ssba"]
    policy.save()
    PolicyStep.objects.create(policy=policy, after_min=4000, level=DeskLevel.ABOVE)
    return policy


def test_the_level_above_is_told_last_and_may_see_what_it_is_told_of(quiet, overseen, file, province, ssba):
    from incidents.actions import escalate

    incident = file()
    assert not Incident.objects.visible_to(ssba).exists()
    escalate(actor=province, incident=incident, reason="x")
    duty = duty_of("moi")
    (step,) = Delivery.objects.filter(topic="duty_above")
    assert (step.user, step.planned_at - duty.started_at) == (ssba, timedelta(minutes=4000))
    assert Incident.objects.visible_to(ssba).get() == incident
    with at(4001, duty):
        outbox.sweep()
        assert reached(duty)[-1] == "ssba"


def test_an_answer_spares_the_level_above(quiet, overseen, file, province, moi):
    from incidents.actions import escalate

    escalate(actor=province, incident=file(), reason="x")
    acknowledge(actor=moi, duty=duty_of("moi"), answer="accept")
    assert Delivery.objects.get(topic="duty_above").state == Delivery.State.CANCELLED


def test_with_nobody_above_the_step_falls_away_and_the_page_says_so(ponds, mfaic, signed_in):
    assert not Delivery.objects.filter(topic="duty_above").exists()
    mfaic.language = "en"
    mfaic.save()
    text = signed_in(mfaic).get(f"/clocks/duty/{duty_of('mfaic').pk}/").content.decode()
    assert "names nobody there: that step falls away" in text


# --- acknowledged and forgotten -------------------------------------------------------------------------------


@pytest.fixture
def accepted(ponds, mfaic):
    """MFAIC accepted after 30 minutes; the policy forgets after seven days."""
    duty = duty_of("mfaic")
    with at(30, duty):
        acknowledge(actor=mfaic, duty=duty, answer="accept", comment="A note follows.")
    return duty


WEEK = 7 * 24 * 60


def test_what_was_accepted_and_forgotten_comes_back_with_a_fresh_round(quiet, accepted, ponds, mfaic, audited, told):
    with at(30 + WEEK - 1, accepted):
        assert watch_duties() == {"forgotten": 0, "recomputed": 0}
    with at(31 + WEEK, accepted):
        now = clock.now()
        assert watch_duties()["forgotten"] == 1
        duty = duty_of("mfaic")
        assert (duty.state, duty.answered_at) == (DutyState.WAITING, None)
        assert duty.due_at == duty.clock.due_at == now + timedelta(minutes=120)
        assert [row.kind for row in duty.clock.events.order_by("number")] == ["start", "stop", "resume", "extend"]
        row = Acknowledgement.objects.get()
        assert (row.withdrawn_at, row.withdrawn_reason) == (now, "forgotten")
        entry = audited("take_back_acknowledgement", ponds.ref)
        assert (entry.actor, entry.before["institution"]) == (None, "mfaic")
        assert told("duty_again") == {"mfaic"}
        assert told("duty_forgotten") == {"district", "province", "mfaic"}
        planned = Delivery.objects.filter(bundle=duty.bundle, state="pending").order_by("planned_at")
        assert [(row.planned_at - now).total_seconds() / 60 for row in planned] == [60, 120, 240]
        # Looking again changes nothing.
        assert watch_duties()["forgotten"] == 0
    with at(32 + WEEK, accepted):
        again = acknowledge(actor=mfaic, duty=duty_of("mfaic"), answer="already_acting")
        assert (again.first, again.acknowledgement.number) == (True, 2)
        assert not Delivery.objects.filter(bundle=duty.bundle, state="pending").exists()


def test_the_time_the_institution_named_itself_comes_before_that_of_the_policy(ponds, mfaic):
    duty = duty_of("mfaic")
    with at(30, duty):
        named = clock.now() + timedelta(days=1)
        acknowledge(actor=mfaic, duty=duty, answer="accept", expected_at=named)
    with clock.replaying(named - timedelta(minutes=1)):
        assert watch_duties()["forgotten"] == 0
    with clock.replaying(named + timedelta(minutes=1)):
        assert watch_duties()["forgotten"] == 1


@pytest.mark.parametrize("given", [{"answer": "not_ours", "who_instead": "Environment"}])
def test_what_was_not_accepted_is_not_forgotten(given, ponds, mfaic):
    duty = duty_of("mfaic")
    acknowledge(actor=mfaic, duty=duty, **given)
    with at(WEEK * 3, duty):
        assert watch_duties()["forgotten"] == 0


def test_a_closed_incident_is_not_forgotten(accepted, ponds, province, moi, ssba):
    for actor, code in ((moi, "moi"), (ssba, "ssba")):
        acknowledge(actor=actor, duty=duty_of(code), answer="not_ours", who_instead="Environment")
    close_incident(actor=province, incident=ponds, close_reason="over", reason="x")
    with at(WEEK * 3, accepted):
        assert watch_duties()["forgotten"] == 0


def test_a_sign_of_the_institution_shows_that_it_has_not_forgotten(accepted, ponds, mfaic, world):
    from incidents.actions import clocks
    from incidents.models import Instruction

    with at(60, accepted):
        now = clock.now()
        Instruction.objects.create(
            ref="TEST-1", incident=ponds, number=1, from_unit=world["moi"], to_unit=world["district-1607"],
            subject="x", text="x", clock=clocks.start(minutes=60), issued_by=mfaic, issued_by_name="x", issued_at=now,
        )  # fmt: skip
    with at(WEEK * 2, accepted):
        # Another institution's guidance is no sign of this one.
        assert {row.duty.unit.code for row in _in_silence()} == {"mfaic"}
        Instruction.objects.update(from_unit=world["mfaic"])
        assert watch_duties()["forgotten"] == 0


def _in_silence():
    from incidents.actions.duty_watch import accepted_in_silence

    return accepted_in_silence().select_related("duty__unit")


def test_a_policy_that_forgets_nothing_takes_nothing_back(file, province, moi):
    from incidents.actions import escalate

    escalate(actor=province, incident=file(), reason="x")
    duty = duty_of("moi")
    acknowledge(actor=moi, duty=duty, answer="accept", expected_at=duty.started_at + timedelta(days=1))
    with at(WEEK * 50, duty):
        assert watch_duties()["forgotten"] == 0


def test_a_pause_in_the_second_round_shifts_the_second_rounds_ladder(quiet, accepted, mfaic, district):
    with at(31 + WEEK, accepted):
        watch_duties()
        begun = clock.now()
    with clock.replaying(begun + timedelta(minutes=10)):
        acknowledge(actor=mfaic, duty=accepted, answer="need_information", comment="How many now?")
    with clock.replaying(begun + timedelta(minutes=40)):
        give_information(actor=district, request=InformationRequest.objects.get(), answer="Four.")
    planned = Delivery.objects.filter(bundle=accepted.bundle, state="pending").order_by("planned_at")
    assert [(row.planned_at - begun).total_seconds() / 60 for row in planned] == [90, 150, 270]
    assert duty_of("mfaic").due_at == begun + timedelta(minutes=150)


# --- reminders put off ----------------------------------------------------------------------------------------


def test_reminders_are_put_off_with_a_reason_and_the_deadline_stays(ponds, mfaic, audited):
    duty = duty_of("mfaic")
    with at(20, duty):
        until = clock.now() + timedelta(minutes=70)
        row = put_off_reminders(actor=mfaic, duty=duty, until=until, reason=" The minister is abroad. ")
    assert (row.reason, row.by, row.until) == ("The minister is abroad.", mfaic, until)
    reminder = Delivery.objects.get(bundle=duty.bundle, user=mfaic, topic="duty_reminder")
    assert (reminder.planned_at, reminder.due_at) == (until, until)
    others = Delivery.objects.filter(bundle=duty.bundle, state="pending").exclude(pk=reminder.pk)
    assert {(row.planned_at - duty.started_at).total_seconds() / 60 for row in others} == {120, 240}
    after = duty_of("mfaic")
    assert (after.due_at, after.clock.due_at) == (duty.due_at, duty.due_at)
    assert [event.kind for event in after.clock.events.all()] == ["start"]
    entry = audited("put_off_reminders", ponds.ref)
    assert (entry.reason, entry.after["reminders_moved"]) == ("The minister is abroad.", 1)


def test_reminders_can_be_put_off_again(ponds, mfaic):
    duty = duty_of("mfaic")
    for minutes in (80, 110):
        with at(20, duty):
            put_off_reminders(
                actor=mfaic, duty=duty, until=duty.started_at + timedelta(minutes=minutes), reason="Abroad."
            )
    assert Snooze.objects.filter(duty=duty).count() == 2
    reminder = Delivery.objects.get(bundle=duty.bundle, user=mfaic, topic="duty_reminder")
    assert reminder.planned_at == duty.started_at + timedelta(minutes=110)


def test_two_reminders_of_one_desk_become_one(ponds, mfaic):
    duty = duty_of("mfaic")
    first = Delivery.objects.get(bundle=duty.bundle, user=mfaic, topic="duty_reminder")
    Delivery.objects.filter(pk=first.pk).update(event="x", planned_at=duty.started_at + timedelta(minutes=30))
    Delivery.objects.create(
        topic="duty_reminder", event="y", bundle=duty.bundle, kind="incident", key=ponds.ref, channel="inapp",
        recipient=first.recipient, recipient_name="x", user=mfaic, payload=first.payload,
        planned_at=duty.started_at + timedelta(minutes=60), due_at=duty.started_at + timedelta(minutes=60),
        created_at=duty.started_at,
    )  # fmt: skip
    with at(20, duty):
        put_off_reminders(actor=mfaic, duty=duty, until=duty.started_at + timedelta(minutes=90), reason="Abroad.")
    waiting = Delivery.objects.filter(bundle=duty.bundle, user=mfaic, state="pending")
    assert [row.event for row in waiting] == ["y"]


@pytest.mark.parametrize(
    ("minutes", "until", "reason", "field"),
    [
        (20, 10, "x", "until"),
        (20, 121, "x", "until"),
        (20, 60, " ", "reason"),
        (130, 140, "x", "until"),
    ],
)
def test_reminders_are_put_off_neither_for_ever_nor_without_a_reason(
    minutes, until, reason, field, ponds, mfaic, untouched
):
    duty = duty_of("mfaic")
    with untouched(), at(minutes, duty), pytest.raises(ValidationError) as refused:
        put_off_reminders(actor=mfaic, duty=duty, until=duty.started_at + timedelta(minutes=until), reason=reason)
    assert field in refused.value.message_dict
    assert not Snooze.objects.exists()


def test_for_no_longer_than_a_day(file, province, moi):
    from incidents.actions import escalate

    EscalationPolicy.objects.get(slug="general").duties.update(answer_within_min=5000)
    escalate(actor=province, incident=file(), reason="x")
    duty = duty_of("moi")
    with at(20, duty):
        with pytest.raises(ValidationError):
            put_off_reminders(actor=moi, duty=duty, until=clock.now() + timedelta(minutes=1441), reason="x")
        put_off_reminders(actor=moi, duty=duty, until=clock.now() + timedelta(minutes=1440), reason="x")
    # The deputy's step at one day is not the desk's to put off.
    deputy = Delivery.objects.get(bundle=duty.bundle, user__username="moi-deputy")
    assert deputy.planned_at - duty.started_at == timedelta(days=1)


@pytest.mark.parametrize("who", ["district", "province", "head", "moi", "ssba", "auditor", "outsider"])
def test_only_the_institution_itself_puts_off_its_reminders(who, ponds, request, untouched):
    duty = duty_of("mfaic")
    with untouched(), at(20, duty), pytest.raises(PermissionDenied):
        put_off_reminders(
            actor=request.getfixturevalue(who), duty=duty, until=duty.started_at + timedelta(minutes=60), reason="x"
        )


def test_an_answered_duty_has_no_reminders_to_put_off(ponds, mfaic, untouched):
    duty = duty_of("mfaic")
    acknowledge(actor=mfaic, duty=duty, answer="accept")
    with untouched(), pytest.raises(Refused):
        put_off_reminders(actor=mfaic, duty=duty, until=clock.now() + timedelta(minutes=10), reason="x")
    assert not AuditEntry.objects.filter(verb="put_off_reminders").exists()
