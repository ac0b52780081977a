"""Shapes of the proposals' API, described."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from crossings.choices import ConditionState, CrossingCategory, ProposalState, Stand


class ProposalRow(serializers.Serializer[Any]):
    """A proposal as listed."""

    id = serializers.IntegerField()
    ref = serializers.CharField(help_text="The number people call it by.")
    url = serializers.CharField(help_text="The proposal's page.")
    state = Choice(ProposalState)
    crossing_code = serializers.CharField()
    crossing_name_km = serializers.CharField()
    crossing_name_en = serializers.CharField()
    province_code = serializers.CharField()
    unit_code = serializers.CharField(help_text="The provincial administration that proposes.")
    category = Choice(CrossingCategory, help_text="Proposed by the newest version you may read.")
    version = serializers.IntegerField(help_text="Number of that version.")
    wanted_from = serializers.DateField(allow_null=True)
    spoken = serializers.IntegerField(help_text="Ministries that have taken a position on the version handed in last.")
    started_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True, help_text="When that version was handed in.")
    recommended_at = serializers.DateTimeField(allow_null=True)
    decision_number = serializers.CharField()
    decided_on = serializers.DateField(allow_null=True)
    effective_from = serializers.DateField(allow_null=True, help_text="The crossing has the category from this day.")


class ProposalsPage(serializers.Serializer[Any]):
    """A page of proposals, latest begun first."""

    results = ProposalRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class PositionRow(serializers.Serializer[Any]):
    """What a ministry held of a version; a later one of the same ministry replaces it."""

    unit_code = serializers.CharField()
    stand = Choice(Stand)
    reasons = serializers.CharField()
    conditions = serializers.ListField(child=serializers.CharField())
    by_name = serializers.CharField()
    at = serializers.DateTimeField()
    counts = serializers.BooleanField(help_text="Whether it is the ministry's last one on this version.")


class VersionRow(serializers.Serializer[Any]):
    """One version of the text."""

    number = serializers.IntegerField()
    category = Choice(CrossingCategory)
    wanted_from = serializers.DateField(allow_null=True)
    justification = serializers.CharField()
    needs = serializers.CharField()
    assessments = serializers.ListField(child=serializers.IntegerField(), help_text="Their ids under assessments/.")
    submitted_at = serializers.DateTimeField(allow_null=True, help_text="Null: still being written.")
    submitted_by_name = serializers.CharField()
    returned_at = serializers.DateTimeField(allow_null=True)
    returned_reason = serializers.CharField()
    positions = PositionRow(many=True)


class ConditionRow(serializers.Serializer[Any]):
    """A condition of the approval and how far it has come."""

    id = serializers.IntegerField()
    unit_code = serializers.CharField(help_text="The ministry that asked for it.")
    text = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    state = Choice(ConditionState)
    report = serializers.CharField()
    reported_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class ProposalDetail(ProposalRow):
    """A proposal with its versions, positions, conditions and decision."""

    recommendation = serializers.CharField()
    fewer_reason = serializers.CharField(help_text="Why it was recommended on fewer than two positions.")
    decision_reason = serializers.CharField()
    legal_reference = serializers.CharField(help_text="By which the crossing has the category; empty unless approved.")
    withdrawn_reason = serializers.CharField()
    scan_sha256 = serializers.CharField(help_text="Of the scan of the decision; empty when there is none.")
    versions = VersionRow(many=True)
    conditions = ConditionRow(many=True)
