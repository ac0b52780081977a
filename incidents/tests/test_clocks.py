"""Clocks: deadlines reckoned from events, explained, recomputed; which event is allowed when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from borderwatch import clock as database_clock
from incidents.actions import clocks, duty_watch
from incidents.choices_answers import ClockEventKind, ClockState
from incidents.clocks.explain import explain
from incidents.clocks.reckoning import reckon
from incidents.models import Clock, ClockEvent, Duty
from incidents.workflow import Refused
from units.calendar import Calendar
from units.models import SpecialDay, WorkingHours

# A Monday, ten o'clock in Phnom Penh.
TEN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def minutes(number):
    return timedelta(minutes=number)


def event(number, kind, at, **more):
    return ClockEvent(number=number, kind=kind, at=at, **more)


def reckoned(*events, allowed=120, **more):
    rows = [event(n + 1, kind, TEN + minutes(at), minutes=added) for n, (kind, at, added) in enumerate(events)]
    return reckon(allowed, Calendar(None), rows, **more)


# --- reckoning ------------------------------------------------------------------------------------------------


def test_a_pause_moves_the_deadline_by_its_length():
    found = reckoned(("start", 0, 0), ("pause", 30, 0), ("resume", 75, 0))
    assert (found.state, found.due_at) == (ClockState.RUNNING, TEN + minutes(165))
    assert (found.used, found.left) == (30, 90)


def test_while_paused_nothing_is_due():
    found = reckoned(("start", 0, 0), ("pause", 30, 0))
    assert (found.state, found.due_at, found.left) == (ClockState.PAUSED, None, 90)


def test_what_ran_out_before_a_pause_is_due_at_once_when_it_runs_again():
    found = reckoned(("start", 0, 0), ("pause", 200, 0), ("resume", 300, 0))
    assert (found.due_at, found.left) == (TEN + minutes(300), -80)


def test_minutes_added_count():
    assert reckoned(("start", 0, 0), ("extend", 60, 30)).due_at == TEN + minutes(150)


def test_a_clock_set_going_after_it_had_stopped_begins_a_new_lap_and_a_pause_does_not():
    paused = reckoned(("start", 0, 0), ("pause", 30, 0), ("resume", 60, 0), up_to=TEN + minutes(70))
    assert (paused.used, paused.lap) == (40, 40)
    again = reckoned(("start", 0, 0), ("stop", 30, 0), ("resume", 60, 0), up_to=TEN + minutes(70))
    assert (again.used, again.lap) == (40, 10)


@given(
    steps=st.lists(st.tuples(st.sampled_from(["pause", "resume", "extend", "stop"]), st.integers(0, 500)), max_size=12),
    allowed=st.integers(1, 5000),
)
def test_whatever_happens_the_minutes_add_up(steps, allowed):
    """Used and left make what was allowed, and a running clock is due when what is left has run."""
    events, at = [("start", 0, 0)], 0
    for kind, later in steps:
        at += later
        events.append((kind, at, later if kind == "extend" else 0))
    found = reckoned(*events, allowed=allowed)
    added = sum(extra for _kind, _at, extra in events)
    assert found.used + found.left == allowed + added
    assert found.used == sum(one.minutes for one in found.ran)
    assert (found.due_at is not None) == (found.state == ClockState.RUNNING)
    if found.due_at is not None:
        assert found.due_at == found.ran[-1].start + minutes(max(0, found.left))


# --- the engine -----------------------------------------------------------------------------------------------


def test_each_event_keeps_who_why_and_the_deadline_afterwards(mfaic):
    clock = clocks.start(minutes=120, at=TEN, by=mfaic)
    clock = clocks.happen(clock, ClockEventKind.PAUSE, reason="How many?", by=mfaic, at=TEN + minutes(30))
    assert (clock.state, clock.due_at) == (ClockState.PAUSED, None)
    clock = clocks.happen(clock, ClockEventKind.RESUME, reason="information_given", at=TEN + minutes(40))
    clock = clocks.happen(clock, ClockEventKind.STOP, reason="answered", at=TEN + minutes(50))
    rows = list(clock.events.all())
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.due_after for row in rows] == [TEN + minutes(120), None, TEN + minutes(130), None]
    assert (rows[1].reason, rows[1].by, rows[1].by_name) == ("How many?", mfaic, mfaic.record_name)
    assert clock.stopped_at == TEN + minutes(50)


EVENTS = [ClockEventKind.PAUSE, ClockEventKind.RESUME, ClockEventKind.EXTEND, ClockEventKind.RECOMPUTE]
EVENTS += [ClockEventKind.STOP]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("state", ClockState.values)
def test_each_event_is_allowed_in_the_states_of_the_table_and_refused_in_all_others(kind, state, db):
    clock = clocks.start(minutes=120, at=TEN)
    if state != ClockState.RUNNING:
        clock = clocks.happen(clock, {"paused": "pause", "stopped": "stop"}[state], reason="x", at=TEN)
    if state in clocks.ALLOWED[kind]:
        clocks.happen(clock, kind, reason="x", at=TEN + minutes(1))
    else:
        with pytest.raises(Refused):
            clocks.happen(clock, kind, reason="x", at=TEN + minutes(1))
    assert clock.events.count() == 1 + (state != ClockState.RUNNING) + (state in clocks.ALLOWED[kind])


# --- working hours --------------------------------------------------------------------------------------------


@pytest.fixture
def office(world):
    """MFAIC works from Monday to Friday, 07:30 to 11:30 and 14:00 to 17:30."""
    SpecialDay.objects.all().delete()
    WorkingHours.objects.filter(unit=world["mfaic"]).delete()
    WorkingHours.objects.create(
        unit=world["mfaic"],
        weekdays=[1, 2, 3, 4, 5],
        spans=[["07:30", "11:30"], ["14:00", "17:30"]],
        period=(datetime(2020, 1, 1, tzinfo=UTC), None),
    )
    return world["mfaic"]


def test_in_working_hours_the_night_and_the_weekend_do_not_count(office):
    friday = TEN + timedelta(days=4)
    clock = clocks.start(minutes=8 * 60, hours_of=office, at=friday)
    # 90 minutes until 11:30, 210 in the afternoon; the remaining 180 on Monday from 07:30.
    assert clock.due_at == friday + timedelta(days=3) + minutes(30)


def test_a_holiday_entered_later_moves_running_clocks_and_says_so(office, audited):
    clock = clocks.start(minutes=10 * 60, hours_of=office, at=TEN)
    stays = clocks.start(minutes=60, hours_of=office, at=TEN)
    at_once = clocks.start(minutes=10 * 60, at=TEN)
    assert duty_watch.recompute_clocks() == 0
    SpecialDay.objects.create(
        day=date(2026, 11, 24), unit=office, name_en="Water Festival", name_km="បុណ្យអុំទូក", entered_at=TEN
    )
    assert duty_watch.recompute_clocks() == 1
    before, clock = clock.due_at, Clock.objects.get(pk=clock.pk)
    assert clock.due_at == before + timedelta(days=1)
    assert [row.kind for row in clock.events.all()] == ["start", "recompute"]
    assert audited("recompute_clock").actor is None
    assert {row.events.count() for row in (stays, at_once)} == {1}
    assert duty_watch.recompute_clocks() == 0
    with translation.override("en"):
        found = explain(clock, now=TEN)
    assert any("Water Festival" in part.words for part in found.parts)
    assert "the calendar of the office has changed" in found.short


def test_the_reckoning_names_the_days_that_did_not_count_and_adds_up(office):
    clock = clocks.start(minutes=16 * 60, hours_of=office, at=TEN + timedelta(days=4))
    with translation.override("en"):
        parts = explain(clock, now=TEN + timedelta(days=4)).parts
    assert [part.words for part in parts if part.off] == ["not counted: weekend"] * 2
    counted = [part for part in parts if part.minutes is not None]
    assert sum(part.minutes for part in counted) == 16 * 60
    assert counted[-1].total == 16 * 60
    assert parts[-1].start == clock.due_at


# --- the explanation ------------------------------------------------------------------------------------------


def test_one_sentence_says_why_it_is_due_then(db):
    clock = clocks.start(minutes=120, at=TEN)
    clocks.happen(clock, "pause", reason="Which bank of\nthe stream?", at=TEN + minutes(10))
    clock = clocks.happen(clock, "resume", reason="information_given", at=TEN + minutes(40))
    with translation.override("en"):
        assert explain(clock, now=TEN + minutes(50)).short == (
            "Due in 1 h 40 min: 2 h from 10:00, every hour counts; "
            "paused 30 min from 10:10 because: Which bank of the stream?"
        )
        assert explain(clock, now=TEN + minutes(170)).short.startswith("Overdue by 20 min: 2 h from 10:00")
        assert "from 23/11/2026 10:00" in explain(clock, now=TEN + timedelta(days=1)).short


@pytest.mark.parametrize("language", ["km", "en"])
@pytest.mark.parametrize("kinds", [[], ["pause"], ["pause", "resume"], ["stop"], ["stop", "resume", "extend"]])
def test_every_course_is_explained_in_both_languages(kinds, language, db):
    clock = clocks.start(minutes=120, at=TEN)
    for number, kind in enumerate(kinds):
        clock = clocks.happen(clock, kind, reason="forgotten", minutes=30, at=TEN + minutes(10 * (number + 1)))
    with translation.override(language):
        found = explain(clock, now=TEN + minutes(60))
    assert found.agrees
    assert found.short
    assert all(part.words for part in found.parts)
    assert "%(" not in found.short + "".join(part.words for part in found.parts)


# --- duties and their clocks ----------------------------------------------------------------------------------


def test_every_duty_has_a_running_clock_from_its_start(ponds):
    for duty in Duty.objects.select_related("clock"):
        assert (duty.clock.state, duty.clock.minutes, duty.clock.hours_of) == (ClockState.RUNNING, 120, None)
        assert (duty.clock.started_at, duty.clock.due_at) == (duty.started_at, duty.due_at)
        assert [row.kind for row in duty.clock.events.all()] == ["start"]


def test_the_check_finds_a_deadline_that_its_events_do_not_give(ponds, capsys):
    call_command("check_clocks")
    assert "3 clocks" in capsys.readouterr().out
    duty = Duty.objects.first()
    Duty.objects.filter(pk=duty.pk).update(due_at=duty.due_at + minutes(5))
    with pytest.raises(CommandError, match="1 clock"):
        call_command("check_clocks")
    Duty.objects.filter(pk=duty.pk).update(due_at=duty.due_at)
    Clock.objects.filter(pk=duty.clock_id).update(due_at=duty.due_at + minutes(5))
    with pytest.raises(CommandError, match="1 clock"):
        call_command("check_clocks")
    assert f"duty {duty.pk}" in capsys.readouterr().err


def test_duties_of_a_populated_database_get_the_clock_they_would_have_had(ponds, mfaic):
    """The migration's own function, on duties as they stood before there were clocks."""
    from importlib import import_module

    from django.apps import apps

    from incidents.actions import acknowledge

    acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_duty SET clock_id = NULL")
        cursor.execute("DELETE FROM incidents_clockevent")
        cursor.execute("DELETE FROM incidents_clock")
    import_module("incidents.migrations.0004_clocks").give_duties_their_clock(apps, None)
    answered, waiting = (Duty.objects.select_related("clock").get(unit__code=code) for code in ("mfaic", "moi"))
    assert (waiting.clock.state, waiting.clock.minutes, waiting.clock.due_at) == ("running", 120, waiting.due_at)
    assert [row.kind for row in waiting.clock.events.all()] == ["start"]
    assert (answered.clock.state, answered.clock.stopped_at) == ("stopped", answered.answered_at)
    stop = answered.clock.events.get(kind="stop")
    assert (stop.by, stop.by_name, stop.at) == (mfaic, mfaic.record_name, answered.answered_at)
    call_command("check_clocks")


def test_the_time_of_the_answer_is_the_databases_own(ponds, moi):
    from incidents.actions import acknowledge

    before = database_clock.now()
    acknowledge(actor=moi, duty=Duty.objects.get(unit__code="moi"), answer="accept")
    stopped = Duty.objects.get(unit__code="moi").clock.stopped_at
    assert before <= stopped <= database_clock.now()
