"""What people are told about engagements: thin facts; what was demanded and answered stays behind the sign-in."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from incidents import notices
from incidents.choices import Status
from incidents.choices_answers import EngagementKind, EngagementResult
from incidents.models import Engagement
from units.choices import Neighbour


def facts(row: Engagement) -> dict[str, Any]:
    """The incident's facts, and of the engagement how, when, with which country, for whom, with which result."""
    return {
        **notices.incident_facts(row.incident),
        "engagement": {
            "number": row.number,
            "kind": row.kind,
            "result": row.result,
            "country": row.country,
            "happened_at": row.happened_at.isoformat(),
            "next_contact_at": row.next_contact_at.isoformat() if row.next_contact_at else None,
            "unit": notices.unit_facts(row.unit),
            "by": row.by_name,
            "url": f"{settings.SITE_URL}{row.get_absolute_url()}",
        },
    }


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    text = notices.words(data)
    row = data["engagement"]
    return {
        **text,
        "number": row["number"],
        "kind_label": str(EngagementKind(row["kind"]).label),
        "result_label": str(EngagementResult(row["result"]).label),
        "country_label": str(Neighbour(row["country"]).label),
        "happened_at": notices.moment(row["happened_at"]),
        "next_contact_at": notices.moment(row["next_contact_at"]),
        "our_unit": notices.name(row["unit"]),
        "by": row["by"],
        "engagement_url": row["url"],
    }


def notice(row: Engagement, topic: str, *, to: list[Recipient], at: datetime | None = None, part: str = "") -> Notice:
    """A notice about an engagement; a planned one falls with its bundle."""
    return Notice(
        topic=topic,
        event=f"engagement:{row.incident.ref}:{row.number}:{part or topic}",
        kind="incident",
        key=row.incident.ref,
        recipients=to,
        data=facts(row),
        at=at,
        bundle=row.bundle if at else "",
    )


def contact_is_needless(delivery: Delivery) -> str:
    """A reminder of a contact that was had, of a struck entry, of a closed incident, or to who sees it no more."""
    number = delivery.bundle.removeprefix("engagement:")
    row = Engagement.objects.filter(pk=number).select_related("incident").first() if number.isdigit() else None
    if row is None or row.struck_at is not None or row.incident.status == Status.CLOSED:
        return "there is nothing to follow up any more"
    if row.incident.engagements.filter(number__gt=row.number, struck_at__isnull=True).exists():
        return "they were in contact again since"
    return notices.cannot_see(delivery)


register(
    Topic(
        "engagement_logged",
        _("The neighbour was engaged"),
        "notices/engagement_logged.txt",
        obsolete=notices.cannot_see,
        words=words,
    ),
    Topic(
        "engagement_struck",
        _("An engagement was struck from the log"),
        "notices/engagement_struck.txt",
        obsolete=notices.cannot_see,
        words=words,
    ),
    Topic(
        "engagement_next",
        _("Speak with the neighbour again"),
        "notices/engagement_next.txt",
        urgent=True,
        obsolete=contact_is_needless,
        words=words,
    ),
)
