"""What people are told about traffic: a crossing that is not counted any more."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from borderwatch.outbox import Notice
from borderwatch.topics import Topic, register
from crossings import deciders
from crossings.models import TrafficOutlier
from units.recipients import Book


def silent(outlier: TrafficOutlier) -> Notice:
    """A crossing has fallen silent: told to the desk of its province."""
    crossing = outlier.crossing
    administration = deciders.administration(crossing)
    return Notice(
        topic="crossing_silent",
        event=f"crossing_silent:{crossing.slug}:{outlier.day.isoformat()}",
        kind="trafficoutlier",
        key=str(outlier.pk),
        recipients=Book([administration]).province_desk(administration),
        data={
            "url": f"{settings.SITE_URL}{reverse('traffic:outlier', args=[outlier.pk])}",
            "crossing": {"code": crossing.slug, "name_km": crossing.name_km, "name_en": crossing.name_en},
            **outlier.basis,
        },
    )


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    names = data["crossing"]
    khmer = names["name_km"] and get_language() == "km"
    return {
        **data,
        "crossing_name": names["name_km"] if khmer else names["name_en"],
        "last": date.fromisoformat(data["last"]).strftime("%d/%m/%Y"),
    }


register(Topic("crossing_silent", _("A crossing is not counted any more"), "notices/crossing_silent.txt", words=words))
