"""Working time: which minutes of an office count, by its dated hours and the days that differ.

An office without hours of its own follows the row without an office; when there is none either, every minute counts.
"""

from datetime import datetime, timedelta

from units.models import Unit


class Calendar:
    """The minutes that count for an office; for None every minute does."""

    def __init__(self, unit: Unit | None) -> None:
        self._unit = unit

    def add(self, moment: datetime, minutes: float) -> datetime:
        """The moment at which so many counting minutes have passed since `moment`."""
        return moment + timedelta(minutes=minutes)

    def between(self, first: datetime, last: datetime) -> float:
        """Counting minutes from `first` to `last`; 0 when it is not later."""
        return max(0.0, (last - first).total_seconds() / 60)
