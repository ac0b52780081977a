"""Every pair of verb and state, allowed and forbidden, taken from the table and driven through the real verbs."""

import pytest
from django.utils import timezone

from incidents import workflow
from incidents.actions import acknowledge, close_incident, escalate, reopen_incident, verify_incident
from incidents.choices import CloseReason, DutyState, Status
from incidents.models import Acknowledgement, Duty, EscalationPolicy, Incident
from incidents.workflow import TRANSITIONS

PAIRS = [(verb, status) for verb in TRANSITIONS for status in Status.values]


def _at(status, file, province, moi):
    """An incident brought into a state by the verbs alone, with a duty of MoI that is open where one can be."""
    incident = file()
    if status == Status.VERIFIED:
        verify_incident(actor=province, incident=incident)
    if status in (Status.DISPATCHED, Status.ACKNOWLEDGED):
        escalate(actor=province, incident=incident, reason="for guidance")
    if status == Status.ACKNOWLEDGED:
        acknowledge(actor=moi, duty=Duty.objects.get(escalation__incident=incident), answer="accept")
    if status == Status.CLOSED:
        close_incident(actor=province, incident=incident, close_reason=CloseReason.OVER, reason="over")
    incident.refresh_from_db()
    assert incident.status == status
    return incident


def _drive(verb, incident, province, moi):
    if verb == "verify_incident":
        verify_incident(actor=province, incident=incident)
    elif verb == "escalate":
        policy = EscalationPolicy.objects.get(slug="general")
        escalate(actor=province, incident=incident, reason="for guidance", policy=policy)
    elif verb == "close_incident":
        close_incident(actor=province, incident=incident, close_reason=CloseReason.OVER, reason="over")
    elif verb == "reopen_incident":
        reopen_incident(actor=province, incident=incident, reason="again")
    else:
        raise AssertionError(f"no way to drive {verb}: teach this test the new verb")


@pytest.mark.parametrize(("verb", "status"), [pair for pair in PAIRS if pair[0] != "acknowledge"])
def test_the_verb_obeys_the_table(verb, status, file, province, moi, untouched):
    incident = _at(status, file, province, moi)
    if verb == "escalate" and status == Status.DISPATCHED:
        # A second escalation of a waiting institution is pointless; an answer makes room for it.
        duty = Duty.objects.get(escalation__incident=incident)
        Duty.objects.filter(pk=duty.pk).update(state=DutyState.ANSWERED, answered_at=timezone.now())
    if workflow.allowed(verb, status):
        _drive(verb, incident, province, moi)
        assert Incident.objects.get(pk=incident.pk).status == TRANSITIONS[verb][1]
    else:
        with untouched(), pytest.raises(workflow.Refused):
            _drive(verb, incident, province, moi)
        assert Incident.objects.get(pk=incident.pk).status == status


@pytest.mark.parametrize("status", Status.values)
def test_an_answer_is_kept_in_any_state_and_moves_the_incident_only_where_the_table_says(status, file, province, moi):
    """An institution's answer is never refused for the incident's state: the duty is its own."""
    incident = file()
    escalate(actor=province, incident=incident, reason="for guidance")
    closed = {"closed_at": timezone.now(), "close_reason": CloseReason.OVER} if status == Status.CLOSED else {}
    Incident.objects.filter(pk=incident.pk).update(status=status, **closed)
    acknowledge(actor=moi, duty=Duty.objects.get(escalation__incident=incident), answer="accept")
    assert Acknowledgement.objects.filter(duty__escalation__incident=incident).exists()
    expected = Status.ACKNOWLEDGED if workflow.allowed("acknowledge", status) else status
    assert Incident.objects.get(pk=incident.pk).status == expected


def test_every_state_can_be_reached_and_left():
    assert {to for _sources, to in TRANSITIONS.values()} | {Status.SUBMITTED} == set(Status.values)
    assert set().union(*(sources for sources, _to in TRANSITIONS.values())) == set(Status.values)


@pytest.mark.parametrize(("verb", "status"), PAIRS)
def test_a_refusal_says_the_state_and_what_is_possible(verb, status):
    if workflow.allowed(verb, status):
        assert workflow.move(verb, status) == TRANSITIONS[verb][1]
        return
    with pytest.raises(workflow.Refused) as refused:
        workflow.move(verb, status)
    message = refused.value.messages[0]
    assert str(Status(status).label) in message
    for other, (sources, _to) in TRANSITIONS.items():
        if status in sources:
            assert str(workflow.verb_label(other)) in message
