"""What people are told about guidance. The order itself and the words of the thread stay behind the sign-in."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Asked, Topic, register
from incidents import notices
from incidents.choices_answers import InstructionState, Precedence
from incidents.guidance.workflow import OPEN, step_label
from incidents.models import Instruction, InstructionStep


def facts(row: Instruction, step: InstructionStep) -> dict[str, Any]:
    """The incident's facts, and of the guidance from whom, to whom, how urgent, how it stands, by when."""
    return {
        **notices.incident_facts(row.incident),
        "guidance": {
            "ref": row.ref,
            "url": f"{settings.SITE_URL}{row.get_absolute_url()}",
            "from": notices.unit_facts(row.from_unit),
            "to": notices.unit_facts(row.to_unit),
            "precedence": row.precedence,
            "state": row.state,
            "due_at": row.due_at.isoformat() if row.due_at else None,
            "step": {"number": step.number, "verb": step.verb, "by": step.by_name, "at": step.at.isoformat()},
        },
    }


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    row = data["guidance"]
    return {
        **notices.words(data),
        "guidance_ref": row["ref"],
        "guidance_url": row["url"],
        "from_name": notices.name(row["from"]),
        "to_name": notices.name(row["to"]),
        "precedence_label": str(Precedence(row["precedence"]).label),
        "state_label": str(InstructionState(row["state"]).label),
        "due_at": notices.moment(row["due_at"]),
        "step_label": step_label(row["step"]["verb"]),
        "by": row["step"]["by"],
    }


def notice(
    row: Instruction,
    step: InstructionStep,
    topic: str,
    *,
    to: list[Recipient],
    part: str = "",
    at: datetime | None = None,
) -> Notice:
    """A notice about a step; a planned one falls with the bundle of the guidance."""
    return Notice(
        topic=topic,
        event=f"guidance:{row.ref}:step:{step.number}{f':{part}' if part else ''}",
        kind="incident",
        key=row.incident.ref,
        recipients=to,
        data=facts(row, step),
        at=at,
        bundle=row.bundle if at else "",
    )


def needs_no_reminder(delivery: Delivery) -> str:
    """The guidance has ended, or the person may see it no more."""
    number = delivery.bundle.removeprefix("instruction:")
    if number.isdigit() and not Instruction.objects.filter(pk=number, state__in=OPEN).exists():
        return "the guidance is at its end"
    return notices.cannot_see(delivery)


def _asks(data: dict[str, Any]) -> Asked | None:
    """Guidance that was just issued is acknowledged by the link in a person's mail (incidents/answering)."""
    row = data["guidance"]
    if row["state"] != InstructionState.ISSUED:
        return None
    return Asked("acknowledge_instruction", "instruction", row["ref"], person_only=True)


register(
    *(
        Topic(slug, label, f"notices/{slug}.txt", urgent=urgent, obsolete=obsolete, words=words, asks=_asks)
        for slug, label, urgent, obsolete in (
            ("guidance_issued", _("Guidance to carry out"), True, notices.cannot_see),
            ("guidance_step", _("Step in guidance"), False, notices.cannot_see),
            ("guidance_asked", _("A question about your guidance"), True, notices.cannot_see),
            ("guidance_done", _("Guidance was carried out; judge it"), True, notices.cannot_see),
            ("guidance_reminder", _("Guidance waits for you"), True, needs_no_reminder),
            ("guidance_overdue", _("Guidance is overdue"), True, needs_no_reminder),
        )
    )
)
