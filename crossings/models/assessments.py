"""Assessing a crossing (duty D3): a visit, what it found, and the published weights it is scored by."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crossings.choices import (
    AssessmentState,
    Attitude,
    Currency,
    GoodsClass,
    Recommendation,
    RoadState,
)
from crossings.models.crossings import Crossing
from crossings.querysets import OfCrossingQuerySet
from units.choices import DemarcationState
from units.models import Audited, Dated, DatedQuerySet, Unit, User


class Weights(Dated, Audited):
    """How much each criterion counts in the score, published and dated; `values` maps criterion to a number ≥ 0."""

    name = models.CharField(_("name"), max_length=200)
    values = models.JSONField(_("weights"))
    reason = models.TextField(_("reason"), blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("published by"))
    published_at = models.DateTimeField(_("published at"))

    objects: ClassVar[models.Manager["Weights"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("weights of the score")
        verbose_name_plural = _("weights of the score")
        default_permissions = ()
        ordering = ("-period",)
        constraints = (
            ExclusionConstraint(
                name="one_set_of_weights_is_in_force_at_a_time",
                expressions=(("period", RangeOperators.OVERLAPS),),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="weights_are_in_force_some_time"),
        )

    def __str__(self) -> str:
        return self.name


class Assessment(Audited):
    """What one visit found about a crossing. Fields are empty until their step of the form is done.

    Figures are of a usual year unless they say otherwise; empty means not known, which is never counted as zero.
    """

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="assessments", verbose_name=_("crossing"))
    client_key = models.UUIDField(_("client key"), unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assessments", verbose_name=_("assessed for"))
    state = models.CharField(_("state"), max_length=10, choices=AssessmentState.choices, default=AssessmentState.DRAFT)
    # Steps of the form whose content has been given, by slug.
    steps_done = ArrayField(models.CharField(max_length=20), verbose_name=_("steps done"), default=list)
    # Counts up with every save, so that two people at the same form notice each other.
    revision = models.PositiveIntegerField(_("revision"), default=0)
    # Who saved each step last, by slug: {"revision", "by" (key), "name", "at", "form" (key of the open form)}.
    saves = models.JSONField(_("last saves"), default=dict)

    # 1 visit
    visited_on = models.DateField(_("visited on"), null=True)
    visitors = models.CharField(_("who visited"), max_length=300, blank=True)
    sources = models.TextField(_("who was asked, and other sources"), blank=True)
    # 2 people
    population = models.PositiveIntegerField(_("people served"), null=True)
    villages = models.TextField(_("villages served"), blank=True)
    village_count = models.PositiveSmallIntegerField(_("number of villages"), null=True)
    households_dependent = models.PositiveIntegerField(_("households that live by it"), null=True)
    # 3 trade
    trade_tonnes = models.DecimalField(_("goods in tonnes a year"), max_digits=12, decimal_places=1, null=True)
    trade_value = models.DecimalField(_("value of trade a year"), max_digits=16, decimal_places=2, null=True)
    trade_currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, blank=True)
    goods = ArrayField(
        models.CharField(max_length=12, choices=GoodsClass.choices), verbose_name=_("goods"), default=list, blank=True
    )
    goods_note = models.TextField(_("about the trade"), blank=True)
    # 4 revenue
    revenue = models.DecimalField(_("revenue of the state a year"), max_digits=16, decimal_places=2, null=True)
    revenue_expected = models.DecimalField(
        _("revenue expected if official"), max_digits=16, decimal_places=2, null=True
    )
    revenue_currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, blank=True)
    revenue_note = models.TextField(_("how it was estimated"), blank=True)
    # 5 way to the nearest official crossing
    nearest_official = models.ForeignKey(
        Crossing, models.PROTECT, null=True, related_name="+", verbose_name=_("nearest official crossing")
    )
    # As the crow flies, by the system; by road, as stated.
    nearest_km = models.FloatField(_("distance in km"), null=True)
    road_km = models.FloatField(_("by road in km"), null=True)
    road_state = models.CharField(_("state of the road"), max_length=10, choices=RoadState.choices, blank=True)
    road_note = models.TextField(_("about the road"), blank=True)
    # 6 security: drawn by the system when the step is done, with what the visitors add
    security = models.JSONField(_("security record"), default=dict)
    security_risk = models.PositiveSmallIntegerField(_("risk as judged, 0 to 4"), null=True)
    security_note = models.TextField(_("about security"), blank=True)
    # 7 the other side and the line
    counterpart = models.CharField(_("counterpart asked"), max_length=300, blank=True)
    attitude = models.CharField(_("counterpart's position"), max_length=10, choices=Attitude.choices, blank=True)
    attitude_note = models.TextField(_("about the counterpart"), blank=True)
    demarcation = models.CharField(
        _("state of demarcation"), max_length=30, choices=DemarcationState.choices, blank=True
    )
    demarcation_note = models.TextField(_("about the line"), blank=True)
    # 8 effects
    effects_of_closing = models.TextField(_("social effects of closing"), blank=True)
    effects_of_opening = models.TextField(_("social effects of opening"), blank=True)
    hardship = models.PositiveSmallIntegerField(_("hardship if closed, 0 to 4"), null=True)
    recommendation = models.CharField(
        _("what the visitors recommend"), max_length=12, choices=Recommendation.choices, blank=True
    )
    recommendation_note = models.TextField(_("why"), blank=True)

    started_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("begun by"))
    started_at = models.DateTimeField(_("begun at"))
    saved_at = models.DateTimeField(_("saved at"))
    completed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("completed by"))
    completed_at = models.DateTimeField(_("completed at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    objects: ClassVar[models.Manager["Assessment"]] = OfCrossingQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        default_permissions = ()
        ordering = ("-started_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state="complete", completed_at__isnull=False, visited_on__isnull=False)
                | ~Q(state="complete"),
                name="a_complete_assessment_says_when",
            ),
            models.CheckConstraint(
                condition=Q(security_risk__isnull=True) | Q(security_risk__lte=4), name="a_risk_is_0_to_4"
            ),
            models.CheckConstraint(
                condition=Q(hardship__isnull=True) | Q(hardship__lte=4), name="a_hardship_is_0_to_4"
            ),
        )

    def get_absolute_url(self) -> str:
        """The assessment's page."""
        return reverse("assessments:detail", args=[self.pk])

    def __str__(self) -> str:
        return f"{self.crossing} {self.visited_on or self.started_at:%Y-%m-%d}"
