"""Signs that a verified closed crossing is used again, and what a person makes of them (duty D1).

A sign is the system's finding, never a verdict: a person confirms it, and only then the order is open again.
"""

from datetime import date, datetime

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import F

from borderwatch import audit, clock, outbox
from crossings import closure_workflow as workflow
from crossings import deciders, notices_closures
from crossings.actions.closures import given_reason, issue_again, lay_for_order, locked_order
from crossings.choices import ClosureState, GateStatus, SignState
from crossings.models import ClosureOrder, Crossing, ReopeningSign
from units.models import User

# What happens so near to a closed crossing speaks of it, beyond what the two positions leave open.
NEAR_M = 500
# Neither a crossing nor a report that is known less well than this reaches farther.
UNSURE_M = 2000


@transaction.atomic
def flag_reopening(
    *, crossing: Crossing, cause_kind: str, cause_key: str, seen_at: datetime, distance_m: float | None = None
) -> ReopeningSign | None:
    """The system's, inside another verb: note a sign that a verified closed crossing is used again, and tell of it.

    None when there is nothing to reopen: no verified order, or what was seen lies before the verification. The same
    cause is one sign, told once. The cause itself is named nowhere but behind its own gate (`crossings.causes`).
    """
    # Held, so that a sign never comes in while somebody decides about the order.
    held = ClosureOrder.objects.select_for_update(of=("self",), no_key=True).select_related("crossing")
    order = held.filter(crossing=crossing.pk, state=ClosureState.VERIFIED).first()
    if order is None or order.verified_at is None or seen_at < order.verified_at:
        return None
    now = clock.now()
    sign, new = ReopeningSign.objects.get_or_create(
        order=order,
        cause_kind=cause_kind,
        cause_key=cause_key,
        defaults={"distance_m": distance_m, "seen_at": seen_at, "found_at": now},
    )
    if not new:
        return sign
    audit.record(
        actor=None,
        verb="flag_reopening",
        target=order,
        # Not which one: the history is read by more people than the cause.
        after={"sign": sign.pk},
        at=now,
    )
    outbox.publish(notices_closures.sign_found(order, sign))
    return sign


def verified_near(point: Point, accuracy_m: float) -> list[tuple[ClosureOrder, float]]:
    """Verified orders whose crossing may be what happened at a place, nearest first, each with the metres between.

    So near: 500 m and the precision of both positions, each counted up to 2 km. For the system: no person's view.
    """
    unsure = min(max(accuracy_m, 0), UNSURE_M)
    # The box is wide enough for the least exact crossing; the index of points answers it, the distance decides.
    widest = (NEAR_M + UNSURE_M + unsure) / 100_000
    box = point.buffer(widest).envelope
    box.srid = 4326
    rows = (
        ClosureOrder.objects.filter(state=ClosureState.VERIFIED, crossing__point__bboverlaps=box)
        .annotate(away=Distance("crossing__point", point))
        .select_related("crossing")
    )
    found = []
    for order in rows.order_by("away", F("pk").asc()):
        metres = float(order.away.m)
        if metres <= NEAR_M + min(order.crossing.precision_m, UNSURE_M) + unsure:
            found.append((order, metres))
    return found


@transaction.atomic
def confirm_reopening(*, actor: User, sign: ReopeningSign, reason: str, due_on: date) -> ClosureOrder:
    """Confirm that the crossing was opened again: the order goes out anew, due on a new day.

    It counts as reopened from the earliest sign on; other open signs are confirmed along. Unit, province and ministry
    are told. Raises PermissionDenied, Refused, and ValidationError by field (reason, due_on).
    """
    order = locked_order(sign.order)
    deciders.demand(actor, "confirm_reopening", order.crossing)
    sign = ReopeningSign.objects.select_for_update().get(pk=sign.pk)
    workflow.decide("confirm_reopening", sign.state)
    before = order.state
    order.state = workflow.move("confirm_reopening", before)
    reason, now = given_reason(reason), clock.now()
    planned = issue_again(order, due_on, now)
    order.times_reopened += 1
    signs = list(order.signs.select_for_update().filter(state=SignState.TO_CONFIRM))
    since = min(one.seen_at for one in signs)
    order.signs.filter(pk__in=[one.pk for one in signs]).update(
        state=SignState.CONFIRMED, decided_by=actor, decided_at=now, reason=reason
    )
    order.save(update_fields=["state", "times_reopened", "due_on", "carried_out_at", "verified_at"])
    lay_for_order(actor, order, GateStatus.REOPENED, since, verb="confirm_reopening")
    audit.record(
        actor=actor,
        verb="confirm_reopening",
        target=order,
        before={"state": before},
        after={
            "state": order.state,
            "due_on": order.due_on.isoformat(),
            "times_reopened": order.times_reopened,
            "signs": sorted(one.pk for one in signs),
        },
        reason=reason,
        at=now,
    )
    outbox.publish(notices_closures.reopened(order, actor), *planned)
    return order


@transaction.atomic
def dismiss_sign(*, actor: User, sign: ReopeningSign, reason: str) -> ReopeningSign:
    """Say that a sign does not mean that the crossing was opened again. Raises PermissionDenied, Refused,
    ValidationError."""
    order = locked_order(sign.order)
    deciders.demand(actor, "confirm_reopening", order.crossing)
    sign = ReopeningSign.objects.select_for_update().get(pk=sign.pk)
    before = sign.state
    sign.state = workflow.decide("dismiss_sign", before)
    sign.reason, sign.decided_by, sign.decided_at = given_reason(reason), actor, clock.now()
    sign.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    audit.record(
        actor=actor,
        verb="dismiss_sign",
        target=order,
        before={"sign": sign.pk, "state": before},
        after={"sign": sign.pk, "state": sign.state},
        reason=sign.reason,
        at=sign.decided_at,
    )
    outbox.publish(notices_closures.sign_dismissed(order, sign, actor))
    return sign
