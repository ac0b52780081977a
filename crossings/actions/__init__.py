"""The verbs of crossings, by noun. Each is one transaction: lock, may, workflow, write, audit, publish."""

from crossings.actions.register import classify_crossing, set_crossing_status

__all__ = (
    "classify_crossing",
    "set_crossing_status",
)
