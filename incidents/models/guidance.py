"""Guidance: an institution instructs, the province or unit owes an answer with proof (duty D10)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import InstructionState, Precedence
from incidents.models.clocks import Clock
from incidents.models.escalation import Duty
from incidents.models.files import KeptFile
from incidents.models.incidents import Incident
from incidents.querysets_answers import InstructionQuerySet
from units.models import Audited, Unit, User


class Instruction(Audited):
    """What an institution asks to be done about an incident, and by when. Its steps are its thread, in order."""

    ref = models.CharField(_("reference"), max_length=30, unique=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="instructions", verbose_name=_("incident"))
    number = models.PositiveSmallIntegerField(_("number"))
    duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, related_name="instructions", verbose_name=_("duty it answers")
    )
    from_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="instructions_given", verbose_name=_("instructing institution")
    )
    to_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="instructions_owed", verbose_name=_("who carries it out")
    )
    # Made on the client when the form opens; one key makes one instruction.
    client_key = models.UUIDField(_("client key"), null=True, unique=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("what is to be done"))
    precedence = models.CharField(
        _("precedence"), max_length=10, choices=Precedence.choices, default=Precedence.PRIORITY
    )
    state = models.CharField(
        _("state"), max_length=12, choices=InstructionState.choices, default=InstructionState.ISSUED
    )
    # Runs while the province owes; pauses while a question is with the institution.
    clock = models.OneToOneField(Clock, models.PROTECT, related_name="instruction", verbose_name=_("clock"))
    due_at = models.DateTimeField(_("due at"), null=True)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    issued_by_name = models.CharField(_("issued by (name)"), max_length=200)
    issued_at = models.DateTimeField(_("issued at"))
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("done by"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects: ClassVar[models.Manager["Instruction"]] = InstructionQuerySet.as_manager()

    class Meta:
        verbose_name = _("instruction")
        verbose_name_plural = _("guidance")
        default_permissions = ()
        ordering = ("-issued_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("incident", "number"), name="instructions_of_an_incident_are_numbered"),
            models.CheckConstraint(
                condition=Q(state__in=("adequate", "withdrawn"), ended_at__isnull=False)
                | (~Q(state__in=("adequate", "withdrawn")) & Q(ended_at__isnull=True)),
                name="guidance_has_ended_exactly_when_it_says_so",
            ),
        )
        indexes = (
            models.Index(fields=("-issued_at", "-id"), name="guidance_newest_first"),
            models.Index(fields=("to_unit", "due_at"), name="guidance_owed", condition=Q(ended_at__isnull=True)),
        )

    @property
    def audit_key(self) -> str:
        """The reference."""
        return self.ref

    @property
    def bundle(self) -> str:
        """The outbox bundle of its planned reminders."""
        return f"instruction:{self.pk}"

    def get_absolute_url(self) -> str:
        """The page of the thread."""
        return reverse("guidance:detail", args=[self.ref])

    def __str__(self) -> str:
        return self.ref


class InstructionStep(models.Model):
    """One step of the thread: what was done or said, by whom, when. Never edited."""

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="steps", verbose_name=_("instruction"))
    number = models.PositiveSmallIntegerField(_("number"))
    verb = models.CharField(_("verb"), max_length=40)
    before = models.CharField(_("state before"), max_length=12, blank=True)
    after = models.CharField(_("state after"), max_length=12)
    text = models.TextField(_("text"), blank=True)
    due_after = models.DateTimeField(_("deadline afterwards"), null=True)
    client_key = models.UUIDField(_("client key"), null=True, unique=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    by_name = models.CharField(_("by (name)"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of guidance")
        verbose_name_plural = _("steps of guidance")
        default_permissions = ()
        ordering = ("instruction", "number")
        constraints = (
            models.UniqueConstraint(fields=("instruction", "number"), name="steps_of_guidance_are_numbered"),
        )

    def __str__(self) -> str:
        return f"{self.instruction_id} #{self.number}: {self.verb}"


class InstructionFile(KeptFile):
    """Proof given with a step."""

    step = models.ForeignKey(InstructionStep, models.PROTECT, related_name="files", verbose_name=_("step"))

    class Meta:
        verbose_name = _("file of guidance")
        verbose_name_plural = _("files of guidance")
        default_permissions = ()
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("step", "sha256"), name="a_step_of_guidance_keeps_a_file_once"),)
