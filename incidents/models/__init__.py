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
from incidents.models.clocks import Clock, ClockEvent
from incidents.models.drills import Drill, DrillCounter
from incidents.models.engagement import Counterpart, Engagement, EngagementFile
from incidents.models.escalation import (
    Acknowledgement,
    Duty,
    Escalation,
    EscalationPolicy,
    PolicyDuty,
    PolicyStep,
)
from incidents.models.evidence import Evidence, StagedPhoto
from incidents.models.guidance import Instruction, InstructionFile, InstructionStep
from incidents.models.incidents import ConflictingCopy, Incident, ReferenceCounter
from incidents.models.letters import Letter, LetterCounter, LetterTemplate
from incidents.models.protests import LegalBasis, Protest, ProtestEvidence, ProtestStep
from incidents.models.recorder import Finding, Outage, RecorderRun
from incidents.models.requests import InformationRequest, Snooze

__all__ = (
    "AccountabilityCase",
    "AccountabilityPolicy",
    "Acknowledgement",
    "Attachment",
    "Attribution",
    "CaseStep",
    "Checkpoint",
    "Clock",
    "ClockEvent",
    "ConflictingCopy",
    "Contest",
    "Counterpart",
    "Drill",
    "DrillCounter",
    "Duty",
    "Engagement",
    "EngagementFile",
    "Escalation",
    "EscalationPolicy",
    "Evidence",
    "Finding",
    "Incident",
    "InformationRequest",
    "Instruction",
    "InstructionFile",
    "InstructionStep",
    "LegalBasis",
    "Letter",
    "LetterCounter",
    "LetterTemplate",
    "Outage",
    "PolicyDuty",
    "PolicyStep",
    "Protest",
    "ProtestEvidence",
    "ProtestStep",
    "RecorderRun",
    "ReferenceCounter",
    "Snooze",
    "StagedPhoto",
    "Statement",
)
