"""How much speaks for making a crossing official, from 0 to 100: published criteria, published weights (duty D3).

Each criterion turns one fact into 0 to 100 points by a table anybody can check, never by a formula: a class of points
holds from its threshold on. More of what speaks for opening never gives fewer points. A fact nobody knows gives no
points and takes its weight out of the sum, so unknown is never zero; the score says how much of the weight is known.
The score orders crossings for those who decide. It decides nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import clock
from crossings.choices import Attitude, Currency, RoadState
from crossings.models import Weights
from units.choices import DemarcationState

# (from this figure on, so many points); the first line begins at zero.
Table = Sequence[tuple[float, int]]

# Persons on Cambodia's side who use the crossing.
PEOPLE: Table = ((0, 0), (1, 10), (100, 25), (500, 40), (2_000, 60), (5_000, 80), (20_000, 100))
# Households whose living hangs on it.
HOUSEHOLDS: Table = ((0, 0), (1, 10), (20, 25), (50, 40), (150, 60), (500, 80), (1_500, 100))
# Their share among the people served, in percent, with the mean household of the census of 2019.
HOUSEHOLD_PERSONS = 4.3
SHARE: Table = ((0, 0), (1, 10), (5, 25), (15, 50), (30, 75), (50, 100))
# Goods in tonnes a year, both directions.
TONNES: Table = ((0, 0), (1, 10), (100, 25), (1_000, 45), (10_000, 65), (50_000, 85), (200_000, 100))
# Value of trade, and revenue of the state, a year, in dollars.
VALUE_USD: Table = ((0, 0), (1, 10), (10_000, 25), (100_000, 45), (1_000_000, 65), (10_000_000, 85), (50_000_000, 100))
REVENUE_USD: Table = ((0, 0), (1, 10), (5_000, 25), (50_000, 50), (500_000, 75), (5_000_000, 100))
# The same thresholds in other currencies: one round figure for a dollar, set on 3 November 2024. These are edges of
# classes, no rates of exchange; a few percent of drift move nobody into another class who was not at its edge.
FOR_A_DOLLAR: Mapping[str, int] = {
    Currency.USD: 1,
    Currency.KHR: 4_000,
    Currency.THB: 35,
    Currency.VND: 25_000,
    Currency.LAK: 22_000,
}
# Kilometres to the nearest official crossing: by road where the road is stated, else the straight line.
DISTANCE: Table = ((0, 0), (2, 15), (5, 30), (10, 45), (20, 60), (40, 80), (80, 100))
# The worse the road to the nearest official crossing, the more a crossing here is needed.
ROAD: Mapping[str, int] = {
    RoadState.PAVED: 0,
    RoadState.LATERITE: 25,
    RoadState.SEASONAL: 50,
    RoadState.TRACK: 75,
    RoadState.NONE: 100,
}
# Risk as the visitors judge it, 0 to 4, from the drawn record: the higher, the fewer points.
SECURITY: Mapping[int, int] = {0: 100, 1: 75, 2: 50, 3: 25, 4: 0}
# "Not known" is a fact nobody knows, and gives no points.
ATTITUDE: Mapping[str, int] = {Attitude.FAVOURS: 100, Attitude.NEUTRAL: 60, Attitude.AGAINST: 0}
# What is not agreed on the ground cannot be built on.
DEMARCATION: Mapping[str, int] = {
    DemarcationState.DEMARCATED: 100,
    DemarcationState.DELIMITED: 70,
    DemarcationState.NO_MANS_LAND: 40,
    DemarcationState.UNDEMARCATED: 30,
    DemarcationState.WHITE_ZONE: 10,
    DemarcationState.DISPUTED: 0,
}
# Hardship if it is closed, 0 to 4.
HARDSHIP: Mapping[int, int] = {0: 0, 1: 25, 2: 50, 3: 75, 4: 100}

Facts = Mapping[str, Any]


def points_of(table: Table, figure: float | None) -> int | None:
    """The points of the class a figure falls into; None for a figure nobody knows."""
    if figure is None:
        return None
    return max((points for edge, points in table if figure >= edge), default=0)


@dataclass(frozen=True)
class Criterion:
    """One criterion: what it looks at, in words, and its points from the facts (None: not known)."""

    slug: str
    label: str | Promise
    about: str | Promise
    points: Callable[[Facts], int | None]
    fields: tuple[str, ...]


def _plain(name: str, table: Table, facts: Facts) -> int | None:
    return points_of(table, facts.get(name))


def _listed(name: str, table: Mapping[Any, int], facts: Facts) -> int | None:
    value = facts.get(name)
    return None if value is None or value == "" else table.get(value)


def share(facts: Facts) -> float | None:
    """Percent of the people served who live by the crossing, at most 100; None when either figure is missing."""
    people, households = facts.get("population"), facts.get("households_dependent")
    if not people or households is None:
        return None
    return float(min(100.0, 100 * households * HOUSEHOLD_PERSONS / people))


def _share(facts: Facts) -> int | None:
    return points_of(SHARE, share(facts))


def _in_dollars(amount: Any, currency: Any) -> float | None:
    """An amount on the scale of the classes; None when it or its currency is missing."""
    if amount is None or currency not in FOR_A_DOLLAR:
        return None
    return float(Fraction(amount) / FOR_A_DOLLAR[currency])


def _value(facts: Facts) -> int | None:
    return points_of(VALUE_USD, _in_dollars(facts.get("trade_value"), facts.get("trade_currency")))


def _revenue(facts: Facts) -> int | None:
    """By the revenue expected if official or by today's, whichever is more."""
    sums = [_in_dollars(facts.get(name), facts.get("revenue_currency")) for name in ("revenue", "revenue_expected")]
    known = [one for one in sums if one is not None]
    return points_of(REVENUE_USD, max(known)) if known else None


