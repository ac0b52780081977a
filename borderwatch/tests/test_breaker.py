"""An address that keeps failing: tried now and then, never by two more than allowed, and somebody is told."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from borderwatch import again, breaker, jobs, outbox, topics
from borderwatch.actions import send_again
from borderwatch.models import Attempt, Delivery, Job
from borderwatch.tests.test_outbox import (  # noqa: F401
    endpoint,
    endpoint_at,
    machine,
    make_due,
    publish,
    receiver,
    send,
    topic,
)

State = Delivery.State


@pytest.fixture
def failing(endpoint, receiver):  # noqa: F811
    """Five notices in a row failed just now."""
    receiver.fail_next(5, 503)
    for _number in range(5):
        (row,) = publish(machine(endpoint))
        assert send(row) == "failed"
    return endpoint


def long_ago(seconds=breaker.PAUSE_S + 1):
    Attempt.objects.update(started_at=timezone.now() - timedelta(seconds=seconds))


def test_after_five_failures_in_a_row_the_next_waits_and_uses_up_no_try(failing, receiver):  # noqa: F811
    calls = len(receiver.calls)
    (row,) = publish(machine(failing))
    assert send(row) == "not due"
    assert (row.state, row.attempts) == (State.PENDING, 0)
    assert 290 <= (row.due_at - timezone.now()).total_seconds() <= 301
    assert "keeps failing" in row.state_reason
    assert len(receiver.calls) == calls


def test_four_failures_are_not_five(endpoint, receiver):  # noqa: F811
    receiver.fail_next(4, 503)
    for _number in range(4):
        send(publish(machine(endpoint))[0])
    assert send(publish(machine(endpoint))[0]) == State.DELIVERED


def test_every_five_minutes_one_is_tried_and_a_success_ends_the_pause(failing, receiver):  # noqa: F811
    long_ago()
    first, second, third = (publish(machine(failing))[0] for _number in range(3))
    receiver.fail_next(1, 503)
    assert [send(first), send(second)] == ["failed", "not due"]
    long_ago()
    assert send(third) == State.DELIVERED
    make_due(second)
    assert send(second) == State.DELIVERED


def test_one_in_flight_counts_as_the_try(failing):
    long_ago()
    held = outbox.claim(str(publish(machine(failing))[0].pk), by="slow")
    assert held is not None
    assert outbox.claim(str(publish(machine(failing))[0].pk), by="quick") is None


def test_a_test_of_the_address_is_sent_all_the_same_and_mends_it(failing, receiver, monkeypatch):  # noqa: F811
    monkeypatch.setitem(topics.TOPICS, "probe", topics.Topic("probe", "Probe", "notices/endpoint_test.txt", probe=True))
    (held,) = publish(machine(failing))
    assert send(held) == "not due"
    (probe,) = publish(machine(failing), topic="probe")
    assert send(probe) == State.DELIVERED
    make_due(held)
    assert send(held) == State.DELIVERED


def test_another_address_is_untouched(failing, world, receiver):  # noqa: F811
    (row,) = publish(machine(endpoint_at(world["ssba"], f"{receiver.url}/ssba")))
    assert send(row) == State.DELIVERED


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_two_are_in_flight_to_one_endpoint(endpoint, receiver, settings):  # noqa: F811
    """The cap is hard: who counts holds the endpoint's lock."""
    rows = [publish(machine(endpoint))[0] for _number in range(8)]
    start = threading.Barrier(8)

    def claim(row):
        try:
            start.wait()
            return outbox.claim(str(row.pk), by="worker") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(claim, rows))
    assert sum(taken) == settings.OUTBOX_PER_ENDPOINT


@pytest.mark.expects_errors
def test_a_notice_that_waits_a_quarter_of_an_hour_is_an_alarm(endpoint, caplog, monkeypatch):  # noqa: F811
    monkeypatch.setattr(breaker, "_alarmed_at", float("-inf"))
    (row,) = publish(machine(endpoint))
    assert breaker.alarm() == 0
    assert breaker.waiting_too_long() == {}
    monkeypatch.setattr(breaker, "_alarmed_at", float("-inf"))
    planned = timezone.now() - timedelta(minutes=16)
    Delivery.objects.filter(pk=row.pk).update(planned_at=planned)
    assert breaker.alarm() == 1
    assert "outbox.undelivered" in caplog.text
    assert breaker.waiting_too_long()[endpoint.pk] == breaker.Waiting(1, planned)
    # Said once, not every two seconds.
    assert breaker.alarm() == 0
    assert breaker.waiting_too_long([endpoint.pk + 1]) == {}


# --- once more ------------------------------------------------------------------------------------------------


@pytest.fixture
def handed(endpoint, receiver):  # noqa: F811
    (row,) = publish(machine(endpoint))
    assert send(row) == State.DELIVERED
    return row


def test_what_a_machine_was_handed_is_sent_once_more_under_its_number(handed, admin, receiver, audited):  # noqa: F811
    job = send_again(actor=admin, delivery=handed, reason=" They lost it. ")
    assert jobs.run(job.pk) == Job.State.DONE
    before = handed.done_at
    handed.refresh_from_db()
    assert (handed.state, handed.done_at, handed.attempts) == (State.DELIVERED, before, 2)
    assert [(call.id, call.repeated) for call in receiver.calls] == [(str(handed.pk), False), (str(handed.pk), True)]
    assert [(a.number, a.by, a.outcome) for a in handed.attempt_rows.all()] == [
        (1, "worker", "handed_over"),
        (2, "again", "handed_over"),
    ]
    assert audited("send_again", str(handed.pk)).reason == "They lost it."


def test_one_more_that_fails_changes_nothing_of_the_first(handed, admin, receiver):  # noqa: F811
    receiver.fail_next(1, 500)
    job = send_again(actor=admin, delivery=handed, reason="x")
    jobs.run(job.pk)
    job.refresh_from_db()
    handed.refresh_from_db()
    assert job.result == {"outcome": "refused", "detail": "HTTP 500"}
    assert (handed.state, handed.state_reason) == (State.DELIVERED, "HTTP 204")
    assert jobs.latest(again.subject(handed.pk), again.JOB) == job


@pytest.mark.parametrize("who", ["moi", "keeper", "disabled", "outsider"])
def test_nobody_but_an_administrator_sends_once_more(who, handed, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        send_again(actor=request.getfixturevalue(who), delivery=handed, reason="x")


def test_once_more_needs_a_reason_a_hand_over_and_an_address_in_use(handed, admin, moi, endpoint, untouched):  # noqa: F811
    (waiting,) = publish(machine(endpoint))
    with untouched():
        for row, reason in ((handed, " "), (waiting, "x")):
            with pytest.raises(ValidationError):
                send_again(actor=admin, delivery=row, reason=reason)
        type(endpoint).objects.filter(pk=endpoint.pk).update(active=False, retired_at=timezone.now())
        with pytest.raises(ValidationError):
            send_again(actor=admin, delivery=handed, reason="x")
