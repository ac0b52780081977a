"""Send a notice again that was handed over already: the receiver lost it, or wants to see it once more.

It goes out under its own number, so a receiver that keeps numbers is not misled. What the record says about the first
hand-over stays: this is one more attempt, asked for by a person, and changes neither state nor times of the notice.
"""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import F

from borderwatch import clock, jobs, transports
from borderwatch.models import Attempt, Delivery, Job

JOB = "send_again"


def subject(delivery_id: uuid.UUID | str) -> str:
    """What the job is about, for finding it again."""
    return f"notice:{delivery_id}"


def run(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Make the attempt and say how it ended; a second run sends the same number once more."""
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=job.params["delivery"])
        rows.update(attempts=F("attempts") + 1)
        delivery = rows.select_related("user", "endpoint").get()
        attempt = Attempt.objects.create(
            delivery=delivery, number=delivery.attempts, started_at=clock.now(), by="again"
        )
    try:
        outcome, detail = Attempt.Outcome.HANDED_OVER, transports.send(delivery)
    except transports.TransportError as error:
        outcome, detail = Attempt.Outcome.REFUSED, error.message
    Attempt.objects.filter(pk=attempt.pk).update(ended_at=clock.sql_now(), outcome=outcome, detail=detail[:500])
    return {"outcome": str(outcome), "detail": detail[:500]}


jobs.register(JOB, run)
