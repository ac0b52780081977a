"""Questions asked of traffic: a gap is never a zero, and every total says what it rests on."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from crossings import open_hours, traffic
from crossings.models import Crossing, CrossingStatus
from crossings.tests.counted import crossing, days, sheet
from crossings.traffic import Figure

FIRST = date(2025, 3, 3)  # a Monday
LAST = date(2025, 3, 16)


def held(status, since, until, *, flow="people", hours=(None, None), gate=None):
    """What the register says of Cambodia's side."""
    gate = gate or crossing()
    return CrossingStatus.objects.create(
        crossing=gate, side="kh", flow=flow, status=status, period=(since, until), set_at=timezone.now(),
        opens_at=hours[0], closes_at=hours[1],
    )  # fmt: skip


@pytest.fixture
def gate(world):
    """O Yadav, open from 6 to 18 o'clock, with nothing else on record."""
    CrossingStatus.objects.filter(crossing__slug="vn-o-yadav").delete()
    Crossing.objects.filter(slug="vn-o-yadav").update(opens_at=time(6), closes_at=time(18))
    return crossing()


def by_day(user, gate, measure="passengers", first=FIRST, last=LAST):
    return {span.first: span for span in traffic.series(user, gate, measure, first, last).spans}


# --- a gap is not a zero --------------------------------------------------------------------------------------


def test_a_day_without_a_sheet_has_no_value_and_a_day_of_nothing_has_zero(gate, province):
    sheet(FIRST, passengers=0)
    spans = by_day(province, gate)
    assert spans[FIRST].ins.value == 0
    assert spans[FIRST].outs.value is None
    assert spans[FIRST + timedelta(days=1)].ins.value is None
    assert len(spans) == 14


def test_a_measure_that_was_not_counted_on_a_sheet_is_not_observed(gate, province):
    sheet(FIRST, passengers=7)
    assert by_day(province, gate, "vehicles")[FIRST].ins == Figure(None, 0, 720, 0, 1)
    series = traffic.series(province, gate, "vehicles", FIRST, FIRST)
    assert series.ins.value is None
    assert series.ins.coverage == 0


def test_a_total_adds_what_was_counted_and_fills_nothing_in(gate, province):
    sheet(FIRST, passengers=10)
    sheet(FIRST + timedelta(days=1), passengers=20, minutes=360)
    series = traffic.series(province, gate, "passengers", FIRST, LAST)
    assert (series.ins.value, series.outs.value, series.both.value) == (30, None, 30)
    assert (series.ins.days, series.ins.open_days) == (2, 14)
    assert series.ins.coverage == pytest.approx(100 * 1080 / (14 * 720))
    assert series.ins.per_day == 15
    assert series.outs.per_day is None


def test_a_replaced_sheet_counts_nowhere(gate, province):
    sheet(FIRST, passengers=999, current=False)
    sheet(FIRST, passengers=9, version=2)
    assert traffic.series(province, gate, "passengers", FIRST, LAST).ins.value == 9
    assert traffic.totals(province, [gate], FIRST, LAST)[gate.pk]["passengers"]["in"].value == 9


def test_tonnes_stay_exact(gate, province):
    sheet(FIRST, tonnes=Decimal("0.1"))
    sheet(FIRST + timedelta(days=1), tonnes=Decimal("0.2"))
    assert traffic.series(province, gate, "tonnes", FIRST, LAST).ins.value == Decimal("0.3")


def test_weeks_begin_on_monday_and_months_on_the_first(gate, province):
    for day in days(FIRST, LAST):
        sheet(day, passengers=1)
    weeks = traffic.series(province, gate, "passengers", FIRST - timedelta(days=1), LAST, "week").spans
    assert [(w.first, w.last, w.ins.value) for w in weeks] == [
        (date(2025, 3, 2), date(2025, 3, 2), None),
        (date(2025, 3, 3), date(2025, 3, 9), 7),
        (date(2025, 3, 10), date(2025, 3, 16), 7),
    ]
    months = traffic.series(province, gate, "passengers", date(2025, 2, 20), LAST, "month").spans
    assert [(m.first, m.last, m.ins.value) for m in months] == [
        (date(2025, 2, 20), date(2025, 2, 28), None),
        (date(2025, 3, 1), LAST, 14),
    ]


