"""Patrols by their verbs: who may, what is refused, what stays on record."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone, translation

from borderwatch import photos, sealed
from units import actions, workflow
from units.models import BorderMarker, Effort, Patch, Patrol, Sector, Track, UnresolvedArea
from units.tests.phones import START, gpx, jitter, moved, stand, walk
from units.tests.test_tracks import MORNING
from units.tracks import words


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are compared by their English words."""
    with translation.override("en"):
        yield


pytestmark = pytest.mark.django_db
POST = "post-1607-1"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def sector(world: Any) -> str:
    code: str = Sector.objects.get(unit=world[POST], period__contains=timezone.now()).code
    return code


@pytest.fixture
def plan(world: Any, head: Any, sector: str, now: datetime) -> Callable[..., Any]:
    def make(**changes: Any) -> Any:
        return actions.plan_patrol(**{
            "actor": head, "client_key": uuid.uuid4(), "unit": world[POST], "planned_from": now + timedelta(hours=1),
            "planned_to": now + timedelta(hours=5), "leader_name": "Sok Dara", "strength": 5, "sector_code": sector,
            **changes,
        })  # fmt: skip

    return make


@pytest.fixture
def went(world: Any, head: Any) -> Callable[..., Patrol]:
    """A patrol of the post on the morning of the telephones' tracks."""

    def make(**changes: Any) -> Patrol:
        patrol: Patrol = actions.record_patrol(**{
            "actor": head, "client_key": uuid.uuid4(), "unit": world[POST], "started_at": MORNING,
            "finished_at": MORNING + timedelta(hours=4), "leader_name": "Sok Dara", "strength": 5, **changes,
        }).patrol  # fmt: skip
        return patrol

    return make


@pytest.fixture
def add(head: Any) -> Callable[..., Any]:
    def make(patrol: Patrol, content: bytes | None = None, **changes: Any) -> Any:
        upload = None if content is None else SimpleUploadedFile("ល្បាត.gpx", content)
        values = {"actor": head, "client_key": uuid.uuid4(), "patrol": patrol, "upload": upload, **changes}
        return actions.add_track(**values)

    return make


def errors(call: Callable[[], Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        call()
    found: dict[str, list[str]] = caught.value.message_dict
    return found


# --- planning -------------------------------------------------------------------------------------------------


def test_a_plan_stands_with_who_goes_and_where(plan: Any, audited: Any, sector: str, head: Any) -> None:
    planned = plan(note=" Along the stream ")
    patrol = planned.patrol
    assert planned.outcome == "new"
    assert (patrol.state, patrol.sector_code, patrol.note) == ("planned", sector, "Along the stream")
    assert patrol.entered_by == head
    entry = audited("plan_patrol", patrol.ref)
    assert entry.after["unit"] == POST
    assert entry.after["leader"] == "Sok Dara"
    assert patrol.get_absolute_url() == f"/patrols/{patrol.pk}/"


def test_a_leader_with_an_account_lends_his_name(plan: Any, head: Any) -> None:
    assert plan(leader=head, leader_name="").patrol.leader_name == head.record_name


def test_the_same_key_makes_one_patrol_also_after_it_went_on(
    plan: Any, head: Any, province: Any, untouched: Any
) -> None:
    key = uuid.uuid4()
    first = plan(client_key=key, route=LineString(START, (107.43, 13.8), srid=4326)).patrol
    actions.start_patrol(actor=head, patrol=first)
    with untouched():
        again = plan(client_key=key, route=LineString(START, (107.43, 13.8), srid=4326))
        assert (again.outcome, again.patrol.pk) == ("same", first.pk)
        with pytest.raises(actions.Clash):
            plan(client_key=key, strength=6)
        with pytest.raises(actions.Clash):
            plan(client_key=key, actor=province, route=LineString(START, (107.43, 13.8), srid=4326))
    assert Patrol.objects.count() == 1


@pytest.mark.parametrize(
    "who", ["district", "province2", "moi", "keeper", "auditor", "former_head", "disabled", "outsider"]
)
def test_only_those_who_manage_patrols_plan(plan: Any, untouched: Any, request: Any, who: str) -> None:
    with untouched(), pytest.raises(PermissionDenied):
        plan(actor=request.getfixturevalue(who))


def test_the_province_plans_for_its_posts_and_nobody_else_s(
    plan: Any, province: Any, world: Any, untouched: Any
) -> None:
    assert plan(actor=province).outcome == "new"
    with untouched(), pytest.raises(PermissionDenied):
        plan(actor=province, unit=world["province-01"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"planned_to": timedelta(hours=0)}, "planned_to"),
        ({"planned_from": timedelta(days=-3), "planned_to": timedelta(days=-2)}, "planned_to"),
        ({"planned_to": timedelta(days=40)}, "planned_to"),
        ({"planned_from": timedelta(days=400), "planned_to": timedelta(days=401)}, "planned_from"),
        ({"leader_name": "  "}, "leader_name"),
        ({"leader_name": "x" * 201}, "leader_name"),
        ({"strength": 0}, "strength"),
        ({"strength": 10_000}, "strength"),
        ({"joint": "everybody"}, "joint"),
        ({"joint": "neighbour"}, "joint_with"),
        ({"sector_code": "S-nowhere"}, "sector_code"),
        ({"sector_code": ""}, "sector_code"),
        ({"area_code": "nowhere"}, "area_code"),
        ({"note": "x" * 10_001}, "note"),
        ({"route": LineString((13.7, 107.4), (13.8, 107.4), srid=4326)}, "route"),
        ({"route": LineString((2.3, 48.8), (2.4, 48.8), srid=4326)}, "route"),
    ],
)
def test_what_cannot_be_planned_is_told_at_its_field(
    plan: Any, untouched: Any, now: datetime, changes: dict[str, Any], field: str
) -> None:
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with untouched():
        assert set(errors(lambda: plan(**given))) == {field}


