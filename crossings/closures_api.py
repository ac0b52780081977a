"""Closure orders for machines: reading only, since every step of one is a person's on the spot or at a desk."""

from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, F, Q
from django.http import Http404, QueryDict
from django.urls import path, reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from crossings import causes, closures
from crossings.choices import SignState
from crossings.closure_serializers import ClosureDetail, ClosurePage
from crossings.filters_closures import ClosureFilter
from crossings.models import ClosureOrder, ClosureVisit, ReopeningSign

# Columns of a listed order that bear the model's own names.
PLAIN = (
    "id", "number", "state", "scope", "measures", "due_on", "text", "times_reopened", "scan_sha256", "drafted_at",
    "issued_at", "carried_out_at", "verified_at", "ended_at", "reason",
)  # fmt: skip
_VISIT = (
    "id", "kind", "finding", "at", "accuracy_m", "distance_m", "measures", "text", "photo_sha256", "added_at",
)  # fmt: skip
EXAMPLE = OpenApiExample(
    "A page",
    value={
        "results": [
            {
                "id": 7, "number": "០៤៧ សសរ", "url": "/crossings/closures/7/", "state": "issued", "overdue": False,
                "crossing_code": "o-tang-ford", "crossing_name_km": "អូរតាង", "crossing_name_en": "O Tang stream ford",
                "province_code": "16", "issuer_code": "province-16", "unit_code": "post-1607-1",
                "unit_name_km": "ប៉ុស្តិ៍", "unit_name_en": "Post", "scope": ["people", "goods", "vehicles"],
                "measures": ["barrier", "guard"], "due_on": "2026-03-20", "text": "", "times_reopened": 0,
                "open_signs": 0, "scan_sha256": "", "drafted_at": "2026-03-02T08:00:00+07:00",
                "issued_at": "2026-03-02T08:00:00+07:00", "carried_out_at": None, "verified_at": None,
                "ended_at": None, "reason": "",
            }
        ],
        "next": None,
    },
    response_only=True,
)  # fmt: skip


def rows(orders: Any) -> Any:
    """The columns of a listed order; machine-readable, so names come in both languages and nothing is localised."""
    late = closures.with_lateness(orders)
    return late.values(
        *PLAIN,
        overdue=F("late"),
        crossing_code=F("crossing__slug"),
        crossing_name_km=F("crossing__name_km"),
        crossing_name_en=F("crossing__name_en"),
        province_code=F("crossing__district__province__code"),
        issuer_code=F("issuer__code"),
        unit_code=F("responsible_unit__code"),
        unit_name_km=F("responsible_unit__name_km"),
        unit_name_en=F("responsible_unit__name_en"),
        open_signs=Count("signs", filter=Q(signs__state=SignState.TO_CONFIRM)),
    )


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the number in the address of an order's page."""
    start, end = reverse("closures:detail", args=[0]).split("0")
    return start, end


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    start, end = _page_address()
    return {**row, "url": f"{start}{row['id']}{end}"}


def narrow(orders: Any, params: QueryDict) -> Any:
    """The orders that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = ClosureFilter(params, queryset=orders)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs


class ClosureList(APIView):
    """The closure orders the caller sees."""

    @extend_schema(
        operation_id="closure_orders",
        tags=["crossings"],
        summary="Closure orders, latest drafted first",
        parameters=[*PAGING, *filter_parameters(ClosureFilter)],
        examples=[EXAMPLE],
        responses={200: ClosurePage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of the orders of the caller's provinces."""
        found = narrow(ClosureOrder.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, rows(found), moment="drafted_at", show=_shown))


class ClosureOne(APIView):
    """One closure order."""

    @extend_schema(
        operation_id="closure_order",
        tags=["crossings"],
        summary="One closure order with what was seen on the spot and signs of reopening",
        responses={200: ClosureDetail, **problem_answers(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for one the caller cannot see."""
        row = rows(ClosureOrder.objects.visible_to(request.user).filter(pk=pk)).first()
        if row is None:
            raise Http404
        return Response({**_shown(row), "visits": _visits(pk), "signs": _signs(request.user, pk)})


def _visits(pk: int) -> list[dict[str, Any]]:
    found = ClosureVisit.objects.filter(order=pk).select_related("by")
    return [
        {
            **{name: getattr(visit, name) for name in _VISIT},
            "lon": round(visit.point.x, 6),
            "lat": round(visit.point.y, 6),
            "by_name": visit.by.record_name,
            "photo_url": reverse("closures:photo", args=[pk, visit.pk]),
        }
        for visit in found
    ]


def _signs(user: Any, pk: int) -> list[dict[str, Any]]:
    """The signs; what would tell of a cause the caller may not see is left out."""
    found = list(ReopeningSign.objects.filter(order=pk))
    keys: dict[str, list[str]] = {}
    for sign in found:
        keys.setdefault(sign.cause_kind, []).append(sign.cause_key)
    readable = {kind: causes.read(user, kind, some) for kind, some in keys.items()}
    return [_sign(sign, readable[sign.cause_kind].get(sign.cause_key)) for sign in found]


def _sign(sign: ReopeningSign, cause: causes.Cause | None) -> dict[str, Any]:
    return {
        "id": sign.pk,
        "state": sign.state,
        "cause": {"kind": sign.cause_kind, "words": cause.words, "url": cause.url} if cause else None,
        "seen_at": sign.seen_at if cause else None,
        "distance_m": sign.distance_m if cause else None,
        "found_at": sign.found_at,
        "decided_at": sign.decided_at,
        "reason": sign.reason,
    }


urlpatterns = [
    path("closure-orders/", ClosureList.as_view(), name="closure_orders"),
    path("closure-orders/<int:pk>/", ClosureOne.as_view(), name="closure_order"),
]
