"""The geometry of the charts: a gap is hatched, zero is a mark on the line, shut days are shaded."""

import itertools
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borderwatch.khmer import khmer_digits
from crossings import charts
from crossings.charts import SMALL, SPARK, WHOLE, mirrored, scale
from crossings.tests.counted import days
from crossings.traffic import Figure, Series, Span

FIRST = date(2025, 3, 3)


def figure(value, *, watched=720, minutes=720):
    return Figure(value, watched if value is not None else 0, minutes, 0 if value is None else 1, 1)


def series(ins, outs=None, *, shut=(), ahead=(), by="day"):
    """A series of days with these figures; None is not observed."""
    outs = outs or [None] * len(ins)
    spans = [
        Span(day, day, figure(a), figure(b), n in shut, n in ahead)
        for n, (day, a, b) in enumerate(zip(days(FIRST, FIRST + timedelta(days=len(ins) - 1)), ins, outs, strict=True))
    ]
    gate = SimpleNamespace(name="O Yadav", slug="vn-o-yadav")
    return Series(gate, "passengers", by, FIRST, spans[-1].last, spans)


def kinds(chart, way="in"):
    return [(bar.kind, bar.x) for bar in chart.bars if bar.direction == way]


def chart(*args, **more):
    return mirrored(series(*args, **{k: more.pop(k) for k in ("shut", "ahead", "by") if k in more}), write=str, **more)


def test_a_gap_is_hatched_and_a_zero_is_a_thin_mark():
    drawn = chart([0, None, 5])
    assert [kind for kind, _x in kinds(drawn)] == ["zero", "gap", "counted"]
    zero, gap, bar = (one for one in drawn.bars if one.direction == "in")
    assert zero.height == charts.ZERO < bar.height
    assert gap.height > zero.height
    assert zero.y + zero.height == gap.y + gap.height == bar.y + bar.height == drawn.base


def test_gaps_in_a_row_are_one_strip():
    drawn = chart([None, None, None, 1])
    (gap,) = (one for one in drawn.bars if one.direction == "in" and one.kind == "gap")
    assert (gap.x, gap.width) == (0, pytest.approx(3 * 30))


def test_a_gap_at_the_end_reaches_the_edge():
    drawn = chart([1, None])
    gap = next(one for one in drawn.bars if one.kind == "gap" and one.direction == "in")
    assert gap.x + gap.width == pytest.approx(drawn.width)


def test_a_day_that_is_not_over_and_a_shut_day_are_no_gaps():
    drawn = chart([1, None, None], shut={1}, ahead={2})
    assert [kind for kind, _x in kinds(drawn)] == ["counted"]
    assert [(one.x, one.width) for one in drawn.shades] == [(30, 30)]


def test_what_was_counted_on_a_shut_day_is_drawn_over_the_shade():
    drawn = chart([1, 9], shut={0, 1})
    assert len(drawn.shades) == 1
    assert drawn.shades[0].width == 60
    assert [kind for kind, _x in kinds(drawn)] == ["counted", "counted"]


def test_in_goes_up_and_out_goes_down_by_one_scale():
    drawn = chart([10], [20])
    up, down = drawn.bars
    assert up.y + up.height == drawn.base == down.y
    assert down.height == pytest.approx(2 * up.height)
    assert down.height == WHOLE.half


def test_a_little_is_never_as_flat_as_nothing():
    up, _other = (one for one in chart([1, 100_000]).bars if one.direction == "in")
    assert up.height > charts.ZERO


def test_a_span_watched_in_part_is_marked():
    one = Span(FIRST, FIRST, Figure(5, 100, 720, 1, 1), Figure(5, 700, 720, 1, 1))
    drawn = mirrored(Series(None, "passengers", "day", FIRST, FIRST, [one]), write=str)
    assert [bar.partly for bar in drawn.bars] == [True, False]


def test_nothing_at_all_draws_a_hatched_chart_and_no_scale():
    drawn = chart([None] * 10)
    assert [bar.kind for bar in drawn.bars] == ["gap", "gap"]
    assert [tick.text for tick in drawn.scale] == ["0"]


