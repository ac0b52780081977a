"""Pages of drills: the list, announcing one, one drill with what may be done, and its response report."""

import csv
import io
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import clock, pages
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.choices_answers import DrillState
from incidents.drills import forms, report, roll, table, workflow
from incidents.models import Drill, Incident
from units import policy

# Address → verb, its form, and what the page says afterwards.
ACTS: dict[str, tuple[str, type[BaseForm], Any]] = {
    "begin": ("begin_drill", forms.NothingForm, gettext_lazy("The drill has begun. Those who take part are told.")),
    "end": ("end_drill", forms.EndForm, gettext_lazy("The drill is over. Its response report is frozen.")),
    "call-off": ("call_off_drill", forms.CallOffForm, gettext_lazy("The drill is called off.")),
    "lessons": ("note_lessons", forms.LessonsForm, gettext_lazy("Written down.")),
}
SHOWN = 200


@require_safe
@login_required
def drill_list(request: SignedIn) -> HttpResponse:
    """Drills that run, are planned, and were: newest first."""
    rows = Drill.objects.visible_to(request.user).select_related("led_by").defer("report")
    page = pages.keyset(rows, moment="starts_at", asked=request.GET)
    return render(request, "drills/list.html", {"page": page, "leaders": roll.led_from(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn) -> HttpResponse:
    """Announce a drill."""
    form = forms.DrillForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.leaders:
        raise PermissionDenied(policy.nothing_here())
    if request.method == "POST" and form.is_valid():
        try:
            drill = actions.announce_drill(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The drill is announced. Those who take part are told."))
            return redirect(drill)
    return render(request, "drills/new.html", {"form": form}, status=422 if form.errors else 200)


def _visible(request: SignedIn, pk: int) -> Drill:
    rows = Drill.objects.visible_to(request.user).select_related("led_by", "announced_by", "ended_by")
    return get_object_or_404(rows.prefetch_related("units"), pk=pk)


@require_safe
@login_required
def detail(request: SignedIn, pk: int) -> HttpResponse:
    """One drill: when, who, what was filed in it, and how it was answered."""
    return _page(request, _visible(request, pk), {})


def _page(request: SignedIn, drill: Drill, refused: dict[str, BaseForm]) -> HttpResponse:
    concerned = roll.concerns(request.user, drill)
    found = report.of(drill, clock.now()) if concerned else None
    earlier = report.last_before(drill) if found else None
    incidents = Incident.objects.visible_to(request.user).filter(drill=drill).with_names()
    context = {
        "drill": drill,
        "acts": _acts(request, drill, refused),
        "concerned": concerned,
        "totals": table.totals(found, earlier),
        "earlier": earlier,
        "lanes": table.lanes(found, request.user) if found else [],
        "incidents": incidents.order_by("-received_at", "-pk")[:SHOWN],
        "history": AuditEntry.objects.filter(kind=drill.audit_kind, key=drill.audit_key),
        "refused": refused,
        "running": drill.state == DrillState.RUNNING,
    }
    return render(request, "drills/detail.html", context, status=422 if refused else 200)


def _acts(request: SignedIn, drill: Drill, refused: dict[str, BaseForm]) -> list[tuple[str, BaseForm]]:
    """The steps open to this person, each with its form."""
    if not roll.may_lead(request.user, drill):
        return []
    given = {"lessons": {"lessons": drill.lessons}}
    return [
        (name, refused.get(name) or form(initial=given.get(name)))
        for name, (verb, form, _done) in ACTS.items()
        if workflow.allowed(verb, drill.state) or name in refused
    ]


@require_POST
@login_required
def act(request: SignedIn, pk: int, name: str) -> HttpResponse:
    """One of `ACTS`."""
    drill = _visible(request, pk)
    verb, kind, done = ACTS[name]
    policy.demand(request.user, "lead_drill", [drill.led_by_id])
    form = kind(request.POST)
    if form.is_valid():
        try:
            getattr(actions, verb)(actor=request.user, drill=drill, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, str(done))
            return redirect(drill)
    return _page(request, drill, {name: form})


def _report(request: SignedIn, pk: int) -> tuple[Drill, dict[str, Any]]:
    """The drill and its report; 404 before there is one, 403 for those whom the drill does not concern."""
    drill = _visible(request, pk)
    if not roll.concerns(request.user, drill):
        raise PermissionDenied(_("The response report is for those who lead the drill or take part in it."))
    found = report.of(drill, clock.now())
    if found is None:
        raise Http404
    return drill, found


@require_safe
@login_required
def response_report(request: SignedIn, pk: int) -> HttpResponse:
    """Who was told when and who answered when, to read and to print."""
    drill, found = _report(request, pk)
    earlier = report.last_before(drill)
    context = {
        "drill": drill,
        "report": found,
        "at": table.when(found["at"]),
        "totals": table.totals(found, earlier),
        "earlier": earlier,
        "lanes": table.lanes(found, request.user),
        "running": drill.state == DrillState.RUNNING,
    }
    return render(request, "drills/report.html", context)


@require_safe
@login_required
def report_csv(request: SignedIn, pk: int) -> HttpResponse:
    """The same for a spreadsheet: one row for each incident and institution; machine-readable, nothing localised."""
    drill, found = _report(request, pk)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.CSV_HEAD)
    writer.writerows(table.csv_rows(drill, found))
    # The mark tells spreadsheets that the text is UTF-8.
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="drill-{drill.pk}-EXERCISE.csv"'
    return response
