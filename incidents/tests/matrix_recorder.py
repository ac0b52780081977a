"""Who gets which answer at the addresses of the flight recorder: auditors and administrators read it."""

from typing import Any

from borderwatch import clock
from borderwatch.tests.matrix import Row, only
from incidents.choices_answers import FindingKind
from incidents.models import Finding

READERS = {"auditor", "admin"}

ROWS: dict[tuple[str, str], Row] = {
    ("recorder:findings", "get"): [("", only(READERS))],
    ("recorder:late", "get"): [("", only(READERS))],
    # Without a reason.
    ("recorder:settle", "post"): [("", only(READERS, 422))],
}
ARGUMENTS: dict[str, Any] = {"recorder:settle": lambda scene, variant: [scene["finding"].pk]}
SENT: dict[str, Any] = {}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A finding about a report made in confidence: an administrator reads of it, and not the report."""
    now = clock.now()
    scene["finding"] = Finding.objects.create(
        kind=FindingKind.NEVER_WRITTEN, incident=scene["secret"], expected="x", expected_at=now, found_at=now
    )