def test_a_week_of_the_turn_of_the_year_is_one_week(gate, province):
    weeks = traffic.series(province, gate, "passengers", date(2024, 12, 30), date(2025, 1, 5), "week").spans
    assert len(weeks) == 1


def test_today_counts_once_it_has_been_counted(gate, province):
    now = traffic.today()
    before = traffic.series(province, gate, "passengers", now, now)
    assert before.spans[0].ahead
    assert before.ins.coverage is None
    sheet(now, passengers=3)
    after = traffic.series(province, gate, "passengers", now, now)
    assert not after.spans[0].ahead
    assert (after.ins.coverage, after.outs.coverage) == (100, 0)


def test_nobody_asks_for_what_is_not_counted(gate, province):
    with pytest.raises(ValueError, match="nobody counts goats"):
        traffic.series(province, gate, "goats", FIRST, LAST)
    with pytest.raises(ValueError, match="by hour"):
        traffic.series(province, gate, "passengers", FIRST, LAST, "hour")


# --- how long it was open -------------------------------------------------------------------------------------


def midnight(day):
    return open_hours.midnight(day)


def minutes(gate, first=FIRST, last=LAST, flow="people"):
    found = open_hours.by_day(open_hours.stretches([gate], flow, first, last)[gate.pk])
    assert list(found) == days(first, last)
    return [found[day].minutes for day in found]


def test_without_a_word_in_the_register_the_usual_hours_count(gate):
    assert minutes(gate) == [720] * 14


def test_without_usual_hours_the_whole_day_counts(gate):
    Crossing.objects.filter(pk=gate.pk).update(opens_at=None, closes_at=None)
    assert minutes(crossing()) == [1440] * 14


def test_hours_over_midnight_are_understood(gate):
    Crossing.objects.filter(pk=gate.pk).update(opens_at=time(18), closes_at=time(2))
    assert minutes(crossing()) == [480] * 14


def test_restricted_hours_count_while_they_hold_and_closed_days_not_at_all(gate):
    third, fifth = (midnight(FIRST + timedelta(days=n)) for n in (2, 4))
    held("open", midnight(date(2020, 1, 1)), third)
    held("restricted", third, fifth, hours=(time(8), time(12)))
    held("closed", fifth, None)
    assert minutes(gate) == [720] * 2 + [240] * 2 + [0] * 10


def test_a_day_on_which_it_was_shut_at_ten_was_open_until_ten(gate):
    ten = midnight(FIRST) + timedelta(hours=10)
    held("open", None, ten)
    held("closed", ten, None)
    found = open_hours.stretches([gate], "people", FIRST, LAST)[gate.pk]
    assert [(one.first, one.minutes, one.shut) for one in found] == [
        (FIRST, 240, False),
        (FIRST + timedelta(days=1), 0, True),
    ]


def test_several_changes_on_one_day_are_added_up(gate):
    times = [midnight(FIRST) + timedelta(hours=hour) for hour in (0, 8, 10, 17)]
    for status, since, until in zip(("open", "closed", "open", "suspended"), times, [*times[1:], None], strict=True):
        held(status, since, until)
    assert minutes(gate)[:2] == [2 * 60 + 7 * 60, 0]


def test_each_flow_has_its_own_hours(gate):
    held("closed", midnight(FIRST), None, flow="goods")
    assert minutes(gate, flow="goods") == [0] * 14
    assert minutes(gate, flow="people") == [720] * 14


def test_what_is_only_planned_is_not_open_yet(gate):
    held("planned", None, midnight(FIRST + timedelta(days=1)))
    held("open", midnight(FIRST + timedelta(days=1)), None)
    assert minutes(gate)[:2] == [0, 720]


