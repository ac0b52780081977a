"""What a crossing is held to be, and whether it is open: the dated register. Sources: duties D1, D3.

Both are laid over what was in force; an earlier day keeps what was said of it.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from crossings import deciders, periods
from crossings.choices import (
    BY_ORDER_ALONE,
    CLOSURE_OVER,
    OFFICIAL,
    UNOFFICIAL,
    ClosureState,
    CrossingCategory,
    Flow,
    GateSide,
    GateStatus,
    neighbour_categories,
)
from crossings.models import Classification, ClosureOrder, Crossing, CrossingStatus, Proposal
from units.models import User

# A category or status may be entered so long before it begins.
FARTHEST = timedelta(days=3 * 366)


def locked(crossing: Crossing) -> Crossing:
    """The crossing under its row lock: everything dated about it is written while it is held."""
    rows = Crossing.objects.select_for_update(of=("self",)).select_related("district__province", "responsible_unit")
    return rows.get(pk=crossing.pk)


@transaction.atomic
def classify_crossing(
    *,
    actor: User | None,
    crossing: Crossing,
    category: str,
    since: datetime,
    side: str = GateSide.KH,
    legal_reference: str = "",
    reason: str = "",
    proposal: Proposal | None = None,
) -> Classification:
    """Say what a crossing is held to be from a moment on, on one side, by which reference.

    Cambodia's category is decided by the ministry above the provinces, or follows from an approved `proposal`
    (duty D3); only between the two kinds of corridor the province says itself. The neighbour's category is a keeper's
    note. `actor` None is the system. Raises PermissionDenied and ValidationError by field.
    """
    crossing = locked(crossing)
    current = Classification.objects.at(since).filter(crossing=crossing, side=side).first()
    if actor is not None:
        _demand_classify(actor, crossing, category, side, current, proposal)
    errors = category_errors(crossing, category, side, legal_reference)
    if since > clock.now() + FARTHEST:
        errors["since"] = _("This is more than three years ahead. Check the year.")
    if current is not None and current.category == category and current.legal_reference == legal_reference.strip():
        errors["category"] = _("The crossing has this category on that day already.")
    if errors:
        raise ValidationError(errors)
    row = Classification(
        crossing=crossing,
        side=side,
        category=category,
        legal_reference=legal_reference.strip(),
        reason=reason.strip(),
        proposal=proposal,
        set_by=actor,
        set_at=clock.now(),
    )
    before = periods.lay(Classification.objects.filter(crossing=crossing, side=side), [row], since, None)
    audit.record(
        actor=actor,
        verb="classify_crossing",
        target=crossing,
        before={"categories": [{"category": old.category, **periods.stretch(old)} for old in before]},
        after={
            "side": side,
            "category": category,
            "legal_reference": row.legal_reference,
            "proposal": proposal.pk if proposal else None,
            **periods.stretch(row),
        },
        reason=row.reason,
    )
    return row


def _demand_classify(
    actor: User,
    crossing: Crossing,
    category: str,
    side: str,
    current: Classification | None,
    proposal: Proposal | None,
) -> None:
    if side == GateSide.NEIGHBOUR:
        deciders.demand(actor, "describe_crossing", crossing)
    elif proposal is not None:
        deciders.demand_national(actor, "decide_proposal")
    elif category in UNOFFICIAL and (current is None or current.category in UNOFFICIAL):
        deciders.demand(actor, "register_corridor", crossing)
    else:
        deciders.demand_national(actor, "classify_crossing")


def category_errors(crossing: Crossing, category: str, side: str, legal_reference: str) -> dict[str, str]:
    """What is wrong with a category for a side of a crossing, by field."""
    if side not in GateSide.values:
        return {"side": _("Choose whose side it is.")}
    known = (
        CrossingCategory.values
        if side == GateSide.KH
        else [slug for slug, _w in neighbour_categories(crossing.neighbour)]
    )
    if category not in known:
        return {"category": _("Choose the category.")}
    if side == GateSide.KH and category in OFFICIAL and not legal_reference.strip():
        return {"legal_reference": _("An official category needs its legal reference.")}
    return {}


@transaction.atomic
def set_crossing_status(
    *,
    actor: User | None,
    crossing: Crossing,
    status: str,
    since: datetime,
    until: datetime | None = None,
    side: str = GateSide.KH,
    flows: Collection[str] = (),
    opens_at: time | None = None,
    closes_at: time | None = None,
    legal_reference: str = "",
    reason: str = "",
) -> list[CrossingStatus]:
    """Say whether flows (none named: all the crossing accepts) pass on one side, from `since` up to `until`.

    After `until` what was in force goes on. Hours are Phnom Penh time. What a closure order says is set by the
    order's own verbs. Raises PermissionDenied and ValidationError by field.
    """
    crossing = locked(crossing)
    if actor is not None:
        deciders.demand(actor, "set_crossing_status", crossing)
    flows = list(flows) or list(crossing.flows)
    errors = _status_errors(crossing, status, since, until, side, flows)
    if (opens_at is None) != (closes_at is None) or (opens_at is not None and opens_at == closes_at):
        errors["closes_at"] = _("Give both hours, one different from the other, or none.")
    if not legal_reference.strip() and not reason.strip():
        errors["reason"] = _("Name the order or give the reason; it stays on record.")
    if errors:
        raise ValidationError(errors)
    return lay_status(
        actor=actor,
        crossing=crossing,
        status=status,
        since=since,
        until=until,
        side=side,
        flows=flows,
        verb="set_crossing_status",
        opens_at=opens_at,
        closes_at=closes_at,
        legal_reference=legal_reference.strip(),
        reason=reason.strip(),
    )


def _status_errors(
    crossing: Crossing, status: str, since: datetime, until: datetime | None, side: str, flows: list[str]
) -> dict[str, str]:
    errors: dict[str, str] = {}
    if status not in GateStatus.values:
        errors["status"] = _("Choose the status.")
    elif status in BY_ORDER_ALONE:
        errors["status"] = _("This follows from a closure order: order the closure, report it, verify it.")
    if side not in GateSide.values:
        errors["side"] = _("Choose whose side it is.")
    if not set(flows) <= set(Flow.values):
        errors["flows"] = _("Choose what the status is about.")
    if since > clock.now() + FARTHEST:
        errors["since"] = _("This is more than three years ahead. Check the year.")
    if until is not None and until <= since:
        errors["until"] = _("The end must come after the start.")
    if side == GateSide.KH and not errors and (order := open_order(crossing)):
        barred = set(flows) & set(order.scope)
        if barred and order.state != ClosureState.DRAFTED:
            errors["status"] = _("The closure order %(number)s is in force here. Lift it first.") % {
                "number": order.number
            }
    return errors


def open_order(crossing: Crossing) -> ClosureOrder | None:
    """The closure order that is not over yet, a draft included."""
    return ClosureOrder.objects.filter(crossing=crossing).exclude(state__in=CLOSURE_OVER).first()


@transaction.atomic
def lay_status(
    *,
    actor: User | None,
    crossing: Crossing,
    status: str,
    since: datetime,
    flows: Collection[str],
    verb: str,
    until: datetime | None = None,
    side: str = GateSide.KH,
    order: ClosureOrder | None = None,
    **more: Any,
) -> list[CrossingStatus]:
    """Write the status rows and their audit entry inside another verb, which has locked the crossing and decided.

    `more` are further fields of the rows: hours, reference, reason.
    """
    now = clock.now()
    before: list[CrossingStatus] = []
    laid: list[CrossingStatus] = []
    for flow in flows:
        row = CrossingStatus(
            crossing=crossing, side=side, flow=flow, status=status, order=order, set_by=actor, set_at=now, **more
        )
        rows = CrossingStatus.objects.filter(crossing=crossing, side=side, flow=flow)
        before += periods.lay(rows, [row], since, until)
        laid.append(row)
    audit.record(
        actor=actor,
        verb=verb,
        target=crossing,
        before={"statuses": [{"flow": old.flow, "status": old.status, **periods.stretch(old)} for old in before]},
        after={
            "side": side,
            "flows": sorted(flows),
            "status": status,
            "order": order.number if order else "",
            "legal_reference": more.get("legal_reference", ""),
            **periods.stretch(laid[0]),
        },
        reason=more.get("reason", ""),
        at=now,
    )
    return laid
