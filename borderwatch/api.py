"""What every machine address shares: who is asking, JSON by orjson, problem answers, cursors.

The REST framework's settings name these classes, so nothing here may import its views.
"""

import base64
import binascii
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from knox.crypto import hash_token
from knox.models import get_token_model
from rest_framework import authentication, exceptions, renderers
from rest_framework.request import Request
from rest_framework.response import Response

from borderwatch import clock, problems

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200


# --- who is asking --------------------------------------------------------------------------------------------


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token <secret>`. Only the hash is stored; one query finds token and person.

    A token of a disabled account, or one past its end, is refused like an unknown one.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The person and his token, None when the header speaks of something else."""
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword().lower():
            return None
        if len(words) != 2:
            raise self._refusal()
        try:
            digest = hash_token(words[1].decode("ascii"))
        except (UnicodeDecodeError, binascii.Error, TypeError, ValueError):
            raise self._refusal() from None
        token = get_token_model().objects.select_related("user").filter(digest=digest).first()
        if token is None or not token.user.is_active or (token.expiry and token.expiry <= clock.now()):
            raise self._refusal()
        return token.user, token

    @staticmethod
    def keyword() -> bytes:
        """The word before the secret."""
        return str(settings.REST_KNOX["AUTH_HEADER_PREFIX"]).encode()

    def authenticate_header(self, request: Request) -> str:
        """What an anonymous caller is told to send."""
        return f'{self.keyword().decode()} realm="borderwatch"'

    @staticmethod
    def _refusal() -> exceptions.AuthenticationFailed:
        return exceptions.AuthenticationFailed(_("This token is not known or no longer valid."))


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with the CSRF check on everything that writes; disabled accounts are nobody."""


# --- how it is answered ---------------------------------------------------------------------------------------


class JSONRenderer(renderers.BaseRenderer):
    """JSON by orjson; bytes are taken as JSON already made in the database."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, context: Any = None) -> bytes:
        """The body."""
        if data is None:
            return b""
        return data if isinstance(data, bytes) else orjson.dumps(data, default=str)


class GeoJSONRenderer(JSONRenderer):
    """The same under GeoJSON's own name (RFC 7946)."""

    media_type = "application/geo+json"
    format = "geojson"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every exception as a problem answer; one that is a bug is logged and says only that it happened."""
    members = problems.of_exception(error)
    headers: dict[str, str] = {}
    if members is None and isinstance(error, exceptions.APIException):
        members, headers = _framework_problem(error)
    if members is None:
        return None
    _roll_back()
    return Response(members, status=members["status"], headers=headers, content_type=problems.MEDIA_TYPE)


def _framework_problem(error: exceptions.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, exceptions.ValidationError):
        errors = list(problems.nested_errors(error.detail))
        detail = _("%(n)s part(s) of what was sent cannot be accepted.") % {"n": len(errors)}
        return problems.body(400, detail, errors=errors), headers
    return problems.body(error.status_code, str(error.detail)), headers


def _roll_back() -> None:
    """An error undoes what the request did so far, as the framework's own handler does."""
    connection = transaction.get_connection()
    if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
        transaction.set_rollback(True)


def idempotency_key(request: Request) -> uuid.UUID:
    """The caller's own key of what he sends; ValidationError naming the header when it is missing or no UUID."""
    text = request.headers.get("Idempotency-Key", "")
    try:
        # uuid.UUID alone would accept braces and a URN.
        if len(text) == 36:
            return uuid.UUID(text)
    except ValueError:
        pass
    raise ValidationError(
        {"Idempotency-Key": _("Send a UUID of your own in the header Idempotency-Key, the same at every try.")}
    )


# --- pages of long lists --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: the moment and key of its last row. Opaque to callers, and harmless if made up:
    what a caller may see is decided before it is applied."""

    at: datetime
    key: str

    def text(self) -> str:
        """As it stands in the address."""
        return base64.urlsafe_b64encode(f"{self.at.isoformat()}|{self.key}".encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor of an address; ValidationError when it is not one of ours."""
        try:
            stamp, _bar, key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
            at = datetime.fromisoformat(stamp)
        except (binascii.Error, ValueError):
            raise _bad_cursor() from None
        if at.tzinfo is None or not key:
            raise _bad_cursor()
        return cls(at, key)


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": _("This cursor is not valid. Start again without it.")})


def page(
    request: Request, rows: Any, *, moment: str, show: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """One page of a `.values()` queryset, newest first by `moment`, then by id: {"results": […], "next": address}.

    The rows hold `moment` and `id`; `show` turns a row into what is answered. No model objects are made, and new
    rows never shift a page that follows.
    """
    size = _size(request.query_params.get("limit", ""))
    rows = rows.order_by(f"-{moment}", "-id")
    if text := request.query_params.get("cursor", ""):
        rows = _after(rows, moment, Cursor.read(text))
    found = list(rows[: size + 1])
    shown, following = found[:size], None
    if len(found) > size:
        last = shown[-1]
        following = _address(request, Cursor(last[moment], str(last["id"])).text())
    return {"results": [show(row) for row in shown], "next": following}


def page_by_key(
    request: Request, rows: Any, *, show: Callable[[dict[str, Any]], dict[str, Any]], results: str = "results"
) -> dict[str, Any]:
    """One page of a `.values()` queryset in the order of its ids, for registers whose rows have no time of their own.

    The same shape as `page`; `results` names the member that holds the rows ("features" for GeoJSON).
    """
    size = _size(request.query_params.get("limit", ""))
    rows = rows.order_by("id")
    if text := request.query_params.get("cursor", ""):
        rows = rows.filter(id__gt=_key(text))
    found = list(rows[: size + 1])
    shown, following = found[:size], None
    if len(found) > size:
        following = _address(request, str(shown[-1]["id"]))
    return {results: [show(row) for row in shown], "next": following}


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise _bad_cursor()
    return int(text)


def _after(rows: Any, moment: str, cursor: Cursor) -> Any:
    try:
        key = rows.model._meta.pk.to_python(cursor.key)
    except ValidationError:
        raise _bad_cursor() from None
    # The first condition is implied by the second; it is the one the index can start from.
    return rows.filter(**{f"{moment}__lte": cursor.at}).filter(
        Q(**{f"{moment}__lt": cursor.at}) | Q(**{moment: cursor.at}, id__lt=key)
    )


def _size(text: str) -> int:
    if not text:
        return PAGE_SIZE
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= PAGE_SIZE_MAX):
        raise ValidationError({"limit": _("The limit is a whole number from 1 to %(n)s.") % {"n": PAGE_SIZE_MAX}})
    return int(text[:9])


def _address(request: Request, cursor: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    return str(request.build_absolute_uri(f"{request.path}?{query.urlencode()}"))
