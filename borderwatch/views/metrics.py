"""Figures for Prometheus: only for this machine itself and for technical staff."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The registry as text. Behind a proxy every request looks local, so one with a forwarding header must be staff."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    local = request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded
    if not local and not (request.user.is_authenticated and request.user.is_staff):
        raise PermissionDenied
    answer: HttpResponse = ExportToDjangoView(request)
    return answer
