"""Drills for machines, under /api/v1/drills/: so that a receiver knows what is played. Read only."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api
from borderwatch.views.machines import PAGING, Choice, problem_answers
from incidents.choices_answers import DrillState
from incidents.models import Drill

PLAIN = ("id", "name_km", "name_en", "state", "starts_at", "ends_at", "began_at", "ended_at")
EXAMPLE = OpenApiExample(
    "A page with one drill that is over",
    value={
        "results": [
            {
                "id": 3,
                "url": "/drills/3/",
                "name_km": "ការហាត់សម៖ ឧប្បត្តិហេតុប្រដាប់អាវុធ",
                "name_en": "Exercise: armed incident",
                "state": "ended",
                "led_by": "moi",
                "starts_at": "2026-11-12T01:00:00+00:00",
                "ends_at": "2026-11-12T05:00:00+00:00",
                "began_at": "2026-11-12T01:00:10+00:00",
                "ended_at": "2026-11-12T04:30:00+00:00",
            }
        ],
        "next": None,
    },
    response_only=True,
)


class DrillRow(serializers.Serializer[Any]):
    """A drill as listed."""

    id = serializers.IntegerField(help_text="Its number: `drill` of the incidents filed in it.")
    url = serializers.CharField(help_text="The drill's page.")
    name_km = serializers.CharField()
    name_en = serializers.CharField()
    state = Choice(DrillState)
    led_by = serializers.CharField(help_text="Code of the unit that leads it.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="The latest end.")
    began_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class DrillPage(serializers.Serializer[Any]):
    """A page of drills, latest start first."""

    results = DrillRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    row["led_by"] = row.pop("leader")
    return {**row, "url": reverse("drills:detail", args=[row["id"]])}


class DrillList(APIView):
    """The drills."""

    @extend_schema(
        operation_id="drills",
        tags=["drills"],
        summary="Drills, latest start first",
        description="Incidents and duties of a drill say `exercise: true`, as does every notice sent about them.",
        parameters=[
            OpenApiParameter("state", str, enum=DrillState.values, description="Only drills in this state."),
            *PAGING,
        ],
        examples=[EXAMPLE],
        responses={200: DrillPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page; whoever serves anywhere may know what is a drill."""
        rows = Drill.objects.visible_to(request.user)
        if (state := request.query_params.get("state")) is not None:
            if state not in DrillState.values:
                raise ValidationError({"state": _("This is not the state of a drill.")})
            rows = rows.filter(state=state)
        rows = rows.values(*PLAIN, leader=F("led_by__code"))
        return Response(api.page(request, rows, moment="starts_at", show=_shown))


app_name = "drills_api"
urlpatterns = [path("drills/", DrillList.as_view(), name="drills")]
