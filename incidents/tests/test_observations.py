"""What a patrol saw becomes an incident in one step."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from borderwatch import photos
from conftest import PONDS
from incidents.actions import report_observation
from incidents.models import Evidence, Incident
from units import actions
from units.models import BorderMarker

pytestmark = pytest.mark.django_db
POST = "post-1607-1"


@pytest.fixture
def observe(world: Any, head: Any) -> Callable[..., Any]:
    def make(**changes: Any) -> Any:
        now = timezone.now()
        patrol = actions.record_patrol(
            actor=head, client_key=uuid.uuid4(), unit=world[POST], started_at=now - timedelta(hours=5),
            finished_at=now - timedelta(hours=1), leader_name="Sok Dara", strength=4,
        ).patrol  # fmt: skip
        return actions.add_observation(**{
            "actor": head, "client_key": uuid.uuid4(), "patrol": patrol, "at": now - timedelta(hours=2),
            "point": Point(*PONDS, srid=4326), "accuracy_m": 15, "text": "Eight persons crossed the stream", **changes,
        })  # fmt: skip

    return make


@pytest.fixture
def marker() -> BorderMarker:
    found: BorderMarker = BorderMarker.objects.order_by(Distance("point", Point(*PONDS, srid=4326)))[0]
    return found


def reported(actor: Any, observation: Any, **changes: Any) -> Any:
    values = {"category": "illegal_crossing", "type": "group_crossing", "impact": "medium", **changes}
    return report_observation(actor=actor, observation=observation, **values)


def picture() -> photos.Photo:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "brown").save(out, "JPEG")
    return photos.read(SimpleUploadedFile("seen.jpg", out.getvalue(), "image/jpeg"))


def test_place_time_source_and_photo_go_along(observe: Any, head: Any, world: Any, audited: Any, told: Any) -> None:
    photo = picture()
    seen = observe(photo=photo)
    filed = reported(head, seen)
    incident = filed.incident
    assert filed.outcome == "new"
    assert (incident.observation, incident.source, incident.filed_for) == (seen, "own_patrol", world[POST])
    assert (incident.occurred_at, incident.detected_at) == (seen.at, seen.at)
    assert (incident.point.coords, incident.accuracy_m) == (PONDS, 15)
    assert incident.text == seen.text
    assert incident.responsible_unit == world[POST]
    evidence = Evidence.objects.get(incident=incident)
    assert (evidence.sha256, evidence.width, evidence.height) == (photo.sha256, 60, 40)
    audited("file_incident", incident.ref)
    assert "province" in told("incident_filed", key=incident.ref)


def test_once_reported_it_stays_one_incident(observe: Any, head: Any, province: Any, untouched: Any) -> None:
    seen = observe()
    first = reported(head, seen).incident
    with untouched():
        for actor, text in ((head, ""), (head, "Other words"), (province, "")):
            again = reported(actor, seen, text=text)
            assert (again.outcome, again.incident) == ("same", first)
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("finding", ["damaged", "moved", "missing"])
def test_a_marker_s_state_decides_what_is_reported(observe: Any, head: Any, marker: Any, finding: str) -> None:
    seen = observe(marker=marker, finding=finding, text="", point=marker.point)
    incident = reported(head, seen, category="smuggling", type="fuel").incident
    assert (incident.category, incident.type, incident.near_marker) == ("marker", finding, marker)
    assert str(marker) in incident.text


def test_an_intact_marker_is_no_incident(observe: Any, head: Any, marker: Any, untouched: Any) -> None:
    seen = observe(marker=marker, finding="intact", text="", point=marker.point)
    with untouched(), pytest.raises(ValidationError):
        reported(head, seen)


@pytest.mark.parametrize("who", ["district", "province2", "moi", "auditor", "former_head", "disabled", "outsider"])
def test_others_report_nothing(observe: Any, request: Any, untouched: Any, who: str) -> None:
    seen = observe()
    with untouched(), pytest.raises(PermissionDenied):
        reported(request.getfixturevalue(who), seen)


def test_what_is_missing_is_told_at_its_field(observe: Any, head: Any, untouched: Any) -> None:
    seen = observe()
    with untouched(), pytest.raises(ValidationError) as caught:
        reported(head, seen, type="fuel", impact="")
    assert set(caught.value.message_dict) == {"type", "impact"}
