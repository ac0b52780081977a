"""Who gets which answer about patrols at the machines' addresses. The patrol is one of post-1607-1."""

import json
import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from borderwatch.tests.matrix import Row, api, as_token, only
from units import actions

# Those who hold `view_incidents` on the post; the district's officer serves beside it, not above it.
SEES_PATROL = {"province", "head", "moi", "auditor", "keeper"}
MANAGES = {"province": 400, "head": 400}

ROWS: dict[tuple[str, str], Row] = {
    ("units_api:patrols", "get"): [("", api())],
    # Each for the unit he is posted at.
    ("units_api:patrols", "post"): [("", {**api(403), **dict.fromkeys(("head", "province", "province2"), 201)})],
    ("units_api:patrol", "get"): [("", as_token(only(SEES_PATROL, 200, 404)))],
    ("units_api:patrol_tracks", "post"): [("", as_token({**only(SEES_PATROL, 403, 404), **MANAGES}))],
}
ARGUMENTS = {
    "units_api:patrol": lambda scene, variant: [scene["patrol_of_post"].pk],
    "units_api:patrol_tracks": lambda scene, variant: [scene["patrol_of_post"].pk],
}


def _entered() -> dict[str, Any]:
    now = timezone.now()
    body = {
        "leader_name": "Sok Dara", "strength": 4,
        "started_at": (now - timedelta(hours=3)).isoformat(), "finished_at": (now - timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    return {
        "data": json.dumps(body),
        "content_type": "application/json",
        "headers": {"Idempotency-Key": str(uuid.uuid4())},
    }


SENT = {
    "units_api:patrols": _entered,
    "units_api:patrol_tracks": lambda: {"data": b"", "content_type": "text/csv"},
}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A patrol of the post that came back an hour ago."""
    now = timezone.now()
    scene["patrol_of_post"] = actions.record_patrol(
        actor=request.getfixturevalue("head"), client_key=uuid.uuid4(),
        unit=request.getfixturevalue("world")["post-1607-1"], started_at=now - timedelta(hours=3),
        finished_at=now - timedelta(hours=1), leader_name="Sok Dara", strength=4,
    ).patrol  # fmt: skip
