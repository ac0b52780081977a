"""The system's own watch over patrols: what did not go, what fell short, and ground that nobody has seen in time.

Each is told once to the unit and to the body above it: a patrol once for each of its faults, an unmet target once in
every period of its own length while it stays unmet. Source: directive duty D11.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from borderwatch import clock, outbox
from borderwatch.models import Delivery
from borderwatch.outbox import Notice
from units import ground, notices
from units.actions.patrols import mark_missed
from units.choices import PatrolState
from units.models import Patrol, PatrolTarget, Track

log = structlog.get_logger(__name__)

# A track may be handed in so long after the patrol came back: links are bad where patrols go.
TRACK_GRACE = timedelta(hours=24)
# Patrols that came back longer ago are not looked at any more.
LOOKS_BACK = timedelta(days=14)
# A patrol is short when it lasted less than this part of its plan.
SHORT_OF = 0.5
# Patrols marked in one round, so that a long outage is worked off in pieces.
ROUND = 500


def watch_patrols() -> dict[str, int]:
    """One round of the watch; returns how many patrols were missed, how many were short, how many grounds unseen."""
    return {"missed": _missed(), "short": _short(), "unseen": _unseen()}


def _missed() -> int:
    rows = Patrol.objects.filter(state=PatrolState.PLANNED, planned_to__lt=clock.sql_now())
    late = list(rows.select_related("unit").order_by("planned_to")[:ROUND])
    chains = notices.Chains([patrol.unit for patrol in late])
    return sum(_mark(patrol, chains) for patrol in late)


def _mark(patrol: Patrol, chains: notices.Chains) -> bool:
    """Mark and tell in one transaction; one that has set out or was called off meanwhile is left alone."""
    try:
        with transaction.atomic():
            patrol = mark_missed(patrol)
            outbox.publish(_about_patrol("patrol_missed", patrol, chains))
    except ValidationError as error:
        log.info("patrols.not_missed", patrol=patrol.ref, why=error.messages)
        return False
    return True


def _about_patrol(topic: str, patrol: Patrol, chains: notices.Chains, *, short: tuple[str, ...] = ()) -> Notice:
    return Notice(
        topic=topic,
        event=":".join((topic, str(patrol.pk), *short)),
        kind="patrol",
        key=str(patrol.pk),
        recipients=chains.of(patrol.unit),
        data={**notices.patrol_facts(patrol), "short": list(short)},
    )


def _short() -> int:
    """Patrols that came back lately and lasted too short, or whose track was not handed in in time."""
    now = clock.now()
    rows = Patrol.objects.filter(state=PatrolState.FINISHED, finished_at__gte=now - LOOKS_BACK)
    found = rows.annotate(has_track=Exists(Track.objects.filter(patrol=OuterRef("pk")))).select_related("unit")
    faults = [(patrol, slug) for patrol in found for slug, wrong in FAULTS.items() if wrong(patrol, now)]
    return _tell_new(
        [(f"patrol_short:{patrol.pk}:{slug}", patrol, slug) for patrol, slug in faults],
    )


def _tell_new(faults: list[tuple[str, Patrol, str]]) -> int:
    told = _told([event for event, _patrol, _slug in faults])
    fresh = [(patrol, slug) for event, patrol, slug in faults if event not in told]
    if not fresh:
        return 0
    chains = notices.Chains([patrol.unit for patrol, _slug in fresh])
    with transaction.atomic():
        outbox.publish(*(_about_patrol("patrol_short", patrol, chains, short=(slug,)) for patrol, slug in fresh))
    return len(fresh)


def _told(events: list[str]) -> set[str]:
    """Which of these events have been told already: most, in most rounds."""
    return set(Delivery.objects.filter(event__in=events).values_list("event", flat=True)) if events else set()


def _brief(patrol: Patrol, now: datetime) -> bool:
    times = (patrol.planned_from, patrol.planned_to, patrol.started_at, patrol.finished_at)
    if not all(times):
        return False
    planned_from, planned_to, started, finished = times
    return (finished - started) < SHORT_OF * (planned_to - planned_from)  # type: ignore[operator]


def _no_track(patrol: Patrol, now: datetime) -> bool:
    # One recorded late has its day from then on.
    since = max(patrol.finished_at or now, patrol.entered_at)
    return not patrol.has_track and now - since > TRACK_GRACE  # type: ignore[attr-defined]


FAULTS: dict[str, Callable[[Patrol, datetime], bool]] = {"brief": _brief, "no_track": _no_track}


def _unseen() -> int:
    """Targets in force that are missed, each once in every period of its own length."""
    now = clock.now()
    rows = PatrolTarget.objects.filter(Q(period__contains=now)).select_related("unit")
    missed = [state for state in ground.target_states(rows) if state.missed]
    events = {f"ground_unseen:{state.target.pk}:{_period_number(state.target, now)}": state for state in missed}
    told = _told(list(events))
    fresh = {event: state for event, state in events.items() if event not in told}
    if not fresh:
        return 0
    chains = notices.Chains([state.target.unit for state in fresh.values()])
    names = notices.ground_names(list(fresh.values()))
    with transaction.atomic():
        outbox.publish(*(_about_ground(event, state, chains, names) for event, state in fresh.items()))
    return len(fresh)


def _period_number(target: PatrolTarget, now: datetime) -> int:
    """How many periods of the target's own length are over since it came into force."""
    return (now - target.since).days // target.every_days if target.since else 0


def _about_ground(
    event: str, state: ground.TargetState, chains: notices.Chains, names: dict[str, dict[str, str]]
) -> Notice:
    return Notice(
        topic="ground_unseen",
        event=event,
        kind="ground",
        key=state.code,
        recipients=chains.of(state.target.unit),
        data=notices.ground_facts(state, names.get(state.code, {"name_km": "", "name_en": ""})),
    )
