"""Assessments and the published weights for machines: reading only, since an assessment is written on a visit."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import F
from django.db.models.functions import Lower, Upper
from django.http import Http404
from django.urls import path, reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, clock
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from crossings import assessment_steps as steps
from crossings import scoring
from crossings.assessment_serializers import AssessmentDetail, AssessmentPage, WeightsPage
from crossings.choices import AssessmentState
from crossings.filters_assessments import AssessmentFilter, narrow
from crossings.models import Assessment, Weights

# Columns of a listed assessment that bear the model's own names.
PLAIN = (
    "id", "state", "visited_on", "steps_done", "recommendation", "started_at", "saved_at", "completed_at",
)  # fmt: skip
EXAMPLE = OpenApiExample(
    "A page",
    value={
        "results": [
            {
                "id": 12, "url": "/crossings/assessments/12/", "state": "complete", "crossing": "vn-o-yadav",
                "crossing_name_km": "អូរយ៉ាដាវ", "crossing_name_en": "O Yadav", "province_code": "16",
                "unit_code": "district-1607", "visited_on": "2026-03-02",
                "steps_done": list(steps.SLUGS), "recommendation": "formalise",
                "started_at": "2026-03-02T01:00:00Z", "saved_at": "2026-03-03T01:00:00Z",
                "completed_at": "2026-03-03T02:00:00Z", "score": 61.4, "weight_known": 94.0, "weights": 1,
            }
        ],
        "next": None,
    },
    response_only=True,
)  # fmt: skip


def _columns(assessments: Any, *more: str) -> Any:
    """Columns for machines: names in both languages, nothing localised."""
    return assessments.values(
        *dict.fromkeys((*PLAIN, *scoring.FIELDS, *more)),
        code=F("crossing__slug"),
        crossing_name_km=F("crossing__name_km"),
        crossing_name_en=F("crossing__name_en"),
        province_code=F("crossing__district__province__code"),
        unit_code=F("unit__code"),
    )


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the number in the address of an assessment's page."""
    start, end = reverse("assessments:detail", args=[0]).split("0")
    return start, end


def _score(row: dict[str, Any], weights: Weights | None) -> scoring.Score | None:
    """Only what is complete is scored: a draft's score would move with every keystroke."""
    if weights is None or row["state"] != AssessmentState.COMPLETE:
        return None
    return scoring.score(row, weights.values)


def _listed(weights: Weights | None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def show(row: dict[str, Any]) -> dict[str, Any]:
        score = _score(row, weights)
        return _row(row, score, weights)

    return show


def _row(row: dict[str, Any], score: scoring.Score | None, weights: Weights | None) -> dict[str, Any]:
    start, end = _page_address()
    return {
        **{name: row[name] for name in PLAIN},
        "url": f"{start}{row['id']}{end}",
        "crossing": row["code"],
        **{name: row[name] for name in ("crossing_name_km", "crossing_name_en", "province_code", "unit_code")},
        "score": score.total if score else None,
        "weight_known": score.known if score else None,
        "weights": weights.pk if weights and score else None,
    }


class AssessmentList(APIView):
    """The assessments the caller sees."""

    @extend_schema(
        operation_id="assessments",
        tags=["crossings"],
        summary="Assessments of crossings, latest begun first, scored by the weights in force",
        parameters=[*PAGING, *filter_parameters(AssessmentFilter)],
        examples=[EXAMPLE],
        responses={200: AssessmentPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of the assessments of the caller's provinces."""
        found = narrow(Assessment.objects.visible_to(request.user), request.query_params)
        weights = scoring.in_force()
        return Response(api.page(request, _columns(found), moment="started_at", show=_listed(weights)))


class AssessmentOne(APIView):
    """One assessment."""

    @extend_schema(
        operation_id="assessment",
        tags=["crossings"],
        summary="One assessment with every fact and its score line by line",
        responses={200: AssessmentDetail, **problem_answers(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for one the caller cannot see."""
        visible = Assessment.objects.visible_to(request.user).filter(pk=pk)
        facts = (*steps.FIELDS, "nearest_km", "security", "reason")
        row = _columns(visible, *facts).annotate(gate=F("nearest_official__slug")).first()
        if row is None:
            raise Http404
        weights = scoring.in_force()
        score = _score(row, weights)
        return Response(
            {
                **_row(row, score, weights),
                **{name: row[name] for name in facts},
                "nearest_official": row["gate"],
                "parts": [
                    {
                        "criterion": part.criterion.slug,
                        "points": part.points,
                        "weight": part.weight,
                        "adds": part.adds,
                    }
                    for part in (score.parts if score else ())
                ],
            }
        )


class WeightsList(APIView):
    """The published weights."""

    @extend_schema(
        operation_id="assessment_weights",
        tags=["crossings"],
        summary="Published weights of the score, latest published first",
        parameters=[*PAGING],
        responses={200: WeightsPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """All sets: they are published, so whoever has an account reads them."""
        now = clock.now()
        rows = Weights.objects.values(
            "id", "name", "values", "reason", "published_at", since=Lower("period"), until=Upper("period")
        )

        def show(row: dict[str, Any]) -> dict[str, Any]:
            began = row["since"] is None or row["since"] <= now
            return {**row, "in_force": began and (row["until"] is None or now < row["until"])}

        return Response(api.page(request, rows, moment="published_at", show=show))


urlpatterns = [
    path("assessments/", AssessmentList.as_view(), name="assessments"),
    path("assessments/<int:pk>/", AssessmentOne.as_view(), name="assessment"),
    path("assessment-weights/", WeightsList.as_view(), name="assessment_weights"),
]
