"""Messages (Telegram and the like) through Apprise, to destinations that stand in the server's settings alone.

One call for each notice: Apprise answers with one yes or no for all receivers of a call. At least once and without
any proof of arrival, so the notice's number stands in the text and a message is never the only way to tell somebody.
Addresses hold secrets: neither an error nor a log ever names one.
"""

from typing import Any

from apprise import Apprise, NotifyBase, NotifyFormat
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from borderwatch import destinations, topics
from borderwatch.models import Delivery
from borderwatch.transports import TransportError

# Letters of a message's body; the rest is read behind the sign-in.
BODY_MAX = 900


class Unusable(Exception):
    """A destination's address cannot be used; the text says why without naming it."""


def destination_of(delivery: Delivery) -> str:
    """The name of the destination: the endpoint's address, or what the person has chosen."""
    if delivery.endpoint is not None:
        return delivery.endpoint.address
    reach: Any = getattr(delivery.user, "reach", None)
    return reach.destination if reach is not None else ""


def send(delivery: Delivery) -> str:
    """Hand the message over; the receipt says which service accepted it, which proves no arrival."""
    name = destination_of(delivery)
    if not name:
        raise TransportError("the recipient has no message destination", permanent=True)
    try:
        service = _service(name)
    except Unusable as error:
        raise TransportError(str(error), permanent=True) from None
    with translation.override(delivery.language):
        text = topics.render(delivery)
        number = _("Notice %(number)s") % {"number": str(delivery.id)[:8]}
    body = f"{_shortened(text.body)}\n\n{number}"
    scheme = destinations.service_of(name)
    call = Apprise()
    call.add(service)
    try:
        accepted = call.notify(title=text.subject, body=body, body_format=NotifyFormat.TEXT)
    except Exception as error:
        # Its words may hold the address.
        raise TransportError(f"{scheme}: {type(error).__name__}") from None
    if not accepted:
        raise TransportError(f"{scheme} did not accept it")
    return f"accepted by {scheme}"


def _service(name: str) -> NotifyBase:
    """The one receiver behind a name. Raises Unusable."""
    url = settings.MESSAGE_DESTINATIONS.get(name)
    if url is None:
        raise Unusable(f"BORDERWATCH_MESSAGES has no destination called {name}")
    service = Apprise.instantiate(url, suppress_exceptions=True)
    if not isinstance(service, NotifyBase):
        raise Unusable(f"BORDERWATCH_MESSAGES: Apprise does not understand the address of {name}")
    # Apprise counts its own repeats among the receivers.
    if len(service) > service.retry + 1:
        raise Unusable(f"BORDERWATCH_MESSAGES: {name} has several receivers; give each a name of its own")
    return service


def _shortened(body: str) -> str:
    """The body, cut by whole lines when it is long; the addresses that lead to the site always stay."""
    left = BODY_MAX
    kept: list[str] = []
    for line in body.strip().splitlines():
        left -= len(line) + 1
        if left >= 0 or line.startswith(settings.SITE_URL):
            kept.append(line)
        elif kept[-1:] != ["…"]:
            kept.append("…")
    return "\n".join(kept)


def faults() -> list[str]:
    """What is wrong with the destinations in the settings, one line for each that could not be used."""
    found = []
    for name in settings.MESSAGE_DESTINATIONS:
        try:
            _service(name)
        except Unusable as error:
            found.append(str(error))
    return found
