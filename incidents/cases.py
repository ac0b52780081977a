"""Questions asked of accountability cases and contests. Who sees a case is said here and nowhere else.

Reading only: what the pages offer as buttons, and what waits for whom.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from borderwatch import clock
from incidents import accountability, case_workflow, conflicts
from incidents.choices import CaseState, ContestState, Outcome
from incidents.drills import rules
from incidents.models import AccountabilityCase, Attribution, CaseStep, Contest, Incident
from units import policy
from units.models import Unit, User

# What the reviewers owe in these states; in NOTIFIED only once the time to explain has run out.
_REVIEWERS_OWE = (CaseState.OPENED, CaseState.EXPLAINED, CaseState.REVIEW)


def visible(rows: Any, user: Any) -> Any:
    """Cases of units the person reviews or audits; once the head is notified, also those he answers for himself,
    those against himself wherever he serves now, and those of his own unit if he reviews there.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return rows.none()
    reviewing = policy.unit_ids(user, policy.REVIEW)
    own = conflicts.own_units(user) if reviewing else frozenset()
    above = reviewing - own
    if policy.is_auditor(user):
        above |= policy.unit_ids(user, policy.VIEW)
    accused = policy.unit_ids(user, policy.ANSWER) | (reviewing & own)
    theirs = Q(unit_id__in=accused) | Q(head_person=user)
    # What was reported in confidence is known to those who may read the report, and to the accused once notified.
    confided = Q(incident__exceptional=False) | Q(incident__in=Incident.objects.visible_to(user))
    reviewed = Q(unit_id__in=above) & ~Q(head_person=user) & confided
    return rows.filter(reviewed | Q(notified_at__isnull=False) & theirs)


def is_overdue(case: AccountabilityCase) -> bool:
    """Whether the deadline of the step owed has passed, by the database's clock."""
    return case.due_at is not None and case.due_at <= clock.now()


def is_accused(user: Any, case: AccountabilityCase) -> bool:
    """Whether a person stands on the accused side: notified, and the head of that time or answering for the unit."""
    if case.notified_at is None or not user.is_active:
        return False
    return case.head_person_id == user.pk or case.unit_id in policy.unit_ids(user, policy.ANSWER)


def ruling_step(case: AccountabilityCase) -> CaseStep | None:
    """The first ruling of a case, None before there is one."""
    return case.steps.filter(verb="rule_case").select_related("by").first()


def appeal_refusal(user: Any, case: AccountabilityCase) -> str:
    """Why a person may not decide the appeal of a case, "" when he may."""
    step = ruling_step(case)
    if step is None or step.by is None:
        return _("There is no ruling to appeal against.")
    return conflicts.appeal_refusal(user, case.unit, ruler=step.by, ruled_at=step.at, head_person=case.head_person)


def verbs_open_to(user: Any, case: AccountabilityCase) -> frozenset[str]:
    """The verbs this person may do with a case he sees, as it stands: what the page offers as buttons."""
    possible = {verb for verb in case_workflow.TRANSITIONS if case_workflow.allowed(verb, case.state)}
    possible -= case_workflow.BY_ITSELF
    late, cleared = is_overdue(case), case.outcome == Outcome.NOT_ACCOUNTABLE
    if case.state == CaseState.NOTIFIED and not late:
        possible.discard("take_to_review")
    if not (late or cleared):
        possible.discard("close_case")
    if late or cleared:
        possible.discard("appeal")
    if case.incident.contested:
        possible.discard("rule_case")
    verbs: set[str] = set()
    if is_accused(user, case):
        verbs |= possible & case_workflow.OF_THE_HEAD
    if not conflicts.refusal(user, case.unit, head_person=case.head_person):
        verbs |= possible - case_workflow.OF_THE_HEAD
    if "decide_appeal" in verbs and appeal_refusal(user, case):
        verbs.discard("decide_appeal")
    return frozenset(verbs)


def may_open(user: Any, incident: Incident) -> bool:
    """Whether this person may open a case on the incident as it stands."""
    if (
        incident.contested
        or incident.drill_id is not None
        or incident.cases.filter(unit=incident.responsible_unit_id).open().exists()
    ):
        return False
    row = current(incident)
    return not conflicts.refusal(user, row.unit, head_person=head_of(row))


def closing_refusal(user: Any, incident: Incident) -> str:
    """Why a person may not close an incident, "" when he may: who decides on it or reviews the unit that answers,
    and has no part in the matter.
    """
    units = [incident.filed_for_id, incident.responsible_unit_id]
    may_decide = policy.may(user, "close_incident", units)
    if not may_decide and not policy.may(user, "close_incident_from_above", [incident.responsible_unit_id]):
        return policy.nothing_here()
    row = current(incident)
    return conflicts.membership(user, row.unit, head_person=head_of(row))


def reattribution_refusal(user: Any, incident: Incident) -> str:
    """Why a person may not rule anew which unit answers, "" when he may; an open contest is ruled on by itself."""
    row = current(incident)
    if why := conflicts.refusal(user, row.unit, head_person=head_of(row)):
        return why
    if Contest.objects.filter(incident=incident, state=ContestState.OPEN).exists():
        return _("The unit contests that it answers. Rule on the contest.")
    return ""


