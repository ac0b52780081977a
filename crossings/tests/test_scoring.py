"""The score: between 0 and 100, monotone in every fact, the same for twice the weights, unknown is not zero."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from crossings import scoring
from crossings.choices import Attitude, Currency, RoadState
from crossings.scoring import CRITERIA, SLUGS, ranks, score
from units.choices import DemarcationState

EQUAL = dict.fromkeys(SLUGS, 1)
# What each criterion alone looks at, from what speaks least for opening to what speaks most.
RISING: dict[str, tuple[str, list[Any]]] = {
    "people": ("population", [0, 1, 99, 100, 500, 1_999, 2_000, 5_000, 20_000, 2_000_000]),
    "households": ("households_dependent", [0, 1, 20, 50, 150, 500, 1_500, 500_000]),
    "tonnes": ("trade_tonnes", [Decimal(n) for n in ("0", "0.9", "1", "100", "1000", "10000", "50000", "200000")]),
    "distance": ("road_km", [0.0, 1.9, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 1000.0]),
    "road": ("road_state", ["paved", "laterite", "seasonal", "track", "none"]),
    "security": ("security_risk", [4, 3, 2, 1, 0]),
    "counterpart": ("attitude", ["against", "neutral", "favours"]),
    "demarcation": (
        "demarcation",
        ["disputed", "white_zone", "undemarcated", "no_mans_land_agreed", "delimited_not_demarcated", "demarcated"],
    ),
    "hardship": ("hardship", [0, 1, 2, 3, 4]),
}

money = st.none() | st.decimals(0, 10**12, places=2)
facts = st.fixed_dictionaries(
    {
        "population": st.none() | st.integers(0, 2_000_000),
        "households_dependent": st.none() | st.integers(0, 500_000),
        "trade_tonnes": st.none() | st.decimals(0, 10**7, places=1),
        "trade_value": money,
        "trade_currency": st.sampled_from(["", *Currency.values]),
        "revenue": money,
        "revenue_expected": money,
        "revenue_currency": st.sampled_from(["", *Currency.values]),
        "road_km": st.none() | st.floats(0, 1000),
        "nearest_km": st.none() | st.floats(0, 1000),
        "road_state": st.sampled_from(["", *RoadState.values]),
        "security_risk": st.none() | st.integers(0, 4),
        "attitude": st.sampled_from(["", *Attitude.values]),
        "demarcation": st.sampled_from(["", *DemarcationState.values]),
        "hardship": st.none() | st.integers(0, 4),
    }
)
weights = st.fixed_dictionaries({slug: st.integers(0, 1000) for slug in SLUGS}).filter(lambda one: any(one.values()))


@given(facts, weights)
def test_a_score_lies_between_0_and_100_and_says_how_much_is_known(facts: dict[str, Any], weights: Any) -> None:
    found = score(facts, weights)
    assert 0 <= found.known <= 100
    assert (found.total is None) == (not any(p.points is not None and weights[p.criterion.slug] for p in found.parts))
    if found.total is not None:
        assert 0 <= found.total <= 100
        assert sum(part.adds or 0 for part in found.parts) == pytest.approx(found.total, abs=0.7)
    assert all(part.points is None or 0 <= part.points <= 100 for part in found.parts)


@given(facts, weights, st.integers(2, 50))
def test_all_weights_times_the_same_number_give_the_same_score(facts: Any, weights: Any, factor: int) -> None:
    assert score(facts, weights) == score(facts, {slug: value * factor for slug, value in weights.items()})


@given(facts, weights, st.sampled_from(sorted(RISING)), st.data())
def test_more_of_what_speaks_for_opening_never_lowers_the_points(
    facts: dict[str, Any], weights: Any, slug: str, data: Any
) -> None:
    name, values = RISING[slug]
    first, second = sorted(data.draw(st.lists(st.integers(0, len(values) - 1), min_size=2, max_size=2)))
    low, high = {**facts, name: values[first]}, {**facts, name: values[second]}

    def points(facts: dict[str, Any]) -> int:
        found = next(one for one in CRITERIA if one.slug == slug).points(facts)
        assert found is not None
        return found

    assert points(low) <= points(high)
    # With this criterion alone in the set the score moves the same way.
    alone = {slug: 1}
    assert (score(low, alone).total or 0) <= (score(high, alone).total or 0)


@given(st.sampled_from(Currency.values), st.lists(st.decimals(0, 10**13, places=2), min_size=2, max_size=2))
def test_money_never_gives_fewer_points_for_more(currency: str, sums: list[Decimal]) -> None:
    low, high = sorted(sums)
    for slug, name, other in (("value", "trade_value", "trade_currency"), ("revenue", "revenue", "revenue_currency")):
        one = next(one for one in CRITERIA if one.slug == slug)
        assert one.points({name: low, other: currency}) <= one.points({name: high, other: currency})  # type: ignore[operator]


@given(st.integers(1, 100_000), st.lists(st.integers(0, 500_000), min_size=2, max_size=2))
def test_a_larger_share_of_dependent_households_never_lowers_the_points(people: int, households: list[int]) -> None:
    low, high = sorted(households)
    one = next(one for one in CRITERIA if one.slug == "dependence")
    found = [one.points({"population": people, "households_dependent": n}) for n in (low, high)]
    assert found[0] <= found[1]  # type: ignore[operator]


@pytest.mark.parametrize(
    "table",
    [
        scoring.PEOPLE,
        scoring.HOUSEHOLDS,
        scoring.SHARE,
        scoring.TONNES,
        scoring.VALUE_USD,
        scoring.REVENUE_USD,
        scoring.DISTANCE,
    ],
)
def test_every_table_of_classes_begins_at_zero_and_rises(table: scoring.Table) -> None:
    edges, points = zip(*table, strict=True)
    assert edges[0] == 0
    assert list(edges) == sorted(set(edges))
    assert list(points) == sorted(set(points))
    assert (points[0], points[-1]) == (0, 100)


def test_the_same_amount_in_any_currency_falls_into_about_the_same_class() -> None:
    one = next(one for one in CRITERIA if one.slug == "value")
    for currency, rate in scoring.FOR_A_DOLLAR.items():
        assert one.points({"trade_value": Decimal(150_000 * rate), "trade_currency": currency}) == 45


def test_unknown_is_not_zero_and_takes_its_weight_out() -> None:
    nothing = score({}, EQUAL)
    assert (nothing.total, nothing.known) == (None, 0)
    one_known = score({"hardship": 4}, EQUAL)
    assert one_known.total == 100
    assert one_known.known == pytest.approx(100 / len(SLUGS), abs=0.1)
    with translation.override("en"):
        assert one_known.known_words == "8 of 100 points of weight known"
    # Zero is known, and counts.
    assert score({"hardship": 4, "population": 0}, EQUAL).total == 50


def test_an_attitude_not_known_gives_no_points_and_one_against_gives_none_of_them() -> None:
    assert score({"attitude": "unknown"}, EQUAL).total is None
    assert score({"attitude": "against"}, EQUAL).total == 0


def test_the_road_counts_before_the_straight_line() -> None:
    distance = {"distance": 1}
    assert score({"road_km": 40.0, "nearest_km": 6.0}, distance).total == 80
    assert score({"road_km": None, "nearest_km": 6.0}, distance).total == 30


def test_expected_revenue_counts_when_it_is_more_than_todays() -> None:
    revenue = {"revenue": 1}
    both = {"revenue": Decimal(10), "revenue_expected": Decimal(60_000), "revenue_currency": "USD"}
    assert score(both, revenue).total == 50
    assert score({**both, "revenue_expected": None}, revenue).total == 10
    assert score({**both, "revenue_currency": ""}, revenue).total is None


def test_weights_without_weight_are_no_weights() -> None:
    with pytest.raises(ValueError, match="no weight"):
        score({"hardship": 1}, dict.fromkeys(SLUGS, 0))


def test_equal_scores_share_a_place_and_one_without_score_has_none() -> None:
    assert ranks([50.0, None, 70.0, 50.0]) == [2, None, 1, 2]
