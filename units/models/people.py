"""People: accounts, and the dated postings that give them a role at a unit."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, Group
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from units.choices import Rank, Role
from units.models.base import Audited, Dated, DatedQuerySet
from units.models.command import Unit


class User(AbstractUser, Audited):
    """An account. What it may do comes from postings alone; is_superuser opens nothing but the admin."""

    name_km = models.CharField(_("name in Khmer"), max_length=200, blank=True)
    name_en = models.CharField(_("name in Latin letters"), max_length=200, blank=True)
    rank = models.CharField(_("rank"), max_length=20, choices=Rank.choices, default=Rank.CIVILIAN)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=5, default="km", choices=(("km", "ខ្មែរ"), ("en", "English")))

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        default_permissions = ()

    def get_full_name(self) -> str:
        """The name for the reader's language, else the account's name."""
        khmer = self.name_km if get_language() == "km" else ""
        return khmer or self.name_en or self.name_km or self.username

    @property
    def record_name(self) -> str:
        """The name as frozen into records: Khmer and Latin, whatever language the reader will have."""
        latin = self.name_en or self.username
        return f"{self.name_km} · {latin}" if self.name_km else latin

    @property
    def audit_key(self) -> str:
        """The account's name."""
        return self.username

    def __str__(self) -> str:
        return self.get_full_name()


class UnitRole(models.Model):
    """The group that holds a role's grants at a unit and everything under it."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="roles", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    group = models.OneToOneField(Group, models.PROTECT, related_name="unit_role", verbose_name=_("group"))

    class Meta:
        verbose_name = _("role at a unit")
        verbose_name_plural = _("roles at units")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("unit", "role"), name="one_group_per_unit_and_role"),)

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.unit}"


class Posting(Dated, Audited):
    """A person holds a role at a unit for a time. Once it has ended it gives nothing, whatever runs or not."""

    user = models.ForeignKey(User, models.PROTECT, related_name="postings", verbose_name=_("person"))
    unit_role = models.ForeignKey(UnitRole, models.PROTECT, related_name="postings", verbose_name=_("role at a unit"))
    reason = models.CharField(_("order or reason"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Posting"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        default_permissions = ()
        ordering = ("user", "-period")
        constraints = (
            ExclusionConstraint(
                name="a_person_holds_a_role_once_at_a_time",
                expressions=(
                    ("user", RangeOperators.EQUAL),
                    ("unit_role", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_posting_lasts_some_time"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.unit_role}"
