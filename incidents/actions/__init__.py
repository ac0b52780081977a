"""The verbs of incidents. Nothing else writes their tables."""

from incidents.actions.attribution import reattribute
from incidents.actions.escalation import Acknowledged, acknowledge, escalate, open_duty
from incidents.actions.filing import Filed, file_incident, forget_staged, settle_conflicting_copy
from incidents.actions.life import close_incident, reopen_incident, verify_incident

__all__ = (
    "Acknowledged",
    "Filed",
    "acknowledge",
    "close_incident",
    "escalate",
    "file_incident",
    "forget_staged",
    "open_duty",
    "reattribute",
    "reopen_incident",
    "settle_conflicting_copy",
    "verify_incident",
)
