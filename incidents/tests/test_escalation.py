"""Escalating and answering: one duty per institution, its own clock and ladder, one acknowledgement."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from borderwatch import clock, outbox
from borderwatch.models import Attempt, AuditEntry, Delivery
from incidents import workflow
from incidents.actions import acknowledge, close_incident, escalate, open_duty
from incidents.choices import Answer, DutyState, Status
from incidents.models import Acknowledgement, Duty, Escalation, EscalationPolicy, Incident
from units.choices import DeskLevel, MachineChannel
from units.models import Endpoint


def duty_of(code):
    return Duty.objects.select_related("unit").get(unit__code=code)


# --- escalate -------------------------------------------------------------------------------------------------


def test_the_province_escalates_with_a_reason(file, province, audited, told, world):
    incident = file()
    escalation = escalate(actor=province, incident=incident, reason=" Guidance wanted. ")
    assert (escalation.policy.slug, escalation.automatic, escalation.number) == ("general", False, 1)
    assert (escalation.started_by, escalation.reason) == (province, "Guidance wanted.")
    duty = Duty.objects.get()
    assert (duty.unit.code, duty.state) == ("moi", DutyState.WAITING)
    assert duty.due_at - duty.started_at == timedelta(days=1)
    row = Incident.objects.get(pk=incident.pk)
    assert row.status == Status.DISPATCHED
    assert world["moi"].pk in row.audience
    entry = audited("escalate", incident.ref)
    assert (entry.actor, entry.reason) == (province, "Guidance wanted.")
    assert entry.before == {"status": "submitted"}
    assert entry.after["institutions"] == ["moi"]
    assert told("duty_opened") == {"moi", "moi2"}
    planned = Delivery.objects.filter(topic="duty_reminder").order_by("planned_at")
    assert {row.user.username for row in planned} == {"moi", "moi2", "moi-deputy", "moi-principal"}
    assert {row.planned_at - duty.started_at for row in planned} == {
        timedelta(hours=12),
        timedelta(days=1),
        timedelta(days=2),
    }


def test_every_address_of_the_institution_is_told_by_its_level(file, province, world, told):
    for level in (DeskLevel.DESK, DeskLevel.DEPUTY):
        for channel, address in (
            (MachineChannel.EMAIL, f"{level}@x.org"),
            (MachineChannel.WEBHOOK, f"http://x/{level}"),
        ):
            Endpoint.objects.create(unit=world["moi"], channel=channel, level=level, address=address, secret="s")
    Endpoint.objects.create(
        unit=world["moi"], channel=MachineChannel.EMAIL, level=DeskLevel.DESK, address="old@x.org", active=False
    )
    escalate(actor=province, incident=file(), reason="x")
    assert told("duty_opened") == {"moi", "moi2", "moi/email", "moi/webhook"}
    assert not Delivery.objects.filter(endpoint__address="old@x.org").exists()
    deputies = Delivery.objects.filter(endpoint__level=DeskLevel.DEPUTY)
    assert {row.planned_at - Duty.objects.get().started_at for row in deputies} == {timedelta(days=1)}


@pytest.mark.parametrize(
    "who", ["district", "head", "province2", "moi", "mfaic", "auditor", "admin", "disabled", "outsider"]
)
def test_nobody_else_escalates(who, file, request, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied):
        escalate(actor=request.getfixturevalue(who), incident=incident, reason="x")
    assert not Escalation.objects.exists()


def test_an_escalation_needs_a_reason_and_a_policy_that_fits(file, province, untouched):
    incident = file()
    with untouched(), pytest.raises(ValidationError) as refused:
        escalate(actor=province, incident=incident, reason=" ")
    assert "reason" in refused.value.message_dict
    armed = EscalationPolicy.objects.get(slug="armed-incident")
    with untouched(), pytest.raises(ValidationError) as refused:
        escalate(actor=province, incident=incident, reason="x", policy=armed)
    assert "policy" in refused.value.message_dict
    EscalationPolicy.objects.filter(slug="general").update(active=False)
    with untouched(), pytest.raises(ValidationError):
        escalate(actor=province, incident=incident, reason="x")


def test_an_institution_that_still_owes_its_answer_is_not_asked_twice(file, province, moi, untouched):
    incident = file()
    escalate(actor=province, incident=incident, reason="x")
    with untouched(), pytest.raises(ValidationError):
        escalate(actor=province, incident=incident, reason="again")
    acknowledge(actor=moi, duty=duty_of("moi"), answer="accept")
    assert escalate(actor=province, incident=incident, reason="worse now").number == 2
    assert Incident.objects.get(pk=incident.pk).status == Status.DISPATCHED


def test_a_closed_incident_is_not_escalated(file, province, untouched):
    incident = file()
    close_incident(actor=province, incident=incident, close_reason="over", reason="over")
    with untouched(), pytest.raises(workflow.Refused):
        escalate(actor=province, incident=incident, reason="x")


def test_the_incident_becomes_visible_to_the_institution_by_escalation_alone(file, province, mfaic, ssba, moi):
    def seen(user):
        return Incident.objects.visible_to(user).count()

    incident = file(category="marker", type="moved", at=(107.25, 14.35))
    assert (seen(moi), seen(mfaic), seen(ssba)) == (1, 0, 0)
    escalate(actor=province, incident=incident, reason="x")
    assert (seen(moi), seen(mfaic), seen(ssba)) == (1, 1, 1)


# --- open and answer ------------------------------------------------------------------------------------------


def test_the_first_opening_is_written_down_and_later_ones_change_nothing(ponds, mfaic, audited, untouched):
    duty = open_duty(actor=mfaic, duty=duty_of("mfaic"))
    assert duty.seen_at is not None
    assert audited("open_duty", ponds.ref).after["duty"] == duty.pk
    with untouched():
        assert open_duty(actor=mfaic, duty=duty).seen_at == duty.seen_at


@pytest.mark.parametrize("who", ["district", "head", "moi", "ssba", "auditor", "admin", "province", "outsider"])
def test_only_the_institutions_own_officials_open_and_answer(who, ponds, request, untouched):
    person, duty = request.getfixturevalue(who), duty_of("mfaic")
    with untouched():
        with pytest.raises(PermissionDenied):
            open_duty(actor=person, duty=duty)
        with pytest.raises(PermissionDenied):
            acknowledge(actor=person, duty=duty, answer="accept")
    assert duty_of("mfaic").state == DutyState.WAITING


def test_an_answer_ends_the_duty_tells_the_province_and_the_filer_and_is_audited(ponds, mfaic, audited, told):
    when = timezone.now() + timedelta(days=2)
    done = acknowledge(
        actor=mfaic, duty=duty_of("mfaic"), answer="accept", comment=" A note is drafted. ", expected_at=when
    )
    assert done.first
    row = Acknowledgement.objects.get()
    assert (row.answer, row.comment, row.by, row.expected_at) == ("accept", "A note is drafted.", mfaic, when)
    duty = duty_of("mfaic")
    assert (duty.state, duty.answered_at) == (DutyState.ANSWERED, row.at)
    assert duty.seen_at == row.at
    assert Incident.objects.get().status == Status.ACKNOWLEDGED
    entry = audited("acknowledge", ponds.ref)
    assert (entry.actor, entry.reason) == (mfaic, "A note is drafted.")
    assert entry.before["institution"] == "mfaic"
    assert entry.after["status"] == "acknowledged"
    assert told("duty_answered") == {"district", "province", "province-16/email", "mfaic-deputy"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"answer": "yes"}, "answer"),
        ({"answer": ""}, "answer"),
        ({"answer": Answer.NOT_OURS}, "who_instead"),
        ({"answer": Answer.NOT_OURS, "who_instead": "  "}, "who_instead"),
        ({"answer": Answer.NEED_INFORMATION, "comment": " "}, "comment"),
        ({"answer": Answer.ACCEPT, "expected_at": timezone.now() - timedelta(days=1)}, "expected_at"),
    ],
)
def test_an_answer_without_substance_is_refused_at_its_field(given, field, ponds, mfaic, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        acknowledge(actor=mfaic, duty=duty_of("mfaic"), **given)
    assert field in refused.value.message_dict
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"answer": Answer.ACCEPT},
        {"answer": Answer.ALREADY_ACTING},
        {"answer": Answer.NOT_OURS, "who_instead": "Ministry of Environment"},
        {"answer": Answer.NEED_INFORMATION, "comment": "How many ponds?"},
    ],
)
def test_each_of_the_four_answers(given, ponds, mfaic):
    assert acknowledge(actor=mfaic, duty=duty_of("mfaic"), **given).acknowledgement.answer == given["answer"]


def test_the_second_official_gets_the_first_ones_answer_back(ponds, moi, moi2, untouched):
    first = acknowledge(actor=moi, duty=duty_of("moi"), answer="accept")
    with untouched():
        second = acknowledge(actor=moi2, duty=duty_of("moi"), answer="already_acting")
    assert (second.first, second.acknowledgement) == (False, first.acknowledgement)


@pytest.mark.django_db(transaction=True)
def test_two_officials_pressing_together_make_one_acknowledgement(ponds, moi, moi2):
    duty, start = duty_of("moi"), threading.Barrier(2)

    def press(actor):
        try:
            start.wait()
            return acknowledge(actor=actor, duty=duty, answer="accept")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(press, (moi, moi2)))
    assert sorted(result.first for result in results) == [False, True]
    assert Acknowledgement.objects.count() == 1
    assert AuditEntry.objects.filter(verb="acknowledge").count() == 1
    assert len({result.acknowledgement.pk for result in results}) == 1


# --- an answer stops the ladder -------------------------------------------------------------------------------


def at(minutes, duty):
    """The clock so many minutes after the duty began."""
    return clock.replaying(duty.started_at + timedelta(minutes=minutes))


# Mail of an hour ago that is still waiting raises the alarm, as it should.
@pytest.mark.expects_errors
def test_an_answer_between_two_planned_steps_stops_all_that_follow(ponds, mfaic, world):
    duty = duty_of("mfaic")
    others = Delivery.objects.filter(topic="duty_reminder").exclude(bundle=duty.bundle).count()
    with at(61, duty):
        outbox.sweep()
        told = set(
            Delivery.objects.filter(bundle=duty.bundle, state="delivered").values_list("user__username", flat=True)
        )
        assert told == {"mfaic"}
    with at(90, duty):
        acknowledge(actor=mfaic, duty=duty, answer="accept")
    with at(300, duty):
        outbox.sweep()
        waiting = Delivery.objects.filter(bundle=duty.bundle).exclude(state="delivered")
        assert {row.state for row in waiting} == {Delivery.State.CANCELLED}
        assert {row.user.username for row in waiting} == {"mfaic-deputy", "mfaic-principal"}
        assert all(mfaic.get_full_name() in row.state_reason for row in waiting)
    # The other two institutions' ladders ran on.
    moved = Delivery.objects.filter(topic="duty_reminder", state="delivered").exclude(bundle=duty.bundle)
    assert moved.count() == others


def test_a_reminder_a_person_has_seen_is_not_taken_from_his_list_by_the_answer(ponds, mfaic):
    """Its time came while no process ran: the list shows it, so it was told, and it stays told."""
    duty = duty_of("mfaic")
    with at(61, duty):
        reminder = Delivery.objects.inbox(mfaic).get(topic="duty_reminder")
        acknowledge(actor=mfaic, duty=duty, answer="accept")
        assert reminder in Delivery.objects.inbox(mfaic)
        reminder.refresh_from_db()
        assert reminder.state == Delivery.State.DELIVERED


def test_an_answer_while_a_step_is_being_delivered_fences_it(ponds, mfaic, world):
    """The lease is taken, the answer comes, the network call ends: its end must not count."""
    endpoint = Endpoint.objects.create(
        unit=world["mfaic"], channel=MachineChannel.WEBHOOK, address="http://127.0.0.1:9/", secret="s"
    )
    duty = duty_of("mfaic")
    with transaction.atomic():
        (row,) = outbox.publish(
            outbox.Notice(
                topic="duty_reminder",
                event=f"duty:{duty.pk}:step:9",
                kind="incident",
                key=ponds.ref,
                recipients=[outbox.Recipient(f"endpoint:{endpoint.pk}", "MFAIC", "webhook", endpoint_id=endpoint.pk)],
                data={},
                bundle=duty.bundle,
            )
        )
    held = outbox.claim(str(row.pk), by="worker")
    acknowledge(actor=mfaic, duty=duty, answer="accept")
    assert outbox._finish(held, "delivered", Attempt.Outcome.HANDED_OVER, "late") == "fenced"
    row.refresh_from_db()
    assert row.state == Delivery.State.CANCELLED
    assert Attempt.objects.get(delivery=row).outcome == Attempt.Outcome.FENCED
    assert outbox.deliver(str(row.pk), by="worker") == "not due"


def test_an_answer_withdraws_nothing_that_has_left(ponds, mfaic):
    duty = duty_of("mfaic")
    acknowledge(actor=mfaic, duty=duty, answer="accept")
    opened = Delivery.objects.get(topic="duty_opened", user=mfaic)
    assert opened.state == Delivery.State.DELIVERED


# --- what the database itself refuses -------------------------------------------------------------------------


def test_the_database_keeps_one_acknowledgement_a_duty(ponds, mfaic, moi):
    duty = duty_of("mfaic")
    acknowledge(actor=mfaic, duty=duty, answer="accept")
    with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
        Acknowledgement.objects.create(duty=duty, answer="accept", by=moi, by_name="x", at=timezone.now())


def test_the_database_refuses_an_escalation_by_decision_without_a_reason(ponds):
    with pytest.raises(IntegrityError, match="an_escalation_by_decision"), transaction.atomic():
        Escalation.objects.update(automatic=False)


# --- lists of duties ------------------------------------------------------------------------------------------


def test_lists_of_duties_know_waiting_due_soon_and_overdue(ponds, mfaic, moi):
    duty = duty_of("mfaic")
    owed = Duty.objects.owed_by(mfaic)
    assert list(owed) == [duty]
    assert set(Duty.objects.visible_to(mfaic)) == set(Duty.objects.all())
    with at(119, duty):
        assert (owed.waiting().count(), owed.due_soon().count(), owed.overdue().count()) == (1, 1, 0)
    with at(121, duty):
        assert (owed.waiting().count(), owed.due_soon().count(), owed.overdue().count()) == (1, 0, 1)
        acknowledge(actor=mfaic, duty=duty, answer="accept")
        assert (owed.waiting().count(), owed.overdue().count()) == (0, 0)
