"""Every pair of verb and state of a letter, allowed and forbidden, from the table and through the real verbs."""

from typing import Any

import pytest

from incidents import actions
from incidents.choices_answers import LetterState
from incidents.letters.workflow import TRANSITIONS, allowed, verb_label
from incidents.models import Letter
from incidents.tests import letters
from incidents.workflow import Refused

PAIRS = [(verb, state) for verb in TRANSITIONS for state in LetterState.values]


def _in_state(state: str, province: Any, office: Any) -> Letter:
    """A letter brought into a state by the verbs."""
    makers = {
        LetterState.DRAFT: letters.drafted,
        LetterState.NUMBERED: letters.numbered,
        LetterState.SIGNED: letters.signed,
        LetterState.SENT: letters.sent,
    }
    if state in makers:
        return makers[state](province, office)
    if state == LetterState.RECEIVED:
        return actions.receive_letter(actor=province, office=office, sender="MoI", subject_km="ឆ្លើយតប")
    return actions.void_letter(actor=province, letter=letters.numbered(province, office), reason="Misprint")


def _drive(verb: str, letter: Letter, province: Any) -> Any:
    more = {"void_letter": {"reason": "Misprint"}, "edit_letter": {"subject_km": "ថ្មី"}}.get(verb, {})
    return getattr(actions, verb)(actor=province, letter=letter, **more)


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_a_verb_moves_a_letter_exactly_where_the_table_says(verb, state, province, world, untouched, monkeypatch):
    from incidents.letters import papers

    # The paper itself has tests of its own.
    monkeypatch.setattr(papers, "pdf", lambda letter: b"%PDF-1.7 " + letter.number_text.encode())
    letter = _in_state(state, province, world["province-16"])
    if allowed(verb, state):
        _drive(verb, letter, province)
        after = Letter.objects.filter(pk=letter.pk).values_list("state", flat=True).first()
        assert after == (None if verb == "discard_letter" else TRANSITIONS[verb][1])
    else:
        with untouched(), pytest.raises(Refused):
            _drive(verb, letter, province)
        assert Letter.objects.get(pk=letter.pk).state == state


def test_every_verb_has_words():
    assert all(verb_label(verb) for verb in TRANSITIONS)
