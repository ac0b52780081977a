"""The verbs of incidents. Nothing else writes their tables."""

from incidents.actions.attribution import reattribute
from incidents.actions.cases import (
    appeal,
    close_case,
    decide_appeal,
    explain,
    notify_head,
    rule_case,
    take_to_review,
    withdraw_case,
)
from incidents.actions.checkpoints import describe_checkpoint, recognise_again, recognise_checkpoint
from incidents.actions.contests import contest_attribution, rule_contest, state_in_contest, withdraw_contest
from incidents.actions.escalation import Acknowledged, acknowledge, escalate, open_duty
from incidents.actions.filing import Filed, file_incident, forget_staged, settle_conflicting_copy
from incidents.actions.life import close_incident, reopen_incident, verify_incident
from incidents.actions.observations import report_observation
from incidents.actions.opening import open_case
from incidents.actions.removals import (
    confirm_removal,
    deny_removal,
    not_a_checkpoint,
    order_removal,
    report_removal,
    watch_checkpoints,
)

__all__ = (
    "Acknowledged",
    "Filed",
    "acknowledge",
    "appeal",
    "close_case",
    "close_incident",
    "confirm_removal",
    "contest_attribution",
    "decide_appeal",
    "deny_removal",
    "describe_checkpoint",
    "escalate",
    "explain",
    "file_incident",
    "forget_staged",
    "not_a_checkpoint",
    "notify_head",
    "open_case",
    "open_duty",
    "order_removal",
    "reattribute",
    "recognise_again",
    "recognise_checkpoint",
    "reopen_incident",
    "report_observation",
    "report_removal",
    "rule_case",
    "rule_contest",
    "settle_conflicting_copy",
    "state_in_contest",
    "take_to_review",
    "verify_incident",
    "watch_checkpoints",
    "withdraw_case",
    "withdraw_contest",
)
