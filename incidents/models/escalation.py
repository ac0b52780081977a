"""Escalation: policy as data, frozen when it starts; one duty per institution; one acknowledgement per duty."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from borderwatch.models import ActionLink
from incidents.choices import Answer, AreaRule, DutyState, Impact
from incidents.choices_answers import Why
from incidents.models.clocks import Clock
from incidents.models.incidents import Incident
from incidents.querysets import DutyQuerySet, EscalationQuerySet
from units.choices import DeskLevel
from units.models import Audited, Unit, User


class EscalationPolicy(Audited):
    """Which incidents go to which institutions, by themselves or when the province decides."""

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    name_km = models.CharField(_("Khmer name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    # Empty lists match every category, every type.
    categories = ArrayField(models.CharField(max_length=40), verbose_name=_("categories"), default=list, blank=True)
    types = ArrayField(models.CharField(max_length=40), verbose_name=_("types"), default=list, blank=True)
    impacts = ArrayField(
        models.CharField(max_length=10, choices=Impact.choices),
        verbose_name=_("impacts"),
        default=list,
        blank=True,
    )
    area_rule = models.CharField(_("where"), max_length=12, choices=AreaRule.choices, default=AreaRule.ANYWHERE)
    near_m = models.PositiveIntegerField(_("near means, in metres"), default=2000)
    automatic = models.BooleanField(_("starts by itself at filing"), default=False)
    # "At once" policies count every hour; others may count the working hours of each institution.
    working_hours = models.BooleanField(_("deadlines count working hours"), default=False)
    # Minutes within which the province owes an answer when an institution asks for information.
    information_within_min = models.PositiveIntegerField(_("information within, in minutes"), default=240)
    # An institution that accepted and is not heard of again for so many minutes owes its answer anew; 0: never.
    forgotten_after_min = models.PositiveIntegerField(_("forgotten after, in minutes"), default=0)
    # Who is told when an institution's own head stays silent too (level "above").
    overseer = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("next level above")
    )
    # Of several that match, the lowest order is taken.
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("escalation policy")
        verbose_name_plural = _("escalation policies")
        ordering = ("order", "slug")

    @property
    def audit_key(self) -> str:
        """The policy's code."""
        return self.slug

    def __str__(self) -> str:
        return self.name_en


class PolicyDuty(models.Model):
    """What a policy demands of one institution, and within how many minutes."""

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="duties", verbose_name=_("policy"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("institution"))
    answer_within_min = models.PositiveIntegerField(_("answer within, in minutes"))

    class Meta:
        verbose_name = _("duty of a policy")
        verbose_name_plural = _("duties of a policy")
        default_permissions = ()
        ordering = ("policy", "id")
        constraints = (models.UniqueConstraint(fields=("policy", "unit"), name="a_policy_asks_an_institution_once"),)

    def __str__(self) -> str:
        return f"{self.policy} → {self.unit}"


class PolicyStep(models.Model):
    """A rung of the ladder: who at the institution is told, so many minutes after the start."""

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="steps", verbose_name=_("policy"))
    after_min = models.PositiveIntegerField(_("after, in minutes"))
    level = models.CharField(_("whom"), max_length=10, choices=DeskLevel.choices)

    class Meta:
        verbose_name = _("step of a policy")
        verbose_name_plural = _("steps of a policy")
        default_permissions = ()
        ordering = ("policy", "after_min")
        constraints = (
            models.UniqueConstraint(fields=("policy", "after_min", "level"), name="a_policy_has_each_step_once"),
        )

    def __str__(self) -> str:
        return f"+{self.after_min} min {self.get_level_display()}"


class Escalation(Audited):
    """One decision to tell institutions about an incident, with the policy as it was at that moment."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="escalations", verbose_name=_("incident"))
    number = models.PositiveSmallIntegerField(_("number"))
    policy = models.ForeignKey(EscalationPolicy, models.PROTECT, related_name="+", verbose_name=_("policy"))
    frozen_policy = models.JSONField(_("policy as it was"))
    automatic = models.BooleanField(_("started by itself"), default=False)
    reason = models.TextField(_("reason"), blank=True)
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    started_at = models.DateTimeField(_("started at"))

    objects: ClassVar[models.Manager["Escalation"]] = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        default_permissions = ()
        ordering = ("incident", "number")
        constraints = (
            models.UniqueConstraint(fields=("incident", "number"), name="escalations_are_numbered"),
            models.CheckConstraint(
                condition=Q(automatic=True) | (~Q(reason="") & Q(started_by__isnull=False)),
                name="an_escalation_by_decision_has_a_reason_and_a_person",
            ),
        )

    @property
    def policy_name(self) -> str:
        """The policy by the name it had when it was frozen, in the reader's language."""
        frozen: dict[str, str] = self.frozen_policy
        return (frozen.get("name_km") if get_language() == "km" else "") or frozen.get("name_en", "")

    def __str__(self) -> str:
        return f"{self.incident.ref}/{self.number}"