# --- contests ---------------------------------------------------------------------------------------------------


def contest_until(incident: Incident, row: Attribution) -> datetime:
    """Until when the attribution in force may be contested."""
    return row.decided_at + timedelta(days=accountability.terms_for(incident).contest_within_days)


def why_no_contest(incident: Incident, row: Attribution) -> str:
    """Why the attribution in force may not be contested now, "" when it may; whoever asks."""
    if why := rules.refusal(incident):
        return why
    if Contest.objects.filter(incident=incident, state=ContestState.OPEN).exists():
        return _("A contest of this incident is being heard.")
    if row.contests.filter(unit=row.unit).exists():
        return _("The unit has contested this already and withdrew it.")
    if Contest.objects.filter(ruling=row, unit=row.unit).exists():
        return _("This is the ruling on the unit's own contest; it is not contested again.")
    if contest_until(incident, row) <= clock.now():
        return _("The time to contest has run out.")
    return ""


def current(incident: Incident) -> Attribution:
    """The attribution in force, with its unit and head."""
    return Attribution.objects.select_related("unit", "tenure__person").get(incident=incident, current=True)


def head_of(row: Attribution) -> User | None:
    """The account of the head an attribution names, None where he has none or nobody was on record."""
    return row.tenure.person if row.tenure else None


def contest_open_to(user: Any, incident: Incident) -> bool:
    """Whether this person, who sees the incident, may contest who answers for it."""
    answers = incident.responsible_unit_id in policy.unit_ids(user, policy.ANSWER)
    return answers and not why_no_contest(incident, current(incident))


def contest_verbs(user: Any, contest: Contest) -> frozenset[str]:
    """The verbs this person may do with a contest: state_in_contest, withdraw_contest, rule_contest."""
    if contest.state != ContestState.OPEN:
        return frozenset()
    verbs = set()
    if units_to_state(user, contest):
        verbs.add("state_in_contest")
    if contest.unit_id in policy.unit_ids(user, policy.ANSWER):
        verbs.add("withdraw_contest")
    if not conflicts.refusal(user, contest.unit, head_person=head_of(contest.attribution)):
        verbs.add("rule_contest")
    return frozenset(verbs)


def units_to_state(user: Any, contest: Contest) -> list[Unit]:
    """The units asked for a statement that have given none yet and for which this person answers."""
    heard = contest.statements.values("unit")
    return list(contest.heard.filter(pk__in=policy.unit_ids(user, policy.ANSWER)).exclude(pk__in=heard))


# --- what waits -------------------------------------------------------------------------------------------------


def cases_waiting_for(user: User) -> Any:
    """Cases in which the person owes the next step, the earliest deadline first.

    Reviewers are asked at the nearest level above the unit that has any; those higher up may act, but are not asked.
    """
    seen = AccountabilityCase.objects.visible_to(user).open().with_names()
    mine = Q(state=CaseState.NOTIFIED) & (Q(unit_id__in=policy.unit_ids(user, policy.ANSWER)) | Q(head_person=user))
    reviewed = conflicts.reviewed_units(user)
    if reviewed:
        units = seen.filter(unit_id__in=reviewed).order_by().values_list("unit_id", flat=True).distinct()
        confided = Q(incident__exceptional=True, unit_id__in=reviewed)
        near = (Q(unit_id__in=_nearest(user, units)) | confided) & ~Q(head_person=user)
        late = Q(state=CaseState.NOTIFIED, due_at__lte=clock.sql_now())
        mine |= near & (Q(state__in=_REVIEWERS_OWE) | late)
        appealed = seen.filter(unit_id__in=reviewed, state=CaseState.APPEALED)
        mine |= Q(pk__in=[case.pk for case in appealed if not appeal_refusal(user, case)])
    return seen.filter(mine).order_by("due_at", "pk")


def contests_waiting_for(user: User) -> Any:
    """Open contests in which the person is to be heard or to rule, the earliest deadline first."""
    seen = Contest.objects.visible_to(user).filter(state=ContestState.OPEN)
    answering = policy.unit_ids(user, policy.ANSWER)
    given = Contest.objects.filter(statements__unit__in=answering)
    mine = Q(heard__in=answering) & ~Q(pk__in=given.values("pk"))
    reviewed = conflicts.reviewed_units(user)
    if reviewed:
        units = seen.filter(unit_id__in=reviewed).order_by().values_list("unit_id", flat=True).distinct()
        mine |= Q(unit_id__in=_nearest(user, units)) & ~Q(attribution__tenure__person=user)
    return (
        seen.filter(pk__in=seen.filter(mine).order_by().values("pk"))
        .select_related("incident__province", "incident__district", "unit")
        .order_by("due_at", "pk")
    )


def _nearest(user: User, unit_ids: Any) -> list[int]:
    """Of these units those for which the person reviews at the nearest level above that has a reviewer."""
    here = conflicts.review_postings(user.pk)
    return [unit for unit, above in conflicts.levels(unit_ids).items() if above and above[0] in here]
