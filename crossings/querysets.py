"""Questions asked of the register of crossings. `visible_to` comes first, always."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db import models
from django.db.models import Case, Exists, F, Max, Min, OuterRef, Q, Subquery, Value, When

from borderwatch import clock
from crossings.choices import UNOFFICIAL, GateSide, GateStatus
from units import policy

if TYPE_CHECKING:
    from crossings.models import Crossing, TrafficImport  # noqa: F401


class CrossingQuerySet(models.QuerySet["Crossing"]):
    def visible_to(self, user: Any) -> Self:
        """Official gates: every signed-in, active person. Corridors: who serves in the province, and institutions.

        Where the gates stand is no secret among those who serve there; where people slip through is.
        """
        if not getattr(user, "is_active", False):
            return self.none()
        from crossings.models import Classification

        hidden = Classification.objects.filter(
            crossing=OuterRef("pk"), side=GateSide.KH, category__in=UNOFFICIAL, period__contains=clock.sql_now()
        )
        own: Any = policy.visible_by_province(self.all(), user, "district__province_id").order_by().values("pk")
        return self.filter(~Exists(hidden) | Q(pk__in=own))

    def nearest_to(self, point: Point) -> Self:
        """Nearest first, with `distance` in metres."""
        return self.annotate(distance=Distance("point", point)).order_by("distance")

    def with_state(self, at: datetime | None = None) -> Self:
        """With `category`, `category_neighbour`, `status` and `status_neighbour` as of a moment (default: now).

        A status is that of all flows when they agree, else "restricted"; None where the register says nothing.
        """
        from crossings.models import Classification, CrossingStatus

        moment: Any = at or clock.sql_now()

        def category(side: str) -> Subquery:
            rows = Classification.objects.filter(crossing=OuterRef("pk"), side=side, period__contains=moment)
            return Subquery(rows.order_by().values("category")[:1])

        def status(side: str) -> Subquery:
            rows = CrossingStatus.objects.filter(crossing=OuterRef("pk"), side=side, period__contains=moment)
            both = rows.order_by().values("crossing").annotate(first=Min("status"), last=Max("status"))
            agreed = Case(When(first=F("last"), then=F("first")), default=Value(GateStatus.RESTRICTED.value))
            return Subquery(both.values(agreed=agreed)[:1], output_field=models.CharField())

        return self.annotate(
            category=category(GateSide.KH),
            category_neighbour=category(GateSide.NEIGHBOUR),
            status=status(GateSide.KH),
            status_neighbour=status(GateSide.NEIGHBOUR),
        )


class TrafficImportQuerySet(models.QuerySet["TrafficImport"]):
    def visible_to(self, user: Any) -> Self:
        """Imports for units of the provinces a person serves in; institutions look at all."""
        rows: Self = policy.visible_by_province(self, user, "unit__province_id")
        return rows


class OfCrossingQuerySet(models.QuerySet[Any]):
    """Rows that belong to a crossing: orders, assessments, proposals, traffic."""

    # The path from the row to its crossing.
    crossing_path = "crossing"

    def visible_to(self, user: Any) -> Self:
        """Who serves in the crossing's province, and institutions."""
        path = f"{self.crossing_path}__district__province_id"
        rows: Self = policy.visible_by_province(self, user, path)
        return rows
