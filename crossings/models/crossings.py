"""The register of crossings: the gate itself, what it is held to be, and its dated status.

Category and status are never columns of the gate: both are dated, and "now" is only one of the days asked for.
"""

from typing import TYPE_CHECKING, ClassVar

from django.contrib.gis.db import models as gis
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crossings.choices import (
    CATEGORY_WORDS,
    Agency,
    CrossingMode,
    Flow,
    GateSide,
    GateStatus,
    TravelDocument,
)
from crossings.querysets import CrossingQuerySet
from units.choices import Neighbour
from units.models import (
    Audited,
    BorderMarker,
    Commune,
    Dated,
    DatedQuerySet,
    District,
    Named,
    Unit,
    User,
)


class Crossing(Named, Audited):
    """A gate, corridor or port on the border. The point is approximate; `precision_km` is always shown with it.

    The perimeter is the ground inside which nobody may set up a checkpoint of his own (duty D5).
    """

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    name_neighbour = models.CharField(_("name on the neighbour's side"), max_length=200, blank=True)
    mode = models.CharField(_("mode"), max_length=10, choices=CrossingMode.choices)
    district = models.ForeignKey(District, models.PROTECT, related_name="crossings", verbose_name=_("district"))
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="crossings", verbose_name=_("commune")
    )
    neighbour = models.CharField(_("neighbour"), max_length=2, choices=Neighbour.choices)
    neighbour_place = models.CharField(_("place on the neighbour's side"), max_length=200, blank=True)
    neighbour_admin1 = models.CharField(_("province on the neighbour's side"), max_length=100, blank=True)
    point = gis.PointField(_("position"))
    precision_km = models.FloatField(_("precision in km"))
    precision_note = models.CharField(_("about the position"), max_length=300, blank=True)
    perimeter = gis.MultiPolygonField(_("perimeter"), null=True, blank=True)
    perimeter_source = models.CharField(_("source of the perimeter"), max_length=300, blank=True)
    nearest_marker = models.ForeignKey(
        BorderMarker, models.PROTECT, null=True, blank=True, related_name="crossings", verbose_name=_("nearest marker")
    )
    # Usual hours, Phnom Penh time; both empty: not stated.
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)
    flows = ArrayField(
        models.CharField(max_length=10, choices=Flow.choices), verbose_name=_("flows accepted"), default=list
    )
    documents = ArrayField(
        models.CharField(max_length=20, choices=TravelDocument.choices),
        verbose_name=_("documents accepted"),
        default=list,
        blank=True,
    )
    agencies = ArrayField(
        models.CharField(max_length=20, choices=Agency.choices),
        verbose_name=_("agencies present"),
        default=list,
        blank=True,
    )
    # Agreements, sub-decrees, letters: one a line.
    legal_references = ArrayField(
        models.CharField(max_length=300), verbose_name=_("legal references"), default=list, blank=True
    )
    capacity = models.CharField(_("capacity"), max_length=200, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    responsible_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="crossings", verbose_name=_("responsible unit")
    )
    # When it first came to notice; for gates that were always there: not stated.
    first_seen_on = models.DateField(_("first seen on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    illustrative = models.BooleanField(_("made up for the demo"), default=False)

    if TYPE_CHECKING:
        # What `with_state` adds, as of the moment it was asked for; None where nothing is on record.
        category: str | None
        category_neighbour: str | None
        status: str | None
        status_neighbour: str | None

    objects: ClassVar[models.Manager["Crossing"]] = CrossingQuerySet.as_manager()

    class Meta:
        verbose_name = _("crossing")
        verbose_name_plural = _("crossings")
        ordering = ("slug",)
        default_permissions = ("change",)
        constraints = (
            models.CheckConstraint(
                condition=Q(perimeter__isnull=True) | Q(perimeter__isvalid=True), name="a_perimeter_is_a_valid_shape"
            ),
            models.CheckConstraint(condition=Q(precision_km__gte=0), name="a_precision_is_not_negative"),
            models.CheckConstraint(condition=~Q(flows=[]), name="something_passes_a_crossing"),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(opens_at__isnull=False, closes_at__isnull=False),
                name="opening_hours_have_two_ends",
            ),
        )

    @property
    def audit_key(self) -> str:
        """The crossing's code."""
        return self.slug

    @property
    def lat_lon(self) -> str:
        """Latitude and longitude as a person copies them; never localised."""
        return f"{self.point.y:.4f}, {self.point.x:.4f}"

    @property
    def precision_m(self) -> float:
        """The stated precision in metres."""
        return self.precision_km * 1000

    @property
    def category_label(self) -> str:
        """The category in words; "" when none is on record. Only after `with_state`."""
        return str(CATEGORY_WORDS[self.category]) if self.category else ""

    @property
    def category_neighbour_label(self) -> str:
        """The neighbour's category in words; "" when none is on record. Only after `with_state`."""
        return str(CATEGORY_WORDS[self.category_neighbour]) if self.category_neighbour else ""

    @property
    def status_label(self) -> str:
        """The status in words; "" when none is on record. Only after `with_state`."""
        return str(GateStatus(self.status).label) if self.status else ""

    @property
    def status_neighbour_label(self) -> str:
        """The status of the neighbour's side in words; "" when none is on record. Only after `with_state`."""
        return str(GateStatus(self.status_neighbour).label) if self.status_neighbour else ""

    def get_absolute_url(self) -> str:
        """The crossing's page, where everything about it meets."""
        return reverse("crossings:detail", args=[self.slug])


class Classification(Dated, Audited):
    """What a crossing is held to be from a day on, by which reference; each side has its own terms."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="classifications", verbose_name=_("crossing"))
    side = models.CharField(_("side"), max_length=10, choices=GateSide.choices)
    # A CrossingCategory for Cambodia's side, a NeighbourCategory for the other.
    category = models.CharField(_("category"), max_length=20, choices=tuple(CATEGORY_WORDS.items()))
    legal_reference = models.CharField(_("legal reference"), max_length=300, blank=True)
    proposal = models.ForeignKey(
        "crossings.Proposal", models.PROTECT, null=True, related_name="classifications", verbose_name=_("proposal")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by"))
    set_at = models.DateTimeField(_("entered at"))

    objects: ClassVar[models.Manager["Classification"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("category of a crossing")
        verbose_name_plural = _("categories of crossings")
        default_permissions = ()
        ordering = ("crossing", "side", "-period")
        constraints = (
            ExclusionConstraint(
                name="a_crossing_has_one_category_a_side_at_a_time",
                expressions=(
                    ("crossing", RangeOperators.EQUAL),
                    ("side", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_category_lasts_some_time"),
        )

    def __str__(self) -> str:
        return f"{self.crossing}: {self.get_category_display()}"


class CrossingStatus(Dated, Audited):
    """The status of one flow on one side of a crossing from a moment to a moment, by which order."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="statuses", verbose_name=_("crossing"))
    side = models.CharField(_("side"), max_length=10, choices=GateSide.choices)
    flow = models.CharField(_("flow"), max_length=10, choices=Flow.choices)
    status = models.CharField(_("status"), max_length=20, choices=GateStatus.choices)
    # Hours while it is restricted, Phnom Penh time; both empty: the crossing's usual ones.
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)
    order = models.ForeignKey(
        "crossings.ClosureOrder", models.PROTECT, null=True, related_name="statuses", verbose_name=_("closure order")
    )
    legal_reference = models.CharField(_("order or reference"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by"))
    set_at = models.DateTimeField(_("entered at"))

    objects: ClassVar[models.Manager["CrossingStatus"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("status of a crossing")
        verbose_name_plural = _("statuses of crossings")
        default_permissions = ()
        ordering = ("crossing", "side", "flow", "-period")
        constraints = (
            ExclusionConstraint(
                name="a_flow_has_one_status_a_side_at_a_time",
                expressions=(
                    ("crossing", RangeOperators.EQUAL),
                    ("side", RangeOperators.EQUAL),
                    ("flow", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_status_lasts_some_time"),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(opens_at__isnull=False, closes_at__isnull=False),
                name="hours_of_a_status_have_two_ends",
            ),
        )

    def __str__(self) -> str:
        return f"{self.crossing}: {self.get_flow_display()} {self.get_status_display()}"
