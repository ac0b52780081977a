"""Questions asked of incidents. `visible_to` comes first, always."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.db import models
from django.db.models import Q

from borderwatch import clock
from incidents.choices import DutyState, Status
from units import policy

if TYPE_CHECKING:
    from incidents.models import Duty, Escalation, Incident  # noqa: F401


def eyes(user: Any, ids: frozenset[int]) -> list[int]:
    """What of an audience lets the person see: his units, and he himself (a person's key bears a minus)."""
    return sorted({*ids, -user.pk})


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: Any) -> Self:
        """What the person's postings of this moment give him: the one gate for every list, map, file and feed.

        Unit ids are resolved first, then incidents filtered by them.
        """
        ids = policy.unit_ids(user, policy.VIEW)
        return self.filter(audience__overlap=eyes(user, ids)) if ids else self.none()

    def with_names(self) -> Self:
        """What a line of a list shows."""
        return self.select_related("responsible_unit", "filed_for", "province", "district", "filed_by")

    def real(self) -> Self:
        """What really happened: no drill. Every figure starts here."""
        return self.filter(drill__isnull=True)

    def open(self) -> Self:
        """Not closed."""
        return self.exclude(status=Status.CLOSED)

    def before(self, received_at: datetime, pk: int) -> Self:
        """The page after this row, newest first (keyset, so page 1,000 costs what page 1 costs)."""
        return self.filter(Q(received_at__lt=received_at) | Q(received_at=received_at, pk__lt=pk)).filter(
            received_at__lte=received_at
        )

    def likely_duplicates(
        self, *, category: str, point: Point | None, at: datetime, within_m: int = 3000, hours: int = 48
    ) -> Self:
        """Same category, near in place (metres) and time (hours around `at`), nearest first."""
        span = timedelta(hours=hours)
        rows = self.filter(category=category, occurred_at__range=(at - span, at + span))
        if point is None:
            return rows.none()
        # A box first (index), then true metres.
        degrees = within_m / 90_000
        return (
            rows.filter(point__dwithin=(point, degrees))
            .annotate(distance=Distance("point", point))
            .filter(distance__lte=D(m=within_m))
            .order_by("distance")
        )


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, user: Any) -> Self:
        """Escalations of incidents the person sees."""
        ids = policy.unit_ids(user, policy.VIEW)
        return self.filter(incident__audience__overlap=eyes(user, ids)) if ids else self.none()


class DutyQuerySet(models.QuerySet["Duty"]):
    def visible_to(self, user: Any) -> Self:
        """Duties of institutions the person serves, and of incidents he sees."""
        ids = policy.unit_ids(user, policy.VIEW)
        if not ids:
            return self.none()
        seen = Q(escalation__incident__audience__overlap=eyes(user, ids))
        return self.filter(Q(unit_id__in=ids) | seen)

    def owed_by(self, user: Any) -> Self:
        """Duties the person may answer today."""
        return self.filter(unit_id__in=policy.unit_ids(user, policy.REVIEW))

    def real(self) -> Self:
        """Duties of incidents that are no drill. Every figure starts here."""
        return self.filter(escalation__incident__drill__isnull=True)

    def waiting(self) -> Self:
        """Not answered yet, clock running; a duty that waits for information is not among them."""
        return self.filter(state=DutyState.WAITING)

    def paused(self) -> Self:
        """The institution has asked back and waits for others; its clock stands still."""
        return self.filter(state=DutyState.PAUSED)

    def unanswered(self) -> Self:
        """Waiting for an answer or for information: the incident cannot be closed yet."""
        return self.filter(state__in=(DutyState.WAITING, DutyState.PAUSED))

    def overdue(self) -> Self:
        """Waiting past the deadline, by the database's clock."""
        return self.waiting().filter(due_at__lt=clock.sql_now())

    def due_soon(self, hours: int = 2) -> Self:
        """Waiting, deadline within so many hours."""
        now = clock.sql_now()
        return self.waiting().filter(due_at__gte=now, due_at__lt=now + timedelta(hours=hours))

    def with_names(self) -> Self:
        """What a line of the inbox shows."""
        return self.select_related(
            "unit",
            "clock__hours_of",
            "escalation",
            "escalation__incident",
            "escalation__incident__responsible_unit",
            "escalation__incident__province",
            "escalation__incident__district",
        ).prefetch_related("acknowledgements__by")
