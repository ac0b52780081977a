"""What people are told about contests and cases. In the application only: it is about persons.

The facts are thin: what is held against a head, explanations and reasons stay behind the sign-in.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from incidents import case_workflow, conflicts, exceptional, notices
from incidents.choices import CaseState, ContestOutcome, ContestState, Outcome
from incidents.models import AccountabilityCase, CaseStep, Contest
from units.models import User
from units.recipients import person

# States in which the accused side owes the next step, or may take it.
OWED_BY_HEAD = frozenset({CaseState.NOTIFIED, CaseState.RULED})


def contest_bundle(contest: Contest) -> str:
    """The outbox bundle of a contest's planned reminders."""
    return f"contest:{contest.pk}"


def case_facts(case: AccountabilityCase, step: CaseStep) -> dict[str, Any]:
    """A step of a case. `letter` is where the letter about it will be named once letters are kept."""
    return {
        "ref": case.ref,
        "url": f"{settings.SITE_URL}{case.get_absolute_url()}",
        "unit": notices.unit_facts(case.unit),
        "step": step.verb,
        "number": step.number,
        "state": case.state,
        "outcome": case.outcome,
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "letter": None,
    }


def contest_facts(contest: Contest) -> dict[str, Any]:
    """A contest: of which incident, by which unit, and by when others are heard and a ruling is due."""
    incident = contest.incident
    return {
        "ref": incident.ref,
        "url": f"{settings.SITE_URL}{incident.get_absolute_url()}",
        "unit": notices.unit_facts(contest.unit),
        "answers": notices.unit_facts(incident.responsible_unit),
        "state": contest.state,
        "outcome": contest.outcome,
        "hear_by": contest.hear_by.isoformat(),
        "due_at": contest.due_at.isoformat(),
    }


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    text = notices.words(data)
    step = data.get("step")
    text["step_label"] = case_workflow.step_label(step) if step else ""
    text["state_label"] = _label((CaseState, ContestState), data.get("state"))
    text["outcome_label"] = _label((Outcome, ContestOutcome), data.get("outcome"))
    text["due_at"] = notices.moment(data.get("due_at"))
    text["hear_by"] = notices.moment(data.get("hear_by"))
    text["answers_name"] = notices.name(data.get("answers"))
    return text


def _label(lists: tuple[Any, ...], slug: str | None) -> str:
    return next((str(choices(slug).label) for choices in lists if slug in choices.values), "")


def accused(case: AccountabilityCase) -> list[Recipient]:
    """The head of that time when he has an account, and those who answer for the unit today."""
    people = conflicts.answering(case.unit)
    if case.head_person is not None and case.head_person.is_active:
        people = [case.head_person, *people]
    return list(dict.fromkeys(person(user) for user in people))


def reviewers(case: AccountabilityCase, *, skip: int = 0) -> list[Recipient]:
    """Those who review the case at the nearest level above the unit, or `skip` levels above that."""
    people = conflicts.reviewers(case.unit, skip=skip, without=case.head_person_id)
    if not case.incident.exceptional:
        return [person(user) for user in people]
    # Reported in confidence: the first level at which the report itself may be read.
    readers: list[Recipient] = []
    while people and not readers:
        readers = exceptional.readers(case.incident, [person(user) for user in people])
        skip += 1
        people = conflicts.reviewers(case.unit, skip=skip, without=case.head_person_id)
    return readers


def owing(case: AccountabilityCase, ruler: User | None = None) -> list[Recipient]:
    """Whoever owes the next step of a case, or may take it."""
    if case.state in OWED_BY_HEAD:
        return accused(case)
    if case.state == CaseState.APPEALED and ruler is not None:
        return _deciders(case, ruler)
    return reviewers(case)


