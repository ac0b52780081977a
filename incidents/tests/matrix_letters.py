"""Who gets which answer at the addresses of letters.

`draft` is the province's report, `sent` a letter of the province to MFAIC, `arrived` one that came to the province.
"""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch.tests.matrix import Row, api, as_token, everybody, only, page
from incidents import actions
from incidents.tests import letters

# Who writes letters of some office; who edits templates.
WRITERS = {"district", "province", "province2", "head", "moi", "mfaic", "ssba"}
EDITORS = {"admin", "keeper"}
# Who looks over the register of the province.
OVER = {"province", "moi", "auditor", "keeper"}
SEES = {"draft": OVER, "sent": {*OVER, "mfaic"}, "arrived": OVER}


def seen(which: str, status: int = 200, **differing: int) -> dict[str, int]:
    """`status` for those who see the letter, 404 for the others."""
    return {**only(SEES[which], status, 404), **differing}


ROWS: dict[tuple[str, str], Row] = {
    ("letters:register", "get"): [("", page())],
    ("letters:table", "get"): [("", page())],
    ("letters:printed", "get"): [("", page())],
    ("letters:new", "get"): [("", only(WRITERS))],
    ("letters:new", "post"): [("", only(WRITERS, 422))],
    ("letters:receive", "get"): [("", only(WRITERS))],
    ("letters:receive", "post"): [("", only(WRITERS, 422))],
    ("letters:templates", "get"): [("", only(EDITORS))],
    # Without the kind there is no template.
    ("letters:template", "get"): [("", only(EDITORS, 404))],
    ("letters:template", "post"): [("", only(EDITORS, 404))],
    ("letters:detail", "get"): [(which, seen(which)) for which in SEES],
    ("letters:edit", "get"): [("draft", seen("draft", 403, province=200)), ("sent", seen("sent", 403, province=302))],
    ("letters:edit", "post"): [("draft", seen("draft", 403, province=422))],
    ("letters:number", "post"): [("draft", seen("draft", 403, province=302))],
    ("letters:sign", "post"): [("draft", seen("draft", 403, province=422))],
    ("letters:send", "post"): [("draft", seen("draft", 403, province=422))],
    ("letters:void", "post"): [
        ("sent", seen("sent", 403, province=422)),
        ("arrived", seen("arrived", 403, province=422)),
    ],
    ("letters:discard", "post"): [
        ("draft", seen("draft", 403, province=302)),
        ("sent", seen("sent", 403, province=422)),
    ],
    # No register was chosen.
    ("letters:enter", "post"): [("sent", seen("sent", 403, mfaic=302))],
    ("letters:pdf", "get"): [("draft", seen("draft")), ("sent", seen("sent"))],
    ("letters:docx", "get"): [("sent", seen("sent"))],
    ("letters:scan", "get"): [("arrived", seen("arrived"))],
    ("verify:ask", "get"): [("", everybody(200))],
    ("verify:code", "get"): [("sent", everybody(200)), ("draft", everybody(404))],
    ("letters_api:letters", "get"): [("", api())],
    ("letters_api:letter", "get"): [(which, as_token(seen(which))) for which in SEES],
}


def _letter(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[f"letter_{variant}"].pk]


_WITHOUT = {"register", "table", "printed", "new", "receive", "templates", "template"}
ARGUMENTS: dict[str, Any] = {
    **{
        name: _letter
        for name, _method in ROWS
        if name.startswith("letters") and name.partition(":")[2] not in {*_WITHOUT, "letters"}
    },
    "verify:code": lambda scene, variant: [scene[f"letter_{variant}"].check_code or "ABCD-EFGH-JKMN"],
}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A draft, a sent letter, and one that arrived with a scan; about the incident the institutions were told of."""
    province, world = request.getfixturevalue("province"), request.getfixturevalue("world")
    office = world["province-16"]
    scene["letter_draft"] = actions.draft_letter(actor=province, office=office, kind="report", about=scene["told"])
    scene["letter_sent"] = letters.sent(province, office, to_units=[world["mfaic"]], incident=scene["told"])
    scene["letter_arrived"] = actions.receive_letter(
        actor=province, office=office, sender="MFAIC", subject_km="ឆ្លើយតប", incident=scene["told"],
        upload=SimpleUploadedFile("reply.pdf", b"%PDF-1.4 reply", "application/pdf"),
    )  # fmt: skip
