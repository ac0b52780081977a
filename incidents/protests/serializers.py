"""What the API tells of a protest."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from incidents.choices_answers import LegalKind, NoteChannel, ProtestState, ReplyOutcome
from units.choices import Neighbour

# Columns that bear the model's own names: of a listed row, its texts, its law, evidence and steps.
PLAIN = (
    "ref", "state", "subject_km", "subject_en", "drafted_at", "signed_at", "note_number", "channel", "sent_on",
    "reply_due_on", "reply_number", "reply_on", "outcome", "ended_at",
)  # fmt: skip
TEXTS = ("facts_km", "facts_en", "demand_km", "demand_en", "urgent_reason", "reply_text")
LAW = ("slug", "kind", "title_km", "title_en", "article", "quote_km", "quote_en", "signed_on")
EVIDENCE = ("number", "sha256", "original_name", "content_type", "size", "caption", "origin", "added_at")
STEP = ("number", "verb", "before", "after", "text", "by_name", "at")


class ProtestRow(serializers.Serializer[Any]):
    """A protest as listed."""

    ref = serializers.CharField()
    url = serializers.CharField(help_text="The dossier's page.")
    state = Choice(ProtestState)
    drill = serializers.BooleanField(help_text="About an incident of an exercise.")
    incident_ref = serializers.CharField()
    province_code = serializers.CharField()
    office_code = serializers.CharField(help_text="The protesting institution.")
    counterpart_code = serializers.CharField()
    counterpart_name_km = serializers.CharField()
    counterpart_name_en = serializers.CharField()
    country = Choice(Neighbour)
    section_code = serializers.CharField(allow_null=True, help_text="The stretch of the border it is counted under.")
    renews_ref = serializers.CharField(allow_null=True, help_text="The earlier protest this one renews.")
    subject_km = serializers.CharField()
    subject_en = serializers.CharField()
    drafted_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    note_number = serializers.CharField(help_text="As printed on the signed letter; empty before it was sent.")
    channel = Choice(NoteChannel, allow_blank=True)
    sent_on = serializers.DateField(allow_null=True)
    reply_due_on = serializers.DateField(allow_null=True)
    reply_number = serializers.CharField()
    reply_on = serializers.DateField(allow_null=True)
    outcome = Choice(ReplyOutcome, allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ProtestPage(serializers.Serializer[Any]):
    """A page of protests, newest first."""

    results = ProtestRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class LawRow(serializers.Serializer[Any]):
    """A text the note rests on."""

    slug = serializers.CharField()
    kind = Choice(LegalKind)
    title_km = serializers.CharField()
    title_en = serializers.CharField()
    article = serializers.CharField()
    quote_km = serializers.CharField()
    quote_en = serializers.CharField()
    signed_on = serializers.DateField(allow_null=True)


class EvidenceRow(serializers.Serializer[Any]):
    """A piece of the evidence list."""

    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    original_name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    caption = serializers.CharField()
    origin = serializers.CharField(help_text="incident, engagement, guidance, added, or reply.")
    added_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="Where the bytes are.")


class ProtestStepRow(serializers.Serializer[Any]):
    """One step of the dossier as it was done."""

    number = serializers.IntegerField()
    verb = serializers.CharField()
    before = Choice(ProtestState, allow_blank=True)
    after = Choice(ProtestState)
    text = serializers.CharField()
    by_name = serializers.CharField()
    at = serializers.DateTimeField()


class ProtestDetail(ProtestRow):
    """One protest with its texts, law, evidence and steps."""

    facts_km = serializers.CharField()
    facts_en = serializers.CharField()
    demand_km = serializers.CharField()
    demand_en = serializers.CharField()
    urgent_reason = serializers.CharField(help_text="Why the neighbour was not engaged before; usually empty.")
    reply_text = serializers.CharField()
    legal_bases = LawRow(many=True)
    evidence = EvidenceRow(many=True)
    steps = ProtestStepRow(many=True)
