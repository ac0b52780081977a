"""Pages of unusual days: the list, and one day with its reason in figures and the judgement of it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import pages
from borderwatch.models import AuditEntry
from borderwatch.templatetags.words import digits
from borderwatch.views import SignedIn, refused_by_verb
from crossings import actions, charts, deciders, outlier_workflow, outliers, traffic
from crossings.choices import OutlierReason, OutlierState
from crossings.forms_traffic_reading import MEASURES, JudgeForm, OutlierFilter
from crossings.models import TrafficOutlier
from crossings.open_hours import DAY
from crossings.traffic_words import described, rows_of

# Days drawn before the unusual one, and after it.
BEFORE, AFTER = 60, 14


@require_safe
@login_required
def outlier_list(request: SignedIn) -> HttpResponse:
    """Unusual days a person sees, latest found first; those that wait for a judgement unless he asks for others."""
    visible = TrafficOutlier.objects.visible_to(request.user)
    rows = visible.select_related("crossing__district__province", "sheet", "decided_by")
    asked = request.GET.copy()
    asked.setdefault("state", "waiting")
    questions = OutlierFilter(asked, queryset=rows, request=request)
    page = pages.keyset(questions.qs, asked=request.GET)
    context = {
        "page": page,
        "rows": [(row, described(row)) for row in page.rows],
        "filter": questions,
        "asked": sum(1 for name in questions.filters if request.GET.get(name)),
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "traffic/outliers.html#rows", context)
    return render(request, "traffic/outliers.html", context)


def visible_outlier(request: SignedIn, pk: int) -> TrafficOutlier:
    """The unusual day of that number, 404 when the person does not see it."""
    rows = TrafficOutlier.objects.visible_to(request.user)
    rows = rows.select_related("crossing__district__province", "crossing__responsible_unit", "sheet", "decided_by")
    found: TrafficOutlier = get_object_or_404(rows, pk=pk)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def outlier_page(request: SignedIn, pk: int) -> HttpResponse:
    """One unusual day among the days around it; who decides in the province says here what it was."""
    outlier = visible_outlier(request, pk)
    silent = outlier.why == OutlierReason.SILENT
    if request.method != "POST":
        return _page(request, outlier, JudgeForm(silent=silent))
    deciders.demand(request.user, "judge_outlier", outlier.crossing)
    form = JudgeForm(request.POST, silent=silent)
    if form.is_valid():
        try:
            outlier = actions.judge_outlier(actor=request.user, outlier=outlier, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            return _judged(request, outlier)
    return _page(request, outlier, form, status=422)


def _judged(request: SignedIn, outlier: TrafficOutlier) -> HttpResponse:
    if outlier.state == OutlierState.MISTAKE:
        messages.success(request, _("Put on record as a mistake. Now enter the right count of the day."))
        return redirect("traffic:day", outlier.crossing.slug, outlier.day)
    messages.success(request, _("Put on record: it was really so."))
    return redirect("traffic:outliers")


def _page(request: SignedIn, outlier: TrafficOutlier, form: JudgeForm, status: int = 200) -> HttpResponse:
    may = deciders.may(request.user, "judge_outlier", outlier.crossing)
    replaced = outlier.sheet is not None and not outlier.sheet.current
    series = _around(request, outlier)
    chart = charts.mirrored(series, write=digits, unusual={(outlier.day, outlier.direction)})
    rows = rows_of(series, [outlier] if outlier.measure else [])
    open_to = [one for one in outlier_workflow.JUDGEMENTS if outlier_workflow.allowed(one, outlier.state)]
    context = {
        "outlier": outlier,
        "crossing": outlier.crossing,
        "words": outliers.words(outlier),
        "measure": str(dict(MEASURES)[series.measure]),
        "series": series,
        "chart": chart,
        "slots": [(x, width, row) for (x, width, _span), row in zip(chart.slots, rows, strict=True)],
        "replaced": replaced,
        "form": form if may and (not replaced or form.is_bound) else None,
        "open_to": open_to,
        "history": AuditEntry.objects.filter(kind=outlier.audit_kind, key=outlier.audit_key),
    }
    return render(request, "traffic/outlier.html", context, status=status)


def _around(request: SignedIn, outlier: TrafficOutlier) -> Any:
    """The days around, of the measure in question; for a silence of the passengers."""
    until: date = min(outlier.day + AFTER * DAY, traffic.today())
    measure = outlier.measure or "passengers"
    return traffic.series(request.user, outlier.crossing, measure, outlier.day - BEFORE * DAY, until)
