"""Patrols: what was planned, who went, where their track led, what they saw, and which ground has been seen since.

Source: directive duty D11, regular patrols in agreed and unresolved areas alike.
"""

from typing import Any, ClassVar

from django.contrib.gis.db import models as gis
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from units.choices import Joint, MarkerFinding, PatrolState, TrackSource
from units.models.base import Audited, Dated, DatedQuerySet
from units.models.command import Sector, Unit
from units.models.people import User
from units.models.territory import BorderMarker, UnresolvedArea

# Lengths, areas and distances of coverage are planar metres in UTM zone 48 north.
METRIC = 32648


class PatrolTarget(Dated, Audited):
    """How often a sector's border line or an unresolved area must have been seen, and by which unit."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="patrol_targets", verbose_name=_("unit"))
    sector_code = models.CharField(_("sector"), max_length=40, blank=True)
    area_code = models.CharField(_("unresolved area"), max_length=40, blank=True)
    every_days = models.PositiveSmallIntegerField(_("every so many days"))
    # Of the line's length or the area's surface.
    share_percent = models.PositiveSmallIntegerField(_("share to be seen, in percent"), default=80)
    reason = models.CharField(_("order or reason"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["PatrolTarget"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("target of patrols")
        verbose_name_plural = _("targets of patrols")
        default_permissions = ()
        ordering = ("sector_code", "area_code", "id")
        constraints = (
            models.CheckConstraint(
                condition=(~Q(sector_code="") & Q(area_code="")) | (Q(sector_code="") & ~Q(area_code="")),
                name="a_target_is_about_a_sector_or_an_area",
            ),
            models.CheckConstraint(
                condition=Q(every_days__gte=1, share_percent__gte=1, share_percent__lte=100),
                name="a_target_can_be_reached",
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_target_lasts_some_time"),
            ExclusionConstraint(
                name="a_unit_has_one_target_for_a_ground_at_a_time",
                expressions=(
                    ("unit", RangeOperators.EQUAL),
                    ("sector_code", RangeOperators.EQUAL),
                    ("area_code", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.sector_code or self.area_code}: {self.every_days} d"


class PatrolQuerySet(models.QuerySet["Patrol"]):
    def visible_to(self, user: Any) -> Any:
        """Patrols of units whose incidents the person sees: plans are nobody else's business."""
        from units import policy

        ids = policy.unit_ids(user, policy.VIEW)
        return self.filter(unit_id__in=ids) if ids else self.none()


