"""Who gets which answer at the addresses of endpoints.

The address is one of Ratanakiri's provincial administration, asked for by `admin` and confirmed by nobody yet.
"""

from typing import Any

from borderwatch.tests.matrix import Row, only, page

STAFF = {"admin"}
# People of the desks, each at his own unit: the list is theirs, the address is the province's alone.
DESKS = {"province", "province2", "head", "moi", "mfaic", "ssba"}
OWN = {"province"}


def _own(status: int, staff: int) -> dict[str, int]:
    """The people of the province's desk see it, administrators may act, for others it is not there."""
    return {**page(404), **dict.fromkeys(OWN, status), **dict.fromkeys(STAFF, staff)}


ROWS: dict[tuple[str, str], Row] = {
    ("endpoints:list", "get"): [("", only(DESKS | STAFF))],
    ("endpoints:new", "get"): [("", only(STAFF))],
    ("endpoints:new", "post"): [("", only(STAFF, 422))],
    ("endpoints:detail", "get"): [("", _own(200, 200))],
    ("endpoints:log", "get"): [("", _own(200, 200))],
    ("endpoints:test", "post"): [("", _own(403, 302))],
    # Confirming needs another administrator than the one who asked, and every step a reason.
    ("endpoints:step", "post"): [(slug, _own(403, 422)) for slug in ("confirm", "reject", "retire", "begin")],
    ("endpoints:again", "post"): [("", _own(403, 422))],
}
ARGUMENTS: dict[str, Any] = {
    "endpoints:detail": lambda scene, _variant: [scene["endpoint"].pk],
    "endpoints:log": lambda scene, _variant: [scene["endpoint"].pk],
    "endpoints:test": lambda scene, _variant: [scene["endpoint"].pk],
    "endpoints:step": lambda scene, variant: [scene["endpoint"].pk, variant],
    "endpoints:again": lambda scene, _variant: [scene["endpoint"].pk, scene["endpoint_notice"].pk],
}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """An address that waits for a second administrator, and a test that was sent there."""
    from borderwatch.models import Delivery
    from units import actions

    admin, world = request.getfixturevalue("admin"), request.getfixturevalue("world")
    scene["endpoint"] = actions.ask_endpoint(
        actor=admin, unit=world["province-16"], channel="email", address="second@province.example.org", reason="x"
    )
    scene["endpoint_notice"] = actions.try_endpoint(actor=admin, endpoint=scene["endpoint"])
    # The test has ended, so that another may be sent.
    ended = {"state": Delivery.State.CANCELLED, "done_at": scene["endpoint_notice"].created_at}
    Delivery.objects.filter(pk=scene["endpoint_notice"].pk).update(**ended)
