"""The register of crossings for machines, under /api/v1/: as GeoJSON, each as of a moment, now by default.

Names come in all their languages, times in UTC; nothing is localised.
"""

from typing import Any

import orjson
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject, Lower, Upper
from django.http import Http404
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, bbox, clock
from borderwatch.api import GeoJSONRenderer, JSONRenderer
from borderwatch.layers import DECIMALS
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from crossings.filters_register import CrossingFilter, narrow
from crossings.models import Classification, Crossing, CrossingStatus
from crossings.moments import read
from crossings.serializers import CrossingDetail, CrossingPage

PLAIN = (
    "id", "slug", "name_km", "name_en", "name_neighbour", "category", "category_neighbour", "status",
    "status_neighbour", "standing", "mode", "neighbour", "neighbour_place", "neighbour_admin1", "precision_km",
    "precision_note", "opens_at", "closes_at", "flows", "documents", "agencies", "legal_references", "first_seen_on",
    "illustrative", "place",
)  # fmt: skip
AT = OpenApiParameter(
    "at",
    OpenApiTypes.STR,
    description="What held at that moment: a date (its first moment in Phnom Penh; today is now) or a time with its "
    "zone. Default: now.",
)
EXAMPLE = OpenApiExample(
    "A crossing on a day",
    value={
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "th-poipet",
                "geometry": {"type": "Point", "coordinates": [102.55, 13.662]},
                "properties": {"slug": "th-poipet", "category": "international", "status": "suspended"},
            }
        ],
        "next": None,
    },
    response_only=True,
)


def columns(crossings: Any, at: Any) -> Any:
    """The columns of a listed crossing. The rows carry `with_state` of the same moment."""
    standing = CrossingStatus.objects.filter(crossing=OuterRef("pk"), period__contains=at or clock.sql_now())
    one = JSONObject(
        side="side", flow="flow", status="status", opens_at="opens_at", closes_at="closes_at",
        legal_reference="legal_reference", reason="reason", since=Lower("period"), until=Upper("period"),
    )  # fmt: skip
    rows = crossings.annotate(
        standing=ArraySubquery(standing.order_by("side", "flow").values(row=one)),
        place=AsGeoJSON("point", precision=DECIMALS),
    )
    return rows.values(
        *PLAIN,
        district_code=F("district__code"),
        province_code=F("district__province__code"),
        commune_code=F("commune__code"),
        responsible_unit_code=F("responsible_unit__code"),
        nearest_marker_code=F("nearest_marker__code"),
    )


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    del row["id"]
    place = row.pop("place")
    row["url"] = reverse("crossings:detail", args=[row["slug"]])
    return {"type": "Feature", "id": row["slug"], "geometry": orjson.Fragment(place), "properties": row}


def _moment(request: Request) -> Any:
    try:
        return read(request.query_params.get("at", ""))
    except ValidationError as error:
        raise ValidationError({"at": error.messages}) from None


class CrossingList(APIView):
    """The crossings the caller sees."""

    renderer_classes = (GeoJSONRenderer, JSONRenderer)

    @extend_schema(
        operation_id="crossings",
        tags=["crossings"],
        summary="Crossings as GeoJSON, with category and status on a day",
        description=(
            "Official gates are seen by everybody who serves, corridors by who serves in their province and by "
            "institutions. Positions are as exact as `precision_km` says and claim no line."
        ),
        parameters=[
            *PAGING,
            AT,
            *(one for one in filter_parameters(CrossingFilter) if one.name != "at"),
            OpenApiParameter("bbox", str, description="west,south,east,north in degrees."),
        ],
        examples=[EXAMPLE],
        responses={(200, "application/geo+json"): CrossingPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page in the order in which they were entered."""
        rows = narrow(Crossing.objects.visible_to(request.user), request.query_params)
        if text := request.query_params.get("bbox", ""):
            try:
                rows = rows.filter(point__bboverlaps=bbox.parse(text))
            except ValidationError as error:
                raise ValidationError({"bbox": error.messages}) from None
        shown = columns(rows, _moment(request))
        return Response(
            {"type": "FeatureCollection", **api.page_by_key(request, shown, show=_feature, results="features")}
        )


class CrossingOne(APIView):
    """One crossing."""

    renderer_classes = (GeoJSONRenderer, JSONRenderer)

    @extend_schema(
        operation_id="crossing",
        tags=["crossings"],
        summary="One crossing with its perimeter, and its categories and statuses over time",
        parameters=[AT],
        responses={(200, "application/geo+json"): CrossingDetail, **problem_answers(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """404 for one the caller cannot see."""
        at = _moment(request)
        visible = Crossing.objects.visible_to(request.user).filter(slug=slug).with_state(at)
        found = columns(visible, at).first()
        if found is None:
            raise Http404
        key = found["id"]
        rows = Crossing.objects.filter(pk=key).annotate(shape=AsGeoJSON("perimeter", precision=DECIMALS))
        more: Any = rows.values("note", "capacity", "perimeter_source", "shape").get()
        area = more.pop("shape")
        feature = _feature(found)
        feature["properties"] |= {
            **more,
            "perimeter": orjson.Fragment(area) if area else None,
            "statuses": _statuses(key),
            "categories": _categories(key),
        }
        return Response(feature)


def _statuses(key: int) -> list[dict[str, Any]]:
    rows: Any = CrossingStatus.objects.filter(crossing=key).order_by("side", "flow", "-period")
    return list(
        rows.values(
            "side", "flow", "status", "opens_at", "closes_at", "legal_reference", "reason", "set_at",
            order_number=F("order__number"), since=Lower("period"), until=Upper("period"),
        )
    )  # fmt: skip


def _categories(key: int) -> list[dict[str, Any]]:
    rows: Any = Classification.objects.filter(crossing=key).order_by("side", "-period")
    return list(
        rows.values(
            "side", "category", "legal_reference", "reason", "set_at", since=Lower("period"), until=Upper("period")
        )
    )


urlpatterns = [
    path("crossings/", CrossingList.as_view(), name="crossings"),
    path("crossings/<slug:slug>/", CrossingOne.as_view(), name="crossing"),
]
