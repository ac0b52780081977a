"""The flight recorder: what an independent auditor finds when it compares what should have been told with what was."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import FindingKind, LateCause
from incidents.models.incidents import Incident
from incidents.querysets_answers import FindingQuerySet
from units.models import Audited, Unit, User


class RecorderRun(models.Model):
    """One round of the auditor: how far it looked and what it saw. The newest one's cursor starts the next round."""

    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    whole = models.BooleanField(_("looked at everything"), default=False)
    # Incidents up to this key had been looked at when it ended; those still open are looked at again.
    cursor = models.BigIntegerField(_("up to incident"), default=0)
    incidents = models.PositiveIntegerField(_("incidents looked at"), default=0)
    expected = models.PositiveIntegerField(_("notices expected"), default=0)
    found = models.PositiveIntegerField(_("new findings"), default=0)

    class Meta:
        verbose_name = _("round of the flight recorder")
        verbose_name_plural = _("rounds of the flight recorder")
        default_permissions = ()
        ordering = ("-started_at", "-id")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {self.found}"


class Finding(Audited):
    """Somebody who should have been told was not, or not in time. Raised once, alarmed by another route, settled."""

    kind = models.CharField(_("kind"), max_length=20, choices=FindingKind.choices)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="findings", verbose_name=_("incident"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="findings", verbose_name=_("who was to be told")
    )
    # What was expected, by a stable key ("duty:moi:step:2"), and what was found instead.
    expected = models.CharField(_("expected"), max_length=120)
    expected_at = models.DateTimeField(_("expected at"))
    detail = models.JSONField(_("detail"), default=dict)
    found_at = models.DateTimeField(_("found at"))
    alarmed_at = models.DateTimeField(_("alarm raised at"), null=True)
    # It was told after all, or a person has dealt with it.
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by"))
    settled_reason = models.CharField(_("how it was settled"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Finding"]] = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding of the flight recorder")
        verbose_name_plural = _("findings of the flight recorder")
        default_permissions = ()
        ordering = ("-found_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("incident", "kind", "expected"), name="a_finding_is_raised_once"),
        )
        indexes = (models.Index(fields=("-found_at",), name="findings_open", condition=Q(settled_at__isnull=True)),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.expected}"


class Outage(models.Model):
    """A time in which a part of the machinery did not answer, as the flight recorder saw it. Explains what was late."""

    part = models.CharField(_("part"), max_length=10, choices=LateCause.choices)
    began_at = models.DateTimeField(_("began at"))
    # Empty while it lasts.
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        default_permissions = ()
        ordering = ("-began_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("part",), condition=Q(ended_at__isnull=True), name="a_part_is_out_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="an_outage_ends_after_it_began",
            ),
        )

    def __str__(self) -> str:
        return f"{self.part} {self.began_at:%Y-%m-%d %H:%M}"
