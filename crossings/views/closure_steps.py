"""Drafting a closure order, and each step of one: its form, the verb, the answer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from borderwatch.views import SignedIn, refused_by_verb
from crossings import actions, deciders
from crossings import forms_closures as forms
from crossings.actions.closure_visits import demand_second_person, may_follow_up
from crossings.closure_workflow import move
from crossings.models import ClosureOrder, Crossing
from crossings.views.closures import may_order, page, visible_order
from units import policy

# What the page says after a step.
DONE = {
    "issue": gettext_lazy("The order is issued. The unit and all above it are told."),
    "withdraw": gettext_lazy("The draft is withdrawn."),
    "report": gettext_lazy("The report is kept. A second person verifies it now."),
    "verified": gettext_lazy("The crossing is closed and verified."),
    "sent_back": gettext_lazy("The order is with the unit again."),
    "follow_up": gettext_lazy("The look is kept."),
    "confirm": gettext_lazy("The order is in force anew. Unit, province and ministry are told."),
    "dismiss": gettext_lazy("The sign is dismissed."),
    "lift": gettext_lazy("The order is lifted."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn) -> HttpResponse:
    """Draft or issue an order; ?crossing= names the crossing. 404 for one the person does not see."""
    if not may_order(request):
        raise PermissionDenied(
            _("Your posting does not allow ordering closures. Your province's register keeper can change postings.")
        )
    crossing = None
    if slug := request.GET.get("crossing", ""):
        rows = Crossing.objects.visible_to(request.user).with_state()
        crossing = get_object_or_404(rows.select_related("district__province", "responsible_unit"), slug=slug)
        deciders.demand(request.user, "order_closure", crossing)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.TermsForm(*given, user=request.user, crossing=crossing)
    if given and form.is_valid():
        verb = actions.draft_closure if "draft" in request.POST else actions.order_closure
        try:
            order = verb(actor=request.user, crossing=form.cleaned_data["crossing"], terms=form.terms())
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            said = _("The draft is kept.") if "draft" in request.POST else str(DONE["issue"])
            messages.success(request, said)
            return redirect(order)
    context = {"form": form, "crossing": crossing}
    return render(request, "closures/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: SignedIn, pk: int) -> HttpResponse:
    """Change a draft; 403 for who may not, and a page that says so when it is no draft any more."""
    order = visible_order(request, pk)
    policy.demand(request.user, "order_closure", [order.issuer_id])
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.TermsForm(*given, user=request.user, order=order)
    if given and form.is_valid():
        try:
            actions.change_closure_draft(actor=request.user, order=order, terms=form.terms())
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The draft is kept."))
            return redirect(order)
    elif not given:
        try:
            move("change_closure_draft", order.state)
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
            return redirect(order)
    context = {"form": form, "order": order, "crossing": order.crossing}
    return render(request, "closures/form.html", context, status=422 if form.errors else 200)


def _step(
    request: SignedIn, order: ClosureOrder, name: str, form: Form, verb: Callable[[], Any], *, done: str = ""
) -> HttpResponse:
    """Check the form, call the verb, answer: back to the page, or the page again with what is wrong."""
    if form.is_valid():
        try:
            verb()
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, DONE[done or name])
            return redirect(order)
    return page(request, order, {name: form})


@require_POST
@login_required
def issue(request: SignedIn, pk: int) -> HttpResponse:
    """The order goes out."""
    order = visible_order(request, pk)
    form = forms.EmptyForm(request.POST, auto_id="issue-%s")
    return _step(request, order, "issue", form, lambda: actions.issue_closure(actor=request.user, order=order))


@require_POST
@login_required
def withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """The draft is not issued."""
    order = visible_order(request, pk)
    policy.demand(request.user, "order_closure", [order.issuer_id])
    form = forms.ReasonForm(request.POST, auto_id="withdraw-%s")
    return _step(
        request, order, "withdraw", form,
        lambda: actions.withdraw_closure(actor=request.user, order=order, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@login_required
def report(request: SignedIn, pk: int) -> HttpResponse:
    """The unit reports that the crossing is closed."""
    order = visible_order(request, pk)
    # Before the form is checked, which stores the photo.
    policy.demand(request.user, "carry_out_closure", [order.responsible_unit_id])
    form = forms.ReportForm(request.POST, request.FILES, auto_id="report-%s")
    return _step(
        request, order, "report", form,
        lambda: actions.report_carried_out(actor=request.user, order=order, seen=form.seen()),
    )  # fmt: skip


@require_POST
@login_required
def verify(request: SignedIn, pk: int) -> HttpResponse:
    """A second person found it closed, or found that one can pass."""
    order = visible_order(request, pk)
    demand_second_person(request.user, order)
    form = forms.VerifyForm(request.POST, request.FILES, auto_id="verify-%s")

    def verb() -> None:
        if form.passable:
            again = {name: form.cleaned_data[name] for name in ("due_on", "reason")}
            actions.send_back_closure(actor=request.user, order=order, seen=form.seen(), **again)
        else:
            actions.verify_closure(actor=request.user, order=order, seen=form.seen())

    back = request.POST.get("finding") == "passable"
    return _step(request, order, "verify", form, verb, done="sent_back" if back else "verified")


@require_POST
@login_required
def follow_up(request: SignedIn, pk: int) -> HttpResponse:
    """Somebody looked again."""
    order = visible_order(request, pk)
    if not may_follow_up(request.user, order):
        raise PermissionDenied(policy.nothing_here())
    form = forms.FollowUpForm(request.POST, request.FILES, auto_id="follow_up-%s")
    return _step(
        request, order, "follow_up", form,
        lambda: actions.follow_up_closure(
            actor=request.user, order=order, seen=form.seen(), finding=form.cleaned_data["finding"]
        ),
    )  # fmt: skip


@require_POST
@login_required
def confirm(request: SignedIn, pk: int, sign: int) -> HttpResponse:
    """The crossing was opened again."""
    order = visible_order(request, pk)
    row = get_object_or_404(order.signs, pk=sign)
    deciders.demand(request.user, "confirm_reopening", order.crossing)
    form = forms.ConfirmForm(request.POST, auto_id=f"confirm-{row.pk}-%s")
    answer = _step(
        request, order, f"confirm-{row.pk}", form,
        lambda: actions.confirm_reopening(actor=request.user, sign=row, **form.cleaned_data), done="confirm",
    )  # fmt: skip
    return answer


@require_POST
@login_required
def dismiss(request: SignedIn, pk: int, sign: int) -> HttpResponse:
    """The sign means nothing."""
    order = visible_order(request, pk)
    row = get_object_or_404(order.signs, pk=sign)
    deciders.demand(request.user, "confirm_reopening", order.crossing)
    form = forms.ReasonForm(request.POST, auto_id=f"dismiss-{row.pk}-%s")
    return _step(
        request, order, f"dismiss-{row.pk}", form,
        lambda: actions.dismiss_sign(actor=request.user, sign=row, **form.cleaned_data), done="dismiss",
    )  # fmt: skip


@require_POST
@login_required
def lift(request: SignedIn, pk: int) -> HttpResponse:
    """The order holds no longer."""
    order = visible_order(request, pk)
    policy.demand(request.user, "order_closure", [order.issuer_id])
    form = forms.LiftForm(request.POST, auto_id="lift-%s")
    return _step(
        request, order, "lift", form,
        lambda: actions.lift_closure(actor=request.user, order=order, **form.cleaned_data),
    )  # fmt: skip
