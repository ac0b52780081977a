"""The states of a proposal and of its conditions, and the verbs that move them. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from these tables. Source: directive duty D3.
"""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _

from crossings.choices import ConditionState, ProposalState

Table = Mapping[str, tuple[frozenset[str], str | None]]

# verb: (from any of these, to this; None: the proposal stays as it is)
TRANSITIONS: Table = {
    "save_draft": (frozenset({ProposalState.DRAFT, ProposalState.RETURNED}), None),
    "submit_proposal": (frozenset({ProposalState.DRAFT, ProposalState.RETURNED}), ProposalState.SUBMITTED),
    "take_position": (frozenset({ProposalState.SUBMITTED}), None),
    "return_proposal": (frozenset({ProposalState.SUBMITTED}), ProposalState.RETURNED),
    "recommend_proposal": (frozenset({ProposalState.SUBMITTED}), ProposalState.RECOMMENDED),
    "take_back_recommendation": (frozenset({ProposalState.RECOMMENDED}), ProposalState.SUBMITTED),
    "approve_proposal": (frozenset({ProposalState.RECOMMENDED}), ProposalState.APPROVED),
    # The ministry may refuse what it will not recommend; after a recommendation the government refuses.
    "refuse_proposal": (frozenset({ProposalState.SUBMITTED, ProposalState.RECOMMENDED}), ProposalState.REFUSED),
    "withdraw_proposal": (
        frozenset({ProposalState.DRAFT, ProposalState.SUBMITTED, ProposalState.RETURNED}),
        ProposalState.WITHDRAWN,
    ),
}
OF_A_CONDITION: Table = {
    "report_condition_met": (frozenset({ConditionState.OPEN}), ConditionState.MET),
    "confirm_condition": (frozenset({ConditionState.MET}), ConditionState.CONFIRMED),
    "deny_condition": (frozenset({ConditionState.MET}), ConditionState.OPEN),
    "waive_condition": (frozenset({ConditionState.OPEN, ConditionState.MET}), ConditionState.WAIVED),
}


class Refused(ValidationError):
    """The state does not allow the verb."""


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in (TRANSITIONS if verb in TRANSITIONS else OF_A_CONDITION)[verb][0]


def move(verb: str, state: str) -> str:
    """The proposal's state after the verb; raises Refused, saying what it is and what could be done instead."""
    said = _("The proposal is: %(state)s. This cannot be done now. Possible: %(possible)s.")
    return _move(TRANSITIONS, ProposalState, said, verb, state)


def move_condition(verb: str, state: str) -> str:
    """The condition's state after the verb; raises Refused in the same way."""
    said = _("The condition is: %(state)s. This cannot be done now. Possible: %(possible)s.")
    return _move(OF_A_CONDITION, ConditionState, said, verb, state)


def _move(table: Table, kind: type[TextChoices], said: str, verb: str, state: str) -> str:
    sources, target = table[verb]
    if state not in sources:
        possible = [verb_label(name) for name, (before, _after) in table.items() if state in before]
        words = {"state": kind(state).label, "possible": ", ".join(possible) or _("nothing")}
        raise Refused(said % words, code="refused")
    return target or state


def verb_label(verb: str) -> str:
    """A verb in words, as a sentence lists it."""
    return {
        "save_draft": _("write on"),
        "submit_proposal": _("hand in"),
        "take_position": _("take a position"),
        "return_proposal": _("return for correction"),
        "recommend_proposal": _("recommend to the government"),
        "take_back_recommendation": _("take the recommendation back"),
        "approve_proposal": _("enter the approval"),
        "refuse_proposal": _("refuse"),
        "withdraw_proposal": _("withdraw the proposal"),
        "report_condition_met": _("report as met"),
        "confirm_condition": _("confirm"),
        "deny_condition": _("say that it is not met"),
        "waive_condition": _("waive"),
    }[verb]


def step_label(verb: str) -> str:
    """A step in words, as the record and a notice say what was done."""
    return {
        "start_proposal": _("Proposal begun"),
        "save_draft": _("Draft of a proposal saved"),
        "submit_proposal": _("Proposal handed in"),
        "take_position": _("Position taken"),
        "return_proposal": _("Returned for correction"),
        "recommend_proposal": _("Recommended to the government"),
        "take_back_recommendation": _("Recommendation taken back"),
        "approve_proposal": _("Approved by the government"),
        "refuse_proposal": _("Proposal refused"),
        "withdraw_proposal": _("Proposal withdrawn"),
        "report_condition_met": _("Condition reported as met"),
        "confirm_condition": _("Condition confirmed"),
        "deny_condition": _("Condition not met"),
        "waive_condition": _("Condition waived"),
    }[verb]
