"""Why a deadline is what it is: in one sentence, and step by step, always reckoned from the events themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from borderwatch import clock as database_clock
from borderwatch.templatetags.words import span
from incidents.choices_answers import ClockEventKind, ClockState
from incidents.clocks.reckoning import Reckoned, reckon
from incidents.models import Clock, ClockEvent
from units.calendar import Calendar, Off

# A reason stands in the short sentence up to so many characters; the whole of it is in the table of events.
SHORT = 80
HALTS = frozenset({ClockEventKind.PAUSE, ClockEventKind.STOP})


@dataclass(frozen=True)
class Part:
    """One step of the reckoning: from when to when, what it is, counting minutes of it and in all up to its end.

    `minutes` is None where nothing is counted by it: a pause, a day off. `counts` and `in_all` are the same in words.
    """

    start: datetime
    end: datetime | None
    words: str
    minutes: float | None = None
    total: float | None = None
    off: bool = False
    counts: str = ""
    in_all: str = ""


@dataclass(frozen=True)
class Explanation:
    """A clock explained in the active language. `agrees`: the stored deadline is the one reckoned here."""

    short: str
    parts: tuple[Part, ...]
    state: str
    due_at: datetime | None
    left: float
    agrees: bool


def explain(clock: Clock, *, now: datetime | None = None, calendar: Calendar | None = None) -> Explanation:
    """Reckon a clock from its events and say how. Needs its events; prefetched ones are used."""
    now = now or database_clock.now()
    calendar = calendar or Calendar(clock.hours_of)
    events = sorted(clock.events.all(), key=lambda event: event.number)
    stands = reckon(clock.minutes, calendar, events, up_to=now)
    return Explanation(
        short=_short(clock, events, stands, now),
        parts=tuple(_parts(clock, events, stands, calendar)),
        state=stands.state,
        due_at=stands.due_at,
        left=stands.left,
        agrees=(stands.state, stands.due_at) == (clock.state, clock.due_at),
    )


def length(minutes: float, clock: Clock) -> str:
    """Counting minutes in words. Of working hours never in days: a working day has no 24 hours."""
    whole = int(abs(minutes))
    if clock.hours_of is None or whole < 60:
        return span(abs(minutes) * 60)
    hours, rest = _("%(n)s h") % {"n": whole // 60}, _("%(n)s min") % {"n": whole % 60}
    return f"{hours} {rest}" if whole % 60 else hours


def at(moment: datetime, now: datetime) -> str:
    """A local time; the day too, when it is another one."""
    local = timezone.localtime(moment)
    same = local.date() == timezone.localtime(now).date()
    return date_format(local, "H:i" if same else "d/m/Y H:i")


# --- in one sentence ------------------------------------------------------------------------------------------


def _short(clock: Clock, events: list[ClockEvent], stands: Reckoned, now: datetime) -> str:
    return "; ".join([f"{_head(clock, events, stands, now)}: {_basis(clock, now)}", *_turns(clock, events, now)])


def _head(clock: Clock, events: list[ClockEvent], stands: Reckoned, now: datetime) -> str:
    last = next((event for event in reversed(events) if event.kind in HALTS), None)
    if stands.state == ClockState.PAUSED and last is not None:
        words = {"time": at(last.at, now), "span": length(max(0.0, stands.left), clock)}
        return _("Stands still since %(time)s, %(span)s are left") % words
    if stands.state == ClockState.STOPPED and last is not None:
        return _("Stopped at %(time)s after %(span)s") % {"time": at(last.at, now), "span": length(stands.used, clock)}
    assert stands.due_at is not None, "a running clock has a deadline"
    seconds = (stands.due_at - now).total_seconds()
    return (_("Due in %(span)s") if seconds >= 0 else _("Overdue by %(span)s")) % {"span": span(seconds)}


def _basis(clock: Clock, now: datetime) -> str:
    words = {"span": length(clock.minutes, clock), "time": at(clock.started_at, now)}
    if clock.hours_of is None:
        return _("%(span)s from %(time)s, every hour counts") % words
    return _("%(span)s from %(time)s in the working hours of %(unit)s") % {**words, "unit": clock.hours_of.name}


def _turns(clock: Clock, events: list[ClockEvent], now: datetime) -> Iterator[str]:
    """What changed the course: pauses, new beginnings, minutes added."""
    for event, after in zip(events, [*events[1:], None], strict=True):
        words = {"time": at(event.at, now), "why": _clip(event.why)}
        if event.kind == ClockEventKind.PAUSE:
            end = after.at if after is not None else now
            words["span"] = span((end - event.at).total_seconds())
            yield _("paused %(span)s from %(time)s because: %(why)s") % words
        elif event.kind == ClockEventKind.STOP and after is None:
            yield words["why"] or _("stopped")
        elif event.kind == ClockEventKind.EXTEND:
            yield _("%(span)s added at %(time)s because: %(why)s") % {**words, "span": length(event.minutes, clock)}
        elif event.kind == ClockEventKind.RECOMPUTE:
            yield _("computed anew at %(time)s because: %(why)s") % words


def _clip(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


# --- step by step ---------------------------------------------------------------------------------------------


def _parts(clock: Clock, events: list[ClockEvent], stands: Reckoned, calendar: Calendar) -> Iterator[Part]:
    """Every time it ran, stood still, or got more minutes, in order of time."""
    ran = {one.start: one for one in stands.ran}
    allowed, used = float(clock.minutes), 0.0
    running_to: datetime | None = None
    for event, after in zip(events, [*events[1:], None], strict=True):
        if event.kind in {ClockEventKind.START, ClockEventKind.RESUME} and (one := ran.get(event.at)) is not None:
            running_to = one.end or stands.due_at
            yield from _run(one.start, running_to, clock, calendar, used)
            used += calendar.between(one.start, running_to) if running_to else 0.0
        elif event.kind in HALTS:
            label = _("stood still: %(why)s") if event.kind == ClockEventKind.PAUSE else _("stopped: %(why)s")
            yield Part(event.at, after.at if after else None, label % {"why": event.why})
        elif event.kind == ClockEventKind.EXTEND:
            allowed += event.minutes
            words = {"span": length(event.minutes, clock), "all": length(allowed, clock), "why": event.why}
            yield Part(event.at, None, _("%(span)s added, %(all)s in all: %(why)s") % words)
    if stands.due_at is not None:
        words = {"span": length(allowed, clock)}
        yield Part(stands.due_at, None, _("%(span)s have counted: it is due") % words)


def _run(start: datetime, end: datetime | None, clock: Clock, calendar: Calendar, used: float) -> Iterator[Part]:
    """One time it ran, up to its end or the deadline, with the days of which nothing counted."""
    if end is None or clock.hours_of is None:
        minutes = calendar.between(start, end) if end else 0.0
        yield _counted(start, end, _("every hour counts"), minutes, used + minutes, clock)
        return
    for piece in calendar.explain(start, end):
        if isinstance(piece, Off):
            midnight = timezone.make_aware(datetime.combine(piece.day, datetime.min.time()))
            yield Part(midnight, None, _("not counted: %(why)s") % {"why": piece.why}, off=True)
        else:
            used += piece.minutes
            yield _counted(piece.start, piece.end, _("working hours"), piece.minutes, used, clock)


def _counted(start: datetime, end: datetime | None, words: str, minutes: float, total: float, clock: Clock) -> Part:
    return Part(start, end, words, minutes, total, counts=length(minutes, clock), in_all=length(total, clock))
