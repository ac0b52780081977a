"""Who gets which answer at the addresses of clocks.

The duty is MFAIC's on `told`; SSBA has asked for information about the same incident, of the district of Ou Ya Dav.
"""

from typing import Any

from borderwatch.tests.matrix import Row, api, as_token, page, seen
from incidents import actions
from incidents.models import Duty, InformationRequest

ROWS: dict[tuple[str, str], Row] = {
    ("clocks:duty", "get"): [("told", seen("told"))],
    ("clocks:put_off", "post"): [("told", seen("told", 403, mfaic=422))],
    ("clocks:requests", "get"): [("", page())],
    ("clocks:request", "get"): [("told", seen("told"))],
    # Whoever files for the unit it was asked of, and the province.
    ("clocks:request", "post"): [("told", seen("told", 403, district=422, province=422))],
    ("clocks_api:escalations", "get"): [("", api())],
    ("clocks_api:escalation", "get"): [("told", as_token(seen("told")))],
    ("clocks_api:clock", "get"): [("told", as_token(seen("told")))],
    ("clocks_api:requests", "get"): [("", api())],
    # Without the key of the caller's own.
    ("clocks_api:answer", "post"): [("told", as_token(seen("told", 403, district=400, province=400)))],
}


def _duty(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene["duty"].pk]


def _request(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene["information"].pk]


def _escalation(scene: dict[str, Any], variant: str) -> list[Any]:
    return [scene["duty"].escalation_id]


ARGUMENTS: dict[str, Any] = {
    "clocks:duty": _duty,
    "clocks:put_off": _duty,
    "clocks:request": _request,
    "clocks_api:escalation": _escalation,
    "clocks_api:clock": _duty,
    "clocks_api:answer": _request,
}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """SSBA asks back."""
    duty = Duty.objects.get(escalation__incident=scene["told"], unit__code="ssba")
    actions.acknowledge(
        actor=request.getfixturevalue("ssba"), duty=duty, answer="need_information", comment="How many ponds?"
    )
    scene["information"] = InformationRequest.objects.get(duty=duty)
