"""How a crossing stands at a moment: per side and flow, and in one word for lists and the map."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time

from borderwatch import clock
from crossings.choices import SHUT, Flow, GateSide, GateStatus
from crossings.models import Crossing, CrossingStatus


@dataclass(frozen=True)
class FlowStanding:
    """One flow on one side: its status, its hours, and the reference it rests on."""

    flow: str
    status: str
    opens_at: time | None
    closes_at: time | None
    legal_reference: str
    reason: str
    since: datetime | None
    until: datetime | None
    order_id: int | None

    @property
    def flow_label(self) -> str:
        """The flow in words."""
        return str(Flow(self.flow).label)

    @property
    def status_label(self) -> str:
        """The status in words."""
        return str(GateStatus(self.status).label)


@dataclass(frozen=True)
class Standing:
    """Both sides of a crossing at a moment. A side without rows says nothing, which is not "open"."""

    kh: dict[str, FlowStanding] = field(default_factory=dict)
    neighbour: dict[str, FlowStanding] = field(default_factory=dict)

    def of(self, side: str) -> dict[str, FlowStanding]:
        """The flows of one side."""
        return self.kh if side == GateSide.KH else self.neighbour

    def overall(self, side: str = GateSide.KH) -> str:
        """The status of all flows when they agree, else "restricted"; "" when nothing is on record."""
        statuses = {one.status for one in self.of(side).values()}
        if len(statuses) > 1:
            return GateStatus.RESTRICTED.value
        return statuses.pop() if statuses else ""

    @property
    def shut_flows(self) -> frozenset[str]:
        """Flows that Cambodia's side holds shut."""
        return frozenset(flow for flow, one in self.kh.items() if one.status in SHUT)


_COLUMNS = (
    "crossing_id", "side", "flow", "status", "opens_at", "closes_at", "legal_reference", "reason", "period", "order_id",
)  # fmt: skip


def standings(crossings: Iterable[Crossing] | None = None, at: datetime | None = None) -> dict[int, Standing]:
    """How crossings (None: all) stand at a moment (default: now), by their keys; one query.

    The caller has found the crossings visible. A crossing nothing is on record about is missing in the answer.
    """
    rows = CrossingStatus.objects.filter(period__contains=at or clock.sql_now())
    if crossings is not None:
        rows = rows.filter(crossing__in=[one.pk for one in crossings])
    found: dict[int, Standing] = {}
    for pk, side, flow, status, opens, closes, reference, reason, period, order in rows.order_by().values_list(
        *_COLUMNS
    ):
        standing = found.setdefault(pk, Standing())
        standing.of(side)[flow] = FlowStanding(
            flow, status, opens, closes, reference, reason, period.lower, period.upper, order
        )
    return found


def standing_of(crossing: Crossing, at: datetime | None = None) -> Standing:
    """How one crossing stands at a moment."""
    return standings([crossing], at).get(crossing.pk, Standing())
