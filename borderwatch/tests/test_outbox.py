"""The outbox: leases and fencing, backoff and dead letters, isolation, replay; against real receivers."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone

from borderwatch import clock, outbox, topics
from borderwatch.actions import open_notice, replay_notice
from borderwatch.models import Attempt, AuditEntry, Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.receivers import WebhookReceiver
from units.choices import MachineChannel
from units.models import Endpoint

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
State = Delivery.State


@pytest.fixture(autouse=True)
def topic(monkeypatch):
    """A topic that never loses its point."""
    made = topics.Topic("test_topic", "Test", "notices/incident_filed.txt")
    monkeypatch.setitem(topics.TOPICS, "test_topic", made)


@pytest.fixture
def receiver():
    server = WebhookReceiver(secret=SECRET)
    server.start()
    yield server
    server.stop()


def endpoint_at(unit, url):
    return Endpoint.objects.create(unit=unit, channel=MachineChannel.WEBHOOK, address=url, secret=SECRET)


@pytest.fixture
def endpoint(world, receiver):
    return endpoint_at(world["moi"], f"{receiver.url}/moi")


def publish(*recipients, event="", **more):
    values = {"topic": "test_topic", "kind": "incident", "key": "RTK-1", "data": {"ref": "RTK-1"}}
    with transaction.atomic():
        return outbox.publish(Notice(**{**values, **more}, event=event or str(uuid.uuid4()), recipients=recipients))


def machine(endpoint):
    return Recipient(f"endpoint:{endpoint.pk}", "Machine", "webhook", endpoint_id=endpoint.pk)


def person(user, channel="inapp"):
    return Recipient(f"user:{user.pk}", user.username, channel, user_id=user.pk)


def send(row, by="worker"):
    result = outbox.deliver(str(row.pk), by=by)
    row.refresh_from_db()
    return result


def make_due(row):
    Delivery.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(seconds=1))


# --- publish --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused(moi):
    notice = Notice("test_topic", "e", "incident", "RTK-1", [person(moi)], {})
    with pytest.raises(RuntimeError, match="inside the verb's transaction"):
        outbox.publish(notice)
    assert not Delivery.objects.exists()


def test_a_topic_nobody_registered_is_refused(moi):
    with pytest.raises(ValueError, match="unknown topic"):
        publish(person(moi), topic="nonsense")


def test_the_same_event_to_the_same_recipient_and_channel_is_written_once(moi, mfaic):
    for _again in range(3):
        publish(person(moi), person(moi), person(mfaic), person(moi, "email"), event="once")
    assert sorted(Delivery.objects.values_list("recipient", "channel")) == sorted(
        [(f"user:{moi.pk}", "email"), (f"user:{moi.pk}", "inapp"), (f"user:{mfaic.pk}", "inapp")]
    )


def test_what_is_rolled_back_was_never_told(moi):
    @transaction.atomic
    def tell_and_break():
        publish(person(moi))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_break()
    assert not Delivery.objects.exists()


def test_an_in_app_notice_is_told_with_the_row_itself(moi):
    (row,) = publish(person(moi))
    assert (row.state, row.done_at) == (State.DELIVERED, row.created_at)
    assert list(Delivery.objects.inbox(moi)) == [row]


def test_a_planned_notice_waits_for_its_time(moi, endpoint, receiver):
    at = timezone.now() + timedelta(hours=1)
    shown, sent = publish(person(moi), machine(endpoint), at=at)
    assert not Delivery.objects.inbox(moi)
    assert send(sent) == "not due"
    assert outbox.sweep() == {"shown": 0, "knocked": 0, "delivered": 0}
    assert receiver.calls == []
    with clock.replaying(at):
        assert list(Delivery.objects.inbox(moi)) == [shown]
        assert outbox.sweep()["shown"] == 1
    shown.refresh_from_db()
    assert (shown.state, shown.done_at) == (State.DELIVERED, at)


# --- delivering -----------------------------------------------------------------------------------------------


def test_a_webhook_is_handed_over_and_the_attempt_is_on_record(endpoint, receiver):
    (row,) = publish(machine(endpoint))
    assert send(row) == State.DELIVERED
    assert (row.state, row.lease_token, row.attempts) == (State.DELIVERED, None, 1)
    assert row.done_at is not None
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.outcome, attempt.by) == (1, Attempt.Outcome.HANDED_OVER, "worker")
    assert attempt.ended_at >= attempt.started_at
    (call,) = receiver.messages
    assert (call.id, call.raw.decode()) == (str(row.pk), row.payload)
    assert not receiver.refused


def test_a_second_delivery_of_the_same_notice_sends_nothing(endpoint, receiver):
    (row,) = publish(machine(endpoint))
    assert [send(row), send(row)] == [State.DELIVERED, "not due"]
    assert len(receiver.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_deliver_at_once_one_sends(endpoint, receiver):
    (row,) = publish(machine(endpoint))
    start = threading.Barrier(8)

    def go(_number):
        try:
            start.wait()
            return outbox.deliver(str(row.pk), by="worker")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(go, range(8)))
    assert results == sorted([State.DELIVERED, *["not due"] * 7])
    assert len(receiver.calls) == 1
    assert Attempt.objects.count() == 1


def test_a_lease_is_exclusive_until_it_runs_out(endpoint):
    (row,) = publish(machine(endpoint))
    first = outbox.claim(str(row.pk), by="a")
    assert first is not None
    assert outbox.claim(str(row.pk), by="b") is None
    Delivery.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    second = outbox.claim(str(row.pk), by="b")
    assert second.lease_token != first.lease_token
    assert [a.number for a in Attempt.objects.order_by("id")] == [1, 2]


def test_one_who_lost_his_lease_can_end_nothing(endpoint):
    """The slow one comes back after another took over: his end is written to his attempt only."""
    (row,) = publish(machine(endpoint))
    slow = outbox.claim(str(row.pk), by="slow")
    Delivery.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = outbox.claim(str(row.pk), by="quick")
    assert outbox._finish(slow, State.DELIVERED, Attempt.Outcome.HANDED_OVER, "late") == "fenced"
    row.refresh_from_db()
    assert (row.state, row.lease_token) == (State.PENDING, quick.lease_token)
    assert outbox._finish(quick, State.DELIVERED, Attempt.Outcome.HANDED_OVER, "HTTP 204") == State.DELIVERED
    outcomes = dict(Attempt.objects.values_list("by", "outcome"))
    assert outcomes == {"slow": Attempt.Outcome.FENCED, "quick": Attempt.Outcome.HANDED_OVER}


def test_the_attempt_is_on_record_before_the_network_is_touched(endpoint, receiver, monkeypatch):
    seen = []

    def look(delivery):
        seen.append(Attempt.objects.get(delivery=delivery).outcome)
        return "ok"

    monkeypatch.setattr("borderwatch.transports.send", look)
    (row,) = publish(machine(endpoint))
    send(row)
    assert seen == [Attempt.Outcome.STARTED]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_during_the_network_call(endpoint, monkeypatch):
    states = []
    monkeypatch.setattr("borderwatch.transports.send", lambda _d: str(states.append(connection.in_atomic_block)))
    (row,) = publish(machine(endpoint))
    send(row)
    assert states == [False]


# --- failing --------------------------------------------------------------------------------------------------


def test_a_failure_is_planned_again_with_growing_jittered_waits(endpoint, receiver, settings):
    (row,) = publish(machine(endpoint))
    for number, wait in enumerate(settings.OUTBOX_BACKOFF_S[:4], start=1):
        receiver.fail_next(1, 500)
        before = timezone.now()
        assert send(row) == "failed"
        assert (row.state, row.attempts, row.state_reason) == (State.PENDING, number, "HTTP 500")
        assert 0.8 * wait - 1 <= (row.due_at - before).total_seconds() <= 1.2 * wait + 2
        assert send(row) == "not due"
        make_due(row)
    assert send(row) == State.DELIVERED
    assert [a.outcome for a in Attempt.objects.all()] == [Attempt.Outcome.FAILED] * 4 + ["handed_over"]
    assert len(receiver.messages) == 1


@pytest.mark.expects_errors
def test_after_the_last_try_it_becomes_a_dead_letter(endpoint, receiver, settings):
    settings.OUTBOX_BACKOFF_S = [5, 30]
    (row,) = publish(machine(endpoint))
    receiver.fail_next(3, 503)
    results = []
    for _try in range(3):
        make_due(row)
        results.append(send(row))
    assert results == ["failed", "failed", State.DEAD]
    assert (row.state, row.state_reason) == (State.DEAD, "HTTP 503")
    make_due(row)
    assert send(row) == "not due"


def test_the_backoff_lasts_three_days(settings):
    assert 72 * 3600 * 0.9 <= sum(settings.OUTBOX_BACKOFF_S) <= 80 * 3600
    assert settings.OUTBOX_LEASE_S > 2 * (3 + 7)


@pytest.mark.expects_errors
def test_gone_is_for_good(endpoint, receiver):
    (row,) = publish(machine(endpoint))
    receiver.fail_next(1, 410)
    assert send(row) == State.DEAD
    assert Attempt.objects.get().outcome == Attempt.Outcome.REFUSED


@pytest.mark.expects_errors
def test_a_transport_that_breaks_is_a_failed_attempt_and_nothing_else(endpoint, monkeypatch):
    def broken(_delivery):
        raise KeyError("oops")

    monkeypatch.setattr("borderwatch.transports.send", broken)
    (row,) = publish(machine(endpoint))
    assert send(row) == "failed"
    assert "KeyError" in row.state_reason


def test_one_recipients_failure_touches_no_other(world, endpoint, receiver):
    """One receiver is not there at all; the others are told within the same round."""
    closed = WebhookReceiver()
    gone = endpoint_at(world["mfaic"], f"{closed.url}/mfaic")
    closed._server.server_close()
    rows = publish(machine(gone), machine(endpoint))
    assert [send(row) for row in rows] == ["failed", State.DELIVERED]
    assert rows[0].state == State.PENDING
    assert "no answer" in rows[0].state_reason


def test_no_more_than_two_are_in_flight_to_one_endpoint(world, endpoint, receiver):
    rows = [publish(machine(endpoint))[0] for _n in range(3)]
    other = endpoint_at(world["ssba"], f"{receiver.url}/ssba")
    (elsewhere,) = publish(machine(other))
    held = [outbox.claim(str(row.pk), by="slow") for row in rows]
    assert [one is not None for one in held] == [True, True, False]
    assert outbox.claim(str(elsewhere.pk), by="other") is not None
    outbox._finish(held[0], State.DELIVERED, Attempt.Outcome.HANDED_OVER, "")
    assert outbox.claim(str(rows[2].pk), by="slow") is not None


def test_the_cap_counts_no_lease_that_ran_out(endpoint):
    rows = [publish(machine(endpoint))[0] for _n in range(3)]
    for row in rows[:2]:
        outbox.claim(str(row.pk), by="died")
    Delivery.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert outbox.claim(str(rows[2].pk), by="alive") is not None


# --- cancelling -----------------------------------------------------------------------------------------------


def test_cancelling_a_bundle_ends_what_waits_and_nothing_else(endpoint, moi):
    soon = timezone.now() + timedelta(hours=1)
    (told,) = publish(person(moi), bundle="duty:1")
    (planned,) = publish(machine(endpoint), bundle="duty:1", at=soon)
    (other,) = publish(machine(endpoint), bundle="duty:2", at=soon)
    assert outbox.cancel("duty:1", reason="answered") == 1
    states = {row.pk: row.state for row in Delivery.objects.all()}
    assert states == {told.pk: State.DELIVERED, planned.pk: State.CANCELLED, other.pk: State.PENDING}


# --- replay ---------------------------------------------------------------------------------------------------


@pytest.fixture
def dead(endpoint, receiver):
    (row,) = publish(machine(endpoint))
    receiver.fail_next(1, 410)
    send(row)
    assert row.state == State.DEAD
    return row


@pytest.mark.expects_errors
def test_an_administrator_replays_a_dead_letter(dead, admin, receiver, audited):
    replay_notice(actor=admin, delivery=dead, reason=" The address is mended. ")
    dead.refresh_from_db()
    assert (dead.state, dead.attempts, dead.done_at) == (State.PENDING, 0, None)
    assert audited("replay_notice", str(dead.pk)).reason == "The address is mended."
    assert send(dead) == State.DELIVERED
    assert [call.id for call in receiver.messages] == [str(dead.pk)]


@pytest.mark.expects_errors
def test_the_attempts_before_a_replay_stay_as_they_were(dead, admin):
    first = Attempt.objects.values().get()
    replay_notice(actor=admin, delivery=dead, reason="again")
    send(dead)
    assert Attempt.objects.values().get(pk=first["id"]) == first
    assert [a.outcome for a in Attempt.objects.order_by("id")] == [Attempt.Outcome.REFUSED, "handed_over"]


@pytest.mark.expects_errors
@pytest.mark.parametrize("who", ["moi", "province", "auditor", "keeper", "disabled", "outsider"])
def test_nobody_else_replays(who, dead, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        replay_notice(actor=request.getfixturevalue(who), delivery=dead, reason="x")


@pytest.mark.expects_errors
def test_a_replay_needs_a_reason_and_a_dead_letter(dead, admin, untouched):
    with untouched(), pytest.raises(ValidationError):
        replay_notice(actor=admin, delivery=dead, reason=" ")
    replay_notice(actor=admin, delivery=dead, reason="x")
    with pytest.raises(ValidationError):
        replay_notice(actor=admin, delivery=dead, reason="x")
    assert AuditEntry.objects.filter(verb="replay_notice").count() == 1


def test_a_notice_is_opened_once_and_only_by_its_person(moi, mfaic):
    (row,) = publish(person(moi))
    with pytest.raises(PermissionDenied):
        open_notice(actor=mfaic, delivery=row)
    first = open_notice(actor=moi, delivery=row).opened_at
    assert first is not None
    assert open_notice(actor=moi, delivery=row).opened_at == first


# --- the knock ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_transaction_rings_once_after_its_commit(endpoint, moi, monkeypatch):
    rung = []
    monkeypatch.setattr(outbox, "knock", rung.append)
    with transaction.atomic():
        rows = publish(machine(endpoint), person(moi), person(moi, "email"))
        assert rung == []
    waiting = {str(row.pk) for row in rows if row.state == State.PENDING}
    assert [set(ids) for ids in rung] == [waiting]
    publish(machine(endpoint), at=timezone.now() + timedelta(hours=1))
    publish(person(moi))
    assert len(rung) == 1


def test_after_a_failed_knock_it_is_quiet_for_ten_seconds(monkeypatch):
    from borderwatch import tasks

    tries = []

    def away(**_kwargs):
        tries.append(1)
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.fan_out, "apply_async", away)
    assert [outbox.knock(["x"]) for _n in range(5)] == [False] * 5
    assert len(tries) == 1
    monkeypatch.setattr(outbox, "_quiet_until", 0.0)
    outbox.knock(["x"])
    assert len(tries) == 2
