"""What the frame of every page says while a drill runs."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from incidents.drills import roll


def drills(request: HttpRequest) -> dict[str, Any]:
    """The running drills that are this person's business, and whether he may lead any. Lazy: one query where shown."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"running_drills": SimpleLazyObject(lambda: roll.concerning(user))}
