"""The system's own watch over traffic: open crossings that used to be counted and are counted no more (duty D4).

Each silence is put on record once, as an unusual day that waits for a judgement, and told once to the province.
"""

from datetime import date, timedelta

from django.db import transaction

from borderwatch import audit, clock, outbox
from crossings import notices_traffic, open_hours, outliers, traffic
from crossings.actions.register import locked
from crossings.choices import Flow, OutlierReason
from crossings.models import Crossing, TrafficOutlier, TrafficSheet
from crossings.open_hours import DAY
from crossings.outliers import Silence

# A crossing whose last count is older has been given up; nobody is told of it any more.
LOOKS_BACK = timedelta(days=120)


def watch_traffic() -> dict[str, int]:
    """One round of the watch; returns how many crossings were found to have fallen silent. Safe to run any time."""
    today = traffic.today()
    quiet = list(
        traffic.with_last_day(Crossing.objects.all()).filter(
            last_day__gte=today - LOOKS_BACK, last_day__lt=today - outliers.SILENT_DAYS * DAY
        )
    )
    if not quiet:
        return {"silent": 0}
    missing = _open_days(quiet, today)
    observed = _observed(quiet)
    known = set(
        TrafficOutlier.objects.filter(why=OutlierReason.SILENT, crossing__in=quiet).values_list("crossing_id", "day")
    )
    found = [(one, outliers.silence(observed[one.pk], missing[one.pk])) for one in quiet]
    fresh = [(one, silence) for one, silence in found if silence and (one.pk, silence.since) not in known]
    return {"silent": sum(_keep(one, silence) for one, silence in fresh)}


def _open_days(quiet: list[Crossing], today: date) -> dict[int, int]:
    """How many days since its last count each crossing was open for anything, today left out."""
    oldest = min(one.last_day for one in quiet)  # type: ignore[attr-defined]
    hours = open_hours.of_flows(quiet, Flow.values, oldest + DAY, today - DAY)
    found = {}
    for one in quiet:
        days = {
            day
            for flow in one.flows
            for day, stretch in open_hours.by_day(hours[flow][one.pk]).items()
            if stretch.minutes and day > one.last_day  # type: ignore[attr-defined]
        }
        found[one.pk] = len(days)
    return found


def _observed(quiet: list[Crossing]) -> dict[int, list[date]]:
    """The days each was counted on, as far back as a silence is measured."""
    oldest = min(one.last_day for one in quiet) - outliers.REGULAR_OF * DAY  # type: ignore[attr-defined]
    rows = TrafficSheet.objects.filter(crossing__in=quiet, current=True, day__gte=oldest)
    found: dict[int, list[date]] = {one.pk: [] for one in quiet}
    for pk, day in rows.order_by().values_list("crossing_id", "day").distinct():
        found[pk].append(day)
    return found


@transaction.atomic
def _keep(crossing: Crossing, silence: Silence) -> bool:
    """Put a silence on record and tell of it; False when another round has done it meanwhile."""
    crossing = locked(crossing)
    same = TrafficOutlier.objects.filter(crossing=crossing, why=OutlierReason.SILENT, day=silence.since)
    if same.exists():
        return False
    row = TrafficOutlier.objects.create(
        crossing=crossing,
        day=silence.since,
        # A silence is of both directions.
        direction="",
        measure="",
        why=OutlierReason.SILENT,
        basis={"last": silence.last.isoformat(), "days": silence.days, "gap": silence.gap},
        found_at=clock.now(),
    )
    audit.record(
        actor=None,
        verb="find_outliers",
        target=crossing,
        after={"found": 1, "days": [f"{silence.since.isoformat()} silent"], **row.basis},
        at=row.found_at,
    )
    outbox.publish(notices_traffic.silent(row))
    return True
