"""Shapes of the API: what may be sent is checked here for shape alone, verbs decide; what is answered is described.

Answers are read straight from the database as rows (`api.py`); the serializers of answers document them, and a test
holds both together.
"""

from typing import Any

from django.contrib.gis.geos import Point
from rest_framework import serializers

from borderwatch.views.machines import Choice, Moment
from crossings.models import Crossing
from incidents.choices import (
    Answer,
    Category,
    Confidence,
    CoordinateSource,
    DutyState,
    Impact,
    Rule,
    Side,
    Source,
    Status,
    TimePrecision,
)
from incidents.choices_answers import ClockState
from incidents.models import Drill
from incidents.reports import MAX_ACCURACY_M, MAX_TEXT, Report
from units import region
from units.choices import INSTITUTIONS
from units.models import BorderMarker, District, Unit


class VisibleCrossing(serializers.SlugRelatedField[Crossing]):
    """A crossing by its code, among those the caller sees: corridors of other provinces are not there for him."""

    def get_queryset(self) -> Any:
        """What the `user` of the context sees."""
        return Crossing.objects.visible_to(self.context.get("user"))


class ReportInput(serializers.Serializer[Any]):
    """A report to file."""

    unit = serializers.SlugField(
        max_length=60,
        required=False,
        help_text="Code of the unit it is filed for; may be left out by a person who files for one unit only.",
    )
    category = Choice(Category)
    type = serializers.SlugField(max_length=40, help_text="A type of the category.")
    impact = Choice(Impact)
    text = serializers.CharField(max_length=MAX_TEXT)
    occurred_at = Moment()
    time_precision = Choice(TimePrecision, default=TimePrecision.MINUTE)
    detected_at = Moment(required=False, allow_null=True)
    filed_at = Moment(required=False, allow_null=True, help_text="By the device's own clock.")
    lon = serializers.FloatField(
        required=False,
        allow_null=True,
        min_value=region.WEST,
        max_value=region.EAST,
        help_text="Degrees east, EPSG:4326.",
    )
    lat = serializers.FloatField(
        required=False,
        allow_null=True,
        min_value=region.SOUTH,
        max_value=region.NORTH,
        help_text="Degrees north, EPSG:4326.",
    )
    accuracy_m = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_ACCURACY_M)
    coordinate_source = Choice(CoordinateSource, default=CoordinateSource.DESCRIPTION)
    coordinate_text = serializers.CharField(max_length=120, required=False, allow_blank=True)
    place_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    side = Choice(Side, default=Side.UNDETERMINED, help_text="As the reporter states it.")
    known_by = Choice(Source, required=False, help_text="How the event became known.")
    about = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Unit.objects.all(),
        required=False,
        allow_null=True,
        help_text="Code of the unit of the reporter's own chain of command the report is about: then only the level "
        "above that unit, and the reporter, see it.",
    )
    near_marker = serializers.SlugRelatedField(
        slug_field="code", queryset=BorderMarker.objects.all(), required=False, allow_null=True
    )
    near_crossing = VisibleCrossing(slug_field="slug", queryset=Crossing.objects.all(), required=False, allow_null=True)
    district = serializers.SlugRelatedField(
        slug_field="code",
        queryset=District.objects.select_related("province"),
        required=False,
        allow_null=True,
        help_text="Four-digit NCDD code.",
    )

    drill = serializers.PrimaryKeyRelatedField(
        queryset=Drill.objects.all(),
        required=False,
        allow_null=True,
        help_text="Number of the running drill the report is played in; leave it out for what really happened.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Longitude and latitude come together."""
        if (attrs.get("lon") is None) != (attrs.get("lat") is None):
            missing = "lon" if attrs.get("lon") is None else "lat"
            raise serializers.ValidationError({missing: serializers.Field.default_error_messages["required"]})
        return attrs

    def report(self) -> Report:
        """The report for the verb."""
        given = {key: value for key, value in self.validated_data.items() if value is not None}
        given.pop("unit", None)
        given.pop("drill", None)
        given["source"] = given.pop("known_by", "")
        lon, lat = given.pop("lon", None), given.pop("lat", None)
        point = None if lon is None else Point(lon, lat, srid=4326)
        return Report(point=point, **given)


class IncidentRow(serializers.Serializer[Any]):
    """An incident as listed."""

    ref = serializers.CharField()
    url = serializers.CharField(help_text="The incident's page.")
    category = Choice(Category)
    type = serializers.CharField()
    impact = Choice(Impact)
    status = Choice(Status)
    contested = serializers.BooleanField(help_text="More than one unit may answer for the place.")
    text = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    time_precision = Choice(TimePrecision)
    received_at = serializers.DateTimeField()
    lon = serializers.FloatField(allow_null=True)
    lat = serializers.FloatField(allow_null=True)
    accuracy_m = serializers.IntegerField(allow_null=True)
    coordinate_source = Choice(CoordinateSource)
    place_name = serializers.CharField()
    side = Choice(Side)
    known_by = serializers.CharField(help_text="How the event became known; empty when the reporter did not say.")
    province_code = serializers.CharField(help_text="Two-digit NCDD code.")
    district_code = serializers.CharField(allow_null=True, help_text="Four-digit NCDD code.")
    unit_code = serializers.CharField(help_text="The unit that answers.")
    unit_name_km = serializers.CharField()
    unit_name_en = serializers.CharField()
    head_name = serializers.CharField(help_text="Its head at that time, Latin letters; empty when none on record.")
    filed_for_code = serializers.CharField(help_text="The unit it was filed for.")
    exercise = serializers.BooleanField(help_text="Played in a drill: nothing of it really happened.")


class IncidentPage(serializers.Serializer[Any]):
    """A page of incidents, newest first."""

    results = IncidentRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class CandidateRow(serializers.Serializer[Any]):
    """A unit that stood near the place."""

    unit_code = serializers.CharField()
    name_km = serializers.CharField()
    name_en = serializers.CharField()
    sector_code = serializers.CharField()
    distance_m = serializers.FloatField()
    covers = serializers.BooleanField()


class AttributionRow(serializers.Serializer[Any]):
    """Who answers and why, frozen."""

    number = serializers.IntegerField()
    rule = Choice(Rule)
    confidence = Choice(Confidence)
    contested = serializers.BooleanField()
    unit_code = serializers.CharField()
    unit_name_km = serializers.CharField()
    unit_name_en = serializers.CharField()
    sector_code = serializers.CharField()
    head_name_km = serializers.CharField()
    head_name_en = serializers.CharField()
    head_rank = serializers.CharField()
    head_acting = serializers.BooleanField()
    moment = serializers.DateTimeField()
    margin_m = serializers.FloatField(allow_null=True, help_text="Metres to the nearest other unit's sector.")
    reason = serializers.CharField()
    candidates = CandidateRow(many=True)


class AcknowledgementRow(serializers.Serializer[Any]):
    """An institution's answer."""

    answer = Choice(Answer)
    comment = serializers.CharField()
    who_instead = serializers.CharField()
    instead_code = serializers.CharField(
        allow_null=True, help_text="The institution whose matter it is, when it is one of the system's; it has a duty."
    )
    expected_at = serializers.DateTimeField(allow_null=True)
    by_name = serializers.CharField()
    at = serializers.DateTimeField()


class DutyRow(serializers.Serializer[Any]):
    """What one institution owes on one escalation."""

    id = serializers.IntegerField()
    incident_ref = serializers.CharField()
    exercise = serializers.BooleanField(
        help_text="Played in a drill: it is to be answered, and nothing really happened."
    )
    unit_code = serializers.CharField(help_text="The institution.")
    unit_name_km = serializers.CharField()
    unit_name_en = serializers.CharField()
    state = Choice(DutyState)
    paused = serializers.BooleanField(help_text="It waits for information; its clock stands still.")
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="While paused: what it was when the clock was paused.")
    clock_state = Choice(ClockState, allow_null=True)
    clock_url = serializers.CharField(help_text="Events of the clock and why it is due then.")
    request = serializers.IntegerField(
        allow_null=True, help_text="Number of the open request for information; null when none is open."
    )
    seen_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    acknowledgement = AcknowledgementRow(allow_null=True)


