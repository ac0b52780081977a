"""/healthz: 200 while the database answers and the sweeper works, whatever Redis does."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from borderwatch import clock, outbox
from borderwatch.models import Delivery, Heartbeat


def get(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, json.loads(answer.content)


def test_all_is_well(client: Client, db: None) -> None:
    outbox.beat("sweeper")
    outbox.beat("worker")
    status, facts = get(client)
    assert status == 200
    assert facts["status"] == "ok"
    assert facts["database"] is True
    assert facts["redis"] is True
    assert facts["last_sweep_age_s"] < 5
    assert facts["worker_heartbeat_age_s"] < 5
    assert facts["oldest_due_notice_s"] is None
    assert facts["dead_letters"] == 0
    assert set(facts) == {
        "status",
        "database",
        "redis",
        "oldest_due_notice_s",
        "last_sweep_age_s",
        "worker_heartbeat_age_s",
        "dead_letters",
        "version",
    }


@pytest.mark.expects_errors
def test_a_sweeper_that_stands_still_is_not_healthy(client: Client, db: None) -> None:
    status, facts = get(client)
    assert (status, facts["last_sweep_age_s"]) == (503, None)
    Heartbeat.objects.create(name="sweeper", at=clock.now() - timedelta(seconds=45))
    status, facts = get(client)
    assert (status, facts["status"]) == (503, "failing")
    assert 44 < facts["last_sweep_age_s"] < 60


def test_redis_away_is_degraded_and_quickly_said(client: Client, db: None, settings: Any) -> None:
    outbox.beat("sweeper")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    started = time.monotonic()
    status, facts = get(client)
    assert (status, facts["status"], facts["redis"]) == (200, "degraded", False)
    assert time.monotonic() - started < 3


def test_a_late_notice_and_a_dead_one_are_counted(client: Client, db: None, ponds: Any) -> None:
    outbox.beat("sweeper")
    late, dead = Delivery.objects.filter(state=Delivery.State.PENDING)[:2]
    Delivery.objects.filter(pk=late.pk).update(due_at=clock.now() - timedelta(seconds=90))
    Delivery.objects.filter(pk=dead.pk).update(state=Delivery.State.DEAD, done_at=clock.now())
    _status, facts = get(client)
    assert 89 < facts["oldest_due_notice_s"] < 120
    assert facts["dead_letters"] == 1


@pytest.mark.expects_errors
def test_without_the_database_it_says_so(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(clock, "now", gone)
    monkeypatch.setattr(connection, "close", lambda: None)
    status, facts = get(client)
    assert (status, facts["database"]) == (503, False)


def test_it_is_never_kept(client: Client, db: None) -> None:
    outbox.beat("sweeper")
    assert "no-store" in client.get("/healthz")["Cache-Control"]
