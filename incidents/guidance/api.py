"""Guidance for machines, under /api/v1/guidance/. The same rows as the pages."""

import uuid
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import Http404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, problems
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from incidents import actions
from incidents.guidance import rules
from incidents.guidance.filters import GuidanceFilter, narrow
from incidents.guidance.serializers import AcknowledgeInput, GuidanceDetail, GuidancePage, GuidanceStepInput
from incidents.models import Instruction, InstructionFile, InstructionStep
from units import policy
from units.actions import Clash

# Columns that bear the model's own names.
PLAIN = ("ref", "subject", "text", "precedence", "state", "due_at", "issued_at", "ended_at")
_STEP = ("number", "verb", "before", "after", "text", "due_after", "by_name", "at")
# One verb of each side: whoever holds neither takes no step.
OF_EACH_SIDE = ("ask_back", "find_adequate")
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="A UUID made by the caller, the same at every try.",
)


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the reference in the address of a thread."""
    start, end = reverse("guidance:detail", args=["REF"]).split("REF")
    return start, end


def rows(guidance: Any) -> Any:
    """The columns of listed guidance; machine-readable: codes and slugs, nothing localised."""
    return guidance.values(
        "id",
        *PLAIN,
        incident_ref=F("incident__ref"),
        province=F("incident__province__code"),
        giver=F("from_unit__code"),
        taker=F("to_unit__code"),
        within_min=F("clock__minutes"),
        hours_of=F("clock__hours_of__code"),
        issued_by_person=F("issued_by_name"),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row under its outer names, without its inner key, with the address of its page."""
    start, end = _page_address()
    del row["id"]
    for outer, inner in (
        ("incident", "incident_ref"),
        ("from_unit", "giver"),
        ("to_unit", "taker"),
        ("issued_by", "issued_by_person"),
    ):
        row[outer] = row.pop(inner)
    return {**row, "url": f"{start}{row['ref']}{end}"}


class GuidanceList(APIView):
    """Guidance, as far as the caller sees it."""

    @extend_schema(
        operation_id="guidance",
        tags=["guidance"],
        summary="Guidance of institutions, the latest issued first",
        parameters=[*PAGING, *filter_parameters(GuidanceFilter)],
        responses={200: GuidancePage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of what is about incidents the caller sees."""
        found = narrow(Instruction.objects.visible_to(request.user), request)
        return Response(api.page(request, rows(found), moment="issued_at", show=_shown))


class GuidanceOne(APIView):
    """One piece of guidance."""

    @extend_schema(
        operation_id="one_guidance",
        tags=["guidance"],
        summary="One piece of guidance with its thread",
        responses={200: GuidanceDetail, **problem_answers(404)},
    )
    def get(self, request: Request, ref: str) -> Response:
        """404 for one the caller cannot see."""
        return Response(_detail(request, _visible(request, ref)))


class GuidanceAcknowledge(APIView):
    """The acknowledgement of who carries it out."""

    @extend_schema(
        operation_id="acknowledge_guidance",
        tags=["guidance"],
        summary="Acknowledge guidance: it has arrived and is being carried out",
        description="Sent again with the same key it answers 200 with the thread as it stands.",
        parameters=[KEY],
        request=AcknowledgeInput,
        responses={201: GuidanceDetail, 200: GuidanceDetail, **problem_answers(400, 403, 404, 409, 415)},
    )
    def post(self, request: Request, ref: str) -> Response:
        """404 for guidance the caller cannot see, 403 for what he sees and may not acknowledge."""
        row = _visible(request, ref)
        _demand(request, "acknowledge_instruction", row)
        given = AcknowledgeInput(data=request.data)
        given.is_valid(raise_exception=True)
        return _take(request, row, "acknowledge_instruction", {"text": given.validated_data["text"]})


class GuidanceSteps(APIView):
    """The steps of a thread."""

    @extend_schema(
        operation_id="take_guidance_step",
        tags=["guidance"],
        summary="Take a step: acknowledge, ask, answer, report done, judge, withdraw",
        description="Sent again with the same key it answers 200 with the thread as it stands; another step under the "
        "same key is 409. What the state does not allow is 400.",
        parameters=[KEY],
        request=GuidanceStepInput,
        examples=[
            OpenApiExample("A question", value={"verb": "ask_back", "text": "Which reference map?"}, request_only=True),
            OpenApiExample(
                "Not enough",
                value={"verb": "find_wanting", "text": "The photo shows no scale.", "within_min": 480},
                request_only=True,
            ),
        ],
        responses={201: GuidanceDetail, 200: GuidanceDetail, **problem_answers(400, 403, 404, 409, 415)},
    )
    def post(self, request: Request, ref: str) -> Response:
        """404 for guidance the caller cannot see, 403 for a step that is not his."""
        row = _visible(request, ref)
        if not any(rules.holds(request.user, verb, row) for verb in OF_EACH_SIDE):
            raise PermissionDenied(policy.nothing_here())
        given = GuidanceStepInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        _demand(request, data["verb"], row)
        return _take(request, row, data["verb"], _arguments(data))


def _arguments(data: dict[str, Any]) -> dict[str, Any]:
    """What the verb takes beside the actor and the guidance."""
    if data["verb"] == "withdraw_instruction":
        return {"reason": data["text"]}
    if data["verb"] == "find_wanting":
        if data["within_min"] is None:
            raise ValidationError({"within_min": _("Say how much time is given.")})
        return {"text": data["text"], "within_min": data["within_min"]}
    return {"text": data["text"]}


def _take(request: Request, row: Instruction, verb: str, arguments: dict[str, Any]) -> Response:
    key: uuid.UUID = api.idempotency_key(request)
    try:
        taken = getattr(actions, verb)(actor=request.user, instruction=row, client_key=key, **arguments)
    except Clash as clash:
        return Response(problems.body(409, " ".join(clash.messages)), status=409, content_type=problems.MEDIA_TYPE)
    return Response(_detail(request, row), status=201 if taken.first else 200)


def _demand(request: Request, verb: str, row: Instruction) -> None:
    if not rules.holds(request.user, verb, row):
        raise PermissionDenied(policy.nothing_here())


def _visible(request: Request, ref: str) -> Instruction:
    row: Instruction | None = Instruction.objects.visible_to(request.user).filter(ref=ref).first()
    if row is None:
        raise Http404
    return row


def _detail(request: Request, row: Instruction) -> dict[str, Any]:
    shown = _shown(rows(Instruction.objects.visible_to(request.user).filter(pk=row.pk)).get())
    steps = InstructionStep.objects.filter(instruction=row).order_by("number").prefetch_related("files")
    shown["steps"] = [_step(step, row.ref) for step in steps]
    return shown


def _step(step: InstructionStep, ref: str) -> dict[str, Any]:
    return {**{name: getattr(step, name) for name in _STEP}, "files": [_file(one, ref) for one in step.files.all()]}


def _file(one: InstructionFile, ref: str) -> dict[str, Any]:
    return {
        "name": one.original_name,
        "url": reverse("guidance:file", args=[ref, one.pk]),
        "sha256": one.sha256,
        "size": one.size,
        "content_type": one.content_type,
    }


app_name = "guidance_api"
urlpatterns = [
    path("guidance/", GuidanceList.as_view(), name="guidance"),
    path("guidance/<slug:ref>/", GuidanceOne.as_view(), name="one"),
    path("guidance/<slug:ref>/acknowledge/", GuidanceAcknowledge.as_view(), name="acknowledge"),
    path("guidance/<slug:ref>/steps/", GuidanceSteps.as_view(), name="steps"),
]
