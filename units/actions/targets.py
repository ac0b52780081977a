"""Targets of patrols: how often a unit must see a ground. Set from above, never by the unit itself. Duty D11."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from borderwatch import audit
from units import policy
from units.actions.keeper import demand_end, demand_period, demand_reason
from units.models import PatrolTarget, Sector, Unit, UnresolvedArea, User

EVERY_DAYS_MAX = 366


def demand_above(actor: User | None, unit: Unit) -> None:
    """A person leads the patrols, or keeps the register, of the unit above; None is the system itself (demo).

    Raises PermissionDenied: a unit does not set its own target.
    """
    if actor is not None and not policy.may(actor, "manage_register", [unit.parent_id]):
        policy.demand(actor, "set_target", [unit.parent_id])


@transaction.atomic
def set_target(
    *,
    actor: User | None,
    unit: Unit,
    every_days: int,
    share_percent: int = 80,
    sector_code: str = "",
    area_code: str = "",
    since: datetime,
    until: datetime | None = None,
    reason: str,
) -> PatrolTarget:
    """Charge a unit with seeing a sector's border line, or an unresolved area, every so many days, from `since` on.

    `share_percent` is of the line's length or the area's surface. Raises PermissionDenied, and ValidationError by
    field: an unknown ground, a ground of another province, another target of the unit for it in that time.
    """
    demand_above(actor, unit)
    demand_reason(actor, reason)
    demand_period(since, until)
    errors = _ground_errors(unit, sector_code, area_code, since)
    if not 1 <= every_days <= EVERY_DAYS_MAX:
        errors["every_days"] = _("Give a number of days from 1 to %(n)s.") % {"n": EVERY_DAYS_MAX}
    if not 1 <= share_percent <= 100:
        errors["share_percent"] = _("Give a share from 1 to 100 percent.")
    if errors:
        raise ValidationError(errors)
    target = PatrolTarget(
        unit=unit,
        sector_code=sector_code,
        area_code=area_code,
        every_days=every_days,
        share_percent=share_percent,
        period=(since, until),
        reason=reason,
    )
    try:
        with transaction.atomic():
            target.save()
    except IntegrityError as error:
        raise ValidationError(
            {"since": _("The unit has a target for this ground at that time. End that one first.")}
        ) from error
    audit.record(actor=actor, verb="set_target", target=unit, after=_facts(target), reason=reason)
    return target


def _ground_errors(unit: Unit, sector_code: str, area_code: str, since: datetime) -> dict[str, str]:
    """What is wrong with the ground: a unit patrols inside its own province, and where it answers anyway."""
    if bool(sector_code) == bool(area_code):
        return {"ground": _("Choose one sector or one unresolved area.")}
    if sector_code:
        rows = Sector.objects.filter(code=sector_code, period__contains=since)
        own = rows.filter(Q(unit=unit) | Q(unit__province__isnull=False, unit__province=unit.province_id))
        known, near = rows.exists(), own.exists()
    else:
        areas = UnresolvedArea.objects.filter(code=area_code, period__contains=since)
        known, near = areas.exists(), areas.filter(districts__province=unit.province_id).exists()
    if not known:
        return {"ground": _("No ground with this code is on record for that time.")}
    if not near:
        return {"ground": _("This ground lies in another province than the unit.")}
    return {}


def _facts(target: PatrolTarget) -> dict[str, object]:
    return {
        "ground": target.sector_code or target.area_code,
        "every_days": target.every_days,
        "share_percent": target.share_percent,
        "since": target.since.isoformat() if target.since else None,
        "until": target.until.isoformat() if target.until else None,
    }


@transaction.atomic
def end_target(*, actor: User | None, target: PatrolTarget, at: datetime, reason: str) -> PatrolTarget:
    """End a target at a moment (not included); what was missed before stays missed.

    Raises PermissionDenied and ValidationError by field.
    """
    target = PatrolTarget.objects.select_for_update(of=("self",)).select_related("unit").get(pk=target.pk)
    demand_above(actor, target.unit)
    demand_reason(actor, reason)
    demand_end(
        target,
        at,
        too_early=_("A target cannot end before it began."),
        too_late=_("This target has ended before that moment already."),
    )
    before = target.until
    target.period = (target.since, at)
    target.save(update_fields=["period"])
    audit.record(
        actor=actor,
        verb="end_target",
        target=target.unit,
        before={"until": before.isoformat() if before else None},
        after=_facts(target),
        reason=reason,
    )
    return target
