"""Who may write in the register, and what every such verb asks for."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from units import policy
from units.models import Dated, Unit, User


def demand_keeper(actor: User | None, *unit_ids: int | None) -> None:
    """A person needs `manage_register` on one of these units; None is the system itself (first installation)."""
    if actor is not None:
        policy.demand(actor, "manage_register", unit_ids)


def demand_administrator(actor: User | None) -> None:
    """Only an active administrator (`is_staff`), or the system itself."""
    if actor is not None and not (actor.is_active and actor.is_staff):
        raise PermissionDenied(_("Only administrators set addresses at which units are told."))


def demand_reason(actor: User | None, reason: str) -> None:
    """A person says why he changes the register; raises ValidationError by field. The system needs no reason."""
    if actor is not None and not reason.strip():
        raise ValidationError({"reason": _("Give the order or the reason; it stays on record.")})


def demand_period(since: datetime, until: datetime | None) -> None:
    """Whatever is put on record lasts some time; raises ValidationError by field."""
    if until is not None and until <= since:
        raise ValidationError({"until": _("The end lies before the beginning, or at the same moment.")})


def demand_end(row: Dated, at: datetime, too_early: str, too_late: str) -> None:
    """An end lies inside the period; it never brings back what is over. Raises ValidationError by field."""
    if row.since and at <= row.since:
        raise ValidationError({"at": too_early})
    if row.until and at > row.until:
        raise ValidationError({"at": too_late})


def lock_tree() -> None:
    """Let one transaction at a time change the shape of the tree or whom its grants reach.

    Otherwise two moves could close a circle, or a new unit miss the grants of a role made in the same moment. The
    lock is on the roots and hinders nobody who files or reads.
    """
    list(Unit.objects.select_for_update(of=("self",), no_key=True).filter(parent=None).order_by("pk"))