def test_an_unusual_day_bears_a_sign_at_its_bars_end():
    drawn = chart([5, 50], [4, 4], unusual={(FIRST + timedelta(days=1), "in")})
    (sign,) = drawn.signs
    bar = next(one for one in drawn.bars if one.direction == "in" and one.x == 30)
    tip = sign.points.split()[0].split(",")
    assert float(tip[0]) == pytest.approx(bar.x + bar.width / 2)
    assert float(tip[1]) < bar.y


def test_a_week_with_an_unusual_day_bears_the_sign():
    week = Span(FIRST, FIRST + timedelta(days=6), figure(5), figure(5))
    one = Series(None, "passengers", "week", FIRST, week.last, [week])
    assert len(mirrored(one, write=str, unusual={(FIRST + timedelta(days=3), "out")}).signs) == 1


def test_the_axes_are_written_in_the_readers_digits():
    drawn = mirrored(series([1500] * 40), write=lambda text: khmer_digits(str(text)))
    assert [tick.text for tick in drawn.scale] == ["០", "១,០០០", "១,០០០", "២,០០០", "២,០០០"]
    assert [tick.text for tick in drawn.times[:2]] == ["០៣/០៣", "១០/០៣"]
    assert all(not set(tick.text) & set("0123456789") for tick in [*drawn.scale, *drawn.times])


def test_a_year_by_day_is_labelled_by_months_that_keep_their_distance():
    drawn = chart([1] * 365)
    places = [tick.at for tick in drawn.times]
    assert all(later - earlier >= WHOLE.apart for earlier, later in itertools.pairwise(places))
    assert drawn.times[1].text == "04/2025"
    assert 10 <= len(places) <= 13


def test_small_charts_and_sparks_keep_to_their_size():
    assert mirrored(series([1] * 365), write=str, size=SMALL).width <= 480
    spark = mirrored(series([1] * 60), write=str, size=SPARK)
    assert spark.width == 360
    assert len(spark.times) <= 1
    assert [tick.text for tick in spark.scale] == ["0"]


def test_an_index_is_a_hundred_on_the_crossings_mean_day():
    one = series([10, 30, None], [20, 20, None])
    drawn = charts.index_of(one)
    assert drawn(one.spans[0].ins) == 50
    assert drawn(one.spans[0].outs) == 100
    assert drawn(one.spans[2].ins) is None
    nothing = series([0, 0])
    assert charts.index_of(nothing)(nothing.spans[0].ins) is None


def test_a_week_half_watched_is_compared_by_its_mean_day():
    assert charts.per_day(Figure(30, 3, 7, 3, 7)) == 10
    assert charts.per_day(Figure(None, 0, 7, 0, 7)) is None


@settings(deadline=None)
@given(st.floats(0.001, 1e9), st.integers(1, 4))
def test_the_scale_holds_the_highest_bar_and_is_not_much_larger(most, ticks):
    marks = scale(most, ticks)
    assert len(marks) == ticks
    assert marks[-1] >= most * (1 - 1e-9)
    assert marks[-1] <= most * 2.6 + 2 * ticks
    assert all(later > earlier for earlier, later in itertools.pairwise(marks))


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=120), st.sampled_from([WHOLE, SMALL, SPARK]))
def test_everything_stays_inside_and_every_day_is_drawn_once(values, size):
    drawn = mirrored(series(values, values[::-1]), write=str, size=size)
    for bar in drawn.bars:
        assert drawn.top - 0.01 <= bar.y
        assert bar.y + bar.height <= drawn.top + drawn.plot + 0.01
        assert bar.x >= 0
        assert bar.x + bar.width <= drawn.width + 0.1
    bars = [bar for bar in drawn.bars if bar.direction == "in" and bar.kind != "gap"]
    assert len(bars) == sum(value is not None for value in values)
    assert sum(bar.kind == "zero" for bar in bars) == values.count(0)
    assert any(bar.kind == "gap" and bar.direction == "in" for bar in drawn.bars) == (None in values)
