"""When an office works, who stands in for whom, and how a person wants to be reached."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from units.choices import DayKind, Role
from units.models.base import Audited, Dated, DatedQuerySet
from units.models.command import Unit
from units.models.people import User


class WorkingHours(Dated, Audited):
    """The working week of an office for a time; the row without an office holds for all that have none of their own.

    Times are those of Phnom Penh. Deadlines counted in working hours are computed from these rows (units/calendar.py).
    """

    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="working_hours", verbose_name=_("office"))
    # ISO numbers: Monday is 1, Sunday 7.
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("working days"))
    # Pairs of "07:30" and "11:30", in order, not touching.
    spans = models.JSONField(_("hours"))
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["WorkingHours"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        default_permissions = ()
        ordering = ("unit", "-period")
        constraints = (
            ExclusionConstraint(
                name="an_office_has_one_working_week_at_a_time",
                # The rows without an office are of one office in this sense: nulls alone would never clash.
                expressions=(
                    (Coalesce("unit", 0, output_field=models.BigIntegerField()), RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ),
            ),
            models.CheckConstraint(
                condition=Q(weekdays__len__gt=0) & ~Q(spans=[]), name="a_working_week_has_days_and_hours"
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="working_hours_hold_for_some_time"),
        )

    def __str__(self) -> str:
        return f"{self.unit or '-'}: {self.weekdays} {self.spans}"


class SpecialDay(Audited):
    """A day on which the rule of the week does not hold: a holiday, or a working day in its place."""

    day = models.DateField(_("day"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="special_days", verbose_name=_("office")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=DayKind.choices, default=DayKind.HOLIDAY)
    name_km = models.CharField(_("Khmer name"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200)
    source = models.CharField(_("source"), max_length=300, blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    # A day taken back stays on record, so that nothing loads it again; it counts for nothing.
    removed_at = models.DateTimeField(_("taken back at"), null=True)

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        default_permissions = ()
        ordering = ("day", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("day", "unit"),
                nulls_distinct=False,
                condition=Q(removed_at__isnull=True),
                name="an_office_has_one_rule_for_a_special_day",
            ),
        )

    @property
    def name(self) -> str:
        """The day's name in the reader's language."""
        return self.name_km if self.name_km and get_language() == "km" else self.name_en

    def __str__(self) -> str:
        return f"{self.day}: {self.name_en}"


class DelegationQuerySet(DatedQuerySet["Delegation"]):
    def visible_to(self, user: Any) -> "DelegationQuerySet":
        """A person's own, on either side, and those of the units whose register he keeps."""
        from units import policy

        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        kept = policy.unit_ids(user, policy.REGISTER)
        return self.filter(Q(person=user.pk) | Q(stand_in=user.pk) | Q(unit__in=kept))


class Delegation(Dated, Audited):
    """While a person is away another is told and acts for him; looked at when a notice leaves, not when planned."""

    person = models.ForeignKey(User, models.PROTECT, related_name="delegations", verbose_name=_("person"))
    stand_in = models.ForeignKey(User, models.PROTECT, related_name="stands_in", verbose_name=_("stand-in"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="delegations", verbose_name=_("office"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    reason = models.CharField(_("order or reason"), max_length=300)
    # The posting the stand-in was given for the time, when he had none there.
    posting = models.ForeignKey(
        "units.Posting", models.PROTECT, null=True, related_name="+", verbose_name=_("posting of the stand-in")
    )
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by"))
    granted_at = models.DateTimeField(_("entered at"))

    objects: ClassVar[models.Manager["Delegation"]] = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        default_permissions = ()
        ordering = ("person", "-period")
        constraints = (
            ExclusionConstraint(
                name="a_person_has_one_stand_in_at_a_time",
                expressions=(
                    ("person", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ),
            ),
            models.CheckConstraint(condition=~Q(person=F("stand_in")), name="nobody_stands_in_for_himself"),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_delegation_lasts_some_time"),
        )

    def __str__(self) -> str:
        return f"{self.person} → {self.stand_in}"


class Reach(Audited):
    """How a person wants to be reached beside the application. Quiet hours hold back nothing that is immediate."""

    user = models.OneToOneField(User, models.PROTECT, related_name="reach", verbose_name=_("person"))
    mail_immediate = models.BooleanField(_("immediate notices by e-mail"), default=True)
    digest = models.BooleanField(_("a digest of the rest by e-mail"), default=True)
    digest_at = models.TimeField(_("digest at"), default="07:00")
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    # Name of a destination in the server's settings, set by an administrator; never an address a person typed.
    destination = models.CharField(_("message destination"), max_length=60, blank=True)
    last_digest_at = models.DateTimeField(_("last digest at"), null=True)

    class Meta:
        verbose_name = _("reach of a person")
        verbose_name_plural = _("reach of persons")
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_a_start_and_an_end",
            ),
        )

    def __str__(self) -> str:
        return str(self.user)
