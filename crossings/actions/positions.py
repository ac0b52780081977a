"""A ministry takes its position on a proposal, with reasons and conditions. Source: directive duty D3.

Each speaks for itself alone, and of the version that lies before it. Nothing is overwritten: the last position of a
ministry on a version counts.
"""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from crossings import notices_proposals, proposal_workflow, proposals
from crossings.actions.proposals import MAX_TEXT, locked
from crossings.choices import Stand
from crossings.models import Position, Proposal, ProposalVersion
from units.models import Unit, User

MOST_CONDITIONS = 20
LONGEST_CONDITION = 500


@transaction.atomic
def take_position(
    *, actor: User, proposal: Proposal, version: int, unit: Unit, stand: str, reasons: str, conditions: str = ""
) -> Position:
    """Say for one's own ministry what it holds of a version, with reasons; conditions one a line.

    `version` is the number of the one that was read. The same position again changes nothing. Raises PermissionDenied
    (also for who wrote the proposal, and for another ministry), proposal_workflow.Refused, ValidationError by field.
    """
    proposal = locked(proposal, actor, "take_position")
    if unit.pk not in {own.pk for own in proposals.ministries_of(actor)}:
        raise PermissionDenied(_("You are not posted at this ministry; it takes its position itself."))
    proposal_workflow.move("take_position", proposal.state)
    current = proposals.current_version(proposal)
    assert current is not None, "a proposal with the ministry was handed in"
    asked, reasons = proposals.lines(conditions), reasons.strip()
    if errors := _errors(current, version, stand, reasons, asked):
        raise ValidationError(errors)
    last = Position.objects.filter(version=current, unit=unit).order_by("at", "id").last()
    if last and (last.stand, last.reasons, last.conditions) == (stand, reasons, "\n".join(asked)):
        return last
    now = clock.now()
    position = Position.objects.create(
        version=current, unit=unit, stand=stand, reasons=reasons, conditions="\n".join(asked), by=actor, at=now
    )
    audit.record(
        actor=actor,
        verb="take_position",
        target=proposal,
        before={"stand": last.stand if last else None},
        after={"ministry": unit.code, "version": current.number, "stand": stand, "conditions": asked},
        reason=reasons,
        at=now,
    )
    about = notices_proposals.position_facts(position)
    outbox.publish(
        *notices_proposals.step(proposal, current, "take_position", by=actor, mark=str(position.pk), **about)
    )
    return position


def _errors(current: ProposalVersion, version: int, stand: str, reasons: str, asked: list[str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if version != current.number:
        errors["__all__"] = _("Version %(n)s has been handed in meanwhile. Read it, then take your position.") % {
            "n": current.number
        }
    if stand not in Stand.values:
        errors["stand"] = _("Choose the position.")
    if not reasons:
        errors["reasons"] = _("Give the reasons; they stay on record.")
    elif len(reasons) > MAX_TEXT:
        errors["reasons"] = _("This is too long.")
    if stand == Stand.CONDITIONAL and not asked:
        errors["conditions"] = _("Name the conditions, one to a line.")
    elif asked and stand in Stand.values and stand != Stand.CONDITIONAL:
        errors["conditions"] = _("Conditions go with the position “%(stand)s”.") % {"stand": Stand.CONDITIONAL.label}
    elif len(asked) > MOST_CONDITIONS or any(len(line) > LONGEST_CONDITION for line in asked):
        errors["conditions"] = _("At most %(n)s conditions, each of at most %(length)s characters.") % {
            "n": MOST_CONDITIONS,
            "length": LONGEST_CONDITION,
        }
    elif len(set(asked)) != len(asked):
        errors["conditions"] = _("The same condition stands there twice.")
    return errors
