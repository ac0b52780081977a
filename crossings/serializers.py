"""Shapes of the crossings' API: what is answered, described."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from crossings.choices import CrossingCategory, CrossingMode, Flow, GateSide, GateStatus, NeighbourCategory
from units.choices import Neighbour

POINT = "Position in degrees, EPSG:4326; as exact as `precision_km` says."


class StandingRow(serializers.Serializer[Any]):
    """One flow on one side at the moment asked for. What is not listed is not on record, which is not "open"."""

    side = Choice(GateSide)
    flow = Choice(Flow)
    status = Choice(GateStatus)
    opens_at = serializers.TimeField(allow_null=True, help_text="Phnom Penh time; null: the usual hours.")
    closes_at = serializers.TimeField(allow_null=True)
    legal_reference = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True, help_text="Not included; null: until further notice.")


class StatusRow(StandingRow):
    """A dated status."""

    order_number = serializers.CharField(allow_null=True, help_text="Of the closure order it follows from.")
    set_at = serializers.DateTimeField()


class CategoryRow(serializers.Serializer[Any]):
    """A dated category."""

    side = Choice(GateSide)
    category = serializers.CharField(help_text="Of Cambodia or, on the other side, of the neighbour.")
    legal_reference = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    set_at = serializers.DateTimeField()


class CrossingProperties(serializers.Serializer[Any]):
    """A crossing at a moment: the properties of a feature."""

    slug = serializers.CharField(help_text="The code, stable.")
    url = serializers.CharField(help_text="The crossing's page.")
    name_km = serializers.CharField(allow_blank=True)
    name_en = serializers.CharField()
    name_neighbour = serializers.CharField(allow_blank=True)
    category = Choice(CrossingCategory, allow_null=True)
    category_neighbour = Choice(NeighbourCategory, allow_null=True)
    status = Choice(GateStatus, allow_null=True, help_text="Of all flows when they agree, else restricted.")
    status_neighbour = Choice(GateStatus, allow_null=True)
    standing = StandingRow(many=True)
    mode = Choice(CrossingMode)
    neighbour = Choice(Neighbour)
    neighbour_place = serializers.CharField(allow_blank=True)
    neighbour_admin1 = serializers.CharField(allow_blank=True)
    district_code = serializers.CharField()
    province_code = serializers.CharField()
    commune_code = serializers.CharField(allow_null=True)
    precision_km = serializers.FloatField(help_text="The position may be off by so much.")
    precision_note = serializers.CharField(allow_blank=True)
    opens_at = serializers.TimeField(allow_null=True, help_text="Usual hours, Phnom Penh time.")
    closes_at = serializers.TimeField(allow_null=True)
    flows = serializers.ListField(child=serializers.CharField(), help_text="What passes: people, goods, vehicles.")
    documents = serializers.ListField(child=serializers.CharField())
    agencies = serializers.ListField(child=serializers.CharField())
    legal_references = serializers.ListField(child=serializers.CharField())
    responsible_unit_code = serializers.CharField(allow_null=True)
    nearest_marker_code = serializers.CharField(allow_null=True)
    first_seen_on = serializers.DateField(allow_null=True)
    illustrative = serializers.BooleanField(help_text="Made up for the demo.")


class CrossingFeature(serializers.Serializer[Any]):
    """A crossing as a GeoJSON feature."""

    type = serializers.CharField(help_text="Feature")
    id = serializers.CharField(help_text="The code.")
    geometry = serializers.JSONField(help_text=POINT)
    properties = CrossingProperties()


class CrossingPage(serializers.Serializer[Any]):
    """A GeoJSON FeatureCollection with the address of the next page."""

    type = serializers.CharField(help_text="FeatureCollection")
    features = CrossingFeature(many=True)
    next = serializers.URLField(allow_null=True)


class CrossingDetailProperties(CrossingProperties):
    """The same, with everything that is on record over time."""

    note = serializers.CharField(allow_blank=True)
    capacity = serializers.CharField(allow_blank=True)
    perimeter = serializers.JSONField(allow_null=True, help_text="A MultiPolygon.")
    perimeter_source = serializers.CharField(allow_blank=True)
    statuses = StatusRow(many=True)
    categories = CategoryRow(many=True)


class CrossingDetail(serializers.Serializer[Any]):
    """A crossing with its perimeter and its history."""

    type = serializers.CharField(help_text="Feature")
    id = serializers.CharField(help_text="The code.")
    geometry = serializers.JSONField(help_text=POINT)
    properties = CrossingDetailProperties()
