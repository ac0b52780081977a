"""The ground: what exists, who commands it, who the people are."""

from units.models.base import Audited, Dated, DatedQuerySet, Named
from units.models.command import (
    CommandTenure,
    Endpoint,
    RegisterDefect,
    Sector,
    Unit,
    UnitGroupPermission,
    UnitUserPermission,
)
from units.models.people import Posting, UnitRole, User
from units.models.territory import (
    BorderMarker,
    BorderSection,
    Commune,
    District,
    Province,
    UnresolvedArea,
)

__all__ = (
    "Audited",
    "BorderMarker",
    "BorderSection",
    "CommandTenure",
    "Commune",
    "Dated",
    "DatedQuerySet",
    "District",
    "Endpoint",
    "Named",
    "Posting",
    "Province",
    "RegisterDefect",
    "Sector",
    "Unit",
    "UnitGroupPermission",
    "UnitRole",
    "UnitUserPermission",
    "UnresolvedArea",
    "User",
)
