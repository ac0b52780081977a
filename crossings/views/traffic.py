"""Pages that look at traffic: the overview, a crossing's chart, several compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from borderwatch.khmer import latin_digits, search_key
from borderwatch.templatetags.words import digits
from borderwatch.views import SignedIn
from crossings import charts, deciders, outliers, traffic
from crossings.charts import Chart
from crossings.choices import Direction, OutlierReason
from crossings.forms_traffic_reading import MEASURES, CompareForm, LookForm
from crossings.models import Crossing, TrafficOutlier, TrafficSheet
from crossings.open_hours import DAY
from crossings.traffic import Figure, Series, Totals
from crossings.traffic_words import Row, described, rows_of
from crossings.views.traffic_entry import crossing_of
from units import policy

# Crossings of the overview at once; the search finds the others.
LISTED = 150
# Whole days the overview adds up.
LATELY = 30
# Unusual days named on the overview.
NAMED = 5
# A table of so few rows stands open.
OPEN_UP_TO = 62


@dataclass(frozen=True)
class Listed:
    """A crossing of the overview: when it was last counted, its last thirty days, what waits."""

    crossing: Crossing
    last_day: date | None
    totals: Totals
    waiting: int
    silent: bool

    @property
    def figures(self) -> list[tuple[str, str, Figure]]:
        """The measures that were counted at all, both directions, as (slug, label, figure)."""
        found = [(slug, str(label), traffic.both(self.totals[slug])) for slug, label in MEASURES]
        return [row for row in found if row[2].value is not None]


@require_safe
@login_required
def overview(request: SignedIn) -> HttpResponse:
    """Crossings whose traffic the person sees, silent ones first; a month by province for who sees several."""
    today = traffic.today()
    words = request.GET.get("q", "").strip()[:100]
    every = [
        one
        for one in traffic.with_last_day(traffic.crossings_of(request.user))
        .select_related("district__province")
        .order_by("district__province__code", "slug")
        if _fits(one, words)
    ]
    unusual = _waiting(request)
    ordered = sorted(every, key=lambda one: _place(one, unusual, today))
    counted = [one for one in ordered if one.last_day]
    shown = counted[:LISTED]
    totals = traffic.totals(request.user, shown, today - LATELY * DAY, today - DAY)
    rows = [Listed(one, one.last_day, totals[one.pk], *unusual.get(one.pk, (0, False))) for one in shown]
    context = {
        "rows": rows,
        "more": len(counted) - len(shown),
        "never": [one for one in ordered if not one.last_day],
        "asked_for": words,
        "lately": LATELY,
        "today": today,
        "unusual": _named(request) if unusual else [],
        "waiting": sum(count for count, _silent in unusual.values()),
        "month": _month(request, today) if len({one.district.province_id for one in every}) > 1 else None,
        "measures": MEASURES,
        "may_import": _may_enter(request),
    }
    return render(request, "traffic/overview.html", context)


def _may_enter(request: SignedIn) -> bool:
    """Whether the person may enter traffic anywhere."""
    return bool(policy.unit_ids(request.user, policy.VERBS["enter_traffic"]))


def _fits(one: Crossing, words: str) -> bool:
    place = f"{one.slug} {one.name_km} {one.name_en} {one.district.province.name}"
    return search_key(words) in search_key(place)


def _waiting(request: SignedIn) -> dict[int, tuple[int, bool]]:
    """How many unusual days wait at each crossing, and whether it is silent."""
    rows = outliers.waiting(TrafficOutlier.objects.visible_to(request.user)).order_by()
    silent = Count("pk", filter=Q(why=OutlierReason.SILENT))
    found = rows.values("crossing").annotate(n=Count("pk"), silent=silent)
    return {row["crossing"]: (row["n"], bool(row["silent"])) for row in found}


def _place(one: Any, unusual: dict[int, tuple[int, bool]], today: date) -> int:
    """Silent ones first, then those with unusual days, then those counted lately, then the others."""
    count, silent = unusual.get(one.pk, (0, False))
    late = one.last_day is None or one.last_day < today - LATELY * DAY
    return 0 if silent else 1 if count else 3 if late else 2


def _named(request: SignedIn) -> list[tuple[TrafficOutlier, str]]:
    rows = outliers.waiting(TrafficOutlier.objects.visible_to(request.user))
    newest = rows.select_related("crossing").order_by("-day", "-pk")[:NAMED]
    return [(row, described(row)) for row in newest]


def _month(request: SignedIn, today: date) -> dict[str, Any]:
    """One month by province, up to yesterday; the neighbouring months to go on to."""
    first, last = traffic.month_of(_asked_month(request.GET.get("month", "")) or today - DAY)
    if first >= today:
        first, last = traffic.month_of(today - DAY)
    until = min(last, today - DAY)
    rows = traffic.by_province(request.user, first, until)
    whole = traffic.summed(row.figures for row in rows)
    return {
        "first": first,
        "until": until,
        "running": until < last,
        "rows": [_line(row) for row in rows],
        "whole": [(label, traffic.both(whole[slug])) for slug, label in MEASURES],
        "before": first - DAY,
        "after": last + DAY if last + DAY < today else None,
    }


def _line(row: traffic.ProvinceTotals) -> tuple[traffic.ProvinceTotals, list[tuple[Any, Figure]]]:
    """A province with its figures by label; none when nothing at all was counted there."""
    found = [(label, row.both(slug)) for slug, label in MEASURES]
    return row, found if any(figure.value is not None for _label, figure in found) else []


def _asked_month(text: str) -> date | None:
    """The first of a month written as 2026-11; None for anything else."""
    try:
        return date.fromisoformat(f"{latin_digits(text.strip())}-01")
    except ValueError:
        return None


# --- one crossing -----------------------------------------------------------------------------------------------


@require_safe
@login_required
def crossing_page(request: SignedIn, slug: str) -> HttpResponse:
    """One measure of a crossing by day, week or month: chart, totals with their coverage, the table of the figures."""
    crossing = crossing_of(request, slug)
    today = traffic.today()
    form = LookForm(request.GET, today=today)
    series = traffic.series(request.user, crossing, **form.asked())
    unusual = _unusual(request, series)
    chart = charts.mirrored(
        series, write=digits, unusual={(one.day, one.direction) for one in unusual if one.direction}
    )
    rows = rows_of(series, unusual)
    context = {
        "crossing": crossing,
        "form": form,
        "series": series,
        "measure": str(dict(MEASURES)[series.measure]),
        "chart": chart,
        "slots": _slots(chart, rows),
        "rows": rows,
        "open_table": len(rows) <= OPEN_UP_TO,
        "seen": kinds_seen(series),
        "unusual": [(one, described(one)) for one in unusual],
        "usual": _usual(request, series),
        "today": today,
        "may_enter": deciders.may(request.user, "enter_traffic", crossing),
    }
    return render(request, "traffic/crossing.html", context, status=200 if form.is_valid() else 422)


def _slots(chart: Chart, rows: list[Row]) -> list[tuple[float, float, Row]]:
    return [(x, width, row) for (x, width, _span), row in zip(chart.slots, rows, strict=True)]


def kinds_seen(series: Series) -> set[str]:
    """What the key below a chart has to explain."""
    found = set()
    for span in series.spans:
        for figure in (span.ins, span.outs):
            if figure.value is None and not span.shut and not span.ahead:
                found.add("gap")
            if figure.value == 0:
                found.add("zero")
            if figure.partly:
                found.add("partly")
        if span.shut:
            found.add("shut")
    return found


def _unusual(request: SignedIn, series: Series) -> list[TrafficOutlier]:
    """The unusual days of the span: of this measure, and silences; those of counts that were replaced left out."""
    rows = TrafficOutlier.objects.visible_to(request.user).filter(
        Q(sheet__isnull=True) | Q(sheet__current=True),
        crossing=series.crossing,
        measure__in=(series.measure, ""),
        day__range=(series.since, series.until),
    )
    return list(rows.order_by("-day", "direction"))


@dataclass(frozen=True)
class Measured:
    """The last count of one direction beside what is usual; `usual` None with `known` days, too few to judge."""

    direction: str
    day: date
    value: traffic.Value
    usual: Mapping[str, Any] | None
    known: int
    hours: str
    short: bool


def _usual(request: SignedIn, series: Series) -> list[Measured]:
    """For each direction its last count in the span, measured as the system measures it."""
    last: dict[str, Any] = {}
    rows = TrafficSheet.objects.visible_to(request.user).filter(
        crossing=series.crossing, current=True, day__range=(series.since, series.until)
    )
    for way in Direction.values:
        found = rows.filter(direction=way, **{f"{series.measure}__isnull": False}).order_by("-day").first()
        if found:
            last[way] = found
    if not last:
        return []
    days = [one.day for one in last.values()]
    before = TrafficSheet.objects.visible_to(request.user).filter(
        crossing=series.crossing,
        current=True,
        day__gte=outliers.reads_from(min(days)),
        day__lt=max(days),
        day__iso_week_day__in={day.isoweekday() for day in days},
    )
    usual_days = outliers.baselines(before)
    return [_measured(sheet, series, usual_days) for sheet in last.values()]


def _measured(sheet: TrafficSheet, series: Series, usual_days: Any) -> Measured:
    baseline = usual_days.get((sheet.crossing_id, sheet.direction))
    short = sheet.observed_minutes < outliers.MIN_MINUTES
    usual = baseline.usual(sheet.day, series.measure, sheet.observed_minutes) if baseline and not short else None
    return Measured(
        direction=sheet.get_direction_display(),
        day=sheet.day,
        value=getattr(sheet, series.measure),
        usual=usual.rounded if usual else None,
        known=baseline.known(sheet.day, series.measure) if baseline else 0,
        hours=outliers.hours(sheet.observed_minutes),
        short=short,
    )


# --- several crossings ------------------------------------------------------------------------------------------


@require_safe
@login_required
def compare(request: SignedIn) -> HttpResponse:
    """Up to six crossings side by side, one small chart each and one table of all."""
    today = traffic.today()
    form = CompareForm(request.GET, user=request.user, today=today)
    chosen = list(form.cleaned_data.get("c") or ()) if form.is_valid() else []
    found = traffic.compare(request.user, chosen, **form.asked()) if chosen else []
    most = max((charts.highest(one, form.drawn(one)) for one in found), default=0.0)
    drawn = [(one, _small(one, form, most)) for one in found]
    context = {
        "form": form,
        "asked": form.asked(),
        "measure": str(dict(MEASURES)[form.asked()["measure"]]),
        "found": [
            (number, one, chart, _slots(chart, rows_of(one, ()))) for number, (one, chart) in enumerate(drawn, start=1)
        ],
        "seen": set().union(*(kinds_seen(one) for one in found)),
        "today": today,
    }
    return render(request, "traffic/compare.html", context, status=200 if form.is_valid() else 422)


def _small(series: Series, form: CompareForm, most: float) -> Chart:
    return charts.mirrored(series, write=digits, size=charts.SMALL, drawn=form.drawn(series), most=most)
