"""Who gets which answer at the addresses of protests and of evidence bundles.

`draft` is a draft of mfaic about the ponds (`told`), `sent` a note of mfaic about the same that left; both are of one
incident. `quiet` and `secret` are incidents nobody asked the institutions about.
"""

from typing import Any

from borderwatch.tests.matrix import SEES, Expected, Row, as_token, page, seen
from incidents import actions
from incidents.tests.protests import PDF, brought_to, draft, paper, person

# Institutions see a protest from its draft on, the province's people once it was sent.
INSTITUTIONS = {"moi", "mfaic", "ssba", "auditor"}
OF = {"draft": INSTITUTIONS, "sent": SEES["told"]}


def of_protest(which: str, status: int = 200, **differing: int) -> Expected:
    """`status` for those who see the protest, 404 for the others."""
    return {**page(404), **dict.fromkeys(OF[which], status), **differing}


def step(**draft_changes: int) -> Row:
    """A step: 403 for those who see the protest and are not of its office; what the state forbids is 422."""
    return [("draft", of_protest("draft", 403, **draft_changes)), ("sent", of_protest("sent", 403, mfaic=422))]


PLACED = page(200, outsider=403, former_head=403, admin=403)
ROWS: dict[tuple[str, str], Row] = {
    ("protests:list", "get"): [("", page())],
    ("protests:legal", "get"): [("", PLACED)],
    ("protests:patterns", "get"): [("", PLACED)],
    ("protests:key", "get"): [("", page())],
    # About the incident itself: only those it was escalated to draft.
    ("protests:new", "get"): [
        ("told", seen("told", 403, moi=200, mfaic=200, ssba=200)),
        *[(which, seen(which, 403)) for which in ("quiet", "secret")],
    ],
    ("protests:new", "post"): [
        ("told", seen("told", 403, moi=422, mfaic=422, ssba=422)),
        *[(which, seen(which, 403)) for which in ("quiet", "secret")],
    ],
    ("protests:detail", "get"): [(which, of_protest(which)) for which in OF],
    ("protests:edit", "get"): [
        ("draft", of_protest("draft", 403, mfaic=200)),
        ("sent", of_protest("sent", 403, mfaic=302)),
    ],
    ("protests:edit", "post"): [(which, of_protest(which, 403, mfaic=422)) for which in OF],
    ("protests:sign", "get"): [(which, of_protest(which, 403, mfaic=302)) for which in OF],
    ("protests:sign", "post"): [(which, of_protest(which, 403, mfaic=422)) for which in OF],
    ("protests:file", "get"): [(which, of_protest(which)) for which in OF],
    ("protests:remove_evidence", "post"): [(which, of_protest(which, 403, mfaic=302)) for which in OF],
    ("protests:evidence", "post"): step(mfaic=422),
    ("protests:submit", "post"): [
        ("draft", of_protest("draft", 403, mfaic=302)),
        ("sent", of_protest("sent", 403, mfaic=422)),
    ],
    # The drafter never checks his own draft.
    ("protests:check", "post"): [(which, of_protest(which, 403)) for which in OF],
    ("protests:back", "post"): step(mfaic=422),
    ("protests:send", "post"): step(mfaic=422),
    ("protests:reply", "post"): step(mfaic=422),
    ("protests:close", "post"): step(mfaic=422),
    ("protests:renew", "post"): step(mfaic=422),
    ("protests:abandon", "post"): step(mfaic=422),
    # A bundle is made by who sees all that is in it: the ministry's own letter is its own.
    ("protests:bundles", "get"): [
        *[(which, of_protest(which)) for which in OF],
        *[(which, seen(which)) for which in ("told", "quiet", "secret")],
    ],
    ("protests:bundles", "post"): [
        ("draft", of_protest("draft", 302)),
        ("sent", of_protest("sent", 403, mfaic=302)),
        ("told", seen("told", 403, mfaic=302)),
        *[(which, seen(which, 302)) for which in ("quiet", "secret")],
    ],
    ("protests:bundle", "get"): [
        ("sent", of_protest("sent", 403, mfaic=200)),
        ("unknown", of_protest("sent", 403, mfaic=404)),
    ],
    ("protests_api:protests", "get"): [("", {**page(), "anonymous": 401, "disabled": 401, "token": 200})],
    ("protests_api:protest", "get"): [(which, as_token(of_protest(which))) for which in OF],
}


def _protest(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[f"protest_{variant}"].ref]


def _piece(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[f"protest_{variant}"].ref, 1]


def _subject(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[f"protest_{variant}" if variant in OF else variant].ref]


def _bundle(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene["protest_sent"].ref, scene["protest_bundle"] if variant == "sent" else "0" * 64]


_FREE = {"protests:list", "protests:legal", "protests:patterns", "protests:key", "protests_api:protests"}
ARGUMENTS: dict[str, Any] = {
    **{name: _protest for name, _method in ROWS if name not in _FREE},
    "protests:new": lambda scene, variant: [scene[variant].ref],
    "protests:file": _piece,
    "protests:remove_evidence": _piece,
    "protests:bundles": _subject,
    "protests:bundle": _bundle,
}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A draft and a sent note about the ponds, each with a piece of evidence, and a bundle of the latter."""
    scene["protest_draft"] = draft(scene["told"])
    sent = brought_to("sent", scene["told"], files=[paper()])
    scene["protest_sent"] = sent
    actions.add_protest_evidence(
        actor=person("mfaic"), protest=scene["protest_draft"], files=[paper("b.pdf", PDF + b"b")]
    )
    scene["protest_bundle"] = actions.make_bundle(actor=person("mfaic"), about=sent).zip_sha256
