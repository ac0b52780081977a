"""Crossings of the border, and what happens at them."""

from crossings.models.assessments import Assessment, Weights
from crossings.models.closures import ClosureOrder, ClosureVisit, ReopeningSign
from crossings.models.crossings import Classification, Crossing, CrossingStatus
from crossings.models.proposals import Condition, Position, Proposal, ProposalVersion
from crossings.models.traffic import TrafficImport, TrafficLine, TrafficOutlier, TrafficSheet

__all__ = (
    "Assessment",
    "Classification",
    "ClosureOrder",
    "ClosureVisit",
    "Condition",
    "Crossing",
    "CrossingStatus",
    "Position",
    "Proposal",
    "ProposalVersion",
    "ReopeningSign",
    "TrafficImport",
    "TrafficLine",
    "TrafficOutlier",
    "TrafficSheet",
    "Weights",
)
