"""Incidents: what happened, who answers, who is told, what they answer."""

from incidents.models.accountability import (
    AccountabilityCase,
    AccountabilityPolicy,
    Attachment,
    CaseStep,
    Contest,
    Statement,
)
from incidents.models.attribution import Attribution
from incidents.models.checkpoints import Checkpoint
from incidents.models.escalation import (
    Acknowledgement,
    Duty,
    Escalation,
    EscalationPolicy,
    PolicyDuty,
    PolicyStep,
)
from incidents.models.evidence import Evidence, StagedPhoto
from incidents.models.incidents import ConflictingCopy, Incident, ReferenceCounter

__all__ = (
    "AccountabilityCase",
    "AccountabilityPolicy",
    "Acknowledgement",
    "Attachment",
    "Attribution",
    "CaseStep",
    "Checkpoint",
    "ConflictingCopy",
    "Contest",
    "Duty",
    "Escalation",
    "EscalationPolicy",
    "Evidence",
    "Incident",
    "PolicyDuty",
    "PolicyStep",
    "ReferenceCounter",
    "StagedPhoto",
    "Statement",
)
