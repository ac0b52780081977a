"""What a patrol saw becomes an incident in one step, from the patrol's page."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from borderwatch import clock
from incidents import photos
from incidents.choices import Source
from incidents.models import Incident
from incidents.tests.test_photos import picture, upload
from units import actions
from units.models import BorderMarker, Observation

PLACE = Point(107.42, 13.786, srid=4326)


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


@pytest.fixture
def observe(head: Any, world: dict[str, Any]) -> Callable[..., Observation]:
    """An observation of a patrol of the head's post that came back an hour ago; name what differs."""
    now = clock.now()
    post = world["post-1607-1"]
    patrol = actions.record_patrol(
        actor=head, client_key=uuid.uuid4(), unit=post, leader_name="Leader", strength=4,
        started_at=now - timedelta(hours=3), finished_at=now - timedelta(hours=1),
        sector_code=post.sectors.at(now).get().code,
    ).patrol  # fmt: skip

    def make(**changes: Any) -> Observation:
        values: dict[str, Any] = {
            "actor": head, "client_key": uuid.uuid4(), "patrol": patrol, "at": now - timedelta(hours=2),
            "point": PLACE, "accuracy_m": 20, "text": "Five persons crossed the ford",
        }  # fmt: skip
        return actions.add_observation(**{**values, **changes})

    return make


def address(seen: Observation) -> str:
    return f"/incidents/new/from-observation/{seen.pk}/"


def said(**changes: str) -> dict[str, str]:
    return {"what": "illegal_crossing:group_crossing", "impact": "medium", "text": "Five persons crossed", **changes}


def test_an_observation_becomes_an_incident_with_place_time_and_photo(
    signed_in: Any, observe: Any, head: Any, audited: Any
) -> None:
    seen = observe(photo=photos.read(upload(picture())))
    browser = signed_in(head)
    page = browser.get(address(seen))
    assert page.context["form"].initial["text"] == seen.text
    answer = browser.post(address(seen), said())
    incident = Incident.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/incidents/{incident.ref}/filed/")
    assert (incident.observation, incident.source) == (seen, Source.OWN_PATROL)
    assert (incident.occurred_at, incident.detected_at) == (seen.at, seen.at)
    assert incident.point.coords == seen.point.coords
    assert [photo.sha256 for photo in incident.evidence.all()] == [seen.photo_sha256]
    assert audited("file_incident", incident.ref).actor == head
    # The patrol's page leads there, and no longer offers the step.
    patrol = browser.get(seen.patrol.get_absolute_url()).content.decode()
    assert f"/incidents/{incident.ref}/" in patrol
    assert address(seen) not in patrol


def test_a_marker_found_moved_is_reported_as_such(signed_in: Any, observe: Any, province: Any, world: Any) -> None:
    marker = min(BorderMarker.objects.filter(section__province__code="16"), key=lambda one: one.point.distance(PLACE))
    seen = observe(marker=marker, finding="moved", text="", point=marker.point, accuracy_m=marker.accuracy_m)
    browser = signed_in(province)
    assert "what" not in browser.get(address(seen)).context["form"].fields
    assert browser.post(address(seen), {"impact": "high", "text": ""}).status_code == 302
    incident = Incident.objects.get()
    assert (incident.category, incident.type, incident.near_marker) == ("marker", "moved", marker)


def test_an_intact_marker_is_no_incident(signed_in: Any, observe: Any, head: Any, untouched: Any) -> None:
    marker = BorderMarker.objects.filter(section__province__code="16").first()
    assert marker is not None
    seen = observe(marker=marker, finding="intact", text="", point=marker.point, accuracy_m=marker.accuracy_m)
    browser = signed_in(head)
    assert address(seen) not in browser.get(seen.patrol.get_absolute_url()).content.decode()
    with untouched():
        answer = browser.post(address(seen), said())
    assert answer["Location"] == seen.patrol.get_absolute_url()
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"what": ""}, "what"), ({"what": "armed:nonsense"}, "what"), ({"impact": ""}, "impact"), ({"text": " "}, "text")],
)
def test_what_is_missing_is_said_at_its_field(
    signed_in: Any, observe: Any, head: Any, untouched: Any, changes: dict[str, str], field: str
) -> None:
    seen = observe()
    with untouched():
        answer = signed_in(head).post(address(seen), said(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    if field != "text":
        assert b"Five persons crossed" in answer.content
    assert not Incident.objects.exists()


def test_it_is_reported_once(signed_in: Any, observe: Any, head: Any, province: Any) -> None:
    seen = observe()
    signed_in(head).post(address(seen), said())
    incident = Incident.objects.get()
    for answer in (signed_in(province).get(address(seen)), signed_in(head).post(address(seen), said(text="Again"))):
        assert answer["Location"] == f"/incidents/{incident.ref}/"
    assert Incident.objects.count() == 1


def test_who_may_not_file_for_the_unit_is_refused(
    signed_in: Any, observe: Any, moi: Any, keeper: Any, province2: Any, district: Any, client: Any, untouched: Any
) -> None:
    seen = observe()
    for person, status in ((moi, 403), (keeper, 403), (province2, 404), (district, 404)):
        browser = signed_in(person)
        with untouched():
            assert browser.get(address(seen)).status_code == status, person.username
            assert browser.post(address(seen), said()).status_code == status, person.username
    assert client.get(address(seen)).status_code == 302
    # Those who see the patrol see what it saw, without the step.
    assert address(seen) not in signed_in(moi).get(seen.patrol.get_absolute_url()).content.decode()


def test_the_page_takes_few_queries(
    signed_in: Any, observe: Any, head: Any, django_assert_max_num_queries: Any
) -> None:
    browser, seen = signed_in(head), observe()
    with django_assert_max_num_queries(9):
        assert browser.get(address(seen)).status_code == 200
