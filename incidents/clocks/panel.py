"""The clocks of what institutions owe, on an incident's page: a line each, and the way to the reckoning."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from borderwatch import clock
from incidents import areas
from incidents.choices import DutyState
from incidents.clocks.explain import explain
from incidents.models import Duty, Incident, InformationRequest
from units.calendar import calendars


def context(user: Any, incident: Incident) -> dict[str, Any] | None:
    """Duties that are still owed with their clocks explained, and open requests; None when nothing runs."""
    owed = Duty.objects.visible_to(user).filter(escalation__incident=incident, clock__isnull=False).unanswered()
    rows = list(owed.select_related("unit", "clock__hours_of").prefetch_related("clock__events").order_by("due_at"))
    if not rows:
        return None
    now = clock.now()
    clocks = [(row, row.clock) for row in rows if row.clock is not None]
    found = calendars(running.hours_of for _row, running in clocks)
    lines = [(row, explain(running, now=now, calendar=found[running.hours_of_id])) for row, running in clocks]
    asked = any(row.state == DutyState.PAUSED for row in rows)
    requests = InformationRequest.objects.visible_to(user).open().filter(duty__in=rows) if asked else ()
    return {"lines": lines, "requests": requests}


areas.register_panel(
    areas.Panel("clocks", _("Clocks of the answers"), "clocks/panel.html", context, place=20, aside=True)
)
