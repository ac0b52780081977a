"""An office's calendar for machines: its weeks with their periods, and the special days of a year."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import clock
from borderwatch.views.machines import problem_answers
from units.calendar import PLACE
from units.choices import DayKind
from units.models import Unit, WorkingHours
from units.views.office_calendar import YEARS
from units.working_week import ALL_OFFICES, Day, Sheet


class WeekRow(serializers.Serializer[Any]):
    """A working week and when it holds."""

    weekdays = serializers.ListField(child=serializers.IntegerField(), help_text="ISO numbers: Monday is 1.")
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Pairs of start and end, Phnom Penh time; an end of 24:00 is midnight.",
    )
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True, help_text="Not included; null while it lasts.")
    own = serializers.BooleanField(help_text="False for the hours of all offices that have none of their own.")
    source = serializers.CharField()  # type: ignore[assignment]


class SpecialDayRow(serializers.Serializer[Any]):
    """A day on which the week does not hold."""

    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=DayKind.choices)
    name_km = serializers.CharField()
    name_en = serializers.CharField()
    own = serializers.BooleanField(help_text="Set by the office itself; such a day comes before the nation's.")
    counts = serializers.BooleanField(help_text="False when the office has a rule of its own for the day.")
    source = serializers.CharField()  # type: ignore[assignment]


class CalendarRow(serializers.Serializer[Any]):
    """When an office works."""

    code = serializers.CharField()
    name_km = serializers.CharField()
    name_en = serializers.CharField()
    time_zone = serializers.CharField()
    year = serializers.IntegerField()
    hours = WeekRow(many=True, help_text="Own weeks first; without any, every hour counts.")
    special_days = SpecialDayRow(many=True)


EXAMPLE = OpenApiExample(
    "A ministry",
    value={
        "code": "mfaic",
        "name_km": "",
        "name_en": "Ministry of Foreign Affairs and International Cooperation",
        "time_zone": "Asia/Phnom_Penh",
        "year": 2026,
        "hours": [
            {
                "weekdays": [1, 2, 3, 4, 5],
                "spans": [["07:30", "11:30"], ["14:00", "17:30"]],
                "since": "1993-09-24T00:00:00Z",
                "until": None,
                "own": False,
                "source": "Customary hours; to be confirmed by each office",
            }
        ],
        "special_days": [
            {
                "day": "2026-11-09",
                "kind": "holiday",
                "name_km": "ពិធីបុណ្យឯករាជ្យជាតិ",
                "name_en": "Independence Day",
                "own": False,
                "counts": True,
                "source": "Yearly sub-decree on public holidays; falls on the same day every year",
            }
        ],
    },
    response_only=True,
)


class CalendarDetail(APIView):
    """The calendar by which deadlines in working hours are counted."""

    @extend_schema(
        operation_id="calendar",
        tags=["register"],
        summary="Working time of an office",
        description=f"Hours and special days of a unit the caller may look at; `{ALL_OFFICES}` for all offices without "
        "hours of their own.",
        parameters=[OpenApiParameter("year", int, description="Special days of that year. Default: this year.")],
        responses={200: CalendarRow, **problem_answers(400, 404)},
        examples=[EXAMPLE],
    )
    def get(self, request: Request, code: str) -> Response:
        """Two queries beside the look-up of the unit."""
        seen = Unit.objects.visible_to(request.user)  # type: ignore[attr-defined]
        unit: Unit | None = None if code == ALL_OFFICES else get_object_or_404(seen, code=code)
        now = clock.now()
        sheet, year = Sheet.of(unit, now), _year(request, now)
        months = sheet.year(year, timezone.localdate(now))
        return Response(
            {
                "code": code,
                "name_km": unit.name_km if unit else "",
                "name_en": unit.name_en if unit else "All offices without hours of their own",
                "time_zone": str(PLACE),
                "year": year,
                "hours": [_week(row, unit) for row in sheet.hours],
                "special_days": [_day(day) for _month, days in months for day in days],
            }
        )


def _year(request: Request, now: datetime) -> int:
    text = request.query_params.get("year", "")
    if not text:
        return timezone.localdate(now).year
    if not (text.isascii() and text.isdigit()) or int(text[:5]) not in YEARS:
        raise ValidationError({"year": _("Write a year as 2026.")})
    return int(text)


def _week(row: WorkingHours, unit: Unit | None) -> dict[str, Any]:
    return {
        "weekdays": row.weekdays,
        "spans": row.spans,
        "since": row.since,
        "until": row.until,
        "own": unit is None or row.unit_id is not None,
        "source": row.source,
    }


def _day(day: Day) -> dict[str, Any]:
    row = day.row
    return {
        "day": row.day,
        "kind": row.kind,
        "name_km": row.name_km,
        "name_en": row.name_en,
        "own": day.own,
        "counts": not day.overruled,
        "source": row.source,
    }


app_name = "office_api"
urlpatterns = [path("calendars/<slug:code>/", CalendarDetail.as_view(), name="calendar")]
