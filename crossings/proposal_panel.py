"""Proposals on a crossing's page: the open one, past decisions, and the way to a new one. Imported by `ready`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from crossings import deciders, panels
from crossings.choices import PROPOSAL_OVER
from crossings.models import Crossing, Proposal, ProposalVersion

# Past proposals are shown so many; the list has them all.
PAST = 5


def _context(user: Any, crossing: Crossing) -> dict[str, Any] | None:
    """The open proposal, the latest past ones, whether the person may propose; None when there is nothing of these."""
    rows: Any = Proposal.objects.visible_to(user).filter(crossing=crossing)
    found = list(rows.with_positions().order_by("-started_at", "-pk")[: PAST + 1])
    current = next((one for one in found if one.state not in PROPOSAL_OVER), None)
    may_propose = current is None and deciders.may(user, "propose_crossing", crossing)
    if not found and not may_propose:
        return None
    versions: Any = ProposalVersion.objects.visible_to(user)
    newest = {one.proposal_id: one for one in versions.filter(proposal__in=found).order_by("number")}
    return {
        "open": (current, newest.get(current.pk)) if current else None,
        "past": [(one, newest.get(one.pk)) for one in found if one is not current][:PAST],
        "may_propose": may_propose,
    }


panels.register(panels.Panel("proposals", _("Proposals"), "proposals/panel.html", _context, place=45))
