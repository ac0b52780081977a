"""My notices, what proves that people were told, and the notices that failed for good."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from borderwatch import actions, clock, pages, topics
from borderwatch.models import ActionLink, Delivery
from borderwatch.proof import Proof, proof
from borderwatch.views import SignedIn

# Where a notice about a kind of object leads; apps' own pages, by name.
PAGES = {
    "incident": "incidents:detail",
    "unit": "units:detail",
    "case": "cases:detail",
    "patrol": "patrols:detail",
    "ground": "patrols:ground",
    "proposal": "proposals:detail",
    "closureorder": "closures:detail",
    "drill": "drills:detail",
    "endpoint": "endpoints:detail",
}


@dataclass(frozen=True)
class Line:
    """A notice and its words in the reader's language."""

    notice: Delivery
    text: topics.Text


def _without_address(text: topics.Text) -> topics.Text:
    """A mail must name the address; here a button opens it."""
    lines = [line for line in text.body.splitlines() if not line.startswith(settings.SITE_URL)]
    return topics.Text(text.subject, "\n".join(lines))


@require_safe
@login_required
def notices(request: SignedIn) -> HttpResponse:
    """What I have been told in the application, newest first; unread ones are marked."""
    mine = Delivery.objects.inbox(request.user)
    page = pages.keyset(mine, moment="planned_at", asked=request.GET)
    lines = [Line(notice, _without_address(topics.render(notice))) for notice in page]
    context = {"page": page, "lines": lines, "links": _open_links(request)}
    return render(request, "notices.html", context)


def _open_links(request: SignedIn) -> list[ActionLink]:
    """The links sent to this person that still work, so that he can close one he passed on by mistake."""
    rows = ActionLink.objects.filter(delivery__user=request.user, delivery__state=Delivery.State.DELIVERED)
    rows = rows.filter(used_at=None, revoked_at=None, expires_at__gt=clock.sql_now())
    return list(rows.select_related("delivery")[:20])


@require_POST
@login_required
def notice(request: SignedIn, pk: UUID) -> HttpResponse:
    """Open a notice: it counts as read from now on, and the page it speaks of comes up."""
    row = get_object_or_404(Delivery.objects.inbox(request.user), pk=pk)
    actions.open_notice(actor=request.user, delivery=row)
    return HttpResponseRedirect(_about(row))


def _about(row: Delivery) -> str:
    try:
        return reverse(PAGES[row.kind], args=[row.key])
    except (KeyError, NoReverseMatch):
        return reverse("notices")


class ReasonForm(forms.Form):
    """Why a failed notice is sent again, or a link is closed."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


def _staff_only(request: SignedIn) -> None:
    if not request.user.is_staff:
        raise PermissionDenied(_("Only the technical staff sees failed notices."))


@require_POST
@login_required
def close_link(request: SignedIn, pk: UUID) -> HttpResponse:
    """Close a link before it is used: one sent to this person, or any for the technical staff."""
    rows = ActionLink.objects.select_related("delivery")
    if not request.user.is_staff:
        rows = rows.filter(delivery__user=request.user)
    link = get_object_or_404(rows, pk=pk)
    form = ReasonForm(request.POST)
    there = "notices" if link.delivery.user_id == request.user.pk else "notice_proof"
    if not form.is_valid():
        messages.error(request, _("Give the reason; it stays on record."))
        return redirect(there)
    try:
        actions.revoke_link(actor=request.user, link=link, reason=form.cleaned_data["reason"])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The link is closed. Whoever opens it is told so."))
    return redirect(there)


@dataclass(frozen=True)
class Told:
    """A notice with its four stages and, while it works, its link."""

    notice: Delivery
    stages: tuple[Proof, ...]
    link: ActionLink | None


@require_safe
@login_required
def notice_proof(request: SignedIn) -> HttpResponse:
    """Every notice whose time has come, with what proves it; `?about=` narrows to one object. Contents stay closed."""
    _staff_only(request)
    rows = Delivery.objects.filter(planned_at__lte=clock.sql_now()).with_fetches()
    about = request.GET.get("about", "").strip()
    if about:
        rows = rows.filter(key__iexact=about)
    page = pages.keyset(rows.prefetch_related("links"), moment="planned_at", asked=request.GET)
    now = clock.now()
    told = [Told(row, proof(row), _working(row, now)) for row in page]
    return render(request, "notice_proof.html", {"page": page, "told": told, "about": about})


def _working(row: Delivery, now: datetime) -> ActionLink | None:
    return next(
        (link for link in row.links.all() if not link.used_at and not link.revoked_at and link.expires_at > now), None
    )


@require_safe
@login_required
def dead_letters(request: SignedIn) -> HttpResponse:
    """Notices no attempt could hand over: to whom, why, and each attempt. Their content stays closed."""
    _staff_only(request)
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).with_fetches().prefetch_related("attempt_rows")
    page = pages.keyset(dead, moment="done_at", asked=request.GET)
    told = [(row, proof(row)) for row in page]
    return render(request, "dead_letters.html", {"page": page, "told": told})


@require_POST
@login_required
def replay(request: SignedIn, pk: UUID) -> HttpResponse:
    """Try a failed notice again, with a reason."""
    _staff_only(request)
    row = get_object_or_404(Delivery, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason; it stays on record."))
        return redirect("dead_letters")
    try:
        actions.replay_notice(actor=request.user, delivery=row, reason=form.cleaned_data["reason"])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The notice to %(whom)s is on its way again.") % {"whom": row.recipient_name})
    return redirect("dead_letters")
