"""Incidents and duties for machines. The same rows as the pages, the same verbs, problem answers in between.

Lists are read as plain rows straight into JSON: no objects, no serializer per row, three or four queries.
"""

import uuid
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, FilteredRelation, FloatField, Func, Q
from django.http import Http404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, problems
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from incidents.actions import acknowledge, file_incident
from incidents.choices import DutyState
from incidents.filters import IncidentFilter, narrow
from incidents.models import Attribution, Duty, Evidence, Incident
from incidents.serializers import (
    AnswerInput,
    DutyPage,
    DutyRow,
    IncidentDetail,
    IncidentPage,
    ReportInput,
)
from units import policy
from units.models import Unit

# Columns of a listed incident that bear the model's own names.
PLAIN = [
    "ref",
    "category",
    "type",
    "impact",
    "status",
    "contested",
    "text",
    "occurred_at",
    "time_precision",
    "received_at",
    "accuracy_m",
    "coordinate_source",
    "place_name",
    "side",
    "head_name",
]
MORE = ["exceptional", "detected_at", "filed_at", "coordinate_text", "close_reason", "closed_at"]
_ATTRIBUTION = [
    "number",
    "rule",
    "confidence",
    "contested",
    "unit_name_km",
    "unit_name_en",
    "sector_code",
    "head_name_km",
    "head_name_en",
    "head_rank",
    "head_acting",
    "moment",
    "margin_m",
    "reason",
    "candidates",
]
_CANDIDATE = ("unit_code", "name_km", "name_en", "sector_code", "distance_m", "covers")
_ANSWER = ("answer", "comment", "who_instead", "expected_at", "by_name", "at")

EXAMPLE = OpenApiExample(
    "Tents near the line",
    value={
        "category": "neighbour_unilateral_activity",
        "type": "pond_or_canal",
        "impact": "high",
        "text": "Three ponds dug about 30 m from the path.",
        "occurred_at": "2026-11-20T07:30:00+07:00",
        "lon": 107.46,
        "lat": 13.82,
        "accuracy_m": 50,
        "coordinate_source": "gps",
        "side": "undetermined",
    },
    request_only=True,
)


def _coordinate(function: str) -> Func:
    return Func(F("point"), function=function, output_field=FloatField())


def rows(incidents: Any, *more: str) -> Any:
    """The columns of a listed incident; machine-readable, so names come in both languages and nothing is localised."""
    return incidents.values(
        "id",
        "drill_id",
        *PLAIN,
        *more,
        lon=_coordinate("ST_X"),
        lat=_coordinate("ST_Y"),
        province_code=F("province__code"),
        district_code=F("district__code"),
        unit_code=F("responsible_unit__code"),
        unit_name_km=F("responsible_unit__name_km"),
        unit_name_en=F("responsible_unit__name_en"),
        known_by=F("source"),
        filed_for_code=F("filed_for__code"),
    )


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the reference in the address of an incident's page."""
    start, end = reverse("incidents:detail", args=["REF"]).split("REF")
    return start, end


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row without its inner key, with the address of its page."""
    start, end = _page_address()
    del row["id"]
    row["url"] = f"{start}{row['ref']}{end}"
    row["exercise"] = row.pop("drill_id") is not None
    return row


class IncidentList(APIView):
    """The incidents the caller sees, and filing."""

    @extend_schema(
        operation_id="incidents",
        tags=["incidents"],
        summary="Incidents, newest first",
        parameters=[*PAGING, *filter_parameters(IncidentFilter)],
        responses={200: IncidentPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of what the caller's postings let him see."""
        found = narrow(Incident.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, rows(found), moment="received_at", show=_shown))

    @extend_schema(
        operation_id="file_incident",
        tags=["incidents"],
        summary="File an incident",
        description=(
            "One key makes one incident, whatever the network does: the same key and content again answers 200 with "
            "the incident that is there; the same key with other content answers 409 and the copy is kept for review."
        ),
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                uuid.UUID,
                OpenApiParameter.HEADER,
                required=True,
                description="A UUID made by the caller for this report.",
            )
        ],
        request=ReportInput,
        examples=[EXAMPLE],
        responses={201: IncidentDetail, 200: IncidentDetail, **problem_answers(400, 403, 409, 415)},
    )
    def post(self, request: Request) -> Response:
        """File; the incident as it stands comes back."""
        key = api.idempotency_key(request)
        given = ReportInput(data=request.data, context={"user": request.user})
        given.is_valid(raise_exception=True)
        actor: Any = request.user
        unit = _unit(actor, given.validated_data.get("unit"))
        drill = given.validated_data.get("drill")
        filed = file_incident(actor=actor, unit=unit, client_key=key, report=given.report(), drill=drill)
        if filed.outcome == "conflict":
            return _conflict(request, filed.incident)
        detail = _detail(actor, filed.incident.ref)
        address = reverse("api:incident", args=[filed.incident.ref])
        return Response(detail, status=201 if filed.outcome == "new" else 200, headers={"Location": address})


