"""The life of a patrol: plan, set out, come back, record, call off. Source: directive duty D11.

Tracks and observations are in `tracks`. A person needs `manage_patrols` on the patrol's unit.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import LineString
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from units import policy, workflow
from units.choices import Joint, PatrolState
from units.models import Patrol, Sector, Unit, UnresolvedArea, User

# A device's clock may run ahead of the server's by so much.
CLOCK_TOLERANCE = timedelta(minutes=10)
LONGEST = timedelta(days=31)
FARTHEST_PLAN = timedelta(days=366)
# A patrol may set out so much earlier than planned.
EARLIEST_START = timedelta(hours=12)
MOST_PERSONS = 1000
MAX_TEXT = 10_000


class Clash(ValidationError):
    """The client key belongs to something else already."""


@dataclass(frozen=True)
class Planned:
    """What planning or recording came to: "new", or "same" (the patrol that is there already)."""

    patrol: Patrol
    outcome: str


@transaction.atomic
def plan_patrol(
    *,
    actor: User,
    client_key: uuid.UUID,
    unit: Unit,
    planned_from: datetime,
    planned_to: datetime,
    leader_name: str,
    strength: int,
    leader: User | None = None,
    joint: str = Joint.ALONE,
    joint_with: str = "",
    sector_code: str = "",
    area_code: str = "",
    route: LineString | None = None,
    note: str = "",
) -> Planned:
    """Plan a patrol of a unit in a sector, an unresolved area or along a route (EPSG:4326). Duty D11.

    `client_key` is made on the client: the same key and content gives the patrol that is there. Raises
    PermissionDenied, Clash (the key belongs to another patrol) and ValidationError by field.
    """
    policy.demand(actor, "manage_patrols", [unit.pk])
    patrol = Patrol(
        client_key=client_key,
        unit=unit,
        state=PatrolState.PLANNED,
        planned_from=planned_from,
        planned_to=planned_to,
        leader=leader,
        leader_name=leader_name.strip() or (leader.record_name if leader else ""),
        strength=strength,
        joint=joint,
        joint_with="" if joint == Joint.ALONE else joint_with.strip(),
        sector_code=sector_code.strip(),
        area_code=area_code.strip(),
        route=route,
        note=note.strip(),
        entered_by=actor,
    )
    if known := known_patrol(patrol, actor):
        return Planned(known, "same")
    patrol.entered_at = clock.now()
    errors = _plan_errors(patrol) | _errors(patrol, actor, planned_from)
    if not (patrol.sector_code or patrol.area_code or patrol.route):
        errors["sector_code"] = _("Say where the patrol goes: a sector, an unresolved area, or a route.")
    return Planned(_insert(patrol, actor, "plan_patrol", errors), "new")


@transaction.atomic
def record_patrol(
    *,
    actor: User,
    client_key: uuid.UUID,
    unit: Unit,
    started_at: datetime,
    finished_at: datetime,
    leader_name: str,
    strength: int,
    leader: User | None = None,
    joint: str = Joint.ALONE,
    joint_with: str = "",
    sector_code: str = "",
    area_code: str = "",
    route: LineString | None = None,
    note: str = "",
) -> Planned:
    """Record a patrol that went without having been planned here. Raises and repeats as `plan_patrol` does."""
    policy.demand(actor, "manage_patrols", [unit.pk])
    patrol = Patrol(
        client_key=client_key,
        unit=unit,
        state=PatrolState.FINISHED,
        started_at=started_at,
        finished_at=finished_at,
        leader=leader,
        leader_name=leader_name.strip() or (leader.record_name if leader else ""),
        strength=strength,
        joint=joint,
        joint_with="" if joint == Joint.ALONE else joint_with.strip(),
        sector_code=sector_code.strip(),
        area_code=area_code.strip(),
        route=route,
        note=note.strip(),
        entered_by=actor,
    )
    if known := known_patrol(patrol, actor):
        return Planned(known, "same")
    patrol.entered_at = clock.now()
    errors = _errors(patrol, actor, started_at) | _went_errors(started_at, finished_at, patrol.entered_at)
    return Planned(_insert(patrol, actor, "record_patrol", errors), "new")


@transaction.atomic
def start_patrol(*, actor: User, patrol: Patrol, at: datetime | None = None) -> Patrol:
    """Put on record that the patrol has set out, now or `at`. Raises PermissionDenied, Refused, ValidationError."""
    patrol = locked(patrol, actor)
    before = patrol.state
    state = workflow.move("start_patrol", before)
    now = clock.now()
    at = at or now
    if at > now + CLOCK_TOLERANCE:
        raise ValidationError({"at": _in_future()})
    if patrol.planned_from and at < patrol.planned_from - EARLIEST_START:
        raise ValidationError(
            {"at": _("This is more than 12 hours before the planned start. Record it as a patrol of its own.")}
        )
    patrol.state, patrol.started_at = state, at
    patrol.save(update_fields=["state", "started_at"])
    audit.record(
        actor=actor,
        verb="start_patrol",
        target=patrol,
        before={"state": before},
        after={"state": state, "started_at": at.isoformat()},
    )
    return patrol


@transaction.atomic
def finish_patrol(*, actor: User, patrol: Patrol, at: datetime | None = None, note: str = "") -> Patrol:
    """Put on record that the patrol came back, now or `at`; the note is added to what was noted before.

    Raises PermissionDenied, Refused, ValidationError.
    """
    patrol = locked(patrol, actor)
    before = patrol.state
    state = workflow.move("finish_patrol", before)
    now = clock.now()
    at = at or now
    assert patrol.started_at is not None, "a patrol under way has set out"
    if errors := _went_errors(patrol.started_at, at, now):
        raise ValidationError({"at": next(iter(errors.values()))})
    patrol.state, patrol.finished_at = state, at
    patrol.note = "\n\n".join(filter(None, (patrol.note, note.strip())))
    if len(patrol.note) > MAX_TEXT:
        raise ValidationError({"note": _too_long()})
    patrol.save(update_fields=["state", "finished_at", "note"])
    audit.record(
        actor=actor,
        verb="finish_patrol",
        target=patrol,
        before={"state": before},
        after={"state": state, "finished_at": at.isoformat()},
    )
    return patrol


@transaction.atomic
def call_off_patrol(*, actor: User, patrol: Patrol, reason: str) -> Patrol:
    """Call a planned patrol off, with the reason, before its time has passed; afterwards it was missed.

    Raises PermissionDenied, Refused, ValidationError.
    """
    patrol = locked(patrol, actor)
    before = patrol.state
    state = workflow.move("call_off_patrol", before)
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if patrol.planned_to and patrol.planned_to <= clock.now():
        raise ValidationError(_("The time of this patrol has passed: it can no longer be called off."))
    patrol.state, patrol.reason = state, reason.strip()
    patrol.save(update_fields=["state", "reason"])
    audit.record(
        actor=actor,
        verb="call_off_patrol",
        target=patrol,
        before={"state": before},
        after={"state": state},
        reason=patrol.reason,
    )
    return patrol


@transaction.atomic
def mark_missed(patrol: Patrol) -> Patrol:
    """The system's: a planned patrol whose time has passed did not set out. Raises Refused and ValidationError."""
    patrol = Patrol.objects.select_for_update(of=("self",)).select_related("unit").get(pk=patrol.pk)
    before = patrol.state
    state = workflow.move("mark_missed", before)
    if patrol.planned_to is None or patrol.planned_to > clock.now():
        raise ValidationError(_("The time of this patrol has not passed yet."))
    patrol.state = state
    patrol.save(update_fields=["state"])
    audit.record(actor=None, verb="mark_missed", target=patrol, before={"state": before}, after={"state": state})
    return patrol