def _deciders(case: AccountabilityCase, ruler: User) -> list[Recipient]:
    """Those of the levels above the unit who may decide the appeal, the nearest level first that has somebody."""
    at = case.steps.filter(verb="rule_case").values_list("at", flat=True).latest("at")
    for skip in range(len(conflicts.levels([case.unit_id])[case.unit_id])):
        people = [
            user
            for user in conflicts.reviewers(case.unit, skip=skip, without=case.head_person_id)
            if not conflicts.appeal_refusal(user, case.unit, ruler=ruler, ruled_at=at, head_person=case.head_person)
        ]
        if people:
            return [person(user) for user in people]
    return []


def step_notices(case: AccountabilityCase, step: CaseStep, *, to: list[Recipient]) -> Notice:
    """A step that was done, told to the other side; the notification of the head is a topic of its own."""
    topic = {"open_case": "case_opened", "notify_head": "case_notified"}.get(step.verb, "case_step")
    return Notice(
        topic=topic,
        event=f"case:{case.ref}:step:{step.number}",
        kind="case",
        key=case.ref,
        recipients=to,
        data=case_facts(case, step),
    )


def case_reminders(case: AccountabilityCase, step: CaseStep, *, to: list[Recipient]) -> list[Notice]:
    """Planned beforehand for whoever owes the next step: some days before the deadline, and at it."""
    if case.due_at is None:
        return []
    before = case.due_at - timedelta(days=case.frozen_policy["remind_before_days"])
    facts = case_facts(case, step)
    return [
        Notice(
            topic="case_reminder",
            event=f"case:{case.ref}:step:{step.number}:remind:{number}",
            kind="case",
            key=case.ref,
            recipients=to,
            data=facts,
            at=at,
            bundle=case.bundle,
        )
        for number, at in enumerate((before, case.due_at))
        if at > step.at
    ]


def case_overdue(case: AccountabilityCase, step: CaseStep, *, to: list[Recipient]) -> Notice:
    """Nobody has done what is owed since this step."""
    return Notice(
        topic="case_overdue",
        event=f"case:{case.ref}:step:{step.number}:overdue",
        kind="case",
        key=case.ref,
        recipients=to,
        data=case_facts(case, step),
    )


def contest_notice(
    contest: Contest, topic: str, *, to: list[Recipient], at: datetime | None = None, part: str = ""
) -> Notice:
    """A notice about a contest (`part` tells several of a topic apart); a planned one falls with the bundle."""
    planned = f":{at:%Y%m%d%H%M}" if at else f":{part}" if part else ""
    return Notice(
        topic=topic,
        event=f"contest:{contest.pk}:{topic}:{contest.state}{planned}",
        kind="incident",
        key=contest.incident.ref,
        recipients=to,
        data=contest_facts(contest),
        at=at,
        bundle=contest_bundle(contest) if at else "",
    )


def cannot_see_case(delivery: Delivery) -> str:
    """Permission is asked again at the moment of sending."""
    if delivery.user is None or AccountabilityCase.objects.visible_to(delivery.user).filter(ref=delivery.key).exists():
        return ""
    return "the person may no longer see the case"


register(
    *(
        Topic(
            slug,
            label,
            f"notices/{slug}.txt",
            urgent=urgent,
            signed_in_only=True,
            obsolete=cannot_see_case,
            words=words,
        )
        for slug, label, urgent in (
            ("case_opened", _("Accountability case opened"), False),
            ("case_notified", _("An explanation is asked of you"), True),
            ("case_step", _("Step in an accountability case"), False),
            ("case_reminder", _("A step of a case is due"), True),
            ("case_overdue", _("A step of a case is overdue"), True),
        )
    ),
    *(
        Topic(
            slug,
            label,
            f"notices/{slug}.txt",
            urgent=urgent,
            signed_in_only=True,
            obsolete=notices.cannot_see,
            words=words,
        )
        for slug, label, urgent in (
            ("contest_opened", _("A unit contests that it answers"), False),
            ("contest_hearing", _("Your unit is heard in a contest"), True),
            ("contest_stated", _("A unit was heard in a contest"), False),
            ("contest_reminder", _("A contest waits for you"), True),
            ("contest_settled", _("A contest is settled"), False),
            ("contest_overdue", _("The ruling on a contest is overdue"), True),
        )
    ),
)
