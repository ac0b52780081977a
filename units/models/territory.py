"""Territory: provinces, districts, communes, and the border itself. Names and codes are the field's own (NCDD).

Administrative units change by sub-decree, so each carries its validity; old incidents keep pointing at the old row.
"""

from typing import Any, ClassVar

from django.contrib.gis.db import models as gis
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from units.choices import (
    BoundaryLevel,
    CommuneKind,
    DemarcationState,
    DistrictKind,
    MarkerSeries,
    MarkerStatus,
    Neighbour,
    ProvinceKind,
)
from units.models.base import Audited, Dated, DatedQuerySet, Named


class AdministrativeUnit(Named, Audited):
    """A province, district or commune: zero-padded NCDD code, OCHA p-code, dates of validity."""

    pcode = models.CharField(_("p-code"), max_length=8)
    neighbours = ArrayField(
        models.CharField(max_length=2, choices=Neighbour.choices),
        verbose_name=_("land neighbours"),
        default=list,
        blank=True,
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    legal_reference = models.CharField(_("legal reference"), max_length=200, blank=True)
    predecessor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("predecessor"),
    )

    class Meta:
        abstract = True


class Province(AdministrativeUnit):  # type: ignore[django-manager-missing]
    """One of the 25; `letters` start the reference numbers of its incidents (RTK-2026-000123)."""

    code = models.CharField(_("NCDD code"), max_length=2, unique=True)
    iso_code = models.CharField(_("ISO code"), max_length=5, unique=True)
    letters = models.CharField(_("letters"), max_length=3, unique=True)
    name_iso = models.CharField(_("ISO romanised name"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ProvinceKind.choices)
    maritime_border = models.BooleanField(_("borders the sea"), default=False)

    class Meta:
        verbose_name = _("province")
        verbose_name_plural = _("provinces")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=r"^\d{2}$"), name="a_province_code_has_two_digits"),
            models.CheckConstraint(
                condition=Q(letters__regex=r"^[A-Z]{3}$"), name="province_letters_are_three_capitals"
            ),
        )


class District(AdministrativeUnit):  # type: ignore[django-manager-missing]
    """A district, municipality or khan."""

    code = models.CharField(_("NCDD code"), max_length=4, unique=True)
    province = models.ForeignKey(Province, models.PROTECT, related_name="districts", verbose_name=_("province"))
    kind = models.CharField(_("kind"), max_length=12, choices=DistrictKind.choices)
    is_border = models.BooleanField(_("on the border"), default=False)
    # Rough planning lengths in km per neighbour, never shown as official.
    frontage_km = models.JSONField(_("frontage"), default=dict, blank=True)

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=r"^\d{4}$"), name="a_district_code_has_four_digits"),
        )


class Commune(AdministrativeUnit):
    """A commune or sangkat."""

    code = models.CharField(_("NCDD code"), max_length=6, unique=True)
    district = models.ForeignKey(District, models.PROTECT, related_name="communes", verbose_name=_("district"))
    kind = models.CharField(_("kind"), max_length=8, choices=CommuneKind.choices)

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=r"^\d{6}$"), name="a_commune_code_has_six_digits"),
        )


class BorderSection(Named, Audited):
    """A stretch of the border of one province with one neighbour and the state of its demarcation."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    neighbour = models.CharField(_("neighbour"), max_length=2, choices=Neighbour.choices)
    province = models.ForeignKey(Province, models.PROTECT, related_name="border_sections", verbose_name=_("province"))
    demarcation_state = models.CharField(_("state of demarcation"), max_length=30, choices=DemarcationState.choices)
    length_km = models.FloatField(_("length in km"), null=True, blank=True)
    # Approximate, as stated by its source; no claim. Sectors take the stretch they answer for from it.
    line = gis.MultiLineStringField(_("line"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    note_en = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("border section")
        verbose_name_plural = _("border sections")
        ordering = ("code",)


class BorderMarker(Audited):
    """A pillar or marker; its position is kept as printed and as a point, with its accuracy in metres."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    section = models.ForeignKey(BorderSection, models.PROTECT, related_name="markers", verbose_name=_("border section"))
    neighbour = models.CharField(_("neighbour"), max_length=2, choices=Neighbour.choices)
    series = models.CharField(_("series"), max_length=12, choices=MarkerSeries.choices)
    number = models.PositiveSmallIntegerField(_("number"))
    part = models.CharField(_("part"), max_length=4, blank=True)
    sub_number = models.PositiveSmallIntegerField(_("sub-number"), null=True, blank=True)
    label = models.CharField(_("as printed"), max_length=40)
    point = gis.PointField(_("position"))
    accuracy_m = models.PositiveIntegerField(_("accuracy in metres"))
    coord_text = models.CharField(_("coordinates as entered"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=MarkerStatus.choices)
    position_agreed = models.BooleanField(_("position agreed"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("border marker")
        verbose_name_plural = _("border markers")
        ordering = ("neighbour", "number", "part", "sub_number")

    def __str__(self) -> str:
        return f"{self.label} ({self.neighbour})"


class UnresolvedAreaQuerySet(DatedQuerySet["UnresolvedArea"]):
    def visible_to(self, user: Any) -> Any:
        """State-sensitive: only for those who decide (escalate, review, keep the register), in their territory.

        Who leads the patrols of a unit with a target on an area sees that area. A person whose unit stands above a
        province sees the areas of its districts; institutions see all.
        """
        from units import policy

        return policy.visible_unresolved_areas(self, user)


class UnresolvedArea(Named, Dated, Audited):
    """An area on which the two sides have not agreed. Approximate, restricted, no claim."""

    code = models.CharField(_("code"), max_length=40)
    neighbour = models.CharField(_("neighbour"), max_length=2, choices=Neighbour.choices)
    term = models.CharField(_("term"), max_length=30, choices=DemarcationState.choices)
    districts = models.ManyToManyField(District, related_name="unresolved_areas", verbose_name=_("districts"))
    area = gis.MultiPolygonField(_("area"))
    source = models.CharField(_("source"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar[models.Manager["UnresolvedArea"]] = UnresolvedAreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("unresolved area")
        verbose_name_plural = _("unresolved areas")
        ordering = (F("code").asc(),)
        constraints = (
            ExclusionConstraint(
                name="an_unresolved_area_has_one_shape_at_a_time",
                expressions=(("code", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)),
            ),
            models.CheckConstraint(condition=Q(area__isvalid=True), name="an_unresolved_area_is_a_valid_shape"),
            models.CheckConstraint(condition=Q(period__isempty=False), name="an_unresolved_area_lasts_some_time"),
        )


class Boundary(Dated, Audited):
    """The outline of a province, district or commune while it held; the units themselves keep codes and names."""

    level = models.CharField(_("level"), max_length=10, choices=BoundaryLevel.choices)
    code = models.CharField(_("NCDD code"), max_length=6)
    area = gis.MultiPolygonField(_("area"))
    source = models.CharField(_("source"), max_length=300, blank=True)
    legal_reference = models.CharField(_("legal reference"), max_length=200, blank=True)

    objects: ClassVar[models.Manager["Boundary"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("outline")
        verbose_name_plural = _("outlines")
        default_permissions = ()
        ordering = ("level", "code", "id")
        constraints = (
            ExclusionConstraint(
                name="an_administrative_unit_has_one_outline_at_a_time",
                expressions=(
                    ("level", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ),
            ),
            models.CheckConstraint(condition=Q(area__isvalid=True), name="an_outline_is_a_valid_shape"),
            models.CheckConstraint(condition=Q(period__isempty=False), name="an_outline_lasts_some_time"),
        )

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.code}"