def test_an_area_is_unknown_to_those_who_may_not_look_at_it(plan: Any, province: Any, head: Any) -> None:
    area = UnresolvedArea.objects.visible_to(province).filter(period__contains=timezone.now()).first()
    assert plan(actor=province, sector_code="", area_code=area.code).patrol.area_code == area.code
    if not UnresolvedArea.objects.visible_to(head).filter(pk=area.pk).exists():
        assert set(errors(lambda: plan(area_code=area.code))) == {"area_code"}


# --- its life -------------------------------------------------------------------------------------------------


def test_out_and_back(plan: Any, head: Any, audited: Any, now: datetime) -> None:
    patrol = plan(note="Plan").patrol
    patrol = actions.start_patrol(actor=head, patrol=patrol, at=now - timedelta(hours=2))
    assert (patrol.state, patrol.started_at) == ("under_way", now - timedelta(hours=2))
    patrol = actions.finish_patrol(actor=head, patrol=patrol, note="Nothing unusual")
    patrol.refresh_from_db()
    assert patrol.state == "finished"
    assert patrol.note == "Plan\n\nNothing unusual"
    assert audited("start_patrol", patrol.ref).before == {"state": "planned"}
    assert audited("finish_patrol", patrol.ref).after["state"] == "finished"


def test_times_that_cannot_be(plan: Any, head: Any, untouched: Any, now: datetime) -> None:
    patrol = plan().patrol
    start, finish = actions.start_patrol, actions.finish_patrol
    with untouched():
        assert set(errors(lambda: start(actor=head, patrol=patrol, at=now + timedelta(hours=1)))) == {"at"}
        assert set(errors(lambda: start(actor=head, patrol=patrol, at=now - timedelta(hours=20)))) == {"at"}
    start(actor=head, patrol=patrol)
    with untouched():
        assert set(errors(lambda: finish(actor=head, patrol=patrol, at=now - timedelta(hours=1)))) == {"at"}
        assert set(errors(lambda: finish(actor=head, patrol=patrol, at=now + timedelta(hours=1)))) == {"at"}
        assert set(errors(lambda: finish(actor=head, patrol=patrol, note="x" * 10_001))) == {"note"}


def test_calling_off_needs_a_reason_and_comes_before_the_time_has_passed(
    plan: Any, head: Any, audited: Any, untouched: Any, now: datetime
) -> None:
    patrol = plan().patrol
    with untouched():
        assert set(errors(lambda: actions.call_off_patrol(actor=head, patrol=patrol, reason=" "))) == {"reason"}
    assert actions.call_off_patrol(actor=head, patrol=patrol, reason="Flood").state == "cancelled"
    assert audited("call_off_patrol", patrol.ref).reason == "Flood"
    with pytest.raises(workflow.Refused):
        actions.start_patrol(actor=head, patrol=patrol)
    late = plan().patrol
    Patrol.objects.filter(pk=late.pk).update(planned_from=now - timedelta(hours=3), planned_to=now - timedelta(hours=1))
    with untouched(), pytest.raises(ValidationError, match="passed"):
        actions.call_off_patrol(actor=head, patrol=late, reason="Forgotten")


