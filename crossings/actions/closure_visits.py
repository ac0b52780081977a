"""Visits to a crossing that is to be closed: the unit's report, the check by a second person, later looks (duty D1).

Each is one person at one place with a photo; the place is measured against the crossing's point. The same client key
gives the visit that is there, so that a telephone may send twice.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.photos import Photo
from borderwatch.templatetags.words import distance as in_words
from crossings import closure_workflow as workflow
from crossings import deciders, notices_closures
from crossings.actions.closures import MAX_TEXT, given_reason, issue_again, lay_for_order, locked_order
from crossings.actions.reopening import flag_reopening
from crossings.choices import ClosureMeasure, GateStatus, SignState, VisitFinding, VisitKind
from crossings.models import ClosureOrder, ClosureVisit, Crossing
from units import policy, region
from units.actions import Clash
from units.actions.patrols import one_at_a_time
from units.models import Posting, User

# Whoever says he was there stood so near, beyond what the two positions leave open.
REACH_M = 500
MAX_ACCURACY_M = 2000
# A device's clock may run ahead of the server's by so much.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Seen:
    """What a visitor brings: when and where he stood, his photo (stored already), and what he found in place."""

    client_key: uuid.UUID
    at: datetime
    point: Point
    accuracy_m: int
    photo: Photo | None
    measures: Collection[str] = ()
    text: str = ""


@dataclass(frozen=True)
class Visited:
    """What entering a visit came to: "new", or "same" (the visit that is there already)."""

    visit: ClosureVisit
    outcome: str


@transaction.atomic
def report_carried_out(*, actor: User, order: ClosureOrder, seen: Seen) -> Visited:
    """The responsible unit reports that the crossing is closed, with photo and position; the province is told.

    Raises PermissionDenied, Refused, Clash (the key belongs to another visit), and ValidationError by field (at,
    point, accuracy_m, photo, measures, text). Source: duty D1.
    """
    order = locked_order(order)
    policy.demand(actor, "carry_out_closure", [order.responsible_unit_id])
    if known := _known(order, actor, seen, VisitKind.CARRIED_OUT):
        return Visited(known, "same")
    before = order.state
    order.state = workflow.move("report_carried_out", before)
    if not seen.measures:
        raise ValidationError({"measures": _("Say by what it is closed now.")})
    visit = _enter(order, actor, seen, VisitKind.CARRIED_OUT, VisitFinding.CLOSED, since=_open_until(order))
    order.carried_out_at = visit.at
    order.save(update_fields=["state", "carried_out_at"])
    outbox.cancel(order.bundle, reason="the closing is reported as carried out")
    _record("report_carried_out", actor, order, before, visit)
    outbox.publish(notices_closures.carried_out(order, visit, actor))
    return Visited(visit, "new")


@transaction.atomic
def verify_closure(*, actor: User, order: ClosureOrder, seen: Seen) -> Visited:
    """A second person stood there and found it closed: the crossing counts as closed and verified from that moment.

    Never the one who reported, nor anybody posted at the responsible unit today. Raises as `report_carried_out` does.
    """
    order = locked_order(order)
    demand_second_person(actor, order)
    if known := _known(order, actor, seen, VisitKind.VERIFICATION):
        return Visited(known, "same")
    before = order.state
    order.state = workflow.move("verify_closure", before)
    visit = _enter(order, actor, seen, VisitKind.VERIFICATION, VisitFinding.CLOSED, since=order.carried_out_at)
    order.verified_at = visit.at
    order.save(update_fields=["state", "verified_at"])
    lay_for_order(actor, order, GateStatus.CLOSED_VERIFIED, visit.at, verb="verify_closure")
    _record("verify_closure", actor, order, before, visit)
    outbox.publish(notices_closures.verified(order, visit, actor))
    return Visited(visit, "new")


@transaction.atomic
def send_back_closure(*, actor: User, order: ClosureOrder, seen: Seen, due_on: date, reason: str) -> Visited:
    """A second person stood there and could pass: the order goes back to the unit with a new due day and the reason.

    Raises as `verify_closure` does, also at due_on and reason.
    """
    order = locked_order(order)
    demand_second_person(actor, order)
    if known := _known(order, actor, seen, VisitKind.VERIFICATION):
        return Visited(known, "same")
    before = order.state
    order.state = workflow.move("send_back_closure", before)
    reason = given_reason(reason)
    visit = _enter(order, actor, seen, VisitKind.VERIFICATION, VisitFinding.PASSABLE, since=order.carried_out_at)
    planned = issue_again(order, due_on, visit.added_at)
    order.save(update_fields=["state", "due_on", "carried_out_at", "verified_at"])
    _record("send_back_closure", actor, order, before, visit, reason)
    outbox.publish(notices_closures.sent_back(order, visit, actor), *planned)
    return Visited(visit, "new")


@transaction.atomic
def follow_up_closure(*, actor: User, order: ClosureOrder, seen: Seen, finding: str) -> Visited:
    """A later look at a verified closing: still closed, or opened again, which makes a sign for the province.

    For anybody who leads patrols or decides there. Raises as `report_carried_out` does, also at finding.
    """
    order = locked_order(order)
    if not may_follow_up(actor, order):
        raise PermissionDenied(policy.nothing_here())
    if known := _known(order, actor, seen, VisitKind.FOLLOW_UP):
        return Visited(known, "same")
    workflow.move("follow_up_closure", order.state)
    if finding not in (VisitFinding.CLOSED, VisitFinding.REOPENED):
        raise ValidationError({"finding": _("Say whether it is still closed.")})
    visit = _enter(order, actor, seen, VisitKind.FOLLOW_UP, finding, since=order.verified_at)
    _record("follow_up_closure", actor, order, order.state, visit)
    if finding == VisitFinding.REOPENED:
        flag_reopening(
            crossing=order.crossing,
            cause_kind="closurevisit",
            cause_key=str(visit.pk),
            seen_at=visit.at,
            distance_m=visit.distance_m,
        )
    return Visited(visit, "new")


# --- who may --------------------------------------------------------------------------------------------------


def second_person_error(actor: User, order: ClosureOrder) -> str:
    """Why a person may not be the second one although his posting would allow it, in words; "" when he may."""
    if order.visits.filter(kind=VisitKind.CARRIED_OUT, by=actor).exists():
        return _("You reported yourself that it is closed: a second person must verify it.")
    posted = Posting.objects.filter(
        user=actor, unit_role__unit=order.responsible_unit_id, period__contains=clock.sql_now()
    )
    if posted.exists():
        return _("You are posted at the unit that carried it out: somebody from outside must verify it.")
    return ""


def may_verify(actor: User, order: ClosureOrder) -> bool:
    """Whether a person's posting lets him verify what the unit reported, the second-person rule apart."""
    unit = [order.responsible_unit_id]
    return policy.may(actor, "verify_closure", unit) or policy.may(actor, "verify_closure_from_above", unit)


