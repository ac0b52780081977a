"""Pages of the addresses at which units are told: for administrators, and read-only for the people of a unit's desk."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import breaker, destinations, pages
from borderwatch.actions import replay_notice, send_again
from borderwatch.models import AuditEntry, Delivery
from borderwatch.views import SignedIn, refused_by_verb
from units import actions, endpoint_workflow, policy
from units.choices import EndpointState, MachineChannel
from units.endpoint_health import health_of
from units.forms_endpoints import AskForm, ReasonForm
from units.models import Endpoint

# Endpoints that have ended, the newest so many.
ENDED_SHOWN = 100
# Notices on the page itself; the log has them all.
LATEST = 5


@dataclass(frozen=True)
class Step:
    """What a form of the page does: its verb, its heading, its button, what it is to know, the label of the reason."""

    slug: str
    verb: str
    title: str | Promise
    lead: str | Promise
    button: str | Promise
    reason: str | Promise = ""
    danger: bool = False


STEPS = (
    Step(
        "confirm", "confirm_endpoint", gettext_lazy("Confirm it"),
        gettext_lazy(
            "From now on notices go to this address. Make sure by another way, such as a letter or a call to a number "
            "you know, that it is the unit's own."
        ),
        gettext_lazy("Confirm the address"), gettext_lazy("How you checked that it is the unit's own"),
    ),
    Step(
        "reject", "reject_endpoint", gettext_lazy("Reject it, or take it back"),
        gettext_lazy("Nothing was sent there but tests, and nothing will be. It may be asked for again."),
        gettext_lazy("Reject the address"), danger=True,
    ),
    Step(
        "begin", "begin_secret_change", gettext_lazy("Change the signing secret"),
        gettext_lazy(
            "A second secret is made and shown once. Until you end the change every notice is signed with both, so the "
            "receiver may change over when it likes."
        ),
        gettext_lazy("Make a new secret"),
    ),
    Step(
        "end", "end_secret_change", gettext_lazy("End the change of the secret"),
        gettext_lazy("Only when the receiver checks with the new secret: the old one is thrown away."),
        gettext_lazy("Use the new secret alone"),
    ),
    Step(
        "cancel", "cancel_secret_change", gettext_lazy("Give the change of the secret up"),
        gettext_lazy("The new secret is thrown away; the old one stays the only one."),
        gettext_lazy("Keep the old secret"), danger=True,
    ),
    Step(
        "retire", "retire_endpoint", gettext_lazy("Take it out of use"),
        gettext_lazy("Nothing more is sent there, and notices planned for it are cancelled. This cannot be undone."),
        gettext_lazy("Take it out of use"), danger=True,
    ),
)  # fmt: skip


def _demand_staff(request: SignedIn) -> None:
    if not request.user.is_staff:
        raise PermissionDenied(_("Only administrators set addresses at which units are told."))


def _visible(request: SignedIn, pk: int) -> Endpoint:
    rows = Endpoint.objects.visible_to(request.user)
    found: Endpoint = get_object_or_404(rows.select_related("unit", "asked_by", "confirmed_by"), pk=pk)
    return found


@require_safe
@login_required
def endpoint_list(request: SignedIn) -> HttpResponse:
    """By unit: how it is reached, in which state each address is, and whether it works."""
    if not request.user.is_staff and not policy.desk_units(request.user):
        raise PermissionDenied(_("Addresses of a unit are seen by administrators and the people of its desk."))
    ended = request.GET.get("ended") == "1"
    rows = Endpoint.objects.visible_to(request.user).select_related("unit", "asked_by", "confirmed_by")
    rows = rows.exclude(retired_at=None).order_by("-retired_at", "-pk")[:ENDED_SHOWN] if ended else rows.listed()
    found = list(rows if ended else rows.order_by("unit__code", "level", "channel", "pk"))
    healths = health_of([row.pk for row in found])
    context = {
        "units": [
            (unit, [(row, healths[row.pk]) for row in those])
            for unit, those in groupby(found, key=lambda row: row.unit)
        ],
        "ended": ended,
        "waiting": [row for row in found if row.state == EndpointState.ASKED],
        "stuck": [row for row in found if healths[row.pk].waiting],
        "staff": request.user.is_staff,
    }
    return render(request, "endpoints/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def endpoint_new(request: SignedIn) -> HttpResponse:
    """Ask for an address; of a machine the new secret is shown with the answer, this once."""
    _demand_staff(request)
    form = AskForm(request.POST if request.method == "POST" else None, initial={"unit": request.GET.get("unit", "")})
    if form.is_bound and form.is_valid():
        try:
            endpoint = actions.ask_endpoint(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            if endpoint.secret:
                return _secret_once(request, endpoint, endpoint.secret)
            messages.success(request, _("Asked for. Another administrator confirms it before it is used."))
            return redirect("endpoints:detail", pk=endpoint.pk)
    return render(request, "endpoints/new.html", {"form": form}, status=422 if form.is_bound else 200)


def _secret_once(request: SignedIn, endpoint: Endpoint, secret: str) -> HttpResponse:
    """The one page that ever shows a secret: the answer to what made it; its views are never cached."""
    return render(request, "endpoints/secret.html", {"endpoint": endpoint, "secret": secret})


@require_safe
@login_required
def endpoint_detail(request: SignedIn, pk: int) -> HttpResponse:
    """One address: what it is, whether it works, the latest notices, what may be done, and what was done."""
    return _detail(request, _visible(request, pk))


def _detail(
    request: SignedIn,
    endpoint: Endpoint,
    refused: Step | None = None,
    form: ReasonForm | None = None,
    trouble: Any = (),
) -> HttpResponse:
    staff = request.user.is_staff
    latest = Delivery.objects.filter(endpoint=endpoint).order_by("-created_at", "-pk").prefetch_related("attempt_rows")
    context = {
        "endpoint": endpoint,
        "health": health_of([endpoint.pk])[endpoint.pk],
        "paused_until": breaker.paused_until(endpoint.pk) if endpoint.active else None,
        "service": destinations.service_of(endpoint.address) if endpoint.channel == MachineChannel.MESSAGE else "",
        "staff": staff,
        "latest": latest[:LATEST],
        "history": AuditEntry.objects.filter(kind="endpoint", key=endpoint.audit_key).exclude(verb="try_endpoint")[:50],
        "steps": [
            (step, form if step is refused else ReasonForm(label=step.reason, auto_id=f"{step.slug}_%s"))
            for step in STEPS
            if staff and _offered(step, endpoint, request.user)
        ],
        "may_test": staff and _may_test(endpoint, request.user),
        "trouble": trouble,
    }
    status = 422 if refused or trouble else 200
    return render(request, "endpoints/detail.html", context, status=status)


def _offered(step: Step, endpoint: Endpoint, user: Any) -> bool:
    """Whether the form of a step is shown; the verb itself decides."""
    if not endpoint_workflow.allowed(step.verb, endpoint.state):
        return False
    if step.slug == "confirm":
        return bool(endpoint.asked_by_id != user.pk)
    if step.slug in {"begin", "end", "cancel"}:
        return endpoint.channel == MachineChannel.WEBHOOK and bool(endpoint.next_secret) == (step.slug != "begin")
    return True


def _may_test(endpoint: Endpoint, user: Any) -> bool:
    if endpoint.state == EndpointState.ASKED:
        return bool(endpoint.asked_by_id == user.pk) and not endpoint.internal_networks
    return bool(endpoint.active)


@never_cache
@require_POST
@login_required
def endpoint_step(request: SignedIn, pk: int, step: str) -> HttpResponse:
    """Confirm, reject, take out of use, or change the secret."""
    endpoint = _visible(request, pk)
    found = next((one for one in STEPS if one.slug == step), None)
    if found is None:
        raise Http404
    _demand_staff(request)
    form = ReasonForm(request.POST, label=found.reason, auto_id=f"{found.slug}_%s")
    if form.is_valid():
        try:
            endpoint = getattr(actions, found.verb)(actor=request.user, endpoint=endpoint, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            if found.slug == "begin":
                return _secret_once(request, endpoint, endpoint.next_secret)
            messages.success(request, _("Done. It is on record with your name and the reason."))
            return redirect("endpoints:detail", pk=pk)
    if not _offered(found, endpoint, request.user):
        # The form is not on the page any more; what was wrong stands above it.
        return _detail(request, endpoint, trouble=[one for errors in form.errors.values() for one in errors])
    return _detail(request, endpoint, refused=found, form=form)


@require_POST
@login_required
def endpoint_test(request: SignedIn, pk: int) -> HttpResponse:
    """Send a test to this address alone."""
    endpoint = _visible(request, pk)
    _demand_staff(request)
    try:
        actions.try_endpoint(actor=request.user, endpoint=endpoint)
    except ValidationError as error:
        return _detail(request, endpoint, trouble=error.messages)
    messages.success(request, _("The test is on its way. How it ended shows in the log within a minute."))
    return redirect("endpoints:detail", pk=pk)


@require_safe
@login_required
def endpoint_log(request: SignedIn, pk: int) -> HttpResponse:
    """Every notice to this address with its attempts, newest first; their content stays closed."""
    return _log(request, _visible(request, pk))


def _log(request: SignedIn, endpoint: Endpoint, refused: UUID | None = None, form: Any = None) -> HttpResponse:
    rows = Delivery.objects.filter(endpoint=endpoint).prefetch_related("attempt_rows")
    page = pages.keyset(rows, asked=request.GET, moment="created_at")
    lines = [(row, _again(row, endpoint) if request.user.is_staff else "") for row in page]
    context = {"endpoint": endpoint, "page": page, "lines": lines, "refused": refused, "form": form}
    return render(request, "endpoints/log.html", context, status=422 if form else 200)


def _again(row: Delivery, endpoint: Endpoint) -> str:
    """How a notice may be sent again, in the word of its button; "" when it may not."""
    if endpoint.retired_at is not None:
        return ""
    if row.state == Delivery.State.DEAD:
        return _("Send again")
    handed = row.state == Delivery.State.DELIVERED and row.channel == Delivery.Channel.WEBHOOK
    return _("Send once more") if handed else ""


@require_POST
@login_required
def notice_again(request: SignedIn, pk: int, notice: UUID) -> HttpResponse:
    """Send a failed notice again, or one a machine was handed once more under the same number; with a reason."""
    endpoint = _visible(request, pk)
    row = get_object_or_404(Delivery.objects.filter(endpoint=endpoint), pk=notice)
    _demand_staff(request)
    form = ReasonForm(request.POST, auto_id=f"again-{notice}_%s")
    if form.is_valid():
        verb = replay_notice if row.state == Delivery.State.DEAD else send_again
        try:
            verb(actor=request.user, delivery=row, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The notice to %(whom)s is on its way again.") % {"whom": row.recipient_name})
            return redirect("endpoints:log", pk=pk)
    return _log(request, endpoint, refused=notice, form=form)
