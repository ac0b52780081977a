"""The fixed words of crossings."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CrossingCategory(models.TextChoices):
    INTERNATIONAL = "international", _("international gate")
    BILATERAL = "bilateral", _("bilateral gate")
    REGIONAL = "regional", _("regional gate")
    CORRIDOR = "corridor", _("corridor")
    ILLEGAL_CORRIDOR = "illegal_corridor", _("illegal corridor")
    SEAPORT = "seaport", _("seaport")
    RIVER_PORT = "river_port", _("river port")
    AIRPORT = "airport", _("airport")
    RAILWAY = "railway", _("railway crossing")


class CrossingMode(models.TextChoices):
    ROAD = "road", _("road")
    RIVER = "river", _("river")
    RAIL = "rail", _("rail")
    SEA = "sea", _("sea")
    AIR = "air", _("air")
    FOOT = "foot", _("on foot")
