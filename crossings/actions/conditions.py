"""Conditions of an approval are followed up: the province reports, who asked for it confirms. Source: duty D3."""

from datetime import datetime

from django.db import transaction

from borderwatch import audit, clock, outbox
from crossings import notices_proposals, proposal_workflow, proposals
from crossings.actions.proposals import needed
from crossings.models import Condition
from units.models import User


@transaction.atomic
def report_condition_met(*, actor: User, condition: Condition, report: str) -> Condition:
    """The province says how a condition was met. Raises PermissionDenied, Refused, ValidationError by field."""
    condition = _locked(condition, actor, "report_condition_met")
    now = clock.now()
    before, condition.state = condition.state, proposal_workflow.move_condition("report_condition_met", condition.state)
    condition.report, condition.reported_by, condition.reported_at = needed(report, "report"), actor, now
    condition.save(update_fields=["state", "report", "reported_by", "reported_at"])
    _record(actor, condition, "report_condition_met", before, condition.report, now)
    return condition


@transaction.atomic
def confirm_condition(*, actor: User, condition: Condition, reason: str = "") -> Condition:
    """The ministry that asked for it confirms that it is met; never who reported it.

    Raises PermissionDenied and Refused.
    """
    return _judge(actor, condition, "confirm_condition", reason.strip())


@transaction.atomic
def deny_condition(*, actor: User, condition: Condition, reason: str) -> Condition:
    """The ministry says what is still missing; the condition is open again.

    Raises PermissionDenied, Refused, ValidationError by field.
    """
    return _judge(actor, condition, "deny_condition", needed(reason, "reason"))


@transaction.atomic
def waive_condition(*, actor: User, condition: Condition, reason: str) -> Condition:
    """The ministry asks for it no longer, and says why. Raises PermissionDenied, Refused, ValidationError by field."""
    return _judge(actor, condition, "waive_condition", needed(reason, "reason"))


def _locked(condition: Condition, actor: User, verb: str) -> Condition:
    rows = Condition.objects.select_for_update(of=("self",)).select_related(
        "unit", "proposal__unit", "proposal__crossing__district__province"
    )
    row: Condition = rows.get(pk=condition.pk)
    proposals.demand_condition(actor, verb, row)
    return row


def _judge(actor: User, condition: Condition, verb: str, reason: str) -> Condition:
    condition = _locked(condition, actor, verb)
    now = clock.now()
    before, condition.state = condition.state, proposal_workflow.move_condition(verb, condition.state)
    condition.reason, condition.decided_by, condition.decided_at = reason, actor, now
    condition.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    _record(actor, condition, verb, before, reason, now)
    return condition


def _record(actor: User, condition: Condition, verb: str, before: str, reason: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        target=condition.proposal,
        before={"condition": condition.text, "state": before},
        after={"state": condition.state, "ministry": condition.unit.code},
        reason=reason,
        at=now,
    )
    outbox.publish(notices_proposals.condition_step(condition, verb, by=actor, mark=now.isoformat()))
