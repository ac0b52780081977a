"""Destinations of messages as others may know them: by name and service. Their addresses hold secrets."""

from django.conf import settings


def names() -> list[str]:
    """The names of the destinations in the server's settings, in order."""
    return sorted(settings.MESSAGE_DESTINATIONS)


def service_of(name: str) -> str:
    """The service of a destination as Apprise calls it ("tgram"); "" when there is no such destination."""
    return str(settings.MESSAGE_DESTINATIONS.get(name, "")).partition("://")[0].lower()
