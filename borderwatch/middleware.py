"""Two small things every request gets: an id for the logs and the person's own language."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: GetResponse) -> GetResponse:
    """Bind a request id to every log line and audit entry, and answer with it.

    A proxy's id is taken over when it is harmless text.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        value = given if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=value)
        response = get_response(request)
        response["X-Request-ID"] = value
        return response

    return middleware


def language_of_person(get_response: GetResponse) -> GetResponse:
    """A signed-in person reads his chosen language, whatever the browser says; machines may ask by header."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "")
        asked_by_machine = request.path.startswith("/api/") and "Accept-Language" in request.headers
        if chosen in dict(settings.LANGUAGES) and not asked_by_machine:
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen
        return get_response(request)

    return middleware
