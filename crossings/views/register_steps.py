"""Keeping the register of crossings: each form, the verb, the answer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borderwatch import clock
from borderwatch.views import SignedIn
from crossings import actions, deciders
from crossings import forms_register as forms
from crossings.models import Crossing
from crossings.standing import standing_of
from crossings.views.register import own_categories, visible_crossing
from units import policy

either = require_http_methods(["GET", "HEAD", "POST"])


@either
@login_required
def new(request: SignedIn) -> HttpResponse:
    """Enter a crossing; a POST comes back with everything typed when something is to be mended."""
    given = request.POST if request.method == "POST" else None
    form = forms.NewForm(given, user=request.user, initial={"point": request.GET.get("point", "")[:80]})
    if not form.districts:
        raise PermissionDenied(policy.nothing_here())
    if given is not None and form.is_valid():
        try:
            crossing = actions.register_crossing(actor=request.user, **form.content())
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            messages.success(request, _("%(name)s is in the register as %(code)s.")
                             % {"name": crossing.name, "code": crossing.slug})  # fmt: skip
            return redirect(crossing)
    return _page(request, "crossings/new.html", form)


@either
@login_required
def edit(request: SignedIn, slug: str) -> HttpResponse:
    """Change what is said of a crossing."""
    crossing = visible_crossing(request, slug)
    deciders.demand(request.user, "describe_crossing", crossing)
    form = forms.EditForm(request.POST if request.method == "POST" else None, crossing=crossing)

    def done(_form: Form) -> str:
        actions.describe_crossing(
            actor=request.user, crossing=crossing, changes=form.changes(), reason=form.cleaned_data["reason"]
        )
        return _("The description is on record.")

    return _step(request, crossing, form, "crossings/edit.html", done)


@either
@login_required
def status(request: SignedIn, slug: str) -> HttpResponse:
    """Say whether the crossing is open, on which side and for what, from a moment on."""
    crossing = visible_crossing(request, slug)
    deciders.demand(request.user, "set_crossing_status", crossing)
    now = clock.now()
    form = forms.StatusForm(
        request.POST if request.method == "POST" else None, crossing=crossing, initial={"since": now}
    )

    def done(_form: Form) -> str:
        actions.set_crossing_status(actor=request.user, crossing=crossing, **form.cleaned_data)
        return _("The status is on record.")

    return _step(request, crossing, form, "crossings/status.html", done, standing=standing_of(crossing))


@either
@login_required
def classify(request: SignedIn, slug: str) -> HttpResponse:
    """Say what the crossing is held to be, on Cambodia's side or the neighbour's, from a moment on."""
    crossing = visible_crossing(request, slug)
    own = own_categories(request.user, crossing)
    describes = deciders.may(request.user, "describe_crossing", crossing)
    if not own and not describes:
        raise PermissionDenied(policy.nothing_here())
    given = request.POST if request.method == "POST" else None
    form = forms.CategoryForm(given, crossing=crossing, own=own, describes=describes, initial={"since": clock.now()})

    def done(_form: Form) -> str:
        actions.classify_crossing(actor=request.user, crossing=crossing, **form.content())
        return _("The category is on record.")

    return _step(request, crossing, form, "crossings/classify.html", done, own=own)


def _step(
    request: SignedIn, crossing: Crossing, form: Form, template: str, done: Callable[[Form], str], **more: Any
) -> HttpResponse:
    """Check the form, call the verb, answer: back to the crossing's page, or the form again with what is wrong."""
    if request.method == "POST" and form.is_valid():
        try:
            words = done(form)
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            messages.success(request, words)
            return redirect(crossing)
    return _page(request, template, form, crossing=crossing, **more)


def _page(request: SignedIn, template: str, form: Form, **more: Any) -> HttpResponse:
    return render(request, template, {"form": form, **more}, status=422 if form.errors else 200)
