"""The digest: what was told in the application and can wait, as one mail a day.

Urgent notices never wait for it. It names no more than the subjects; what is read behind the sign-in alone is
counted, not named. Its event carries person and day, so that it is written once however often it is asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from borderwatch import topics
from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient

TOPIC = "digest"
# Subjects named in one digest; the rest is counted.
NAMED = 40


@dataclass(frozen=True)
class Line:
    """A notice in the digest."""

    subject: str
    at: datetime


def waiting(user_id: int, since: datetime) -> Any:
    """What a person was told in the application since then, has not opened, and can wait; the oldest first."""
    urgent = [slug for slug, topic in topics.TOPICS.items() if topic.urgent]
    rows = Delivery.objects.inbox(user_id)
    return rows.filter(opened_at=None, planned_at__gt=since).exclude(topic__in=[*urgent, TOPIC]).order_by("planned_at")


def notice(recipient: Recipient, day: date, rows: Iterable[Delivery]) -> Notice | None:
    """The digest of a day; None when there is nothing to tell."""
    named: list[str] = []
    counted = 0
    for row in rows:
        topic = topics.TOPICS.get(row.topic)
        if topic is None or topic.signed_in_only or len(named) == NAMED:
            counted += 1
        else:
            named.append(str(row.pk))
    if not named and not counted:
        return None
    return Notice(
        topic=TOPIC,
        event=f"digest:{recipient.user_id}:{day.isoformat()}",
        kind="notices",
        key=day.isoformat(),
        recipients=[recipient],
        data={
            "url": f"{settings.SITE_URL}{reverse('notices')}",
            "day": day.isoformat(),
            "notices": named,
            "more": counted,
            "count": len(named) + counted,
        },
    )


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The subjects in the active language, from the notices themselves, which are frozen."""
    rows = Delivery.objects.filter(pk__in=data["notices"]).order_by("planned_at", "pk")
    return {**data, "lines": [Line(topics.render(row).subject, row.planned_at) for row in rows]}


def unread(delivery: Delivery) -> bool:
    """Whether anything a digest speaks of has not been opened yet."""
    data = topics.facts(delivery)
    return bool(data["more"]) or Delivery.objects.filter(pk__in=data["notices"], opened_at=None).exists()
