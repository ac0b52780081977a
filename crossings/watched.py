"""How long a crossing is usually watched, and which classes it counts: what the page of a day begins with."""

from datetime import date, timedelta

from crossings.counts import MOST_MINUTES
from crossings.models import Crossing, TrafficLine

# Where the register states no hours, a day's watch.
A_WATCH = 12 * 60
# Classes counted in so many days before are shown first.
LATELY = timedelta(days=56)


def usual_minutes(crossing: Crossing) -> int:
    """The crossing's opening hours in minutes; a gate that never closes has 24 hours."""
    opens, closes = crossing.opens_at, crossing.closes_at
    if opens is None or closes is None:
        return A_WATCH
    lasted = closes.hour * 60 + closes.minute - opens.hour * 60 - opens.minute
    # Open till 23:59 or past midnight.
    lasted = lasted if lasted > 0 else lasted + MOST_MINUTES
    return MOST_MINUTES if lasted == MOST_MINUTES - 1 else lasted


def used_lately(crossing: Crossing, day: date) -> set[tuple[str, str, str, str, str]]:
    """The keys of the lines counted here in the weeks before and around a day."""
    rows = TrafficLine.objects.filter(
        sheet__crossing=crossing, sheet__current=True, sheet__day__gt=day - LATELY, sheet__day__lte=day
    )
    return set(rows.order_by().values_list("kind", "class_of", "nationality", "document", "currency").distinct())
