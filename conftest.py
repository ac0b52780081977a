"""The standing cast of all tests, in a small real world made with the verbs, on real PostgreSQL.

Every view test names one who may, one who sees but may not, one who sees nothing.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client, TransactionTestCase

# The browser's driver keeps an event loop in this thread; the tests' own look into the database stays synchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# The ponds of 2015: inside the sector of post-1607-1, near the Pak Nhai area.
PONDS = (107.42, 13.786)
PROVINCES = {"16", "01", "19"}
NO_TRUNCATE = "pgtrigger_no_truncate_a6d31"


def _build() -> None:
    """Reference data, three border provinces, the cast, and some people who must see nothing."""
    from incidents.demo import ground, people
    from incidents.management.commands.load_reference import Command
    from units import actions
    from units.choices import Role
    from units.models import Unit

    Command().handle()
    ground.build(PROVINCES)
    people.cast(around=False)
    for row in (
        people.Account("moi2", "", "Second Official of MoI", "moi", Role.OFFICIAL),
        people.Account("disabled", "", "Disabled Person", "province-16", Role.PROVINCE_OFFICER),
        people.Account("outsider", "", "Outsider"),
    ):
        user = people.account(row)
        if row.username == "disabled":
            user.is_active = False
            user.save(update_fields=["is_active"])
    former = people.account(people.Account("former_head", "", "Former Head"))
    actions.post_person(
        actor=None,
        user=former,
        unit=Unit.objects.get(code=people.HEAD_OF),
        role=Role.COMMANDER,
        since=datetime(2020, 1, 1, tzinfo=UTC),
        until=datetime(2024, 11, 3, tzinfo=UTC),
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Build the world once; tests inside a transaction all see it."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # Tests with real processes empty the tables afterwards; the audit's own test switches it on again.
            cursor.execute(f"ALTER TABLE borderwatch_auditentry DISABLE TRIGGER {NO_TRUNCATE}")
            cursor.execute(f"TRUNCATE {VOLATILE}")
        _ensure_world()


def _ensure_world() -> None:
    from units.models import User

    if not User.objects.filter(username="former_head").exists():
        _build()
        # What the building put on record would lie about in tests that commit, and nowhere else.
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {VOLATILE}")
        _keep_crossings()
    _SIZE_OF_WORLD[:] = _SIZE_OF_WORLD or _register_size()


_SIZE_OF_WORLD: list[int] = []
# What incidents leave behind; the register and the cast stay.
VOLATILE = (
    "borderwatch_linkvisit, borderwatch_actionlink, incidents_finding, incidents_recorderrun, incidents_outage, "
    "incidents_letter_to_units, incidents_letter, incidents_lettercounter, incidents_protestevidence, "
    "incidents_proteststep, "
    "incidents_protest_also, incidents_protest_legal_bases, incidents_protest, incidents_instructionfile, "
    "incidents_instructionstep, incidents_instruction, incidents_engagementfile, incidents_engagement, "
    "incidents_informationrequest, incidents_snooze, incidents_clockevent, incidents_clock, incidents_drill_units, "
    "incidents_drill, incidents_drillcounter, units_delegation, units_reach, "
    "crossings_trafficoutlier, crossings_trafficline, crossings_trafficsheet, crossings_trafficimport, "
    "crossings_reopeningsign, crossings_closurevisit, crossings_condition, crossings_position, "
    "crossings_proposalversion_assessments, crossings_proposalversion, crossings_assessment, incidents_checkpoint, "
    "incidents_attachment, incidents_statement, incidents_contest_heard, incidents_contest, incidents_casestep, "
    "incidents_accountabilitycase, units_effort, units_patch, units_observation, units_track, units_patrol, "
    "units_proposedrow, units_registerchange_units, units_registerchange, borderwatch_job, "
    "incidents_acknowledgement, incidents_duty, incidents_escalation, incidents_attribution, incidents_evidence, "
    "incidents_conflictingcopy, incidents_stagedphoto, incidents_incident, incidents_referencecounter, "
    "units_registerdefect_units, units_registerdefect, borderwatch_attempt, borderwatch_delivery, "
    "borderwatch_heartbeat, borderwatch_auditentry, django_session"
)

# The register of crossings is small and many tests that commit write into it: a copy is kept and put back.
KEPT = ("crossings_crossing", "crossings_classification", "crossings_crossingstatus")


def _keep_crossings() -> None:
    with connection.cursor() as cursor:
        for table in KEPT:
            cursor.execute(f"DROP TABLE IF EXISTS kept_{table}")
            cursor.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")


def _put_crossings_back() -> None:
    """As they were when the world was built; nothing is done where nothing has changed."""
    same = " AND ".join(
        f"NOT EXISTS (TABLE {one} EXCEPT TABLE {other})"
        for table in KEPT
        for one, other in ((table, f"kept_{table}"), (f"kept_{table}", table))
    )
    empty = "NOT EXISTS (TABLE crossings_closureorder) AND NOT EXISTS (TABLE crossings_proposal)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {same} AND {empty}")
        if cursor.fetchone()[0]:
            return
        cursor.execute("TRUNCATE crossings_crossing CASCADE")
        for table in KEPT:
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


def _register_size() -> list[int]:
    """How many rows the world has that no incident makes."""
    from crossings.models import Weights
    from incidents.models import EscalationPolicy
    from units.models import CommandTenure, Endpoint, Posting, Sector, Unit, User

    return [
        model._default_manager.count()
        for model in (*(Unit, User, Posting, CommandTenure, Sector, Endpoint, EscalationPolicy, Weights),)
    ]


@pytest.fixture(autouse=True, scope="session")
def _quick_emptying() -> Iterator[None]:
    """After a test that commits, empty what incidents left behind and keep the world.

    That is far quicker than emptying every table and building the world anew, which is done only when the test
    added to the register. So a test that commits may file and escalate, add endpoints, and do what it likes to
    crossings, but edits no other row.
    """
    from units.models import Endpoint

    empty_all = TransactionTestCase._fixture_teardown

    def empty(case: Any) -> None:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {VOLATILE}")
        _put_crossings_back()
        Endpoint.objects.exclude(unit__code__startswith="province-").delete()
        if _register_size() != _SIZE_OF_WORLD:
            empty_all(case)

    # The hook Django's own transactional test case calls after each test.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(autouse=True)
def _bell_rings() -> None:
    """No quiet time after a failed knock is carried from one test into the next."""
    from borderwatch import outbox

    outbox._quiet_until = 0.0


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """Units by code. Built anew after a test that emptied the tables."""
    from units.models import Unit

    _ensure_world()
    return {unit.code: unit for unit in Unit.objects.select_related("province", "district")}


def _person(username: str) -> Any:
    @pytest.fixture(name=username)
    def person(world: dict[str, Any]) -> Any:
        from units.models import User

        return User.objects.get(username=username)

    return person


district = _person("district")
province = _person("province")
province2 = _person("province2")
head = _person("head")
former_head = _person("former_head")
moi = _person("moi")
moi2 = _person("moi2")
mfaic = _person("mfaic")
ssba = _person("ssba")
auditor = _person("auditor")
admin = _person("admin")
keeper = _person("keeper")
disabled = _person("disabled")
outsider = _person("outsider")


@pytest.fixture
def signed_in() -> Callable[[Any], Client]:
    """A browser-like client signed in as a person."""

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def report() -> Callable[..., Any]:
    """A believable report; name what differs."""
    from incidents.reports import Report

    def make(**changes: Any) -> Report:
        lon_lat = changes.pop("at", PONDS)
        values: dict[str, Any] = {
            "category": "illegal_crossing",
            "type": "group_crossing",
            "impact": "medium",
            "text": "ក្រុមមនុស្ស ៥ នាក់ បានឆ្លងព្រំដែន។",
            "occurred_at": datetime.now(tz=UTC) - timedelta(hours=1),
            "coordinate_source": "gps",
            "point": Point(*lon_lat, srid=4326) if lon_lat else None,
            "accuracy_m": 20,
        }
        return Report(**{**values, **changes})

    return make


@pytest.fixture
def file(world: dict[str, Any], district: Any, report: Callable[..., Any]) -> Callable[..., Any]:
    """File an incident for Ou Ya Dav as `district`; name what differs (also `actor`, `unit`, `client_key`)."""
    from incidents.actions import file_incident

    def make(**changes: Any) -> Any:
        actor = changes.pop("actor", district)
        unit = changes.pop("unit", world["district-1607"])
        key = changes.pop("client_key", None) or uuid.uuid4()
        photos = changes.pop("photos", ())
        filed = file_incident(actor=actor, unit=unit, client_key=key, report=report(**changes), photos=photos)
        return filed.incident

    return make


@pytest.fixture
def ponds(file: Callable[..., Any]) -> Any:
    """The ponds case: unilateral activity near an unresolved area, so three institutions are told by themselves."""
    return file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, which asks nothing of the network by itself."""
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    found = os.environ.get("BORDERWATCH_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    return {**browser_type_launch_args, "executable_path": found, "args": quiet}


@pytest.fixture
def audited(db: None) -> Callable[..., Any]:
    """The one audit entry of a verb (on an object, when a key is given); fails when there is not exactly one."""
    from borderwatch.models import AuditEntry

    def one(verb: str, key: str = "", **more: Any) -> Any:
        entries = AuditEntry.objects.filter(verb=verb, **({"key": key} if key else {}), **more)
        assert len(entries) == 1, [str(entry) for entry in entries]
        return entries[0]

    return one


@pytest.fixture
def told(db: None) -> Callable[..., set[str]]:
    """Who is told on a topic: account names, and units' codes with the channel ("moi/webhook")."""
    from borderwatch.models import Delivery

    def names(topic: str, **more: Any) -> set[str]:
        rows = Delivery.objects.filter(topic=topic, **more).select_related("user", "endpoint__unit")
        return {row.user.username if row.user else f"{row.endpoint.unit.code}/{row.channel}" for row in rows}

    return names


@pytest.fixture
def untouched(db: None) -> Callable[[], AbstractContextManager[None]]:
    """A refused verb must leave no trace: no audit entry and no notice."""
    from borderwatch.models import AuditEntry, Delivery

    @contextmanager
    def check() -> Iterator[None]:
        before = (AuditEntry.objects.count(), Delivery.objects.count())
        yield
        assert (AuditEntry.objects.count(), Delivery.objects.count()) == before

    return check


@pytest.fixture(autouse=True)
def _no_logged_errors(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """A logged error fails the test unless it is marked as expecting one."""
    yield
    if request.node.get_closest_marker("expects_errors"):
        return
    errors = [record for record in caplog.get_records("call") if record.levelname in {"ERROR", "CRITICAL"}]
    assert not errors, [record.getMessage() for record in errors]