def test_the_system_marks_what_was_missed_and_it_may_be_put_right(
    plan: Any, head: Any, audited: Any, untouched: Any, now: datetime
) -> None:
    patrol = plan().patrol
    with untouched(), pytest.raises(ValidationError, match="not passed"):
        actions.mark_missed(patrol)
    Patrol.objects.filter(pk=patrol.pk).update(
        planned_from=now - timedelta(hours=3), planned_to=now - timedelta(hours=1)
    )
    assert actions.mark_missed(patrol).state == "missed"
    assert audited("mark_missed", patrol.ref).actor_id is None
    with untouched(), pytest.raises(workflow.Refused):
        actions.mark_missed(patrol)
    at = now - timedelta(hours=2)
    assert actions.start_patrol(actor=head, patrol=patrol, at=at).state == "under_way"


@pytest.mark.parametrize("who", ["district", "moi", "province2", "former_head"])
def test_others_move_nothing(plan: Any, went: Any, request: Any, untouched: Any, who: str) -> None:
    patrol, done, other = plan().patrol, went(), request.getfixturevalue(who)
    line = LineString(START, (107.43, 13.8), srid=4326)
    with untouched():
        for call in (
            lambda: actions.start_patrol(actor=other, patrol=patrol),
            lambda: actions.finish_patrol(actor=other, patrol=patrol),
            lambda: actions.call_off_patrol(actor=other, patrol=patrol, reason="x"),
            lambda: actions.add_track(actor=other, client_key=uuid.uuid4(), patrol=done, drawn=line),
            lambda: actions.add_observation(
                actor=other, client_key=uuid.uuid4(), patrol=done, at=MORNING, point=Point(*START, srid=4326),
                accuracy_m=10, text="x",
            ),
        ):  # fmt: skip
            with pytest.raises(PermissionDenied):
                call()


def test_a_patrol_that_was_not_planned_is_recorded(went: Any, audited: Any) -> None:
    patrol = went()
    assert (patrol.state, patrol.planned_from) == ("finished", None)
    assert audited("record_patrol", patrol.ref).after["started_at"] == MORNING.isoformat()
    key = uuid.uuid4()
    assert went(client_key=key).pk == went(client_key=key).pk
    with pytest.raises(actions.Clash):
        went(client_key=key, finished_at=MORNING + timedelta(hours=5))


@pytest.mark.parametrize(
    ("hours", "field"),
    [((1, 2), "started_at"), ((-1, 1), "finished_at"), ((-2, -3), "finished_at"), ((-2000, 0), "finished_at")],
)
def test_times_of_a_record_that_cannot_be(
    went: Any, now: datetime, untouched: Any, hours: tuple[int, int], field: str
) -> None:
    start, end = (now + timedelta(hours=n) for n in hours)
    with untouched():
        assert set(errors(lambda: went(started_at=start, finished_at=end))) == {field}


# --- tracks ---------------------------------------------------------------------------------------------------


def test_a_telephone_s_track_is_sealed_cleaned_and_counted(went: Any, add: Any, audited: Any) -> None:
    true = walk(MORNING, seconds=3600)
    fixes = jitter(true, 4) + stand(true[-1], seconds=900)
    fixes[100] = moved(fixes[100], east=4000)
    fixes[200] = (0.0, 0.0, fixes[200][2])
    content = gpx(fixes)
    patrol = went()
    added = add(patrol, content)
    track = Track.objects.get(pk=added.track.pk)
    assert added.outcome == "new"
    assert (track.source, track.timed, track.original_name, track.size) == ("gpx", True, "ល្បាត.gpx", len(content))
    assert sealed.path_of(track.sha256).read_bytes() == content
    assert track.length_m == pytest.approx(1.3 * 3600, rel=0.15)
    assert {note["code"] for note in track.notes} == {"no_fix", "jump", "stay", "thinned"}
    assert all(words.sentences(track.notes))
    assert track.points + track.dropped == len(fixes)
    effort = Effort.objects.filter(track=track)
    assert sum(row.metres for row in effort) == pytest.approx(track.length_m, abs=2)
    assert sum(row.seconds for row in effort) == pytest.approx(4500, abs=10)
    assert audited("add_track", patrol.ref).after["sha256"] == track.sha256