def _unit(user: Any, code: str | None) -> Unit:
    """The unit to file for; it is looked for among those the caller may look at, the verb decides about filing."""
    if code:
        unit = Unit.objects.visible_to(user).filter(code=code).first()  # type: ignore[attr-defined]
        if unit is None:
            raise ValidationError({"unit": _("No unit with this code can be seen by you.")})
        return unit  # type: ignore[no-any-return]
    posts = [unit for _role, unit in policy.roles_of(user) if policy.may(user, "file_incident", [unit.pk])]
    if len({unit.pk for unit in posts}) != 1:
        policy.demand(user, "file_incident", [unit.pk for unit in posts])
        raise ValidationError({"unit": _("You file for several units: give the code of one.")})
    return posts[0]


def _conflict(request: Request, incident: Incident) -> Response:
    """The copy was kept; the incident is named only to one who may see it."""
    seen = Incident.objects.visible_to(request.user).filter(pk=incident.pk).exists()
    known = {"ref": incident.ref, "incident": reverse("api:incident", args=[incident.ref])} if seen else {}
    detail = _(
        "This key already belongs to a report with other content. Nothing is lost: what you sent was kept as a copy "
        "for review. Use a new key for another event."
    )
    return Response(problems.body(409, detail, **known), status=409, content_type=problems.MEDIA_TYPE)


class IncidentOne(APIView):
    """One incident."""

    @extend_schema(
        operation_id="incident",
        tags=["incidents"],
        summary="One incident with who answers and who was asked",
        responses={200: IncidentDetail, **problem_answers(404)},
    )
    def get(self, request: Request, ref: str) -> Response:
        """404 for one the caller cannot see."""
        return Response(_detail(request.user, ref))


def _detail(user: Any, ref: str) -> dict[str, Any]:
    visible = Incident.objects.visible_to(user).filter(ref=ref)
    row: dict[str, Any] | None = (
        rows(visible, *MORE)
        .annotate(near_marker_code=F("near_marker__code"), near_crossing_slug=F("near_crossing__slug"))
        .first()
    )
    if row is None:
        raise Http404
    incident, drill = row["id"], row["drill_id"]
    row = {**_shown(row), "drill": drill}
    row["attributions"] = [
        {**found, "candidates": [_candidate(one) for one in found["candidates"]]} for found in _attributions(incident)
    ]
    duties = Duty.objects.filter(escalation__incident=incident)
    row["duties"] = [shown_duty(duty) for duty in duty_rows(duties).order_by("started_at", "id")]
    photos = Evidence.objects.filter(incident=incident).order_by("id")
    row["photos"] = list(photos.values_list("sha256", flat=True))
    return row


def _attributions(incident: int) -> Any:
    return (
        Attribution.objects.filter(incident=incident)
        .order_by("number")
        .values(*_ATTRIBUTION, unit_code=F("unit__code"))
    )


def _candidate(frozen: dict[str, Any]) -> dict[str, Any]:
    return {name: frozen.get(name) for name in _CANDIDATE}


