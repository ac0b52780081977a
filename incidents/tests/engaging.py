"""Contacts and guidance as the tests need them, by the verbs alone."""

from datetime import timedelta
from typing import Any

from borderwatch import clock
from borderwatch.models import Delivery
from incidents import actions
from incidents.choices_answers import InstructionState
from incidents.engagements.contact import Contact
from incidents.models import Counterpart, Engagement, Instruction

S = InstructionState


def contact(**changes: Any) -> Contact:
    """A believable contact with the post opposite O Yadav, half an hour ago; name what differs."""
    values: dict[str, Any] = {
        "kind": "meeting_at_post",
        "happened_at": clock.now() - timedelta(minutes=30),
        "counterpart": Counterpart.objects.get(slug="vn-le-thanh-border-gate-post"),
        "our_people": "Sok Sophea",
        "demanded": "Stop the digging",
        "answer": "They must ask their superiors",
        "result": "referred_up",
    }
    return Contact(**{**values, **changes})


def logged(actor: Any, incident: Any, **changes: Any) -> Engagement:
    """An engagement in the log."""
    more = {name: changes.pop(name) for name in ("unit", "files", "client_key") if name in changes}
    return actions.log_engagement(actor=actor, incident=incident, contact=contact(**changes), **more).engagement


def instruct(actor: Any, incident: Any, *, giver: Any, taker: Any, **changes: Any) -> Instruction:
    """Guidance to measure the ponds within eight hours that count round the clock; name what differs."""
    values: dict[str, Any] = {
        "subject": "Measure the ponds",
        "text": "Measure and photograph the ponds, with the reference map.",
        "within_min": 480,
        "precedence": "immediate",
    }
    return actions.instruct(actor=actor, incident=incident, from_unit=giver, to_unit=taker, **{**values, **changes})


def bring(row: Instruction, state: str, *, doer: Any, giver: Any) -> Instruction:
    """Lead guidance that was just issued to a state, by the shortest way."""
    steps = {
        S.ISSUED: [],
        S.QUESTIONED: [lambda: actions.ask_back(actor=doer, instruction=row, text="Which map?")],
        S.ACKNOWLEDGED: [lambda: actions.acknowledge_instruction(actor=doer, instruction=row)],
        S.WITHDRAWN: [lambda: actions.withdraw_instruction(actor=giver, instruction=row, reason="Not needed")],
    }
    steps[S.DONE] = [
        *steps[S.ACKNOWLEDGED],
        lambda: actions.report_instruction_done(actor=doer, instruction=row, text="Measured"),
    ]
    steps[S.ADEQUATE] = [*steps[S.DONE], lambda: actions.find_adequate(actor=giver, instruction=row)]
    for step in steps[S(state)]:
        step()
    row.refresh_from_db()
    assert row.state == state
    return row


def fresh(row: Instruction) -> Instruction:
    """The row as it is now, with its clock."""
    return Instruction.objects.select_related("clock").get(pk=row.pk)


def events(row: Instruction) -> list[str]:
    """What has happened to its clock, in order."""
    return list(row.clock.events.order_by("number").values_list("kind", flat=True))


def planned(row: Instruction) -> set[tuple[str, Any]]:
    """The notices still planned for it, as (topic, moment)."""
    rows = Delivery.objects.filter(bundle=row.bundle, state="pending")
    return set(rows.values_list("topic", "planned_at"))
