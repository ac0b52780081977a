"""The steps of a proposal and of its conditions as a page offers them: verb, form, and the words around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crossings import forms_proposals as forms
from crossings import proposal_workflow, proposals
from crossings.choices import ProposalState
from crossings.models import Condition, Proposal
from units.models import User

Words = str | Promise


@dataclass(frozen=True)
class Act:
    """A step somebody may do on the page of a proposal."""

    name: str
    verb: str
    kind: type[Form]
    title: Words
    button: Words
    done: Words
    explained: Words = ""

    def form(self, user: User, proposal: Proposal, *given: Any) -> Form:
        """Its form for this person, with what was sent when something was."""
        more: dict[str, Any] = {"auto_id": f"{self.name}-%s"}
        current = proposals.current_version(proposal)
        if "version" in self.kind.base_fields:
            more["initial"] = {"version": current.number if current else None}
        if self.name == "position":
            more["ministries"] = proposals.ministries_of(user)
        if self.name == "refuse":
            more["recommended"] = proposal.state == ProposalState.RECOMMENDED
        if self.name == "approve":
            more["asked"] = proposals.conditions_asked(current) if current else ()
            more["initial"] = {"effective_from": current.wanted_from if current else None}
        made: Any = self.kind
        form: Form = made(*given, **more)
        return form


@dataclass(frozen=True)
class ConditionAct:
    """A step somebody may do with a condition."""

    name: str
    verb: str
    kind: type[Form]
    title: Words
    button: Words
    done: Words

    def form(self, condition: Condition, *given: Any) -> Form:
        """Its form, with what was sent when something was."""
        made: Any = self.kind
        form: Form = made(*given, auto_id=f"{self.name}-{condition.pk}-%s")
        return form

    def is_open(self, user: User, condition: Condition) -> bool:
        """Whether the state and the person's posting allow it."""
        if not proposal_workflow.allowed(self.verb, condition.state):
            return False
        return not proposals.condition_refusal(user, self.verb, condition)


# By the last word of the address, in the order of the page.
ACTS: Mapping[str, Act] = {
    act.name: act
    for act in (
        Act(
            "submit", "submit_proposal", forms.EmptyForm, _("Hand it in"), _("Hand the proposal in"),
            _("The proposal is handed in; the ministries are asked for their positions."),
            _("This version is frozen then; a correction becomes a new version."),
        ),
        Act(
            "position", "take_position", forms.PositionForm, _("Take a position"), _("Put the position on record"),
            _("The position of your ministry is on record."),
            _("You speak for your own ministry. You may change your mind until it is recommended; nothing is erased."),
        ),
        Act(
            "recommend", "recommend_proposal", forms.RecommendForm, _("Recommend to the government"),
            _("Put the recommendation on record"), _("The proposal is recommended to the government."),
        ),
        Act(
            "approve", "approve_proposal", forms.ApproveForm, _("Enter the government's approval"),
            _("Put the approval on record"),
            _("The approval is on record; the crossing has its category from that day."),
            _("From the day of effect the crossing is of the new category everywhere in the register."),
        ),
        Act(
            "return", "return_proposal", forms.ReturnForm, _("Return for correction"), _("Return it to the province"),
            _("The province is told what to correct."),
            _("The version stays as it is; the province answers with a new one."),
        ),
        Act(
            "take_back", "take_back_recommendation", forms.ReasonForm, _("Take the recommendation back"),
            _("Take it back"), _("The recommendation is taken back; the proposal is with the ministry again."),
        ),
        Act(
            "refuse", "refuse_proposal", forms.RefuseForm, _("Refuse"), _("Put the refusal on record"),
            _("The refusal is on record with its reasons; the province is told."),
        ),
        Act(
            "withdraw", "withdraw_proposal", forms.ReasonForm, _("Withdraw the proposal"), _("Withdraw it"),
            _("The proposal is withdrawn."),
        ),
    )
}  # fmt: skip

CONDITION_ACTS: Mapping[str, ConditionAct] = {
    act.name: act
    for act in (
        ConditionAct(
            "report", "report_condition_met", forms.ReportForm, _("Report as met"), _("Report it"),
            _("The condition is reported as met; the ministry that asked for it confirms."),
        ),
        ConditionAct(
            "confirm", "confirm_condition", forms.ConfirmForm, _("It is met"), _("Confirm"),
            _("The condition is confirmed."),
        ),
        ConditionAct(
            "deny", "deny_condition", forms.ReasonForm, _("It is not met"), _("Say what is missing"),
            _("The condition is open again; the province is told why."),
        ),
        ConditionAct(
            "waive", "waive_condition", forms.ReasonForm, _("Waive it"), _("Waive the condition"),
            _("The condition is waived."),
        ),
    )
}  # fmt: skip