def duty_rows(duties: Any) -> Any:
    """The columns of a listed duty, its answer beside it."""
    # At most one is open at a time.
    asked = FilteredRelation("requests", condition=Q(requests__answered_at__isnull=True))
    in_force = FilteredRelation("acknowledgements", condition=Q(acknowledgements__withdrawn_at__isnull=True))
    return duties.annotate(_in_force=in_force, _asked=asked).values(
        "id",
        "state",
        "started_at",
        "due_at",
        "seen_at",
        "answered_at",
        clock_state=F("clock__state"),
        _request=F("_asked__id"),
        incident_ref=F("escalation__incident__ref"),
        _drill=F("escalation__incident__drill"),
        unit_code=F("unit__code"),
        unit_name_km=F("unit__name_km"),
        unit_name_en=F("unit__name_en"),
        _instead_code=F("_in_force__instead__code"),
        **{f"_{name}": F(f"_in_force__{name}") for name in _ANSWER},
    )


def shown_duty(row: dict[str, Any]) -> dict[str, Any]:
    """A duty as it is sent, its answer as a member of its own."""
    answer = {name: row.pop(f"_{name}") for name in (*_ANSWER, "instead_code")}
    row["paused"] = row["state"] == DutyState.PAUSED
    row["request"] = row.pop("_request")
    row["clock_url"] = reverse("clocks_api:clock", args=[row["id"]])
    row["exercise"] = row.pop("_drill") is not None
    return {**row, "acknowledgement": answer if answer["at"] else None}


class DutyList(APIView):
    """What institutions owe, as far as the caller sees it."""

    @extend_schema(
        operation_id="duties",
        tags=["duties"],
        summary="Duties, latest started first",
        parameters=[
            OpenApiParameter("state", str, enum=DutyState.values, description="Only duties in this state."),
            OpenApiParameter("mine", bool, description="Only those the caller may answer."),
            *PAGING,
        ],
        responses={200: DutyPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of duties of the caller's institutions and of incidents he sees."""
        duties = Duty.objects.visible_to(request.user)
        if (state := request.query_params.get("state")) is not None:
            if state not in DutyState.values:
                raise ValidationError(
                    {"state": _("The state is one of: %(states)s.") % {"states": ", ".join(DutyState.values)}}
                )
            duties = duties.filter(state=state)
        mine = request.query_params.get("mine", "false").lower()
        if mine not in {"true", "false"}:
            raise ValidationError({"mine": _("Say true or false.")})
        if mine == "true":
            duties = duties.owed_by(request.user)
        return Response(api.page(request, duty_rows(duties), moment="started_at", show=shown_duty))


class DutyAcknowledge(APIView):
    """The answer to a duty."""

    @extend_schema(
        operation_id="acknowledge",
        tags=["duties"],
        summary="Acknowledge a duty with substance",
        description=(
            "Answers 201 to the first official; a second one gets 200 and the acknowledgement on record. After "
            "need_information the institution may still answer without waiting: that answers 201 again."
        ),
        request=AnswerInput,
        examples=[
            OpenApiExample(
                "Acting", value={"answer": "accept", "comment": "A note is being drafted."}, request_only=True
            )
        ],
        responses={201: DutyRow, 200: DutyRow, **problem_answers(400, 403, 404, 415)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """404 for a duty the caller cannot see, 403 for one he sees but may not answer."""
        duty = Duty.objects.visible_to(request.user).filter(pk=pk).first()
        if duty is None:
            raise Http404
        policy.demand(request.user, "acknowledge", [duty.unit_id])
        given = AnswerInput(data=request.data)
        given.is_valid(raise_exception=True)
        actor: Any = request.user
        answered = acknowledge(actor=actor, duty=duty, **given.validated_data)
        row = shown_duty(duty_rows(Duty.objects.filter(pk=duty.pk)).get())
        return Response(row, status=201 if answered.first else 200)


app_name = "api"
urlpatterns = [
    path("incidents/", IncidentList.as_view(), name="incidents"),
    path("incidents/<slug:ref>/", IncidentOne.as_view(), name="incident"),
    path("duties/", DutyList.as_view(), name="duties"),
    path("duties/<int:pk>/acknowledge/", DutyAcknowledge.as_view(), name="acknowledge"),
]
