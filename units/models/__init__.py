"""The ground: what exists, who commands it, who the people are, and who has walked it."""

from units.models.base import Audited, Dated, DatedQuerySet, Named
from units.models.changes import ProposedRow, RegisterChange
from units.models.command import (
    CommandTenure,
    Endpoint,
    Leave,
    RegisterDefect,
    Sector,
    Unit,
    UnitGroupPermission,
    UnitUserPermission,
)
from units.models.patrols import METRIC, Effort, Observation, Patch, Patrol, PatrolTarget, Track
from units.models.people import Posting, UnitRole, User
from units.models.reach import Delegation, Reach, SpecialDay, WorkingHours
from units.models.territory import (
    BorderMarker,
    BorderSection,
    Boundary,
    Commune,
    District,
    Province,
    UnresolvedArea,
)

__all__ = (
    "METRIC",
    "Audited",
    "BorderMarker",
    "BorderSection",
    "Boundary",
    "CommandTenure",
    "Commune",
    "Dated",
    "DatedQuerySet",
    "Delegation",
    "District",
    "Effort",
    "Endpoint",
    "Leave",
    "Named",
    "Observation",
    "Patch",
    "Patrol",
    "PatrolTarget",
    "Posting",
    "ProposedRow",
    "Province",
    "Reach",
    "RegisterChange",
    "RegisterDefect",
    "Sector",
    "SpecialDay",
    "Track",
    "Unit",
    "UnitGroupPermission",
    "UnitRole",
    "UnitUserPermission",
    "UnresolvedArea",
    "User",
    "WorkingHours",
)
