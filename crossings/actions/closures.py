"""A closure order from its draft to its end (duty D1): who orders it, what it closes, who does it, by when.

What is seen on the ground is in `closure_visits`, signs that a closed crossing is used again are in `reopening`.
Every verb locks the crossing first, then the order, so that two of them never wait for each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.sealed import SealedFile
from crossings import closure_workflow as workflow
from crossings import deciders, notices_closures
from crossings.actions.register import lay_status, locked, open_order
from crossings.choices import ClosureMeasure, ClosureState, Flow, GateStatus, SignState
from crossings.models import ClosureOrder, Crossing
from units import policy
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit, User

# An order is to be carried out within this time.
LONGEST = timedelta(days=366)
# The responsible unit is reminded so long before the due day, at this hour.
REMIND_BEFORE = timedelta(days=3)
REMIND_AT = time(8, 0)
MAX_TEXT = 10_000
# What the crossing may be after its order was lifted.
AFTER_LIFTING = (GateStatus.CLOSED, GateStatus.RESTRICTED, GateStatus.OPEN)
NEEDS_REFERENCE = frozenset({GateStatus.RESTRICTED, GateStatus.OPEN})


@dataclass(frozen=True)
class Terms:
    """What an order says. `responsible_unit` None: the one the register names for the crossing."""

    scope: Collection[str]
    measures: Collection[str]
    due_on: date
    number: str = ""
    responsible_unit: Unit | None = None
    text: str = ""
    # Empty: the scan that is there already stays.
    scan: SealedFile | None = None


@transaction.atomic
def draft_closure(*, actor: User, crossing: Crossing, terms: Terms) -> ClosureOrder:
    """Draft the order to close a crossing; nothing holds before it is issued. Source: duty D1.

    Raises PermissionDenied and ValidationError by field (crossing, number, scope, measures, responsible_unit, due_on,
    text). A crossing has one open order: the error names the one that is there.
    """
    crossing = locked(crossing)
    deciders.demand(actor, "order_closure", crossing)
    if there := open_order(crossing):
        raise ValidationError({"crossing": _one_is_open(there)})
    now = clock.now()
    order = ClosureOrder(
        crossing=crossing, issuer=issuing_unit(actor, crossing), drafted_by=actor, drafted_at=now, due_on=terms.due_on
    )
    _fill(order, terms, now)
    order.save(force_insert=True)
    audit.record(actor=actor, verb="draft_closure", target=order, after=_facts(order), at=now)
    return order


@transaction.atomic
def change_closure_draft(*, actor: User, order: ClosureOrder, terms: Terms) -> ClosureOrder:
    """Change a draft before it is issued. Raises PermissionDenied, Refused and ValidationError by field."""
    order = locked_order(order)
    _demand_issuer(actor, order)
    workflow.move("change_closure_draft", order.state)
    before = _facts(order)
    _fill(order, terms, clock.now())
    order.save(update_fields=[
        "number", "scope", "measures", "responsible_unit", "due_on", "text",
        "scan_sha256", "scan_name", "scan_type", "scan_size",
    ])  # fmt: skip
    audit.record(actor=actor, verb="change_closure_draft", target=order, before=before, after=_facts(order))
    return order


@transaction.atomic
def issue_closure(*, actor: User, order: ClosureOrder) -> ClosureOrder:
    """Issue the order: from now on the crossing is ordered closed, and the unit and all above it are told.

    Raises PermissionDenied, Refused, and ValidationError by field (number, due_on).
    """
    order = locked_order(order)
    _demand_issuer(actor, order)
    before = order.state
    order.state = workflow.move("issue_closure", before)
    now = clock.now()
    if errors := _number_errors(order, needed=True) | due_errors(order.due_on, now):
        raise ValidationError(errors)
    order.issued_at = now
    order.save(update_fields=["state", "issued_at"])
    lay_for_order(actor, order, GateStatus.CLOSURE_ORDERED, now, verb="issue_closure")
    audit.record(
        actor=actor,
        verb="issue_closure",
        target=order,
        before={"state": before},
        after={"state": order.state, "number": order.number, "due_on": order.due_on.isoformat()},
        at=now,
    )
    outbox.publish(notices_closures.issued(order, actor), *reminders(order, now))
    return order


@transaction.atomic
def order_closure(*, actor: User, crossing: Crossing, terms: Terms) -> ClosureOrder:
    """Draft and issue in one step. Raises what either raises; then nothing of it is kept."""
    return issue_closure(actor=actor, order=draft_closure(actor=actor, crossing=crossing, terms=terms))


@transaction.atomic
def withdraw_closure(*, actor: User, order: ClosureOrder, reason: str) -> ClosureOrder:
    """Withdraw a draft that is not to be issued. Raises PermissionDenied, Refused, ValidationError."""
    order = locked_order(order)
    _demand_issuer(actor, order)
    before = order.state
    order.state = workflow.move("withdraw_closure", before)
    order.reason = given_reason(reason)
    order.ended_at = clock.now()
    order.save(update_fields=["state", "reason", "ended_at"])
    audit.record(
        actor=actor,
        verb="withdraw_closure",
        target=order,
        before={"state": before},
        after={"state": order.state},
        reason=order.reason,
        at=order.ended_at,
    )
    return order


@transaction.atomic
def lift_closure(
    *, actor: User, order: ClosureOrder, reason: str, status: str, legal_reference: str = ""
) -> ClosureOrder:
    """Lift an order that went out, and say what the crossing is from now on: closed, restricted or open.

    Opening it, also in part, needs its legal reference. Open signs of reopening are settled with it. Raises
    PermissionDenied, Refused, and ValidationError by field (reason, status, legal_reference).
    """
    order = locked_order(order)
    _demand_issuer(actor, order)
    before = order.state
    order.state = workflow.move("lift_closure", before)
    order.reason = given_reason(reason)
    errors: dict[str, str] = {}
    if status not in AFTER_LIFTING:
        errors["status"] = _("Say what the crossing is from now on.")
    elif status in NEEDS_REFERENCE and not legal_reference.strip():
        errors["legal_reference"] = _("Name the decision that lets people pass here again.")
    if len(legal_reference.strip()) > 300:
        errors["legal_reference"] = _("This is too long.")
    if errors:
        raise ValidationError(errors)
    now = clock.now()
    order.ended_at = now
    order.save(update_fields=["state", "reason", "ended_at"])
    lay_status(
        actor=actor,
        crossing=order.crossing,
        status=status,
        since=now,
        flows=order.scope,
        verb="lift_closure",
        legal_reference=legal_reference.strip(),
        reason=order.reason[:500],
    )
    signs = order.signs.filter(state=SignState.TO_CONFIRM).update(
        state=SignState.DISMISSED, decided_by=actor, decided_at=now, reason=order.reason
    )
    outbox.cancel(order.bundle, reason="the order was lifted")
    audit.record(
        actor=actor,
        verb="lift_closure",
        target=order,
        before={"state": before},
        after={
            "state": order.state,
            "status": status,
            "legal_reference": legal_reference.strip(),
            "signs_dismissed": signs,
        },
        reason=order.reason,
        at=now,
    )
    outbox.publish(notices_closures.lifted(order, actor, status))
    return order


# --- what the verbs share -------------------------------------------------------------------------------------


def locked_order(order: ClosureOrder) -> ClosureOrder:
    """The order under its row lock, its crossing locked before it."""
    crossing = locked(order.crossing)
    rows = ClosureOrder.objects.select_for_update(of=("self",)).select_related("issuer", "responsible_unit")
    found: ClosureOrder = rows.get(pk=order.pk)
    found.crossing = crossing
    return found


def issuing_unit(actor: User, crossing: Crossing) -> Unit:
    """The administration in whose name a person orders: his own of the crossing's district or province, else the
    province's. Raises PermissionDenied for who serves in neither."""
    may_issue = policy.unit_ids(actor, policy.ESCALATE)
    kinds = (UnitKind.PROVINCE, UnitKind.DISTRICT)
    here = Unit.objects.filter(pk__in=may_issue & set(deciders.unit_ids(crossing)), kind__in=kinds)
    offices = list(here.order_by("code"))
    if not offices:
        raise PermissionDenied(policy.nothing_here())
    own = {unit.pk for _role, unit in policy.roles_of(actor)}
    return min(offices, key=lambda unit: (unit.pk not in own, unit.kind != UnitKind.PROVINCE))