class Duty(Audited):
    """What one institution owes: its own clock, its own ladder, its own state."""

    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="duties", verbose_name=_("escalation"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duties", verbose_name=_("institution"))
    state = models.CharField(_("state"), max_length=10, choices=DutyState.choices, default=DutyState.WAITING)
    # The reckoning behind `due_at`.
    clock = models.OneToOneField(Clock, models.PROTECT, null=True, related_name="duty", verbose_name=_("clock"))
    started_at = models.DateTimeField(_("started at"))
    due_at = models.DateTimeField(_("answer due by"))
    seen_at = models.DateTimeField(_("first opened at"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)

    objects: ClassVar[models.Manager["Duty"]] = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        default_permissions = ()
        ordering = ("due_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("escalation", "unit"), name="one_duty_per_escalation_and_institution"),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "paused", "ended"), answered_at__isnull=True)
                | Q(state="answered", answered_at__gte=F("started_at")),
                name="a_duty_is_answered_exactly_when_it_says_so_and_not_before_it_started",
            ),
        )
        indexes = (
            models.Index(fields=("unit", "due_at"), name="duties_waiting", condition=Q(state="waiting")),
            models.Index(fields=("unit", "-answered_at"), name="duties_answered"),
        )

    @cached_property
    def acknowledgement(self) -> "Acknowledgement":
        """The answer in force; raises Acknowledgement.DoesNotExist while there is none."""
        rows = [row for row in self.acknowledgements.all() if row.withdrawn_at is None]
        if not rows:
            raise Acknowledgement.DoesNotExist
        return rows[-1]

    @property
    def bundle(self) -> str:
        """The outbox bundle of its planned steps."""
        return f"duty:{self.pk}"

    def __str__(self) -> str:
        return f"{self.escalation} → {self.unit}"


class Acknowledgement(Audited):
    """The answer with substance. Two officials pressing together make one; a duty that comes back gets a further one.

    The one in force is the newest that was not withdrawn.
    """

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="acknowledgements", verbose_name=_("duty"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    answer = models.CharField(_("answer"), max_length=20, choices=Answer.choices)
    comment = models.TextField(_("comment"), blank=True)
    who_instead = models.CharField(_("whose it is"), max_length=200, blank=True)
    # The same as an institution of the system: it gets a duty of its own. An outside body stands in words alone.
    instead = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("institution whose it is")
    )
    expected_at = models.DateTimeField(_("expected by"), null=True)
    # Nobody when it came by a link from an address that is no person's; then the name is what was typed there.
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by"))
    by_name = models.CharField(_("answered by (name)"), max_length=200)
    link = models.OneToOneField(
        ActionLink, models.PROTECT, null=True, related_name="acknowledgement", verbose_name=_("by this link")
    )
    at = models.DateTimeField(_("answered at"))
    # The duty is open again: information was given, or the acceptance was forgotten.
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)
    withdrawn_reason = models.CharField(_("why it was taken back"), max_length=300, choices=Why.choices, blank=True)

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        default_permissions = ()
        ordering = ("duty", "number")
        constraints = (
            models.UniqueConstraint(fields=("duty", "number"), name="acknowledgements_of_a_duty_are_numbered"),
            models.UniqueConstraint(
                fields=("duty",), condition=Q(withdrawn_at__isnull=True), name="one_acknowledgement_in_force_per_duty"
            ),
            models.CheckConstraint(
                condition=~Q(answer="not_ours") | ~Q(who_instead=""), name="not_ours_names_whose_it_is"
            ),
            models.CheckConstraint(
                condition=~Q(answer="need_information") | ~Q(comment=""), name="need_information_says_which"
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=False) | (Q(link__isnull=False) & ~Q(by_name="")),
                name="an_acknowledgement_names_who_gave_it",
            ),
        )

    def __str__(self) -> str:
        return f"{self.duty}: {self.get_answer_display()}"
