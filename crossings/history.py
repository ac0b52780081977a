"""What was on record about a crossing over time, told for people: each stretch once, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crossings.choices import Flow, GateSide
from crossings.models import Classification, Crossing, CrossingStatus


@dataclass
class Stretch:
    """Rows of one side that say the same for the same time; `now` when that time holds the day shown."""

    row: CrossingStatus
    now: bool
    flows: list[str] = field(default_factory=list)

    @property
    def flow_labels(self) -> list[str]:
        """The flows in words."""
        return [str(Flow(flow).label) for flow in Flow.values if flow in self.flows]


def statuses_of(crossing: Crossing, at: datetime) -> list[tuple[str, str, list[Stretch]]]:
    """The statuses of both sides as (side, label, stretches)."""
    rows = CrossingStatus.objects.filter(crossing=crossing).select_related("set_by", "order")
    return _by_side(_stretches(rows.order_by("-period", "flow"), at))


def _stretches(rows: Iterable[CrossingStatus], at: datetime) -> list[Stretch]:
    found: dict[tuple[Any, ...], Stretch] = {}
    for row in rows:
        key = (row.side, row.since, row.until, row.status, row.opens_at, row.closes_at,
               row.legal_reference, row.reason, row.order_id)  # fmt: skip
        found.setdefault(key, Stretch(row, row.holds_at(at))).flows.append(row.flow)
    return list(found.values())


def _by_side(stretches: list[Stretch]) -> list[tuple[str, str, list[Stretch]]]:
    sides = [(side, [one for one in stretches if one.row.side == side]) for side in GateSide]
    return [(str(side), str(side.label), found) for side, found in sides if found]


def categories_of(crossing: Crossing, at: datetime) -> list[tuple[str, str, list[tuple[Classification, bool]]]]:
    """The categories of both sides as (side, label, [(row, whether it holds on the day shown)])."""
    rows = list(Classification.objects.filter(crossing=crossing).select_related("set_by").order_by("-period"))
    sides = [(side, [(row, row.holds_at(at)) for row in rows if row.side == side]) for side in GateSide]
    return [(str(side), str(side.label), found) for side, found in sides if found]