class DutyPage(serializers.Serializer[Any]):
    """A page of duties, latest started first."""

    results = DutyRow(many=True)
    next = serializers.URLField(allow_null=True)


class IncidentDetail(IncidentRow):
    """One incident with who answers, who was asked, and its photos."""

    exceptional = serializers.BooleanField(help_text="About the reporter's own chain: seen by the level above alone.")
    detected_at = serializers.DateTimeField(allow_null=True)
    filed_at = serializers.DateTimeField(allow_null=True)
    coordinate_text = serializers.CharField()
    close_reason = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    near_marker_code = serializers.CharField(allow_null=True)
    near_crossing_slug = serializers.CharField(allow_null=True)
    drill = serializers.IntegerField(allow_null=True, help_text="Number of the drill it was played in.")
    attributions = AttributionRow(many=True)
    duties = DutyRow(many=True)
    photos = serializers.ListField(child=serializers.CharField(), help_text="SHA-256 of each photo.")


class AnswerInput(serializers.Serializer[Any]):
    """An acknowledgement with substance."""

    answer = Choice(Answer)
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=MAX_TEXT)
    who_instead = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=200,
        help_text="With not_ours: the body whose matter it is, in words, when it is none of the system's.",
    )
    instead = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Unit.objects.filter(kind__in=INSTITUTIONS),
        required=False,
        allow_null=True,
        default=None,
        help_text="With not_ours: code of the institution whose matter it is; it gets a duty of its own.",
    )
    expected_at = Moment(required=False, allow_null=True, default=None)
