"""Shapes of the API of closure orders: what is answered, described."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from crossings.choices import ClosureMeasure, ClosureState, Flow, SignState, VisitFinding, VisitKind


class ClosureRow(serializers.Serializer[Any]):
    """A closure order as listed."""

    id = serializers.IntegerField()
    number = serializers.CharField(help_text="As the letter bears it; empty while it is a draft without one.")
    url = serializers.CharField(help_text="The order's page.")
    state = Choice(ClosureState)
    overdue = serializers.BooleanField(help_text="Issued, and the due day is over in Phnom Penh.")
    crossing_code = serializers.CharField()
    crossing_name_km = serializers.CharField()
    crossing_name_en = serializers.CharField()
    province_code = serializers.CharField()
    issuer_code = serializers.CharField()
    unit_code = serializers.CharField(help_text="The responsible unit.")
    unit_name_km = serializers.CharField()
    unit_name_en = serializers.CharField()
    scope = serializers.ListField(child=Choice(Flow), help_text="What is closed.")
    measures = serializers.ListField(child=Choice(ClosureMeasure))
    due_on = serializers.DateField(help_text="A day of Phnom Penh time.")
    text = serializers.CharField(help_text="What is ordered.")
    times_reopened = serializers.IntegerField()
    open_signs = serializers.IntegerField(help_text="Signs of reopening that nobody has judged yet.")
    scan_sha256 = serializers.CharField(help_text="Of the letter's scan; empty when there is none.")
    drafted_at = serializers.DateTimeField()
    issued_at = serializers.DateTimeField(allow_null=True)
    carried_out_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(help_text="Why it was withdrawn or lifted.")


class ClosurePage(serializers.Serializer[Any]):
    """A page of closure orders, latest drafted first."""

    results = ClosureRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class VisitRow(serializers.Serializer[Any]):
    """What somebody found on the spot."""

    id = serializers.IntegerField()
    kind = Choice(VisitKind)
    finding = Choice(VisitFinding)
    at = serializers.DateTimeField()
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    accuracy_m = serializers.IntegerField()
    distance_m = serializers.FloatField(help_text="Metres from the crossing's point as it was then.")
    measures = serializers.ListField(child=Choice(ClosureMeasure))
    text = serializers.CharField()
    by_name = serializers.CharField()
    photo_sha256 = serializers.CharField()
    photo_url = serializers.CharField(help_text="The original; with ?display=1 a copy to look at.")
    added_at = serializers.DateTimeField()


class SignCause(serializers.Serializer[Any]):
    """What a sign rests on."""

    kind = serializers.CharField()
    words = serializers.CharField(help_text="In the reader's language.")
    url = serializers.CharField()


class SignRow(serializers.Serializer[Any]):
    """A sign that the crossing is used again. Without a cause the caller may not see what it rests on."""

    id = serializers.IntegerField()
    state = Choice(SignState)
    cause = SignCause(allow_null=True)
    seen_at = serializers.DateTimeField(allow_null=True)
    distance_m = serializers.FloatField(allow_null=True)
    found_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class ClosureDetail(ClosureRow):
    """A closure order with its visits and signs."""

    visits = VisitRow(many=True)
    signs = SignRow(many=True)
