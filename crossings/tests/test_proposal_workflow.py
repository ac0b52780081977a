"""The states of a proposal and of a condition: every allowed and every forbidden pair, from the tables."""

import pytest

from borderwatch import verbs
from crossings import proposal_workflow as workflow
from crossings.choices import ConditionState, ProposalState

ALLOWED = {
    ("save_draft", "draft"): "draft",
    ("save_draft", "returned"): "returned",
    ("submit_proposal", "draft"): "submitted",
    ("submit_proposal", "returned"): "submitted",
    ("take_position", "submitted"): "submitted",
    ("return_proposal", "submitted"): "returned",
    ("recommend_proposal", "submitted"): "recommended",
    ("take_back_recommendation", "recommended"): "submitted",
    ("approve_proposal", "recommended"): "approved",
    ("refuse_proposal", "submitted"): "refused",
    ("refuse_proposal", "recommended"): "refused",
    ("withdraw_proposal", "draft"): "withdrawn",
    ("withdraw_proposal", "submitted"): "withdrawn",
    ("withdraw_proposal", "returned"): "withdrawn",
}
CONDITIONS = {
    ("report_condition_met", "open"): "met",
    ("confirm_condition", "met"): "confirmed",
    ("deny_condition", "met"): "open",
    ("waive_condition", "open"): "waived",
    ("waive_condition", "met"): "waived",
}


@pytest.mark.parametrize("state", ProposalState.values)
@pytest.mark.parametrize("verb", workflow.TRANSITIONS)
def test_every_pair_of_a_proposal(verb: str, state: str) -> None:
    _check(workflow.move, ALLOWED, verb, state, str(ProposalState(state).label))


@pytest.mark.parametrize("state", ConditionState.values)
@pytest.mark.parametrize("verb", workflow.OF_A_CONDITION)
def test_every_pair_of_a_condition(verb: str, state: str) -> None:
    _check(workflow.move_condition, CONDITIONS, verb, state, str(ConditionState(state).label))


def _check(move, table, verb, state, label):  # type: ignore[no-untyped-def]
    if (verb, state) in table:
        assert workflow.allowed(verb, state)
        assert move(verb, state) == table[verb, state]
    else:
        assert not workflow.allowed(verb, state)
        with pytest.raises(workflow.Refused) as refusal:
            move(verb, state)
        assert refusal.value.code == "refused"
        assert label in refusal.value.messages[0]


def test_every_verb_has_its_words() -> None:
    for verb in (*workflow.TRANSITIONS, *workflow.OF_A_CONDITION):
        assert workflow.verb_label(verb)
        assert verbs.label(verb) == workflow.step_label(verb)