def test_the_neighbours_side_changes_nothing(gate):
    row = held("closed", midnight(FIRST), None)
    CrossingStatus.objects.filter(pk=row.pk).update(side="neighbour")
    assert minutes(gate) == [720] * 14


# Every minute of several days is asked for by itself; a busy machine takes its time.
@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 14 * 24 * 60 - 1),
            st.sampled_from(["open", "closed", "restricted"]),
            st.sampled_from([(None, None), (time(8), time(12)), (time(20), time(4))]),
        ),
        max_size=8,
        unique_by=lambda one: one[0],
    )
)
def test_whatever_changes_when_a_day_is_open_as_long_as_its_minutes_say(changes):
    """Against the plain way: ask for every minute of the two weeks by itself."""
    begin, end = midnight(FIRST), midnight(LAST + timedelta(days=1))
    changes = sorted(changes)
    bounds = [begin + timedelta(minutes=at) for at, _status, _hours in changes] + [end]
    pieces = [
        open_hours._Held(
            bounds[n], bounds[n + 1], status == "closed", *(hours if status == "restricted" else (None, None))
        )
        for n, (_at, status, hours) in enumerate(changes)
    ]
    filled = list(open_hours._filled(pieces, begin, end, (time(6), time(18))))
    found = open_hours.by_day(open_hours._joined(open_hours._days(filled)))
    assert list(found) == days(FIRST, LAST)

    def is_open(one, minute):
        if one.shut:
            return False
        if one.opens is None:
            return True
        opens, closes = one.opens.hour * 60, one.closes.hour * 60
        return opens <= minute < closes if opens < closes else minute >= opens or minute < closes

    for day in (FIRST, FIRST + timedelta(days=1), *{bound.date() for bound in bounds[:-1]}):
        expected = 0
        for minute in range(1440):
            at = midnight(day) + timedelta(minutes=minute)
            piece = next(one for one in filled if one.since <= at < one.until)
            expected += is_open(piece, minute)
        assert found[day].minutes == expected


# --- coverage -------------------------------------------------------------------------------------------------


def test_watching_longer_than_it_was_open_covers_no_other_day(gate, province):
    sheet(FIRST, passengers=5, minutes=1440)
    series = traffic.series(province, gate, "passengers", FIRST, FIRST + timedelta(days=1))
    assert series.ins.coverage == 50
    found = traffic.totals(province, [gate], FIRST, FIRST + timedelta(days=1))
    assert found[gate.pk]["passengers"]["in"] == series.ins


def test_days_the_register_holds_it_shut_are_not_missing(gate, province):
    held("closed", midnight(FIRST + timedelta(days=1)), None)
    sheet(FIRST, passengers=5)
    sheet(FIRST, "out", passengers=5)
    series = traffic.series(province, gate, "passengers", FIRST, LAST)
    assert series.ins.coverage == 100
    assert [span.shut for span in series.spans] == [False] + [True] * 13


def test_what_was_counted_on_a_closed_day_is_in_the_total_and_not_in_the_coverage(gate, province):
    held("closed", midnight(FIRST), None)
    sheet(FIRST, passengers=5)
    series = traffic.series(province, gate, "passengers", FIRST, LAST)
    assert (series.ins.value, series.ins.coverage) == (5, None)
    assert traffic.totals(province, [gate], FIRST, LAST)[gate.pk]["passengers"]["in"].value == 5


def test_totals_of_many_crossings_agree_with_the_series_of_each(gate, moi):
    other = Crossing.objects.exclude(pk=gate.pk).filter(district__province__code="16").first()
    other = other or Crossing.objects.exclude(pk=gate.pk).order_by("slug")[0]
    held("restricted", midnight(FIRST) + timedelta(days=3, hours=9), midnight(LAST), hours=(time(8), time(12)))
    held("closed", midnight(FIRST) + timedelta(days=5), midnight(FIRST) + timedelta(days=7), flow="goods")
    for n, day in enumerate(days(FIRST, LAST)):
        sheet(day, passengers=n, vehicles=None if n % 3 else n, tonnes=Decimal(n) / 8, minutes=200 + 90 * n)
        sheet(day, "out", gate=other, refused=n, minutes=60)
    found = traffic.totals(moi, [gate, other], FIRST, LAST)
    for one in (gate, other):
        for measure in traffic.MEASURES:
            series = traffic.series(moi, one, measure, FIRST, LAST)
            assert found[one.pk][measure] == {"in": series.ins, "out": series.outs}, (one, measure)


