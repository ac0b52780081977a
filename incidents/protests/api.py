"""Protests for machines, under /api/v1/protests/. The same rows as the pages; read only."""

from typing import Any

from django.db.models import F
from django.http import Http404
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from incidents.models import LegalBasis, Protest, ProtestEvidence, ProtestStep
from incidents.protests.filters import ProtestFilter, narrow
from incidents.protests.serializers import EVIDENCE, LAW, PLAIN, STEP, TEXTS, ProtestDetail, ProtestPage


def rows(protests: Any, *more: str) -> Any:
    """The columns of a listed protest; names come in both languages and nothing is localised."""
    return protests.values(
        "id",
        *PLAIN,
        *more,
        incident_ref=F("incident__ref"),
        province_code=F("incident__province__code"),
        office_code=F("office__code"),
        counterpart_code=F("counterpart__slug"),
        counterpart_name_km=F("counterpart__name_km"),
        counterpart_name_en=F("counterpart__name_en"),
        country=F("counterpart__country"),
        section_code=F("section__code"),
        renews_ref=F("renews__ref"),
        drill=F("incident__drill"),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row without its inner keys, with the address of its page."""
    del row["id"]
    row["drill"] = row["drill"] is not None
    row["url"] = reverse("protests:detail", args=[row["ref"]])
    return row


class ProtestList(APIView):
    """The protests the caller sees."""

    @extend_schema(
        operation_id="protests",
        tags=["protests"],
        summary="Diplomatic protests, newest first",
        parameters=[*PAGING, *filter_parameters(ProtestFilter)],
        responses={200: ProtestPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of the protests about incidents the caller sees: drafts for institutions only."""
        found = narrow(Protest.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, rows(found), moment="drafted_at", show=_shown))


class ProtestOne(APIView):
    """One protest."""

    @extend_schema(
        operation_id="protest",
        tags=["protests"],
        summary="One protest with its law, evidence list and steps",
        responses={200: ProtestDetail, **problem_answers(404)},
    )
    def get(self, request: Request, ref: str) -> Response:
        """404 for one the caller cannot see."""
        row = rows(Protest.objects.visible_to(request.user).filter(ref=ref), *TEXTS).first()
        if row is None:
            raise Http404
        pk = row["id"]
        law = LegalBasis.objects.filter(protests=pk).order_by("order", "slug").values(*LAW)
        pieces = ProtestEvidence.objects.filter(protest=pk).order_by("number").values(*EVIDENCE)
        steps = ProtestStep.objects.filter(protest=pk).order_by("number").values(*STEP)
        more = {
            "legal_bases": list(law),
            "evidence": [{**one, "url": reverse("protests:file", args=[ref, one["number"]])} for one in pieces],
            "steps": list(steps),
        }
        return Response({**_shown(row), **more})


app_name = "protests_api"
urlpatterns = [
    path("protests/", ProtestList.as_view(), name="protests"),
    path("protests/<slug:ref>/", ProtestOne.as_view(), name="protest"),
]
