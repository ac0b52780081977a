"""Entering traffic from a file: send it, look at the dry run, enter the sound days or give it up."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import jobs, pages, sealed
from borderwatch.views import SignedIn, refused_by_verb
from crossings import actions, deciders, import_workflow
from crossings import forms_traffic_import as forms
from crossings.actions.imports import APPLY_JOB, READ_JOB, SHOWN, subject
from crossings.choices import ImportState
from crossings.models import Crossing, TrafficImport
from crossings.traffic import crossings_of
from crossings.traffic_files import draft, template, words
from units import policy
from units.models import Unit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def _visible(request: SignedIn, pk: int) -> TrafficImport:
    rows = TrafficImport.objects.visible_to(request.user).select_related("unit", "crossing", "uploaded_by")
    found: TrafficImport = get_object_or_404(rows, pk=pk)
    return found


def _units(request: SignedIn) -> list[Unit]:
    """The units the person enters traffic for."""
    return list(Unit.objects.filter(pk__in=policy.unit_ids(request.user, policy.FILE)).order_by("code"))


def _crossings(request: SignedIn) -> list[Crossing]:
    """The crossings whose traffic the person may enter."""
    rows = crossings_of(request.user).select_related("district__province").order_by("slug")
    return [one for one in rows if deciders.may(request.user, "enter_traffic", one)]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def import_new(request: SignedIn) -> HttpResponse:
    """Send a file, and the files sent before. Nothing is entered by sending."""
    units = _units(request)
    policy.demand(request.user, "enter_traffic", [unit.pk for unit in units])
    crossings = _crossings(request)
    asked = request.GET.get("crossing", "")
    if request.method == "POST":
        form = forms.UploadForm(request.POST, request.FILES, units=units, crossings=crossings)
        if form.is_valid() and (imported := _sent(request, form)):
            return redirect("traffic:import_detail", pk=imported.pk)
    else:
        form = forms.UploadForm(units=units, crossings=crossings, initial={"crossing": asked})
    rows = TrafficImport.objects.visible_to(request.user).select_related("unit", "uploaded_by")
    context = {
        "form": form,
        "page": pages.keyset(rows, asked=request.GET, moment="uploaded_at"),
        "asked": next((one for one in crossings if one.slug == asked), None),
    }
    return render(request, "traffic/import.html", context, status=422 if form.errors else 200)


def _sent(request: SignedIn, form: forms.UploadForm) -> TrafficImport | None:
    """Keep the file and hand it to the verb; None when it was refused, with the reason at the form."""
    values = form.cleaned_data
    try:
        file = sealed.keep(values["file"], max_bytes=settings.TRAFFIC_FILE_MAX_BYTES)
    except ValidationError as error:
        form.add_error("file", error)
        return None
    try:
        return actions.upload_traffic(actor=request.user, unit=values["unit"], file=file, crossing=values["crossing"])
    except ValidationError as error:
        refused_by_verb(form, error)
        return None


@require_safe
@login_required
def import_detail(request: SignedIn, pk: int) -> HttpResponse:
    """What the file would do, or did: figures, mistakes by row and column, and what can be done."""
    return _page(request, _visible(request, pk), {})


def _page(request: SignedIn, imported: TrafficImport, refused: Mapping[str, BaseForm]) -> HttpResponse:
    counts = imported.counts
    may = policy.may(request.user, "enter_traffic", [imported.unit_id])
    kind = {ImportState.READING: READ_JOB, ImportState.APPLYING: APPLY_JOB}.get(ImportState(imported.state))
    job = jobs.latest(subject(imported), kind) if kind else None
    state = ImportState.READY if job and kind == APPLY_JOB and job.state == job.State.FAILED else imported.state
    sound = counts.get("new", 0) + counts.get("corrected", 0)
    context = {
        "imported": imported,
        "job": job,
        "unreadable": [words.worded(one) for one in imported.errors] if imported.state == "unreadable" else [],
        "figures": _figures(counts),
        "counts": counts,
        "errors": [_shown(one, counts) for one in imported.errors] if counts else [],
        "more_errors": max(0, counts.get("errors", 0) - SHOWN),
        "sound": sound,
        "apply_label": ngettext("Enter %(n)s day without mistakes", "Enter %(n)s days without mistakes", sound)
        % {"n": sound},
        "apply_form": (refused.get("apply") or forms.ApplyForm())
        if may and sound and import_workflow.allowed("apply_import", state)
        else None,
        "abandon_form": (refused.get("abandon") or forms.AbandonForm())
        if may and import_workflow.allowed("abandon_import", state)
        else None,
    }
    return render(request, "traffic/import_detail.html", context, status=422 if refused else 200)


def _figures(counts: Mapping[str, Any]) -> list[tuple[str, int, bool]]:
    """The figures of the dry run in words; the last says whether it is something wrong."""
    if not counts:
        return []
    return [
        (_("rows with counts"), counts["rows"], False),
        (_("days and directions"), counts["days"], False),
        (_("new"), counts["new"], False),
        (_("unchanged"), counts["same"], False),
        (_("corrections"), counts["corrected"], False),
        (_("left out for mistakes"), counts["bad"], bool(counts["bad"])),
        (_("mistakes"), counts["errors"], bool(counts["errors"])),
    ]


def _shown(one: Mapping[str, Any], counts: Mapping[str, Any]) -> dict[str, Any]:
    at, title = counts.get("headers", {}).get(one["column"], ("", words.column(one["column"])))
    return {"row": one["row"], "at": at, "title": title, "words": words.worded(one)}


def _decide(request: SignedIn, pk: int, name: str, form: BaseForm, verb: Callable[..., Any], done: str) -> HttpResponse:
    """Check the form, call the verb, answer: back to the page, or the page again with what is wrong."""
    imported = _visible(request, pk)
    policy.demand(request.user, "enter_traffic", [imported.unit_id])
    if form.is_valid():
        try:
            verb(actor=request.user, imported=imported, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            if done:
                messages.success(request, done)
            return redirect("traffic:import_detail", pk=pk)
    return _page(request, imported, {name: form})


@require_POST
@login_required
def import_apply(request: SignedIn, pk: int) -> HttpResponse:
    """The sound days are entered."""
    return _decide(request, pk, "apply", forms.ApplyForm(request.POST), actions.apply_import, "")


@require_POST
@login_required
def import_abandon(request: SignedIn, pk: int) -> HttpResponse:
    """The file is given up."""
    done = _("Given up. Nothing of the file is entered.")
    return _decide(request, pk, "abandon", forms.AbandonForm(request.POST), actions.abandon_import, done)


@require_safe
@login_required
def import_errors(request: SignedIn, pk: int) -> StreamingHttpResponse:
    """Every mistake as a table."""
    imported = _visible(request, pk)
    if not imported.counts.get("draft"):
        raise Http404
    lines = template.errors_csv(draft.errors(imported.counts["draft"]), imported.counts.get("headers", {}))
    # Read now: what is streamed is worded after the request's language is gone.
    answer = StreamingHttpResponse(iter(list(lines)), content_type=CSV)
    answer["Content-Disposition"] = f'attachment; filename="mistakes-{imported.pk}.csv"'
    return answer


@require_safe
@login_required
def import_file(request: SignedIn, pk: int) -> FileResponse:
    """The file as it came, to be saved and never shown."""
    row = _visible(request, pk)
    path = sealed.path_of(row.file_sha256)
    if not path.exists():
        raise Http404
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=row.file_name, content_type="application/octet-stream"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
@login_required
def table_template(request: SignedIn, kind: str) -> HttpResponse:
    """The table to fill in, in the reader's language; `?crossing=` writes its code into the first row."""
    if kind == "csv":
        answer = HttpResponse(template.csv_template(), content_type=CSV)
    else:
        asked = request.GET.get("crossing", "")
        crossing = crossings_of(request.user).filter(slug=asked).first() if asked else None
        answer = HttpResponse(template.xlsx_template(crossing), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="traffic.{kind}"'
    return answer