def demand_second_person(actor: User, order: ClosureOrder) -> None:
    """Raise PermissionDenied, saying why, unless the person may verify this order's closing."""
    # Asked first: the head of the unit reads why he of all people may not.
    if refusal := second_person_error(actor, order):
        raise PermissionDenied(refusal)
    if not may_verify(actor, order):
        raise PermissionDenied(policy.nothing_here())


def may_follow_up(actor: User, order: ClosureOrder) -> bool:
    """Whether a person leads patrols or decides at the crossing, or at the unit that closed it."""
    here = [*deciders.unit_ids(order.crossing), order.responsible_unit_id]
    return policy.may(actor, "carry_out_closure", here) or policy.may(actor, "confirm_reopening", here)


# --- the visit itself -----------------------------------------------------------------------------------------


def _known(order: ClosureOrder, actor: User, seen: Seen, kind: str) -> ClosureVisit | None:
    """The visit of the same key, None when the key is new; raises Clash when it is another one."""
    one_at_a_time(seen.client_key)
    known: ClosureVisit | None = ClosureVisit.objects.filter(client_key=seen.client_key).first()
    if known is not None and (known.order_id != order.pk or known.kind != kind or known.by_id != actor.pk):
        raise Clash(_("This key already belongs to another visit. Use a new key for another visit."), code="clash")
    return known


