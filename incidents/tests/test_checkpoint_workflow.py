"""The states of an unauthorised checkpoint: every allowed and every forbidden pair."""

import pytest

from incidents.checkpoint_workflow import TRANSITIONS, allowed, move, verb_label
from incidents.choices import CheckpointState
from incidents.workflow import Refused

PAIRS = [(verb, state) for verb in TRANSITIONS for state in CheckpointState.values]


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_a_pair_moves_as_the_table_says_or_is_refused(verb, state):
    after = TRANSITIONS[verb].get(state)
    assert allowed(verb, state) is (after is not None)
    if after is not None:
        assert move(verb, state) == after
        return
    with pytest.raises(Refused) as refusal:
        move(verb, state)
    said = " ".join(refusal.value.messages)
    assert str(CheckpointState(state).label) in said
    for other, pairs in TRANSITIONS.items():
        assert (verb_label(other) in said) == (state in pairs)


def test_what_is_removed_and_confirmed_moves_no_more():
    assert not [verb for verb in TRANSITIONS if allowed(verb, CheckpointState.REMOVED)]


def test_what_was_never_ordered_stands_again_after_a_denial():
    state = CheckpointState.REPORTED_REMOVED
    assert move("deny_removal", state, ordered=False) == CheckpointState.STANDING
    assert move("deny_removal", state, ordered=True) == CheckpointState.REMOVAL_ORDERED


def test_only_a_second_look_takes_up_what_was_held_to_be_none():
    assert [verb for verb in TRANSITIONS if allowed(verb, CheckpointState.NO_CHECKPOINT)] == ["recognise_again"]
