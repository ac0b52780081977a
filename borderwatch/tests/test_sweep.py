"""The sweeper: finds what is due, knocks first, delivers by itself when nobody takes it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from borderwatch import outbox
from borderwatch.models import Delivery, Heartbeat
from borderwatch.tests.test_outbox import endpoint, endpoint_at, machine, person, publish, receiver, topic  # noqa: F401

State = Delivery.State
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rung(monkeypatch):
    """Knocks go here instead of to the broker."""
    ids = []
    monkeypatch.setattr(outbox, "knock", lambda more: bool(ids.append(list(more)) or True))
    return ids


def aged(row, seconds):
    Delivery.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(seconds=seconds))
    return str(row.pk)


def test_it_leaves_what_is_quite_new_to_the_first_knock(endpoint, rung):  # noqa: F811
    (row,) = publish(machine(endpoint))
    rung.clear()
    aged(row, 1)
    assert outbox.sweep() == {"shown": 0, "knocked": 0, "delivered": 0}
    assert rung == []


def test_it_knocks_once_for_what_nobody_has_taken_and_again_after_half_a_minute(endpoint, rung):  # noqa: F811
    (row,) = publish(machine(endpoint))
    rung.clear()
    pk = aged(row, 5)
    assert outbox.sweep()["knocked"] == 1
    assert outbox.sweep()["knocked"] == 0
    Delivery.objects.filter(pk=pk).update(knocked_at=timezone.now() - timedelta(seconds=31))
    assert outbox.sweep()["knocked"] == 1
    assert rung == [[pk], [pk]]


def test_it_delivers_by_itself_what_a_silent_worker_has_not_taken(endpoint, receiver, rung):  # noqa: F811
    (row,) = publish(machine(endpoint))
    rung.clear()
    aged(row, 25)
    assert outbox.sweep() == {"shown": 0, "knocked": 0, "delivered": 1}
    assert rung == []
    row.refresh_from_db()
    assert row.state == State.DELIVERED
    assert row.attempt_rows.get().by == "sweeper"
    assert len(receiver.messages) == 1


def test_it_delivers_at_once_when_the_broker_is_away(endpoint, receiver, monkeypatch):  # noqa: F811
    monkeypatch.setattr(outbox, "knock", lambda ids: False)
    (row,) = publish(machine(endpoint))
    aged(row, 5)
    assert outbox.sweep()["delivered"] == 1
    assert len(receiver.messages) == 1


def test_it_shows_in_app_notices_at_their_time(moi, rung):
    (row,) = publish(person(moi), at=timezone.now() + timedelta(hours=1))
    at = timezone.now() - timedelta(minutes=1)
    Delivery.objects.update(due_at=at, planned_at=at)
    assert outbox.sweep()["shown"] == 1
    row.refresh_from_db()
    assert (row.state, row.done_at) == (State.DELIVERED, at)


def test_a_dead_receiver_holds_up_no_other(world, endpoint, receiver, rung):  # noqa: F811
    """Ten notices to a port where nobody answers and one to a ministry that does."""
    gone = endpoint_at(world["mfaic"], "http://127.0.0.1:9/")
    rows = [publish(machine(gone))[0] for _n in range(10)] + publish(machine(endpoint))
    for row in rows:
        aged(row, 25)
    outbox.sweep()
    assert len(receiver.messages) == 1


def test_it_says_that_it_lives(world, rung):
    outbox.sweep()
    assert (timezone.now() - Heartbeat.objects.get(name="sweeper").at) < timedelta(seconds=5)


def test_the_command_does_one_round(world, rung):
    call_command("sweep", once=True)
    assert Heartbeat.objects.filter(name="sweeper").exists()


@pytest.mark.expects_errors
def test_the_command_outlives_a_database_that_is_away(world, monkeypatch, caplog):
    def away():
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr(outbox, "sweep", away)
    call_command("sweep", once=True)
    assert "database_away" in caplog.text
