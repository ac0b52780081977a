"""What the tests of patrols' pages share: a planned patrol, one under way, and what its forms send."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from borderwatch import clock
from units import actions
from units.models import Patrol

URL = "/patrols/"
POST = "post-1607-1"


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


def local(moment: datetime) -> str:
    """A moment as a person types it."""
    return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M")


@pytest.fixture(name="sector")
def sector_fixture(world: dict[str, Any]) -> str:
    """The code of the head's sector today."""
    return str(world[POST].sectors.at(clock.now()).get().code)


@pytest.fixture(name="plan")
def plan_fixture(head: Any, world: dict[str, Any], sector: str) -> Callable[..., Patrol]:
    """A patrol of the head's post, planned from two hours ago to four hours from now; name what differs."""

    def make(**changes: Any) -> Patrol:
        now = clock.now()
        values: dict[str, Any] = {
            "actor": head, "client_key": uuid.uuid4(), "unit": world[POST], "sector_code": sector,
            "planned_from": now - timedelta(hours=2), "planned_to": now + timedelta(hours=4),
            "leader_name": "Lieutenant Som", "strength": 6,
        }  # fmt: skip
        return actions.plan_patrol(**{**values, **changes}).patrol

    return make


@pytest.fixture(name="under_way")
def under_way_fixture(plan: Callable[..., Patrol], head: Any) -> Patrol:
    """One that set out an hour and a half ago."""
    return actions.start_patrol(actor=head, patrol=plan(), at=clock.now() - timedelta(minutes=90))


def gpx(start: datetime, *, at: tuple[float, float] = (107.42, 13.786), minutes: int = 40) -> SimpleUploadedFile:
    """A walk eastward from a place, a position a minute."""
    points = "".join(
        f'<trkpt lat="{at[1] + n * 0.0002:.6f}" lon="{at[0] + n * 0.0008:.6f}">'
        f"<time>{(start + timedelta(minutes=n)):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for n in range(minutes)
    )
    text = (
        '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>{points}</trkseg></trk></gpx>"
    )
    return SimpleUploadedFile("walk.gpx", text.encode(), content_type="application/gpx+xml")


def key() -> dict[str, str]:
    return {"client_key": str(uuid.uuid4())}


def seen(**changes: Any) -> dict[str, Any]:
    """What the form of an observation sends."""
    return {
        **key(), "at": local(timezone.now() - timedelta(minutes=5)), "marker": "", "finding": "",
        "point": "១៣.៧៨៦០០, ១០៧.៤២០០០", "accuracy_m": "25", "text": "Fresh tracks at the ford", "photo_kept": "",
        **changes,
    }  # fmt: skip
