"""What guidance looks like to machines, and what they may send."""

from typing import Any

from rest_framework import serializers

from borderwatch.views.machines import Choice
from incidents.choices_answers import InstructionState, Precedence
from incidents.guidance import rules

MAX_TEXT = 10_000
# What may be sent as a step; acknowledging has an address of its own too.
STEPS = (
    "acknowledge_instruction", "ask_back", "answer_question", "report_instruction_done", "find_adequate",
    "find_wanting", "withdraw_instruction",
)  # fmt: skip


class GuidanceRow(serializers.Serializer[Any]):
    """Guidance as listed."""

    ref = serializers.CharField(help_text="Reference of the incident, -G and the number.")
    url = serializers.CharField(help_text="The page of the thread.")
    incident = serializers.CharField(help_text="Reference of the incident it is about.")
    province = serializers.CharField(help_text="Code of the incident's province.")
    from_unit = serializers.CharField(help_text="Code of the institution that instructs.")
    to_unit = serializers.CharField(help_text="Code of the unit that carries it out.")
    subject = serializers.CharField()
    text = serializers.CharField()
    precedence = Choice(Precedence)
    state = Choice(InstructionState)
    within_min = serializers.IntegerField(help_text="Minutes allowed at the start.")
    hours_of = serializers.CharField(
        allow_null=True, help_text="Code of the office whose working hours count; null: every hour counts."
    )
    due_at = serializers.DateTimeField(allow_null=True, help_text="null while nothing is due of who carries it out.")
    issued_by = serializers.CharField()
    issued_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class GuidancePage(serializers.Serializer[Any]):
    """A page of guidance, the latest issued first."""

    results = GuidanceRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class GuidanceFileRow(serializers.Serializer[Any]):
    """Proof given with a step."""

    name = serializers.CharField()
    url = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()


class GuidanceStepRow(serializers.Serializer[Any]):
    """One step of the thread."""

    number = serializers.IntegerField()
    verb = serializers.ChoiceField(choices=[(verb, verb) for verb in ("instruct", *STEPS)])
    before = Choice(InstructionState, allow_blank=True)
    after = Choice(InstructionState)
    text = serializers.CharField()
    due_after = serializers.DateTimeField(allow_null=True)
    by_name = serializers.CharField()
    at = serializers.DateTimeField()
    files = GuidanceFileRow(many=True)


class GuidanceDetail(GuidanceRow):
    """Guidance with its thread, in order."""

    steps = GuidanceStepRow(many=True)


class AcknowledgeInput(serializers.Serializer[Any]):
    """A note with the acknowledgement."""

    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=MAX_TEXT)


class GuidanceStepInput(serializers.Serializer[Any]):
    """A step to take. Files of proof are added on the page."""

    verb = serializers.ChoiceField(choices=[(verb, verb) for verb in STEPS])
    text = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=MAX_TEXT, help_text="The question, answer or reason."
    )
    within_min = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=rules.SHORTEST_MIN,
        max_value=rules.LONGEST_MIN,
        help_text="Needed with find_wanting: minutes given from now.",
    )
