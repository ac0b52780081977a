"""From the commit of a filing to its arrival at three webhook receivers, idle, through real Redis and a real worker."""

import os
import statistics
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta

from django.contrib.gis.geos import Point
from django.db import transaction

from benchmarks.timing import absolute
from borderwatch.models import Heartbeat
from borderwatch.receivers import WebhookReceiver
from borderwatch.tasks import heartbeat
from incidents.actions import file_incident
from incidents.reports import Report
from units.actions import add_endpoint
from units.models import Endpoint, Unit, User

SECRET = "whsec_" + "Ym9yZGVyd2F0Y2gtYmVuY2htYXJrLXNlY3JldC0wMQ=="
ROUNDS = 30


def run() -> list[dict[str, object]]:
    """Median and 95th percentile over thirty filings, the slowest of the three receivers counting."""
    receiver = WebhookReceiver(secret=SECRET)
    receiver.start()
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "borderwatch", "worker", "--pool", "threads", "-c", "8", "-l", "ERROR"],
        env={**os.environ},
        stdout=subprocess.DEVNULL,
    )
    try:
        _address_institutions(receiver.url)
        _wait_for_worker()
        times = [_one(receiver) for _ in range(ROUNDS)]
    finally:
        worker.terminate()
        worker.wait(20)
        receiver.stop()
    return [
        absolute("commit to arrival at three webhooks, median", statistics.median(times), 1000),
        absolute("the same, 95th percentile", statistics.quantiles(times, n=20)[-1], 1000),
    ]


def _address_institutions(url: str) -> None:
    Endpoint.objects.all().delete() if not Endpoint.objects.filter(deliveries__isnull=False).exists() else (
        Endpoint.objects.update(active=False)
    )
    for code in ("moi", "mfaic", "ssba"):
        unit = Unit.objects.get(code=code)
        add_endpoint(actor=None, unit=unit, channel="webhook", address=f"{url}/{code}", secret=SECRET)


def _wait_for_worker() -> None:
    Heartbeat.objects.filter(name="worker").delete()
    heartbeat.delay()
    for _ in range(300):
        if Heartbeat.objects.filter(name="worker").exists():
            return
        time.sleep(0.1)
    raise SystemExit("the worker did not start")


def _one(receiver: WebhookReceiver) -> float:
    committed: list[float] = []
    before = len(receiver.messages)
    with transaction.atomic():
        file_incident(
            actor=User.objects.get(username="district"),
            unit=Unit.objects.get(code="district-1607"),
            client_key=uuid.uuid4(),
            report=Report(
                category="neighbour_unilateral_activity",
                type="pond_or_canal",
                impact="high",
                text="benchmark",
                occurred_at=datetime.now(tz=UTC) - timedelta(hours=1),
                coordinate_source="gps",
                point=Point(107.42, 13.786, srid=4326),
                accuracy_m=20,
            ),
        )
        transaction.on_commit(lambda: committed.append(time.monotonic()))
    deadline = time.monotonic() + 30
    while len(receiver.messages) < before + 3:
        if time.monotonic() > deadline:
            raise SystemExit("a webhook did not arrive within 30 s")
        time.sleep(0.002)
    time.sleep(0.2)  # idle again
    return (receiver.messages[before + 2].at - committed[0]) * 1000
