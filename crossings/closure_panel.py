"""Closing on a crossing's page, and how a later look is read as the cause of a sign. Imported by `ready`."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crossings import causes, closures, deciders, panels
from crossings.choices import CLOSURE_OVER, UNOFFICIAL, ClosureState, SignState
from crossings.models import ClosureOrder, ClosureVisit, Crossing

# Orders that are over are shown so many; the list has them all.
PAST = 5
# The look of a state beside those of other areas, in the site's own classes.
TONES = {
    ClosureState.ISSUED: "mark-state-waiting",
    ClosureState.CARRIED_OUT: "mark-state-waiting",
    ClosureState.VERIFIED: "mark-state-answered",
}


def _context(user: Any, crossing: Crossing) -> dict[str, Any] | None:
    """The order in force, earlier ones, and whether the person may order the closing; None where nothing speaks of it.

    An official gate is closed by its status; it has this part only when there is an order about it.
    """
    visible: Any = ClosureOrder.objects.visible_to(user).filter(crossing=crossing)
    orders = list(
        closures.with_lateness(visible).select_related("responsible_unit").order_by("-drafted_at")[: PAST + 1]
    )
    current = next((order for order in orders if order.state not in CLOSURE_OVER), None)
    unofficial = crossing.category in UNOFFICIAL
    may_order = unofficial and current is None and deciders.may(user, "order_closure", crossing)
    if not orders and not may_order and not unofficial:
        return None
    return {
        "order": current,
        "tone": TONES.get(current.state, "") if current else "",
        "past": [order for order in orders if order is not current][:PAST],
        "signs": current.signs.filter(state=SignState.TO_CONFIRM).count() if current else 0,
        "may_order": may_order,
    }


def _read(user: Any, keys: list[str]) -> dict[str, causes.Cause]:
    """Later looks of orders the person sees, by key."""
    orders: Any = ClosureOrder.objects.visible_to(user)
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit()]
    visits = ClosureVisit.objects.filter(pk__in=numbers, order__in=orders.order_by().values("pk"))
    found = {}
    for visit in visits.select_related("by"):
        day = date_format(timezone.localtime(visit.at), "d/m/Y")
        words = _("Later look on %(day)s by %(name)s") % {"day": day, "name": visit.by}
        address = ClosureOrder(pk=visit.order_id).get_absolute_url()
        found[str(visit.pk)] = causes.Cause(words, f"{address}#visit-{visit.pk}")
    return found


panels.register(panels.Panel("closing", gettext_lazy("Closing"), "closures/panel.html", _context, place=20))
causes.register("closurevisit", _read)
