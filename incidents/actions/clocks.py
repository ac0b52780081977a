"""How a clock is started, paused, resumed, extended, stopped: inside the verb that has the reason, no verb itself."""

from collections.abc import Sequence
from datetime import datetime

from borderwatch import clock as database_clock
from incidents.choices_answers import ClockEventKind, ClockState
from incidents.clocks.reckoning import Reckoned, reckon
from incidents.models import Clock, ClockEvent
from incidents.workflow import Refused
from units.calendar import Calendar, calendars
from units.models import Unit, User

# What may be done to a clock in which state.
ALLOWED: dict[str, frozenset[str]] = {
    ClockEventKind.PAUSE: frozenset({ClockState.RUNNING}),
    ClockEventKind.RESUME: frozenset({ClockState.PAUSED, ClockState.STOPPED}),
    ClockEventKind.EXTEND: frozenset({ClockState.RUNNING, ClockState.PAUSED}),
    ClockEventKind.RECOMPUTE: frozenset({ClockState.RUNNING}),
    ClockEventKind.STOP: frozenset({ClockState.RUNNING, ClockState.PAUSED}),
}


def start(*, minutes: int, hours_of: Unit | None = None, by: User | None = None, at: datetime | None = None) -> Clock:
    """A new running clock: so many minutes, round the clock or in an office's working hours."""
    return start_many([(minutes, hours_of)], by=by, at=at)[0]


def start_many(
    terms: Sequence[tuple[int, Unit | None]], *, by: User | None = None, at: datetime | None = None
) -> list[Clock]:
    """New running clocks that begin together, in the order of `terms`: minutes, and whose working hours count."""
    at = at or database_clock.now()
    found = calendars(unit for _minutes, unit in terms)
    clocks = Clock.objects.bulk_create(
        Clock(
            minutes=minutes,
            hours_of=unit,
            started_at=at,
            due_at=found[unit.pk if unit else None].add(at, minutes),
        )
        for minutes, unit in terms
    )
    ClockEvent.objects.bulk_create(
        ClockEvent(
            clock=clock,
            number=1,
            kind=ClockEventKind.START,
            at=at,
            by=by,
            by_name=_name(by),
            due_after=clock.due_at,
        )
        for clock in clocks
    )
    return clocks


def happen(
    clock: Clock,
    kind: str,
    *,
    reason: str = "",
    by: User | None = None,
    by_name: str = "",
    at: datetime | None = None,
    minutes: int = 0,
) -> Clock:
    """Put an event on a clock and reckon its deadline anew. Raises Refused when its state does not allow it.

    `by_name` says who it was when that is no person of the system.
    """
    clock = Clock.objects.select_for_update(of=("self",)).select_related("hours_of").get(pk=clock.pk)
    if clock.state not in ALLOWED[kind]:
        raise Refused(f"a clock that is {clock.state} cannot {kind}", code="refused")
    at = at or database_clock.now()
    events = list(clock.events.order_by("number"))
    event = ClockEvent(
        clock=clock,
        number=len(events) + 1,
        kind=kind,
        at=at,
        minutes=minutes,
        reason=reason,
        by=by,
        by_name=by_name or _name(by),
    )
    found = reckon(clock.minutes, Calendar(clock.hours_of), [*events, event])
    event.due_after = found.due_at
    event.save(force_insert=True)
    clock.state, clock.due_at = found.state, found.due_at
    clock.stopped_at = at if found.state == ClockState.STOPPED else None
    clock.save(update_fields=["state", "due_at", "stopped_at"])
    return clock


def standing(clock: Clock, *, up_to: datetime | None = None, calendar: Calendar | None = None) -> Reckoned:
    """What the events of a clock come to by the calendar as it is now."""
    calendar = calendar or Calendar(clock.hours_of)
    return reckon(clock.minutes, calendar, sorted(clock.events.all(), key=lambda event: event.number), up_to=up_to)


def _name(by: User | None) -> str:
    return by.record_name[:200] if by else ""
