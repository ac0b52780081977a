"""Every pair of verb and state of a case, allowed and forbidden, from the table and through the real verbs."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from incidents import actions, case_workflow
from incidents.actions import opening, steps
from incidents.case_workflow import CASE_DUE, TRANSITIONS
from incidents.choices import CaseState, Outcome
from incidents.models import AccountabilityCase, AccountabilityPolicy
from incidents.tests.accountability import after, bring, opened
from incidents.workflow import Refused

PAIRS = [(verb, state) for verb in TRANSITIONS for state in CaseState.values]
LATE = {("take_to_review", CaseState.NOTIFIED), ("close_case", CaseState.RULED)}


def _drive(verb, case, province, head, moi):
    drivers = {
        "notify_head": lambda: actions.notify_head(actor=province, case=case),
        "explain": lambda: actions.explain(actor=head, case=case, text="We were elsewhere."),
        "take_to_review": lambda: actions.take_to_review(actor=province, case=case),
        "rule_case": lambda: actions.rule_case(
            actor=province, case=case, outcome=Outcome.ACCOUNTABLE, measures="Reprimand", text="Not patrolled."
        ),
        "appeal": lambda: actions.appeal(actor=head, case=case, text="Unjust."),
        "decide_appeal": lambda: actions.decide_appeal(
            actor=moi, case=case, outcome=Outcome.ACCOUNTABLE, text="It stands."
        ),
        "close_case": lambda: actions.close_case(actor=province, case=case, text="Nobody appealed."),
        "withdraw_case": lambda: actions.withdraw_case(actor=province, case=case, reason="Opened in error."),
        "lapse_case": lambda: steps.advance(
            steps.locked(case), "lapse_case", None, text="moved", outcome=Outcome.WITHDRAWN
        ),
    }
    return drivers[verb]()


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_the_verb_obeys_the_table(verb, state, file, province, head, moi, untouched):
    case = bring(opened(file, province), state, reviewer=province, head=head, above=moi)
    before = case.steps.count()
    if not case_workflow.allowed(verb, state):
        # The accused side is kept out of a case it was not told of, before its state is even looked at.
        hidden = state == CaseState.OPENED and verb in case_workflow.OF_THE_HEAD
        with untouched(), pytest.raises(PermissionDenied if hidden else Refused):
            _drive(verb, case, province, head, moi)
        case.refresh_from_db()
        assert (case.state, case.steps.count()) == (state, before)
        return
    if (verb, state) in LATE:
        with after(case):
            _drive(verb, case, province, head, moi)
    else:
        _drive(verb, case, province, head, moi)
    case.refresh_from_db()
    assert case.state == TRANSITIONS[verb][1]
    step = case.steps.last()
    assert (step.verb, step.before, step.after, step.number) == (verb, state, case.state, before + 1)
    assert case_workflow.step_label(verb)
    assert case_workflow.verb_label(verb)


@pytest.mark.parametrize("state", CaseState.values)
def test_each_state_sets_the_deadline_its_policy_names(state, file, province, head, moi):
    case = bring(opened(file, province), state, reviewer=province, head=head, above=moi)
    step = case.steps.last()
    if state == CaseState.CLOSED:
        assert case.due_at is None
        assert case.closed_at == step.at
        return
    days = getattr(AccountabilityPolicy.objects.get(slug="illegal-crossing"), CASE_DUE[state])
    assert case.due_at == step.at + timedelta(days=days) == step.next_due_at


def test_a_running_case_obeys_the_policy_as_it_was(file, province):
    case = opened(file, province)
    AccountabilityPolicy.objects.update(explain_within_days=99)
    actions.notify_head(actor=province, case=case)
    case.refresh_from_db()
    assert case.due_at - case.notified_at == timedelta(days=7)


def test_every_state_can_be_reached_and_left_and_a_closed_case_stays_closed():
    assert {to for _sources, to in TRANSITIONS.values()} | {CaseState.OPENED} == set(CaseState.values)
    left = set().union(*(sources for sources, _to in TRANSITIONS.values()))
    assert left == set(CaseState.values) - {CaseState.CLOSED}
    assert set(CASE_DUE) == left


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_a_refusal_says_the_state_and_what_is_possible(verb, state):
    if case_workflow.allowed(verb, state):
        assert case_workflow.move(verb, state) == TRANSITIONS[verb][1]
        return
    with pytest.raises(Refused) as refused:
        case_workflow.move(verb, state)
    message = refused.value.messages[0]
    assert str(CaseState(state).label) in message
    for other, (sources, _to) in TRANSITIONS.items():
        if state in sources and other not in case_workflow.BY_ITSELF:
            assert case_workflow.verb_label(other) in message
    assert case_workflow.verb_label("lapse_case") not in message


def test_the_step_before_keeps_whether_its_deadline_was_met(file, province, head, moi):
    case = bring(opened(file, province), CaseState.NOTIFIED, reviewer=province, head=head, above=moi)
    due = case.due_at
    with after(case, days=2):
        actions.explain(actor=head, case=case, text="Late, for the road was flooded.")
    step = case.steps.last()
    assert step.was_due_at == due < step.at


def test_opening_is_the_first_step(file, province):
    case = opened(file, province)
    step = case.steps.get()
    assert (step.number, step.verb, step.before, step.after) == (1, "open_case", "", CaseState.OPENED)
    assert step.by is None
    assert step.at <= timezone.now()
    assert AccountabilityCase.objects.open().filter(pk=case.pk).exists()
    assert opening.open_by_itself(case.incident) is None
