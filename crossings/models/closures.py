"""Closing illegal crossings (duty D1): the order, the visits that prove it, and signs that it is used again."""

from typing import ClassVar

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crossings.choices import (
    CLOSURE_OVER,
    ClosureMeasure,
    ClosureState,
    Flow,
    SignState,
    VisitFinding,
    VisitKind,
)
from crossings.models.crossings import Crossing
from crossings.querysets import OfCrossingQuerySet
from units.models import Audited, Unit, User


class ClosureOrder(Audited):
    """The order to close a crossing: who ordered it, what is closed and how, who does it, by when."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="closure_orders", verbose_name=_("crossing"))
    # The letter's own number, as its office gave it; a draft may have none yet.
    number = models.CharField(_("number"), max_length=80, blank=True)
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="closures_ordered", verbose_name=_("issued by"))
    scope = ArrayField(models.CharField(max_length=10, choices=Flow.choices), verbose_name=_("what is closed"))
    measures = ArrayField(models.CharField(max_length=10, choices=ClosureMeasure.choices), verbose_name=_("measures"))
    responsible_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="closures_owed", verbose_name=_("responsible unit")
    )
    due_on = models.DateField(_("due on"))
    text = models.TextField(_("what is ordered"), blank=True)
    state = models.CharField(_("state"), max_length=15, choices=ClosureState.choices, default=ClosureState.DRAFTED)
    # How often it was found open again after it had been verified.
    times_reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    scan_sha256 = models.CharField(_("scan"), max_length=64, blank=True)
    scan_name = models.CharField(_("file name"), max_length=200, blank=True)
    scan_type = models.CharField(_("kind of file"), max_length=60, blank=True)
    scan_size = models.PositiveIntegerField(_("bytes"), null=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted at"))
    issued_at = models.DateTimeField(_("issued at"), null=True)
    carried_out_at = models.DateTimeField(_("carried out at"), null=True)
    verified_at = models.DateTimeField(_("verified at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    objects: ClassVar[models.Manager["ClosureOrder"]] = OfCrossingQuerySet.as_manager()

    class Meta:
        verbose_name = _("closure order")
        verbose_name_plural = _("closure orders")
        default_permissions = ()
        ordering = ("-drafted_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("crossing",),
                condition=~Q(state__in=sorted(CLOSURE_OVER)),
                name="a_crossing_has_one_open_closure_order",
            ),
            # A draft that was withdrawn never went out: its number may be given again.
            models.UniqueConstraint(
                fields=("issuer", "number"),
                condition=~Q(number="") & ~Q(state="withdrawn"),
                name="an_order_number_is_given_once_by_its_office",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("drafted", "withdrawn")) | ~Q(number=""), name="an_order_goes_out_with_a_number"
            ),
            models.CheckConstraint(condition=~Q(scope=[]), name="a_closure_closes_something"),
            models.CheckConstraint(condition=~Q(measures=[]), name="a_closure_says_how"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(CLOSURE_OVER), ended_at__isnull=False)
                | (~Q(state__in=sorted(CLOSURE_OVER)) & Q(ended_at__isnull=True)),
                name="a_closure_has_ended_exactly_when_it_is_over",
            ),
        )
        indexes = (models.Index(fields=("state", "due_on"), name="closures_by_due_day"),)

    def get_absolute_url(self) -> str:
        """The order's page."""
        return reverse("closures:detail", args=[self.pk])

    @property
    def bundle(self) -> str:
        """The outbox bundle of its planned reminders."""
        return f"closure:{self.pk}"

    def __str__(self) -> str:
        return f"{self.number} · {self.crossing}" if self.number else str(self.crossing)


class ClosureVisit(Audited):
    """A person stood at the crossing and says, with a photo and a position, what he found. Never changed."""

    order = models.ForeignKey(ClosureOrder, models.PROTECT, related_name="visits", verbose_name=_("closure order"))
    client_key = models.UUIDField(_("client key"), unique=True)
    kind = models.CharField(_("kind of visit"), max_length=15, choices=VisitKind.choices)
    finding = models.CharField(_("found"), max_length=10, choices=VisitFinding.choices)
    at = models.DateTimeField(_("visited at"))
    point = gis.PointField(_("place"))
    accuracy_m = models.PositiveIntegerField(_("accuracy in metres"))
    # Metres between where the visitor stood and the crossing's point, as they were then.
    distance_m = models.FloatField(_("distance from the crossing in metres"))
    measures = ArrayField(
        models.CharField(max_length=10, choices=ClosureMeasure.choices),
        verbose_name=_("measures found in place"),
        default=list,
        blank=True,
    )
    text = models.TextField(_("what was found"), blank=True)
    photo_sha256 = models.CharField(_("photo"), max_length=64)
    photo_name = models.CharField(_("file name"), max_length=200)
    photo_type = models.CharField(_("kind of file"), max_length=40)
    photo_size = models.PositiveIntegerField(_("bytes"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("visit to a closed crossing")
        verbose_name_plural = _("visits to closed crossings")
        default_permissions = ()
        ordering = ("order", "added_at", "id")
        constraints = (models.CheckConstraint(condition=~Q(photo_sha256=""), name="a_visit_brings_a_photo"),)

    def __str__(self) -> str:
        return f"{self.order}: {self.get_kind_display()}"


class ReopeningSign(Audited):
    """A sign that a verified closed crossing is used again: an incident or traffic near it. A person confirms.

    The cause is named by kind and key, since it belongs to an app to the right of this one or to a count.
    """

    order = models.ForeignKey(ClosureOrder, models.PROTECT, related_name="signs", verbose_name=_("closure order"))
    cause_kind = models.CharField(_("kind of cause"), max_length=40)
    cause_key = models.CharField(_("key of the cause"), max_length=80)
    distance_m = models.FloatField(_("distance from the crossing in metres"), null=True)
    seen_at = models.DateTimeField(_("happened at"))
    found_at = models.DateTimeField(_("found at"))
    state = models.CharField(_("state"), max_length=12, choices=SignState.choices, default=SignState.TO_CONFIRM)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("sign of reopening")
        verbose_name_plural = _("signs of reopening")
        default_permissions = ()
        ordering = ("-found_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("order", "cause_kind", "cause_key"), name="a_cause_is_a_sign_once_per_order"
            ),
            models.CheckConstraint(
                condition=Q(state="to_confirm", decided_at__isnull=True)
                | (~Q(state="to_confirm") & Q(decided_at__isnull=False)),
                name="a_sign_is_decided_with_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.order}: {self.cause_kind} {self.cause_key}"
