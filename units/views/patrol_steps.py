"""Planning and recording patrols, and each step of one: its form, the verb, the answer."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from borderwatch.views import SignedIn
from units import actions, policy
from units import forms_patrols as forms
from units.models import Patrol
from units.views.patrols import page, visible_patrol

# What the page says after a step.
DONE = {
    "start": gettext_lazy("The patrol is under way."),
    "finish": gettext_lazy("The patrol is back. Add its track and what it saw."),
    "call_off": gettext_lazy("The patrol is called off."),
    "upload": gettext_lazy("The track is kept."),
    "draw": gettext_lazy("The track is kept; it says that it was drawn by hand."),
    "observe": gettext_lazy("The observation is kept."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def plan(request: SignedIn) -> HttpResponse:
    """Plan a patrol; a POST comes back with everything typed when something is to be mended."""
    return _enter(request, forms.PlanForm, "plan_patrol", "patrols:new")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def record(request: SignedIn) -> HttpResponse:
    """Record a patrol that has been and was not planned."""
    return _enter(request, forms.RecordForm, "record_patrol", "patrols:record")


def _enter(request: SignedIn, kind: type[forms.PatrolForm], verb: str, address: str) -> HttpResponse:
    form = kind(request.POST if request.method == "POST" else None, user=request.user)
    if not form.units:
        raise PermissionDenied(
            _("Your posting does not allow planning patrols. Your province's register keeper can change postings.")
        )
    if request.method == "POST" and form.is_valid():
        try:
            patrol: Patrol = getattr(actions, verb)(actor=request.user, **form.content()).patrol
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            messages.success(request, _("%(ref)s is on record.") % {"ref": patrol.ref})
            return redirect(patrol)
    context = {"form": form, "planning": verb == "plan_patrol", "address": address}
    return render(request, "patrols/form.html", context, status=422 if form.errors else 200)


def _step(request: SignedIn, patrol: Patrol, name: str, form: Form, verb: str, **more: Any) -> HttpResponse:
    """Check the form, call the verb, answer: back to the page, or the page again with what is wrong."""
    policy.demand(request.user, "manage_patrols", [patrol.unit_id])
    # Only now: checking the form of an observation stores its photo.
    if form.is_valid():
        try:
            done = getattr(actions, verb)(actor=request.user, patrol=patrol, **form.cleaned_data, **more)
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            known = getattr(done, "outcome", "new") == "same"
            messages.success(request, _("This track was there already.") if known else DONE[name])
            return redirect(patrol)
    return page(request, patrol, {name: form})


@require_POST
@login_required
def start(request: SignedIn, pk: int) -> HttpResponse:
    """The patrol sets out."""
    form = forms.StartForm(request.POST, auto_id="start-%s")
    return _step(request, visible_patrol(request, pk), "start", form, "start_patrol")


@require_POST
@login_required
def finish(request: SignedIn, pk: int) -> HttpResponse:
    """The patrol is back."""
    form = forms.FinishForm(request.POST, auto_id="finish-%s")
    return _step(request, visible_patrol(request, pk), "finish", form, "finish_patrol")


@require_POST
@login_required
def call_off(request: SignedIn, pk: int) -> HttpResponse:
    """The patrol does not take place."""
    form = forms.CallOffForm(request.POST, auto_id="call_off-%s")
    return _step(request, visible_patrol(request, pk), "call_off", form, "call_off_patrol")


@require_POST
@login_required
def track(request: SignedIn, pk: int) -> HttpResponse:
    """Where the patrol went: a device's file, or a line drawn by hand (`way=drawn`)."""
    patrol = visible_patrol(request, pk)
    if request.POST.get("way") == "drawn":
        drawn = forms.DrawForm(request.POST, auto_id="draw-%s")
        return _step(request, patrol, "draw", drawn, "add_track", upload=None)
    upload = forms.UploadForm(request.POST, request.FILES, auto_id="upload-%s")
    return _step(request, patrol, "upload", upload, "add_track", drawn=None)


@require_POST
@login_required
def observe(request: SignedIn, pk: int) -> HttpResponse:
    """What the patrol saw, or in which state a marker stands."""
    patrol = visible_patrol(request, pk)
    form = forms.ObservationForm(request.POST, request.FILES, patrol=patrol, auto_id="observe-%s")
    return _step(request, patrol, "observe", form, "add_observation")
