"""My notices, and the notices that failed for good."""

from dataclasses import dataclass
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

from borderwatch import actions, pages, topics
from borderwatch.models import Delivery
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
    return render(request, "notices.html", {"page": page, "lines": lines})


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


class ReplayForm(forms.Form):
    """Why a failed notice is sent again."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


def _staff_only(request: SignedIn) -> None:
    if not request.user.is_staff:
        raise PermissionDenied(_("Only the technical staff sees failed notices."))


@require_safe
@login_required
def dead_letters(request: SignedIn) -> HttpResponse:
    """Notices no attempt could hand over: to whom, why, and each attempt. Their content stays closed."""
    _staff_only(request)
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).prefetch_related("attempt_rows")
    page = pages.keyset(dead, moment="done_at", asked=request.GET)
    return render(request, "dead_letters.html", {"page": page, "topics": topics.TOPICS})


@require_POST
@login_required
def replay(request: SignedIn, pk: UUID) -> HttpResponse:
    """Try a failed notice again, with a reason."""
    _staff_only(request)
    row = get_object_or_404(Delivery, pk=pk)
    form = ReplayForm(request.POST)
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
