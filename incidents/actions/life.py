"""The incident's own life between filing and closing: verify, close, reopen."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from incidents import areas, cases, workflow
from incidents.actions.opening import open_by_itself
from incidents.actions.removals import refute
from incidents.choices import CloseReason
from incidents.drills import rules
from incidents.models import Duty, Incident
from units import policy
from units.models import User


def _locked(incident: Incident, actor: User, verb: str) -> Incident:
    """The incident under its row lock, for a person who may do the verb."""
    row: Incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    policy.demand(actor, verb, [row.filed_for_id, row.responsible_unit_id])
    return row


def _need(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    return reason.strip()


@transaction.atomic
def verify_incident(*, actor: User, incident: Incident, reason: str = "") -> Incident:
    """The province has checked the report; policy may open an accountability case by that (D2).

    Raises PermissionDenied and workflow.Refused.
    """
    incident = _locked(incident, actor, "verify_incident")
    before = incident.status
    incident.status = workflow.move("verify_incident", before)
    incident.save(update_fields=["status"])
    audit.record(
        actor=actor,
        verb="verify_incident",
        target=incident,
        before={"status": before},
        after={"status": incident.status},
        reason=reason.strip(),
    )
    open_by_itself(incident)
    return incident


@transaction.atomic
def close_incident(*, actor: User, incident: Incident, close_reason: str, reason: str) -> Incident:
    """End an incident with one of the closing reasons and a sentence why.

    Whoever reviews the unit that answers may do it too, so that a level above can when the province itself answers;
    a member of that unit may not, nor who was its head then. Raises PermissionDenied, workflow.Refused, and
    ValidationError while it is contested who answers, an institution still owes its answer, or guidance is open.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if why := cases.closing_refusal(actor, incident):
        raise PermissionDenied(why)
    before = incident.status
    after = workflow.move("close_incident", before)
    if close_reason not in CloseReason.values or close_reason == CloseReason.EXERCISE:
        raise ValidationError({"close_reason": _("Choose why the incident is closed.")})
    reason = _need(reason)
    if incident.contested:
        raise ValidationError(_("It is contested who answers. A reviewer must rule before the incident is closed."))
    if Duty.objects.filter(escalation__incident=incident).unanswered().exists():
        raise ValidationError(_("An institution still owes its answer; the incident stays open until then."))
    if why := areas.still_open(incident):
        raise ValidationError(why)
    incident.status, incident.close_reason, incident.closed_at = after, close_reason, clock.now()
    incident.save(update_fields=["status", "close_reason", "closed_at"])
    audit.record(
        actor=actor,
        verb="close_incident",
        target=incident,
        before={"status": before},
        after={"status": after, "close_reason": close_reason},
        reason=reason,
    )
    if close_reason == CloseReason.DID_NOT_HAPPEN:
        refute(incident, actor, reason)
    areas.closed(incident)
    return incident


@transaction.atomic
def reopen_incident(*, actor: User, incident: Incident, reason: str) -> Incident:
    """Take up a closed incident again. Raises PermissionDenied, workflow.Refused (also for one of a drill that is
    over), ValidationError.
    """
    incident = _locked(incident, actor, "reopen_incident")
    if rules.is_over(incident):
        raise workflow.Refused(_("The drill is over; its incidents stay closed."), code="refused")
    before = incident.status
    after = workflow.move("reopen_incident", before)
    reason = _need(reason)
    closed = {"close_reason": incident.close_reason, "status": before}
    incident.status, incident.close_reason, incident.closed_at = after, "", None
    incident.save(update_fields=["status", "close_reason", "closed_at"])
    audit.record(
        actor=actor,
        verb="reopen_incident",
        target=incident,
        before=closed,
        after={"status": after},
        reason=reason,
    )
    return incident
