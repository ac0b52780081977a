"""Ten thousand open duties of one institution: planning an escalation, one round of the sweeper, the inbox page."""

import statistics
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, models
from django.test import Client

from benchmarks.timing import absolute, once
from borderwatch import outbox
from borderwatch.models import Delivery
from incidents.actions import escalate, file_incident, watch_duties
from incidents.models import Clock, ClockEvent, Duty, Escalation, Incident
from incidents.reports import Report
from units.models import Unit, User

OPEN = 10_000
ROUNDS = 15
# How many planned notices have come due when the sweeper looks.
FEW = 20
REF = "DUT-"


def run() -> list[dict[str, object]]:
    """Each of the three within a tenth of a second; the periodic watch beside them."""
    _fill()
    return [
        absolute("planning an escalation to three institutions, 10,000 duties open", _planning(), 100),
        absolute(f"one sweep, {OPEN:,} planned, {FEW} due", _sweeping(), 100),
        absolute("inbox page of an institution that owes 10,000 answers", _inbox(), 100),
        absolute("watch over accepted duties and clocks", _median(watch_duties), 1000),
    ]


def _median(work: Any) -> float:
    work()
    return statistics.median(once(work) for _ in range(ROUNDS))


def _planning() -> float:
    """Escalate, with duties, clocks and every step of the ladders written; the filing before it is not counted."""
    province = User.objects.get(username="province")
    times = []
    for _ in range(ROUNDS):
        incident = _report("marker", "moved")
        times.append(once(lambda: escalate(actor=province, incident=incident, reason="benchmark")))  # noqa: B023
    return statistics.median(times[2:])


def _sweeping() -> float:
    """One round that shows the few in-app notices whose time has come among all that are planned."""
    Delivery.objects.filter(state="pending").exclude(channel="inapp").update(
        state="cancelled", done_at=datetime.now(UTC)
    )
    times = []
    for _ in range(ROUNDS):
        ids = Delivery.objects.filter(state="pending", event__startswith="bench").values_list("pk", flat=True)[:FEW]
        now = datetime.now(UTC)
        Delivery.objects.filter(pk__in=list(ids)).update(planned_at=now, due_at=now)
        times.append(once(outbox.sweep))
    return statistics.median(times[2:])


def _inbox() -> float:
    client = Client()
    user = User.objects.get(username="mfaic")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    def page() -> None:
        answer = client.get("/inbox/")
        assert answer.status_code == 200
        assert answer.content.count(b"data-duty=") == 50

    return _median(page)


def _report(category: str, kind: str) -> Incident:
    report = Report(
        category=category,
        type=kind,
        impact="medium",
        text="benchmark",
        occurred_at=datetime.now(tz=UTC) - timedelta(hours=1),
        coordinate_source="gps",
        point=Point(107.42, 13.786, srid=4326),
        accuracy_m=20,
    )
    unit = Unit.objects.get(code="district-1607")
    actor = User.objects.get(username="district")
    return file_incident(actor=actor, unit=unit, client_key=uuid.uuid4(), report=report).incident


def _fill() -> None:
    """Copies of one real escalation: its incident, MFAIC's duty with clock and start, one planned reminder each."""
    if Incident.objects.filter(ref__startswith=REF).count() >= OPEN:
        return
    incident = _report("neighbour_unilateral_activity", "pond_or_canal")
    duty = Duty.objects.get(escalation__incident=incident, unit__code="mfaic")
    reminder = Delivery.objects.filter(bundle=duty.bundle, topic="duty_reminder").earliest("planned_at")
    base: dict[str, int] = {}
    models_to_copy: list[tuple[type[models.Model], Any, dict[str, str]]] = [
        (Incident, incident.pk, {"ref": f"'{REF}' || n", "client_key": "gen_random_uuid()"}),
        (Escalation, duty.escalation_id, {"incident_id": "%(incident)s + n"}),
        (Clock, duty.clock_id, {"due_at": "now() + n * interval '1 second' + interval '1 hour'"}),
        (ClockEvent, ClockEvent.objects.get(clock=duty.clock_id).pk, {"clock_id": "%(clock)s + n"}),
        (
            Duty,
            duty.pk,
            {
                "escalation_id": "%(escalation)s + n",
                "clock_id": "%(clock)s + n",
                "due_at": "now() + n * interval '1 second' + interval '1 hour'",
            },
        ),
    ]
    for model, pk, changed in models_to_copy:
        name = model._meta.model_name or ""
        base[name] = model._default_manager.order_by("-pk").values_list("pk", flat=True)[0]
        _copy(model, pk, {**changed, "id": f"%({name})s + n"}, base)
    later = "now() + interval '1 day' + n * interval '1 second'"
    planned = {"id": "gen_random_uuid()", "event": "'bench:' || n", "bundle": "'duty:' || (%(duty)s + n)"}
    _copy(Delivery, reminder.pk, {**planned, "planned_at": later, "due_at": later}, base)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _copy(model: type[models.Model], pk: Any, changed: dict[str, str], base: dict[str, int]) -> None:
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table}, generate_series(1, {OPEN}) AS n "
            f"WHERE {table}.id = %(pk)s",
            {**base, "pk": pk},
        )
        if model is not Delivery:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))",
            )
