"""What is told about addresses: a test to the address itself, and a word to the administrators who may confirm it."""

import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from borderwatch.outbox import Notice
from borderwatch.topics import Topic, register
from units.choices import DeskLevel, MachineChannel
from units.models import Endpoint, User
from units.recipients import address, person

TEST = "endpoint_test"


def test_notice(endpoint: Endpoint, number: uuid.UUID) -> Notice:
    """A test to one address. It holds no fact at all: the address may be a stranger's."""
    return Notice(
        topic=TEST,
        event=f"endpoint:{endpoint.pk}:test:{number}",
        kind="endpoint",
        key=str(endpoint.pk),
        recipients=[address(endpoint)],
        data={"test": True},
    )


def asked_notice(endpoint: Endpoint, by: User) -> Notice:
    """To every administrator but the one who asked: an address waits for a second person."""
    others = User.objects.filter(is_staff=True, is_active=True).exclude(pk=by.pk).order_by("pk")
    unit = endpoint.unit
    return Notice(
        topic="endpoint_asked",
        event=f"endpoint:{endpoint.pk}:asked",
        kind="endpoint",
        key=str(endpoint.pk),
        recipients=[person(user) for user in others],
        data={
            "url": f"{settings.SITE_URL}{reverse('endpoints:detail', args=[endpoint.pk])}",
            "unit": {"code": unit.code, "name_km": unit.name_km, "name_en": unit.name_en},
            "channel": endpoint.channel,
            "level": endpoint.level,
            "by": by.record_name,
        },
    )


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    names = data.get("unit", {})
    khmer = names.get("name_km", "") if get_language() == "km" else ""
    return {
        **data,
        "unit_name": khmer or names.get("name_en", ""),
        "channel_label": str(MachineChannel(data["channel"]).label) if "channel" in data else "",
        "level_label": str(DeskLevel(data["level"]).label) if "level" in data else "",
    }


register(
    Topic(TEST, _("Test of an address"), "notices/endpoint_test.txt", probe=True, words=words),
    Topic("endpoint_asked", _("An address waits for a second person"), "notices/endpoint_asked.txt", words=words),
)
