"""Clocks, escalations and requests for information for machines, under /api/v1/."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q
from django.http import Http404
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, clock, problems
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from incidents.actions import give_information
from incidents.actions.requests import may_answer
from incidents.api import duty_rows, shown_duty
from incidents.choices import DutyState
from incidents.clocks.explain import explain
from incidents.clocks.filters import EscalationFilter, RequestFilter, narrow
from incidents.clocks.serializers import (
    ClockRow,
    EscalationDetail,
    EscalationPage,
    InformationInput,
    RequestPage,
    RequestRow,
)
from incidents.models import Duty, Escalation, InformationRequest
from incidents.policies import Terms
from units import policy
from units.calendar import Calendar

_EVENT = ("number", "kind", "at", "minutes", "reason", "by_name", "due_after")


def _escalation_rows(escalations: Any) -> Any:
    """The columns of a listed escalation; the policy by what was frozen of it."""
    owed = Q(duties__state__in=(DutyState.WAITING, DutyState.PAUSED))
    return escalations.annotate(waiting=Count("duties", filter=owed), duties_count=Count("duties")).values(
        "id",
        "number",
        "automatic",
        "reason",
        "started_at",
        "frozen_policy",
        "waiting",
        "duties_count",
        incident_ref=F("incident__ref"),
        _by_km=F("started_by__name_km"),
        _by_en=F("started_by__name_en"),
    )


def _shown_escalation(row: dict[str, Any]) -> dict[str, Any]:
    frozen = row.pop("frozen_policy")
    names = [name for name in (row.pop("_by_km"), row.pop("_by_en")) if name]
    return {
        **row,
        "policy": frozen["slug"],
        "policy_name_km": frozen["name_km"],
        "policy_name_en": frozen["name_en"],
        "started_by_name": " · ".join(names),
    }


class EscalationList(APIView):
    """The escalations of incidents the caller sees."""

    @extend_schema(
        operation_id="escalations",
        tags=["escalations"],
        summary="Escalations, latest started first",
        parameters=[*PAGING, *filter_parameters(EscalationFilter)],
        responses={200: EscalationPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of them."""
        found = narrow(EscalationFilter, Escalation.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, _escalation_rows(found), moment="started_at", show=_shown_escalation))


class EscalationOne(APIView):
    """One escalation."""

    @extend_schema(
        operation_id="escalation",
        tags=["escalations"],
        summary="One escalation with its duties and its ladder as frozen",
        responses={200: EscalationDetail, **problem_answers(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for one the caller cannot see."""
        row = _escalation_rows(Escalation.objects.visible_to(request.user).filter(pk=pk)).first()
        if row is None:
            raise Http404
        terms = Terms.of(row["frozen_policy"])
        duties = duty_rows(Duty.objects.visible_to(request.user).filter(escalation=pk)).order_by("started_at", "id")
        return Response(
            {
                **_shown_escalation(row),
                "steps": [{"after_min": rung.after_min, "level": rung.level} for rung in terms.rungs],
                "working_hours": terms.working_hours,
                "information_within_min": terms.information_within_min,
                "forgotten_after_min": terms.forgotten_after_min,
                "overseer": terms.overseer,
                "duties": [shown_duty(duty) for duty in duties],
            }
        )


class DutyClock(APIView):
    """The clock of a duty."""

    @extend_schema(
        operation_id="duty_clock",
        tags=["duties"],
        summary="The clock of a duty: its events, and why it is due then in both languages",
        responses={200: ClockRow, **problem_answers(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for a duty the caller cannot see."""
        rows = Duty.objects.visible_to(request.user).filter(pk=pk, clock__isnull=False)
        duty = rows.select_related("clock__hours_of").prefetch_related("clock__events").first()
        if duty is None or duty.clock is None:
            raise Http404
        running, now, calendar = duty.clock, clock.now(), Calendar(duty.clock.hours_of)
        words = {}
        for language in ("km", "en"):
            with translation.override(language):
                explained = explain(running, now=now, calendar=calendar)
                words[language] = explained.short
        return Response(
            {
                "duty": duty.pk,
                "state": running.state,
                "minutes": running.minutes,
                "working_hours_of": running.hours_of.code if running.hours_of else None,
                "started_at": running.started_at,
                "due_at": running.due_at,
                "stopped_at": running.stopped_at,
                "left_min": round(explained.left, 2),
                "explanation": words,
                "events": [{name: getattr(event, name) for name in _EVENT} for event in running.events.all()],
            }
        )


# --- information asked for ------------------------------------------------------------------------------------


def _request_rows(requests: Any) -> Any:
    return requests.values(
        "id",
        "duty",
        "question",
        "asked_at",
        "answer",
        "answered_at",
        "answered_by_name",
        incident_ref=F("duty__escalation__incident__ref"),
        institution_code=F("duty__unit__code"),
        asked_of_code=F("asked_of__code"),
        due_at=F("clock__due_at"),
    )


def _shown_request(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "url": reverse("clocks:request", args=[row["id"]])}


class RequestList(APIView):
    """What institutions asked about incidents the caller sees."""

    @extend_schema(
        operation_id="requests",
        tags=["duties"],
        summary="Requests for information, latest asked first",
        parameters=[*PAGING, *filter_parameters(RequestFilter)],
        responses={200: RequestPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of them."""
        found = narrow(RequestFilter, InformationRequest.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, _request_rows(found), moment="asked_at", show=_shown_request))


class RequestAnswer(APIView):
    """The information itself."""

    @extend_schema(
        operation_id="give_information",
        tags=["duties"],
        summary="Give the information an institution asked for",
        description=(
            "The institution's clock runs again. A request takes one answer: the same words again answer 200, other "
            "words, or an answer somebody gave before, 409 with what is on record."
        ),
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="A UUID made by the caller for this answer.",
            )
        ],
        request=InformationInput,
        examples=[OpenApiExample("Counted", value={"answer": "Three ponds, about 20 m wide."}, request_only=True)],
        responses={201: RequestRow, 200: RequestRow, **problem_answers(400, 403, 404, 409, 415)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """404 for a request the caller cannot see, 403 for one he sees but may not answer."""
        rows = InformationRequest.objects.visible_to(request.user).select_related("duty__escalation__incident")
        asked = rows.filter(pk=pk).first()
        if asked is None:
            raise Http404
        actor: Any = request.user
        if not may_answer(actor, asked.asked_of_id, asked.duty.escalation.incident):
            raise PermissionDenied(policy.nothing_here())
        api.idempotency_key(request)
        given = InformationInput(data=request.data)
        given.is_valid(raise_exception=True)
        done = give_information(actor=actor, request=asked, answer=given.validated_data["answer"])
        row = _shown_request(_request_rows(InformationRequest.objects.visible_to(actor).filter(pk=pk)).get())
        same = done.request.answered_by_id == actor.pk and row["answer"] == given.validated_data["answer"].strip()
        if not done.first and not same:
            detail = _("The information has been given already; what is on record comes with this answer.")
            return Response(problems.body(409, detail, request=row), status=409, content_type=problems.MEDIA_TYPE)
        return Response(row, status=201 if done.first else 200)


app_name = "clocks_api"
urlpatterns = [
    path("escalations/", EscalationList.as_view(), name="escalations"),
    path("escalations/<int:pk>/", EscalationOne.as_view(), name="escalation"),
    path("duties/<int:pk>/clock/", DutyClock.as_view(), name="clock"),
    path("requests/", RequestList.as_view(), name="requests"),
    path("requests/<int:pk>/answer/", RequestAnswer.as_view(), name="answer"),
]
