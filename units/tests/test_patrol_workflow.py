"""The states of a patrol: every allowed and every forbidden pair, from the table."""

import pytest

from units import workflow
from units.choices import PatrolState

ALLOWED = {
    ("start_patrol", "planned"): "under_way",
    ("start_patrol", "missed"): "under_way",
    ("finish_patrol", "under_way"): "finished",
    ("call_off_patrol", "planned"): "cancelled",
    ("mark_missed", "planned"): "missed",
    ("add_track", "under_way"): "under_way",
    ("add_track", "finished"): "finished",
    ("add_observation", "under_way"): "under_way",
    ("add_observation", "finished"): "finished",
}


@pytest.mark.parametrize("state", PatrolState.values)
@pytest.mark.parametrize("verb", workflow.TRANSITIONS)
def test_every_pair(verb: str, state: str) -> None:
    if (verb, state) in ALLOWED:
        assert workflow.allowed(verb, state)
        assert workflow.move(verb, state) == ALLOWED[verb, state]
    else:
        assert not workflow.allowed(verb, state)
        with pytest.raises(workflow.Refused) as refusal:
            workflow.move(verb, state)
        assert refusal.value.code == "refused"
        assert str(PatrolState(state).label) in refusal.value.messages[0]


def test_every_verb_has_its_word() -> None:
    assert all(workflow.verb_label(verb) for verb in workflow.TRANSITIONS)
