"""How a crossing stands at a moment: per side and flow, and in one word for lists and the map."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import groupby

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models.functions import Lower, Upper

from borderwatch import clock
from crossings.choices import SHUT, Flow, GateSide, GateStatus
from crossings.models import Crossing, CrossingStatus


@dataclass(slots=True)
class FlowStanding:
    """One flow on one side: its status, its hours, and the reference it rests on. Never changed once made."""

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
class Line:
    """Flows of one side that stand alike, said once. `what` has the standing, `flows` all flows it holds for."""

    what: FlowStanding
    flows: list[str]

    @property
    def flow_labels(self) -> list[str]:
        """The flows in words."""
        return [str(Flow(flow).label) for flow in self.flows]


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

    def lines(self, side: str) -> list[Line]:
        """The flows of one side, those that stand alike together, in the order people, goods, vehicles."""
        rows = self.of(side)
        found = [rows[flow] for flow in Flow.values if flow in rows]
        groups = groupby(sorted(found, key=_alike), key=_alike)
        made = [Line(same[0], [one.flow for one in same]) for _key, same in ((key, list(rows)) for key, rows in groups)]
        order = list(Flow.values)
        return sorted(made, key=lambda line: order.index(line.flows[0]))

    @property
    def shut_flows(self) -> frozenset[str]:
        """Flows that Cambodia's side holds shut."""
        return frozenset(flow for flow, one in self.kh.items() if one.status in SHUT)


def _alike(one: FlowStanding) -> tuple[str, ...]:
    """What makes two flows stand alike, as text that sorts."""
    rest = (one.opens_at, one.closes_at, one.legal_reference, one.reason, one.since, one.until, one.order_id)
    return one.status, *map(str, rest)


# Up to so many crossings are named in the question; beyond that reading all is quicker than naming them.
FEW = 200
_COLUMNS = ("status", "opens_at", "closes_at", "legal_reference", "reason", "since_", "until_", "order_id")


def standings(crossings: Iterable[Crossing] | None = None, at: datetime | None = None) -> dict[int, Standing]:
    """How crossings (None: all) stand at a moment (default: now), by their keys; one query.

    The caller has found the crossings visible. A crossing nothing is on record about is missing in the answer.
    """
    rows = CrossingStatus.objects.filter(period__contains=at or clock.sql_now())
    asked = None if crossings is None else {one.pk for one in crossings}
    if asked is not None and len(asked) <= FEW:
        rows = rows.filter(crossing__in=asked)
    # Flows that stand alike come as one row: a third of the rows to read, for most crossings.
    rows = rows.order_by().annotate(since_=Lower("period"), until_=Upper("period"))
    rows = rows.values("crossing_id", "side", *_COLUMNS).annotate(flows=ArrayAgg("flow"))
    found: dict[int, Standing] = {}
    for pk, side, *row, flows in rows.values_list("crossing_id", "side", *_COLUMNS, "flows"):
        if asked is not None and pk not in asked:
            continue
        standing = found.get(pk)
        if standing is None:
            standing = found[pk] = Standing()
        of_side = standing.of(side)
        for flow in flows:
            of_side[flow] = FlowStanding(flow, *row)
    return found


def standing_of(crossing: Crossing, at: datetime | None = None) -> Standing:
    """How one crossing stands at a moment."""
    return standings([crossing], at).get(crossing.pk, Standing())
