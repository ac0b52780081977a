"""Whether an address works: what it was handed last, how often it failed lately, what waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Subquery

from borderwatch import breaker, clock
from borderwatch.models import Attempt, Delivery
from units.models import Endpoint

# Failures of so many days back are counted.
DAYS = 7


@dataclass(frozen=True)
class Health:
    """Of one address: the last hand-over, failed attempts of the last seven days, notices that wait too long."""

    last: datetime | None = None
    failures: int = 0
    waiting: breaker.Waiting | None = None


def health_of(endpoint_ids: Sequence[int]) -> dict[int, Health]:
    """The health of some addresses, in three queries however many."""
    handed = Delivery.objects.filter(endpoint=OuterRef("pk"), state=Delivery.State.DELIVERED)
    newest = handed.order_by(F("created_at").desc(), F("id").desc()).values("done_at")[:1]
    rows = Endpoint.objects.filter(pk__in=endpoint_ids).order_by().annotate(last=Subquery(newest))
    last = dict(rows.values_list("pk", "last"))
    failed = Attempt.objects.filter(
        delivery__endpoint_id__in=endpoint_ids,
        outcome__in=breaker.FAILED,
        started_at__gte=clock.now() - timedelta(days=DAYS),
    )
    counted = dict(failed.order_by().values_list("delivery__endpoint_id").annotate(Count("pk")))
    waiting = breaker.waiting_too_long(endpoint_ids)
    return {key: Health(last.get(key), counted.get(key, 0), waiting.get(key)) for key in endpoint_ids}