def test_the_ground_a_track_saw_counts_at_once(went: Any, add: Any, world: Any) -> None:
    from units import coverage

    sector = Sector.objects.get(unit=world[POST], period__contains=timezone.now())
    if not Patch.objects.filter(sector=sector).exists():
        coverage.lay(sector)
    patches = Patch.objects.filter(sector=sector).order_by("number")
    assert patches.count() > 10
    first = patches[3].shape.transform(4326, clone=True)
    line = [(x, y, MORNING + timedelta(seconds=60 * n)) for n, (x, y, *_z) in enumerate(first.coords)]
    track = add(went(), gpx(line)).track
    seen = patches.filter(last_track=track)
    assert patches[3] in seen
    assert {patch.last_seen_at for patch in seen} == {track.ended_at}
    assert seen.count() < 10


def test_the_same_file_or_key_makes_one_track(went: Any, add: Any, untouched: Any) -> None:
    patrol, content, key = went(), gpx(walk(MORNING, seconds=600)), uuid.uuid4()
    first = add(patrol, content, client_key=key).track
    with untouched():
        for again in (add(patrol, content, client_key=key), add(patrol, content)):
            assert (again.outcome, again.track.pk) == ("same", first.pk)
        with pytest.raises(actions.Clash):
            add(patrol, gpx(walk(MORNING, seconds=900)), client_key=key)


def test_one_file_proves_one_patrol_of_a_unit(went: Any, add: Any, province: Any, world: Any) -> None:
    content = gpx(walk(MORNING, seconds=600))
    first = went()
    add(first, content)
    second = went()
    message = errors(lambda: add(second, content))["file"][0]
    assert first.ref in message
    joint = went(actor=province, unit=world["battalion-16"], joint="own_forces", joint_with="Post 1")
    shared = add(joint, content, actor=province).track
    assert "used_elsewhere" in {note["code"] for note in shared.notes}


def test_a_file_that_is_no_track_leaves_nothing(went: Any, add: Any, untouched: Any) -> None:
    patrol = went()
    with untouched():
        for content in (b"", b"hello", gpx(walk(MORNING + timedelta(days=4000), seconds=60)), b"<gpx/>"):
            assert set(errors(lambda content=content: add(patrol, content))) == {"file"}  # type: ignore[misc]
        assert set(errors(lambda: add(patrol))) == {"file"}
    assert not Track.objects.exists()


def test_a_file_beyond_the_limit_is_refused(went: Any, add: Any, settings: Any) -> None:
    settings.TRACK_FILE_MAX_BYTES = 1000
    message = errors(lambda: add(went(), gpx(walk(MORNING, seconds=600))))["file"][0]
    assert message.startswith("ល្បាត.gpx")
    assert "1000" in message


def test_another_province_s_ground_is_the_wrong_place(went: Any, add: Any, untouched: Any) -> None:
    patrol = went()
    with untouched():
        # Poipet lies in Cambodia, and four hundred kilometres from Ratanakiri.
        message = errors(lambda: add(patrol, gpx(walk(MORNING, seconds=600, at=(102.56, 13.66)))))["file"][0]
    assert "20 km" in message


def test_no_track_before_it_set_out(plan: Any, add: Any, untouched: Any) -> None:
    patrol = plan().patrol
    with untouched(), pytest.raises(workflow.Refused):
        add(patrol, gpx(walk(MORNING, seconds=600)))


def test_a_path_drawn_by_hand_says_so(went: Any, add: Any) -> None:
    patrol = went()
    line = LineString(START, (107.425, 13.79), (107.43, 13.8), srid=4326)
    track = add(patrol, drawn=line).track
    assert (track.source, track.timed, track.original_name) == ("drawn", False, "")
    assert (track.started_at, track.ended_at) == (patrol.started_at, patrol.finished_at)
    assert [note["code"] for note in track.notes] == ["drawn"]
    assert track.path[0].coords == line.coords
    assert not Effort.objects.filter(track=track).exists()
    assert add(patrol, drawn=line).outcome == "same"


