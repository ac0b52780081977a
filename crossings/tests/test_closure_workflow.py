"""Every allowed and every forbidden pair of verb and state, from the tables."""

import pytest
from django.utils import translation

from crossings import closure_workflow as workflow
from crossings.choices import ClosureState, SignState

# Written out once more by hand, so that a slip in the table is seen.
ALLOWED = {
    ("change_closure_draft", "drafted", "drafted"),
    ("issue_closure", "drafted", "issued"),
    ("withdraw_closure", "drafted", "withdrawn"),
    ("report_carried_out", "issued", "carried_out"),
    ("verify_closure", "carried_out", "verified"),
    ("send_back_closure", "carried_out", "issued"),
    ("follow_up_closure", "verified", "verified"),
    ("confirm_reopening", "verified", "issued"),
    ("lift_closure", "issued", "lifted"),
    ("lift_closure", "carried_out", "lifted"),
    ("lift_closure", "verified", "lifted"),
}
PAIRS = [(verb, state) for verb in workflow.TRANSITIONS for state in ClosureState.values]


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_every_pair_of_verb_and_state(verb: str, state: str) -> None:
    after = {to for name, before, to in ALLOWED if (name, before) == (verb, state)}
    assert workflow.allowed(verb, state) == bool(after)
    if after:
        assert workflow.move(verb, state) == after.pop()
    else:
        with pytest.raises(workflow.Refused):
            workflow.move(verb, state)


@pytest.mark.parametrize(
    ("verb", "state", "after"),
    [
        ("confirm_reopening", "to_confirm", "confirmed"),
        ("dismiss_sign", "to_confirm", "dismissed"),
        *((verb, state, None) for verb in workflow.SIGNS for state in ("confirmed", "dismissed")),
    ],
)
def test_a_sign_is_decided_once(verb: str, state: str, after: str | None) -> None:
    if after:
        assert workflow.decide(verb, state) == after
    else:
        with pytest.raises(workflow.Refused):
            workflow.decide(verb, state)


def test_the_tables_name_only_states_there_are() -> None:
    for before, after in workflow.TRANSITIONS.values():
        assert before <= set(ClosureState.values)
        assert after is None or after in ClosureState.values
    for before, after in workflow.SIGNS.values():
        assert before | {after} <= set(SignState.values)


def test_nothing_leads_out_of_the_end_and_every_verb_has_words() -> None:
    for verb in workflow.TRANSITIONS:
        assert workflow.verb_label(verb)
        assert not workflow.allowed(verb, ClosureState.LIFTED)
        assert not workflow.allowed(verb, ClosureState.WITHDRAWN)


def test_a_refusal_says_the_state_and_what_could_be_done() -> None:
    with translation.override("en"), pytest.raises(workflow.Refused) as caught:
        workflow.move("verify_closure", "issued")
    words = caught.value.messages[0]
    assert "“issued”" in words
    assert "report that it is carried out, lift it" in words
    with translation.override("en"), pytest.raises(workflow.Refused, match="nothing"):
        workflow.move("issue_closure", "withdrawn")