def given_reason(reason: str) -> str:
    """The reason without blanks around it; ValidationError when there is none."""
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if len(reason) > MAX_TEXT:
        raise ValidationError({"reason": _("This is too long.")})
    return reason.strip()


def due_errors(due_on: date, now: datetime) -> dict[str, str]:
    """What is wrong with a due day."""
    today = timezone.localdate(now)
    if due_on < today:
        return {"due_on": _("This day has passed. Give the unit a day it can still keep.")}
    if due_on > today + LONGEST:
        return {"due_on": _("This is more than a year ahead. Check the year.")}
    return {}


def reminders(order: ClosureOrder, now: datetime) -> list[outbox.Notice]:
    """The reminder some days before the due day, planned now; none when that moment has passed already."""
    morning = datetime.combine(order.due_on - REMIND_BEFORE, REMIND_AT, timezone.get_current_timezone())
    return [notices_closures.reminder(order, at=morning, planned=now)] if morning > now else []


def lay_for_order(actor: User | None, order: ClosureOrder, status: str, since: datetime, *, verb: str) -> None:
    """Say of the crossing what the order's state says of it, for what the order closes."""
    lay_status(
        actor=actor,
        crossing=order.crossing,
        status=status,
        since=since,
        flows=order.scope,
        verb=verb,
        order=order,
        legal_reference=order.number,
    )