@pytest.mark.parametrize(
    "line",
    [
        LineString((107.42, 13.786), (107.42, 13.786), srid=4326),
        LineString((13.786, 107.42), (13.79, 107.43), srid=4326),
        LineString((102.56, 13.66), (102.57, 13.67), srid=4326),
        LineString((107.42, 13.786), (102.57, 13.67), (107.42, 13.786), (102.57, 13.67), srid=4326),
        LineString([(107.42 + n * 1e-6, 13.786) for n in range(5001)], srid=4326),
    ],
)
def test_a_drawing_that_cannot_be(went: Any, add: Any, untouched: Any, line: LineString) -> None:
    patrol = went()
    with untouched():
        assert set(errors(lambda: add(patrol, drawn=line))) == {"drawn"}


@pytest.mark.django_db(transaction=True)
def test_twins_of_one_upload_make_one_track(went: Any, head: Any) -> None:
    patrol, key, content = went(), uuid.uuid4(), gpx(walk(MORNING, seconds=900))
    start = threading.Barrier(4)

    def send(_number: int) -> Any:
        try:
            start.wait()
            file = SimpleUploadedFile("t.gpx", content)
            return actions.add_track(actor=head, client_key=key, patrol=patrol, upload=file)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = [added.outcome for added in pool.map(send, range(4))]
    assert sorted(outcomes) == ["new", "same", "same", "same"]
    assert Track.objects.count() == 1


# --- observations ---------------------------------------------------------------------------------------------


@pytest.fixture
def observe(head: Any, went: Any) -> Callable[..., Any]:
    def make(**changes: Any) -> Any:
        return actions.add_observation(**{
            "actor": head, "client_key": uuid.uuid4(), "patrol": changes.pop("patrol", None) or went(),
            "at": MORNING + timedelta(hours=1), "point": Point(*START, srid=4326), "accuracy_m": 15,
            "text": "Fresh path", **changes,
        })  # fmt: skip

    return make


@pytest.fixture
def marker() -> BorderMarker:
    """The marker nearest to the ponds."""
    from django.contrib.gis.db.models.functions import Distance

    found: BorderMarker = BorderMarker.objects.order_by(Distance("point", Point(*START, srid=4326)))[0]
    return found


def test_what_was_seen_stands_with_its_photo(observe: Any, audited: Any) -> None:
    photo = photos.Photo("a" * 64, "p.jpg", "image/jpeg", 1000, 800, 600)
    seen = observe(photo=photo)
    assert (seen.text, seen.photo_sha256, seen.photo_size) == ("Fresh path", "a" * 64, 1000)
    assert audited("add_observation", seen.patrol.ref).after["photo"] == "a" * 64


def test_a_marker_is_inspected_with_its_state(observe: Any, marker: BorderMarker) -> None:
    before = marker.status
    seen = observe(marker=marker, finding="damaged", text="", point=marker.point)
    assert (seen.marker, seen.finding) == (marker, "damaged")
    marker.refresh_from_db()
    assert marker.status == before


def test_the_same_key_makes_one_observation(observe: Any, went: Any, untouched: Any) -> None:
    key, patrol = uuid.uuid4(), went()
    first = observe(client_key=key, patrol=patrol)
    other = went()
    with untouched():
        assert observe(client_key=key, patrol=patrol).pk == first.pk
        with pytest.raises(actions.Clash):
            observe(client_key=key, patrol=other)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"text": " "}, {"text"}),
        ({"text": "x" * 10_001}, {"text"}),
        ({"finding": "moved"}, {"marker"}),
        ({"accuracy_m": 0}, {"accuracy_m"}),
        ({"point": Point(13.7, 107.4, srid=4326)}, {"point"}),
        ({"point": Point(102.56, 13.66, srid=4326)}, {"point"}),
        ({"at": MORNING - timedelta(hours=20)}, {"at"}),
        ({"at": MORNING + timedelta(days=5000)}, {"at"}),
    ],
)
def test_what_cannot_have_been_seen_so(
    observe: Any, went: Any, untouched: Any, changes: dict[str, Any], fields: set[str]
) -> None:
    patrol = went()
    with untouched():
        assert set(errors(lambda: observe(patrol=patrol, **changes))) == fields


def test_a_marker_needs_its_state_and_to_be_near(observe: Any, went: Any, marker: BorderMarker, untouched: Any) -> None:
    patrol = went()
    with untouched():
        assert set(errors(lambda: observe(patrol=patrol, marker=marker, point=marker.point))) == {"finding"}
        far = Point(marker.point.x, marker.point.y + 0.1, srid=4326)
        found = errors(lambda: observe(patrol=patrol, marker=marker, finding="intact", point=far))
    assert "marker" in found or "point" in found
