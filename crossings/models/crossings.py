"""A crossing as a point with its stated precision. Perimeter, dated status and orders join it later."""

from typing import ClassVar

from django.contrib.gis.db import models as gis
from django.db import models
from django.utils.translation import gettext_lazy as _

from crossings.choices import CrossingCategory, CrossingMode
from crossings.querysets import CrossingQuerySet
from units.choices import Neighbour
from units.models import Audited, District, Named


class Crossing(Named, Audited):
    """A gate, corridor or port on the border. The point is approximate; `precision_km` is always shown with it."""

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    category_kh = models.CharField(_("category"), max_length=20, choices=CrossingCategory.choices)
    mode = models.CharField(_("mode"), max_length=10, choices=CrossingMode.choices)
    district = models.ForeignKey(District, models.PROTECT, related_name="crossings", verbose_name=_("district"))
    neighbour = models.CharField(_("neighbour"), max_length=2, choices=Neighbour.choices)
    neighbour_place = models.CharField(_("place on the neighbour's side"), max_length=200, blank=True)
    point = gis.PointField(_("position"))
    precision_km = models.FloatField(_("precision in km"))
    precision_note = models.CharField(_("about the position"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Crossing"]] = CrossingQuerySet.as_manager()

    class Meta:
        verbose_name = _("crossing")
        verbose_name_plural = _("crossings")
        ordering = ("slug",)
        default_permissions = ("change",)

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