def way_km(facts: Facts) -> float | None:
    """Kilometres to the nearest official crossing, by road where that is stated."""
    road, straight = facts.get("road_km"), facts.get("nearest_km")
    return road if road is not None else straight


def _distance(facts: Facts) -> int | None:
    return points_of(DISTANCE, way_km(facts))


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "people", gettext_lazy("People served"), gettext_lazy("the more people, the more points"),
        partial(_plain, "population", PEOPLE), ("population",),
    ),
    Criterion(
        "households", gettext_lazy("Households that live by it"), gettext_lazy("the more households, the more points"),
        partial(_plain, "households_dependent", HOUSEHOLDS), ("households_dependent",),
    ),
    Criterion(
        "dependence", gettext_lazy("Share that lives by it"),
        gettext_lazy("dependent households among the people served, 4.3 persons to a household"),
        _share, ("households_dependent", "population"),
    ),
    Criterion(
        "tonnes", gettext_lazy("Goods"), gettext_lazy("the more tonnes a year, the more points"),
        partial(_plain, "trade_tonnes", TONNES), ("trade_tonnes",),
    ),
    Criterion(
        "value", gettext_lazy("Value of trade"), gettext_lazy("in classes of each currency, not by a rate of the day"),
        _value, ("trade_value", "trade_currency"),
    ),
    Criterion(
        "revenue", gettext_lazy("Revenue of the state"),
        gettext_lazy("expected if official or taken today, whichever is more"),
        _revenue, ("revenue_expected", "revenue", "revenue_currency"),
    ),
    Criterion(
        "distance", gettext_lazy("Way to the nearest official crossing"),
        gettext_lazy("the farther, the more points; by road where that is stated"),
        _distance, ("road_km", "nearest_km"),
    ),
    Criterion(
        "road", gettext_lazy("Road to the nearest official crossing"),
        gettext_lazy("the worse the road, the more a crossing here is needed"),
        partial(_listed, "road_state", ROAD), ("road_state",),
    ),
    Criterion(
        "security", gettext_lazy("Security"), gettext_lazy("the higher the risk, the fewer points"),
        partial(_listed, "security_risk", SECURITY), ("security_risk",),
    ),
    Criterion(
        "counterpart", gettext_lazy("The counterpart's position"),
        gettext_lazy("a counterpart in favour gives the most points"),
        partial(_listed, "attitude", ATTITUDE), ("attitude",),
    ),
    Criterion(
        "demarcation", gettext_lazy("State of demarcation"),
        gettext_lazy("the less is agreed on the ground, the fewer points"),
        partial(_listed, "demarcation", DEMARCATION), ("demarcation",),
    ),
    Criterion(
        "hardship", gettext_lazy("Hardship if closed"), gettext_lazy("the harder closing is, the more points"),
        partial(_listed, "hardship", HARDSHIP), ("hardship",),
    ),
)  # fmt: skip
SLUGS: tuple[str, ...] = tuple(one.slug for one in CRITERIA)
# What the criteria read; lists fetch no more.
FIELDS: tuple[str, ...] = tuple(sorted({name for one in CRITERIA for name in one.fields}))


