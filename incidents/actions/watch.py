"""Periodic care of cases and contests, by the system. May run any number of times: nobody is told twice."""

from django.db import transaction

from borderwatch import clock, outbox
from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from incidents import conflicts, notices_cases
from incidents.actions.cases import close_case
from incidents.choices import CaseState, ContestState, Outcome
from incidents.models import AccountabilityCase, Contest
from incidents.workflow import Refused
from units.recipients import person


def watch() -> dict[str, int]:
    """Close what nobody appealed in time, tell of what is overdue; how many of each."""
    return {"closed": _close(), "overdue_cases": _tell_cases(), "overdue_contests": _tell_contests()}


def _close() -> int:
    """Ruled cases whose time to appeal has run out, and those in which there is nothing to appeal against."""
    ruled = AccountabilityCase.objects.filter(state=CaseState.RULED)
    over = ruled.filter(due_at__lte=clock.sql_now()) | ruled.filter(outcome=Outcome.NOT_ACCOUNTABLE)
    count = 0
    for case in over.order_by("pk"):
        try:
            close_case(actor=None, case=case)
            count += 1
        except Refused:
            # An appeal came in between the look and the lock.
            continue
    return count


def _tell_cases() -> int:
    """Each overdue step is told once, to the reviewers of the unit and to the level above them."""
    late = (
        AccountabilityCase.objects.filter(due_at__lte=clock.sql_now())
        .exclude(state__in=(CaseState.RULED, CaseState.CLOSED))
        .select_related("unit", "incident", "head_person")
    )
    count = 0
    for case in late.order_by("pk"):
        step = case.steps.order_by("number").last()
        assert step is not None, "a case has its opening as first step"
        to = [*notices_cases.reviewers(case), *notices_cases.reviewers(case, skip=1)]
        count += _once(notices_cases.case_overdue(case, step, to=list(dict.fromkeys(to))))
    return count


def _tell_contests() -> int:
    late = Contest.objects.filter(state=ContestState.OPEN, due_at__lte=clock.sql_now())
    rows = late.select_related("unit", "incident__responsible_unit", "incident__province", "incident__district")
    return sum(
        _once(notices_cases.contest_notice(contest, "contest_overdue", to=_both_levels(contest)))
        for contest in rows.order_by("pk")
    )


def _both_levels(contest: Contest) -> list[Recipient]:
    people = [user for skip in (0, 1) for user in conflicts.reviewers(contest.unit, skip=skip)]
    return [person(user) for user in dict.fromkeys(people)]


@transaction.atomic
def _once(notice: Notice) -> bool:
    if Delivery.objects.filter(event=notice.event).exists():
        return False
    return bool(outbox.publish(notice))
