"""Questions asked of the register of crossings."""

from typing import TYPE_CHECKING, Self

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db import models

if TYPE_CHECKING:
    from crossings.models import Crossing  # noqa: F401


class CrossingQuerySet(models.QuerySet["Crossing"]):
    def visible_to(self, user: object) -> Self:
        """Every signed-in, active person: where the gates stand is no secret among those who serve there."""
        return self.all() if getattr(user, "is_active", False) else self.none()

    def nearest_to(self, point: Point) -> Self:
        """Nearest first, with `distance` in metres."""
        return self.annotate(distance=Distance("point", point)).order_by("distance")
