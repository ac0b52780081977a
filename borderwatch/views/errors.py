"""Error pages: what happened, what to do now, and the request's id for whoever is asked about it.

The page of an inner error needs neither database nor session nor the frame of the other pages.
"""

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def request_number() -> str:
    """The id of the request being answered, as in the logs and the X-Request-ID header."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent something that cannot be read."""
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: seen, but not his to do; the refusal says what is missing and who can give it."""
    return _page(request, "403.html", 403, str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not to be seen by this person; the page does not say which."""
    return _page(request, "404.html", 404)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token does not fit: an old page, or cookies switched off."""
    return _page(request, "403_csrf.html", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: ours. Rendered without request, so that whatever broke cannot break this page too."""
    words = {"request_number": request_number(), "LANGUAGE_CODE": getattr(request, "LANGUAGE_CODE", "km")}
    return HttpResponse(render_to_string("500.html", words), status=500)


def _page(request: HttpRequest, template: str, status: int, reason: str = "") -> HttpResponse:
    if request.headers.get("HX-Request"):
        # A fragment is being fetched: a whole page would be put inside the page.
        return HttpResponse(reason or _("This cannot be done now."), status=status, content_type="text/plain")
    words = {"request_number": request_number(), "reason": reason}
    return render(request, template, words, status=status)
