"""Who gets which answer at the addresses of alerts; `told` was escalated at once, `quiet` was not."""

from typing import Any

from borderwatch.tests.matrix import Row, api, as_token, page, seen
from incidents.models import Escalation

ROWS: dict[tuple[str, str], Row] = {
    ("alerts:about", "get"): [("", page())],
    ("alerts:feed", "get"): [("", api())],
    ("alerts:cap", "get"): [("cap", as_token(seen("told"))), ("alert", as_token(seen("told")))],
}


def _message(scene: dict[str, Any], variant: str) -> list[Any]:
    return [Escalation.objects.get(incident=scene["told"]).pk, variant]


ARGUMENTS: dict[str, Any] = {"alerts:cap": _message}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """The scene has all that is needed."""
