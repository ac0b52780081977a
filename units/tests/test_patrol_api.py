"""Patrols for machines: by token, idempotent, the same gates and verbs as the pages."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from borderwatch.tests.test_api import problem, token_of
from incidents.tests.test_api import agrees
from units import actions, patrol_serializers
from units.models import Patrol, Sector, Track
from units.tests.phones import gpx, walk
from units.tests.test_tracks import MORNING

pytestmark = pytest.mark.django_db
LIST = "/api/v1/patrols/"
POST = "post-1607-1"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "started_at": MORNING.isoformat(),
        "finished_at": (MORNING + timedelta(hours=4)).isoformat(),
        "leader_name": "សុខ តារា",
        "strength": 5,
        **changes,
    }


class Machine:
    """A caller with a token."""

    def __init__(self, user: Any) -> None:
        self.client = Client(headers={**token_of(user), "Accept-Language": "en"})

    def get(self, address: str = LIST, **query: Any) -> Any:
        return self.client.get(address, query)

    def enter(self, sent: Any, key: Any = None) -> Any:
        headers = {"Idempotency-Key": str(key or uuid.uuid4())}
        return self.client.post(LIST, json.dumps(sent), content_type="application/json", headers=headers)

    def upload(self, patrol: int, content: bytes, kind: str = "", key: Any = None) -> Any:
        headers = {"Idempotency-Key": str(key or uuid.uuid4())}
        address = f"{LIST}{patrol}/tracks/"
        if kind:
            return self.client.post(address, content, content_type=kind, headers=headers)
        return self.client.post(address, {"file": SimpleUploadedFile("t.gpx", content)}, headers=headers)


@pytest.fixture
def machine(head: Any) -> Machine:
    return Machine(head)


@pytest.fixture
def patrol(machine: Machine) -> int:
    found: int = machine.enter(body()).json()["id"]
    return found


def pointers(answer: Any) -> set[str]:
    return {error["pointer"] for error in problem(answer, 400)["errors"]}


# --- entering -------------------------------------------------------------------------------------------------


def test_one_key_makes_one_patrol(machine: Machine, audited: Any) -> None:
    key = uuid.uuid4()
    first = machine.enter(body(), key)
    assert first.status_code == 201, first.content
    row = first.json()
    agrees(row, patrol_serializers.PatrolDetail())
    assert (row["state"], row["unit_code"], row["track_count"]) == ("finished", POST, 0)
    assert first["Location"] == f"{LIST}{row['id']}/"
    again = machine.enter(body(), key)
    assert (again.status_code, again.json()["id"]) == (200, row["id"])
    problem(machine.enter(body(strength=6), key), 409)
    assert Patrol.objects.count() == 1
    audited("record_patrol", row["ref"])


def test_planning(machine: Machine, world: Any) -> None:
    now = timezone.now()
    sector = Sector.objects.get(unit=world[POST], period__contains=now)
    sent = {
        "unit": POST,
        "planned_from": (now + timedelta(hours=1)).isoformat(),
        "planned_to": (now + timedelta(hours=3)).isoformat(),
        "leader_name": "Sok Dara",
        "strength": 3,
        "joint": "own_forces",
        "joint_with": "Battalion 601",
        "sector_code": sector.code,
        "route": {"type": "LineString", "coordinates": [[107.42, 13.786], [107.43, 13.79, 180]]},
    }
    row = machine.enter(sent).json()
    assert (row["state"], row["sector_code"], row["joint_with"]) == ("planned", sector.code, "Battalion 601")
    assert row["route"]["coordinates"] == [[107.42, 13.786], [107.43, 13.79]]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"strength": 0}, {"/strength"}),
        ({"leader_name": ""}, {"/leader_name"}),
        ({"leader_name": "a\0"}, {"/leader_name"}),
        ({"finished_at": None}, {"/finished_at"}),
        ({"started_at": None, "finished_at": None}, {"/planned_from", "/planned_to"}),
        ({"planned_from": MORNING.isoformat()}, {"/started_at"}),
        ({"started_at": "soon"}, {"/started_at"}),
        ({"finished_at": MORNING.isoformat()}, {"/finished_at"}),
        ({"unit": "province-01"}, {"/unit"}),
        ({"sector_code": "S-nowhere"}, {"/sector_code"}),
        ({"joint": "neighbour"}, {"/joint_with"}),
        ({"route": [[1, 2], [3, 4]]}, {"/route"}),
        ({"route": {"type": "LineString", "coordinates": [[1, "x"], [3, 4]]}}, {"/route"}),
        ({"route": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}, {"/route"}),
        ({"route": {"type": "LineString", "coordinates": [[1], [3, 4]]}}, {"/route"}),
    ],
)
def test_what_is_wrong_is_named(machine: Machine, untouched: Any, changes: dict[str, Any], wanted: set[str]) -> None:
    with untouched():
        assert pointers(machine.enter(body(**changes))) == wanted


def test_without_a_key_nothing_is_entered(machine: Machine, patrol: int, untouched: Any) -> None:
    with untouched():
        answer = machine.client.post(LIST, json.dumps(body()), content_type="application/json")
        assert pointers(answer) == {"/Idempotency-Key"}
        answer = machine.client.post(f"{LIST}{patrol}/tracks/", b"x", content_type="text/csv")
        assert pointers(answer) == {"/Idempotency-Key"}


def test_who_may_enter(province: Any, province2: Any, district: Any, moi: Any, untouched: Any) -> None:
    assert Machine(province).enter(body(unit=POST)).status_code == 201
    with untouched():
        problem(Machine(moi).enter(body(unit=POST)), 403)
        problem(Machine(district).enter(body(unit=POST)), 403)
        problem(Machine(district).enter(body()), 403)
        assert pointers(Machine(province2).enter(body(unit=POST))) == {"/unit"}


# --- tracks ---------------------------------------------------------------------------------------------------


def test_a_file_makes_one_track(machine: Machine, patrol: int) -> None:
    content, key = gpx(walk(MORNING, seconds=1800)), uuid.uuid4()
    first = machine.upload(patrol, content, key=key)
    assert first.status_code == 201, first.content
    feature = first.json()
    agrees(feature, patrol_serializers.TrackFeature())
    assert feature["geometry"]["type"] == "MultiLineString"
    assert feature["properties"]["length_m"] == pytest.approx(1.3 * 1800, rel=0.02)
    assert all(note["text"] and "%(" not in note["text"] for note in feature["properties"]["notes"])
    for again in (machine.upload(patrol, content, key=key), machine.upload(patrol, content)):
        assert (again.status_code, again.json()["properties"]["id"]) == (200, feature["properties"]["id"])
    problem(machine.upload(patrol, gpx(walk(MORNING, seconds=900)), key=key), 409)
    assert Track.objects.count() == 1
    row = machine.get(f"{LIST}{patrol}/").json()
    agrees(row, patrol_serializers.PatrolDetail())
    assert row["tracks"]["features"] == [feature]
    assert row["length_m"] == feature["properties"]["length_m"]


def test_the_body_may_be_the_file(machine: Machine, patrol: int) -> None:
    fixes = walk(MORNING, seconds=600)
    line = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[x, y] for x, y, _t in fixes]},
        "properties": {"coordTimes": [t.isoformat() for _x, _y, t in fixes if t]},
    }
    table = "\n".join(["lat,lon,time", *(f"{y},{x},{t.isoformat()}" for x, y, t in fixes[:60] if t)])
    for kind, content, source in (
        ("application/geo+json", json.dumps(line).encode(), "geojson"),
        ("application/gpx+xml", gpx(fixes[:90]), "gpx"),
        ("text/csv", table.encode(), "csv"),
    ):
        answer = machine.upload(patrol, content, kind)
        assert answer.status_code == 201, answer.content
        assert answer.json()["properties"]["source"] == source


def test_a_track_that_is_refused(machine: Machine, patrol: int, untouched: Any, settings: Any) -> None:
    settings.TRACK_FILE_MAX_BYTES = 20_000
    with untouched():
        assert pointers(machine.upload(patrol, b"hello")) == {"/file"}
        assert pointers(machine.upload(patrol, b"", "text/csv")) == {"/file"}
        assert pointers(machine.upload(patrol, gpx(walk(MORNING, seconds=7200)), "application/gpx+xml")) == {"/file"}
        problem(machine.upload(patrol, b"x", "image/png"), 415)
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = machine.client.post(f"{LIST}{patrol}/tracks/", {"file": "text"}, headers=headers)
        assert pointers(answer) == {"/file"}


def test_whose_tracks(patrol: int, district: Any, moi: Any, province2: Any, province: Any, untouched: Any) -> None:
    content = gpx(walk(MORNING, seconds=600))
    with untouched():
        problem(Machine(moi).upload(patrol, content), 403)
        for stranger in (district, province2):
            problem(Machine(stranger).upload(patrol, content), 404)
            problem(Machine(stranger).get(f"{LIST}{patrol}/"), 404)
    assert Machine(province).upload(patrol, content).status_code == 201


# --- reading --------------------------------------------------------------------------------------------------


def test_lists_filters_and_pages(machine: Machine, moi: Any, province2: Any, head: Any, world: Any) -> None:
    made = [machine.enter(body(leader_name=f"Leader {n}")).json()["id"] for n in range(3)][::-1]
    page = machine.get().json()
    agrees(page, patrol_serializers.PatrolPage())
    assert [row["id"] for row in page["results"]] == made
    assert [row["id"] for row in Machine(moi).get(unit=POST).json()["results"]] == made
    assert Machine(province2).get().json()["results"] == []
    assert machine.get(state="planned").json()["results"] == []
    assert len(machine.get(since="2026-03-02", until="2026-03-02").json()["results"]) == 3
    assert pointers(machine.get(state="lost")) == {"/state"}
    assert pointers(machine.get(since="soon")) == {"/since"}
    first = machine.get(limit=2).json()
    second = machine.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == made
    assert second["next"] is None


def test_a_patrol_tells_what_it_saw(machine: Machine, patrol: int, head: Any) -> None:
    from django.contrib.gis.geos import Point

    actions.add_observation(
        actor=head, client_key=uuid.uuid4(), patrol=Patrol.objects.get(pk=patrol), at=MORNING,
        point=Point(107.42, 13.786, srid=4326), accuracy_m=20, text="Fresh path",
    )  # fmt: skip
    row = machine.get(f"{LIST}{patrol}/").json()
    assert set(row["observations"][0]) == set(patrol_serializers.ObservationRow().fields)
    assert (row["observations"][0]["lon"], row["observations"][0]["text"]) == (107.42, "Fresh path")


def test_reading_costs_few_queries(machine: Machine, patrol: int, django_assert_max_num_queries: Any) -> None:
    machine.upload(patrol, gpx(walk(MORNING, seconds=600)))
    machine.enter(body(strength=7))
    with django_assert_max_num_queries(3):  # token with person, his units, the rows
        assert len(machine.get().json()["results"]) == 2
    with django_assert_max_num_queries(5):  # and the tracks, the observations
        machine.get(f"{LIST}{patrol}/")
