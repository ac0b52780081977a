"""Guidance on the page of its incident: what was asked and how it stands, a link to give more, steps of the chain."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import clock
from incidents import areas
from incidents.areas import Panel
from incidents.guidance import rules, workflow
from incidents.models import Incident, Instruction, InstructionStep
from incidents.timeline import Step

SHOWN = 4


def shown(user: Any, incident: Incident) -> dict[str, Any] | None:
    """The latest guidance; nothing where there is none and this person may give none."""
    visible = Instruction.objects.visible_to(user).filter(incident=incident)
    rows = list(visible.select_related("from_unit", "to_unit").order_by("-number"))
    may_instruct = rules.may_instruct(user, incident)
    if not rows and not may_instruct:
        return None
    return {
        "guidance": rows[:SHOWN],
        "guidance_more": max(0, len(rows) - SHOWN),
        "may_instruct": may_instruct,
    }


def chain(incident: Incident) -> list[Step]:
    """What was done in each thread, and when what is owed now is due; one query when there is no guidance."""
    steps = InstructionStep.objects.filter(instruction__incident=incident).select_related(
        "instruction__from_unit", "instruction__to_unit"
    )
    rows = list(steps.order_by("instruction__number", "number"))
    found = [_step(row) for row in rows]
    open_ones = {row.instruction_id: row.instruction for row in rows if row.instruction.due_at is not None}
    if not open_ones:
        return found
    now = clock.now()
    for one in open_ones.values():
        assert one.due_at is not None, "only those with a deadline are here"
        title = _("%(unit)s carries out %(ref)s") % {"unit": one.to_unit.name, "ref": one.ref}
        found.append(Step(one.due_at, "failed" if one.due_at < now else "planned", "due", title, one.subject))
    return found


def _step(row: InstructionStep) -> Step:
    one = row.instruction
    words = {"ref": one.ref, "what": workflow.step_label(row.verb)}
    title = _("%(ref)s: %(what)s") % words
    who = f"{one.from_unit.name} → {one.to_unit.name}" if row.verb == "instruct" else row.by_name
    return Step(row.at, "past", "guidance", title, f"{who} · {one.subject}")


areas.register_panel(Panel("guidance", gettext_lazy("Guidance"), "guidance/panel.html", shown, place=30))
areas.register_chain(chain)
areas.register_closing(refusal=rules.still_open)
