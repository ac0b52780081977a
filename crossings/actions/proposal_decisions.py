"""The ministry returns or recommends a proposal, the government decides. Source: directive duty D3.

On approval the crossing gets its category from the day it takes effect, by the same verb as every other change, and
what the ministries asked for becomes conditions that are followed up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox, sealed
from crossings import differences, notices_proposals, proposal_workflow, proposals
from crossings.actions.proposals import locked, needed
from crossings.actions.register import classify_crossing, open_order
from crossings.actions.register import locked as locked_crossing
from crossings.choices import ClosureState, ProposalState
from crossings.models import ClosureOrder, Condition, Proposal, ProposalVersion
from crossings.querysets_proposals import MINISTRIES_WANTED
from units.models import Unit, User

# A category may take effect so long before the day of the decision, and so long after today.
BACKDATED = timedelta(days=366)
AHEAD = timedelta(days=2 * 366)


@dataclass(frozen=True)
class Decision:
    """What the government decided, as its paper says: number, day, effect, reference, reasons."""

    number: str
    decided_on: date
    effective_from: date | None = None
    legal_reference: str = ""
    reason: str = ""
    # By `condition_key`: until when a condition is to be met.
    due: Mapping[str, date] = field(default_factory=dict)


def condition_key(unit: Unit, text: str) -> str:
    """What tells the condition of a ministry from the others while it is only asked for."""
    return f"{unit.code}:{text}"


@transaction.atomic
def return_proposal(*, actor: User, proposal: Proposal, version: int, reason: str) -> Proposal:
    """Give a version back to the province with what is to be corrected. `version` is the one that was read.

    Raises PermissionDenied, proposal_workflow.Refused, ValidationError by field.
    """
    proposal = locked(proposal, actor, "return_proposal")
    state = proposal_workflow.move("return_proposal", proposal.state)
    row = _read(proposal, version)
    row.returned_reason, row.returned_by, row.returned_at = needed(reason, "reason"), actor, clock.now()
    row.save(update_fields=["returned_reason", "returned_by", "returned_at"])
    return _moved(actor, proposal, row, "return_proposal", state, mark=str(row.number), reason=row.returned_reason)


@transaction.atomic
def recommend_proposal(*, actor: User, proposal: Proposal, version: int, text: str, fewer: str = "") -> Proposal:
    """Recommend the version that was read to the government, with the ministry's word.

    At least two ministries have taken a position on it, or `fewer` says why it goes on without. Raises
    PermissionDenied, proposal_workflow.Refused, ValidationError by field.
    """
    proposal = locked(proposal, actor, "recommend_proposal")
    state = proposal_workflow.move("recommend_proposal", proposal.state)
    row = _read(proposal, version)
    text, positions = needed(text, "text"), proposals.positions_on(row)
    if len(positions) < MINISTRIES_WANTED and not fewer.strip():
        raise ValidationError(
            {
                "fewer": _(
                    "%(n)s of at least %(wanted)s ministries have taken a position on this version. "
                    "Wait for them, or say why it goes on without."
                )
                % {"n": len(positions), "wanted": MINISTRIES_WANTED}
            }
        )
    proposal.recommendation, proposal.fewer_reason = text, fewer.strip()
    proposal.recommended_by, proposal.recommended_at = actor, clock.now()
    proposal.save(update_fields=["recommendation", "fewer_reason", "recommended_by", "recommended_at"])
    stands = {one.unit.code: one.stand for one in positions}
    return _moved(
        actor, proposal, row, "recommend_proposal", state, mark=proposal.recommended_at.isoformat(), reason=text,
        positions=stands, fewer=proposal.fewer_reason,
    )  # fmt: skip


@transaction.atomic
def take_back_recommendation(*, actor: User, proposal: Proposal, reason: str) -> Proposal:
    """Take the recommendation back, with the reason; the proposal is with the ministry again.

    Raises PermissionDenied, proposal_workflow.Refused, ValidationError by field.
    """
    proposal = locked(proposal, actor, "take_back_recommendation")
    state = proposal_workflow.move("take_back_recommendation", proposal.state)
    reason, was = needed(reason, "reason"), proposal.recommended_at
    proposal.recommendation = proposal.fewer_reason = ""
    proposal.recommended_by = proposal.recommended_at = None
    proposal.save(update_fields=["recommendation", "fewer_reason", "recommended_by", "recommended_at"])
    mark = was.isoformat() if was else ""
    current = proposals.current_version(proposal)
    return _moved(actor, proposal, current, "take_back_recommendation", state, mark=mark, reason=reason)


@transaction.atomic
def approve_proposal(
    *, actor: User, proposal: Proposal, decision: Decision, scan: UploadedFile[bytes] | None = None
) -> Proposal:
    """Enter the government's approval: the crossing has the category from the day of effect, by `classify_crossing`.

    What the ministries asked for becomes conditions. While a closure order stands the category cannot be in force.
    Raises PermissionDenied, proposal_workflow.Refused, ValidationError by field.
    """
    proposal = locked(proposal, actor, "approve_proposal")
    state = proposal_workflow.move("approve_proposal", proposal.state)
    crossing = locked_crossing(proposal.crossing)
    version = proposals.current_version(proposal)
    assert version is not None, "a recommended proposal was handed in"
    order = open_order(crossing)
    errors = _decision_errors(proposal, decision) | _effect_errors(decision, order)
    errors |= _due_errors(proposals.conditions_asked(version), decision)
    if errors or decision.effective_from is None:
        raise ValidationError(errors)
    _decide(actor, proposal, decision, scan)
    proposal.effective_from = decision.effective_from
    proposal.save(update_fields=["effective_from"])
    classify_crossing(
        actor=actor,
        crossing=crossing,
        category=version.category,
        since=differences.start_of(decision.effective_from),
        legal_reference=decision.legal_reference,
        reason=_("Proposal %(ref)s, decision %(number)s") % {"ref": proposal.ref, "number": proposal.decision_number},
        proposal=proposal,
    )
    conditions = _conditions(proposal, version, decision)
    return _moved(
        actor, proposal, version, "approve_proposal", state, mark="1", reason=proposal.decision_reason,
        decision=proposal.decision_number, category=version.category, conditions=[one.text for one in conditions],
        decided_on=decision.decided_on.isoformat(), effective_from=decision.effective_from.isoformat(),
        scan=proposal.scan_sha256, told=notices_proposals.order_facts(order),
    )  # fmt: skip


@transaction.atomic
def refuse_proposal(
    *,
    actor: User,
    proposal: Proposal,
    reason: str,
    number: str = "",
    decided_on: date | None = None,
    scan: UploadedFile[bytes] | None = None,
) -> Proposal:
    """Refuse with reasons, which stay. A recommended proposal is refused by the government, with number and day.

    Raises PermissionDenied, proposal_workflow.Refused, ValidationError by field.
    """
    proposal = locked(proposal, actor, "refuse_proposal")
    recommended = proposal.state == ProposalState.RECOMMENDED
    state = proposal_workflow.move("refuse_proposal", proposal.state)
    errors: dict[str, str] = {}
    if recommended and not number.strip():
        errors["number"] = _("Give the number of the government's decision.")
    if recommended and decided_on is None:
        errors["decided_on"] = _("Give the day of the government's decision.")
    decision = Decision(number, decided_on or proposals.today(), reason=needed(reason, "reason"))
    errors = _decision_errors(proposal, decision) | errors if recommended else errors
    if errors:
        raise ValidationError(errors)
    _decide(actor, proposal, decision, scan)
    version = proposals.current_version(proposal)
    return _moved(
        actor, proposal, version, "refuse_proposal", state, mark="1", reason=proposal.decision_reason,
        decision=proposal.decision_number, decided_on=decision.decided_on.isoformat(), scan=proposal.scan_sha256,
    )  # fmt: skip


# --- what the verbs share --------------------------------------------------------------------------------------


def _read(proposal: Proposal, version: int) -> ProposalVersion:
    """The version that lies before the ministry; ValidationError when another one was read."""
    current = proposals.current_version(proposal)
    assert current is not None, "a proposal with the ministry was handed in"
    if current.number != version:
        raise ValidationError(
            _("Version %(n)s has been handed in meanwhile. Read it first.") % {"n": current.number}, code="stale"
        )
    return current


def _moved(
    actor: User,
    proposal: Proposal,
    version: ProposalVersion | None,
    verb: str,
    state: str,
    *,
    mark: str,
    reason: str,
    told: Mapping[str, Any] | None = None,
    **more: Any,
) -> Proposal:
    """Write the new state, its audit entry, and tell."""
    before, proposal.state = proposal.state, state
    proposal.save(update_fields=["state"])
    audit.record(
        actor=actor,
        verb=verb,
        target=proposal,
        before={"state": before},
        after={"state": state, "version": version.number if version else None, **more},
        reason=reason,
    )
    outbox.publish(*notices_proposals.step(proposal, version, verb, by=actor, mark=mark, **(told or {})))
    return proposal


def _decide(actor: User, proposal: Proposal, decision: Decision, scan: UploadedFile[bytes] | None) -> None:
    """Keep the paper: its number, day and reasons, and the scan as it came."""
    fields = ["decision_number", "decided_on", "decision_reason", "decided_by", "decided_at"]
    proposal.decision_number, proposal.decided_on = decision.number.strip(), decision.decided_on
    proposal.decision_reason = decision.reason.strip()
    proposal.decided_by, proposal.decided_at = actor, clock.now()
    if scan is not None:
        try:
            file = sealed.keep_document(scan)
        except ValidationError as error:
            raise ValidationError({"scan": error}) from error
        proposal.scan_sha256, proposal.scan_name = file.sha256, file.name
        proposal.scan_type, proposal.scan_size = file.content_type, file.size
        fields += ["scan_sha256", "scan_name", "scan_type", "scan_size"]
    proposal.save(update_fields=fields)


def _decision_errors(proposal: Proposal, decision: Decision) -> dict[str, str]:
    errors: dict[str, str] = {}
    today = proposals.today()
    if not decision.number.strip():
        errors["number"] = _("Give the number of the government's decision.")
    elif len(decision.number.strip()) > 120:
        errors["number"] = _("This is too long.")
    if decision.decided_on > today:
        errors["decided_on"] = _("This day lies in the future.")
    elif decision.decided_on < differences.day_of(proposal.started_at) - BACKDATED:
        errors["decided_on"] = _("This is more than a year before the proposal. Check the year.")
    return errors


def _effect_errors(decision: Decision, order: ClosureOrder | None) -> dict[str, str]:
    errors: dict[str, str] = {}
    today, effect = proposals.today(), decision.effective_from
    if effect is None:
        errors["effective_from"] = _("Say from which day the category is in force.")
    elif effect < decision.decided_on - BACKDATED:
        errors["effective_from"] = _("This is more than a year before the decision. Check the year.")
    elif effect > today + AHEAD:
        errors["effective_from"] = _("This is more than two years ahead. Check the year.")
    elif order is not None and order.state != ClosureState.DRAFTED and effect <= today:
        errors["effective_from"] = _(
            "The closure order %(number)s is in force here. Lift it first, or let the category begin on a later day "
            "and lift the order before."
        ) % {"number": order.number}
    if not decision.legal_reference.strip():
        errors["legal_reference"] = _("An official category needs its legal reference.")
    elif len(decision.legal_reference.strip()) > 300:
        errors["legal_reference"] = _("This is too long.")
    return errors


def _due_errors(asked: list[tuple[Unit, str]], decision: Decision) -> dict[str, str]:
    keys = {condition_key(unit, text) for unit, text in asked}
    if not decision.due.keys() <= keys:
        return {"due": _("The positions have changed meanwhile. Read the conditions anew.")}
    if any(day < decision.decided_on for day in decision.due.values()):
        return {"due": _("A condition cannot be due before the decision.")}
    return {}


def _conditions(proposal: Proposal, version: ProposalVersion, decision: Decision) -> list[Condition]:
    """What the ministries asked for, as rows that are followed up."""
    return Condition.objects.bulk_create(
        Condition(proposal=proposal, unit=unit, text=text, due_on=decision.due.get(condition_key(unit, text)))
        for unit, text in proposals.conditions_asked(version)
    )
