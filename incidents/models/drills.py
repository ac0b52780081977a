"""Drills: marked exercises that run the whole chain with real people and count in no figure."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import DrillState
from incidents.querysets_answers import DrillQuerySet
from units.models import Audited, Province, Unit, User


class Drill(Audited):
    """One exercise: who leads it, when, why. Incidents filed in it bear it for ever."""

    name_km = models.CharField(_("Khmer name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    purpose = models.TextField(_("what is practised"))
    led_by = models.ForeignKey(Unit, models.PROTECT, related_name="drills", verbose_name=_("led by"))
    # Where it is played; nobody elsewhere can file into it.
    units = models.ManyToManyField(Unit, related_name="drills_played", verbose_name=_("units that take part"))
    state = models.CharField(_("state"), max_length=10, choices=DrillState.choices, default=DrillState.PLANNED)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends at the latest"))
    announced_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("announced by"))
    announced_at = models.DateTimeField(_("announced at"))
    began_at = models.DateTimeField(_("began at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("ended by"))
    # The response report as it stood at the end: who acknowledged when. Frozen.
    report = models.JSONField(_("response report"), null=True)
    # Why it was called off, or ended before its time.
    end_reason = models.CharField(_("why it was ended"), max_length=300, blank=True)
    lessons = models.TextField(_("what was learnt"), blank=True)

    objects: ClassVar[models.Manager["Drill"]] = DrillQuerySet.as_manager()

    class Meta:
        verbose_name = _("drill")
        verbose_name_plural = _("drills")
        default_permissions = ()
        ordering = ("-starts_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("ended", "called_off"), ended_at__isnull=False)
                | (~Q(state__in=("ended", "called_off")) & Q(ended_at__isnull=True)),
                name="a_drill_has_ended_exactly_when_it_says_so",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_drill_ends_after_it_starts"),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(report__isnull=False), name="an_ended_drill_has_its_report"
            ),
        )

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_km if get_language() == "km" else self.name_en

    def get_absolute_url(self) -> str:
        """The drill's page."""
        return reverse("drills:detail", args=[self.pk])

    @property
    def audit_key(self) -> str:
        """Its number."""
        return str(self.pk)

    def __str__(self) -> str:
        return self.name


class DrillCounter(models.Model):
    """The last serial of drills in a province and year: the numbers of what really happened stay without gaps."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name=_("province"))
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last serial"), default=0)

    class Meta:
        verbose_name = _("reference counter of drills")
        verbose_name_plural = _("reference counters of drills")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("province", "year"), name="one_drill_counter_per_province_and_year"),
        )

    def __str__(self) -> str:
        return f"{self.province.letters}-EX-{self.year}: {self.last}"
