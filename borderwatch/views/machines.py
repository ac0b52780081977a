"""Machine addresses of the kernel: a person's own notices, the OpenAPI description, and a page to read it."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import django_filters as filters
from django.conf import settings
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, problems, topics
from borderwatch.models import Delivery


class Choice(serializers.ChoiceField):
    """One of a fixed list of slugs, described with its labels."""

    def __init__(self, kind: type[TextChoices], **kwargs: Any) -> None:
        super().__init__(choices=kind.choices, **kwargs)


class Moment(serializers.DateTimeField):
    """A time as sent, with its zone; from 1900 on, so that every zone can write it."""

    def to_internal_value(self, value: Any) -> datetime:
        """The aware time."""
        moment = super().to_internal_value(value)
        if moment.year < 1900 or moment.year > 9000:
            self.fail("overflow")
        return moment


class FieldError(serializers.Serializer[Any]):
    """What is wrong with one member of what was sent."""

    pointer = serializers.CharField(help_text='JSON pointer to the member; "" means the whole.', allow_blank=True)
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """An error (RFC 9457). `type` is for programs; `title` and `detail` are in the reader's language."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = FieldError(many=True, required=False)  # type: ignore[assignment]


def problem_answers(*statuses: int) -> Mapping[Any, Any]:
    """The problem answers of an operation, for its description."""
    return {
        (status, problems.MEDIA_TYPE): OpenApiResponse(Problem, description=problems.slug(status))
        for status in (401, *statuses)
    }


PAGING = [
    OpenApiParameter("cursor", str, description="Where to go on; taken from `next`."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": api.PAGE_SIZE_MAX, "default": api.PAGE_SIZE},
        description="Rows of a page.",
    ),
]


_KINDS: list[tuple[type[filters.Filter], Any]] = [
    (filters.BooleanFilter, OpenApiTypes.BOOL),
    (filters.DateFilter, OpenApiTypes.DATE),
    (filters.IsoDateTimeFilter, OpenApiTypes.DATETIME),
]


def filter_parameters(filterset: type[filters.FilterSet]) -> list[OpenApiParameter]:
    """The parameters a set of filters takes, for the description of an operation."""
    return [_parameter(name, one) for name, one in filterset.base_filters.items()]


def _parameter(name: str, one: filters.Filter) -> OpenApiParameter:
    kind = next((kind for cls, kind in _KINDS if isinstance(one, cls)), OpenApiTypes.STR)
    several = isinstance(one, filters.MultipleChoiceFilter)
    with translation.override("en"):
        label = str(one.label)
    return OpenApiParameter(
        name,
        kind,
        description=label[:1].upper() + label[1:] + (" (any of several)." if several else "."),
        enum=[slug for slug, _label in one.extra["choices"]] if several else None,
        many=several,
    )


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a machine signs in, for the description."""

    target_class = "borderwatch.api.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An API key in the Authorization header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Authorization: Token <secret>; `manage.py make_token <account>` makes one.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a browser is signed in, for the description."""

    target_class = "borderwatch.api.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The session's cookie."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class NoticeRow(serializers.Serializer[Any]):
    """A notice to the caller in the application."""

    id = serializers.UUIDField()
    topic = serializers.CharField()
    kind = serializers.CharField(help_text="Kind of the object it is about.")
    key = serializers.CharField(help_text="The object, e.g. an incident's reference.")
    planned_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField(allow_null=True)
    subject = serializers.CharField()
    data = serializers.DictField(help_text="The facts as they stood.")  # type: ignore[assignment]


class NoticePage(serializers.Serializer[Any]):
    """A page of notices, newest first."""

    results = NoticeRow(many=True)
    next = serializers.URLField(allow_null=True)


class NoticeList(APIView):
    """The caller's own notices whose time has come."""

    @extend_schema(
        operation_id="notices",
        tags=["notices"],
        summary="My notices",
        parameters=PAGING,
        responses={200: NoticePage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        rows = Delivery.objects.inbox(request.user)
        columns = rows.values("id", "topic", "kind", "key", "planned_at", "opened_at", "payload", "event")
        return Response(api.page(request, columns, moment="planned_at", show=_notice))


def _notice(row: dict[str, Any]) -> dict[str, Any]:
    notice = Delivery(**row)
    shown = {key: row[key] for key in ("id", "topic", "kind", "key", "planned_at", "opened_at")}
    return {**shown, "subject": topics.render(notice).subject, "data": topics.facts(notice)}


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page: every operation with what it takes and answers. Needs no script."""
    schema = description()
    shapes = schema["components"]["schemas"]
    context = {
        "schema": schema,
        "root": settings.SITE_URL,
        "operations": operations(schema),
        "shapes": [
            {"name": name, "description": shape.get("description", ""), "members": _members(shape)}
            for name, shape in shapes.items()
            if "properties" in shape
        ],
        "lists": {name: kinds["enum"] for name, kinds in shapes.items() if "enum" in kinds},
        "problems": [(status, problems.slug(status)) for status in (400, 401, 403, 404, 405, 406, 409, 410, 415, 429)],
        "problem": _written(problems.body(404, "There is nothing here that you can see.")),
    }
    return render(request, "api_docs.html", context)


@cache
def description() -> Mapping[str, Any]:
    """The OpenAPI description; the same for everybody, made once in a process."""
    schema: Mapping[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


def operations(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operations of a description as flat rows for the page, by tag and address."""
    shapes = schema["components"]["schemas"]
    rows = [
        {
            **operation,
            "method": method.upper(),
            "path": address,
            "takes": _members(shapes.get(_sent(operation), {})),
            "example": _example(operation),
            "answers": _answers(operation),
        }
        for address, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(rows, key=lambda row: (row["tags"], row["path"], row["method"]))


def _members(shape: Mapping[str, Any]) -> list[dict[str, Any]]:
    required = shape.get("required", ())
    return [
        {"name": name, "schema": member, "required": name in required}
        for name, member in shape.get("properties", {}).items()
        if not member.get("readOnly")
    ]


def _json(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    content: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
    sent: Mapping[str, Any] = content.get("application/json", {})
    return sent


def _sent(operation: Mapping[str, Any]) -> str:
    """The name of the shape that is sent, "" when nothing is."""
    return str(_json(operation).get("schema", {}).get("$ref", "")).rpartition("/")[2]


def _example(operation: Mapping[str, Any]) -> str:
    """The first example of what may be sent, as text."""
    values = [example["value"] for example in _json(operation).get("examples", {}).values()]
    return _written(values[0]) if values else ""


def _answers(operation: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each status with the name of what it answers."""
    rows = []
    for status, answer in operation["responses"].items():
        shape: Mapping[str, Any] = next(iter(answer.get("content", {}).values()), {"schema": {}})["schema"]
        rows.append({"status": status, "name": shape.get("$ref", "").rpartition("/")[2] or shape.get("type", "")})
    return rows


def _written(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@csrf_exempt
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """404 as a problem for an address under /api/ that does not exist."""
    return problems.answer(404, _("There is nothing at this address. /api/docs/ names every one."))


urlpatterns = [
    path("v1/notices/", NoticeList.as_view(), name="api_notices"),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
    # Whatever else a machine asks for here is answered in its own language.
    path("", nothing),
    path("<path:rest>", nothing),
]
