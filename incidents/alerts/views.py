"""Alerts for machines: one message as CAP, all of them as an Atom feed; and a page that says what there is."""

import hashlib
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, renderer_classes
from rest_framework.request import Request

from borderwatch.api import Cursor, JSONRenderer
from borderwatch.views import SignedIn
from borderwatch.views.machines import problem_answers
from incidents.alerts import atom, cap, messages
from incidents.alerts.words import headline

PAGE_SIZE = 50
# How many of the newest the page for people shows.
SHOWN = 10
# In the place of a message's name: the newest one.
NEWEST = "cap"


class CAPRenderer(JSONRenderer):
    """The document's own name; problems stay JSON."""

    media_type = cap.MEDIA_TYPE
    format = "cap"


class XMLRenderer(JSONRenderer):
    """What a reader that knows no better asks for."""

    media_type = "application/xml"
    format = "xml"


class AtomRenderer(JSONRenderer):
    """The feed's own name; problems stay JSON."""

    media_type = atom.MEDIA_TYPE
    format = "atom"


@require_safe
@login_required
def about(request: SignedIn) -> HttpResponse:
    """What there is, how to subscribe, and the newest messages the person sees."""
    found = messages.page(request.user, before=None, most=SHOWN)
    rows = [
        {
            "headline": headline(one),
            "sent": one.sent,
            "status": cap.status_of(one.incident),
            "kind": cap.kind_of(one),
            "address": atom.address(one),
            "incident": one.incident,
        }
        for one in found.messages
    ]
    return render(request, "alerts/about.html", {"rows": rows})


@extend_schema(
    operation_id="alert",
    tags=["alerts"],
    summary="A message of an immediate escalation as CAP 1.2",
    description=(
        "Messages of an escalation: `alert` at its start, `acknowledged` with the first answer, `ruling-…` when it is "
        "ruled who answers, `closed-…` (Cancel when the event did not take place, else AllClear), `reopened-…`. "
        "`cap` stands for the newest one. A message stays as it is for ever; later ones refer to the earlier ones. "
        "Drills have the status Exercise."
    ),
    parameters=[
        OpenApiParameter("id", int, OpenApiParameter.PATH, description="Number of the escalation."),
        OpenApiParameter("message", str, OpenApiParameter.PATH, description="Name of the message, or `cap`."),
    ],
    responses={(200, cap.MEDIA_TYPE): OpenApiTypes.STR, **problem_answers(404)},
)
@api_view(["GET"])
@renderer_classes([CAPRenderer, XMLRenderer, JSONRenderer])
def cap_message(request: Request, pk: int, message: str) -> HttpResponseBase:
    """404 for an escalation that is not immediate, or whose incident the caller does not see."""
    escalation = messages.immediate(request.user).filter(pk=pk).first()
    if escalation is None:
        raise Http404
    found = messages.of(escalation)
    chosen = found[-1] if message == NEWEST else next((one for one in found if one.slug == message), None)
    if chosen is None:
        raise Http404
    return _answer(request, cap.document(found, chosen), cap.MEDIA_TYPE)


@extend_schema(
    operation_id="alerts",
    tags=["alerts"],
    summary="Messages of immediate escalations as an Atom feed, newest first",
    description=(
        "For feed readers and machines, with a token or a session. Ask again with `If-None-Match`: 304 when nothing "
        "is new. `rel=next` leads to older messages."
    ),
    parameters=[OpenApiParameter("before", str, description="Where to go on; taken from the link `next`.")],
    responses={(200, atom.MEDIA_TYPE): OpenApiTypes.STR, **problem_answers(400)},
)
@api_view(["GET"])
@renderer_classes([AtomRenderer, XMLRenderer, JSONRenderer])
def feed(request: Request) -> HttpResponseBase:
    """The messages of incidents the caller sees."""
    found = messages.page(request.user, before=_before(request), most=PAGE_SIZE)
    here = request.build_absolute_uri()
    following = ""
    if found.more:
        last = found.messages[-1]
        cursor = Cursor(last.sent, last.identifier).text()
        following = request.build_absolute_uri(f"{request.path}?before={cursor}")
    body = atom.feed(found.messages, here=here, following=following, language=get_language() or "km")
    return _answer(request, body, atom.MEDIA_TYPE)


def _before(request: Request) -> tuple[Any, str] | None:
    text = request.query_params.get("before", "")
    if not text:
        return None
    try:
        cursor = Cursor.read(text)
    except ValidationError:
        raise ValidationError({"before": _("This cursor is not valid. Start again without it.")}) from None
    return cursor.at, cursor.key


def _answer(request: Request, body: bytes, media_type: str) -> HttpResponseBase:
    """The document with its fingerprint: asked again every time, sent again only when it changed."""
    answer = HttpResponse(body, content_type=f"{media_type}; charset=utf-8")
    answer["ETag"] = etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    answer["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(answer, private=True, no_cache=True)
    patch_vary_headers(answer, ["Cookie", "Authorization", "Accept-Language"])
    return get_conditional_response(request._request, etag=etag, response=answer) or answer
