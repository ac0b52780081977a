"""Who gets which answer at the addresses of engagements.

`told` has one entry of the district with a paper, `quiet` one of the post's head, and `secret` one of the province.
"""

import json
import uuid
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import clock
from borderwatch.tests.matrix import SEES, Row, api, as_token, page, seen
from incidents.models import EngagementFile
from incidents.tests.engaging import logged

# Who files for a unit of the incident.
LOGS = {"district": 200, "province": 200, "head": 200}


def logging(which: str, status: int) -> dict[str, int]:
    """`status` for those who see it and file for a unit of it; others who see it are refused."""
    return seen(which, 403, **{who: status for who in LOGS if who in SEES[which]})


ROWS: dict[tuple[str, str], Row] = {
    ("engagements:list", "get"): [("", page())],
    ("engagements:table", "get"): [("", page())],
    ("engagements:new", "get"): [(which, logging(which, 200)) for which in SEES],
    ("engagements:new", "post"): [(which, logging(which, 422)) for which in SEES],
    ("engagements:detail", "get"): [(which, seen(which)) for which in SEES],
    # Who entered it may strike it within a day, and the province: without a reason, 422.
    ("engagements:strike", "post"): [
        ("told", seen("told", 403, district=422, province=422)),
        ("quiet", seen("quiet", 403, head=422, province=422)),
        ("secret", seen("secret", 403, province=422)),
    ],
    ("engagements:file", "get"): [("told", seen("told"))],
    ("engagements_api:engagements", "get"): [("", api())],
    # What is sent names an incident of Ratanakiri in confidence: others cannot see that there is one.
    ("engagements_api:engagements", "post"): [
        ("", {**api(400), **dict.fromkeys(("moi", "auditor", "keeper"), 403)}),
    ],
    ("engagements_api:engagement", "get"): [(which, as_token(seen(which))) for which in SEES],
}

_sent: dict[str, str] = {}


def _entry(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[variant].ref, 1]


ARGUMENTS: dict[str, Any] = {
    "engagements:detail": _entry,
    "engagements:strike": _entry,
    "engagements_api:engagement": _entry,
    "engagements:file": lambda scene, variant: [scene["told"].ref, 1, scene["engagement_file"].pk],
}


def _body() -> dict[str, Any]:
    """A contact about the report in confidence; its demand is missing nowhere, but its time lies in the future."""
    body = {
        "incident": _sent["secret"], "kind": "telephone", "happened_at": (clock.now() + timedelta(days=1)).isoformat(),
        "country": "VN", "authority": "A post", "our_people": "X", "demanded": "Stop", "answer": "No",
        "result": "goes_on",
    }  # fmt: skip
    return {
        "data": json.dumps(body),
        "content_type": "application/json",
        "headers": {"Idempotency-Key": str(uuid.uuid4())},
    }


SENT: dict[str, Any] = {"engagements_api:engagements": _body}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """An entry of each incident, by who may."""
    district, province, head = (request.getfixturevalue(name) for name in ("district", "province", "head"))
    paper = SimpleUploadedFile("m.pdf", b"%PDF-1.4 minutes", "application/pdf")
    row = logged(district, scene["told"], files=[paper])
    logged(head, scene["quiet"])
    logged(province, scene["secret"])
    scene["engagement_file"] = EngagementFile.objects.get(engagement=row)
    _sent["secret"] = scene["secret"].ref
