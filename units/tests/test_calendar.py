"""Working time against an oracle that looks at every minute, and the days a clock's page names."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from units.calendar import PLACE, Calendar, Off, Rows, Stretch, calendars
from units.choices import DayKind
from units.models import SpecialDay, WorkingHours

OFFICE = SimpleNamespace(pk=7)
CUSTOMARY = [["07:30", "11:30"], ["14:00", "17:30"]]
BEGINNING = datetime(2020, 1, 1, tzinfo=PLACE)


def at(text: str) -> datetime:
    """A moment of Phnom Penh."""
    return datetime.fromisoformat(text).replace(tzinfo=PLACE)


def week(spans=CUSTOMARY, weekdays=(1, 2, 3, 4, 5), unit_id=None, since=None, until=None) -> WorkingHours:
    return WorkingHours(unit_id=unit_id, weekdays=list(weekdays), spans=spans, period=(since, until))


def special(day: date, kind=DayKind.HOLIDAY, unit_id=None, name="Holiday") -> SpecialDay:
    return SpecialDay(day=day, kind=kind, unit_id=unit_id, name_en=name)


def of(*rows) -> Calendar:
    hours = [row for row in rows if isinstance(row, WorkingHours)]
    return Calendar(OFFICE, Rows(hours, [row for row in rows if isinstance(row, SpecialDay)]))


# --- by hand ---------------------------------------------------------------------------------------------------


def test_without_an_office_every_minute_counts_and_nothing_is_asked_of_the_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        calendar = Calendar(None)
        assert calendar.add(at("2026-04-11T22:00"), 600) == at("2026-04-12T08:00")
        assert calendar.between(at("2026-04-11T22:00"), at("2026-04-12T08:00")) == 600
        assert calendar.explain(at("2026-04-11T22:00"), at("2026-04-11T22:30")) == [
            Stretch(at("2026-04-11T22:00"), at("2026-04-11T22:30"), 30)
        ]


def test_without_any_hours_every_minute_counts_holidays_too():
    calendar = of(special(date(2026, 4, 14)))
    assert calendar.add(at("2026-04-13T22:00"), 1440) == at("2026-04-14T22:00")


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-25T08:00", 60, "2026-11-25T09:00"),
        # Over noon, over night, over the week's end; Wednesday is the 25th.
        ("2026-11-25T11:00", 60, "2026-11-25T14:30"),
        ("2026-11-25T17:00", 60, "2026-11-26T08:00"),
        ("2026-11-27T17:00", 60, "2026-11-30T08:00"),
        # Outside the hours: from the next opening on.
        ("2026-11-25T05:00", 30, "2026-11-25T08:00"),
        ("2026-11-28T12:00", 30, "2026-11-30T08:00"),
        # What ends with the day ends then, not at the next opening.
        ("2026-11-25T16:30", 60, "2026-11-25T17:30"),
        # A whole week of 37.5 hours.
        ("2026-11-25T08:00", 37.5 * 60, "2026-12-02T08:00"),
        ("2026-11-25T03:00", 0, "2026-11-25T03:00"),
    ],
)
def test_minutes_are_added_in_customary_hours(start, minutes, due):
    calendar = of(week())
    assert calendar.add(at(start), minutes) == at(due)
    assert calendar.between(at(start), at(due)) == minutes


def test_a_holiday_is_skipped_and_a_working_day_in_its_place_counts():
    calendar = of(week(), special(date(2026, 11, 9)), special(date(2026, 11, 14), DayKind.WORKING_DAY))
    assert calendar.add(at("2026-11-06T17:00"), 60) == at("2026-11-10T08:00")
    assert calendar.add(at("2026-11-13T17:00"), 60) == at("2026-11-14T08:00")


def test_the_office_s_own_day_comes_before_the_nation_s():
    own = special(date(2026, 11, 9), DayKind.WORKING_DAY, unit_id=7)
    assert of(week(), special(date(2026, 11, 9)), own).between(at("2026-11-09T00:00"), at("2026-11-10T00:00")) == 450
    assert of(week(), own, special(date(2026, 11, 9))).between(at("2026-11-09T00:00"), at("2026-11-10T00:00")) == 450


def test_the_office_s_own_hours_come_before_those_of_all_and_only_while_they_hold():
    ramadan = week([["08:00", "12:00"]], unit_id=7, since=at("2026-11-25T00:00"), until=at("2026-11-26T00:00"))
    calendar = of(week(), ramadan)
    assert calendar.between(at("2026-11-24T00:00"), at("2026-11-25T00:00")) == 450
    assert calendar.between(at("2026-11-25T00:00"), at("2026-11-26T00:00")) == 240
    assert calendar.add(at("2026-11-24T17:00"), 60) == at("2026-11-25T08:30")
    assert calendar.add(at("2026-11-25T11:30"), 60) == at("2026-11-26T08:00")


def test_hours_that_change_within_a_day_count_by_the_hour():
    calendar = of(
        week(until=at("2026-11-25T09:00")), week([["07:00", "10:00"]], unit_id=7, since=at("2026-11-25T09:00"))
    )
    assert calendar.between(at("2026-11-25T00:00"), at("2026-11-26T00:00")) == 90 + 60
    assert calendar.explain(at("2026-11-25T00:00"), at("2026-11-26T00:00")) == [
        Stretch(at("2026-11-25T07:30"), at("2026-11-25T10:00"), 150)
    ]


def test_the_answer_speaks_the_time_zone_it_was_asked_in():
    asked = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    assert of(week()).add(asked, 30).tzinfo is UTC


def test_years_cost_no_more_than_hours():
    calendar = of(week(), special(date(2026, 4, 14)))
    year = calendar.between(at("2026-01-01T00:00"), at("2027-01-01T00:00"))
    assert year == (261 - 1) * 450
    decades = 40 * 261 * 450
    assert calendar.add(at("2026-01-01T00:00"), decades).year == 2066


@pytest.mark.parametrize("minutes", [1, 1e9])
def test_what_never_comes_is_refused_and_not_searched_for_ever(minutes):
    with pytest.raises(ValueError, match="hundred years"):
        of(week(spans=[])).add(at("2026-01-01T00:00"), minutes)


def test_a_calendar_explains_what_counted_and_names_the_days_that_did_not():
    calendar = of(week(), special(date(2026, 11, 9), name="Independence Day"))
    with translation.override("en"):
        found = calendar.explain(at("2026-11-06T16:30"), at("2026-11-10T08:30"))
    assert found == [
        Stretch(at("2026-11-06T16:30"), at("2026-11-06T17:30"), 60),
        Off(date(2026, 11, 7), "weekend"),
        Off(date(2026, 11, 8), "weekend"),
        Off(date(2026, 11, 9), "Independence Day"),
        Stretch(at("2026-11-10T07:30"), at("2026-11-10T08:30"), 60),
    ]


def test_the_rows_of_many_offices_are_read_with_two_queries(world, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = calendars([world["moi"], world["mfaic"], world["ssba"], None])
        spans = {found[world[code].pk].between(at("2026-04-01T00:00"), at("2026-05-01T00:00")) for code in ("moi",)}
    assert spans == {(22 - 3) * 450.0}
    assert found[None].between(at("2026-04-01T00:00"), at("2026-04-02T00:00")) == 1440


def test_a_calendar_asks_its_rows_once(world, django_assert_num_queries):
    with django_assert_num_queries(2):
        calendar = Calendar(world["moi"])
        for _round in range(3):
            calendar.add(at("2026-04-13T17:00"), 60)
    assert calendar.add(at("2026-04-13T17:00"), 60) == at("2026-04-17T08:00")


# --- against an oracle ------------------------------------------------------------------------------------------


@st.composite
def spans(draw) -> list[list[str]]:
    marks = sorted(draw(st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True)))
    texts = [f"{m // 60:02d}:{m % 60:02d}" for m in marks]
    return [list(pair) for pair in zip(texts[::2], texts[1::2], strict=False)]


BASE = datetime(2026, 3, 30, tzinfo=PLACE)
minutes_of_a_fortnight = st.integers(0, 14 * 1440)
moments = minutes_of_a_fortnight.map(lambda n: BASE + timedelta(minutes=n))
weeks = st.builds(
    lambda spans, weekdays, unit_id, bounds: week(
        spans, sorted(weekdays), unit_id, bounds[0], bounds[1] if bounds[1] != bounds[0] else None
    ),
    spans(),
    st.sets(st.integers(1, 7), min_size=1),
    st.sampled_from([None, 7]),
    st.tuples(moments, moments).map(sorted),
)
days = st.builds(
    lambda n, kind, unit_id: special(BASE.date() + timedelta(days=n), kind, unit_id),
    st.integers(0, 15),
    st.sampled_from(DayKind.values),
    st.sampled_from([None, 7]),
)


def counts(moment: datetime, hours: list[WorkingHours], specials: list[SpecialDay]) -> bool:
    """The oracle: whether the minute that begins at this moment counts."""
    holding = [row for row in hours if row.holds_at(moment)]
    row = next((row for row in holding if row.unit_id == 7), next((r for r in holding if r.unit_id is None), None))
    if row is None:
        return True
    local = moment.astimezone(PLACE)
    rules = {s.unit_id: s.kind for s in reversed(specials) if s.day == local.date()}
    kind = rules.get(7, rules.get(None))
    works = kind == DayKind.WORKING_DAY if kind else local.isoweekday() in row.weekdays
    clock = local.strftime("%H:%M")
    return works and any(first <= clock < last for first, last in row.spans)


def without_clashes(rows, key):
    """What the database would let stand: one row per key."""
    kept = {}
    for row in rows:
        kept.setdefault(key(row), row)
    return list(kept.values())


@settings(max_examples=150, deadline=None)
@given(st.lists(weeks, max_size=3), st.lists(days, max_size=5), moments, moments)
def test_between_agrees_with_looking_at_every_minute(hours, specials, one, other):
    hours = without_clashes(hours, lambda row: row.unit_id)
    specials = without_clashes(specials, lambda row: (row.day, row.unit_id))
    first, last = sorted((one, other))
    calendar = of(*hours, *specials)
    every = (first + timedelta(minutes=n) for n in range(int((last - first).total_seconds() // 60)))
    expected = sum(counts(moment, hours, specials) for moment in every)
    assert calendar.between(first, last) == expected
    assert calendar.between(last, first) == 0
    stretches = [piece for piece in calendar.explain(first, last) if isinstance(piece, Stretch)]
    assert sum(piece.minutes for piece in stretches) == expected
    for piece in stretches:
        assert counts(piece.start, hours, specials)
        assert counts(piece.end - timedelta(minutes=1), hours, specials)
    for off in calendar.explain(first, last):
        if isinstance(off, Off):
            midnight = datetime.combine(off.day, time(), tzinfo=PLACE)
            inside = (midnight + timedelta(minutes=n) for n in range(1440))
            assert not any(counts(m, hours, specials) for m in inside if first <= m < last)


@settings(max_examples=150, deadline=None)
@given(st.lists(weeks, max_size=3), st.lists(days, max_size=5), moments, st.integers(1, 4000))
def test_add_finds_the_first_moment_at_which_so_much_has_counted(hours, specials, start, minutes):
    hours = without_clashes(hours, lambda row: row.unit_id)
    specials = without_clashes(specials, lambda row: (row.day, row.unit_id))
    calendar = of(*hours, *specials)
    due = calendar.add(start, minutes)
    assert calendar.between(start, due) == minutes
    assert counts(due - timedelta(minutes=1), hours, specials)


@settings(max_examples=100, deadline=None)
@given(st.lists(weeks, max_size=3), st.tuples(moments, moments, moments).map(sorted))
def test_what_counts_adds_up(hours, three):
    a, b, c = three
    calendar = of(*without_clashes(hours, lambda row: row.unit_id))
    assert calendar.between(a, b) + calendar.between(b, c) == pytest.approx(calendar.between(a, c))
