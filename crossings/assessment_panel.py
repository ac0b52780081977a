"""Assessments on the page of a crossing."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from crossings import deciders, panels, scoring
from crossings.choices import AssessmentState
from crossings.models import Assessment, Crossing

# The page shows the latest; the list has them all.
SHOWN = 5


def _context(user: Any, crossing: Crossing) -> dict[str, Any] | None:
    from crossings.views.assessments import scored

    rows = Assessment.objects.visible_to(user).filter(crossing=crossing)
    found = list(rows.select_related("unit", "started_by").order_by("-started_at", "-pk")[:SHOWN])
    may = deciders.may(user, "assess_crossing", crossing)
    if not found and not may:
        return None
    alive = [one.pk for one in found if one.state != AssessmentState.ABANDONED]
    return {
        "rows": scored(found, scoring.in_force() if found else None),
        "compared": urlencode([("a", pk) for pk in alive]) if len(alive) > 1 else "",
        "may_assess": may,
    }


panels.register(panels.Panel("assessments", _("Assessments"), "assessments/partials/panel.html", _context, place=40))
