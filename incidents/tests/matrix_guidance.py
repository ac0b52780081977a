"""Who gets which answer at the addresses of guidance.

About `told` MFAIC instructs the district, which has reported it done with a paper; about `secret` and `quiet` MoI
instructs the province, which has done nothing yet.
"""

import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch.tests.matrix import SEES, Expected, Row, api, as_token, page, seen
from incidents import actions
from incidents.models import InstructionFile
from incidents.tests.engaging import instruct

# The institution that gives it, and who carries it out, by variant.
GIVERS = {"told": "mfaic", "quiet": "moi", "secret": "moi"}
DOERS = {"told": ("district", "province"), "quiet": ("province",), "secret": ("province",)}
SIDES = ("told", "quiet", "secret")


def doing(which: str, status: int) -> Expected:
    """`status` for who carries it out; others who see it are refused."""
    return seen(which, 403, **dict.fromkeys(DOERS[which], status))


def giving(which: str, status: int) -> Expected:
    """`status` for who gave it; others who see it are refused."""
    return seen(which, 403, **{GIVERS[which]: status})


def writing(which: str, status: int) -> Expected:
    """`status` for institutions that may instruct about it."""
    return seen(which, 403, **dict.fromkeys(("moi", "mfaic", "ssba") if which == "told" else ("moi",), status))


def stepping(which: str) -> Expected:
    """Without a body: 400 for whoever is of one of the sides."""
    return as_token(seen(which, 403, **dict.fromkeys((*DOERS[which], GIVERS[which]), 400)))


ROWS: dict[tuple[str, str], Row] = {
    ("guidance:list", "get"): [("", page())],
    ("guidance:new", "get"): [(which, writing(which, 200)) for which in SIDES],
    ("guidance:new", "post"): [(which, writing(which, 422)) for which in SIDES],
    ("guidance:detail", "get"): [(which, seen(which)) for which in SEES],
    # An empty form, or a state that does not allow it.
    ("guidance:acknowledge", "post"): [(which, doing(which, 422)) for which in SIDES],
    ("guidance:ask", "post"): [(which, doing(which, 422)) for which in SIDES],
    ("guidance:done", "post"): [(which, doing(which, 422)) for which in SIDES],
    ("guidance:answer", "post"): [(which, giving(which, 422)) for which in SIDES],
    ("guidance:adequate", "post"): [(which, giving(which, 422)) for which in SIDES],
    ("guidance:wanting", "post"): [(which, giving(which, 422)) for which in SIDES],
    ("guidance:withdraw", "post"): [(which, giving(which, 422)) for which in SIDES],
    ("guidance:file", "get"): [("told", seen("told"))],
    ("guidance_api:guidance", "get"): [("", api())],
    ("guidance_api:one", "get"): [(which, as_token(seen(which))) for which in SEES],
    # Without a key of the caller's own nothing is taken from anybody.
    ("guidance_api:acknowledge", "post"): [(which, as_token(doing(which, 400))) for which in SIDES],
    ("guidance_api:steps", "post"): [(which, stepping(which)) for which in SIDES],
}


def _thread(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[f"guidance_{variant}"].ref]


def _nothing() -> dict[str, Any]:
    return {"data": "{}", "content_type": "application/json"}


ARGUMENTS: dict[str, Any] = {
    **{name: _thread for name, _method in ROWS if not name.endswith((":list", ":new", ":guidance", ":file"))},
    "guidance:file": lambda scene, variant: [scene["guidance_told"].ref, scene["guidance_file"].pk],
}
SENT: dict[str, Any] = {"guidance_api:acknowledge": _nothing, "guidance_api:steps": _nothing}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """Guidance on each incident, that on `told` done with a paper."""
    mfaic, moi, district, world = (request.getfixturevalue(name) for name in ("mfaic", "moi", "district", "world"))
    row = instruct(mfaic, scene["told"], giver=world["mfaic"], taker=world["district-1607"], client_key=uuid.uuid4())
    actions.acknowledge_instruction(actor=district, instruction=row)
    paper = SimpleUploadedFile("p.pdf", b"%PDF-1.4 proof", "application/pdf")
    step = actions.report_instruction_done(actor=district, instruction=row, files=[paper]).step
    scene["guidance_told"], scene["guidance_file"] = row, InstructionFile.objects.get(step=step)
    for which in ("quiet", "secret"):
        scene[f"guidance_{which}"] = instruct(moi, scene[which], giver=world["moi"], taker=world["province-16"])