class Patrol(Audited):
    """One patrol from its plan to its record. Times are aware; the database clock decides what is late."""

    client_key = models.UUIDField(_("client key"), unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="patrols", verbose_name=_("unit"))
    state = models.CharField(_("state"), max_length=10, choices=PatrolState.choices, default=PatrolState.PLANNED)
    sector_code = models.CharField(_("sector"), max_length=40, blank=True)
    area_code = models.CharField(_("unresolved area"), max_length=40, blank=True)
    route = gis.LineStringField(_("route"), null=True, blank=True)
    planned_from = models.DateTimeField(_("planned start"), null=True)
    planned_to = models.DateTimeField(_("planned end"), null=True)
    leader = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("leader's account")
    )
    leader_name = models.CharField(_("leader"), max_length=200)
    strength = models.PositiveSmallIntegerField(_("number of persons"))
    joint = models.CharField(_("with whom"), max_length=12, choices=Joint.choices, default=Joint.ALONE)
    joint_with = models.CharField(_("forces that come along"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("set out at"), null=True)
    finished_at = models.DateTimeField(_("came back at"), null=True)
    note = models.TextField(_("note"), blank=True)
    # Why it was called off, or why it did not set out.
    reason = models.TextField(_("reason"), blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    entered_at = models.DateTimeField(_("entered at"))

    objects: ClassVar[models.Manager["Patrol"]] = PatrolQuerySet.as_manager()

    class Meta:
        verbose_name = _("patrol")
        verbose_name_plural = _("patrols")
        default_permissions = ()
        ordering = ("-entered_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(planned_to__isnull=True) | Q(planned_to__gt=F("planned_from")),
                name="a_patrol_is_planned_to_end_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gt=F("started_at")),
                name="a_patrol_comes_back_after_it_set_out",
            ),
            models.CheckConstraint(
                condition=~Q(state="finished") | Q(finished_at__isnull=False, started_at__isnull=False),
                name="a_finished_patrol_has_both_times",
            ),
            models.CheckConstraint(condition=Q(strength__gte=1), name="a_patrol_has_somebody"),
            models.CheckConstraint(
                condition=Q(joint="alone") | ~Q(joint_with=""), name="a_joint_patrol_says_with_whom"
            ),
        )
        indexes = (
            models.Index(F("unit"), F("entered_at").desc(), F("id").desc(), name="patrols_of_unit"),
            models.Index(fields=("planned_to",), name="patrols_not_set_out", condition=Q(state="planned")),
        )

    @property
    def ref(self) -> str:
        """The number people call it by."""
        return f"P-{self.pk:06d}"

    @property
    def audit_key(self) -> str:
        """The number people call it by."""
        return self.ref

    def get_absolute_url(self) -> str:
        """The patrol's page."""
        return reverse("patrols:detail", args=[self.pk])

    def __str__(self) -> str:
        return self.ref


class Track(Audited):
    """Where a patrol went, cleaned of what a device gets wrong; the file as it came is sealed under its hash."""

    client_key = models.UUIDField(_("client key"), unique=True)
    patrol = models.ForeignKey(Patrol, models.PROTECT, related_name="tracks", verbose_name=_("patrol"))
    source = models.CharField(_("source"), max_length=10, choices=TrackSource.choices)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    original_name = models.CharField(_("file name"), max_length=200, blank=True)
    size = models.PositiveIntegerField(_("bytes"))
    path = gis.MultiLineStringField(_("path"))
    # The same, planar and thinned to about ten metres: what coverage is computed from.
    line_m = gis.MultiLineStringField(_("path in metres"), srid=METRIC)
    started_at = models.DateTimeField(_("first position at"))
    ended_at = models.DateTimeField(_("last position at"))
    # Hand-drawn paths bear no times of their own; the patrol's are taken.
    timed = models.BooleanField(_("positions bear times"), default=True)
    length_m = models.FloatField(_("length in metres"))
    points = models.PositiveIntegerField(_("positions kept"))
    dropped = models.PositiveIntegerField(_("positions left out"), default=0)
    # What the reading mended or left out: [{"code": slug, "params": {...}}].
    notes = models.JSONField(_("notes"), default=list)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("track")
        verbose_name_plural = _("tracks")
        default_permissions = ()
        ordering = ("patrol", "started_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("patrol", "sha256"), name="a_track_is_kept_once_per_patrol"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="a_track_ends_after_it_starts"),
        )

    def __str__(self) -> str:
        return f"{self.patrol} · {self.get_source_display()}"


class Observation(Audited):
    """Something a patrol saw; it becomes an incident in one step. At a marker: in which state it stood."""

    patrol = models.ForeignKey(Patrol, models.PROTECT, related_name="observations", verbose_name=_("patrol"))
    client_key = models.UUIDField(_("client key"), unique=True)
    at = models.DateTimeField(_("seen at"))
    point = gis.PointField(_("place"))
    accuracy_m = models.PositiveIntegerField(_("accuracy in metres"))
    text = models.TextField(_("what was seen"), blank=True)
    marker = models.ForeignKey(
        BorderMarker, models.PROTECT, null=True, blank=True, related_name="inspections", verbose_name=_("border marker")
    )
    finding = models.CharField(_("state of the marker"), max_length=10, choices=MarkerFinding.choices, blank=True)
    photo_sha256 = models.CharField(_("photo"), max_length=64, blank=True)
    photo_name = models.CharField(_("file name"), max_length=200, blank=True)
    photo_type = models.CharField(_("kind of file"), max_length=40, blank=True)
    photo_size = models.PositiveIntegerField(_("bytes"), null=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        default_permissions = ()
        ordering = ("patrol", "at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(marker__isnull=True, finding="") | (Q(marker__isnull=False) & ~Q(finding="")),
                name="a_marker_is_inspected_with_a_finding",
            ),
            models.CheckConstraint(
                condition=Q(marker__isnull=False) | ~Q(text=""), name="an_observation_says_what_was_seen"
            ),
        )

    def __str__(self) -> str:
        return f"{self.patrol} · {self.marker or self.text[:40]}"


class PatchQuerySet(models.QuerySet["Patch"]):
    def visible_to(self, user: Any) -> Any:
        """Ground of units whose incidents the person sees, and of unresolved areas he may look at."""
        from units import policy

        ids = policy.unit_ids(user, policy.VIEW)
        if not ids:
            return self.none()
        areas = UnresolvedArea.objects.visible_to(user).values("pk")
        return self.filter(Q(sector__unit_id__in=ids) | Q(area_id__in=areas))


class Patch(models.Model):
    """A piece of ground to be seen: about 100 m of a sector's border line, or a square of an unresolved area.

    Derived from the register and the tracks; may be thrown away and computed anew at any time.
    """

    sector = models.ForeignKey(Sector, models.CASCADE, null=True, related_name="patches", verbose_name=_("sector"))
    area = models.ForeignKey(
        UnresolvedArea, models.CASCADE, null=True, related_name="patches", verbose_name=_("unresolved area")
    )
    # Place along the line, from 1 in its direction; for an area the number of the square.
    number = models.PositiveIntegerField(_("number"))
    # The kilometre of the line it lies in, from 1; 0 for an area.
    kilometre = models.PositiveIntegerField(_("kilometre"), default=0)
    shape = gis.GeometryField(_("shape"), srid=METRIC)
    # Metres of line, or square metres of ground.
    measure = models.FloatField(_("size"))
    last_seen_at = models.DateTimeField(_("last seen at"), null=True)
    last_track = models.ForeignKey(
        Track, models.SET_NULL, null=True, related_name="+", verbose_name=_("seen by the track")
    )

    objects: ClassVar[models.Manager["Patch"]] = PatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("patch of ground")
        verbose_name_plural = _("patches of ground")
        default_permissions = ()
        ordering = ("sector", "area", "number")
        constraints = (
            models.CheckConstraint(
                condition=Q(sector__isnull=False, area__isnull=True) | Q(sector__isnull=True, area__isnull=False),
                name="a_patch_belongs_to_a_sector_or_an_area",
            ),
            models.UniqueConstraint(fields=("sector", "number"), name="patches_of_a_sector_are_numbered"),
            models.UniqueConstraint(fields=("area", "number"), name="patches_of_an_area_are_numbered"),
        )

    def __str__(self) -> str:
        return f"{self.sector or self.area} #{self.number}"


class Effort(models.Model):
    """Seconds and metres a track spent in a square of one kilometre (UTM 48N, by its south-west corner in km)."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="effort", verbose_name=_("track"))
    east_km = models.IntegerField(_("east"))
    north_km = models.IntegerField(_("north"))
    seconds = models.FloatField(_("seconds"))
    metres = models.FloatField(_("metres"))

    class Meta:
        verbose_name = _("effort")
        verbose_name_plural = _("effort")
        default_permissions = ()
        ordering = ("track", "east_km", "north_km")
        constraints = (
            models.UniqueConstraint(fields=("track", "east_km", "north_km"), name="effort_is_counted_once_per_square"),
        )
        indexes = (models.Index(fields=("east_km", "north_km"), name="effort_by_square"),)

    def __str__(self) -> str:
        return f"{self.east_km}/{self.north_km}"
