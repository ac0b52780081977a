"""A count of traffic as the cause why a closed crossing is held to be open again: in words, and where to look."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crossings import causes
from crossings.actions.traffic import CAUSE
from crossings.causes import Cause
from crossings.models import TrafficSheet


def read(user: Any, keys: list[str]) -> dict[str, Cause]:
    """The counts the person may see, by key."""
    ids = [int(key) for key in keys if key.isdecimal()]
    rows = TrafficSheet.objects.visible_to(user).filter(pk__in=ids).select_related("crossing")
    return {str(row.pk): Cause(_words(row), reverse("traffic:day", args=[row.crossing.slug, row.day])) for row in rows}


def _words(row: TrafficSheet) -> str:
    return _("Traffic counted on %(day)s, %(direction)s") % {
        "day": f"{row.day:%d/%m/%Y}",
        "direction": row.get_direction_display(),
    }


causes.register(CAUSE, read)
