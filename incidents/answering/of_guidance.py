"""Acknowledge guidance by link: that it has arrived and is being carried out (duty D10).

Only persons get such a link. A question back, and the report that it is done, need the thread and so the sign-in.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import topics
from borderwatch.models import ActionLink
from borderwatch.templatetags.words import due, moment
from incidents import notices
from incidents.actions.guidance import acknowledge_instruction
from incidents.answering.forms import ConfirmForm
from incidents.answering.purposes import Done, Line, Purpose, Settled, incident_lines, register
from incidents.choices_answers import InstructionState
from incidents.models import Instruction
from units.models import User


def _find(key: str) -> Instruction | None:
    rows = Instruction.objects.select_related("to_unit", "from_unit", "incident")
    return rows.filter(ref=key).first()


def _settled(row: Instruction) -> Settled | None:
    if row.state == InstructionState.ISSUED:
        return None
    step = row.steps.order_by("number").exclude(verb="instruct").first()
    label = str(row.get_state_display())
    return Settled(label, step.by_name, step.at) if step is not None else Settled(label)


def _facts(link: ActionLink, row: Instruction) -> list[Line]:
    words = topics.TOPICS[link.delivery.topic].words(topics.facts(link.delivery))
    lines: list[Line] = [
        *incident_lines(link),
        (_("Guidance"), row.ref),
        (_("Given by"), row.from_unit.name),
        (_("To be carried out by"), row.to_unit.name),
        (_("Urgency"), words["precedence_label"]),
    ]
    return [*lines, (_("Due by"), moment(row.due_at)), (_("Time left"), due(row.due_at))] if row.due_at else lines


def _act(actor: User | None, by_name: str, link: ActionLink, row: Instruction, given: Mapping[str, Any]) -> Done:
    assert actor is not None, "an address that is no person's gets no such link"
    fresh = Instruction.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if (before := _settled(fresh)) is not None:
        return Done({}, before)
    acknowledge_instruction(actor=actor, instruction=row)
    unit = notices.unit_facts(row.to_unit)
    return Done({"answer": "acknowledged", "by_name": by_name, "ref": row.ref, "unit": unit})


def _confirmed(link: ActionLink) -> list[Line]:
    said = link.confirmed
    return [
        (_("Answer"), InstructionState.ACKNOWLEDGED.label),
        (_("In the name of"), notices.name(said["unit"])),
        (_("About"), said["ref"]),
    ]


register(
    Purpose(
        slug="acknowledge_instruction",
        title=gettext_lazy("Guidance to acknowledge"),
        button=gettext_lazy("Confirm: it has arrived and is being carried out"),
        hint=gettext_lazy("The order itself, a question back and the report that it is done need the sign-in."),
        verb="acknowledge_instruction",
        form=ConfirmForm,
        find=_find,
        unit=lambda row: row.to_unit,
        page=lambda row: row.get_absolute_url(),
        settled=_settled,
        facts=_facts,
        confirmed=_confirmed,
        act=_act,
    )
)
