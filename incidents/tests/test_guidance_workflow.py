"""Every pair of verb and state of guidance, allowed and forbidden, from the table and through the real verbs."""

import pytest

from incidents import actions
from incidents.choices_answers import InstructionState
from incidents.guidance import workflow
from incidents.guidance.workflow import TRANSITIONS
from incidents.models import Instruction
from incidents.tests.engaging import bring, instruct
from incidents.workflow import Refused

S = InstructionState
PAIRS = [(verb, state) for verb in TRANSITIONS for state in InstructionState.values]


@pytest.fixture
def issued(ponds, mfaic, world) -> Instruction:
    """MFAIC instructs the province about the ponds."""
    return instruct(mfaic, ponds, giver=world["mfaic"], taker=world["province-16"])


def _drive(verb, row, province, mfaic):
    drivers = {
        "acknowledge_instruction": lambda: actions.acknowledge_instruction(actor=province, instruction=row),
        "ask_back": lambda: actions.ask_back(actor=province, instruction=row, text="Which map?"),
        "answer_question": lambda: actions.answer_question(actor=mfaic, instruction=row, text="Sheet 6335"),
        "report_instruction_done": lambda: actions.report_instruction_done(
            actor=province, instruction=row, text="Measured"
        ),
        "find_adequate": lambda: actions.find_adequate(actor=mfaic, instruction=row),
        "find_wanting": lambda: actions.find_wanting(
            actor=mfaic, instruction=row, text="No scale on the photo", within_min=60
        ),
        "withdraw_instruction": lambda: actions.withdraw_instruction(actor=mfaic, instruction=row, reason="Over"),
    }
    return drivers[verb]()


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_the_verb_obeys_the_table(verb, state, issued, province, mfaic, untouched):
    row = bring(issued, state, doer=province, giver=mfaic)
    before = row.steps.count()
    if not workflow.allowed(verb, state):
        with untouched(), pytest.raises(Refused):
            _drive(verb, row, province, mfaic)
        row.refresh_from_db()
        assert (row.state, row.steps.count()) == (state, before)
        return
    taken = _drive(verb, row, province, mfaic)
    row.refresh_from_db()
    # A question asked of guidance that was just issued leads back to it.
    assert row.state == (TRANSITIONS[verb][1] or S.ISSUED)
    step = row.steps.order_by("number").last()
    assert taken.first
    assert taken.step == step
    assert (step.verb, step.before, step.after, step.number) == (verb, state, row.state, before + 1)
    assert (row.ended_at is not None) == (row.state in (S.ADEQUATE, S.WITHDRAWN))
    assert workflow.step_label(verb)
    assert workflow.verb_label(verb)


@pytest.mark.parametrize("state", [S.ISSUED, S.ACKNOWLEDGED])
def test_an_answered_question_leads_back_to_where_it_was_asked(state, issued, province, mfaic):
    row = bring(issued, state, doer=province, giver=mfaic)
    actions.ask_back(actor=province, instruction=row, text="Which map?")
    actions.answer_question(actor=mfaic, instruction=row, text="Sheet 6335")
    row.refresh_from_db()
    assert row.state == state


def test_the_second_of_two_questions_leads_back_to_its_own_state(issued, province, mfaic):
    actions.ask_back(actor=province, instruction=issued, text="Which map?")
    actions.answer_question(actor=mfaic, instruction=issued, text="Sheet 6335")
    actions.acknowledge_instruction(actor=province, instruction=issued)
    actions.ask_back(actor=province, instruction=issued, text="With a drone?")
    actions.answer_question(actor=mfaic, instruction=issued, text="Yes")
    issued.refresh_from_db()
    assert issued.state == S.ACKNOWLEDGED


@pytest.mark.parametrize("state", InstructionState.values)
def test_a_refusal_says_the_state_and_what_could_be_done(state):
    refused = [verb for verb in TRANSITIONS if not workflow.allowed(verb, state)]
    for verb in refused:
        with pytest.raises(Refused) as error:
            workflow.move(verb, state)
        assert str(InstructionState(state).label) in error.value.messages[0]
