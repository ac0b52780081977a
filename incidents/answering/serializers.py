"""What machines send to answer by a link, and what they are told about the proof of notices."""

from typing import Any

from rest_framework import serializers

from borderwatch.models import Delivery
from borderwatch.proof import Evidence, Known, Stage
from borderwatch.views.machines import Choice, Moment
from incidents.reports import MAX_TEXT


class LinkAnswerInput(serializers.Serializer[Any]):
    """An answer by a link."""

    token = serializers.CharField(max_length=60, help_text="The last part of the link's address.")
    answer = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=20, help_text="For a duty: one of its four answers."
    )
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=MAX_TEXT)
    who_instead = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text="Needed with not_ours."
    )
    expected_at = Moment(required=False, allow_null=True, default=None)
    name = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=70,
        help_text="Who answers; needed when the link was sent to an office's address.",
    )  # fmt: skip
    office = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=70, help_text="Needed when the name is."
    )


class Receipt(serializers.Serializer[Any]):
    """What was confirmed by a link."""

    receipt = serializers.CharField(help_text="Number of the receipt.")
    purpose = serializers.CharField()
    kind = serializers.CharField(help_text="Kind of the object.")
    key = serializers.CharField(help_text="The object.")
    confirmed_at = serializers.DateTimeField()
    by_name = serializers.CharField(help_text="In whose name.")
    confirmed = serializers.DictField(help_text="What was confirmed; the comment is on record alone.")


class ProofRow(serializers.Serializer[Any]):
    """One stage of a notice."""

    stage = Choice(Stage)
    known = Choice(Known, help_text="A missing receipt is unknown, never proved.")
    at = serializers.DateTimeField(allow_null=True)
    evidence = serializers.ChoiceField(choices=Evidence.choices, allow_blank=True)


class NoticeProof(serializers.Serializer[Any]):
    """A notice of a duty with what proves it."""

    id = serializers.UUIDField()
    topic = serializers.CharField()
    recipient = serializers.CharField(help_text="The person's or office's name as it was.")
    channel = serializers.ChoiceField(choices=Delivery.Channel.choices)
    planned_at = serializers.DateTimeField()
    link_fetches = serializers.IntegerField(help_text="How often its link was fetched; scanners fetch links too.")
    stages = ProofRow(many=True)


class NoticeProofPage(serializers.Serializer[Any]):
    """A page of notices, latest planned first."""

    results = NoticeProof(many=True)
    next = serializers.URLField(allow_null=True)
