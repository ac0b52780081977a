"""Shapes of the API of traffic: what may be sent, checked for shape alone, and what is answered, described."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from crossings.choices import CountKind, CountMethod, Currency, Direction, NationalityGroup, TravelDocument
from crossings.counts import MOST_LINES, MOST_MINUTES, MOST_NOTE, MOST_OBSERVER

# Lines of one request.
MOST_SENT = 5_000


class LineShape(serializers.Serializer[Any]):
    """A count of one class. Goods carry tonnes or a value with its currency; everything else a number."""

    kind = Choice(CountKind)
    class_of = serializers.CharField(
        max_length=12, required=False, allow_blank=True, help_text="A class of vehicles or of goods; empty for others."
    )
    nationality = Choice(NationalityGroup, required=False, allow_blank=True, help_text="Of persons; empty: not stated.")
    document = Choice(TravelDocument, required=False, allow_blank=True, help_text="Of persons; empty: not told apart.")
    number = serializers.IntegerField(required=False, allow_null=True, help_text="0: watched, and nobody came.")
    tonnes = serializers.DecimalField(max_digits=20, decimal_places=6, required=False, allow_null=True)
    value = serializers.DecimalField(max_digits=24, decimal_places=6, required=False, allow_null=True)
    currency = Choice(Currency, required=False, allow_blank=True)


class SheetInput(serializers.Serializer[Any]):
    """A day's count of one direction at one crossing."""

    crossing = serializers.SlugField(max_length=60, help_text="The crossing's code.")
    day = serializers.DateField(help_text="A day of Phnom Penh time.")
    direction = Choice(Direction)
    observed_minutes = serializers.IntegerField(
        min_value=1, max_value=MOST_MINUTES, help_text="How long it was watched; tells a gap from a zero."
    )
    method = Choice(CountMethod)
    observer = serializers.CharField(max_length=MOST_OBSERVER)
    note = serializers.CharField(max_length=MOST_NOTE, required=False, allow_blank=True)
    although_closed = serializers.BooleanField(
        required=False, help_text="Counted although the register held the crossing shut; wants a note."
    )
    expected_version = serializers.IntegerField(
        min_value=0, required=False, allow_null=True, help_text="The version in force that a correction replaces."
    )
    reason = serializers.CharField(
        max_length=MOST_NOTE, required=False, allow_blank=True, help_text="Why it is corrected."
    )
    lines = serializers.ListField(child=LineShape(), min_length=1, max_length=MOST_LINES)


class SheetsInput(serializers.Serializer[Any]):
    """Many days at once; they are entered all or none."""

    sheets = serializers.ListField(child=SheetInput(), min_length=1, max_length=MOST_SENT)


class SheetOutcome(serializers.Serializer[Any]):
    """What became of one of the days sent, in the order they were sent."""

    id = serializers.IntegerField()
    crossing = serializers.CharField()
    day = serializers.DateField()
    direction = Choice(Direction)
    version = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=("new", "same", "corrected"))


class SheetsAnswer(serializers.Serializer[Any]):
    """What became of the days sent."""

    results = SheetOutcome(many=True)


class SheetRow(serializers.Serializer[Any]):
    """A day's count in force. A sum is null where nothing of the kind was counted, which is not zero."""

    id = serializers.IntegerField()
    url = serializers.CharField(help_text="The day's page.")
    crossing = serializers.CharField(help_text="The crossing's code.")
    crossing_name_km = serializers.CharField()
    crossing_name_en = serializers.CharField()
    province_code = serializers.CharField()
    day = serializers.DateField()
    direction = Choice(Direction)
    version = serializers.IntegerField()
    observed_minutes = serializers.IntegerField()
    method = Choice(CountMethod)
    observer = serializers.CharField()
    note = serializers.CharField()
    although_closed = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why it was corrected.")
    passengers = serializers.IntegerField(allow_null=True)
    vehicles = serializers.IntegerField(allow_null=True)
    tonnes = serializers.FloatField(allow_null=True)
    refused = serializers.IntegerField(allow_null=True)
    searches = serializers.IntegerField(allow_null=True)
    source = serializers.CharField(help_text="page, import, api or demo")  # type: ignore[assignment]
    entered_at = serializers.DateTimeField()
    lines = LineShape(many=True)


class SheetPage(serializers.Serializer[Any]):
    """A page of counts, latest entered first."""

    results = SheetRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")
