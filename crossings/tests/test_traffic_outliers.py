"""Unusual days: found against the crossing's own usual ones, with the reason in figures; judged by a person."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from borderwatch.models import AuditEntry, Delivery
from crossings import actions, outlier_workflow, outliers, traffic
from crossings.actions.outliers import find_unusual
from crossings.actions.traffic_watch import watch_traffic
from crossings.choices import OutlierState
from crossings.models import CrossingStatus, TrafficOutlier
from crossings.outliers import Baseline, silence, usual
from crossings.tests.counted import crossing, days, sheet

TUESDAY = date(2025, 6, 17)


def tuesdays(count, before=TUESDAY):
    """The last so many Tuesdays before a day, oldest first."""
    return [before - timedelta(days=7 * n) for n in range(count, 0, -1)]


def baseline(rows, measure="passengers"):
    """Rows of (day, minutes, value of one measure)."""
    place = traffic.MEASURES.index(measure)
    return Baseline(
        (day, minutes, [value if n == place else None for n in range(5)]) for day, minutes, value in sorted(rows)
    )


# --- the range of what is usual -------------------------------------------------------------------------------


def test_a_day_far_above_the_usual_is_high_and_far_below_is_low():
    found = usual([44, 40, 47, 43, 45, 46, 44, 41, 50, 44, 39, 44])
    assert found.median == 44
    assert (found.verdict(412), found.verdict(45), found.verdict(2)) == ("high", "", "low")


def test_five_days_are_too_few_and_six_are_enough():
    assert usual([10] * 5) is None
    assert usual([10] * 6).days == 6


def test_a_constant_series_does_not_scream_at_one_more():
    found = usual([100] * 12)
    assert found.mad == 0
    assert found.verdict(101) == found.verdict(85) == ""
    assert found.verdict(140) == "high"


def test_nothing_at_a_gate_where_few_pass_is_usual():
    assert usual([4, 3, 5, 4, 6, 2]).verdict(0) == ""


def test_one_wild_day_does_not_set_the_measure():
    calm = usual([44, 40, 47, 43, 45, 46, 44, 41])
    with_wild = usual([44, 40, 47, 43, 45, 46, 44, 41, 4000])
    assert with_wild.high < 2 * calm.high
    assert with_wild.verdict(412) == "high"


def test_tonnes_are_not_counted_piece_by_piece():
    assert usual([30.0] * 6, counted=False).high == 36
    assert usual([30.0] * 6).high > 45


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=6, max_size=40))
def test_the_median_is_always_usual_and_the_range_never_narrower_than_its_floor(values):
    found = usual(values)
    assert found.low <= found.median <= found.high
    assert found.verdict(found.median) == ""
    assert found.high - found.median >= max(5, found.median / 5) - 1e-6
    assert found.low >= 0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e5), min_size=6, max_size=40), st.randoms(), st.floats(0, 1e6))
def test_the_order_of_the_days_does_not_matter(values, chance, value):
    shuffled = list(values)
    chance.shuffle(shuffled)
    assert usual(values) == usual(shuffled)
    assert usual(values).verdict(value) == usual(shuffled).verdict(value)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e5), min_size=6, max_size=40), st.floats(0, 1e6), st.floats(0, 1e5))
def test_what_lies_farther_out_is_unusual_too(values, value, more):
    if usual(values).verdict(value) == "high":
        assert usual(values).verdict(value + more) == "high"


def test_days_that_vary_as_counts_do_are_hardly_ever_unusual():
    """Poisson figures of many sizes: fewer than one in a hundred is called unusual; a tripled day always is."""
    chance = random.Random(7)

    def poisson(mean):
        return _poisson(chance, mean)

    false = tried = 0
    for mean in (3, 12, 40, 150, 600):
        for _ in range(400):
            found = usual([poisson(mean) for _ in range(12)])
            tried += 1
            false += bool(found.verdict(poisson(mean)))
            if mean >= 12:
                assert found.verdict(3 * mean + 5) == "high"
    assert false / tried < 0.01


def _poisson(chance, mean):
    """By the times between arrivals."""
    number, at = 0, chance.expovariate(mean)
    while at < 1:
        number += 1
        at += chance.expovariate(mean)
    return number


# --- which days are alike -------------------------------------------------------------------------------------


def test_a_market_day_is_measured_against_market_days():
    rows = [(day, 720, 300 if day.weekday() == 1 else 40) for day in days(date(2025, 3, 1), TUESDAY)]
    known = baseline(rows)
    assert known.usual(TUESDAY, "passengers", 720).verdict(300) == ""
    assert known.usual(TUESDAY + timedelta(days=1), "passengers", 720).verdict(300) == "high"


def test_the_season_of_former_years_is_part_of_the_usual():
    """Every June many come; in the weeks before few did."""
    former = [
        (day, 720, 500)
        for year in (2022, 2023, 2024)
        for day in days(date(year, 5, 1), date(year, 7, 31))
        if day.weekday() == 1
    ]
    recent = [(day, 720, 40) for day in tuesdays(12)]
    assert baseline(former + recent).usual(TUESDAY, "passengers", 720).verdict(520) == ""
    assert baseline(recent).usual(TUESDAY, "passengers", 720).verdict(520) == "high"


def test_other_seasons_of_former_years_are_left_out():
    winter = [(day, 720, 500) for day in days(date(2023, 10, 1), date(2024, 2, 28)) if day.weekday() == 1]
    assert baseline(winter).usual(TUESDAY, "passengers", 720) is None
    assert outliers.season(date(2025, 1, 20), 1) == (date(2023, 12, 1), date(2024, 2, 29))
    assert outliers.season(date(2025, 12, 20), 2) == (date(2023, 11, 1), date(2024, 1, 31))


def test_only_days_before_count_and_at_most_twelve_recent_ones():
    rows = [(day, 720, 40) for day in [*tuesdays(30), TUESDAY, TUESDAY + timedelta(days=7)]]
    assert baseline(rows).known(TUESDAY, "passengers") == 12


def test_a_short_look_is_neither_judged_by_nor_counted_among_the_usual():
    rows = [(day, 119, 40) for day in tuesdays(12)]
    assert baseline(rows).usual(TUESDAY, "passengers", 720) is None


def test_half_the_hours_are_half_the_usual_number():
    known = baseline([(day, 720, 60) for day in tuesdays(12)])
    whole, half = (known.usual(TUESDAY, "passengers", minutes) for minutes in (720, 360))
    assert (whole.median, half.median) == (60, 30)
    assert half.verdict(60) == "high"
    assert whole.verdict(60) == ""


# --- found with the count -------------------------------------------------------------------------------------


@pytest.fixture
def gate(world):
    return crossing()


def usual_tuesdays(value=44, count=12, **more):
    return [sheet(day, passengers=value + n % 3, **more) for n, day in enumerate(tuesdays(count))]


def test_an_unusual_day_is_kept_with_its_reason_in_figures(gate, province, audited):
    usual_tuesdays()
    row = sheet(TUESDAY, passengers=412)
    (found,) = find_unusual([row])
    assert (found.why, found.measure, found.direction, found.sheet, found.state) == (
        "high", "passengers", "in", row, "open",
    )  # fmt: skip
    with translation.override("en"):
        text = outliers.words(found)
    assert text == "412 on a Tuesday in 12 h; usual 22–68 (median 45 of 12 such days)"
    entry = audited("find_outliers", "vn-o-yadav")
    assert entry.actor_id is None
    assert entry.after == {"found": 1, "days": ["2025-06-17 in passengers high"]}


def test_a_usual_day_leaves_no_trace(gate, untouched):
    usual_tuesdays()
    with untouched():
        assert find_unusual([sheet(TUESDAY, passengers=47)]) == []


def test_too_few_days_lead_to_no_judgement(gate):
    usual_tuesdays(count=5)
    assert find_unusual([sheet(TUESDAY, passengers=4000)]) == []


def test_a_measure_that_was_not_counted_is_not_low(gate):
    usual_tuesdays()
    assert find_unusual([sheet(TUESDAY, vehicles=3)]) == []


def test_the_other_direction_has_its_own_usual_days(gate):
    usual_tuesdays()
    assert find_unusual([sheet(TUESDAY, "out", passengers=412)]) == []


def test_a_replaced_sheet_is_no_usual_day(gate):
    usual_tuesdays(current=False)
    assert find_unusual([sheet(TUESDAY, passengers=412)]) == []


def test_tonnes_of_a_decimal_are_judged_too(gate):
    for day in tuesdays(8):
        sheet(day, tonnes=Decimal("20.500"))
    (found,) = find_unusual([sheet(TUESDAY, tonnes=Decimal("205.000"))])
    assert (found.measure, found.basis["value"], found.basis["median"]) == ("tonnes", 205, 20)


def test_within_one_import_each_day_is_measured_against_those_before_it(gate):
    rows = [sheet(day, passengers=40) for day in tuesdays(12)]
    rows += [sheet(TUESDAY, passengers=400), sheet(TUESDAY + timedelta(days=7), passengers=41)]
    found = find_unusual(rows)
    assert [(one.day, one.why) for one in found] == [(TUESDAY, "high")]


def test_a_thousand_days_cost_no_more_questions_than_one(gate, django_assert_max_num_queries):
    rows = [sheet(day, passengers=40 + n % 5) for n, day in enumerate(days(date(2024, 9, 1), TUESDAY))]
    rows.append(sheet(TUESDAY + timedelta(days=1), passengers=900))
    with django_assert_max_num_queries(7):
        found = find_unusual(rows)
    assert [one.day for one in found] == [TUESDAY + timedelta(days=1)]


def test_the_verb_that_records_a_day_finds_it_unusual_in_its_own_transaction(gate, province):
    usual_tuesdays()
    line = actions.traffic.Line("passengers", nationality="khmer", number=412)
    actions.record_sheet(
        actor=province, crossing=gate, day=TUESDAY, direction="in", observed_minutes=720, method="counted",
        observer="Sok", lines=[line],
    )  # fmt: skip
    assert TrafficOutlier.objects.get().why == "high"


def test_a_correction_takes_the_open_day_off_the_list_and_keeps_it_on_record(gate, province):
    usual_tuesdays()
    old = sheet(TUESDAY, passengers=412)
    (found,) = find_unusual([old])
    assert list(outliers.waiting(TrafficOutlier.objects.visible_to(province))) == [found]
    old.current = False
    old.save(update_fields=["current"])
    new = sheet(TUESDAY, passengers=42, version=2)
    assert find_unusual([new]) == []
    assert list(outliers.waiting(TrafficOutlier.objects.visible_to(province))) == []
    assert TrafficOutlier.objects.get().state == "open"
    with pytest.raises(outlier_workflow.Refused):
        actions.judge_outlier(actor=province, outlier=found, state="real", reason="Festival")


# --- what a person says of it ---------------------------------------------------------------------------------


@pytest.fixture
def unusual(gate):
    usual_tuesdays()
    (found,) = find_unusual([sheet(TUESDAY, passengers=412)])
    return found


def test_a_day_that_was_really_so_is_put_on_record(unusual, province, audited):
    found = actions.judge_outlier(actor=province, outlier=unusual, state="real", reason=" Pchum Ben ")
    assert (found.state, found.reason, found.decided_by) == ("real", "Pchum Ben", province)
    assert found.decided_at is not None
    entry = audited("judge_outlier", str(unusual.pk))
    assert (entry.before["state"], entry.after["state"], entry.reason) == ("open", "real", "Pchum Ben")


def test_a_reason_and_a_judgement_are_needed(unusual, province, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.judge_outlier(actor=province, outlier=unusual, state="perhaps", reason="  ")
    assert set(refused.value.error_dict) == {"state", "reason"}
    with pytest.raises(ValidationError):
        actions.judge_outlier(actor=province, outlier=unusual, state="open", reason="x")


@pytest.mark.parametrize("who", ["district", "head", "moi", "auditor", "keeper", "province2", "outsider"])
def test_only_who_decides_in_the_province_may_judge(who, unusual, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        actions.judge_outlier(actor=request.getfixturevalue(who), outlier=unusual, state="real", reason="x")


@pytest.mark.parametrize("state", OutlierState.values)
@pytest.mark.parametrize("judgement", OutlierState.values)
def test_every_pair_of_the_table(state, judgement, unusual, province, moi):
    from borderwatch import clock

    decided = {} if state == "open" else {"decided_at": clock.now(), "decided_by": moi}
    TrafficOutlier.objects.filter(pk=unusual.pk).update(state=state, **decided)
    allowed = judgement in outlier_workflow.JUDGEMENTS and outlier_workflow.allowed(judgement, state)
    if allowed:
        actions.judge_outlier(actor=province, outlier=unusual, state=judgement, reason="x")
        assert TrafficOutlier.objects.get(pk=unusual.pk).state == judgement
    else:
        with pytest.raises(ValidationError):
            actions.judge_outlier(actor=province, outlier=unusual, state=judgement, reason="x")
        assert TrafficOutlier.objects.get(pk=unusual.pk).state == state
    assert allowed == (judgement != "open" and judgement != state)


def test_a_real_day_stays_among_the_usual_ones_and_a_mistake_does_not(gate, province):
    """Six days make five when one of them was a mistake."""
    rows = usual_tuesdays(count=6)
    found = TrafficOutlier.objects.create(
        crossing=gate, day=rows[0].day, direction="in", measure="passengers", why="high", sheet=rows[0],
        found_at=rows[0].entered_at,
    )  # fmt: skip
    actions.judge_outlier(actor=province, outlier=found, state="real", reason="Feast")
    row = sheet(TUESDAY, passengers=412)
    assert len(find_unusual([row])) == 1
    TrafficOutlier.objects.filter(sheet=row).delete()
    actions.judge_outlier(actor=province, outlier=found, state="mistake", reason="One nought too many")
    assert find_unusual([row]) == []


# --- falling silent -------------------------------------------------------------------------------------------

LAST = date(2025, 6, 10)


def test_a_gate_watched_daily_is_silent_after_more_than_three_days():
    daily = days(LAST - timedelta(days=40), LAST)
    assert silence(daily, 3) is None
    found = silence(daily, 4)
    assert (found.last, found.since, found.days, found.gap) == (LAST, LAST + timedelta(days=1), 28, 0)


def test_a_gate_watched_on_working_days_may_be_quiet_over_a_long_weekend():
    working = [day for day in days(LAST - timedelta(days=40), LAST) if day.weekday() < 5]
    assert silence(working, 6) is None
    assert silence(working, 7).gap == 2


def test_a_gate_watched_now_and_then_never_falls_silent():
    assert silence([LAST - timedelta(days=4 * n) for n in range(7)], 200) is None
    assert silence([LAST - timedelta(days=3 * n) for n in range(9)], 200) is not None
    assert silence([], 200) is None


@settings(deadline=None)
@given(st.sets(st.integers(0, 60)), st.integers(0, 400))
def test_longer_silence_stays_silence(places, missing):
    observed = [LAST - timedelta(days=n) for n in places]
    if silence(observed, missing):
        assert silence(observed, missing + 1)
        assert missing > 3
        assert sum(1 for day in observed if day > max(observed) - timedelta(days=28)) >= 8


@pytest.fixture
def silent(gate):
    """O Yadav was counted daily, the last time five days before yesterday."""
    CrossingStatus.objects.filter(crossing=gate).delete()
    last = traffic.today() - timedelta(days=6)
    for day in days(last - timedelta(days=20), last):
        sheet(day, passengers=10)
    return gate


def test_a_crossing_that_falls_silent_is_found_once_and_told_to_the_desk(silent, told, audited):
    assert watch_traffic() == {"silent": 1}
    assert watch_traffic() == {"silent": 0}
    found = TrafficOutlier.objects.get()
    last = traffic.today() - timedelta(days=6)
    assert (found.why, found.day, found.sheet, found.measure) == ("silent", last + timedelta(days=1), None, "")
    assert found.basis == {"last": last.isoformat(), "days": 21, "gap": 0}
    assert "province" in told("crossing_silent")
    assert all(name.startswith("province") and "province2" not in name for name in told("crossing_silent"))
    audited("find_outliers", "vn-o-yadav")
    for language in ("en", "km"):
        with translation.override(language):
            from borderwatch import topics

            text = topics.render(Delivery.objects.filter(topic="crossing_silent").first())
            assert last.strftime("%d/%m/%Y") in text.body
            assert silent.name in text.subject


def test_a_second_silence_is_another_one(silent):
    watch_traffic()
    TrafficOutlier.objects.update(day=date(2024, 1, 1))
    assert watch_traffic() == {"silent": 1}


def test_days_the_register_holds_it_shut_are_no_silence(silent):
    from crossings import open_hours

    since = open_hours.midnight(traffic.today() - timedelta(days=4))
    for flow in silent.flows:
        CrossingStatus.objects.create(
            crossing=silent, side="kh", flow=flow, status="closed", period=(since, None), set_at=since
        )
    assert watch_traffic() == {"silent": 0}


def test_a_crossing_shut_for_goods_alone_is_still_expected_to_be_counted(silent):
    from crossings import open_hours

    since = open_hours.midnight(traffic.today() - timedelta(days=40))
    CrossingStatus.objects.create(
        crossing=silent, side="kh", flow="goods", status="closed", period=(since, None), set_at=since
    )
    assert watch_traffic() == {"silent": 1}


def test_a_crossing_that_is_counted_is_not_silent(silent):
    sheet(traffic.today() - timedelta(days=2), "out", vehicles=0)
    assert watch_traffic() == {"silent": 0}
    assert not AuditEntry.objects.filter(verb="find_outliers").exists()


def test_a_silence_of_long_ago_is_history(gate):
    for day in days(date(2023, 1, 1), date(2023, 2, 1)):
        sheet(day, passengers=1)
    assert watch_traffic() == {"silent": 0}


def test_the_watch_asks_few_questions_however_many_crossings(silent, django_assert_max_num_queries):
    watch_traffic()
    with django_assert_max_num_queries(8):
        watch_traffic()


def test_a_silence_can_be_judged_too(silent, province):
    watch_traffic()
    found = TrafficOutlier.objects.get()
    assert list(outliers.waiting(TrafficOutlier.objects.visible_to(province))) == [found]
    actions.judge_outlier(actor=province, outlier=found, state="real", reason="The clerk was ill")
    assert list(outliers.waiting(TrafficOutlier.objects.visible_to(province))) == []
    assert watch_traffic() == {"silent": 0}
