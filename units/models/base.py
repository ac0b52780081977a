"""What several registers share: two names, a period of validity, a stable identity for the audit."""

from datetime import datetime
from typing import Any, Self, TypeVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """A Khmer and a Latin name; `name` is the one for the reader's language."""

    name_km = models.CharField(_("Khmer name"), max_length=200, blank=True, db_collation="km-x-icu")
    name_en = models.CharField(_("Latin name"), max_length=200)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        """The Khmer name for Khmer readers when there is one, else the Latin one."""
        return self.name_km if self.name_km and get_language() == "km" else self.name_en

    def __str__(self) -> str:
        return self.name


class Audited(models.Model):
    """A row the audit can point at: kind and key stay the same for ever."""

    class Meta:
        abstract = True

    @property
    def audit_kind(self) -> str:
        """The model's name in small letters."""
        return self._meta.model_name or ""

    @property
    def audit_key(self) -> str:
        """The primary key as text; models with a public reference give that."""
        return str(self.pk)


T = TypeVar("T", bound=models.Model, covariant=True)


class DatedQuerySet(models.QuerySet[T]):
    """Rows with a `period`."""

    def at(self, moment: datetime) -> Self:
        """In force at that moment: from and including its start, up to and without its end."""
        return self.filter(period__contains=moment)


class Dated(models.Model):
    """In force from and including the lower end, up to and without the upper end (open: still in force)."""

    period = DateTimeRangeField(_("period"), default_bounds="[)")

    class Meta:
        abstract = True

    @property
    def since(self) -> datetime | None:
        """Start of the period."""
        return self._bound(0)

    @property
    def until(self) -> datetime | None:
        """End of the period, None while it lasts."""
        return self._bound(1)

    def holds_at(self, moment: datetime) -> bool:
        """Whether the row is in force at that moment."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

    def _bound(self, which: int) -> datetime | None:
        """A period is a pair when a verb has just set it, and a range when it was read from the database."""
        period: Any = self.period
        bounds = period if isinstance(period, tuple) else (period.lower, period.upper)
        return bounds[which] if isinstance(bounds[which], datetime) else None
