"""Cases brought into each of their states by the verbs alone, for the tests of verbs and pages."""

from datetime import timedelta
from typing import Any

from borderwatch import clock
from incidents import actions
from incidents.choices import CaseState, Outcome
from incidents.models import AccountabilityCase, AccountabilityPolicy


def notified(file: Any, province: Any, **changes: Any) -> AccountabilityCase:
    """The case that opens by itself, and is notified at once, when the province verifies a group crossing."""
    incident = file(**changes)
    actions.verify_incident(actor=province, incident=incident)
    return AccountabilityCase.objects.get(incident=incident)


def opened(file: Any, province: Any, **changes: Any) -> AccountabilityCase:
    """The same where the policy leaves the notification to a reviewer."""
    AccountabilityPolicy.objects.filter(slug="illegal-crossing").update(notify_at_once=False)
    return notified(file, province, **changes)


def bring(case: AccountabilityCase, state: str, *, reviewer: Any, head: Any, above: Any) -> AccountabilityCase:
    """Lead a case that was just opened to a state."""
    steps = [
        lambda: actions.notify_head(actor=reviewer, case=case),
        lambda: actions.explain(actor=head, case=case, text="We patrolled elsewhere that night, as ordered."),
        lambda: actions.take_to_review(actor=reviewer, case=case),
        lambda: actions.rule_case(actor=reviewer, case=case, outcome=Outcome.ACCOUNTABLE, text="No patrol in 9 days."),
        lambda: actions.appeal(actor=head, case=case, text="The order was the province's."),
        lambda: actions.decide_appeal(actor=above, case=case, outcome=Outcome.NOT_ACCOUNTABLE, text="It was."),
    ]
    order = list(CaseState.values)
    case.refresh_from_db()
    for step in steps[order.index(case.state) : order.index(state)]:
        step()
    case.refresh_from_db()
    assert case.state == state
    return case


def after(case: AccountabilityCase, **more: Any) -> Any:
    """Let what is inside happen after the deadline of the case's step (by default one minute)."""
    case.refresh_from_db()
    assert case.due_at is not None
    return clock.replaying(case.due_at + timedelta(**(more or {"minutes": 1})))
