"""What the flight recorder found, and why notices were late: for auditors and administrators."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from borderwatch import clock, pages
from borderwatch.fields import TypedTimeField, reason_field
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.models import Finding, Incident, Outage, RecorderRun
from incidents.recorder import late
from incidents.recorder.rounds import CAME_RIGHT
from units import policy


class SettleForm(forms.Form):
    """How a finding was dealt with."""

    reason = reason_field(max_length=300)


class SpanForm(forms.Form):
    """From when to when; the last day where nothing is said."""

    since = TypedTimeField(label=gettext_lazy("from"), required=False, day_alone=True)
    until = TypedTimeField(label=gettext_lazy("until"), required=False, day_alone=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "form-control", "placeholder": "25/12/2026 14:00", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        """In their order."""
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] >= data["until"]:
            self.add_error("until", _("The end lies before the start."))
        return data

    def span(self) -> tuple[datetime, datetime]:
        """What is asked for."""
        now = clock.now()
        data = self.cleaned_data if self.is_valid() else {}
        until = data.get("until") or now
        return data.get("since") or until - timedelta(days=1), until


def _demand(request: SignedIn) -> None:
    """Raise PermissionDenied for who neither audits nor administers."""
    if not (request.user.is_staff or policy.is_auditor(request.user)):
        raise PermissionDenied(_("The flight recorder is read by auditors and administrators."))


def _page(request: SignedIn, refused: tuple[int, forms.Form] | None = None) -> HttpResponse:
    rows = Finding.objects.visible_to(request.user).select_related("unit", "settled_by", "incident")
    settled = request.GET.get("show") == "settled"
    rows = rows.filter(settled_at__isnull=False) if settled else rows.open()
    page = pages.keyset(rows, moment="found_at", asked=request.GET)
    found = list(page)
    shown = set(
        Incident.objects.visible_to(request.user)
        .filter(pk__in=[row.incident_id for row in found])
        .values_list("pk", flat=True)
    )
    lines = [
        (row, row.incident_id in shown, refused[1] if refused and refused[0] == row.pk else SettleForm())
        for row in found
    ]
    context = {
        "page": page,
        "lines": lines,
        "settled": settled,
        "rounds": RecorderRun.objects.order_by("-started_at")[:5],
        "outages": Outage.objects.order_by("-began_at")[:5],
        "came_right": CAME_RIGHT,
    }
    return render(request, "recorder/findings.html", context, status=422 if refused else 200)


@require_safe
@login_required
def findings(request: SignedIn) -> HttpResponse:
    """Open findings, newest first; settled ones by `?show=settled`."""
    _demand(request)
    return _page(request)


@require_POST
@login_required
def settle(request: SignedIn, pk: int) -> HttpResponse:
    """A person says how a finding was dealt with."""
    _demand(request)
    row = get_object_or_404(Finding.objects.visible_to(request.user), pk=pk)
    form = SettleForm(request.POST)
    if form.is_valid():
        try:
            actions.settle_finding(actor=request.user, finding=row, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Settled. It is on record."))
            return redirect("recorder:findings")
    return _page(request, (row.pk, form))


@require_safe
@login_required
def late_report(request: SignedIn) -> HttpResponse:
    """What was late in a span, and why."""
    _demand(request)
    form = SpanForm(request.GET or None)
    since, until = form.span()
    report = late.report(request.user, since, until)
    return render(request, "recorder/late.html", {"form": form, "report": report})
