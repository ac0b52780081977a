"""Shapes of clocks, escalations and requests for information: what is answered is described, what is sent checked."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from incidents.choices_answers import ClockEventKind, ClockState
from incidents.reports import MAX_TEXT
from incidents.serializers import DutyRow


class ClockEventRow(serializers.Serializer[Any]):
    """One thing that happened to a clock."""

    number = serializers.IntegerField()
    kind = Choice(ClockEventKind)
    at = serializers.DateTimeField()
    minutes = serializers.IntegerField(help_text="Minutes added, for an extension.")
    reason = serializers.CharField(help_text="Somebody's own words, or a fixed code such as information_given.")
    by_name = serializers.CharField(help_text="Empty when it happened by itself.")
    due_after = serializers.DateTimeField(allow_null=True, help_text="The deadline afterwards.")


class BothLanguages(serializers.Serializer[Any]):
    """A sentence in both languages."""

    km = serializers.CharField()
    en = serializers.CharField()


class ClockRow(serializers.Serializer[Any]):
    """The clock of a duty with its events, and why it is due then."""

    duty = serializers.IntegerField()
    state = Choice(ClockState)
    minutes = serializers.IntegerField(help_text="Minutes allowed at the start.")
    working_hours_of = serializers.CharField(
        allow_null=True, help_text="Code of the office in whose working hours it counts; null: every hour counts."
    )
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="Null while paused or stopped.")
    stopped_at = serializers.DateTimeField(allow_null=True)
    left_min = serializers.FloatField(help_text="Counting minutes left now; below 0 when overdue.")
    explanation = BothLanguages()
    events = ClockEventRow(many=True)


class EscalationRow(serializers.Serializer[Any]):
    """One decision to tell institutions about an incident."""

    id = serializers.IntegerField()
    incident_ref = serializers.CharField()
    number = serializers.IntegerField(help_text="Of the incident, from 1.")
    policy = serializers.CharField(help_text="Code of the policy as it was then.")
    policy_name_km = serializers.CharField()
    policy_name_en = serializers.CharField()
    automatic = serializers.BooleanField()
    reason = serializers.CharField()
    started_by_name = serializers.CharField(help_text="Empty when it started by itself.")
    started_at = serializers.DateTimeField()
    waiting = serializers.IntegerField(help_text="How many institutions still owe their answer.")
    duties_count = serializers.IntegerField()


class EscalationPage(serializers.Serializer[Any]):
    """A page of escalations, latest started first."""

    results = EscalationRow(many=True)
    next = serializers.URLField(allow_null=True)


class FrozenStep(serializers.Serializer[Any]):
    """A step of the ladder as frozen."""

    after_min = serializers.IntegerField()
    level = serializers.CharField()


class EscalationDetail(EscalationRow):
    """One escalation with its duties and the ladder of its policy as frozen."""

    steps = FrozenStep(many=True)
    working_hours = serializers.BooleanField()
    information_within_min = serializers.IntegerField()
    forgotten_after_min = serializers.IntegerField(help_text="0: an acceptance is never taken back.")
    overseer = serializers.CharField(allow_null=True, help_text="Code of the unit told as the next level above.")
    duties = DutyRow(many=True)


class RequestRow(serializers.Serializer[Any]):
    """Information an institution asked for."""

    id = serializers.IntegerField()
    url = serializers.CharField(help_text="The page on which it is given.")
    duty = serializers.IntegerField()
    incident_ref = serializers.CharField()
    institution_code = serializers.CharField(help_text="Who asks.")
    asked_of_code = serializers.CharField(help_text="The unit that owes the information.")
    question = serializers.CharField()
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="Null once it is given.")
    answer = serializers.CharField(help_text="answered_anyway: the institution answered without waiting.")
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by_name = serializers.CharField()


class RequestPage(serializers.Serializer[Any]):
    """A page of requests, latest asked first."""

    results = RequestRow(many=True)
    next = serializers.URLField(allow_null=True)


class InformationInput(serializers.Serializer[Any]):
    """The information that was asked for."""

    answer = serializers.CharField(max_length=MAX_TEXT)
