"""Who gets which answer at the addresses of accountability cases and contests.

`held` is a case of which the head has been notified; `secret` rests on a report made in confidence and its head has
not. Both are against the head of post-1607-1. `contested` is an incident whose attribution the head contests.
"""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch.tests.matrix import SIGNED_IN, Expected, Row, as_token, page, seen
from incidents import actions
from incidents.models import Attachment

REVIEWERS = {"province", "moi", "auditor"}
# Who sees the case; once it is notified also the accused.
CASE = {"held": {*REVIEWERS, "head"}, "secret": REVIEWERS}


def of_case(which: str, status: int = 200, **differing: int) -> Expected:
    """`status` for those who see the case, 404 for the others."""
    return {**page(404), **dict.fromkeys(CASE[which], status), **differing}


def step(**notified: int) -> Row:
    """A step of the notified case: 403 for those who see it and may not; of the secret one the head knows nothing."""
    return [("held", of_case("held", 403, **notified))]


ROWS: dict[tuple[str, str], Row] = {
    ("cases:list", "get"): [("", page())],
    ("cases:detail", "get"): [(which, of_case(which)) for which in CASE],
    # The head has explained; what the state or an empty form forbids is 422 for those who might.
    ("cases:notify", "post"): [
        ("held", of_case("held", 403, province=422, moi=422)),
        ("secret", of_case("secret", 403, province=302, moi=302)),
    ],
    ("cases:explain", "post"): [("held", of_case("held", 403, head=422)), ("secret", of_case("secret", 403))],
    ("cases:review", "post"): step(province=302, moi=302),
    ("cases:rule", "post"): step(province=422, moi=422),
    ("cases:appeal", "post"): step(head=422),
    ("cases:decide", "post"): step(province=422, moi=422),
    ("cases:close", "post"): step(province=422, moi=422),
    ("cases:withdraw", "post"): step(province=422, moi=422),
    ("cases:file", "get"): [("held", of_case("held"))],
    # On the page of an incident; `quiet` and `told` are answered for by post-1607-1.
    ("incidents:open_case", "post"): [(w, seen(w, 403, province=422, moi=422)) for w in ("told", "quiet", "secret")],
    ("incidents:contest", "post"): [
        *[(w, seen(w, 403, head=422)) for w in ("told", "quiet")],
        ("secret", seen("secret", 403)),
    ],
    ("incidents:statement", "post"): [("contested", seen("quiet", 403))],
    ("incidents:contest_rule", "post"): [("contested", seen("quiet", 403, province=422, moi=422))],
    ("incidents:contest_withdraw", "post"): [("contested", seen("quiet", 403, head=422))],
    ("incidents:contest_file", "get"): [("contested", seen("quiet"))],
    ("cases_api:cases", "get"): [("", {**page(), "anonymous": 401, "disabled": 401, "token": 200})],
    ("cases_api:case", "get"): [(which, as_token(of_case(which))) for which in CASE],
}
assert set(SIGNED_IN) >= set().union(*CASE.values())


def _case(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene[f"case_{variant}"].ref]


def _contest(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene["contested"].ref, scene["contest"].pk]


ARGUMENTS = {
    **{name: _case for name, _method in ROWS if name.startswith("cases:") and name != "cases:list"},
    "cases_api:case": _case,
    "cases:file": lambda scene, variant: [scene["case_held"].ref, scene["case_file"].pk],
    "incidents:statement": _contest,
    "incidents:contest_rule": _contest,
    "incidents:contest_withdraw": _contest,
    "incidents:contest_file": lambda scene, variant: [scene["contested"].ref, scene["contest_file"].pk],
}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A notified case with an explanation's file, one nobody was told of, and a contest that is being heard."""
    province, head, file = (request.getfixturevalue(name) for name in ("province", "head", "file"))
    paper = SimpleUploadedFile("p.pdf", b"%PDF-1.4 proof", "application/pdf")
    held = actions.open_case(actor=province, incident=file(), reason="Unseen")
    if held.notified_at is None:
        actions.notify_head(actor=province, case=held)
    scene["case_held"] = held
    scene["case_secret"] = actions.open_case(
        actor=province, incident=scene["secret"], charge="Fees were taken at the post", reason="Unseen"
    )
    scene["contested"] = file()
    scene["contest"] = actions.contest_attribution(
        actor=head, incident=scene["contested"], reason="Not our sector", files=[paper]
    )
    scene["contest_file"] = Attachment.objects.get(contest=scene["contest"])
    actions.explain(actor=head, case=held, text="See the paper", files=[paper])
    scene["case_file"] = Attachment.objects.get(step__case=held)
