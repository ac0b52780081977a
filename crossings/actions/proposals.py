"""A province proposes a category for a crossing: begin, write, hand in, withdraw. Source: directive duty D3.

What was handed in is frozen; a correction is a new version. The ministries' part is in `positions` and
`proposal_decisions`, the conditions' in `conditions`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from crossings import deciders, differences, notices_proposals, proposal_workflow, proposals
from crossings.actions.register import locked as locked_crossing
from crossings.choices import OFFICIAL, PROPOSAL_OVER, AssessmentState, GateSide, ProposalState
from crossings.models import Assessment, Classification, Crossing, Proposal, ProposalVersion
from units.actions import Clash
from units.actions.patrols import one_at_a_time
from units.models import User

MAX_TEXT = 10_000
# A category may be wanted so long before it begins.
FARTHEST = timedelta(days=3 * 366)


class Stale(ValidationError):
    """Somebody else has written to the same text meanwhile."""


@dataclass(frozen=True)
class Content:
    """What is proposed: the category wanted, from when, why, what it needs, and the assessments it rests on."""

    category: str
    wanted_from: date | None = None
    justification: str = ""
    needs: str = ""
    assessments: Sequence[Assessment] = ()


@dataclass(frozen=True)
class Begun:
    """What beginning came to: "new", or "same" (the proposal that is there already)."""

    proposal: Proposal
    outcome: str


@transaction.atomic
def start_proposal(*, actor: User, client_key: uuid.UUID, crossing: Crossing, content: Content) -> Begun:
    """Begin a proposal as a draft of the province. A crossing has one open proposal at a time.

    `client_key` is made on the client: the same key for the same crossing gives the proposal that is there. Raises
    PermissionDenied, Clash (the key belongs to another proposal) and ValidationError by field.
    """
    crossing = locked_crossing(crossing)
    deciders.demand(actor, "propose_crossing", crossing)
    one_at_a_time(client_key)
    if known := Proposal.objects.filter(client_key=client_key).first():
        if known.crossing_id != crossing.pk or known.started_by_id != actor.pk:
            raise Clash(_("This key already belongs to another proposal. Use a new key."), code="clash")
        return Begun(known, "same")
    unit = deciders.administration(crossing)
    errors = _content_errors(crossing, content)
    if unit is None:
        errors["crossing"] = _("The register has no administration of this province. Ask its keeper to enter it.")
    if there := Proposal.objects.filter(crossing=crossing).exclude(state__in=PROPOSAL_OVER).first():
        errors["crossing"] = _("The proposal %(ref)s for this crossing is still open. Go on with that one.") % {
            "ref": there.ref
        }
    if errors or unit is None:
        raise ValidationError(errors)
    now = clock.now()
    proposal = Proposal.objects.create(
        crossing=crossing, client_key=client_key, unit=unit, started_by=actor, started_at=now
    )
    version = _write(ProposalVersion(proposal=proposal, number=1), content)
    audit.record(
        actor=actor,
        verb="start_proposal",
        target=proposal,
        after={"crossing": crossing.slug, "unit": unit.code, **_told(version, content)},
        at=now,
    )
    return Begun(proposal, "new")


@transaction.atomic
def save_draft(*, actor: User, proposal: Proposal, version: int, revision: int, content: Content) -> ProposalVersion:
    """Write the text on. After a return the first save makes a new version; what was handed in stays as it was.

    `version` and `revision` are those the writer had before him. Saving what is there already changes nothing. Raises
    PermissionDenied, proposal_workflow.Refused, Stale, ValidationError by field.
    """
    proposal = locked(proposal, actor, "save_draft")
    proposal_workflow.move("save_draft", proposal.state)
    newest = proposals.newest_version(proposal)
    if errors := _content_errors(proposal.crossing, content):
        raise ValidationError(errors)
    if _same(newest, content):
        return newest
    if (newest.number, newest.revision) != (version, revision):
        raise Stale(
            _("Somebody else has saved this proposal at %(at)s. Open it anew, then bring in what you wanted to change.")
            % {"at": differences.moment_words(newest.saved_at)},
            code="stale",
        )
    before = {"version": newest.number, "category": newest.category}
    if newest.submitted_at is not None:
        newest = ProposalVersion(proposal=proposal, number=newest.number + 1)
    else:
        newest.revision += 1
    row = _write(newest, content)
    audit.record(actor=actor, verb="save_draft", target=proposal, before=before, after=_told(row, content))
    return row


@transaction.atomic
def submit_proposal(*, actor: User, proposal: Proposal) -> ProposalVersion:
    """Hand the text in: it is frozen, and every institution is asked for its position on this very version.

    It rests on at least one complete assessment of the crossing. Raises PermissionDenied, proposal_workflow.Refused,
    ValidationError by field for what is missing or has become wrong.
    """
    proposal = locked(proposal, actor, "submit_proposal")
    before = proposal.state
    state = proposal_workflow.move("submit_proposal", before)
    version = proposals.newest_version(proposal)
    if errors := _missing(proposal, version):
        raise ValidationError(errors)
    now = clock.now()
    version.submitted_by, version.submitted_at = actor, now
    version.save(update_fields=["submitted_by", "submitted_at"])
    proposal.state = state
    proposal.save(update_fields=["state"])
    audit.record(
        actor=actor,
        verb="submit_proposal",
        target=proposal,
        before={"state": before},
        after={"state": state, "version": version.number, "category": version.category},
        at=now,
    )
    outbox.publish(*notices_proposals.step(proposal, version, "submit_proposal", by=actor, mark=str(version.number)))
    return version


@transaction.atomic
def withdraw_proposal(*, actor: User, proposal: Proposal, reason: str) -> Proposal:
    """The province takes its proposal back, with the reason, before it is recommended.

    Raises PermissionDenied, proposal_workflow.Refused, ValidationError by field.
    """
    proposal = locked(proposal, actor, "withdraw_proposal")
    before = proposal.state
    state = proposal_workflow.move("withdraw_proposal", before)
    reason = needed(reason, "reason")
    proposal.state, proposal.reason = state, reason
    proposal.save(update_fields=["state", "reason"])
    audit.record(
        actor=actor,
        verb="withdraw_proposal",
        target=proposal,
        before={"state": before},
        after={"state": state},
        reason=reason,
    )
    if version := proposals.current_version(proposal):
        outbox.publish(*notices_proposals.step(proposal, version, "withdraw_proposal", by=actor, mark="1"))
    return proposal


# --- what the verbs share --------------------------------------------------------------------------------------


def locked(proposal: Proposal, actor: User, verb: str) -> Proposal:
    """The proposal under its row lock, for a person who may do the verb. Everything about it is written so."""
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("crossing__district__province", "unit")
    row: Proposal = rows.get(pk=proposal.pk)
    proposals.demand(actor, verb, row)
    return row


def needed(text: str, field: str) -> str:
    """A text that must be there and not too long; ValidationError at its field."""
    if not text.strip():
        raise ValidationError({field: _("Write it down; it stays on record.")})
    if len(text.strip()) > MAX_TEXT:
        raise ValidationError({field: _("This is too long.")})
    return text.strip()


def category_on(crossing: Crossing, day: date) -> str:
    """The category Cambodia holds the crossing to be of on a day, "" when none is on record."""
    rows = Classification.objects.at(differences.start_of(day)).filter(crossing=crossing, side=GateSide.KH)
    return rows.values_list("category", flat=True).first() or ""


def _content_errors(crossing: Crossing, content: Content) -> dict[str, str]:
    """What no draft may hold, by field; what a draft may still lack is asked when it is handed in."""
    errors: dict[str, str] = {}
    if content.category not in OFFICIAL:
        errors["category"] = _("Choose the official category that is proposed.")
    if content.wanted_from is not None and content.wanted_from > proposals.today() + FARTHEST:
        errors["wanted_from"] = _("This is more than three years ahead. Check the year.")
    for field in ("justification", "needs"):
        if len(getattr(content, field).strip()) > MAX_TEXT:
            errors[field] = _("This is too long.")
    if any(one.crossing_id != crossing.pk or one.state != AssessmentState.COMPLETE for one in content.assessments):
        errors["assessments"] = _("Choose complete assessments of this crossing.")
    return errors


def _missing(proposal: Proposal, version: ProposalVersion) -> dict[str, str]:
    """What keeps a version from being handed in, by field."""
    if version.submitted_at is not None:
        return {"__all__": _("Nothing has been changed since it was returned. Mend what the ministry asks for.")}
    errors: dict[str, str] = {}
    today = proposals.today()
    if version.wanted_from is None:
        errors["wanted_from"] = _("Say from which day the category is wanted.")
    elif version.wanted_from < today:
        errors["wanted_from"] = _("This day has passed. Say a day to come.")
    if category_on(proposal.crossing, version.wanted_from or today) == version.category:
        errors["category"] = _("The crossing has this category on that day already.")
    if not version.justification:
        errors["justification"] = _("Say why; the ministries decide on these words.")
    complete = version.assessments.filter(state=AssessmentState.COMPLETE, crossing=proposal.crossing_id)
    if not complete.exists():
        errors["assessments"] = _("A proposal rests on at least one complete assessment of the crossing.")
    elif complete.count() != version.assessments.count():
        errors["assessments"] = _("Choose complete assessments of this crossing.")
    if not errors and proposal.state == ProposalState.RETURNED:
        returned = proposals.current_version(proposal)
        if returned is not None and not differences.between(returned, version):
            errors["__all__"] = _("Nothing has been changed since it was returned. Mend what the ministry asks for.")
    return errors


def _same(version: ProposalVersion, content: Content) -> bool:
    """Whether a version says this already."""
    return (
        version.category == content.category
        and version.wanted_from == content.wanted_from
        and version.justification == content.justification.strip()
        and version.needs == content.needs.strip()
        and {one.pk for one in version.assessments.all()} == {one.pk for one in content.assessments}
    )


def _write(version: ProposalVersion, content: Content) -> ProposalVersion:
    version.category = content.category
    version.wanted_from = content.wanted_from
    version.justification = content.justification.strip()
    version.needs = content.needs.strip()
    version.saved_at = clock.now()
    if version._state.adding:
        version.save(force_insert=True)
    else:
        fields = ["category", "wanted_from", "justification", "needs", "revision", "saved_at"]
        version.save(update_fields=fields)
    version.assessments.set(content.assessments)
    return version


def _told(version: ProposalVersion, content: Content) -> dict[str, Any]:
    """A version as the audit names it; its text is kept in its own row."""
    return {
        "version": version.number,
        "revision": version.revision,
        "category": version.category,
        "wanted_from": version.wanted_from.isoformat() if version.wanted_from else None,
        "assessments": sorted(one.pk for one in content.assessments),
    }