# --- what the verbs share -------------------------------------------------------------------------------------


def locked(patrol: Patrol, actor: User) -> Patrol:
    """The patrol under its row lock, for a person who manages the patrols of its unit."""
    row = Patrol.objects.select_for_update(of=("self",)).select_related("unit").get(pk=patrol.pk)
    policy.demand(actor, "manage_patrols", [row.unit_id])
    return row


def one_at_a_time(client_key: uuid.UUID) -> None:
    """Twins of one request wait here for the first to commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [client_key.int % 2**63])


# What makes a patrol another one; what happened to it since, and its note, may differ.
_IDENTITY = (
    "unit_id",
    "leader_id",
    "leader_name",
    "strength",
    "joint",
    "joint_with",
    "sector_code",
    "area_code",
    "route",
)


def known_patrol(patrol: Patrol, actor: User) -> Patrol | None:
    """The patrol of the same key, None when the key is new; raises Clash when it is another one."""
    one_at_a_time(patrol.client_key)
    known = Patrol.objects.filter(client_key=patrol.client_key).select_related("unit").first()
    if known is None:
        return None
    times = ("planned_from", "planned_to") if patrol.planned_from else ("started_at", "finished_at", "planned_from")
    same = all(getattr(known, name) == getattr(patrol, name) for name in (*_IDENTITY, *times))
    if not same or known.entered_by_id != actor.pk:
        raise Clash(_("This key already belongs to another patrol. Use a new key for another patrol."), code="clash")
    return known


def _insert(patrol: Patrol, actor: User, verb: str, errors: dict[str, str]) -> Patrol:
    if errors:
        raise ValidationError(errors)
    patrol.save(force_insert=True)
    times = {
        name: moment.isoformat()
        for name in ("planned_from", "planned_to", "started_at", "finished_at")
        if (moment := getattr(patrol, name))
    }
    audit.record(
        actor=actor,
        verb=verb,
        target=patrol,
        after={
            "unit": patrol.unit.code,
            "sector": patrol.sector_code,
            "area": patrol.area_code,
            "leader": patrol.leader_name,
            "strength": patrol.strength,
            "joint": patrol.joint,
            **times,
        },
        at=patrol.entered_at,
    )
    return patrol


def _errors(patrol: Patrol, actor: User, moment: datetime) -> dict[str, str]:
    """What is wrong with who goes and where, by field; grounds are looked up as they are at the moment."""
    errors: dict[str, str] = {}
    if not patrol.leader_name:
        errors["leader_name"] = _("Name who leads the patrol.")
    elif len(patrol.leader_name) > 200:
        errors["leader_name"] = _too_long()
    if not 1 <= patrol.strength <= MOST_PERSONS:
        errors["strength"] = _("Say how many persons go, from 1 to %(n)s.") % {"n": MOST_PERSONS}
    if patrol.joint not in Joint.values:
        errors["joint"] = _("Choose with whom the patrol goes.")
    elif patrol.joint != Joint.ALONE and not patrol.joint_with:
        errors["joint_with"] = _("Name the forces that come along.")
    elif len(patrol.joint_with) > 200:
        errors["joint_with"] = _too_long()
    if len(patrol.note) > MAX_TEXT:
        errors["note"] = _too_long()
    grounds: tuple[tuple[str, Any], ...] = (("sector_code", Sector), ("area_code", UnresolvedArea))
    for field, model in grounds:
        code = getattr(patrol, field)
        # An area a person may not look at is unknown to him.
        if code and not model.objects.visible_to(actor).filter(code=code, period__contains=moment).exists():
            errors[field] = _("No ground with this code is on record for that time.")
    if patrol.route is not None:
        from units.tracks import ground

        if problem := ground.region_error(patrol.route.coords):
            errors["route"] = problem
    return errors


def _plan_errors(patrol: Patrol) -> dict[str, str]:
    """What is wrong with the planned times, by field."""
    start, end = patrol.planned_from, patrol.planned_to
    assert start is not None, "a plan has both"
    assert end is not None, "a plan has both"
    if end <= start:
        return {"planned_to": _("The end must come after the start.")}
    if end - start > LONGEST:
        return {"planned_to": _("A patrol lasts at most %(n)s days.") % {"n": LONGEST.days}}
    if end <= patrol.entered_at:
        return {"planned_to": _("This time has passed. Record the patrol instead of planning it.")}
    if start > patrol.entered_at + FARTHEST_PLAN:
        return {"planned_from": _("This is more than a year ahead. Check the year.")}
    return {}


def _went_errors(started_at: datetime, finished_at: datetime, now: datetime) -> dict[str, str]:
    """What is wrong with the times a patrol really went, by field."""
    if started_at > now + CLOCK_TOLERANCE:
        return {"started_at": _in_future()}
    if finished_at > now + CLOCK_TOLERANCE:
        return {"finished_at": _in_future()}
    if finished_at <= started_at:
        return {"finished_at": _("The end must come after the start.")}
    if finished_at - started_at > LONGEST:
        return {"finished_at": _("A patrol lasts at most %(n)s days.") % {"n": LONGEST.days}}
    return {}


def _in_future() -> str:
    return _("This time lies in the future. Check the date and the clock of your device.")


def _too_long() -> str:
    return _("This is too long.")
