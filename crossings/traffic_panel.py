"""Traffic on a crossing's page: the last sixty days at a glance. Imported by `ready`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from borderwatch.templatetags.words import digits
from crossings import charts, deciders, panels, traffic
from crossings.choices import Flow
from crossings.forms_traffic_reading import MEASURES
from crossings.models import Crossing
from crossings.open_hours import DAY
from crossings.traffic_words import rows_of

DAYS = 60


def _context(user: Any, crossing: Crossing) -> dict[str, Any] | None:
    """The spark of the last days with its coverage; None for who does not see the crossing's traffic."""
    if not traffic.crossings_of(user).filter(pk=crossing.pk).exists():
        return None
    today = traffic.today()
    measure = "passengers" if Flow.PEOPLE in crossing.flows else "tonnes"
    series = traffic.series(user, crossing, measure, today - (DAYS - 1) * DAY, today)
    chart = charts.mirrored(series, write=digits, size=charts.SPARK)
    return {
        "crossing": crossing,
        "series": series,
        "measure": str(dict(MEASURES)[measure]),
        "chart": chart,
        "slots": [(x, width, row) for (x, width, _s), row in zip(chart.slots, rows_of(series, ()), strict=True)],
        "days": DAYS,
        "today": today,
        "may_enter": deciders.may(user, "enter_traffic", crossing),
    }


panels.register(panels.Panel("traffic", _("Traffic"), "traffic/panel.html", _context, place=50))
