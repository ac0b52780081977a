"""Holding to account: the contest of an attribution, the case of a head, and every step of both.

Source: directive duty D2, the head of the unit protecting an area answers in law for illegal movement there.
Rows are added, never rewritten; a case's own row only repeats where it stands.
"""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.choices import CaseState, ContestOutcome, ContestState, Detector, Outcome
from incidents.models.attribution import Attribution
from incidents.models.incidents import Incident
from units.choices import Rank
from units.models import Audited, CommandTenure, Patrol, Unit, User


class AccountabilityPolicy(Audited):
    """For which incidents a case opens, and within how many days each step is due. The first that fits counts."""

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    name_km = models.CharField(_("Khmer name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    legal_basis_km = models.CharField(_("legal basis in Khmer"), max_length=200, blank=True)
    legal_basis_en = models.CharField(_("legal basis in English"), max_length=200, blank=True)
    # Empty lists match every category, every type.
    categories = ArrayField(models.CharField(max_length=40), verbose_name=_("categories"), default=list, blank=True)
    types = ArrayField(models.CharField(max_length=40), verbose_name=_("types"), default=list, blank=True)
    opens_by_itself = models.BooleanField(_("opens when an incident inside a sector is verified"), default=False)
    notify_at_once = models.BooleanField(_("the head is notified at once"), default=True)
    contest_within_days = models.PositiveSmallIntegerField(_("contest within, in days"), default=7)
    hear_within_days = models.PositiveSmallIntegerField(_("others are heard within, in days"), default=3)
    rule_contest_within_days = models.PositiveSmallIntegerField(_("contest is ruled within, in days"), default=14)
    notify_within_days = models.PositiveSmallIntegerField(_("head is notified within, in days"), default=3)
    explain_within_days = models.PositiveSmallIntegerField(_("head explains within, in days"), default=7)
    review_within_days = models.PositiveSmallIntegerField(_("review begins within, in days"), default=7)
    rule_within_days = models.PositiveSmallIntegerField(_("ruling within, in days"), default=14)
    appeal_within_days = models.PositiveSmallIntegerField(_("appeal within, in days"), default=15)
    decide_appeal_within_days = models.PositiveSmallIntegerField(_("appeal is decided within, in days"), default=30)
    # A unit that itself reports within so many hours of detecting is credited with it.
    early_within_hours = models.PositiveSmallIntegerField(_("early means within, in hours"), default=24)
    remind_before_days = models.PositiveSmallIntegerField(_("reminder before a deadline, in days"), default=2)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("accountability policy")
        verbose_name_plural = _("accountability policies")
        ordering = ("order", "slug")

    @property
    def audit_key(self) -> str:
        """The policy's code."""
        return self.slug

    def __str__(self) -> str:
        return self.name_en


class ContestQuerySet(models.QuerySet["Contest"]):
    def visible_to(self, user: Any) -> Any:
        """Contests of incidents the person sees."""
        return self.filter(incident__in=Incident.objects.visible_to(user))


class Contest(Audited):
    """A head says: not mine. The clock of everything else goes on; the ruling is a second attribution row."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="contests", verbose_name=_("incident"))
    attribution = models.ForeignKey(
        Attribution, models.PROTECT, related_name="contests", verbose_name=_("contested attribution")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    # The unit the contest says should answer instead; it is heard with the others near.
    names_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit named instead")
    )
    # Units asked for a statement.
    heard = models.ManyToManyField(Unit, related_name="+", verbose_name=_("units to be heard"))
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("contested by"))
    by_name = models.CharField(_("contested by (name)"), max_length=200)
    at = models.DateTimeField(_("contested at"))
    hear_by = models.DateTimeField(_("statements until"))
    due_at = models.DateTimeField(_("ruling due by"))
    state = models.CharField(_("state"), max_length=10, choices=ContestState.choices, default=ContestState.OPEN)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ContestOutcome.choices, blank=True)
    ruling = models.OneToOneField(
        Attribution, models.PROTECT, null=True, related_name="rules_on", verbose_name=_("ruling")
    )
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by"))
    settled_by_name = models.CharField(_("settled by (name)"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_reason = models.TextField(_("reason of the ruling"), blank=True)

    objects: ClassVar[models.Manager["Contest"]] = ContestQuerySet.as_manager()

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        default_permissions = ()
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("incident",), name="one_contest_is_open_per_incident", condition=Q(state="open")
            ),
            models.UniqueConstraint(fields=("attribution", "unit"), name="an_attribution_is_contested_once_by_a_unit"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_contest_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True)
                | (~Q(state="open") & Q(settled_at__isnull=False) & ~Q(settled_reason="")),
                name="a_settled_contest_says_when_and_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.incident} · {self.unit}"


class Statement(Audited):
    """What a unit near the place says in a contest; one each, not changed afterwards."""

    contest = models.ForeignKey(Contest, models.PROTECT, related_name="statements", verbose_name=_("contest"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    text = models.TextField(_("statement"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    by_name = models.CharField(_("by (name)"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        default_permissions = ()
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(fields=("contest", "unit"), name="a_unit_is_heard_once_in_a_contest"),
            models.CheckConstraint(condition=~Q(text=""), name="a_statement_says_something"),
        )

    def __str__(self) -> str:
        return f"{self.contest}: {self.unit}"


class CaseQuerySet(models.QuerySet["AccountabilityCase"]):
    def visible_to(self, user: Any) -> Any:
        """Those who review the unit, auditors, and from the notification on the accused side.

        The accused side are those who answer for the unit or above it, and the head of that time himself, wherever
        he serves now: he must be able to read what is held against him. An active account is needed in any case.
        """
        from incidents import cases

        return cases.visible(self, user)

    def open(self) -> Any:
        """Not closed."""
        return self.exclude(state=CaseState.CLOSED)

    def with_names(self) -> Any:
        """What a line of a list shows."""
        return self.select_related("incident__province", "incident__district", "unit", "head_person")


class AccountabilityCase(Audited):
    """What is held against the head of a unit for one incident, from opening to closing."""

    # The incident's reference and the number of the case on it: RTK-2026-000123-1.
    ref = models.SlugField(_("reference"), max_length=30, unique=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="cases", verbose_name=_("incident"))
    number = models.PositiveSmallIntegerField(_("number"))
    attribution = models.ForeignKey(
        Attribution, models.PROTECT, related_name="cases", verbose_name=_("attribution it rests on")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="cases", verbose_name=_("unit"))
    tenure = models.ForeignKey(
        CommandTenure, models.PROTECT, null=True, related_name="cases", verbose_name=_("tenure of command")
    )
    head_person = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="cases", verbose_name=_("account of the head")
    )
    head_name_km = models.CharField(_("head's name in Khmer"), max_length=200, blank=True)
    head_name_en = models.CharField(_("head's name in Latin letters"), max_length=200, blank=True)
    head_rank = models.CharField(_("head's rank"), max_length=20, choices=Rank.choices, blank=True)
    head_acting = models.BooleanField(_("acting head"), default=False)

    # What is held against the head, in words he may read; never the text of an exceptional report.
    charge = models.TextField(_("what is held against the head"))
    policy = models.ForeignKey(AccountabilityPolicy, models.PROTECT, related_name="+", verbose_name=_("policy"))
    frozen_policy = models.JSONField(_("policy as it was"))
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by"))
    opened_at = models.DateTimeField(_("opened at"))
    reason = models.TextField(_("reason of opening"), blank=True)

    detected_by = models.CharField(_("detected by"), max_length=12, choices=Detector.choices)
    # Minutes from detection (or the event, when that is not known) to the report.
    reported_after_min = models.PositiveIntegerField(_("reported after, in minutes"), null=True)
    credited = models.BooleanField(_("credited with finding and reporting early"), default=False)

    state = models.CharField(_("state"), max_length=10, choices=CaseState.choices, default=CaseState.OPENED)
    # Deadline of the step that is owed now; None when none is.
    due_at = models.DateTimeField(_("due by"), null=True)
    notified_at = models.DateTimeField(_("head notified at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, blank=True)
    measures = models.TextField(_("measures"), blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects: ClassVar[models.Manager["AccountabilityCase"]] = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("accountability case")
        verbose_name_plural = _("accountability cases")
        default_permissions = ()
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("incident", "number"), name="cases_of_an_incident_are_numbered"),
            models.UniqueConstraint(
                fields=("incident", "unit"),
                name="a_unit_has_one_open_case_per_incident",
                condition=~Q(state="closed"),
            ),
            models.CheckConstraint(condition=~Q(charge=""), name="a_case_says_what_is_held_against_the_head"),
            models.CheckConstraint(
                condition=Q(opened_by__isnull=True) | ~Q(reason=""), name="a_case_opened_by_a_person_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False, due_at__isnull=True) & ~Q(outcome="")
                | ~Q(state="closed") & Q(closed_at__isnull=True),
                name="a_case_is_closed_with_an_outcome",
            ),
        )
        indexes = (
            models.Index(F("unit"), F("opened_at").desc(), F("id").desc(), name="cases_of_unit"),
            models.Index(fields=("head_person",), name="cases_of_head"),
            models.Index(fields=("due_at",), name="cases_with_a_deadline", condition=Q(due_at__isnull=False)),
        )

    @property
    def audit_key(self) -> str:
        """The reference."""
        return self.ref

    @property
    def head_name(self) -> str:
        """The head's frozen name for the reader's language, "" when nobody was on record."""
        return self.head_name_km if self.head_name_km and get_language() == "km" else self.head_name_en

    @property
    def bundle(self) -> str:
        """The outbox bundle of its planned reminders."""
        return f"case:{self.pk}"

    def get_absolute_url(self) -> str:
        """The case's page."""
        return reverse("cases:detail", args=[self.ref])

    def __str__(self) -> str:
        return self.ref


class CaseStep(Audited):
    """One step of a case as it was done; the rows together are the case's record."""

    case = models.ForeignKey(AccountabilityCase, models.PROTECT, related_name="steps", verbose_name=_("case"))
    number = models.PositiveSmallIntegerField(_("number"))
    verb = models.CharField(_("step"), max_length=30)
    before = models.CharField(_("state before"), max_length=10, choices=CaseState.choices, blank=True)
    after = models.CharField(_("state after"), max_length=10, choices=CaseState.choices)
    text = models.TextField(_("text"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, blank=True)
    measures = models.TextField(_("measures"), blank=True)
    # The deadline this step met or missed, and the one it set.
    was_due_at = models.DateTimeField(_("was due by"), null=True)
    next_due_at = models.DateTimeField(_("next step due by"), null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    by_name = models.CharField(_("by (name)"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of a case")
        default_permissions = ()
        ordering = ("case", "number")
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="steps_of_a_case_are_numbered"),)

    def __str__(self) -> str:
        return f"{self.case}/{self.number}"


class Attachment(Audited):
    """A file, or the record of a patrol, given with a contest, a statement or a step of a case. Sealed by its hash."""

    contest = models.ForeignKey(
        Contest, models.PROTECT, null=True, related_name="attachments", verbose_name=_("contest")
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, related_name="attachments", verbose_name=_("statement")
    )
    step = models.ForeignKey(
        CaseStep, models.PROTECT, null=True, related_name="attachments", verbose_name=_("step of a case")
    )
    patrol = models.ForeignKey(Patrol, models.PROTECT, null=True, related_name="+", verbose_name=_("patrol"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    original_name = models.CharField(_("file name"), max_length=200, blank=True)
    content_type = models.CharField(_("kind of file"), max_length=60, blank=True)
    size = models.PositiveIntegerField(_("bytes"), null=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        default_permissions = ()
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(contest__isnull=False, statement__isnull=True, step__isnull=True)
                | Q(contest__isnull=True, statement__isnull=False, step__isnull=True)
                | Q(contest__isnull=True, statement__isnull=True, step__isnull=False),
                name="an_attachment_belongs_to_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(patrol__isnull=False, sha256="") | (Q(patrol__isnull=True) & ~Q(sha256="")),
                name="an_attachment_is_a_file_or_a_patrol",
            ),
        )

    def __str__(self) -> str:
        return self.original_name or str(self.patrol)
