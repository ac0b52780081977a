"""The register for machines: units, sectors as GeoJSON, tenures of command; each as of a moment, today by default.

Rows are read straight into JSON. Names come in both languages, times in UTC; nothing is localised.
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import orjson
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.core.exceptions import ValidationError
from django.db.models import F
from django.db.models.functions import Lower, Upper
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, bbox, clock
from borderwatch.api import GeoJSONRenderer, JSONRenderer
from borderwatch.layers import DECIMALS
from borderwatch.views.machines import PAGING, problem_answers
from units.models import CommandTenure, Sector, Unit

AT = OpenApiParameter(
    "at",
    OpenApiTypes.STR,
    description="What held at that moment: a date (its midnight in Phnom Penh) or a time with its zone. Default: now.",
)
UNIT = OpenApiParameter("unit", str, description="Code of a unit.")
PROVINCE = OpenApiParameter("province", str, description="Two-digit NCDD code.")


def moment(params: Mapping[str, Any]) -> datetime:
    """The moment an address asks for; ValidationError at `at` when it cannot be read."""
    text = str(params.get("at", "")).strip()
    if not text:
        return clock.now()
    try:
        day, instant = parse_date(text), parse_datetime(text)
    except ValueError:
        day = instant = None
    if day is not None:
        return timezone.make_aware(datetime.combine(day, time()))
    if instant is None or timezone.is_naive(instant):
        raise ValidationError({"at": _("Write a date as 2024-11-03, or a time with its zone.")})
    return instant


class UnitRow(serializers.Serializer[Any]):
    """A unit."""

    code = serializers.CharField()
    kind = serializers.CharField()
    name_km = serializers.CharField()
    name_en = serializers.CharField()
    parent_code = serializers.CharField(allow_null=True, help_text="The unit above it.")
    province_code = serializers.CharField(allow_null=True)
    district_code = serializers.CharField(allow_null=True)
    illustrative = serializers.BooleanField(help_text="Made up for the demo.")


class UnitPage(serializers.Serializer[Any]):
    """A page of units."""

    results = UnitRow(many=True)
    next = serializers.URLField(allow_null=True)


class UnitList(APIView):
    """The units the caller may look at."""

    @extend_schema(
        operation_id="units",
        tags=["register"],
        summary="Units",
        parameters=[
            *PAGING,
            PROVINCE,
            OpenApiParameter("kind", str, description="Kind of unit."),
            OpenApiParameter("parent", str, description="Code of the unit right above."),
        ],
        responses={200: UnitPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """In the order in which they were entered."""
        rows = Unit.objects.visible_to(request.user)  # type: ignore[attr-defined]
        rows = _narrow(rows, request, province="province__code", kind="kind", parent="parent__code")
        columns = rows.values(
            "id", "code", "kind", "name_km", "name_en", "illustrative",
            parent_code=F("parent__code"), province_code=F("province__code"), district_code=F("district__code"),
        )  # fmt: skip
        return Response(api.page_by_key(request, columns, show=_without_id))


class TenureRow(serializers.Serializer[Any]):
    """Who headed a unit from when to when."""

    unit_code = serializers.CharField()
    head_name_km = serializers.CharField()
    head_name_en = serializers.CharField()
    rank = serializers.CharField()
    acting = serializers.BooleanField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Not included; null while it lasts.")


class TenurePage(serializers.Serializer[Any]):
    """A page of tenures."""

    results = TenureRow(many=True)
    next = serializers.URLField(allow_null=True)


class TenureList(APIView):
    """Tenures of command of the units the caller may look at."""

    @extend_schema(
        operation_id="tenures",
        tags=["register"],
        summary="Tenures of command",
        description="Every tenure on record, or with `at` those in force at a moment.",
        parameters=[*PAGING, AT, UNIT],
        responses={200: TenurePage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """In the order in which they were entered."""
        seen = Unit.objects.visible_to(request.user)  # type: ignore[attr-defined]
        rows: Any = CommandTenure.objects.filter(unit__in=seen)
        if "at" in request.query_params:
            rows = rows.at(moment(request.query_params))
        rows = _narrow(rows, request, unit="unit__code")
        columns = rows.values(
            "id", "head_name_km", "head_name_en", "rank", "acting",
            unit_code=F("unit__code"), since=Lower("period"), until=Upper("period"),
        )  # fmt: skip
        return Response(api.page_by_key(request, columns, show=_without_id))


class SectorPage(serializers.Serializer[Any]):
    """A GeoJSON FeatureCollection with the address of the next page."""

    type = serializers.CharField()
    features = serializers.ListField(child=serializers.DictField())
    next = serializers.URLField(allow_null=True)


class SectorList(APIView):
    """Sectors as GeoJSON."""

    renderer_classes = (GeoJSONRenderer, JSONRenderer)

    @extend_schema(
        operation_id="sectors",
        tags=["register"],
        summary="Sectors as GeoJSON",
        description="The sectors in force at a moment, EPSG:4326. Lines are as drawn in the register, no claim.",
        parameters=[
            *PAGING,
            AT,
            UNIT,
            PROVINCE,
            OpenApiParameter("code", str, description="Code of a sector."),
            OpenApiParameter("bbox", str, description="west,south,east,north in degrees."),
        ],
        responses={(200, "application/geo+json"): SectorPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """In the order in which they were entered."""
        rows: Any = Sector.objects.visible_to(request.user).at(moment(request.query_params))
        rows = _narrow(rows, request, unit="unit__code", province="unit__province__code", code="code")
        if text := request.query_params.get("bbox", ""):
            try:
                rows = rows.filter(area__bboverlaps=bbox.parse(text))
            except ValidationError as error:
                raise ValidationError({"bbox": error.messages}) from None
        columns = rows.annotate(geometry=AsGeoJSON("area", precision=DECIMALS)).values(
            "id", "code", "geometry", "illustrative", "legal_reference", "source",
            unit_code=F("unit__code"), unit_name_km=F("unit__name_km"), unit_name_en=F("unit__name_en"),
            since=Lower("period"), until=Upper("period"),
        )  # fmt: skip
        page = api.page_by_key(request, columns, show=_feature, results="features")
        return Response({"type": "FeatureCollection", **page})


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    geometry = orjson.loads(row.pop("geometry"))
    key = row.pop("id")
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": row}


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    del row["id"]
    return row


def _narrow(rows: Any, request: Request, **columns: str) -> Any:
    """Rows whose columns hold what the address asks for, exactly."""
    asked = {column: request.query_params.get(name, "") for name, column in columns.items()}
    return rows.filter(**{column: value for column, value in asked.items() if value})


app_name = "register_api"
urlpatterns = [
    path("units/", UnitList.as_view(), name="units"),
    path("tenures/", TenureList.as_view(), name="tenures"),
    path("sectors/", SectorList.as_view(), name="sectors"),
]
