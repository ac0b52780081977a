"""Protests on an incident's page, and as steps of its chain."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import clock
from incidents.areas import Panel, register_chain, register_panel
from incidents.choices_answers import ProtestState
from incidents.models import Incident, Protest, ProtestStep
from incidents.protests import rules, workflow
from incidents.querysets_answers import OUT
from incidents.timeline import Step

# What everybody who sees the incident may know: that a note left, and what became of it.
SHOWN = ("send_protest", "file_reply", "close_protest", "renew_protest")


def context(user: Any, incident: Incident) -> dict[str, Any] | None:
    """The protests about the incident that the person sees, and whether he may draft one."""
    rows = Protest.objects.visible_to(user).filter(incident=incident).select_related("counterpart", "office")
    found = list(rows.order_by("number"))
    may_draft = rules.serves_an_institution(user) and bool(rules.offices_of(user, incident))
    if not found and not may_draft:
        return None
    today = rules.today_here()
    return {"protests": [(row, rules.overdue(row, today)) for row in found], "may_draft": may_draft}


def chain(incident: Incident) -> list[Step]:
    """Notes that left and what came back, and the day on which a reply is due."""
    steps = ProtestStep.objects.filter(protest__incident=incident, protest__state__in=OUT, verb__in=SHOWN)
    found = [_step(row) for row in steps.select_related("protest__counterpart").order_by("at")]
    waiting = Protest.objects.filter(incident=incident, state=ProtestState.SENT, reply_due_on__isnull=False)
    now = None
    for protest in waiting.select_related("counterpart"):
        now = now or clock.now()
        due = rules.end_of(protest.reply_due_on) if protest.reply_due_on else now
        title = _("Reply of %(whom)s to protest %(ref)s due") % {"whom": protest.counterpart.name, "ref": protest.ref}
        found.append(Step(due, "failed" if due < now else "planned", "due", title))
    return found


def _step(row: ProtestStep) -> Step:
    protest = row.protest
    detail = {
        "send_protest": _("Note %(number)s to %(whom)s")
        % {"number": protest.note_number, "whom": protest.counterpart.name},
        "file_reply": str(protest.get_outcome_display()),
    }.get(row.verb, "")
    return Step(row.at, "past", "decided", f"{protest.ref}: {workflow.step_label(row.verb)}", detail)


register_panel(Panel("protests", gettext_lazy("Diplomatic protest"), "protests/partials/panel.html", context, place=60))
register_chain(chain)
