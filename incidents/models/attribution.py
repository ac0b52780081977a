"""Who answered for a place at a moment: found by rule, copied, never rewritten."""

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.choices import Confidence, Rule
from incidents.models.incidents import Incident
from units.choices import Rank
from units.models import Audited, CommandTenure, Sector, Unit, User


class Attribution(Audited):
    """A frozen finding. The highest number counts; a ruling is a new row with a reason, never an edit."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="attributions", verbose_name=_("incident"))
    number = models.PositiveSmallIntegerField(_("number"))
    current = models.BooleanField(_("in force"), default=True)
    rule = models.CharField(_("rule"), max_length=20, choices=Rule.choices)
    confidence = models.CharField(_("confidence"), max_length=10, choices=Confidence.choices)
    contested = models.BooleanField(_("contested"), default=False)

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    unit_name_km = models.CharField(_("unit's name in Khmer"), max_length=200, blank=True)
    unit_name_en = models.CharField(_("unit's name in Latin letters"), max_length=200)
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, related_name="+", verbose_name=_("sector"))
    sector_code = models.CharField(_("sector's code"), max_length=40, blank=True)
    tenure = models.ForeignKey(
        CommandTenure, models.PROTECT, null=True, related_name="+", verbose_name=_("tenure of command")
    )
    head_name_km = models.CharField(_("head's name in Khmer"), max_length=200, blank=True)
    head_name_en = models.CharField(_("head's name in Latin letters"), max_length=200, blank=True)
    head_rank = models.CharField(_("head's rank"), max_length=20, choices=Rank.choices, blank=True)
    head_acting = models.BooleanField(_("acting head"), default=False)

    point = gis.PointField(_("place"), null=True)
    accuracy_m = models.PositiveIntegerField(_("accuracy in metres"), null=True)
    moment = models.DateTimeField(_("moment"))
    # Metres from the place to the nearest other unit's sector; None when there is none near.
    margin_m = models.FloatField(_("margin in metres"), null=True)
    # The runners-up as they stood: [{unit_id, unit_code, name_km, name_en, sector_code, distance_m, covers, ...}]
    candidates = models.JSONField(_("candidates"), default=list)

    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("ruled by"))
    decided_at = models.DateTimeField(_("found at"))
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("attribution")
        verbose_name_plural = _("attributions")
        default_permissions = ()
        ordering = ("incident", "number")
        constraints = (
            models.UniqueConstraint(fields=("incident", "number"), name="attributions_are_numbered"),
            models.UniqueConstraint(
                fields=("incident",), name="one_attribution_is_in_force", condition=Q(current=True)
            ),
            models.CheckConstraint(
                condition=~Q(rule="ruling") | (~Q(reason="") & Q(decided_by__isnull=False)),
                name="a_ruling_has_a_reason_and_a_reviewer",
            ),
        )

    @property
    def unit_name(self) -> str:
        """The unit's frozen name for the reader's language."""
        return self.unit_name_km if self.unit_name_km and get_language() == "km" else self.unit_name_en

    @property
    def head_name(self) -> str:
        """The head's frozen name for the reader's language, "" when nobody was on record."""
        return self.head_name_km if self.head_name_km and get_language() == "km" else self.head_name_en

    def __str__(self) -> str:
        return f"{self.incident.ref} → {self.unit_name}"
