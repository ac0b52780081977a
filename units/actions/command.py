"""Verbs about command: units, heads, sectors, addresses."""

from datetime import datetime

from django.contrib.gis.geos import MultiPolygon
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from borderwatch import audit, outbox
from units.actions.keeper import demand_administrator, demand_keeper
from units.actions.people import grant
from units.choices import DeskLevel, MachineChannel, Rank, UnitKind
from units.models import (
    CommandTenure,
    District,
    Endpoint,
    Province,
    Sector,
    Unit,
    UnitRole,
    User,
)


@transaction.atomic
def create_unit(
    *,
    actor: User | None,
    code: str,
    kind: UnitKind | str,
    name_en: str,
    name_km: str = "",
    parent: Unit | None = None,
    province: Province | None = None,
    district: District | None = None,
    short_name: str = "",
    illustrative: bool = False,
    reason: str = "",
) -> Unit:
    """Add a unit under `parent`; every role group above it receives its grants on the new unit at once."""
    demand_keeper(actor, parent.pk if parent else None)
    unit = Unit(
        code=code,
        kind=kind,
        name_en=name_en,
        name_km=name_km,
        parent=parent,
        province=province,
        district=district,
        short_name=short_name,
        illustrative=illustrative,
    )
    unit.full_clean()
    unit.save()
    above = _chain(parent)
    for unit_role in UnitRole.objects.filter(unit_id__in=above).select_related("group"):
        grant(unit_role, [unit.pk])
    audit.record(
        actor=actor,
        verb="create_unit",
        target=unit,
        after={"kind": str(kind), "parent": parent.code if parent else None},
        reason=reason,
    )
    return unit


def _chain(unit: Unit | None) -> list[int]:
    """The unit and everything above it, as ids."""
    if unit is None:
        return []
    return [*Unit.objects.with_tree_fields().get(pk=unit.pk).tree_path]  # type: ignore[attr-defined]


@transaction.atomic
def appoint_head(
    *,
    actor: User | None,
    unit: Unit,
    name_en: str,
    name_km: str = "",
    rank: Rank | str = Rank.CAPTAIN,
    since: datetime,
    until: datetime | None = None,
    person: User | None = None,
    acting: bool = False,
    reason: str = "",
) -> CommandTenure:
    """Put on record who heads a unit from `since` up to (not including) `until`.

    Raises ValidationError when the unit has another head in that time. Source: directive duty D2.
    """
    demand_keeper(actor, unit.pk)
    tenure = CommandTenure(
        unit=unit,
        person=person,
        head_name_en=name_en,
        head_name_km=name_km,
        rank=rank,
        acting=acting,
        period=(since, until),
        reason=reason,
    )
    try:
        with transaction.atomic():
            tenure.save()
    except IntegrityError as error:
        raise ValidationError(_("The unit already has a head at that time. End that tenure first.")) from error
    audit.record(
        actor=actor,
        verb="appoint_head",
        target=unit,
        after={
            "head": name_en,
            "rank": str(rank),
            "acting": acting,
            "since": since.isoformat(),
            "until": until.isoformat() if until else None,
        },
        reason=reason,
    )
    return tenure


@transaction.atomic
def end_tenure(*, actor: User | None, tenure: CommandTenure, at: datetime, reason: str) -> CommandTenure:
    """End a head's tenure at a moment (not included). What he answered for before stays his."""
    tenure = CommandTenure.objects.select_for_update().get(pk=tenure.pk)
    demand_keeper(actor, tenure.unit_id)
    if tenure.since and at <= tenure.since:
        raise ValidationError(_("A tenure cannot end before it began."))
    before = tenure.until
    tenure.period = (tenure.since, at)
    tenure.save(update_fields=["period"])
    audit.record(
        actor=actor,
        verb="end_tenure",
        target=tenure.unit,
        before={"until": before.isoformat() if before else None},
        after={"head": tenure.head_name_en, "until": at.isoformat()},
        reason=reason,
    )
    return tenure


@transaction.atomic
def draw_sector(
    *,
    actor: User | None,
    unit: Unit,
    code: str,
    area: MultiPolygon,
    since: datetime,
    until: datetime | None = None,
    illustrative: bool = False,
    source: str = "",
    legal_reference: str = "",
    reason: str = "",
) -> Sector:
    """Give a unit a sector (EPSG:4326) from `since` on. Raises ValidationError for a broken shape or a second
    shape of the same code in that time. Past attributions do not change.
    """
    demand_keeper(actor, unit.pk)
    if area.empty or not area.valid:
        raise ValidationError(_("The shape of the sector is broken: %(why)s") % {"why": area.valid_reason})
    sector = Sector(
        unit=unit,
        code=code,
        area=area,
        period=(since, until),
        illustrative=illustrative,
        source=source,
        legal_reference=legal_reference,
    )
    try:
        with transaction.atomic():
            sector.save()
    except IntegrityError as error:
        raise ValidationError(_("The sector %(code)s has a shape at that time.") % {"code": code}) from error
    audit.record(
        actor=actor,
        verb="draw_sector",
        target=unit,
        after={"sector": code, "since": since.isoformat(), "illustrative": illustrative, "source": source},
        reason=reason,
    )
    return sector


@transaction.atomic
def end_sector(*, actor: User | None, sector: Sector, at: datetime, reason: str) -> Sector:
    """End a sector's shape at a moment (not included)."""
    sector = Sector.objects.select_for_update().get(pk=sector.pk)
    demand_keeper(actor, sector.unit_id)
    if sector.since and at <= sector.since:
        raise ValidationError(_("A sector cannot end before it began."))
    sector.period = (sector.since, at)
    sector.save(update_fields=["period"])
    audit.record(
        actor=actor,
        verb="end_sector",
        target=sector.unit,
        after={"sector": sector.code, "until": at.isoformat()},
        reason=reason,
    )
    return sector


@transaction.atomic
def add_endpoint(
    *,
    actor: User | None,
    unit: Unit,
    channel: MachineChannel | str,
    address: str,
    level: DeskLevel | str = DeskLevel.DESK,
    secret: str = "",
    language: str = "km",
    reason: str = "",
) -> Endpoint:
    """Add an address at which a unit is told; administrators only. The secret never reaches the audit.

    Raises PermissionDenied and ValidationError (a webhook without a secret, an address listed already).
    """
    demand_administrator(actor)
    endpoint = Endpoint(unit=unit, channel=channel, level=level, address=address, secret=secret, language=language)
    endpoint.full_clean()
    endpoint.save()
    audit.record(
        actor=actor,
        verb="add_endpoint",
        target=unit,
        after={"channel": str(channel), "level": str(level), "address": address},
        reason=reason,
    )
    return endpoint


@transaction.atomic
def retire_endpoint(*, actor: User | None, endpoint: Endpoint, reason: str) -> Endpoint:
    """Stop telling a unit at an address; administrators only. Notices planned for it are cancelled."""
    demand_administrator(actor)
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    if not endpoint.active:
        raise ValidationError(_("This address is no longer in use already."))
    endpoint.active = False
    endpoint.save(update_fields=["active"])
    cancelled = outbox.cancel_for_endpoint(endpoint.pk, reason=reason)
    audit.record(
        actor=actor,
        verb="retire_endpoint",
        target=endpoint.unit,
        before={"channel": endpoint.channel, "address": endpoint.address},
        after={"active": False, "cancelled_notices": cancelled},
        reason=reason,
    )
    return endpoint
