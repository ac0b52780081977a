"""Who gets which answer at the addresses of proposals. All are about corridors of Ratanakiri.

`draft` was never handed in; `submitted` is with the ministry; `approved` has a scan and a condition of MFAIC.
"""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch.tests.matrix import Expected, Row, api, as_token, only, page
from crossings import actions
from crossings.models import Condition
from crossings.tests import proposing

# Who serves in the province, and institutions; a draft is the province's and of those above it.
SEES = {
    "draft": {"province", "moi", "auditor", "keeper"},
    "submitted": {"district", "province", "head", "moi", "mfaic", "ssba", "auditor", "keeper"},
}
SEES["approved"] = SEES["submitted"]
PROPOSES = {"province", "province2"}


def seen(which: str, status: int = 200, **differing: int) -> Expected:
    """`status` for those who see the proposal, 404 for the others."""
    return {**only(SEES[which], status, 404), **differing}


ROWS: dict[tuple[str, str], Row] = {
    ("proposals:list", "get"): [("", page())],
    ("proposals:new", "get"): [("", only(PROPOSES))],
    # For a gate of Ratanakiri.
    ("proposals:new", "post"): [("", {**only(PROPOSES, 422), "province2": 403})],
    ("proposals:detail", "get"): [(which, seen(which)) for which in SEES],
    ("proposals:edit", "get"): [(which, seen(which, 403, province=200)) for which in ("draft", "submitted")],
    ("proposals:edit", "post"): [("draft", seen("draft", 403, province=422))],
    # What the state or an empty form forbids is 422 for those who might.
    ("proposals:submit", "post"): [(which, seen(which, 403, province=422)) for which in ("draft", "submitted")],
    ("proposals:withdraw", "post"): [(which, seen(which, 403, province=422)) for which in ("draft", "submitted")],
    ("proposals:position", "post"): [
        ("submitted", seen("submitted", 403, moi=422, mfaic=422, ssba=422)),
        ("draft", seen("draft", 403, moi=422)),
    ],
    **{
        (f"proposals:{name}", "post"): [(which, seen(which, 403, moi=422)) for which in SEES]
        for name in ("return", "recommend", "take_back", "approve", "refuse")
    },
    ("proposals:scan", "get"): [
        ("approved", seen("approved")),
        ("submitted", page(404)),
    ],
    ("proposals:condition_report", "post"): [("approved", seen("approved", 403, province=422))],
    **{
        (f"proposals:condition_{name}", "post"): [("approved", seen("approved", 403, mfaic=422))]
        for name in ("confirm", "deny", "waive")
    },
    ("crossings_api:proposals", "get"): [("", api())],
    ("crossings_api:proposal", "get"): [(which, as_token(seen(which))) for which in SEES],
}


def _proposal(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene["proposals"][variant].pk]


def _condition(scene: dict[str, Any], variant: str) -> list[Any]:
    return [*_proposal(scene, variant), Condition.objects.get(proposal=scene["proposals"][variant]).pk]


ARGUMENTS: dict[str, Any] = {
    name: _condition if name.startswith("proposals:condition_") else _proposal
    for name, _method in ROWS
    if name not in ("proposals:list", "proposals:new", "crossings_api:proposals")
}
SENT = {"proposals:new": lambda: {"data": {"crossing": "vn-o-yadav"}}}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """Three proposals of the province, as far as their names say."""
    province, moi, mfaic, ssba = (request.getfixturevalue(name) for name in ("province", "moi", "mfaic", "ssba"))
    paths = [proposing.path(province, f"Path {n}", at=(107.41 + n / 100, 13.69)) for n in range(3)]
    approved = proposing.recommended(moi, mfaic, ssba, proposing.submitted(province, paths[2]), "A survey")
    scan = SimpleUploadedFile("decision.pdf", b"%PDF-1.4 decision")
    actions.approve_proposal(actor=moi, proposal=approved, decision=proposing.decision(), scan=scan)
    scene["proposals"] = {
        "draft": proposing.draft(province, paths[0], assessed=False, wanted_from=None),
        "submitted": proposing.submitted(province, paths[1]),
        "approved": approved,
    }
