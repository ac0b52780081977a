"""Deadlines from events: the one reckoning behind every `due_at`, so that each can be done again and explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.choices_answers import ClockEventKind, ClockState
from incidents.models import ClockEvent
from units.calendar import Calendar


@dataclass(frozen=True)
class Ran:
    """A time during which the clock ran, and how many minutes of it counted; `end` None while it still runs."""

    start: datetime
    end: datetime | None
    minutes: float


@dataclass(frozen=True)
class Reckoned:
    """Where a clock stands after its events, in counting minutes: `left` is below 0 when overdue.

    `lap` is what was used since it last began anew: at its start, or when it was set going after it had stopped. The
    steps of a ladder count from there. A running clock's present stretch counts only when reckoned up to a moment.
    """

    state: str
    due_at: datetime | None
    used: float
    left: float
    lap: float
    ran: tuple[Ran, ...]


def reckon(
    minutes: int, calendar: Calendar, events: Sequence[ClockEvent], *, up_to: datetime | None = None
) -> Reckoned:
    """Go through the events in order. `minutes` is what was allowed at the start; extensions add to it."""
    allowed, used, began = float(minutes), 0.0, 0.0
    state: str = ClockState.STOPPED
    since: datetime | None = None
    ran: list[Ran] = []
    for event in events:
        if since is not None and event.kind in {ClockEventKind.PAUSE, ClockEventKind.STOP}:
            ran.append(Ran(since, event.at, calendar.between(since, event.at)))
            used += ran[-1].minutes
            since = None
        if event.kind in {ClockEventKind.START, ClockEventKind.RESUME}:
            began = used if state == ClockState.STOPPED else began
            since, state = event.at, ClockState.RUNNING
        elif event.kind == ClockEventKind.PAUSE:
            state = ClockState.PAUSED
        elif event.kind == ClockEventKind.STOP:
            state = ClockState.STOPPED
        elif event.kind == ClockEventKind.EXTEND:
            allowed += event.minutes
    due = None
    if state == ClockState.RUNNING and since is not None:
        # What ran out before a pause stays overdue: it is due at once when it runs again.
        due = calendar.add(since, max(0.0, allowed - used))
        ran.append(Ran(since, None, calendar.between(since, up_to) if up_to else 0.0))
        used += ran[-1].minutes
    return Reckoned(state, due, used, allowed - used, used - began, tuple(ran))
