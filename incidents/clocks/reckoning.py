"""Deadlines from events: the one reckoning behind every `due_at`, so that each can be done again and explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.choices_answers import ClockEventKind, ClockState
from incidents.models import ClockEvent
from units.calendar import Calendar


@dataclass(frozen=True)
class Reckoned:
    """Where a clock stands after its events: `used` and `left` are counting minutes, `left` below 0 when overdue."""

    state: str
    due_at: datetime | None
    used: float
    left: float


def reckon(minutes: int, calendar: Calendar, events: Sequence[ClockEvent]) -> Reckoned:
    """Go through the events in order. `minutes` is what was allowed at the start; extensions add to it."""
    allowed, used = float(minutes), 0.0
    state: str = ClockState.STOPPED
    since: datetime | None = None
    for event in events:
        if since is not None and event.kind in {ClockEventKind.PAUSE, ClockEventKind.STOP}:
            used += calendar.between(since, event.at)
            since = None
        if event.kind in {ClockEventKind.START, ClockEventKind.RESUME}:
            since, state = event.at, ClockState.RUNNING
        elif event.kind == ClockEventKind.PAUSE:
            state = ClockState.PAUSED
        elif event.kind == ClockEventKind.STOP:
            state = ClockState.STOPPED
        elif event.kind == ClockEventKind.EXTEND:
            allowed += event.minutes
    left = allowed - used
    due = None
    if state == ClockState.RUNNING and since is not None:
        # What ran out before a pause stays overdue: it is due at once when it runs again.
        due = calendar.add(since, max(0.0, left))
    return Reckoned(state, due, used, left)
