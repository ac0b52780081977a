"""Dated rows of a crossing: lay a new one over what was in force, and keep what lies before and after it."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import Any, TypeVar

from units.models import Dated

D = TypeVar("D", bound=Dated)


def lay(rows: Any, new: Iterable[D], since: datetime, until: datetime | None) -> list[D]:
    """Save `new` from `since` to `until` (None: open) in place of `rows`; returns the rows that were cut or replaced.

    `rows` are those of the same crossing, side and flow; the caller holds the crossing's lock. What was in force
    before goes on until `since`, and again from `until`; what lies wholly inside gives way (the audit names it).
    """
    touched = list(rows.select_for_update().filter(period__overlap=(since, until)).order_by("period"))
    for row in touched:
        lower, upper = row.since, row.until
        if until is not None and (upper is None or upper > until):
            rest = copy(row)
            rest.pk = None
            rest._state.adding = True
            rest.period = (until, upper)
            _give_way(row, lower, since)
            rest.save(force_insert=True)
        else:
            _give_way(row, lower, since)
    for row in new:
        row.period = (since, until)
        row.save(force_insert=True)
    return touched


def _give_way(row: Dated, lower: datetime | None, since: datetime) -> None:
    if lower is None or lower < since:
        row.period = (lower, since)
        row.save(update_fields=["period"])
    else:
        row.delete()


def stretch(row: Dated) -> dict[str, str | None]:
    """The period as the audit keeps it."""
    return {
        "since": row.since.isoformat() if row.since else None,
        "until": row.until.isoformat() if row.until else None,
    }
