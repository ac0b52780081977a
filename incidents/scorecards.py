"""Scorecards of units: what happened in their ground, against its length, the patrols walked and the traffic.

Fair by rule: a unit that finds and reports much must not look worse than one that looks away. So every rate has an
exposure and an interval; below `MIN_SHOWN` events no rate is given at all, below `MIN_RANKED` a unit takes no place in
an order; what the unit itself reported is a figure of its own; and every figure opens the records behind it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.gis.db.models.functions import Length
from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Q,
    Sum,
)
from django.db.models.functions import Coalesce, Extract, TruncMonth
from django.utils import timezone
from django.utils.http import urlencode

from borderwatch import clock
from crossings.models import TrafficSheet
from incidents import intervals
from incidents.choices import Category, CloseReason, Source, TimePrecision
from incidents.intervals import Interval
from incidents.models import AccountabilityCase, AccountabilityPolicy, Incident
from units import policy
from units.choices import PatrolState
from units.models import Patrol, Sector, Unit

# With fewer events no rate is shown, with fewer than the second figure a unit is not put into an order.
MIN_SHOWN = 5
MIN_RANKED = 10
# Rates are per so many kilometres of border line, hours of patrol, and recorded crossings.
PER_KM = 10
PER_HOURS = 100
PER_CROSSINGS = 1_000


class Median(Aggregate):
    """The middle value, by the database."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Span:
    """Days from and to (both included, Phnom Penh), and the categories that are counted."""

    since: date
    until: date
    categories: tuple[str, ...]

    def moments(self) -> tuple[datetime, datetime]:
        """From the first day's midnight up to and without the midnight after the last."""
        zone = timezone.get_default_timezone()
        start = datetime.combine(self.since, time(), zone)
        return start, datetime.combine(self.until + timedelta(days=1), time(), zone)

    def drill(self, **more: Any) -> str:
        """The query of the list of incidents that shows exactly what is counted."""
        asked = {"since": self.since, "until": self.until, "category": self.categories, "took_place": "true", **more}
        return "?" + urlencode({name: value for name, value in asked.items() if value}, doseq=True)


@dataclass(frozen=True)
class Card:
    """The figures of one unit. A rate is None when it has no exposure or too few events to say anything."""

    unit: Unit
    span: Span
    incidents: int
    own: int
    km: float
    hours: float
    median_min: float | None
    timed: int
    credited: int
    passengers: int

    @property
    def enough(self) -> bool:
        """Whether rates may be shown at all."""
        return self.incidents >= MIN_SHOWN

    @property
    def ranked(self) -> bool:
        """Whether the unit may take a place in an order."""
        return self.incidents >= MIN_RANKED and self.per_km is not None

    @property
    def per_km(self) -> Interval | None:
        """Incidents per 10 km of border line."""
        return intervals.of_rate(self.incidents, self.km / PER_KM) if self.enough and self.km else None

    @property
    def per_hours(self) -> Interval | None:
        """Incidents per 100 hours of patrol."""
        return intervals.of_rate(self.incidents, self.hours / PER_HOURS) if self.enough and self.hours else None

    @property
    def per_crossings(self) -> Interval | None:
        """Incidents per 1,000 passengers counted at the unit's crossings; days nobody watched are not in it."""
        return (
            intervals.of_rate(self.incidents, self.passengers / PER_CROSSINGS)
            if self.enough and self.passengers
            else None
        )

    @property
    def own_share(self) -> Interval | None:
        """The share the unit itself found and reported."""
        return intervals.of_share(self.own, self.incidents) if self.enough else None

    @property
    def own_percent(self) -> Interval | None:
        """The same in percent."""
        share = self.own_share
        return Interval(share.value * 100, share.low * 100, share.high * 100) if share else None

    @property
    def time_to_report(self) -> int | None:
        """Minutes from detecting (else from the event) to the report, in the middle; None for too few."""
        return None if self.median_min is None or self.timed < MIN_SHOWN else round(self.median_min)

    @property
    def drill(self) -> str:
        """The query that lists the incidents counted."""
        return self.span.drill(unit=self.unit.code)

    @property
    def drill_own(self) -> str:
        """The query that lists those the unit itself reported."""
        return self.span.drill(unit=self.unit.code, filed_for=self.unit.code)

    @property
    def drill_patrols(self) -> str:
        """The query that lists the patrols counted."""
        asked = {
            "unit": self.unit.code,
            "since": str(self.span.since),
            "until": str(self.span.until),
            "state": "finished",
        }
        return "?" + urlencode(asked)


def illegal_movement() -> tuple[str, ...]:
    """The categories for which a case opens by itself; illegal crossing where no policy says so."""
    found = AccountabilityPolicy.objects.filter(active=True, opens_by_itself=True).values_list("categories", flat=True)
    named = sorted({category for categories in found for category in categories})
    return tuple(named) or (Category.ILLEGAL_CROSSING.value,)


def last_year() -> tuple[date, date]:
    """The twelve months up to today in Phnom Penh, by the database's clock."""
    today = timezone.localtime(clock.now()).date()
    return today - timedelta(days=364), today


def counted(user: Any, span: Span) -> Any:
    """The incidents a person sees in the span; drills and those found not to have taken place are left out."""
    start, end = span.moments()
    rows = Incident.objects.visible_to(user).real().filter(occurred_at__gte=start, occurred_at__lt=end)
    rows = rows.exclude(close_reason=CloseReason.DID_NOT_HAPPEN)
    return rows.filter(category__in=span.categories) if span.categories else rows


