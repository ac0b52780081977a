"""My office: where I serve and until when it works, who stands in for whom, and how I am told."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import clock
from borderwatch.views import SignedIn, refused_by_verb
from units import actions, policy
from units import forms_office as forms
from units.models import Delegation, Reach
from units.working_week import ALL_OFFICES, Sheet

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _sent(request: SignedIn) -> QueryDict | None:
    """What was sent, an empty form too; None when nothing was."""
    return request.POST if request.method == "POST" else None


@require_safe
@login_required
def home(request: SignedIn) -> HttpResponse:
    """What holds today for the person and his offices."""
    now = clock.now()
    offices = []
    for unit in dict.fromkeys(unit for _role, unit in policy.roles_of(request.user)):
        sheet = Sheet.of(unit, now)
        stretch = sheet.stretch()
        offices.append((unit, sheet, stretch, stretch is not None and stretch.start <= now))
    seen: Any = Delegation.objects.visible_to(request.user)
    mine = seen.filter(period__contains=now).select_related("person", "stand_in", "unit")
    context = {
        "offices": offices,
        "away": list(mine.filter(person=request.user)),
        "for_others": list(mine.filter(stand_in=request.user)),
        "reach": Reach.objects.filter(user=request.user).first(),
        "all_offices": ALL_OFFICES,
    }
    return render(request, "office/home.html", context)


@form_page
@login_required
def reach(request: SignedIn) -> HttpResponse:
    """How I wish to be told beside the application."""
    row = Reach.objects.filter(user=request.user).first()
    names = ("mail_immediate", "digest", "digest_at", "quiet_from", "quiet_until")
    # Nobody who has said nothing gets mail; the form proposes what most people want.
    initial: dict[str, Any] = (
        {name: getattr(row, name) for name in names}
        if row
        else {"mail_immediate": bool(request.user.email), "digest": bool(request.user.email), "digest_at": "07:00"}
    )
    form = forms.ReachForm(_sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_reach(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Saved. From now on you are told this way."))
            return redirect("office:reach")
    status = 422 if request.method == "POST" else 200
    return render(request, "office/reach.html", {"form": form, "reach": row}, status=status)


@form_page
@login_required
def destinations(request: SignedIn) -> HttpResponse:
    """Administrators: which persons are sent messages, and where; the addresses stand in the server's settings."""
    if not request.user.is_staff:
        raise PermissionDenied(_("Only administrators set addresses at which people are told."))
    form = forms.DestinationForm(_sent(request), destinations=sorted(settings.MESSAGE_DESTINATIONS))
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_destination(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Done. It is on record with your name and the reason."))
            return redirect("office:destinations")
    rows = Reach.objects.exclude(destination="").select_related("user").order_by("user__username")
    context = {"form": form, "rows": rows, "any": bool(settings.MESSAGE_DESTINATIONS)}
    return render(request, "office/destinations.html", context, status=422 if request.method == "POST" else 200)
