"""What every template knows about the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Whether this is the demo world (a banner says so) and the languages to choose from."""
    return {"DEMO": settings.DEMO, "LANGUAGES": settings.LANGUAGES}
