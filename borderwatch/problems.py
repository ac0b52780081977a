"""Problem answers for machines (RFC 9457): one shape for every error, in the reader's language.

`type` is stable and meant for programs, `title` and `detail` are for people. Errors in what was sent are listed under
`errors`, each with a JSON pointer to the member it concerns and a message.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/docs/#problem-"


def slug(status: int) -> str:
    """The stable name of a status, e.g. "not-found"."""
    return HTTPStatus(status).phrase.lower().replace(" ", "-").replace("'", "")


def title(status: int) -> str:
    """What happened, in a few words."""
    titles = {
        400: _("The request is not valid"),
        401: _("Sign in first"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("This cannot be done here"),
        406: _("Not available in this format"),
        409: _("Conflict"),
        410: _("Over"),
        415: _("This format is not understood"),
        429: _("Too often"),
    }
    return titles.get(status) or HTTPStatus(status).phrase


def body(status: int, detail: str = "", **more: Any) -> dict[str, Any]:
    """The members of a problem answer; `more` adds own members (errors, links)."""
    members = {"type": TYPES + slug(status), "title": title(status), "status": status}
    return {**members, **({"detail": detail} if detail else {}), **more}


def answer(status: int, detail: str = "", headers: Mapping[str, str] | None = None, **more: Any) -> HttpResponse:
    """A problem as a plain Django response, for views outside the REST framework."""
    return HttpResponse(
        orjson.dumps(body(status, detail, **more)), status=status, content_type=MEDIA_TYPE, headers=headers
    )


def of_exception(error: Exception) -> dict[str, Any] | None:
    """The problem of an exception of Django's own, None for one that is a bug."""
    if isinstance(error, Http404):
        return body(404, _("There is nothing here that you can see."))
    if isinstance(error, PermissionDenied):
        return body(403, str(error))
    if isinstance(error, DjangoValidationError):
        errors = list(django_errors(error))
        return body(400, " ".join(dict.fromkeys(e["detail"] for e in errors)), errors=errors)
    return None


def django_errors(error: DjangoValidationError) -> Iterator[dict[str, str]]:
    """The errors of a verb or form, one entry a message; errors of no field point at the whole ("")."""
    if hasattr(error, "error_dict"):
        for field, messages in error.message_dict.items():
            pointer = "" if field == "__all__" else f"/{field}"
            yield from ({"pointer": pointer, "detail": message} for message in messages)
    else:
        yield from ({"pointer": "", "detail": message} for message in error.messages)


def nested_errors(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """The REST framework's nested error detail as flat entries with JSON pointers."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            here = pointer if key == "non_field_errors" else f"{pointer}/{_escape(str(key))}"
            yield from nested_errors(inner, here)
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list))
            yield from nested_errors(inner, f"{pointer}/{position}" if nested else pointer)
    else:
        yield {"pointer": pointer, "detail": str(detail)}


def _escape(key: str) -> str:
    """RFC 6901: "~" and "/" inside a member's name."""
    return key.replace("~", "~0").replace("/", "~1")
