"""How sure a small number is: intervals of 95 % for counts and for shares."""

from dataclasses import dataclass
from math import sqrt

# The quantile of the normal distribution for 95 %, both sides.
Z = 1.959964


@dataclass(frozen=True)
class Interval:
    """A figure and the range in which the true one lies in 19 cases of 20."""

    value: float
    low: float
    high: float


def of_count(count: int) -> Interval:
    """A count of independent events (Poisson), by Byar's approximation: right to about 1 % from 1 on."""
    low = 0.0
    if count:
        low = count * (1 - 1 / (9 * count) - Z / (3 * sqrt(count))) ** 3
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * sqrt(above))) ** 3
    return Interval(float(count), max(0.0, low), high)


def of_rate(count: int, exposure: float) -> Interval:
    """So many events per unit of exposure (km, hours); ValueError when there is no exposure."""
    if exposure <= 0:
        raise ValueError("a rate needs an exposure")
    counted = of_count(count)
    return Interval(counted.value / exposure, counted.low / exposure, counted.high / exposure)


def of_share(part: int, whole: int) -> Interval:
    """A share of a whole, by Wilson's score interval; ValueError when there is no whole."""
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError("a share needs a part of a whole")
    p = part / whole
    centre = (p + Z**2 / (2 * whole)) / (1 + Z**2 / whole)
    half = Z * sqrt(p * (1 - p) / whole + Z**2 / (4 * whole**2)) / (1 + Z**2 / whole)
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half))
