"""What a deployment must not start with."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


def links_are_https(app_configs: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """A link in a mail lets its receiver act, so its address must not travel in the open."""
    if settings.PLAIN_HTTP or settings.SITE_URL.startswith("https://"):
        return []
    hint = "Set SITE_URL to the address of the site, beginning with https://."
    return [
        Error("SITE_URL is not https: links in mails could be read on their way.", hint=hint, id="borderwatch.E001")
    ]


def messages_can_be_sent(app_configs: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Apprise understands every destination of messages; it is loaded only when there are some."""
    if not settings.MESSAGE_DESTINATIONS:
        return []
    from borderwatch.transports.message import faults

    return [Error(fault, hint="See .env.example.", id="borderwatch.E002") for fault in faults()]
