"""An institution asks back, hands on, or answers anyway: which clock stops, which runs, who is told."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from borderwatch import clock, outbox
from borderwatch.models import ActionLink, Delivery
from incidents.actions import acknowledge, close_incident, give_information
from incidents.choices import DutyState
from incidents.models import Acknowledgement, Clock, Duty, Incident, InformationRequest
from units.choices import MachineChannel
from units.models import Endpoint


def duty_of(code):
    return Duty.objects.select_related("unit", "clock", "escalation").get(unit__code=code)


def at(minutes, duty):
    """The clock so many minutes after the duty began."""
    return clock.replaying(duty.started_at + timedelta(minutes=minutes))


def kinds(row):
    return [event.kind for event in row.events.order_by("number")]


@pytest.fixture
def asked(ponds, mfaic):
    """MFAIC asked back 30 minutes after it was told."""
    duty = duty_of("mfaic")
    with at(30, duty):
        acknowledge(actor=mfaic, duty=duty, answer="need_information", comment="How many ponds?")
    return InformationRequest.objects.get()


# --- asking ---------------------------------------------------------------------------------------------------


def test_asking_back_pauses_the_institutions_clock_and_starts_that_of_who_reported(asked, ponds, world, audited):
    duty = duty_of("mfaic")
    assert (duty.state, duty.answered_at) == (DutyState.PAUSED, None)
    assert (duty.clock.state, duty.clock.due_at) == ("paused", None)
    pause = duty.clock.events.get(kind="pause")
    assert (pause.reason, pause.at) == ("How many ponds?", duty.started_at + timedelta(minutes=30))
    assert (asked.asked_of, asked.question) == (world["district-1607"], "How many ponds?")
    assert (asked.clock.state, asked.clock.due_at) == ("running", asked.asked_at + timedelta(minutes=120))
    after = audited("acknowledge", ponds.ref).after
    assert (after["answer"], after["cancelled_steps"]) == ("need_information", 3)


def test_no_other_clock_is_touched_by_it(asked):
    for code in ("moi", "ssba"):
        assert kinds(duty_of(code).clock) == ["start"]
        assert Delivery.objects.filter(bundle=duty_of(code).bundle, state="pending").exists()


def test_the_filer_and_the_province_are_asked_and_reminded(asked, told):
    assert told("request_opened") == {"district", "province", "province-16/email"}
    planned = Delivery.objects.filter(topic="request_reminder", channel="inapp").order_by("planned_at")
    found = [(row.user.username, (row.planned_at - asked.asked_at).total_seconds() / 60) for row in planned]
    assert set(found) == {
        ("district", 60), ("district", 120), ("province", 120), ("district", 240), ("province", 240),
    }  # fmt: skip
    # The institution's own people learn who asked; the filer does not hear of it twice.
    assert told("duty_answered") == {"mfaic-deputy"}


def test_while_it_waits_for_information_the_institution_is_not_reminded(asked):
    duty = duty_of("mfaic")
    with at(1000, duty):
        outbox._show_due(Delivery.objects.all())
    rows = Delivery.objects.filter(bundle=duty.bundle).exclude(topic="duty_opened")
    assert {row.state for row in rows} == {Delivery.State.CANCELLED}


def test_an_incident_whose_institution_waits_for_information_is_not_closed(asked, ponds, province, moi, ssba):
    for actor, code in ((moi, "moi"), (ssba, "ssba")):
        acknowledge(actor=actor, duty=duty_of(code), answer="accept")
    with pytest.raises(ValidationError, match=r".+"):
        close_incident(actor=province, incident=ponds, close_reason="over", reason="x")


# --- giving the information -----------------------------------------------------------------------------------


def test_the_information_sets_the_institutions_clock_going_where_it_stood(asked, district, audited, told):
    duty = duty_of("mfaic")
    with at(90, duty):
        given = give_information(actor=district, request=asked, answer=" Three ponds. ")
    assert given.first
    request = InformationRequest.objects.get()
    assert (request.answer, request.answered_by, request.clock.state) == ("Three ponds.", district, "stopped")
    duty = duty_of("mfaic")
    assert (duty.state, duty.clock.state) == (DutyState.WAITING, "running")
    # 60 minutes passed in between.
    assert duty.due_at == duty.clock.due_at == duty.started_at + timedelta(minutes=180)
    row = Acknowledgement.objects.get()
    assert (row.withdrawn_at, row.withdrawn_reason) == (request.answered_at, "information_given")
    assert (audited("give_information").actor, audited("give_information").reason) == (district, "Three ponds.")
    assert told("request_answered") == {"mfaic"}
    waiting = Delivery.objects.filter(bundle=request.bundle, planned_at__gt=request.answered_at)
    assert waiting.count() == 6
    assert {row.state for row in waiting} == {Delivery.State.CANCELLED}


def test_what_is_left_of_the_ladder_is_shifted_by_the_pause(asked, district):
    duty = duty_of("mfaic")
    with at(90, duty):
        give_information(actor=district, request=asked, answer="Three ponds.")
    planned = Delivery.objects.filter(bundle=duty.bundle, state="pending").order_by("planned_at")
    after = [((row.planned_at - duty.started_at).total_seconds() / 60, row.user.username) for row in planned]
    assert after == [(120, "mfaic"), (180, "mfaic-deputy"), (300, "mfaic-principal")]


def test_a_step_that_was_told_before_the_pause_is_not_told_again(ponds, mfaic, district):
    duty = duty_of("mfaic")
    with at(70, duty):
        outbox._show_due(Delivery.objects.all())
        acknowledge(actor=mfaic, duty=duty, answer="need_information", comment="How many?")
    with at(100, duty):
        give_information(actor=district, request=InformationRequest.objects.get(), answer="Three.")
    reminded = Delivery.objects.filter(bundle=duty.bundle, topic="duty_reminder", user=mfaic)
    assert [row.state for row in reminded] == [Delivery.State.DELIVERED]


def test_the_institution_answers_after_the_information(asked, district, mfaic):
    duty = duty_of("mfaic")
    with at(90, duty):
        give_information(actor=district, request=asked, answer="Three ponds.")
    with at(100, duty):
        second = acknowledge(actor=mfaic, duty=duty, answer="accept")
    assert (second.first, second.acknowledgement.number) == (True, 2)
    duty = duty_of("mfaic")
    assert (duty.state, duty.acknowledgement) == (DutyState.ANSWERED, second.acknowledgement)
    assert kinds(duty.clock) == ["start", "pause", "resume", "stop"]
    assert not Delivery.objects.filter(bundle=duty.bundle, state="pending").exists()


@pytest.mark.parametrize("who", ["head", "province2", "moi", "mfaic", "ssba", "auditor", "keeper", "outsider"])
def test_only_who_reports_for_the_unit_or_decides_for_the_province_gives_it(who, asked, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        give_information(actor=request.getfixturevalue(who), request=asked, answer="x")
    assert duty_of("mfaic").state == DutyState.PAUSED


def test_the_province_may_give_it_too(asked, province):
    assert give_information(actor=province, request=asked, answer="Three.").first


def test_information_needs_words(asked, district, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        give_information(actor=district, request=asked, answer="  ")
    assert "answer" in refused.value.message_dict


def test_the_second_one_gets_the_first_ones_words_back(asked, district, province, untouched):
    give_information(actor=district, request=asked, answer="Three.")
    with untouched():
        second = give_information(actor=province, request=asked, answer="Four.")
    assert (second.first, second.request.answer) == (False, "Three.")


def test_a_second_question_after_the_first_is_a_request_of_its_own(asked, district, mfaic):
    give_information(actor=district, request=asked, answer="Three.")
    acknowledge(actor=mfaic, duty=duty_of("mfaic"), answer="need_information", comment="How deep?")
    assert [row.question for row in InformationRequest.objects.order_by("pk")] == ["How many ponds?", "How deep?"]
    assert duty_of("mfaic").state == DutyState.PAUSED


# --- answering without waiting --------------------------------------------------------------------------------


def test_the_institution_may_answer_without_waiting(asked, mfaic, district):
    done = acknowledge(actor=mfaic, duty=duty_of("mfaic"), answer="accept", comment="We know it now.")
    assert done.first
    duty = duty_of("mfaic")
    assert (duty.state, duty.acknowledgement.answer) == (DutyState.ANSWERED, "accept")
    assert kinds(duty.clock) == ["start", "pause", "stop"]
    request = InformationRequest.objects.get()
    assert (request.clock.state, request.answered_by, request.answer) == ("stopped", mfaic, "answered_anyway")
    assert Acknowledgement.objects.get(number=1).withdrawn_reason == "answered_anyway"
    assert not Delivery.objects.filter(bundle=request.bundle, state="pending").exists()
    assert not give_information(actor=district, request=request, answer="Three.").first


def test_asking_twice_is_one_request(asked, mfaic, untouched):
    with untouched():
        again = acknowledge(actor=mfaic, duty=duty_of("mfaic"), answer="need_information", comment="How many?")
    assert not again.first
    assert InformationRequest.objects.count() == 1


# --- not ours -------------------------------------------------------------------------------------------------


@pytest.fixture
def general(file, province):
    """The province asked MoI alone about a crossing."""
    from incidents.actions import escalate

    incident = file()
    escalate(actor=province, incident=incident, reason="Guidance wanted.")
    return incident


def test_a_duty_handed_on_stops_the_old_clock_and_starts_a_fresh_one(general, moi, ssba, world, audited, told):
    old = duty_of("moi")
    assert not Incident.objects.visible_to(ssba).exists()
    with at(600, old):
        acknowledge(actor=moi, duty=old, answer="not_ours", instead=world["ssba"])
    old, new = duty_of("moi"), duty_of("ssba")
    assert (old.state, kinds(old.clock)) == (DutyState.ANSWERED, ["start", "stop"])
    assert old.clock.events.get(kind="stop").reason == "handed_on"
    assert (new.state, new.escalation, kinds(new.clock)) == (DutyState.WAITING, old.escalation, ["start"])
    assert new.started_at == old.answered_at
    assert new.due_at - new.started_at == timedelta(minutes=old.clock.minutes)
    assert told("duty_opened", bundle=new.bundle) == {"ssba"}
    assert Delivery.objects.filter(bundle=new.bundle, state="pending").count() == 3
    assert Incident.objects.visible_to(ssba).get() == general
    assert audited("acknowledge").after["handed_on_to"] == "ssba"
    assert old.acknowledgement.instead == world["ssba"]
    assert world["ssba"].name_en in old.acknowledgement.who_instead


def test_an_institution_that_has_its_duty_already_gets_no_second_one(ponds, mfaic, world):
    before = duty_of("ssba").clock_id
    acknowledge(actor=mfaic, duty=duty_of("mfaic"), answer="not_ours", instead=world["ssba"])
    assert Duty.objects.count() == 3
    assert duty_of("ssba").clock_id == before
    assert kinds(duty_of("ssba").clock) == ["start"]


def test_it_is_not_handed_to_and_fro(general, moi, ssba, world, untouched):
    acknowledge(actor=moi, duty=duty_of("moi"), answer="not_ours", instead=world["ssba"])
    with untouched(), pytest.raises(ValidationError) as refused:
        acknowledge(actor=ssba, duty=duty_of("ssba"), answer="not_ours", instead=world["moi"])
    assert "instead" in refused.value.message_dict


@pytest.mark.parametrize(("answer", "code"), [("not_ours", "moi"), ("not_ours", "province-16"), ("accept", "ssba")])
def test_only_another_institution_and_only_with_not_ours(answer, code, general, moi, world, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        acknowledge(actor=moi, duty=duty_of("moi"), answer=answer, instead=world[code])
    assert "instead" in refused.value.message_dict


def test_an_outside_body_is_named_in_words_and_gets_no_duty(general, moi):
    acknowledge(actor=moi, duty=duty_of("moi"), answer="not_ours", who_instead="Ministry of Environment")
    assert Duty.objects.count() == 1


# --- by a link ------------------------------------------------------------------------------------------------


@pytest.fixture
def link(ponds, world):
    """A link in a mail to MFAIC's own address."""
    endpoint = Endpoint.objects.create(unit=world["mfaic"], channel=MachineChannel.EMAIL, address="desk@example.org")
    duty = duty_of("mfaic")
    row = Delivery.objects.filter(bundle=duty.bundle).first()
    sent = Delivery.objects.create(
        topic=row.topic, event="test", kind=row.kind, key=row.key, channel="email", recipient=f"endpoint:{endpoint.pk}",
        recipient_name="MFAIC", endpoint=endpoint, payload=row.payload, planned_at=row.planned_at, due_at=row.due_at,
        created_at=row.created_at, state="delivered", done_at=row.planned_at, bundle=duty.bundle,
    )  # fmt: skip
    return ActionLink.objects.create(
        delivery=sent, purpose="acknowledge_duty", kind="duty", key=str(duty.pk), created_at=row.created_at,
        expires_at=row.created_at + timedelta(days=1),
    )  # fmt: skip