def issue_again(order: ClosureOrder, due_on: date, now: datetime) -> list[outbox.Notice]:
    """Set an order that goes back to the unit: its new due day, and the reminder planned anew. The caller saves."""
    if errors := due_errors(due_on, now):
        raise ValidationError(errors)
    order.due_on = due_on
    order.carried_out_at = order.verified_at = None
    outbox.cancel(order.bundle, reason="the order has a new due day")
    return reminders(order, now)


def _demand_issuer(actor: User, order: ClosureOrder) -> None:
    policy.demand(actor, "order_closure", [order.issuer_id])


def _fill(order: ClosureOrder, terms: Terms, now: datetime) -> None:
    """Set what the terms say; raises ValidationError by field."""
    order.number = terms.number.strip()
    order.scope = [flow for flow in Flow.values if flow in set(terms.scope)]
    order.measures = [one for one in ClosureMeasure.values if one in set(terms.measures)]
    order.due_on = terms.due_on
    order.text = terms.text.strip()
    unit = terms.responsible_unit or order.crossing.responsible_unit
    if unit is not None:
        order.responsible_unit = unit
    if terms.scan is not None:
        order.scan_sha256, order.scan_name = terms.scan.sha256, terms.scan.name
        order.scan_type, order.scan_size = terms.scan.content_type, terms.scan.size
    errors = _number_errors(order) | _unit_errors(order.crossing, unit) | due_errors(order.due_on, now)
    if not set(terms.scope) or not set(terms.scope) <= set(order.crossing.flows):
        errors["scope"] = _("Say what is closed, among what the crossing accepts.")
    if not set(terms.measures) or not set(terms.measures) <= set(ClosureMeasure.values):
        errors["measures"] = _("Say by which measures it is closed.")
    if len(order.text) > MAX_TEXT:
        errors["text"] = _("This is too long.")
    if errors:
        raise ValidationError(errors)


def _unit_errors(crossing: Crossing, unit: Unit | None) -> dict[str, str]:
    if unit is None:
        return {"responsible_unit": _("The register names no responsible unit for this crossing: choose one.")}
    if unit.kind in INSTITUTIONS or unit.province_id != crossing.district.province_id:
        return {"responsible_unit": _("The responsible unit is one of the crossing's own province.")}
    return {}


def _number_errors(order: ClosureOrder, *, needed: bool = False) -> dict[str, str]:
    """What is wrong with the number; the issuer's row is held, so that two orders never take one at once."""
    if not order.number:
        return {"number": _("An order goes out with its number: enter it first.")} if needed else {}
    if len(order.number) > 80:
        return {"number": _("This is too long.")}
    Unit.objects.select_for_update(no_key=True).get(pk=order.issuer_id)
    others = ClosureOrder.objects.filter(issuer=order.issuer_id, number=order.number).exclude(pk=order.pk)
    if others.exclude(state=ClosureState.WITHDRAWN).exists():
        return {"number": _("This office has given the number %(number)s already.") % {"number": order.number}}
    return {}


def _one_is_open(order: ClosureOrder) -> str:
    words: dict[str, Any] = {"number": order.number, "state": ClosureState(order.state).label}
    if not order.number:
        return _("The crossing has a draft of a closure order already. Change that one.")
    return _("The crossing has the closure order %(number)s already (%(state)s).") % words


def _facts(order: ClosureOrder) -> dict[str, Any]:
    """What an order says, as the audit keeps it."""
    return {
        "crossing": order.crossing.slug,
        "number": order.number,
        "issuer": order.issuer.code,
        "scope": order.scope,
        "measures": order.measures,
        "unit": order.responsible_unit.code,
        "due_on": order.due_on.isoformat(),
        "text": order.text,
        "scan": order.scan_sha256,
    }
