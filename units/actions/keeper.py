"""Who may write in the register."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from units import policy
from units.models import User


def demand_keeper(actor: User | None, *unit_ids: int | None) -> None:
    """A person needs `manage_register` on one of these units; None is the system itself (first installation)."""
    if actor is not None:
        policy.demand(actor, "manage_register", unit_ids)


def demand_administrator(actor: User | None) -> None:
    """Only an active administrator (`is_staff`), or the system itself."""
    if actor is not None and not (actor.is_active and actor.is_staff):
        raise PermissionDenied(_("Only administrators set addresses at which units are told."))
