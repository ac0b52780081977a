"""What is read of a proposal: its versions as one reader may see them, the positions that count, who may do what.

Reading only; the verbs ask the same questions. Source: directive duty D3.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import clock
from crossings import deciders, proposal_workflow
from crossings.choices import ConditionState
from crossings.models import Condition, Position, Proposal, ProposalVersion
from units import policy
from units.choices import INSTITUTIONS
from units.models import Unit

OF_THE_PROVINCE = frozenset({"save_draft", "submit_proposal", "withdraw_proposal"})
OF_THE_MINISTRY = frozenset(
    {"return_proposal", "recommend_proposal", "take_back_recommendation", "approve_proposal", "refuse_proposal"}
)
OF_THE_ASKER = frozenset({"confirm_condition", "deny_condition", "waive_condition"})


def today() -> date:
    """The day in Phnom Penh."""
    return timezone.localdate(clock.now())


def institutions() -> list[Unit]:
    """The ministries and secretariats that are asked for a position, in the order of their codes."""
    return list(Unit.objects.filter(kind__in=INSTITUTIONS).order_by("code"))


def ministries_of(user: Any) -> list[Unit]:
    """The institutions for which a person may speak today: those where he is posted himself, and no other."""
    found = {
        unit.pk: unit
        for role, unit in policy.roles_of(user)
        if policy.REVIEW in policy.ROLES[role] and unit.kind in INSTITUTIONS
    }
    return [found[pk] for pk in sorted(found.keys() & policy.unit_ids(user, policy.VERBS["take_position"]))]


def has_part(user: Any, proposal: Proposal) -> bool:
    """Whether the person began the proposal or handed a version of it in: then he never judges it."""
    if proposal.started_by_id == user.pk:
        return True
    return ProposalVersion.objects.filter(proposal=proposal, submitted_by=user).exists()


def refusal(user: Any, verb: str, proposal: Proposal) -> str:
    """Why a person may not do a verb on a proposal whatever its state, "" when he may."""
    if verb in OF_THE_PROVINCE:
        return "" if deciders.may(user, "propose_crossing", proposal.crossing) else policy.nothing_here()
    if verb == "report_condition_met":
        return "" if deciders.may(user, "report_condition", proposal.crossing) else policy.nothing_here()
    if verb == "take_position":
        if not ministries_of(user):
            return _("Only who is posted at a ministry takes a position, and for that ministry alone.")
    elif not policy.may(user, "decide_proposal", deciders.national_ids()):
        return policy.nothing_here()
    return _own_paper() if has_part(user, proposal) else ""


def demand(user: Any, verb: str, proposal: Proposal) -> None:
    """Raise PermissionDenied, saying why, when `refusal` has a reason."""
    if why := refusal(user, verb, proposal):
        raise PermissionDenied(why)


def condition_refusal(user: Any, verb: str, condition: Condition) -> str:
    """Why a person may not do a verb on a condition, "" when he may: who asked for it judges it, never who reported."""
    if verb not in OF_THE_ASKER:
        return refusal(user, verb, condition.proposal)
    if condition.unit_id not in {unit.pk for unit in ministries_of(user)}:
        return _("Only the ministry that asked for this condition decides about it.")
    if condition.reported_by_id == user.pk:
        return _("You have reported this condition yourself; a second person confirms it.")
    return _own_paper() if has_part(user, condition.proposal) else ""


def demand_condition(user: Any, verb: str, condition: Condition) -> None:
    """Raise PermissionDenied, saying why, when `condition_refusal` has a reason."""
    if why := condition_refusal(user, verb, condition):
        raise PermissionDenied(why)


def _own_paper() -> str:
    return _("You have written or handed in this proposal yourself; another person judges it.")


def verbs_open_to(user: Any, proposal: Proposal) -> frozenset[str]:
    """The verbs a person may do on the proposal now."""
    possible = [verb for verb in proposal_workflow.TRANSITIONS if proposal_workflow.allowed(verb, proposal.state)]
    province = not any(verb in OF_THE_PROVINCE for verb in possible) or refusal(user, "save_draft", proposal)
    ministry = not any(verb in OF_THE_MINISTRY for verb in possible) or refusal(user, "recommend_proposal", proposal)
    barred = (OF_THE_PROVINCE if province else frozenset()) | (OF_THE_MINISTRY if ministry else frozenset())
    return frozenset(
        verb
        for verb in possible
        if verb not in barred and (verb != "take_position" or not refusal(user, verb, proposal))
    )


def current_version(proposal: Proposal) -> ProposalVersion | None:
    """The version that was handed in last, None before the first."""
    rows = ProposalVersion.objects.filter(proposal=proposal, submitted_at__isnull=False)
    return rows.order_by("-number").first()


def newest_version(proposal: Proposal) -> ProposalVersion:
    """The last version, whether handed in or still being written."""
    return ProposalVersion.objects.filter(proposal=proposal).order_by("-number")[:1].get()


def standing(positions: Iterable[Position]) -> list[Position]:
    """Of positions in the order of time, each ministry's last one: a changed mind replaces what it said before."""
    last = {position.unit_id: position for position in positions}
    return sorted(last.values(), key=lambda one: one.unit_id)


def positions_on(version: ProposalVersion) -> list[Position]:
    """The positions that count on a version, each ministry's last."""
    rows = Position.objects.filter(version=version).select_related("unit", "by").order_by("at", "id")
    return standing(rows)


def lines(text: str) -> list[str]:
    """The conditions of a position, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def conditions_asked(version: ProposalVersion) -> list[tuple[Unit, str]]:
    """What the ministries ask for with their positions on a version, in the order they become conditions."""
    return [(one.unit, line) for one in positions_on(version) for line in lines(one.conditions)]


def overdue(on: date) -> Q:
    """Conditions that were due before a day and have not been reported as met."""
    return Q(state=ConditionState.OPEN, due_on__lt=on)