@dataclass(frozen=True)
class Part:
    """One line of the sum. `weight` is out of 100 of the whole set; `adds` is what it brings to the score."""

    criterion: Criterion
    points: int | None
    weight: float
    adds: float | None


@dataclass(frozen=True)
class Score:
    """A score with its sum. `total` is 0 to 100, None when nothing of weight is known; `known` is out of 100."""

    total: float | None
    known: float
    parts: tuple[Part, ...]

    @property
    def known_words(self) -> str:
        """How much of the weight stands behind the score."""
        return _("%(n)s of 100 points of weight known") % {"n": f"{self.known:.0f}"}


def score(facts: Facts, values: Mapping[str, float]) -> Score:
    """The score of facts (by field of an assessment) under weights (by criterion, missing ones are zero).

    Total = sum of points × weight over the known criteria, divided by their weights. Exact in between: twice the
    weights give the same score. Raises ValueError when no criterion has weight.
    """
    weights = {one.slug: Fraction(values.get(one.slug, 0)) for one in CRITERIA}
    whole = sum(weights.values())
    if whole <= 0:
        raise ValueError("a set of weights with no weight in it")
    found = [(one, one.points(facts)) for one in CRITERIA]
    known = sum((weights[one.slug] for one, points in found if points is not None), Fraction(0))
    parts = tuple(
        Part(
            criterion=one,
            points=points,
            weight=round(float(100 * weights[one.slug] / whole), 1),
            adds=None if points is None or not known else round(float(points * weights[one.slug] / known), 1),
        )
        for one, points in found
    )
    gained = sum((points * weights[one.slug] for one, points in found if points is not None), Fraction(0))
    total = round(float(gained / known), 1) if known else None
    return Score(total, round(float(100 * known / whole), 1), parts)


def of(assessment: Any, weights: Weights | None) -> Score | None:
    """The score of an assessment under a published set; None without one."""
    if weights is None:
        return None
    return score({name: getattr(assessment, name) for name in FIELDS}, weights.values)


def in_force(at: datetime | None = None) -> Weights | None:
    """The set of weights in force at a moment (default: now)."""
    rows = Weights.objects.filter(period__contains=at or clock.sql_now())
    return rows.first()


def ranks(totals: Sequence[float | None]) -> list[int | None]:
    """The place of each score among them, 1 the highest; equal scores share a place, one without score has none."""
    return [None if one is None else 1 + sum(1 for other in totals if other is not None and other > one)
            for one in totals]  # fmt: skip


def fact_words(criterion: Criterion, words: Mapping[str, str], facts: Facts) -> str:
    """The fact behind a criterion in words, "" when it is not known; `words` are the fields of an assessment."""
    if criterion.slug == "dependence":
        percent = share(facts)
        return "" if percent is None else f"{percent:.0f} %"
    if criterion.slug == "revenue":
        more = max(("revenue_expected", "revenue"), key=lambda name: facts.get(name) or 0)
        return words.get(more, "")
    if criterion.slug == "distance":
        return words.get("road_km") or words.get("nearest_km", "")
    return words.get(criterion.fields[0], "")
