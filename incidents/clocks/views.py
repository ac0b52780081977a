"""The clock of a duty with its reckoning, reminders put off, and the information asked of a unit."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import clock
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.actions.requests import may_answer
from incidents.actions.snooze import latest
from incidents.choices import DutyState
from incidents.clocks import desk, steps
from incidents.clocks.explain import explain
from incidents.clocks.forms import InformationForm, PutOffForm
from incidents.models import Duty, InformationRequest
from units import policy

# Requests on one page of the list; beyond that the oldest answered ones are left out, and the page says so.
LINES = 100


def _duties(request: SignedIn) -> Any:
    rows = Duty.objects.visible_to(request.user).with_names().select_related("unit__parent")
    return rows.prefetch_related("clock__events", "snoozes")


@require_safe
@login_required
def duty(request: SignedIn, pk: int) -> HttpResponse:
    """Why the deadline is what it is: every event, every step of the reckoning, every planned step of the ladder."""
    return _page(request, get_object_or_404(_duties(request), pk=pk), PutOffForm())


def _page(request: SignedIn, row: Duty, form: PutOffForm) -> HttpResponse:
    now = clock.now()
    owed = row.state == DutyState.WAITING and row.due_at > now
    context = {
        "duty": row,
        "incident": row.escalation.incident,
        "now": now,
        "explained": explain(row.clock, now=now) if row.clock else None,
        "events": row.clock.events.all() if row.clock else (),
        "steps": steps.of(row),
        "missing_above": steps.missing_above(row),
        "form": form,
        "may_put_off": owed and policy.may(request.user, "put_off_reminders", [row.unit_id]),
        "latest": latest(row, now),
        "requests": row.requests.select_related("asked_of"),
    }
    return render(request, "clocks/duty.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def put_off(request: SignedIn, pk: int) -> HttpResponse:
    """Reminders are put off; the deadline stays."""
    row = get_object_or_404(_duties(request), pk=pk)
    policy.demand(request.user, "put_off_reminders", [row.unit_id])
    form = PutOffForm(request.POST)
    if form.is_valid():
        try:
            actions.put_off_reminders(actor=request.user, duty=row, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Reminders put off. The deadline stays as it was."))
            return redirect("clocks:duty", pk=row.pk)
    return _page(request, row, form)


# --- information asked of a unit ------------------------------------------------------------------------------


def _requests(request: SignedIn) -> Any:
    return desk.with_names(InformationRequest.objects.visible_to(request.user))


@require_safe
@login_required
def requests(request: SignedIn) -> HttpResponse:
    """Open requests about incidents the person sees, the most urgent first, then those answered last."""
    seen = _requests(request)
    found = [*seen.open().order_by("clock__due_at", "pk")[:LINES]]
    settled = [*seen.exclude(answered_at=None).order_by("-answered_at", "-pk")[:LINES]]
    return render(request, "clocks/requests.html", {"open": found, "settled": settled, "lines": LINES})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def one_request(request: SignedIn, pk: int) -> HttpResponse:
    """What an institution asks, by when, and the place to answer. GET changes nothing."""
    row = get_object_or_404(_requests(request), pk=pk)
    if request.method != "POST":
        return _request_page(request, row, InformationForm())
    if not may_answer(request.user, row.asked_of_id, row.duty.escalation.incident):
        raise PermissionDenied(policy.nothing_here())
    form = InformationForm(request.POST)
    if not form.is_valid():
        return _request_page(request, row, form)
    given = actions.give_information(actor=request.user, request=row, **form.cleaned_data)
    if not given.first and given.request.answered_by_id != request.user.pk:
        row = get_object_or_404(_requests(request), pk=pk)
        return _request_page(request, row, form, too_late=form.cleaned_data["answer"])
    messages.success(request, _("The information is on record and %(unit)s is told.") % {"unit": row.duty.unit.name})
    return redirect("clocks:request", pk=row.pk)


def _request_page(
    request: SignedIn, row: InformationRequest, form: InformationForm, *, too_late: str = ""
) -> HttpResponse:
    incident = row.duty.escalation.incident
    status = 409 if too_late else 422 if form.errors else 200
    context = {
        "row": row,
        "incident": incident,
        "form": form,
        "explained": explain(row.clock),
        "may_answer": row.answered_at is None and may_answer(request.user, row.asked_of_id, incident),
        "too_late": too_late,
    }
    return render(request, "clocks/request.html", context, status=status)