def test_a_month_by_province_adds_its_crossings(gate, moi):
    sheet(date(2025, 3, 31), passengers=4)
    sheet(date(2025, 4, 1), passengers=100)
    rows = traffic.by_province(moi, *traffic.month_of(date(2025, 3, 5)))
    mine = next(row for row in rows if row.province.code == "16")
    assert mine.figures["passengers"]["in"].value == 4
    assert mine.both("passengers").value == 4
    assert mine.crossings == Crossing.objects.filter(district__province__code="16").count()
    others = [row for row in rows if row.province.code != "16"]
    assert others
    assert all(row.both("passengers").value is None for row in others)


def test_a_month_ends_on_its_last_day():
    assert traffic.month_of(date(2024, 2, 10)) == (date(2024, 2, 1), date(2024, 2, 29))
    assert traffic.month_of(date(2025, 12, 31)) == (date(2025, 12, 1), date(2025, 12, 31))


figures = st.builds(
    Figure,
    st.none() | st.integers(0, 10**6),
    st.integers(0, 1440),
    st.integers(0, 1440),
    st.integers(0, 1),
    st.integers(0, 1),
)


@settings(deadline=None)
@given(st.lists(figures, max_size=20))
def test_a_sum_is_observed_when_any_part_is_and_never_covers_more_than_all(parts):
    total = sum(parts, start=traffic.NOTHING)
    counted = [one.value for one in parts if one.value is not None]
    assert total.value == (sum(counted) if counted else None)
    assert total.coverage is None or 0 <= total.coverage <= 100


# --- who sees it ----------------------------------------------------------------------------------------------


def test_traffic_is_seen_in_its_province_and_by_institutions(gate, request):
    sheet(FIRST, passengers=5)
    for who, seen in (
        ("district", True), ("province", True), ("moi", True), ("mfaic", True), ("auditor", True),
        ("province2", False), ("outsider", False), ("disabled", False),
    ):  # fmt: skip
        user = request.getfixturevalue(who)
        assert (gate in traffic.crossings_of(user)) is seen, who
        assert (traffic.series(user, gate, "passengers", FIRST, LAST).ins.value == 5) is seen, who
        assert (gate.pk in traffic.totals(user, [gate], FIRST, LAST)) is seen, who


def test_many_crossings_cost_no_more_questions_than_one(gate, moi, django_assert_max_num_queries):
    every = list(Crossing.objects.all())
    with django_assert_max_num_queries(6):
        traffic.compare(moi, every[:6], "passengers", FIRST, LAST)
    with django_assert_max_num_queries(8):
        traffic.totals(moi, every, FIRST, LAST)
    with django_assert_max_num_queries(9):
        traffic.by_province(moi, FIRST, LAST)


def test_the_last_day_is_the_newest_in_force(gate, moi):
    sheet(FIRST, passengers=1)
    sheet(LAST, passengers=1, current=False)
    found = traffic.with_last_day(traffic.crossings_of(moi)).in_bulk()
    assert found[gate.pk].last_day == FIRST
    assert sum(one.last_day is not None for one in found.values()) == 1


def test_a_status_in_another_zone_of_time_is_read_in_phnom_penh(gate):
    """Periods come back in UTC: midnight in Phnom Penh is 17 o'clock of the day before there."""
    held("closed", datetime(2025, 3, 3, 17, tzinfo=UTC), None)
    assert minutes(gate)[:2] == [720, 0]
