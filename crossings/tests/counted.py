"""Sheets for tests of what is asked of traffic, written straight into the table; the verb has tests of its own."""

import hashlib
from datetime import date, timedelta
from itertools import count
from typing import Any

from borderwatch import clock
from crossings.models import Crossing, TrafficSheet
from units.models import User

_NUMBER = count()


def crossing(slug: str = "vn-o-yadav") -> Crossing:
    return Crossing.objects.get(slug=slug)


def sheet(day: date, direction: str = "in", *, minutes: int = 720, gate: Crossing | None = None, **more: Any) -> Any:
    """One sheet in force; measures that are not named were not counted."""
    values = {"current": True, "version": 1, "method": "counted", "observer": "Sok", **more}
    return TrafficSheet.objects.create(
        crossing=gate or crossing(),
        day=day,
        direction=direction,
        observed_minutes=minutes,
        fingerprint=hashlib.sha256(str(next(_NUMBER)).encode()).hexdigest(),
        entered_by=User.objects.get(username="province"),
        entered_at=clock.now(),
        **values,
    )


def days(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
