"""Who gets which answer at the pages of patrols. The patrol is one of post-1607-1, under way."""

import io
import uuid
from datetime import timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from borderwatch import clock, photos
from borderwatch.tests.matrix import Row, only, page
from units import actions
from units.models import Observation, Track
from units.tests.walks import gpx

# Whose posting shows the unit; filing for a district of the same province is not enough.
SEES_PATROL = {"province", "head", "moi", "auditor", "keeper"}
MANAGES = {"province", "head"}
PLANS = {*MANAGES, "province2"}

SEEN = only(SEES_PATROL, 200, 404)
STEP = {**only(SEES_PATROL, 403, 404), **dict.fromkeys(MANAGES, 422)}

ROWS: dict[tuple[str, str], Row] = {
    ("patrols:list", "get"): [("", page())],
    ("patrols:new", "get"): [("", only(PLANS))],
    ("patrols:new", "post"): [("", only(PLANS, 422))],
    ("patrols:record", "get"): [("", only(PLANS))],
    ("patrols:record", "post"): [("", only(PLANS, 422))],
    ("patrols:detail", "get"): [("", SEEN)],
    ("patrols:file", "get"): [("", SEEN)],
    ("patrols:photo", "get"): [("", SEEN)],
    **{(f"patrols:{name}", "post"): [("", STEP)] for name in ("start", "finish", "call_off", "track", "observe")},
    ("incidents:from_observation", "get"): [("", {**STEP, **dict.fromkeys(MANAGES, 200)})],
    ("incidents:from_observation", "post"): [("", STEP)],
}

ARGUMENTS = {
    **dict.fromkeys(
        (f"patrols:{name}" for name in ("detail", "start", "finish", "call_off", "track", "observe")),
        lambda scene, variant: [scene["patrol"].pk],
    ),
    "patrols:file": lambda scene, variant: [scene["patrol"].pk, scene["track"].pk],
    "patrols:photo": lambda scene, variant: [scene["patrol"].pk, scene["observation"].pk],
    "incidents:from_observation": lambda scene, variant: [scene["observation"].pk],
}
# Without it the patrol would simply be back now.
SENT = {"patrols:finish": lambda: {"data": {"at": "no time"}}}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A patrol of the head with a device's track and an observation with a photo."""
    head, world = request.getfixturevalue("head"), request.getfixturevalue("world")
    now = clock.now()
    patrol = actions.plan_patrol(
        actor=head, client_key=uuid.uuid4(), unit=world["post-1607-1"], leader_name="Leader", strength=4,
        sector_code=world["post-1607-1"].sectors.at(now).get().code,
        planned_from=now - timedelta(hours=2), planned_to=now + timedelta(hours=2),
    ).patrol  # fmt: skip
    scene["patrol"] = actions.start_patrol(actor=head, patrol=patrol, at=now - timedelta(hours=1))
    actions.add_track(actor=head, client_key=uuid.uuid4(), patrol=patrol, upload=gpx(now - timedelta(hours=1)))
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "blue").save(picture, "JPEG")
    photo = photos.read(SimpleUploadedFile("seen.jpg", picture.getvalue(), "image/jpeg"))
    actions.add_observation(
        actor=head, client_key=uuid.uuid4(), patrol=patrol, at=now, point=Point(107.42, 13.786, srid=4326),
        accuracy_m=20, text="A new path", photo=photo,
    )  # fmt: skip
    scene["track"], scene["observation"] = Track.objects.get(patrol=patrol), Observation.objects.get(patrol=patrol)
