"""Engagements on the page of their incident: the latest few, a link to log a further one, steps of the chain."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import areas
from incidents.areas import Panel
from incidents.choices import Category
from incidents.choices_answers import EngagementKind
from incidents.engagements import rules
from incidents.models import Engagement, Incident
from incidents.timeline import Step

SHOWN = 3


def shown(user: Any, incident: Incident) -> dict[str, Any] | None:
    """The latest entries; nothing where there is none and this person may log none."""
    visible = Engagement.objects.visible_to(user).filter(incident=incident)
    rows = list(visible.select_related("counterpart", "incident").order_by("-number"))
    may_log = rules.may_log(user, incident)
    if not rows and not may_log:
        return None
    return {
        "engagements": rows[:SHOWN],
        "engagements_more": max(0, len(rows) - SHOWN),
        "may_log_engagement": may_log,
        # Duty D8: the district engages the neighbour first.
        "engagement_owed": not rows and incident.category == Category.NEIGHBOUR,
    }


def chain(incident: Incident) -> list[Step]:
    """Each contact at the time it was had."""
    rows = Engagement.objects.filter(incident=incident).select_related("counterpart").order_by("number")
    return [_step(row) for row in rows]


def _step(row: Engagement) -> Step:
    if row.struck_at is not None:
        title = _("Engagement, struck from the log: %(whom)s")
    elif row.kind == EngagementKind.NO_CONTACT:
        title = _("Contact sought in vain: %(whom)s")
    else:
        title = _("Neighbour engaged: %(whom)s")
    state = "cancelled" if row.struck_at else "past"
    result = f"{row.get_kind_display()} · {row.get_result_display()}"
    return Step(row.happened_at, state, "engaged", title % {"whom": row.whom}, result)


def tidy(incident: Incident) -> None:
    """A closed incident reminds nobody of a next contact."""
    from incidents.actions.engagements import cancel_next_contacts

    cancel_next_contacts(incident, reason="the incident is closed")


areas.register_panel(
    Panel("engagements", gettext_lazy("Engagement of the neighbour"), "engagements/panel.html", shown, place=20)
)
areas.register_chain(chain)
areas.register_closing(afterwards=tidy)
