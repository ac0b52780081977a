"""Traffic (duty D4): who and what passed, with the hours watched, so that a gap is never a zero.

A sheet is one day, one direction, one crossing; its lines are the counts by class. A correction is a new sheet. The
sheet carries the sums of its lines, so that a year by day or a nation by month reads sheets alone.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crossings.choices import (
    CountKind,
    CountMethod,
    Currency,
    Direction,
    ImportState,
    NationalityGroup,
    OutlierReason,
    OutlierState,
    TravelDocument,
)
from crossings.models.crossings import Crossing
from crossings.querysets import OfCrossingQuerySet, TrafficImportQuerySet
from units.models import Audited, Unit, User


class TrafficImport(Audited):
    """A file of counts: read in a dry run first, entered when a person has seen what it would change."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("for the unit"))
    # The crossing of a file whose rows name none.
    crossing = models.ForeignKey(Crossing, models.PROTECT, null=True, related_name="+", verbose_name=_("crossing"))
    file_name = models.CharField(_("file name"), max_length=200)
    file_sha256 = models.CharField(_("SHA-256"), max_length=64)
    file_size = models.PositiveIntegerField(_("bytes"))
    state = models.CharField(_("state"), max_length=12, choices=ImportState.choices, default=ImportState.READING)
    # Counts of the dry run and of the entering: rows, days, new, same, corrections, left_out.
    counts = models.JSONField(_("counts"), default=dict)
    # [{"row": 7, "column": "count", "code": …, "params": {…}}], at most so many as a person can read.
    errors = models.JSONField(_("errors"), default=list)
    reason = models.TextField(_("reason"), blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    applied_at = models.DateTimeField(_("entered at"), null=True)

    objects: ClassVar[models.Manager["TrafficImport"]] = TrafficImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of traffic")
        verbose_name_plural = _("imports of traffic")
        default_permissions = ()
        ordering = ("-uploaded_at", "-id")

    def __str__(self) -> str:
        return self.file_name


class TrafficSheet(Audited):
    """One direction of one crossing on one day, as somebody watched it for so long. Never changed, only replaced."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="sheets", verbose_name=_("crossing"))
    # A day of Phnom Penh time.
    day = models.DateField(_("day"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    # The newest version counts; older ones stay readable.
    current = models.BooleanField(_("in force"), default=True)
    fingerprint = models.CharField(_("fingerprint of the content"), max_length=64)
    observed_minutes = models.PositiveSmallIntegerField(_("minutes watched"))
    method = models.CharField(_("method"), max_length=10, choices=CountMethod.choices)
    observer = models.CharField(_("observer"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    # The person says that it was counted although the register held the crossing closed on that day.
    although_closed = models.BooleanField(_("counted although closed"), default=False)
    reason = models.TextField(_("reason of the correction"), blank=True)
    # Sums of the lines; empty where nothing of the kind was counted, which is not zero.
    passengers = models.PositiveIntegerField(_("passengers"), null=True)
    vehicles = models.PositiveIntegerField(_("vehicles"), null=True)
    tonnes = models.DecimalField(_("tonnes of goods"), max_digits=14, decimal_places=3, null=True)
    refused = models.PositiveIntegerField(_("refused entries"), null=True)
    searches = models.PositiveIntegerField(_("searches"), null=True)
    source = models.CharField(_("entered through"), max_length=10, default="page")
    imported = models.ForeignKey(
        TrafficImport, models.PROTECT, null=True, related_name="sheets", verbose_name=_("import")
    )
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    entered_at = models.DateTimeField(_("entered at"))

    objects: ClassVar[models.Manager["TrafficSheet"]] = OfCrossingQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of traffic")
        verbose_name_plural = _("days of traffic")
        default_permissions = ()
        ordering = ("crossing", "day", "direction", "-version")
        constraints = (
            models.UniqueConstraint(
                fields=("crossing", "day", "direction", "version"), name="versions_of_a_day_are_numbered"
            ),
            models.UniqueConstraint(
                fields=("crossing", "day", "direction"),
                condition=Q(current=True),
                name="a_day_of_a_direction_has_one_count_in_force",
                include=(
                    "observed_minutes",
                    "passengers",
                    "vehicles",
                    "tonnes",
                    "refused",
                    "searches",
                ),
            ),
            models.CheckConstraint(
                condition=Q(observed_minutes__gte=1, observed_minutes__lte=1440), name="a_day_is_watched_up_to_24_hours"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="versions_of_a_day_start_at_one"),
        )
        indexes = (
            models.Index(
                fields=("day", "crossing"),
                condition=Q(current=True),
                include=("observed_minutes", "direction", "passengers", "vehicles", "tonnes", "refused", "searches"),
                name="traffic_by_day",
            ),
            models.Index(fields=("-entered_at", "-id"), name="traffic_newest_first"),
        )

    def __str__(self) -> str:
        return f"{self.crossing} {self.day:%Y-%m-%d} {self.direction}"


class TrafficLine(models.Model):
    """A count of one class on a sheet. Goods carry tonnes and value; everything else a number."""

    sheet = models.ForeignKey(TrafficSheet, models.PROTECT, related_name="lines", verbose_name=_("day of traffic"))
    kind = models.CharField(_("kind"), max_length=10, choices=CountKind.choices)
    # A VehicleClass or GoodsClass; "" for persons, refusals and searches.
    class_of = models.CharField(_("class"), max_length=12, blank=True)
    nationality = models.CharField(_("nationality"), max_length=10, choices=NationalityGroup.choices, blank=True)
    document = models.CharField(_("document"), max_length=20, choices=TravelDocument.choices, blank=True)
    number = models.PositiveIntegerField(_("number"), null=True)
    tonnes = models.DecimalField(_("tonnes"), max_digits=12, decimal_places=3, null=True)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=2, null=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, blank=True)

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        default_permissions = ()
        ordering = ("sheet", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("sheet", "kind", "class_of", "nationality", "document", "currency"),
                name="a_class_is_counted_once_on_a_sheet",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=False) | Q(tonnes__isnull=False) | Q(value__isnull=False),
                name="a_count_counts_something",
            ),
            models.CheckConstraint(
                condition=(Q(value__isnull=True) & Q(currency="")) | (Q(value__isnull=False) & ~Q(currency="")),
                name="a_value_has_a_currency",
            ),
            models.CheckConstraint(
                condition=(Q(tonnes__isnull=True) | Q(tonnes__gte=0)) & (Q(value__isnull=True) | Q(value__gte=0)),
                name="nothing_counted_is_negative",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.class_of}".strip()


class TrafficOutlier(Audited):
    """A day that is unlike the crossing's own usual days, with the reason in figures; a person says what it was."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="outliers", verbose_name=_("crossing"))
    day = models.DateField(_("day"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    # A measure of the sheet: passengers, vehicles, tonnes, refused, searches; "" for silence.
    measure = models.CharField(_("measure"), max_length=10, blank=True)
    why = models.CharField(_("why"), max_length=10, choices=OutlierReason.choices)
    # The sheet it was found on; none for silence.
    sheet = models.ForeignKey(TrafficSheet, models.PROTECT, null=True, related_name="outliers", verbose_name=_("day"))
    # {"value": …, "median": …, "mad": …, "days": …, "weekday": …, "months": […]}
    basis = models.JSONField(_("basis"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=OutlierState.choices, default=OutlierState.OPEN)
    found_at = models.DateTimeField(_("found at"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    objects: ClassVar[models.Manager["TrafficOutlier"]] = OfCrossingQuerySet.as_manager()

    class Meta:
        verbose_name = _("unusual day")
        verbose_name_plural = _("unusual days")
        default_permissions = ()
        ordering = ("-day", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("crossing", "day", "direction", "measure", "sheet"),
                nulls_distinct=False,
                name="a_day_is_unusual_once_per_measure_and_count",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="an_unusual_day_is_judged_with_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.crossing} {self.day:%Y-%m-%d} {self.why}"
