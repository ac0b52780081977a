"""The verbs of an accountability case after its opening. Each is one step of the record. Source: duty D2."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import case_workflow, cases, conflicts
from incidents.actions import steps
from incidents.actions.attachments import Files, check_patrols, keep
from incidents.choices import CaseState, Outcome
from incidents.models import AccountabilityCase, Incident
from units.models import Patrol, User

# What a reviewer may rule; that a case is withdrawn is no ruling.
RULINGS = (Outcome.ACCOUNTABLE, Outcome.NOT_ACCOUNTABLE, Outcome.REFERRED_COURT, Outcome.REFERRED_DISCIPLINE)


@transaction.atomic
def notify_head(*, actor: User, case: AccountabilityCase, text: str = "") -> AccountabilityCase:
    """Lay the case before the head: from now on the accused side sees it, and his time to explain runs.

    Raises PermissionDenied and workflow.Refused.
    """
    case = _for_reviewer(case, actor)
    steps.advance(case, "notify_head", actor, text=text.strip())
    return case


@transaction.atomic
def explain(
    *, actor: User, case: AccountabilityCase, text: str, files: Files = (), patrols: Sequence[Patrol] = ()
) -> AccountabilityCase:
    """The head, or who answers for the unit today, explains, with files and patrols of the unit. Once; late is late
    but heard, as long as no review has begun. Raises PermissionDenied, workflow.Refused, ValidationError by field.
    """
    case = _for_head(case, actor)
    case_workflow.move("explain", case.state)
    text = _need(text)
    check_patrols(patrols, case.unit, actor)
    steps.advance(case, "explain", actor, text=text, files=keep(files), patrols=patrols)
    return case


@transaction.atomic
def take_to_review(*, actor: User, case: AccountabilityCase, text: str = "") -> AccountabilityCase:
    """Begin the review: after the explanation, or without one once the time for it has run out.

    Raises PermissionDenied, workflow.Refused, and ValidationError while the head still has time.
    """
    case = _for_reviewer(case, actor)
    case_workflow.move("take_to_review", case.state)
    if case.state == CaseState.NOTIFIED and not cases.is_overdue(case):
        raise ValidationError(
            _("The head still has time to explain. The review begins with it, or after the deadline.")
        )
    steps.advance(case, "take_to_review", actor, text=text.strip())
    return case


@transaction.atomic
def rule_case(
    *, actor: User, case: AccountabilityCase, outcome: str, measures: str = "", text: str
) -> AccountabilityCase:
    """Rule, with reasons and the measures taken; an appeal is possible for some days.

    Raises PermissionDenied (also for a member of the unit and for the head himself), workflow.Refused, and
    ValidationError by field or while it is contested who answers: that is ruled first.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=case.incident_id)
    case = _for_reviewer(case, actor)
    case_workflow.move("rule_case", case.state)
    outcome, text = _ruling(outcome, text)
    if incident.contested:
        raise ValidationError(_("It is contested who answers. Rule on the contest first."))
    steps.advance(case, "rule_case", actor, text=text, outcome=outcome, measures=measures.strip())
    return case


@transaction.atomic
def appeal(*, actor: User, case: AccountabilityCase, text: str, files: Files = ()) -> AccountabilityCase:
    """The accused side appeals in time, with a reason; the level above the ruler decides.

    Raises PermissionDenied, workflow.Refused, and ValidationError when the time is over, or when there is nothing to
    appeal against.
    """
    case = _for_head(case, actor)
    case_workflow.move("appeal", case.state)
    text = _need(text)
    if case.outcome == Outcome.NOT_ACCOUNTABLE:
        raise ValidationError(_("The head was found not accountable; there is nothing to appeal against."))
    if cases.is_overdue(case):
        raise ValidationError(_("The time to appeal has run out."))
    steps.advance(case, "appeal", actor, text=text, files=keep(files))
    return case


@transaction.atomic
def decide_appeal(
    *, actor: User, case: AccountabilityCase, outcome: str, measures: str = "", text: str
) -> AccountabilityCase:
    """One level above the ruler, and never the same person, decides for good; the case is closed with it.

    Raises PermissionDenied, workflow.Refused, ValidationError by field.
    """
    case = _for_reviewer(case, actor)
    case_workflow.move("decide_appeal", case.state)
    if why := cases.appeal_refusal(actor, case):
        raise PermissionDenied(why)
    outcome, text = _ruling(outcome, text)
    steps.advance(case, "decide_appeal", actor, text=text, outcome=outcome, measures=measures.strip())
    return case


@transaction.atomic
def close_case(*, actor: User | None, case: AccountabilityCase, text: str = "") -> AccountabilityCase:
    """Close a ruled case once the time to appeal has run out, at once when the head was found not accountable.

    The system does the same by itself (`actor=None`). Raises PermissionDenied, workflow.Refused, ValidationError.
    """
    case = steps.locked(case) if actor is None else _for_reviewer(case, actor)
    case_workflow.move("close_case", case.state)
    if case.due_at is not None and not cases.is_overdue(case):
        raise ValidationError(_("The time to appeal has not run out yet."))
    steps.advance(case, "close_case", actor, text=text.strip())
    return case


@transaction.atomic
def withdraw_case(*, actor: User, case: AccountabilityCase, reason: str) -> AccountabilityCase:
    """Withdraw a case before it is ruled, with a reason. Raises PermissionDenied, workflow.Refused, ValidationError."""
    case = _for_reviewer(case, actor)
    case_workflow.move("withdraw_case", case.state)
    reason = _need(reason, "reason")
    steps.advance(case, "withdraw_case", actor, text=reason, outcome=Outcome.WITHDRAWN)
    return case


def _for_reviewer(case: AccountabilityCase, actor: User) -> AccountabilityCase:
    """The case under its lock, for a reviewer posted above the unit who has no part in the matter."""
    case = steps.locked(case)
    conflicts.demand(actor, case.unit, head_person=case.head_person)
    if not AccountabilityCase.objects.visible_to(actor).filter(pk=case.pk).exists():
        raise PermissionDenied
    return case


def _for_head(case: AccountabilityCase, actor: User) -> AccountabilityCase:
    """The case under its lock, for the accused side once it was notified."""
    case = steps.locked(case)
    if not cases.is_accused(actor, case):
        raise PermissionDenied(_("Only the head of that time, or who answers for the unit today, may do this."))
    return case


def _need(text: str, field: str = "text") -> str:
    if not text.strip():
        raise ValidationError({field: _("Write it down; it stays on record.")})
    return text.strip()


def _ruling(outcome: str, text: str) -> tuple[str, str]:
    errors: dict[str, str] = {}
    if outcome not in RULINGS:
        errors["outcome"] = _("Choose the ruling.")
    if not text.strip():
        errors["text"] = _("Give the reasons; they stay on record.")
    if errors:
        raise ValidationError(errors)
    return outcome, text.strip()
