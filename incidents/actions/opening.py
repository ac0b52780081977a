"""Open accountability cases: by policy when an incident is verified, by a reviewer with a reason; and end those
whose ground has moved. Source: directive duty D2.
"""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from incidents import accountability, case_workflow, cases, conflicts, notices_cases
from incidents.actions import steps
from incidents.choices import CaseState, Detector, Outcome
from incidents.drills import rules
from incidents.models import AccountabilityCase, AccountabilityPolicy, Attribution, Incident
from units.models import User


@transaction.atomic
def open_case(*, actor: User, incident: Incident, charge: str = "", reason: str) -> AccountabilityCase:
    """A reviewer above the unit opens a case on the head of record, with a reason.

    Raises PermissionDenied, and ValidationError without a reason, without a charge on an exceptional report (its text
    must not reach the unit), while it is contested who answers, when the unit has an open case on the incident, or for
    an exercise (workflow.Refused).
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    row = cases.current(incident)
    conflicts.demand(actor, row.unit, head_person=cases.head_of(row))
    if not Incident.objects.visible_to(actor).filter(pk=incident.pk).exists():
        raise PermissionDenied
    rules.refuse_in_drill(incident)
    charge, reason = charge.strip(), reason.strip()
    errors: dict[str, str] = {}
    if not reason:
        errors["reason"] = _("Give the reason; it stays on record.")
    if incident.exceptional and not charge:
        errors["charge"] = _("Say what is held against the head in words he may read; the report stays unseen.")
    if errors:
        raise ValidationError(errors)
    if incident.contested:
        raise ValidationError(_("It is contested who answers. A reviewer must rule before a case is opened."))
    if incident.cases.filter(unit=row.unit).exclude(state=CaseState.CLOSED).exists():
        raise ValidationError(_("A case is open on this unit for the incident already."))
    terms = accountability.policy_for(incident)
    if terms is None:
        raise ValidationError(_("No accountability policy is in use. An administrator can add one."))
    return _open(incident, row, terms, by=actor, charge=charge, reason=reason)


def open_by_itself(incident: Incident) -> AccountabilityCase | None:
    """Open the case that policy opens without anybody's doing; None when there is none to open.

    Inside the transaction of the verb that verified the incident or ruled on it, which holds the incident's lock.
    """
    row = cases.current(incident)
    terms = accountability.policy_for(incident)
    if terms is None or not accountability.opens_by_itself(incident, row, terms):
        return None
    # One that ended because a ruling went elsewhere may open again; one a reviewer withdrew stays withdrawn.
    if AccountabilityCase.objects.filter(incident=incident, unit=row.unit).exclude(steps__verb="lapse_case").exists():
        return None
    return _open(incident, row, terms, by=None, charge="", reason="")


def after_ruling(incident: Incident) -> None:
    """A ruling has settled who answers: cases that rest on another unit end, and the policy's own one may open."""
    row = cases.current(incident)
    moved = AccountabilityCase.objects.filter(incident=incident).exclude(state=CaseState.CLOSED).exclude(unit=row.unit)
    for case in moved:
        steps.advance(steps.locked(case), "lapse_case", None, text=row.reason, outcome=Outcome.WITHDRAWN)
    open_by_itself(incident)


def _open(
    incident: Incident,
    row: Attribution,
    terms: AccountabilityPolicy,
    *,
    by: User | None,
    charge: str,
    reason: str,
) -> AccountabilityCase:
    now = clock.now()
    case = _case(incident, row, terms)
    case.charge = charge or accountability.charge(incident, row)
    case.opened_by, case.opened_at, case.reason = by, now, reason
    case.due_at = case_workflow.due(case.state, case.frozen_policy, now)
    case.save(force_insert=True)
    audit.record(
        actor=by,
        verb="open_case",
        target=case,
        after={
            "unit": row.unit.code,
            "head": row.head_name_en,
            "attribution": row.number,
            "policy": terms.slug,
            "automatic": by is None,
            "detected_by": case.detected_by,
            "credited": case.credited,
        },
        reason=reason,
        at=now,
    )
    steps.first(case, by, reason)
    # What was reported in confidence a reviewer lays before the head, when he thinks the reporter safe.
    if terms.notify_at_once and not incident.exceptional and notices_cases.accused(case):
        steps.advance(case, "notify_head", None)
    return case


def _case(incident: Incident, row: Attribution, terms: AccountabilityPolicy) -> AccountabilityCase:
    """The case with everything that is frozen at opening: head, policy, who found it and how soon it was reported."""
    number = incident.cases.count() + 1
    found_by = accountability.detector(incident, row.unit)
    minutes = accountability.minutes_to_report(incident)
    tenure = row.tenure
    return AccountabilityCase(
        ref=f"{incident.ref}-{number}",
        incident=incident,
        number=number,
        attribution=row,
        unit=row.unit,
        tenure=tenure,
        head_person=tenure.person if tenure else None,
        head_name_km=row.head_name_km,
        head_name_en=row.head_name_en,
        head_rank=row.head_rank,
        head_acting=row.head_acting,
        policy=terms,
        frozen_policy=accountability.freeze(terms),
        detected_by=found_by,
        reported_after_min=minutes,
        credited=found_by == Detector.OWN_UNIT and minutes is not None and minutes <= terms.early_within_hours * 60,
    )
