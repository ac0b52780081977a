"""How a clock is started, paused, resumed, extended, stopped: inside the verb that has the reason, no verb itself."""

from datetime import datetime

from borderwatch import clock as database_clock
from incidents.choices_answers import ClockEventKind, ClockState
from incidents.clocks.reckoning import reckon
from incidents.models import Clock, ClockEvent
from incidents.workflow import Refused
from units.calendar import Calendar
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
    at = at or database_clock.now()
    due = Calendar(hours_of).add(at, minutes)
    clock = Clock.objects.create(minutes=minutes, hours_of=hours_of, started_at=at, due_at=due)
    ClockEvent.objects.create(
        clock=clock, number=1, kind=ClockEventKind.START, at=at, by=by, by_name=_name(by), due_after=due
    )
    return clock


def happen(
    clock: Clock, kind: str, *, reason: str = "", by: User | None = None, at: datetime | None = None, minutes: int = 0
) -> Clock:
    """Put an event on a clock and reckon its deadline anew. Raises Refused when its state does not allow it."""
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
        by_name=_name(by),
    )
    found = reckon(clock.minutes, Calendar(clock.hours_of), [*events, event])
    event.due_after = found.due_at
    event.save(force_insert=True)
    clock.state, clock.due_at = found.state, found.due_at
    clock.stopped_at = at if found.state == ClockState.STOPPED else None
    clock.save(update_fields=["state", "due_at", "stopped_at"])
    return clock


def _name(by: User | None) -> str:
    return by.record_name[:200] if by else ""
