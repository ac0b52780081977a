"""The verbs of crossings, by noun. Each is one transaction: lock, may, workflow, write, audit, publish."""

from crossings.actions.assessments import (
    Conflict,
    abandon_assessment,
    complete_assessment,
    save_step,
    start_assessment,
)
from crossings.actions.closure_visits import (
    Seen,
    Visited,
    follow_up_closure,
    report_carried_out,
    send_back_closure,
    verify_closure,
)
from crossings.actions.closure_watch import watch_closures
from crossings.actions.closures import (
    Terms,
    change_closure_draft,
    draft_closure,
    issue_closure,
    lift_closure,
    order_closure,
    withdraw_closure,
)
from crossings.actions.conditions import confirm_condition, deny_condition, report_condition_met, waive_condition
from crossings.actions.description import describe_crossing, register_crossing
from crossings.actions.imports import abandon_import, apply_import, upload_traffic
from crossings.actions.outliers import find_unusual, judge_outlier
from crossings.actions.positions import take_position
from crossings.actions.proposal_decisions import (
    Decision,
    approve_proposal,
    condition_key,
    recommend_proposal,
    refuse_proposal,
    return_proposal,
    take_back_recommendation,
)
from crossings.actions.proposal_watch import watch_proposals
from crossings.actions.proposals import (
    Begun,
    Content,
    Stale,
    save_draft,
    start_proposal,
    submit_proposal,
    withdraw_proposal,
)
from crossings.actions.register import classify_crossing, set_crossing_status
from crossings.actions.reopening import confirm_reopening, dismiss_sign, flag_reopening, verified_near
from crossings.actions.traffic import record_sheet, record_sheets
from crossings.actions.traffic_watch import watch_traffic
from crossings.actions.weights import publish_weights

__all__ = (
    "Begun",
    "Conflict",
    "Content",
    "Decision",
    "Seen",
    "Stale",
    "Terms",
    "Visited",
    "abandon_assessment",
    "abandon_import",
    "apply_import",
    "approve_proposal",
    "change_closure_draft",
    "classify_crossing",
    "complete_assessment",
    "condition_key",
    "confirm_condition",
    "confirm_reopening",
    "deny_condition",
    "describe_crossing",
    "dismiss_sign",
    "draft_closure",
    "find_unusual",
    "flag_reopening",
    "follow_up_closure",
    "issue_closure",
    "judge_outlier",
    "lift_closure",
    "order_closure",
    "publish_weights",
    "recommend_proposal",
    "record_sheet",
    "record_sheets",
    "refuse_proposal",
    "register_crossing",
    "report_carried_out",
    "report_condition_met",
    "return_proposal",
    "save_draft",
    "save_step",
    "send_back_closure",
    "set_crossing_status",
    "start_assessment",
    "start_proposal",
    "submit_proposal",
    "take_back_recommendation",
    "take_position",
    "upload_traffic",
    "verified_near",
    "verify_closure",
    "waive_condition",
    "watch_closures",
    "watch_proposals",
    "watch_traffic",
    "withdraw_closure",
    "withdraw_proposal",
)
