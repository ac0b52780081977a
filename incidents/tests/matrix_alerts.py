"""Who gets which answer at the addresses of alerts."""

from typing import Any

from borderwatch.tests.matrix import Row

ROWS: dict[tuple[str, str], Row] = {}
ARGUMENTS: dict[str, Any] = {}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """Nothing yet."""
