"""Who gets which answer at the addresses of answering, and at those where links and proofs are looked after.

The duty is MFAIC's; so is the link. Whoever has its address acts as its receiver, signed in or not.
"""

from typing import Any

from borderwatch import links
from borderwatch.tests.matrix import Row, as_token, everybody, only, page, seen
from incidents.tests.answering import left, mail_to

ROWS: dict[tuple[str, str], Row] = {
    ("answering:page", "get"): [("open", everybody(200)), ("unknown", everybody(404))],
    ("answering:page", "post"): [("open", everybody(422)), ("unknown", everybody(404))],
    ("answering_api:answer", "post"): [("", everybody(400))],
    ("answering_api:notices", "get"): [("told", as_token(seen("told")))],
    ("notice_proof", "get"): [("", only({"admin"}))],
    ("close_link", "post"): [("", {**page(404), "admin": 302, "mfaic": 302})],
}


def _token(scene: dict[str, Any], variant: str) -> list[Any]:
    token = links.token(scene["link"])
    return [token if variant == "open" else f"{token[:22]}-{'A' * 16}"]


ARGUMENTS: dict[str, Any] = {
    "answering:page": _token,
    "answering_api:notices": lambda scene, variant: [scene["duty"].pk],
    "close_link": lambda scene, variant: [scene["link"].pk],
}
SENT: dict[str, Any] = {
    "answering_api:answer": lambda: {"data": "{}", "content_type": "application/json"},
    "close_link": lambda: {"data": {"reason": "x"}},
}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A link in a mail to MFAIC's official."""
    scene["link"] = left(mail_to(request.getfixturevalue("mfaic"), scene["duty"]))
