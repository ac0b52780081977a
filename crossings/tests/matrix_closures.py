"""Who gets which answer at the addresses of closure orders. The order is of a corridor in post-1607-1's sector."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import sealed
from borderwatch.tests.matrix import Row, api, as_token, only, page
from crossings.models import ClosureVisit
from crossings.tests import closing

# Who serves in the crossing's province, and institutions.
SEES_ORDER = {"district", "province", "head", "moi", "mfaic", "ssba", "auditor", "keeper"}
ORDERS = {"province", "province2"}
SEEN = only(SEES_ORDER, 200, 404)


def step(*may: str, status: int = 422) -> dict[str, int]:
    """A step: those who may are told what is missing, others who see it are refused."""
    return {**only(SEES_ORDER, 403, 404), **dict.fromkeys(may, status)}


# The order is verified, and a sign waits: what its state does not allow comes back with 422 for who might otherwise.
ROWS: dict[tuple[str, str], Row] = {
    ("closures:board", "get"): [("", page())],
    ("closures:list", "get"): [("", page())],
    ("closures:new", "get"): [("", only(ORDERS))],
    ("closures:new", "post"): [("", only(ORDERS, 422))],
    ("closures:detail", "get"): [("", SEEN)],
    ("closures:change", "get"): [("", step("province", status=302))],
    ("closures:change", "post"): [("", step("province"))],
    ("closures:issue", "post"): [("", step("province"))],
    ("closures:withdraw", "post"): [("", step("province"))],
    ("closures:lift", "post"): [("", step("province"))],
    ("closures:report", "post"): [("", step("province", "head"))],
    # The head reported it himself.
    ("closures:verify", "post"): [("", step("province", "moi"))],
    ("closures:follow_up", "post"): [("", step("province", "head"))],
    ("closures:confirm", "post"): [("", step("province"))],
    ("closures:dismiss", "post"): [("", step("province"))],
    ("closures:scan", "get"): [("", SEEN)],
    ("closures:photo", "get"): [("", SEEN)],
    ("crossings_api:closure_orders", "get"): [("", api())],
    ("crossings_api:closure_order", "get"): [("", as_token(SEEN))],
}

_ORDER = (
    "detail", "change", "issue", "withdraw", "lift", "report", "verify", "follow_up", "scan",
)  # fmt: skip
ARGUMENTS = {
    **dict.fromkeys(
        [*(f"closures:{name}" for name in _ORDER), "crossings_api:closure_order"],
        lambda scene, variant: [scene["closure"].pk],
    ),
    **dict.fromkeys(
        ("closures:confirm", "closures:dismiss"),
        lambda scene, variant: [scene["closure"].pk, scene["closure"].signs.get().pk],
    ),
    "closures:photo": lambda scene, variant: [
        scene["closure"].pk, ClosureVisit.objects.filter(order=scene["closure"]).first().pk,
    ],
}  # fmt: skip


def prepare(scene: dict[str, Any], request: Any) -> None:
    """An order with a scan: reported by the head, verified by the province, with a sign that waits."""
    people = {name: request.getfixturevalue(name) for name in ("province", "head", "moi")}
    life = closing.Closing(closing.corridor(name_en="Matrix path"), **people)
    scan = sealed.keep_document(SimpleUploadedFile("order.pdf", b"%PDF-1.7 order"))
    scene["closure"] = life.sign(life.verify(life.report(life.issue(scan=scan)))).order
