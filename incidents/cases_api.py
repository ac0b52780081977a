"""Accountability cases for machines, under /api/v1/cases/. The same rows as the pages; read only."""

from functools import cache
from typing import Any

from django.db.models import F, Prefetch
from django.http import Http404
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api
from borderwatch.views.machines import PAGING, Choice, filter_parameters, problem_answers
from incidents.choices import CaseState, Detector, Outcome
from incidents.filters_cases import CaseFilter, narrow
from incidents.models import AccountabilityCase, Attachment, CaseStep, Incident

# Columns of a listed case that bear the model's own names.
PLAIN = (
    "ref",
    "state",
    "outcome",
    "measures",
    "charge",
    "head_name_km",
    "head_name_en",
    "head_rank",
    "head_acting",
    "detected_by",
    "reported_after_min",
    "credited",
    "opened_at",
    "notified_at",
    "due_at",
    "closed_at",
)
_STEP = (
    "number",
    "verb",
    "before",
    "after",
    "text",
    "outcome",
    "measures",
    "was_due_at",
    "next_due_at",
    "by_name",
    "at",
)


class CaseRow(serializers.Serializer[Any]):
    """An accountability case as listed."""

    ref = serializers.CharField()
    url = serializers.CharField(help_text="The case's page.")
    incident_ref = serializers.CharField(help_text="The incident it is about; its report may be hidden from you.")
    unit_code = serializers.CharField(help_text="The unit whose head answers.")
    unit_name_km = serializers.CharField()
    unit_name_en = serializers.CharField()
    head_name_km = serializers.CharField(help_text="The head at that time; empty when none was on record.")
    head_name_en = serializers.CharField()
    head_rank = serializers.CharField()
    head_acting = serializers.BooleanField()
    charge = serializers.CharField(help_text="What is held against the head.")
    state = Choice(CaseState)
    outcome = Choice(Outcome, allow_blank=True)
    measures = serializers.CharField()
    detected_by = Choice(Detector, help_text="Seen from the unit that answers.")
    reported_after_min = serializers.IntegerField(
        allow_null=True, help_text="Minutes from detection, or the event, to the report."
    )
    credited = serializers.BooleanField(help_text="The unit itself found it and reported early.")
    opened_at = serializers.DateTimeField()
    notified_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="When the step that is owed now is due.")
    closed_at = serializers.DateTimeField(allow_null=True)


class CasePage(serializers.Serializer[Any]):
    """A page of cases, newest first."""

    results = CaseRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class AttachmentRow(serializers.Serializer[Any]):
    """A file or the record of a patrol given with a step."""

    name = serializers.CharField(help_text="Name of the file, or number of the patrol.")
    url = serializers.CharField(allow_null=True, help_text="Where the file is; null for a patrol.")
    sha256 = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True)
    content_type = serializers.CharField(allow_null=True)


class StepRow(serializers.Serializer[Any]):
    """One step of a case as it was done."""

    number = serializers.IntegerField()
    verb = serializers.CharField()
    before = Choice(CaseState, allow_blank=True)
    after = Choice(CaseState)
    text = serializers.CharField()
    outcome = Choice(Outcome, allow_blank=True)
    measures = serializers.CharField()
    was_due_at = serializers.DateTimeField(allow_null=True, help_text="The deadline this step met or missed.")
    next_due_at = serializers.DateTimeField(allow_null=True)
    by_name = serializers.CharField(help_text="Empty when the step was taken by itself.")
    at = serializers.DateTimeField()
    attachments = AttachmentRow(many=True)


class CaseDetail(CaseRow):
    """One case with its record."""

    incident_visible = serializers.BooleanField(help_text="Whether you may read the incident's report.")
    steps = StepRow(many=True)


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the reference in the address of a case's page."""
    start, end = reverse("cases:detail", args=["REF"]).split("REF")
    return start, end


def rows(cases: Any) -> Any:
    """The columns of a listed case; machine-readable, so names come in both languages and nothing is localised."""
    return cases.values(
        "id",
        *PLAIN,
        incident_ref=F("incident__ref"),
        unit_code=F("unit__code"),
        unit_name_km=F("unit__name_km"),
        unit_name_en=F("unit__name_en"),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row without its inner key, with the address of its page."""
    start, end = _page_address()
    del row["id"]
    row["url"] = f"{start}{row['ref']}{end}"
    return row


class CaseList(APIView):
    """The cases the caller sees."""

    @extend_schema(
        operation_id="cases",
        tags=["cases"],
        summary="Accountability cases, newest first",
        parameters=[*PAGING, *filter_parameters(CaseFilter)],
        responses={200: CasePage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of the cases the caller reviews or audits, and, once notified, of those he answers for."""
        found = narrow(AccountabilityCase.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, rows(found), moment="opened_at", show=_shown))


class CaseOne(APIView):
    """One case."""

    @extend_schema(
        operation_id="case",
        tags=["cases"],
        summary="One accountability case with its record",
        responses={200: CaseDetail, **problem_answers(404)},
    )
    def get(self, request: Request, ref: str) -> Response:
        """404 for one the caller cannot see."""
        row = rows(AccountabilityCase.objects.visible_to(request.user).filter(ref=ref)).first()
        if row is None:
            raise Http404
        steps = CaseStep.objects.filter(case_id=row["id"]).order_by("number")
        steps = steps.prefetch_related(Prefetch("attachments", Attachment.objects.select_related("patrol")))
        seen = Incident.objects.visible_to(request.user).filter(ref=row["incident_ref"]).exists()
        return Response({**_shown(row), "incident_visible": seen, "steps": [_step(step, ref) for step in steps]})


def _step(step: CaseStep, ref: str) -> dict[str, Any]:
    attachments = [_attachment(one, ref) for one in step.attachments.all()]
    return {**{name: getattr(step, name) for name in _STEP}, "attachments": attachments}


def _attachment(one: Attachment, ref: str) -> dict[str, Any]:
    if one.patrol is not None:
        return {"name": one.patrol.ref, "url": None, "sha256": None, "size": None, "content_type": None}
    return {
        "name": one.original_name,
        "url": reverse("cases:file", args=[ref, one.pk]),
        "sha256": one.sha256,
        "size": one.size,
        "content_type": one.content_type,
    }


app_name = "cases_api"
urlpatterns = [
    path("cases/", CaseList.as_view(), name="cases"),
    path("cases/<slug:ref>/", CaseOne.as_view(), name="case"),
]
