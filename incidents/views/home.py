"""The first page: what waits for the person who opens it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from borderwatch.models import Heartbeat
from borderwatch.views import SignedIn
from incidents import desk
from units import policy


@require_safe
@login_required
def home(request: SignedIn) -> HttpResponse:
    """My duties: for each posting what waits for it, and plain words when nothing does."""
    context: dict[str, Any] = {"desk": desk.of(request.user)}
    if policy.is_auditor(request.user):
        context["figures"] = desk.figures(request.user)
    if request.user.is_staff:
        context |= {"failed": desk.failed_notices(), "heartbeats": Heartbeat.objects.order_by("name")}
    return render(request, "home.html", context)
