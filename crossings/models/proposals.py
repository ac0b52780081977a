"""Proposing a category (duty D3): the province proposes, ministries take positions, the government decides."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crossings.choices import PROPOSAL_OVER, ConditionState, CrossingCategory, ProposalState, Stand
from crossings.models.assessments import Assessment
from crossings.models.crossings import Crossing
from crossings.querysets_proposals import ProposalQuerySet, VersionQuerySet
from units.models import Audited, Unit, User


class Proposal(Audited):
    """One wish of a province about the category of a crossing, through all its versions."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="proposals", verbose_name=_("crossing"))
    client_key = models.UUIDField(_("client key"), unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="proposals", verbose_name=_("proposed by"))
    state = models.CharField(_("state"), max_length=12, choices=ProposalState.choices, default=ProposalState.DRAFT)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("begun by"))
    started_at = models.DateTimeField(_("begun at"))
    # The ministry's word to the government, and the government's.
    recommendation = models.TextField(_("recommendation"), blank=True)
    recommended_at = models.DateTimeField(_("recommended at"), null=True)
    recommended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    # Said when fewer than two ministries have taken a position.
    fewer_reason = models.TextField(_("why so few positions"), blank=True)
    decision_number = models.CharField(_("number of the decision"), max_length=120, blank=True)
    decided_on = models.DateField(_("decided on"), null=True)
    effective_from = models.DateField(_("in force from"), null=True)
    decision_reason = models.TextField(_("reasons of the decision"), blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by"))
    decided_at = models.DateTimeField(_("entered at"), null=True)
    scan_sha256 = models.CharField(_("scan"), max_length=64, blank=True)
    scan_name = models.CharField(_("file name"), max_length=200, blank=True)
    scan_type = models.CharField(_("kind of file"), max_length=60, blank=True)
    scan_size = models.PositiveIntegerField(_("bytes"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    objects: ClassVar[models.Manager["Proposal"]] = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        default_permissions = ()
        ordering = ("-started_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("crossing",),
                condition=~Q(state__in=sorted(PROPOSAL_OVER)),
                name="a_crossing_has_one_open_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(effective_from__isnull=False, decided_on__isnull=False) & ~Q(decision_number=""),
                name="an_approval_has_number_day_and_effect",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(decision_reason=""), name="a_refusal_keeps_its_reasons"
            ),
        )

    @property
    def ref(self) -> str:
        """The number people call it by."""
        return f"PR-{self.pk:06d}"

    def get_absolute_url(self) -> str:
        """The proposal's page."""
        return reverse("proposals:detail", args=[self.pk])

    def __str__(self) -> str:
        return f"{self.crossing} ({self.started_at:%Y-%m-%d})"


class ProposalVersion(Audited):
    """What is proposed, as one version; frozen when it is handed in, the next one is a new row."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="versions", verbose_name=_("proposal"))
    number = models.PositiveSmallIntegerField(_("version"))
    category = models.CharField(_("category proposed"), max_length=20, choices=CrossingCategory.choices)
    wanted_from = models.DateField(_("wanted from"), null=True)
    justification = models.TextField(_("justification"), blank=True)
    # What is to be built, posted and agreed, and what it costs.
    needs = models.TextField(_("what it needs"), blank=True)
    assessments = models.ManyToManyField(Assessment, related_name="proposed_in", verbose_name=_("assessments"))
    revision = models.PositiveIntegerField(_("revision"), default=0)
    saved_at = models.DateTimeField(_("saved at"))
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("handed in by"))
    submitted_at = models.DateTimeField(_("handed in at"), null=True)
    # Why it came back, when it did.
    returned_reason = models.TextField(_("to be corrected"), blank=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("returned by"))
    returned_at = models.DateTimeField(_("returned at"), null=True)

    objects: ClassVar[models.Manager["ProposalVersion"]] = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a proposal")
        verbose_name_plural = _("versions of proposals")
        default_permissions = ()
        ordering = ("proposal", "number")
        constraints = (
            models.UniqueConstraint(fields=("proposal", "number"), name="versions_of_a_proposal_are_numbered"),
        )

    def __str__(self) -> str:
        return f"{self.proposal} v{self.number}"


class Position(Audited):
    """What one ministry holds of a version, with its reasons. A changed mind is a new row; the last one counts."""

    version = models.ForeignKey(ProposalVersion, models.PROTECT, related_name="positions", verbose_name=_("version"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="positions", verbose_name=_("ministry"))
    stand = models.CharField(_("position"), max_length=12, choices=Stand.choices)
    reasons = models.TextField(_("reasons"))
    # One condition a line, as the ministry words it; they become rows when the proposal is approved.
    conditions = models.TextField(_("conditions"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("position of a ministry")
        verbose_name_plural = _("positions of ministries")
        default_permissions = ()
        ordering = ("version", "at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(reasons=""), name="a_position_has_reasons"),
            models.CheckConstraint(
                condition=~Q(stand="conditional") | ~Q(conditions=""), name="a_conditional_position_names_conditions"
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit}: {self.get_stand_display()}"


class Condition(Audited):
    """Something the approval depends on, followed up until the ministry that asked for it confirms it."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="conditions", verbose_name=_("proposal"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="conditions", verbose_name=_("asked for by"))
    text = models.TextField(_("condition"))
    due_on = models.DateField(_("due on"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=ConditionState.choices, default=ConditionState.OPEN)
    report = models.TextField(_("how it was met"), blank=True)
    reported_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("reported by"))
    reported_at = models.DateTimeField(_("reported at"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by"))
    decided_at = models.DateTimeField(_("confirmed at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        default_permissions = ()
        ordering = ("proposal", "id")

    def __str__(self) -> str:
        return self.text[:80]
