"""What an engagement looks like to machines, and what they may send."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice, Moment
from incidents.choices_answers import EngagementKind, EngagementResult
from incidents.engagements.contact import MAX_TEXT
from units.choices import Neighbour


class EngagementFileRow(serializers.Serializer[Any]):
    """A file given with an engagement."""

    name = serializers.CharField()
    url = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()


class EngagementRow(serializers.Serializer[Any]):
    """One contact with the neighbour, had or sought in vain."""

    ref = serializers.CharField(help_text="Reference of the incident, -E and the number.")
    url = serializers.CharField(help_text="The entry's page.")
    incident = serializers.CharField(help_text="Reference of the incident it is about.")
    number = serializers.IntegerField(help_text="Its place in the log of the incident.")
    province = serializers.CharField(help_text="Code of the incident's province.")
    kind = Choice(EngagementKind)
    happened_at = serializers.DateTimeField()
    place = serializers.CharField()
    country = Choice(Neighbour)
    counterpart = serializers.CharField(allow_null=True, help_text="Code in the list of counterparts, when chosen.")
    authority = serializers.CharField()
    their_person = serializers.CharField()
    their_rank = serializers.CharField()
    unit = serializers.CharField(help_text="Code of our unit.")
    our_people = serializers.CharField()
    demanded = serializers.CharField()
    answer = serializers.CharField(help_text="Empty when nobody was reached.")
    result = Choice(EngagementResult)
    next_contact_at = serializers.DateTimeField(allow_null=True)
    minutes = serializers.CharField()
    entered_by = serializers.CharField()
    entered_at = serializers.DateTimeField()
    struck_at = serializers.DateTimeField(
        allow_null=True, help_text="A struck entry stays readable and counts no more."
    )
    struck_reason = serializers.CharField()


class EngagementDetail(EngagementRow):
    """One engagement with its files."""

    files = EngagementFileRow(many=True)


class EngagementPage(serializers.Serializer[Any]):
    """A page of engagements, the latest had first."""

    results = EngagementRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


def _text(most: int = MAX_TEXT, **more: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, default="", max_length=most, **more)


class EngagementInput(serializers.Serializer[Any]):
    """A contact to put on record. Files are added on the page."""

    incident = serializers.SlugField(max_length=30, help_text="Reference of an open incident you see.")
    unit = serializers.SlugField(
        max_length=60, required=False, allow_null=True, default=None, help_text="Code of our unit; else the nearest."
    )
    kind = Choice(EngagementKind)
    happened_at = Moment()
    place = _text(200)
    counterpart = serializers.SlugField(max_length=60, required=False, allow_null=True, default=None)
    country = Choice(Neighbour, required=False, allow_blank=True, default="")
    authority = _text(200, help_text="Needed when no counterpart is chosen, with the country.")
    their_person = _text(200)
    their_rank = _text(120)
    our_people = serializers.CharField(max_length=300)
    demanded = serializers.CharField(max_length=MAX_TEXT)
    answer = _text(help_text="Needed unless nobody was reached.")
    result = Choice(EngagementResult)
    next_contact_at = Moment(required=False, allow_null=True, default=None)
    minutes = _text()
