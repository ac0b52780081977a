"""What the page of a proposal shows: where it stands, versions and what changed, positions, conditions. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crossings import differences, proposals
from crossings.actions.register import open_order
from crossings.choices import ConditionState, ProposalState
from crossings.differences import Change
from crossings.models import ClosureOrder, Condition, Position, Proposal, ProposalVersion
from crossings.querysets_proposals import MINISTRIES_WANTED
from units.models import Unit, User

# Over without a new category.
ENDED = frozenset({ProposalState.REFUSED, ProposalState.WITHDRAWN})


@dataclass(frozen=True)
class Station:
    """A step on the way of a proposal. `stage` is "done", "now", "ahead" or "ended" (the way ended before it)."""

    label: str
    stage: str
    words: str = ""
    at: datetime | None = None
    day: date | None = None
    by: User | None = None

    @property
    def stage_label(self) -> str:
        """The stage in words, for those who see no colour."""
        return {"done": _("done"), "now": _("now"), "ahead": _("to come"), "ended": _("does not follow")}[self.stage]


@dataclass(frozen=True)
class Seat:
    """A ministry with its position on the version shown; `earlier` is one on an earlier version: it counts no more."""

    unit: Unit
    position: Position | None
    earlier: Position | None

    @property
    def asked(self) -> list[str]:
        """Its conditions, one each."""
        return proposals.lines(self.position.conditions) if self.position else []


@dataclass(frozen=True)
class Shown:
    """A version with what changed from the one before it and the positions that counted on it."""

    version: ProposalVersion
    changes: list[Change]
    positions: list[Position]

    @property
    def spoken(self) -> list[tuple[Position, list[str]]]:
        """The positions that counted on it, each with its conditions."""
        return [(one, proposals.lines(one.conditions)) for one in self.positions]


@dataclass(frozen=True)
class Page:
    """Everything about a proposal that one person may read."""

    proposal: Proposal
    # The newest first; the one being written only for those whose draft it is.
    versions: list[Shown]
    seats: list[Seat]
    conditions: list[Condition]
    order: ClosureOrder | None

    @property
    def newest(self) -> Shown:
        """The version that is shown in full."""
        return self.versions[0]

    @property
    def current(self) -> ProposalVersion | None:
        """The version that was handed in last."""
        return next((one.version for one in self.versions if one.version.submitted_at), None)

    @property
    def spoken(self) -> int:
        """How many ministries have taken a position on the current version."""
        return sum(1 for seat in self.seats if seat.position)


def compose(user: User, proposal: Proposal) -> Page:
    """Read a proposal that was found visible: some ten queries, however many versions there are."""
    positions = Position.objects.select_related("unit", "by").order_by("at", "id")
    rows: Any = ProposalVersion.objects.visible_to(user).filter(proposal=proposal)
    rows = rows.select_related("submitted_by", "returned_by").prefetch_related(
        "assessments", Prefetch("positions", positions)
    )
    versions = list(rows.order_by("number"))
    shown = [_shown(version, versions[n - 1] if n else None) for n, version in enumerate(versions)]
    conditions = list(
        Condition.objects.filter(proposal=proposal).select_related("unit", "reported_by", "decided_by").order_by("id")
    )
    for condition in conditions:
        condition.proposal = proposal
    order = open_order(proposal.crossing) if proposal.state not in ENDED else None
    return Page(proposal, shown[::-1], _seats(shown), conditions, order)


def _shown(version: ProposalVersion, before: ProposalVersion | None) -> Shown:
    changes = differences.between(before, version) if before is not None else []
    return Shown(version, changes, proposals.standing(version.positions.all()))


def _seats(shown: Sequence[Shown]) -> list[Seat]:
    handed_in = [one for one in shown if one.version.submitted_at]
    if not handed_in:
        return []
    *before, last = handed_in
    now = {position.unit_id: position for position in last.positions}
    then = {position.unit_id: position for one in before for position in one.positions}
    return [Seat(unit, now.get(unit.pk), then.get(unit.pk)) for unit in proposals.institutions()]


# --- where it stands -------------------------------------------------------------------------------------------

# How many stations a proposal has behind it in each state; the one after them is on.
_BEHIND = {
    ProposalState.DRAFT: 0,
    ProposalState.RETURNED: 0,
    ProposalState.SUBMITTED: 1,
    ProposalState.RECOMMENDED: 3,
    ProposalState.APPROVED: 5,
}


def _stages(page: Page, today: date) -> list[str]:
    """The stage of each of the five stations."""
    proposal = page.proposal
    if proposal.state == ProposalState.REFUSED:
        # The refusal is the decision, whether the ministry's own or the government's.
        return ["done", "done", "done" if proposal.recommended_at else "ended", "done", "ended"]
    if proposal.state == ProposalState.WITHDRAWN:
        return ["done" if page.current else "ended", "ended", "ended", "ended", "ended"]
    behind = _BEHIND[ProposalState(proposal.state)]
    if proposal.state == ProposalState.SUBMITTED and page.spoken >= MINISTRIES_WANTED:
        behind = 2
    if proposal.effective_from is not None and proposal.effective_from > today:
        return ["done"] * 4 + ["ahead"]
    return ["done" if n < behind else "now" if n == behind else "ahead" for n in range(5)]


def chain(page: Page, today: date) -> list[Station]:
    """Province, ministries, recommendation, decision, in force: what has been, what is on, what is to come."""
    proposal, current = page.proposal, page.current
    stages = _stages(page, today)
    return [
        Station(
            _("Province"), stages[0], proposal.unit.name,
            at=current.submitted_at if current else proposal.started_at,
            by=current.submitted_by if current else proposal.started_by,
        ),
        Station(_("Ministries"), stages[1], _spoken(page)),
        Station(_("Recommendation"), stages[2], at=proposal.recommended_at, by=proposal.recommended_by),
        Station(
            _("Decision"), stages[3], _decision_words(proposal),
            day=proposal.decided_on if proposal.decision_number else None,
            at=None if proposal.decision_number else proposal.decided_at, by=proposal.decided_by,
        ),
        Station(_("In force"), stages[4], day=proposal.effective_from),
    ]  # fmt: skip


def _spoken(page: Page) -> str:
    if not page.seats:
        return ""
    return ngettext("%(n)s of %(all)s has spoken", "%(n)s of %(all)s have spoken", page.spoken) % {
        "n": page.spoken, "all": len(page.seats),
    }  # fmt: skip


def _decision_words(proposal: Proposal) -> str:
    if proposal.state in (ProposalState.APPROVED, ProposalState.REFUSED):
        return " · ".join(filter(None, (str(proposal.get_state_display()), proposal.decision_number)))
    return str(proposal.get_state_display()) if proposal.state == ProposalState.WITHDRAWN else ""


def following(page: Page, today: date) -> str:
    """What comes next, and whose it is, in a sentence."""
    proposal = page.proposal
    if proposal.state == ProposalState.SUBMITTED:
        if page.spoken >= MINISTRIES_WANTED:
            return _("The Ministry of Interior recommends it to the government, returns it or refuses it.")
        return _("The ministries take their positions; then the Ministry of Interior recommends, returns or refuses.")
    if proposal.state == ProposalState.APPROVED:
        left = sum(1 for one in page.conditions if one.state in (ConditionState.OPEN, ConditionState.MET))
        if left:
            return ngettext(
                "%(n)s condition is still to be met and confirmed.",
                "%(n)s conditions are still to be met and confirmed.",
                left,
            ) % {"n": left}  # fmt: skip
        if proposal.effective_from and proposal.effective_from > today:
            return _("The crossing changes its category by itself on the day of effect.")
        return _("Nothing; the proposal is carried out.")
    return {
        ProposalState.DRAFT: _("The province writes it and hands it in."),
        ProposalState.RETURNED: _("The province mends it and hands it in as a new version."),
        ProposalState.RECOMMENDED: _("The government decides; the Ministry of Interior enters the decision."),
        ProposalState.REFUSED: _("Nothing; the crossing keeps its category."),
        ProposalState.WITHDRAWN: _("Nothing; the crossing keeps its category."),
    }[ProposalState(proposal.state)]
