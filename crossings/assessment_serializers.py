"""Shapes of the assessments' API: what is answered, described."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from crossings.choices import AssessmentState, Attitude, Currency, GoodsClass, Recommendation, RoadState
from units.choices import DemarcationState

UNKNOWN = "null: not known, which is not zero."


class AssessmentRow(serializers.Serializer[Any]):
    """An assessment as listed."""

    id = serializers.IntegerField()
    url = serializers.CharField(help_text="The assessment's page.")
    state = Choice(AssessmentState)
    crossing = serializers.CharField(help_text="Code of the crossing.")
    crossing_name_km = serializers.CharField()
    crossing_name_en = serializers.CharField()
    province_code = serializers.CharField()
    unit_code = serializers.CharField(help_text="The unit it was made for.")
    visited_on = serializers.DateField(allow_null=True)
    steps_done = serializers.ListField(child=serializers.CharField(), help_text="Steps of the form, of eight.")
    recommendation = Choice(Recommendation, allow_blank=True)
    started_at = serializers.DateTimeField()
    saved_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="0 to 100; null for a draft and where nothing is known.")
    weight_known = serializers.FloatField(allow_null=True, help_text="How much of 100 points of weight is known.")
    weights = serializers.IntegerField(allow_null=True, help_text="The published set it was scored by.")


class AssessmentPage(serializers.Serializer[Any]):
    """A page of assessments, latest begun first."""

    results = AssessmentRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class SecurityRecord(serializers.Serializer[Any]):
    """The security record as it was drawn; empty before the step is done."""

    figures = serializers.DictField(child=serializers.IntegerField(), help_text="By slug of the figure.")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    visit = serializers.DateField()
    drawn_at = serializers.DateTimeField()


class ScorePart(serializers.Serializer[Any]):
    """One criterion of the sum."""

    criterion = serializers.CharField()
    points = serializers.IntegerField(allow_null=True, help_text=UNKNOWN)
    weight = serializers.FloatField(help_text="Out of 100 of the whole set.")
    adds = serializers.FloatField(allow_null=True, help_text="What it brings to the score.")


class AssessmentDetail(AssessmentRow):
    """An assessment with every fact. Figures are of a usual year; null or "" is not known, which is not zero."""

    visitors = serializers.CharField()
    sources = serializers.CharField()
    population = serializers.IntegerField(allow_null=True)
    village_count = serializers.IntegerField(allow_null=True)
    villages = serializers.CharField()
    households_dependent = serializers.IntegerField(allow_null=True)
    goods = serializers.ListField(child=Choice(GoodsClass))
    trade_tonnes = serializers.CharField(allow_null=True, help_text="A decimal number as text.")
    trade_value = serializers.CharField(allow_null=True, help_text="A decimal number as text.")
    trade_currency = Choice(Currency, allow_blank=True)
    goods_note = serializers.CharField()
    revenue = serializers.CharField(allow_null=True, help_text="A decimal number as text.")
    revenue_expected = serializers.CharField(allow_null=True, help_text="A decimal number as text.")
    revenue_currency = Choice(Currency, allow_blank=True)
    revenue_note = serializers.CharField()
    nearest_official = serializers.CharField(allow_null=True, help_text="Code; found by the system.")
    nearest_km = serializers.FloatField(allow_null=True, help_text="As the crow flies.")
    road_km = serializers.FloatField(allow_null=True)
    road_state = Choice(RoadState, allow_blank=True)
    road_note = serializers.CharField()
    security = SecurityRecord()
    security_risk = serializers.IntegerField(allow_null=True, help_text="0 none seen to 4 very high.")
    security_note = serializers.CharField()
    counterpart = serializers.CharField()
    attitude = Choice(Attitude, allow_blank=True)
    attitude_note = serializers.CharField()
    demarcation = Choice(DemarcationState, allow_blank=True)
    demarcation_note = serializers.CharField()
    effects_of_closing = serializers.CharField()
    effects_of_opening = serializers.CharField()
    hardship = serializers.IntegerField(allow_null=True, help_text="0 nobody would notice to 4 cut off.")
    recommendation_note = serializers.CharField()
    reason = serializers.CharField(help_text="Why the draft was given up.")
    parts = ScorePart(many=True)


class WeightsRow(serializers.Serializer[Any]):
    """A published set of weights."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="null: still in force, or the last one planned.")
    in_force = serializers.BooleanField()
    values = serializers.DictField(child=serializers.FloatField(), help_text="By criterion.")
    reason = serializers.CharField()
    published_at = serializers.DateTimeField()


class WeightsPage(serializers.Serializer[Any]):
    """A page of sets, latest published first."""

    results = WeightsRow(many=True)
    next = serializers.URLField(allow_null=True)
