"""Verify, close, reopen: effect, audit and refusals together."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from incidents.actions import acknowledge, close_incident, reopen_incident, verify_incident
from incidents.choices import CloseReason, Status
from incidents.models import Duty, Incident

REFUSED = ("district", "head", "province2", "mfaic", "auditor", "admin", "keeper", "disabled", "outsider")


def test_the_province_verifies(file, province, audited):
    incident = file()
    result = verify_incident(actor=province, incident=incident, reason=" seen on the spot ")
    assert result.status == Status.VERIFIED
    assert Incident.objects.get(pk=incident.pk).status == Status.VERIFIED
    entry = audited("verify_incident", incident.ref)
    assert (entry.before, entry.after) == ({"status": "submitted"}, {"status": "verified"})
    assert (entry.actor, entry.actor_name) == (province, province.record_name)
    assert entry.reason == "seen on the spot"


def test_the_province_closes_with_a_reason(file, province, audited):
    incident = file()
    close_incident(actor=province, incident=incident, close_reason=CloseReason.MINOR, reason="One person, sent back.")
    row = Incident.objects.get(pk=incident.pk)
    assert (row.status, row.close_reason) == (Status.CLOSED, CloseReason.MINOR)
    assert row.closed_at >= row.received_at
    entry = audited("close_incident", incident.ref)
    assert entry.after == {"status": "closed", "close_reason": "minor"}
    assert entry.reason == "One person, sent back."


def test_a_closed_incident_can_be_taken_up_again(file, province, audited):
    incident = file()
    close_incident(actor=province, incident=incident, close_reason=CloseReason.OVER, reason="over")
    reopen_incident(actor=province, incident=incident, reason="They came back.")
    row = Incident.objects.get(pk=incident.pk)
    assert (row.status, row.close_reason, row.closed_at) == (Status.VERIFIED, "", None)
    entry = audited("reopen_incident", incident.ref)
    assert entry.before == {"status": "closed", "close_reason": "over"}
    assert entry.after == {"status": "verified"}
    assert entry.reason == "They came back."


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_moves_an_incident(who, file, province, request, untouched):
    person = request.getfixturevalue(who)
    incident, closed = file(), file()
    close_incident(actor=province, incident=closed, close_reason=CloseReason.OVER, reason="over")
    with untouched():
        with pytest.raises(PermissionDenied):
            verify_incident(actor=person, incident=incident)
        with pytest.raises(PermissionDenied):
            close_incident(actor=person, incident=incident, close_reason=CloseReason.OVER, reason="over")
        with pytest.raises(PermissionDenied):
            reopen_incident(actor=person, incident=closed, reason="again")
    assert Incident.objects.get(pk=incident.pk).status == Status.SUBMITTED
    assert Incident.objects.get(pk=closed.pk).status == Status.CLOSED


def test_the_level_above_may_close_and_nothing_else(file, moi, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied):
        verify_incident(actor=moi, incident=incident)
    closed = close_incident(actor=moi, incident=incident, close_reason=CloseReason.OVER, reason="over")
    assert closed.status == Status.CLOSED
    with untouched(), pytest.raises(PermissionDenied):
        reopen_incident(actor=moi, incident=incident, reason="again")


@pytest.mark.parametrize(
    ("close_reason", "reason", "field"), [("nonsense", "why", "close_reason"), ("over", "  ", "reason")]
)
def test_closing_needs_a_known_reason_and_a_sentence(close_reason, reason, field, file, province, untouched):
    incident = file()
    with untouched(), pytest.raises(ValidationError) as refused:
        close_incident(actor=province, incident=incident, close_reason=close_reason, reason=reason)
    assert field in refused.value.message_dict


def test_reopening_needs_a_sentence(file, province, untouched):
    incident = file()
    close_incident(actor=province, incident=incident, close_reason=CloseReason.OVER, reason="over")
    with untouched(), pytest.raises(ValidationError) as refused:
        reopen_incident(actor=province, incident=incident, reason="")
    assert "reason" in refused.value.message_dict


def test_an_incident_stays_open_while_an_institution_owes_its_answer(ponds, province, moi, mfaic, ssba, untouched):
    duties = {duty.unit.code: duty for duty in Duty.objects.select_related("unit")}
    acknowledge(actor=moi, duty=duties["moi"], answer="accept")
    acknowledge(actor=mfaic, duty=duties["mfaic"], answer="accept")
    with untouched(), pytest.raises(ValidationError):
        close_incident(actor=province, incident=ponds, close_reason=CloseReason.OVER, reason="over")
    acknowledge(actor=ssba, duty=duties["ssba"], answer="accept")
    closed = close_incident(actor=province, incident=ponds, close_reason=CloseReason.OVER, reason="over")
    assert closed.status == Status.CLOSED
