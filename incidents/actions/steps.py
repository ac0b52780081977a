"""How every step of a case is written: number, record, state, deadline, audit, telling. No verb by itself."""

from collections.abc import Sequence
from datetime import datetime

from borderwatch import audit, clock, outbox
from borderwatch.outbox import Recipient
from borderwatch.sealed import SealedFile
from incidents import case_workflow, notices_cases
from incidents.actions.attachments import attach
from incidents.choices import CaseState, Outcome
from incidents.models import AccountabilityCase, CaseStep
from units.models import Patrol, User


def locked(case: AccountabilityCase) -> AccountabilityCase:
    """The case under its row lock."""
    row: AccountabilityCase = (
        AccountabilityCase.objects.select_for_update(of=("self",))
        .select_related("unit", "head_person", "incident")
        .get(pk=case.pk)
    )
    return row


def advance(
    case: AccountabilityCase,
    verb: str,
    by: User | None,
    *,
    text: str = "",
    outcome: str = "",
    measures: str = "",
    files: Sequence[SealedFile] = (),
    patrols: Sequence[Patrol] = (),
) -> CaseStep:
    """Move a locked case by one step: cancel what was planned, set the new deadline, tell the other side.

    Raises workflow.Refused when the state does not allow it.
    """
    before, was_due = case.state, case.due_at
    case.state = case_workflow.move(verb, before)
    now = clock.now()
    _set(case, now, outcome, measures)
    step = _write(case, verb, by, before, now, was_due, text, outcome, measures)
    given = attach(by, now, files, patrols, step=step) if by is not None else []
    outbox.cancel(case.bundle, reason=f"step {step.number}: {verb}")
    audit.record(
        actor=by,
        verb=verb,
        target=case,
        before={"state": before, "due_at": was_due.isoformat() if was_due else None},
        after={
            "state": case.state,
            "due_at": case.due_at.isoformat() if case.due_at else None,
            "outcome": case.outcome,
            "measures": measures,
            "attachments": given,
        },
        reason=text,
        at=now,
    )
    tell(case, step)
    return step


def _set(case: AccountabilityCase, now: datetime, outcome: str, measures: str) -> None:
    case.due_at = case_workflow.due(case.state, case.frozen_policy, now)
    fields = ["state", "due_at"]
    if outcome:
        case.outcome, case.measures = outcome, measures
        fields += ["outcome", "measures"]
    if case.state == CaseState.RULED and case.outcome == Outcome.NOT_ACCOUNTABLE:
        # Nothing is held against the head any more, so there is nothing to appeal against and no time to wait.
        case.due_at = None
    if case.state == CaseState.NOTIFIED:
        case.notified_at = now
        fields.append("notified_at")
    if case.state == CaseState.CLOSED:
        case.closed_at = now
        fields.append("closed_at")
    case.save(update_fields=fields)


def _write(
    case: AccountabilityCase,
    verb: str,
    by: User | None,
    before: str,
    now: datetime,
    was_due: datetime | None,
    text: str,
    outcome: str,
    measures: str,
) -> CaseStep:
    return CaseStep.objects.create(
        case=case,
        number=case.steps.count() + 1,
        verb=verb,
        before=before,
        after=case.state,
        text=text,
        outcome=outcome,
        measures=measures,
        was_due_at=was_due,
        next_due_at=case.due_at,
        by=by,
        by_name=by.record_name if by else "",
        at=now,
    )


def first(case: AccountabilityCase, by: User | None, text: str) -> CaseStep:
    """The opening of a case that was just saved, as its first step."""
    step = _write(case, "open_case", by, "", case.opened_at, None, text, "", "")
    tell(case, step)
    return step


def tell(case: AccountabilityCase, step: CaseStep) -> None:
    """Tell everybody concerned but the person who did it, and plan the reminders of what is owed next.

    The accused side hears nothing before it is notified.
    """
    owing = notices_cases.owing(case, ruler(case))
    concerned = [*notices_cases.reviewers(case), *owing]
    if case.notified_at is not None:
        concerned += notices_cases.accused(case)
    to = _without(concerned, step.by)
    outbox.publish(
        notices_cases.step_notices(case, step, to=to),
        *notices_cases.case_reminders(case, step, to=owing),
    )


def _without(recipients: list[Recipient], user: User | None) -> list[Recipient]:
    return [one for one in dict.fromkeys(recipients) if user is None or one.user_id != user.pk]


def ruler(case: AccountabilityCase) -> User | None:
    """Who gave the ruling, None before there is one."""
    step = case.steps.filter(verb="rule_case").select_related("by").order_by("number").last()
    return step.by if step else None