def _enter(
    order: ClosureOrder, actor: User, seen: Seen, kind: str, finding: str, *, since: datetime | None
) -> ClosureVisit:
    """Check and save a visit; `since`: the moment it cannot have been before."""
    now = clock.now()
    at = _after(seen.at, max(filter(None, (order.issued_at, since)), default=now), now)
    away = distance_m(order.crossing, seen.point)
    errors = _time_errors(order, at, since, now) | _place_errors(order.crossing, seen, away)
    if seen.photo is None:
        errors["photo"] = _("A visit brings a photo of the closed place.")
    if not set(seen.measures) <= set(ClosureMeasure.values):
        errors["measures"] = _("Choose among the measures.")
    if len(seen.text) > MAX_TEXT:
        errors["text"] = _("This is too long.")
    if errors or seen.photo is None:
        raise ValidationError(errors)
    visit = ClosureVisit(
        order=order,
        client_key=seen.client_key,
        kind=kind,
        finding=finding,
        at=at,
        point=seen.point,
        accuracy_m=seen.accuracy_m,
        distance_m=away,
        measures=[one for one in ClosureMeasure.values if one in set(seen.measures)],
        text=seen.text.strip(),
        photo_sha256=seen.photo.sha256,
        photo_name=seen.photo.name[:200],
        photo_type=seen.photo.content_type,
        photo_size=seen.photo.size,
        by=actor,
        added_at=now,
    )
    visit.save(force_insert=True)
    return visit


def _after(at: datetime, follows: datetime, now: datetime) -> datetime:
    """When a visit was that follows something: a form knows the minute alone, and within it the visit came last."""
    minute = follows.replace(second=0, microsecond=0)
    if minute <= at < follows:
        return max(follows, min(now, minute + timedelta(seconds=59)))
    return at


def distance_m(crossing: Crossing, point: Point) -> float:
    """Metres between a place and the crossing's point."""
    rows: Any = Crossing.objects.filter(pk=crossing.pk)
    return float(rows.nearest_to(point).get().distance.m)


def _time_errors(order: ClosureOrder, at: datetime, since: datetime | None, now: datetime) -> dict[str, str]:
    if at > now + CLOCK_TOLERANCE:
        return {"at": _("This time lies in the future. Check the date and the clock of your device.")}
    if order.issued_at is not None and at < order.issued_at:
        return {"at": _("This is before the order was issued. Check the date.")}
    if since is not None and at < since:
        return {"at": _("On record is something later that this visit would have to follow. Check the date.")}
    return {}


def _place_errors(crossing: Crossing, seen: Seen, away: float) -> dict[str, str]:
    if not 0 < seen.accuracy_m <= MAX_ACCURACY_M:
        return {"accuracy_m": _("The accuracy must lie between 1 and %(n)s metres.") % {"n": MAX_ACCURACY_M}}
    if not region.inside(seen.point.x, seen.point.y):
        return {"point": _("This place lies far outside Cambodia. Check the position.")}
    most = REACH_M + crossing.precision_m + seen.accuracy_m
    if away > most:
        return {
            "point": _(
                "This place is %(away)s from the crossing; at most %(most)s can be accepted. Stand at the crossing "
                "and let your device find its position again."
            )
            % {"away": in_words(away), "most": in_words(most)}
        }
    return {}


def _open_until(order: ClosureOrder) -> datetime | None:
    """The last moment at which somebody found it open; a report must come after it."""
    visits = order.visits.exclude(finding=VisitFinding.CLOSED).values_list("at", flat=True)
    signs = order.signs.filter(state=SignState.CONFIRMED).values_list("seen_at", flat=True)
    return max([*visits, *signs], default=None)


def _record(verb: str, actor: User, order: ClosureOrder, before: str, visit: ClosureVisit, reason: str = "") -> None:
    audit.record(
        actor=actor,
        verb=verb,
        target=order,
        before={"state": before},
        after={
            "state": order.state,
            "due_on": order.due_on.isoformat(),
            "visit": visit.pk,
            "finding": visit.finding,
            "at": visit.at.isoformat(),
            "distance_m": round(visit.distance_m),
            "photo": visit.photo_sha256,
        },
        reason=reason,
        at=visit.added_at,
    )
