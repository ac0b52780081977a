"""Periodic care of closure orders, by the system: what is overdue is told once per order and due day (duty D1)."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from borderwatch import clock, outbox
from borderwatch.models import Delivery
from borderwatch.outbox import Notice
from crossings import notices_closures
from crossings.choices import ClosureState, VisitKind
from crossings.models import ClosureOrder

# What a unit has reported is to be verified within this time of the report.
VERIFY_WITHIN = timedelta(days=14)
# Orders told of in one round, so that a long outage is worked off in pieces.
ROUND = 500


def watch_closures() -> dict[str, int]:
    """Tell unit, province and ministry of orders not carried out in time, and of reports nobody verified.

    Returns how many of each were told. May run any number of times: nobody is told twice.
    """
    now = clock.now()
    return {"overdue": _tell(_overdue(now)), "unverified": _tell(_unverified(now))}


def _overdue(now: datetime) -> list[Notice]:
    """Issued orders whose due day is over in Phnom Penh."""
    rows = ClosureOrder.objects.filter(state=ClosureState.ISSUED, due_on__lt=timezone.localdate(now))
    return [notices_closures.overdue(order) for order in _read(rows)]


def _unverified(now: datetime) -> list[Notice]:
    """Orders reported as carried out so long ago, counted from when the report came in."""
    reported = Max("visits__added_at", filter=Q(visits__kind=VisitKind.CARRIED_OUT))
    rows = ClosureOrder.objects.filter(state=ClosureState.CARRIED_OUT).annotate(reported_at=reported)
    late = rows.filter(reported_at__lt=now - VERIFY_WITHIN)
    return [notices_closures.unverified(order, order.reported_at) for order in _read(late)]


def _read(rows: Any) -> list[Any]:
    """The orders with what a notice says of them, the longest overdue first."""
    found = rows.select_related("crossing__district__province", "responsible_unit", "issuer")
    return list(found.order_by("due_on", "pk"))


def _tell(notices: list[Notice]) -> int:
    events = [notice.event for notice in notices]
    told = set(Delivery.objects.filter(event__in=events).values_list("event", flat=True)) if events else set()
    fresh = [notice for notice in notices if notice.event not in told][:ROUND]
    if fresh:
        with transaction.atomic():
            outbox.publish(*fresh)
    return len(fresh)