def test_an_address_of_the_institution_answers_by_its_link_and_a_name(link, audited):
    done = acknowledge(actor=None, duty=duty_of("mfaic"), answer="accept", link=link, by_name=" Sok Dara ")
    row = done.acknowledgement
    assert (row.by, row.by_name, row.link) == (None, "Sok Dara", link)
    entry = audited("acknowledge")
    assert (entry.actor, entry.after["by_name"]) == (None, "Sok Dara")
    stop = duty_of("mfaic").clock.events.get(kind="stop")
    assert (stop.by, stop.by_name) == (None, "Sok Dara")


def test_a_link_asks_back_too(link):
    acknowledge(
        actor=None, duty=duty_of("mfaic"), answer="need_information", comment="Where?", link=link, by_name="Sok Dara"
    )
    assert InformationRequest.objects.get().question == "Where?"


def test_a_link_needs_a_name(link, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        acknowledge(actor=None, duty=duty_of("mfaic"), answer="accept", link=link, by_name=" ")
    assert "by_name" in refused.value.message_dict


def test_a_link_answers_nothing_but_its_own_duty(link, untouched):
    with untouched():
        with pytest.raises(PermissionDenied):
            acknowledge(actor=None, duty=duty_of("moi"), answer="accept", link=link, by_name="x")
        with pytest.raises(PermissionDenied):
            acknowledge(actor=None, duty=duty_of("mfaic"), answer="accept", by_name="x")
        Endpoint.objects.filter(address="desk@example.org").update(active=False)
        with pytest.raises(PermissionDenied):
            acknowledge(actor=None, duty=duty_of("mfaic"), answer="accept", link=link, by_name="x")


def test_every_clock_agrees_with_its_events_after_all_this(asked, district, mfaic, world):
    from incidents.clocks.check import disagreements

    give_information(actor=district, request=asked, answer="Three.")
    acknowledge(actor=mfaic, duty=duty_of("mfaic"), answer="not_ours", instead=world["ssba"])
    assert Clock.objects.count() == 4
    assert list(disagreements()) == []
