"""Periodic care of proposals, by the system. May run any number of times: nobody is told twice."""

from django.db import transaction

from borderwatch import outbox
from borderwatch.models import Delivery
from borderwatch.outbox import Notice
from crossings import notices_proposals, proposals
from crossings.choices import CLOSURE_OVER, ClosureState, ProposalState
from crossings.models import ClosureOrder, Condition, Proposal


def watch_proposals() -> dict[str, int]:
    """Tell of conditions that are overdue, and of new categories under an order that still stands; how many of each."""
    return {"overdue_conditions": _tell_conditions(), "orders_standing": _tell_orders()}


def _tell_conditions() -> int:
    rows = Condition.objects.filter(proposals.overdue(proposals.today()), proposal__state=ProposalState.APPROVED)
    rows = rows.select_related("unit", "proposal__unit", "proposal__crossing")
    return sum(_once(notices_proposals.condition_overdue(condition)) for condition in rows.order_by("pk"))


def _tell_orders() -> int:
    """The category is in force and nobody lifted the order it was given before."""
    rows = Proposal.objects.filter(state=ProposalState.APPROVED, effective_from__lte=proposals.today())
    standing = ClosureOrder.objects.exclude(state__in=(*CLOSURE_OVER, ClosureState.DRAFTED))
    rows = rows.filter(crossing__in=standing.order_by().values("crossing")).select_related("unit", "crossing")
    orders = {order.crossing_id: order for order in standing}
    return sum(
        _once(notices_proposals.order_stands(proposal, order))
        for proposal in rows.order_by("pk")
        # An order of a later day closes the gate anew; that is no contradiction of the approval.
        if (order := orders.get(proposal.crossing_id))
        and proposal.decided_at
        and order.drafted_at < proposal.decided_at
    )


@transaction.atomic
def _once(notice: Notice) -> bool:
    if Delivery.objects.filter(event=notice.event).exists():
        return False
    return bool(outbox.publish(notice))
