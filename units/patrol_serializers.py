"""Shapes of the patrols' API: what may be sent, checked for shape alone, and what is answered, described."""

from typing import Any

from django.contrib.gis.geos import GEOSException, LineString
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from borderwatch.views.machines import Choice, Moment
from units.actions.patrols import MAX_TEXT, MOST_PERSONS
from units.choices import Joint, MarkerFinding, PatrolState, TrackSource

MOST_ROUTE_POINTS = 5_000
LINE = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"type": "string", "enum": ["LineString"]},
        "coordinates": {
            "type": "array",
            "minItems": 2,
            "maxItems": MOST_ROUTE_POINTS,
            "items": {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "number"}},
        },
    },
}


@extend_schema_field(LINE)
class Line(serializers.Field[LineString, Any, Any, Any]):
    """A GeoJSON LineString, longitude first."""

    def to_internal_value(self, data: Any) -> LineString:
        """The line; heights are left out."""
        places = data.get("coordinates") if isinstance(data, dict) and data.get("type") == "LineString" else None
        if not isinstance(places, list) or not 2 <= len(places) <= MOST_ROUTE_POINTS:
            raise serializers.ValidationError(_("Send a GeoJSON LineString of at least two positions."))
        try:
            return LineString([(float(place[0]), float(place[1])) for place in places], srid=4326)
        except (GEOSException, LookupError, TypeError, ValueError, OverflowError):
            raise serializers.ValidationError(_("A position is [longitude, latitude] in degrees.")) from None


class PatrolInput(serializers.Serializer[Any]):
    """A patrol to plan (`planned_from`, `planned_to`) or to record (`started_at`, `finished_at`)."""

    unit = serializers.SlugField(
        max_length=60,
        required=False,
        help_text="Code of the unit that goes; may be left out by a person who manages the patrols of one unit only.",
    )
    planned_from = Moment(required=False, allow_null=True)
    planned_to = Moment(required=False, allow_null=True)
    started_at = Moment(required=False, allow_null=True, help_text="Of a patrol that went and was not planned here.")
    finished_at = Moment(required=False, allow_null=True)
    leader_name = serializers.CharField(max_length=200)
    strength = serializers.IntegerField(min_value=1, max_value=MOST_PERSONS, help_text="Number of persons.")
    joint = Choice(Joint, default=Joint.ALONE)
    joint_with = serializers.CharField(max_length=200, required=False, allow_blank=True)
    sector_code = serializers.CharField(max_length=40, required=False, allow_blank=True)
    area_code = serializers.CharField(max_length=40, required=False, allow_blank=True)
    route = Line(required=False, allow_null=True)
    note = serializers.CharField(max_length=MAX_TEXT, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Two times of one kind, and none of the other."""
        planned = [name for name in ("planned_from", "planned_to") if attrs.get(name)]
        went = [name for name in ("started_at", "finished_at") if attrs.get(name)]
        if planned and went:
            raise serializers.ValidationError({went[0]: _("Send the planned times or the times it went, not both.")})
        wanted = ("started_at", "finished_at") if went else ("planned_from", "planned_to")
        if missing := [name for name in wanted if not attrs.get(name)]:
            required = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError(dict.fromkeys(missing, required))
        return {name: value for name, value in attrs.items() if value is not None}


class TrackUpload(serializers.Serializer[Any]):
    """A file of a device, as a form sends it."""

    file = serializers.FileField(help_text="GPX, GeoJSON or a table of positions (CSV).")


class PatrolRow(serializers.Serializer[Any]):
    """A patrol as listed."""

    id = serializers.IntegerField()
    ref = serializers.CharField(help_text="The number people call it by.")
    url = serializers.CharField(help_text="The patrol's page.")
    state = Choice(PatrolState)
    unit_code = serializers.CharField()
    unit_name_km = serializers.CharField()
    unit_name_en = serializers.CharField()
    sector_code = serializers.CharField()
    area_code = serializers.CharField()
    planned_from = serializers.DateTimeField(allow_null=True)
    planned_to = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    leader_name = serializers.CharField()
    strength = serializers.IntegerField()
    joint = Choice(Joint)
    joint_with = serializers.CharField()
    note = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was called off.")
    entered_at = serializers.DateTimeField()
    track_count = serializers.IntegerField(help_text="How many tracks there are.")
    length_m = serializers.FloatField(help_text="Metres of all tracks.")


class PatrolPage(serializers.Serializer[Any]):
    """A page of patrols, latest entered first."""

    results = PatrolRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class TrackNote(serializers.Serializer[Any]):
    """What the reading mended or left out."""

    code = serializers.CharField(help_text="Stable, for programs.")
    params = serializers.JSONField(help_text="Its figures.")
    text = serializers.CharField(help_text="In the reader's language.")


class TrackRow(serializers.Serializer[Any]):
    """Where a patrol went: the properties of a feature."""

    id = serializers.IntegerField()
    source = Choice(TrackSource)  # type: ignore[assignment]
    sha256 = serializers.CharField(help_text="Of the file as it came.")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    timed = serializers.BooleanField(help_text="False: the positions bear no times, the patrol's were taken.")
    length_m = serializers.FloatField()
    points = serializers.IntegerField(help_text="Positions kept.")
    dropped = serializers.IntegerField(help_text="Positions left out.")
    notes = TrackNote(many=True)
    added_at = serializers.DateTimeField()


class TrackFeature(serializers.Serializer[Any]):
    """A track as a GeoJSON feature."""

    type = serializers.CharField(help_text="Feature")
    geometry = serializers.JSONField(help_text="A MultiLineString.")
    properties = TrackRow()


class TrackCollection(serializers.Serializer[Any]):
    """The tracks of a patrol as GeoJSON."""

    type = serializers.CharField(help_text="FeatureCollection")
    features = TrackFeature(many=True)


class ObservationRow(serializers.Serializer[Any]):
    """Something a patrol saw."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    accuracy_m = serializers.IntegerField()
    text = serializers.CharField()
    marker_code = serializers.CharField(allow_null=True)
    finding = Choice(MarkerFinding, allow_blank=True)


class PatrolDetail(PatrolRow):
    """A patrol with where it went and what it saw."""

    route = serializers.JSONField(allow_null=True, help_text="The planned route as a GeoJSON LineString.")
    tracks = TrackCollection()
    observations = ObservationRow(many=True)