def units_with_ground(user: Any) -> Any:
    """Units with a sector of their own, on which the person holds a view: his own and those under them."""
    holders = Sector.objects.visible_to(user).at(clock.now()).values("unit")
    ids = policy.unit_ids(user, policy.VIEW)
    seen = Unit.objects.visible_to(user).filter(pk__in=ids).filter(pk__in=holders)  # type: ignore[attr-defined]
    return seen.select_related("province", "district").order_by("code")


def cards(user: Any, span: Span, units: Iterable[Unit]) -> list[Card]:
    """A card for each of these units: a constant number of queries, however many there are."""
    units = list(units)
    ids = [unit.pk for unit in units]
    facts = {row["responsible_unit"]: row for row in _incidents(counted(user, span).filter(responsible_unit__in=ids))}
    times = {row["responsible_unit"]: row for row in _times(counted(user, span).filter(responsible_unit__in=ids))}
    km, hours, credits = _km(user, ids), _hours(user, span, ids), _credits(user, span, ids)
    passengers = _passengers(user, span, ids)
    return [
        Card(
            unit=unit,
            span=span,
            incidents=facts.get(unit.pk, {}).get("n", 0),
            own=facts.get(unit.pk, {}).get("own", 0),
            km=km.get(unit.pk, 0.0),
            hours=hours.get(unit.pk, 0.0),
            median_min=times.get(unit.pk, {}).get("median"),
            timed=times.get(unit.pk, {}).get("n", 0),
            credited=credits.get(unit.pk, 0),
            passengers=passengers.get(unit.pk, 0),
        )
        for unit in units
    ]


def _incidents(rows: Any) -> Any:
    own = Q(filed_for=F("responsible_unit"))
    return rows.order_by().values("responsible_unit").annotate(n=Count("pk"), own=Count("pk", filter=own))


def _times(rows: Any) -> Any:
    """From knowing to reporting, in minutes; only where the time is known to the hour."""
    known = Coalesce("detected_at", "occurred_at")
    took = ExpressionWrapper(F("received_at") - known, output_field=DurationField())
    exact = rows.filter(time_precision__in=(TimePrecision.MINUTE, TimePrecision.HOUR))
    minutes = Extract(took, "epoch") / 60.0
    return exact.order_by().values("responsible_unit").annotate(n=Count("pk"), median=Median(minutes))


def _km(user: Any, ids: list[int]) -> dict[int, float]:
    """Kilometres of border line of the sectors in force today."""
    held = Sector.objects.visible_to(user).at(clock.now()).filter(unit__in=ids, border__isnull=False)
    found: dict[int, float] = {}
    for unit, length in held.annotate(length=Length("border")).values_list("unit", "length"):
        found[unit] = found.get(unit, 0.0) + length.km
    return found


def _hours(user: Any, span: Span, ids: list[int]) -> dict[int, float]:
    """Hours of finished patrols that set out in the span."""
    start, end = span.moments()
    rows = Patrol.objects.visible_to(user).filter(
        unit__in=ids, state=PatrolState.FINISHED, started_at__gte=start, started_at__lt=end
    )
    took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    summed = rows.order_by().values("unit").annotate(took=Sum(took)).values_list("unit", "took")
    return {unit: duration.total_seconds() / 3600 for unit, duration in summed}


def _credits(user: Any, span: Span, ids: list[int]) -> dict[int, int]:
    """Cases in which the unit is credited with finding and reporting early."""
    start, end = span.moments()
    rows = AccountabilityCase.objects.visible_to(user).filter(
        unit__in=ids, credited=True, incident__occurred_at__gte=start, incident__occurred_at__lt=end
    )
    return dict(rows.order_by().values("unit").annotate(n=Count("pk")).values_list("unit", "n"))


def _passengers(user: Any, span: Span, ids: list[int]) -> dict[int, int]:
    """Passengers counted, both ways, at the crossings each unit is responsible for today."""
    rows = TrafficSheet.objects.visible_to(user).filter(
        current=True, crossing__responsible_unit__in=ids, day__range=(span.since, span.until), passengers__isnull=False
    )
    summed = rows.order_by().values("crossing__responsible_unit").annotate(n=Sum("passengers"))
    return dict(summed.values_list("crossing__responsible_unit", "n"))


def in_order(found: list[Card]) -> tuple[list[Card], list[Card]]:
    """Those with enough events by incidents per km, highest first, and the others by code, unranked."""
    ranked = sorted((card for card in found if card.ranked), key=lambda c: (-c.per_km.value, c.unit.code))  # type: ignore[union-attr]
    return ranked, sorted((card for card in found if not card.ranked), key=lambda c: c.unit.code)


def by_month(user: Any, span: Span, unit: Unit) -> list[tuple[date, int]]:
    """Incidents of each month of the span; months without any are there with 0, since somebody could have reported."""
    rows = counted(user, span).filter(responsible_unit=unit).order_by()
    found = rows.annotate(month=TruncMonth("occurred_at")).values("month").annotate(n=Count("pk"))
    counts = {timezone.localtime(row["month"]).date(): row["n"] for row in found}
    months, month = [], span.since.replace(day=1)
    while month <= span.until:
        months.append((month, counts.get(month, 0)))
        month = (month + timedelta(days=32)).replace(day=1)
    return months


def by_source(user: Any, span: Span, unit: Unit) -> list[tuple[str, int, str]]:
    """How the incidents became known, the most frequent first: (words, how many, query of the list)."""
    rows = counted(user, span).filter(responsible_unit=unit).order_by()
    found = rows.values("source").annotate(n=Count("pk")).order_by("-n", "source")
    words = dict(Source.choices)
    return [
        (str(words.get(row["source"], "")), row["n"], span.drill(unit=unit.code, known_by=row["source"] or "-"))
        for row in found
    ]
