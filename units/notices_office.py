"""What people are told about stand-ins, and the digest of what can wait: topics, facts as frozen, words."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from borderwatch import digest
from borderwatch.models import Delivery
from borderwatch.outbox import Notice
from borderwatch.topics import Topic, register
from units.choices import Role
from units.models import Delegation, User
from units.notices import moment_words, name_words, unit_facts
from units.recipients import person


def delegation_notice(delegation: Delegation, topic: str, actor: User | None, *, at: datetime | None = None) -> Notice:
    """Told to the person and to his stand-in, but for the one of them who did it himself."""
    until = at or delegation.until
    people = [one for one in (delegation.person, delegation.stand_in) if actor is None or one.pk != actor.pk]
    return Notice(
        topic=topic,
        event=f"delegation:{delegation.pk}:{topic}",
        kind="delegation",
        key=str(delegation.pk),
        recipients=[person(one) for one in people],
        data={
            "url": f"{settings.SITE_URL}{reverse('office:stand_ins')}",
            "person": {"name_km": delegation.person.name_km, "name_en": delegation.person.record_name},
            "stand_in": {"name_km": delegation.stand_in.name_km, "name_en": delegation.stand_in.record_name},
            "unit": unit_facts(delegation.unit),
            "role": delegation.role,
            "since": delegation.since.isoformat() if delegation.since else None,
            "until": until.isoformat() if until else None,
        },
    )


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    text = dict(data)
    for name in ("person", "stand_in", "unit"):
        text[f"{name}_name"] = name_words(data.get(name))
    for name in ("since", "until"):
        text[name] = moment_words(data.get(name))
    role = data.get("role")
    text["role_label"] = str(Role(role).label) if role in Role.values else ""
    return text


def all_read(delivery: Delivery) -> str:
    """A digest whose notices were all read before it left need not leave."""
    return "" if digest.unread(delivery) else "everything in it has been read"


register(
    Topic("delegation_granted", _("A stand-in was named"), "notices/delegation_granted.txt", words=words),
    Topic("delegation_ended", _("A stand-in's time ended"), "notices/delegation_ended.txt", words=words),
    Topic(digest.TOPIC, _("Digest of notices"), "notices/digest.txt", words=digest.words, obsolete=all_read),
)
