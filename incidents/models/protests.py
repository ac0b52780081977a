"""Protest: the dossier from draft to reply, its evidence, and the dated register of legal bases (duty D10)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import LegalKind, NoteChannel, ProtestState, ReplyOutcome
from incidents.models.engagement import Counterpart
from incidents.models.files import KeptFile
from incidents.models.incidents import Incident
from incidents.querysets_answers import ProtestQuerySet
from units.choices import Neighbour
from units.models import Audited, BorderSection, Dated, DatedQuerySet, Unit, User


class LegalBasis(Dated, Audited):
    """A text that may be quoted in a note, with the time it is in force and what it says."""

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=LegalKind.choices)
    title_km = models.CharField(_("Khmer title"), max_length=300, blank=True)
    title_en = models.CharField(_("English title"), max_length=300)
    article = models.CharField(_("article or point"), max_length=60, blank=True)
    # What is quoted, in both languages; empty when no public text is known.
    quote_km = models.TextField(_("quoted text, Khmer"), blank=True)
    quote_en = models.TextField(_("quoted text, English"), blank=True)
    neighbour = models.CharField(_("with which country"), max_length=2, choices=Neighbour.choices, blank=True)
    signed_on = models.DateField(_("signed on"), null=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    objects: ClassVar[models.Manager["LegalBasis"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal basis")
        verbose_name_plural = _("legal bases")
        ordering = ("order", "slug")

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return self.title_km if self.title_km and get_language() == "km" else self.title_en

    @property
    def quote(self) -> str:
        """The quoted text in the reader's language, whichever there is."""
        return (self.quote_km if get_language() == "km" else "") or self.quote_en or self.quote_km

    @property
    def audit_key(self) -> str:
        """The text's code."""
        return self.slug

    def __str__(self) -> str:
        return self.title


class Protest(Audited):
    """A diplomatic protest about an incident: its facts, its law, its note, and what came back."""

    ref = models.CharField(_("reference"), max_length=30, unique=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="protests", verbose_name=_("incident"))
    number = models.PositiveSmallIntegerField(_("number"))
    # Further incidents of the same kind that the note names.
    also = models.ManyToManyField(Incident, related_name="protests_also", verbose_name=_("further incidents"))
    office = models.ForeignKey(Unit, models.PROTECT, related_name="protests", verbose_name=_("protesting office"))
    counterpart = models.ForeignKey(Counterpart, models.PROTECT, related_name="protests", verbose_name=_("counterpart"))
    section = models.ForeignKey(
        BorderSection, models.PROTECT, null=True, related_name="protests", verbose_name=_("stretch of the border")
    )
    subject_km = models.CharField(_("subject, Khmer"), max_length=300)
    subject_en = models.CharField(_("subject, English"), max_length=300, blank=True)
    facts_km = models.TextField(_("facts, Khmer"))
    facts_en = models.TextField(_("facts, English"), blank=True)
    demand_km = models.TextField(_("what is demanded, Khmer"))
    demand_en = models.TextField(_("what is demanded, English"), blank=True)
    legal_bases = models.ManyToManyField(LegalBasis, related_name="protests", verbose_name=_("legal bases"))
    # The neighbour is engaged locally first (D8); without that only when urgent, and then it says why.
    urgent_reason = models.TextField(_("why without engagement"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=ProtestState.choices, default=ProtestState.DRAFT)
    renews = models.ForeignKey("self", models.PROTECT, null=True, related_name="renewals", verbose_name=_("renews"))
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted at"))
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("checked by"))
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("signed by"))
    signed_at = models.DateTimeField(_("signed at"), null=True)
    note_number = models.CharField(_("number of the note"), max_length=60, blank=True)
    channel = models.CharField(_("channel"), max_length=12, choices=NoteChannel.choices, blank=True)
    sent_on = models.DateField(_("sent on"), null=True)
    reply_due_on = models.DateField(_("reply due on"), null=True)
    reply_number = models.CharField(_("number of the reply"), max_length=60, blank=True)
    reply_on = models.DateField(_("date of the reply"), null=True)
    reply_text = models.TextField(_("what they reply"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=ReplyOutcome.choices, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects: ClassVar[models.Manager["Protest"]] = ProtestQuerySet.as_manager()

    class Meta:
        verbose_name = _("protest")
        verbose_name_plural = _("protests")
        default_permissions = ()
        ordering = ("-drafted_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("incident", "number"), name="protests_of_an_incident_are_numbered"),
            models.CheckConstraint(
                condition=Q(sent_on__isnull=True) | (~Q(note_number="") & ~Q(channel="") & Q(signed_at__isnull=False)),
                name="a_sent_protest_was_signed_and_has_a_number_and_a_channel",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("drafted_by")),
                name="nobody_signs_the_protest_he_drafted",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("drafted_by")),
                name="nobody_checks_the_protest_he_drafted",
            ),
        )
        indexes = (
            models.Index(fields=("-drafted_at", "-id"), name="protests_newest_first"),
            models.Index(fields=("reply_due_on",), name="protests_awaiting_reply", condition=Q(state="sent")),
        )

    @property
    def subject(self) -> str:
        """The subject in the reader's language."""
        return self.subject_en if self.subject_en and get_language() != "km" else self.subject_km

    @property
    def audit_key(self) -> str:
        """The reference."""
        return self.ref

    @property
    def bundle(self) -> str:
        """The outbox bundle of its planned reminders."""
        return f"protest:{self.pk}"

    def get_absolute_url(self) -> str:
        """The dossier."""
        return reverse("protests:detail", args=[self.ref])

    def __str__(self) -> str:
        return self.ref


class ProtestStep(models.Model):
    """One step of the dossier. Never edited."""

    protest = models.ForeignKey(Protest, models.PROTECT, related_name="steps", verbose_name=_("protest"))
    number = models.PositiveSmallIntegerField(_("number"))
    verb = models.CharField(_("verb"), max_length=40)
    before = models.CharField(_("state before"), max_length=12, blank=True)
    after = models.CharField(_("state after"), max_length=12)
    text = models.TextField(_("text"), blank=True)
    facts = models.JSONField(_("what was set"), default=dict)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    by_name = models.CharField(_("by (name)"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a protest")
        verbose_name_plural = _("steps of protests")
        default_permissions = ()
        ordering = ("protest", "number")
        constraints = (models.UniqueConstraint(fields=("protest", "number"), name="steps_of_a_protest_are_numbered"),)

    def __str__(self) -> str:
        return f"{self.protest_id} #{self.number}: {self.verb}"


class ProtestEvidence(KeptFile):
    """A piece of evidence of the dossier by its hash: a photo, minutes, a scan; frozen when the note is signed."""

    protest = models.ForeignKey(Protest, models.PROTECT, related_name="evidence", verbose_name=_("protest"))
    number = models.PositiveSmallIntegerField(_("number"))
    # Where it came from: "incident", "engagement", "guidance", "reply" or "added", and the key of that row.
    origin = models.CharField(_("from"), max_length=20)
    origin_key = models.CharField(_("key of its origin"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("evidence of a protest")
        verbose_name_plural = _("evidence of protests")
        default_permissions = ()
        ordering = ("protest", "number")
        constraints = (
            models.UniqueConstraint(fields=("protest", "number"), name="evidence_of_a_protest_is_numbered"),
            models.UniqueConstraint(fields=("protest", "sha256"), name="evidence_is_listed_once_per_protest"),
        )
