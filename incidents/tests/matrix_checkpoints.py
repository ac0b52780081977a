"""Who gets which answer at the addresses of unauthorised checkpoints.

`checkpoint` was filed for the district of Ou Ya Dav and reported as removed by its officer; `secret` is a report in
confidence that nobody has recognised as one.
"""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch.tests.matrix import Row, api, page, seen
from incidents import actions, checkpoints

SEEN = seen("quiet")


def step(status: int = 422, **allowed: int) -> Row:
    """`status` for the province, 403 for others who see it."""
    return [("checkpoint", seen("quiet", 403, province=status, **allowed))]


ROWS: dict[tuple[str, str], Row] = {
    ("checkpoints:list", "get"): [("", page())],
    ("checkpoints:proof", "get"): [("checkpoint", SEEN)],
    ("checkpoints:describe", "post"): step(district=422),
    ("checkpoints:order_removal", "post"): step(),
    # Whoever files for the unit it was filed for, or for the one that answers.
    ("checkpoints:report_removal", "post"): step(district=422, head=422),
    # The district's officer reported it; MoI confirms from above.
    ("checkpoints:confirm_removal", "post"): step(302, moi=302),
    ("checkpoints:deny_removal", "post"): step(moi=422),
    ("checkpoints:no_checkpoint", "post"): step(moi=422),
    ("checkpoints:recognise", "post"): [*step(), ("secret", seen("secret", 403, province=422))],
    ("checkpoints_api:checkpoints", "get"): [("", api())],
}


def _ref(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[variant].ref]


ARGUMENTS = {name: _ref for name, _method in ROWS if name.startswith("checkpoints:") and name != "checkpoints:list"}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A checkpoint that is said to be gone."""
    district = request.getfixturevalue("district")
    incident = request.getfixturevalue("file")(category="checkpoint_irregularity", type=checkpoints.TYPE)
    actions.report_removal(
        actor=district, checkpoint=incident.checkpoint, removed_on=checkpoints.today(), text="It is gone",
        proof=SimpleUploadedFile("proof.pdf", b"%PDF-1.4 cleared", "application/pdf"),
    )  # fmt: skip
    scene["checkpoint"] = incident
