"""Next contacts with the neighbour that are due, on the home page of who files for the unit."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crossings.desk import TOP, Line, Waiting
from incidents import areas
from incidents.engagements import rules
from incidents.models import Engagement
from units import policy


def waiting_for(user: Any) -> list[Waiting]:
    """One heap; one query when it is empty, none for who files for no unit."""
    if not policy.unit_ids(user, policy.FILE):
        return []
    rows = rules.due_for(user)
    top = list(rows[: TOP + 1])
    if not top:
        return []
    count = len(top) if len(top) <= TOP else rows.count()
    page = f"{reverse('engagements:list')}?next_due=true"
    return [Waiting("next-contact", _("Next contact due"), page, count, [_line(row) for row in top[:TOP]])]


def _line(row: Engagement) -> Line:
    return Line(f"{row.incident.ref} · {row.whom}", row.get_absolute_url(), row.next_contact_at)


areas.register_heaps(waiting_for)
