"""Coverage by patrols for machines: each sector's border line and each unresolved area, and one ground by kilometre."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, Max, Q, Sum
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, clock
from borderwatch.views.machines import PAGING, problem_answers
from units import ground, policy
from units.models import Sector, UnresolvedArea

DAYS = OpenApiParameter(
    "days",
    {"type": "integer", "minimum": 1, "maximum": ground.DAYS_MAX, "default": settings.COVERAGE_DAYS},
    description="Seen within so many days counts as seen.",
)


def asked_days(request: Request) -> int:
    """The days an address asks for; ValidationError at `days` when they cannot be read."""
    text = request.query_params.get("days", "") or str(settings.COVERAGE_DAYS)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= ground.DAYS_MAX):
        raise ValidationError({"days": _("The days are a whole number from 1 to %(n)s.") % {"n": ground.DAYS_MAX}})
    return int(text)


class CoverageRow(serializers.Serializer[Any]):
    """How much of a ground patrols have seen."""

    ground = serializers.ChoiceField(choices=["sector", "unresolved_area"])
    code = serializers.CharField()
    unit_code = serializers.CharField(allow_null=True, help_text="The unit of the sector; areas have none.")
    measure = serializers.FloatField(help_text="Metres of border line, or square metres of an area.", allow_null=True)
    seen = serializers.FloatField(help_text="Of these, seen within the days asked for.")
    share = serializers.FloatField(allow_null=True, help_text="Percent; null where there is nothing to be seen.")
    last_seen_at = serializers.DateTimeField(allow_null=True, help_text="The most recent visit anywhere on it.")


class CoveragePage(serializers.Serializer[Any]):
    """A page of grounds."""

    days = serializers.IntegerField()
    results = CoverageRow(many=True)
    next = serializers.URLField(allow_null=True)


class CoverageList(APIView):
    """The grounds whose patrols the caller sees."""

    @extend_schema(
        operation_id="coverage",
        tags=["patrols"],
        summary="Coverage by patrols",
        parameters=[
            *PAGING,
            DAYS,
            OpenApiParameter("ground", str, enum=["sector", "unresolved_area"], description="Default: sector."),
            OpenApiParameter("unit", str, description="Code of the unit of the sector."),
        ],
        responses={200: CoveragePage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """In the order in which the grounds were entered."""
        days, kind = asked_days(request), request.query_params.get("ground", "") or "sector"
        if kind not in ("sector", "unresolved_area"):
            raise ValidationError({"ground": _("The ground is sector or unresolved_area.")})
        rows = _sectors(request) if kind == "sector" else _areas(request)
        fresh = Q(patches__last_seen_at__gte=clock.now() - timedelta(days=days))
        columns = rows.order_by().annotate(
            measure=Sum("patches__measure"),
            seen=Sum("patches__measure", filter=fresh, default=0.0),
            last_seen_at=Max("patches__last_seen_at"),
        )
        page = api.page_by_key(request, columns, show=lambda row: _shown(row, kind))
        return Response({"days": days, **page})


def _sectors(request: Request) -> Any:
    ids = policy.unit_ids(request.user, policy.VIEW)
    rows = Sector.objects.visible_to(request.user).filter(unit_id__in=ids, period__contains=clock.sql_now())
    if unit := request.query_params.get("unit", ""):
        rows = rows.filter(unit__code=unit)
    return rows.values("id", "code", unit_code=F("unit__code"))


def _areas(request: Request) -> Any:
    rows = UnresolvedArea.objects.visible_to(request.user).filter(period__contains=clock.sql_now())
    return rows.values("id", "code")


def _shown(row: dict[str, Any], kind: str) -> dict[str, Any]:
    measure = row["measure"]
    return {
        "ground": kind,
        "code": row["code"],
        "unit_code": row.get("unit_code"),
        "measure": round(measure, 1) if measure else None,
        "seen": round(row["seen"], 1),
        "share": round(100 * row["seen"] / measure, 1) if measure else None,
        "last_seen_at": row["last_seen_at"],
    }


class KilometreRow(serializers.Serializer[Any]):
    """A kilometre of a border line."""

    number = serializers.IntegerField(help_text="Along the line, from 1.")
    measure = serializers.FloatField(help_text="Metres of it.")
    seen = serializers.FloatField(help_text="Metres seen within the days asked for.")
    last_seen_at = serializers.DateTimeField(allow_null=True)
    days_since = serializers.IntegerField(allow_null=True)


class CoverageDetail(serializers.Serializer[Any]):
    """A ground by kilometre; an unresolved area has none."""

    days = serializers.IntegerField()
    code = serializers.CharField()
    share = serializers.FloatField(allow_null=True)
    kilometres = KilometreRow(many=True)


class CoverageOne(APIView):
    """One ground."""

    @extend_schema(
        operation_id="coverage_of",
        tags=["patrols"],
        summary="Coverage of one ground by kilometre",
        parameters=[DAYS],
        responses={200: CoverageDetail, **problem_answers(400, 404)},
    )
    def get(self, request: Request, code: str) -> Response:
        """404 for a ground the caller cannot see."""
        days = asked_days(request)
        found = ground.find(request.user, code, days)
        if found is None:
            raise Http404
        one, patches = found
        lines = ground.kilometres(patches, days) if one.is_sector else []
        return Response(
            {
                "days": days,
                "code": one.code,
                "share": None if one.share is None else round(one.share, 1),
                "kilometres": [
                    {
                        "number": km.number,
                        "measure": round(km.measure, 1),
                        "seen": round(km.seen, 1),
                        "last_seen_at": km.last_seen_at,
                        "days_since": km.days_since,
                    }
                    for km in lines
                ],
            }
        )


app_name = "coverage_api"
urlpatterns = [
    path("coverage/", CoverageList.as_view(), name="coverage"),
    path("coverage/<slug:code>/", CoverageOne.as_view(), name="ground"),
]
