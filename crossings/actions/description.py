"""Enter a crossing into the register, and describe it: names, place, perimeter, hours, what passes. Duties D1, D5.

What it is held to be and whether it is open are dated and have verbs of their own (`register`).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, TypedDict, Unpack

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from crossings import deciders
from crossings import perimeter as shapes
from crossings.actions.register import FARTHEST, category_errors
from crossings.choices import BY_ORDER_ALONE, OFFICIAL, CrossingMode, Flow, GateSide, GateStatus
from crossings.models import Classification, Crossing, CrossingStatus
from units import policy, region
from units.models import BorderMarker, Commune, District, Sector, Unit, User

# Two crossings so near each other, beside what their positions are uncertain by, may be one.
NEAR_M = 300
MOST_UNCERTAIN_M = 1_000
# A marker farther away says nothing about a gate.
MARKER_KM = 20
COARSEST_KM = 50
MOST_REFERENCES = 30
MAX_NOTE = 5_000
# Any number will do, as long as nothing else of the product locks the same one.
_ONE_AT_A_TIME = 0x43524F5353


class Described(TypedDict, total=False):
    """What may be said of a crossing beside what every one has."""

    commune: Commune | None
    name_neighbour: str
    neighbour_place: str
    neighbour_admin1: str
    precision_note: str
    perimeter: MultiPolygon | None
    perimeter_source: str
    nearest_marker: BorderMarker | None
    opens_at: time | None
    closes_at: time | None
    flows: list[str]
    documents: list[str]
    agencies: list[str]
    legal_references: list[str]
    capacity: str
    contact: str
    responsible_unit: Unit | None
    note: str


# What `describe_crossing` may change. The code, the neighbour and the province stay: the code is made of them.
DESCRIBABLE = frozenset(
    {*Described.__annotations__, "name_km", "name_en", "mode", "district", "point", "precision_km", "first_seen_on"}
)


@transaction.atomic
def register_crossing(
    *,
    actor: User | None,
    name_km: str,
    name_en: str,
    category: str,
    mode: str,
    district: District,
    neighbour: str,
    point: Point,
    precision_km: float,
    legal_reference: str = "",
    since: datetime | None = None,
    status: str = GateStatus.OPEN,
    first_seen_on: date | None = None,
    although_near: bool = False,
    illustrative: bool = False,
    reason: str = "",
    **described: Unpack[Described],
) -> Crossing:
    """Enter a crossing with its first category and status, from `since` on (else the day it was first seen, else now).

    Corridors the province enters (D1), official gates only the ministry above the provinces. The code is made here.
    One that may be there already is refused unless `although_near`. `actor` None is the system. Raises
    PermissionDenied and ValidationError by field.
    """
    crossing = Crossing(
        name_km=name_km.strip(),
        name_en=name_en.strip() or name_km.strip(),
        mode=mode,
        district=district,
        neighbour=neighbour,
        point=point,
        precision_km=precision_km,
        first_seen_on=first_seen_on,
        illustrative=illustrative,
        **{"flows": list(Flow.values), **_tidy(described)},
    )
    if actor is not None:
        _demand_register(actor, crossing, category)
    _one_at_a_time()
    now = clock.now()
    since = since or _first_moment(first_seen_on) or now
    errors = faults(crossing) | category_errors(crossing, category, GateSide.KH, legal_reference)
    errors |= _start_errors(status, since, first_seen_on, now)
    if errors := errors or ({} if although_near else _near_errors(actor, point, precision_km)):
        raise ValidationError(errors)
    _fill_by_place(crossing, described, now)
    crossing.slug = _next_slug(crossing)
    crossing.save(force_insert=True)
    _first_rows(crossing, actor, category, status, legal_reference.strip(), reason.strip(), since, now)
    first = {"category": category, "legal_reference": legal_reference.strip(), "status": status}
    after = {**_all_said(crossing), **first, "since": since.isoformat()}
    audit.record(actor=actor, verb="register_crossing", target=crossing, after=after, reason=reason.strip(), at=now)
    return crossing


def _one_at_a_time() -> None:
    """Twins of one request wait here for the first to commit, and the next number is nobody else's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])


def _fill_by_place(crossing: Crossing, described: Described, now: datetime) -> None:
    """Who answers there and which marker is nearest, where nobody said."""
    if "responsible_unit" not in described:
        crossing.responsible_unit = unit_here(crossing.point, now)
    if "nearest_marker" not in described:
        crossing.nearest_marker = marker_near(crossing.point, crossing.neighbour)


def _near_errors(actor: User | None, point: Point, precision_km: float) -> dict[str, str]:
    """That one like it is there already, as far as the person may know."""
    near = near_ones(actor, point, precision_km)
    if not near:
        return {}
    names = ", ".join(f"{one.name} ({one.slug})" for one in near)
    sentence = _("Very near lies: %(names)s. If this is another crossing, say so below; else describe that one.")
    return {"although_near": sentence % {"names": names}}


def _all_said(crossing: Crossing) -> dict[str, Any]:
    """Everything said of a crossing, as the audit keeps it."""
    return {**{name: _plain(name, crossing) for name in sorted(DESCRIBABLE)}, "neighbour": crossing.neighbour}


@transaction.atomic
def describe_crossing(
    *, actor: User | None, crossing: Crossing, changes: Mapping[str, Any], reason: str = ""
) -> Crossing:
    """Change what is said of a crossing: the named fields of DESCRIBABLE, nothing else.

    What is given as it stands is no change; nothing changed writes nothing. A perimeter is kept in the audit as its
    hash and number of corners. Raises PermissionDenied, ValidationError by field, and ValueError for any other field.
    """
    if unknown := set(changes) - DESCRIBABLE:
        raise ValueError(f"not to be described: {sorted(unknown)}")
    rows = Crossing.objects.select_for_update(of=("self",))
    rows = rows.select_related("district__province", "commune", "nearest_marker", "responsible_unit")
    crossing = rows.get(pk=crossing.pk)
    if actor is not None:
        deciders.demand(actor, "describe_crossing", crossing)
    province = crossing.district.province_id
    before = {name: _plain(name, crossing) for name in changes}
    for name, value in _tidy(changes).items():
        setattr(crossing, name, value)
    crossing.name_en = crossing.name_en or crossing.name_km
    changed = sorted(name for name in changes if _plain(name, crossing) != before[name])
    errors = faults(crossing)
    if crossing.district.province_id != province:
        errors["district"] = _("The code of a crossing names its province: choose a district of the same one.")
    if errors:
        raise ValidationError(errors)
    if not changed:
        return crossing
    crossing.save(update_fields=changed)
    audit.record(
        actor=actor,
        verb="describe_crossing",
        target=crossing,
        before={name: before[name] for name in changed},
        after={name: _plain(name, crossing) for name in changed},
        reason=reason.strip(),
    )
    return crossing


# --- who may --------------------------------------------------------------------------------------------------


def _demand_register(actor: User, crossing: Crossing, category: str) -> None:
    if not may_register(actor, crossing.district, category):
        raise PermissionDenied(policy.nothing_here())


def may_register(user: Any, district: District, category: str) -> bool:
    """Whether a person may enter a crossing of that category in a district.

    Corridors: who decides for the province or keeps its register; official gates the ministry above the provinces.
    """
    if category in OFFICIAL:
        return policy.may(user, "classify_crossing", deciders.national_ids())
    here = deciders.unit_ids(Crossing(district=district))
    return policy.may(user, "register_corridor", here) or policy.may(user, "register_crossing", here)


# --- what it is checked for -----------------------------------------------------------------------------------


def _tidy(given: Mapping[str, Any]) -> dict[str, Any]:
    """Texts without blanks around them, lists without doubles and empty lines."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, str):
            found[name] = value.strip()
        elif isinstance(value, list | tuple):
            found[name] = list(dict.fromkeys(one.strip() for one in value if one.strip()))
        else:
            found[name] = value
    return found


def faults(crossing: Crossing) -> dict[str, Any]:
    """What speaks against what is said of a crossing, by field."""
    errors = _shape_errors(crossing)
    if not crossing.name_en:
        errors["name_km"] = _("Give the name in Khmer or in Latin letters.")
    if (crossing.opens_at is None) != (crossing.closes_at is None) or (
        crossing.opens_at is not None and crossing.opens_at == crossing.closes_at
    ):
        errors["closes_at"] = _("Give both hours, one different from the other, or none.")
    if not 0 < crossing.precision_km <= COARSEST_KM:
        errors["precision_km"] = _("Say how exact the position is: more than 0 and at most %(n)s km.") % {
            "n": COARSEST_KM
        }
    if len(crossing.legal_references) > MOST_REFERENCES:
        errors["legal_references"] = _("At most %(n)s references can be kept.") % {"n": MOST_REFERENCES}
    if len(crossing.note) > MAX_NOTE:
        errors["note"] = _("At most %(n)s characters can be kept.") % {"n": MAX_NOTE}
    if crossing.first_seen_on and crossing.first_seen_on > timezone.localdate(clock.now()):
        errors["first_seen_on"] = _("This day is still to come.")
    return errors | _place_errors(crossing)


def _shape_errors(crossing: Crossing) -> dict[str, Any]:
    """Lengths and fixed lists, as the model's fields know them."""
    errors: dict[str, Any] = {}
    for field in crossing._meta.concrete_fields:
        if not isinstance(field, models.CharField | ArrayField) or field.name in {"slug", "name_en"}:
            continue
        value = getattr(crossing, field.attname)
        if field.blank and not value:
            continue
        try:
            field.clean(value, crossing)
        except ValidationError as error:
            errors[field.name] = error.messages
    if not crossing.flows:
        errors["flows"] = _("Choose what passes here.")
    return errors


def _place_errors(crossing: Crossing) -> dict[str, Any]:
    """Point, district, neighbour, perimeter and unit must fit together, as far as the register can say."""
    lon, lat = crossing.point.coords[:2]
    if not region.inside(lon, lat):
        return {"point": _("This place lies far outside Cambodia.")}
    errors: dict[str, Any] = {}
    district = crossing.district
    if crossing.mode not in (CrossingMode.SEA, CrossingMode.AIR) and crossing.neighbour not in district.neighbours:
        errors["district"] = _("%(district)s does not touch this neighbour.") % {"district": district.name}
    elsewhere = _other_province(crossing)
    if elsewhere:
        errors["district"] = _("The place lies in the sector of %(unit)s, in another province.") % {"unit": elsewhere}
    if crossing.commune is not None and crossing.commune.district_id != district.pk:
        errors["commune"] = _("This commune belongs to another district.")
    unit = crossing.responsible_unit
    if unit is not None and unit.province_id != district.province_id:
        errors["responsible_unit"] = _("This unit serves in another province.")
    if crossing.perimeter is not None and (found := shapes.faults(crossing.perimeter, crossing.point)):
        errors["perimeter"] = found
    return errors


def _other_province(crossing: Crossing) -> str:
    """The name of the unit that holds the place, when only units of other provinces do; else ""."""
    sectors = Sector.objects.at(clock.now()).filter(area__covers=crossing.point).select_related("unit")
    units = [sector.unit for sector in sectors.defer("area", "border").order_by("code")]
    if not units or any(unit.province_id == crossing.district.province_id for unit in units):
        return ""
    return units[0].name


def _start_errors(status: str, since: datetime, first_seen_on: date | None, now: datetime) -> dict[str, str]:
    errors: dict[str, str] = {}
    if status not in GateStatus.values:
        errors["status"] = _("Choose the status.")
    elif status in BY_ORDER_ALONE:
        errors["status"] = _("This follows from a closure order: order the closure, report it, verify it.")
    if since > now + FARTHEST:
        errors["since"] = _("This is more than three years ahead. Check the year.")
    seen = _first_moment(first_seen_on)
    if seen is not None and since < seen:
        errors["since"] = _("This is before the day it was first seen.")
    return errors


# --- what the register knows of the place ---------------------------------------------------------------------


def near_ones(actor: User | None, point: Point, precision_km: float) -> list[Crossing]:
    """Crossings that may be the same one, nearest first: within 300 m and what both positions are uncertain by.

    That uncertainty counts up to one kilometre, else a coarse position would stand in everybody's way. Only what the
    person may see: he learns of no corridor of another province by it.
    """
    reach = (NEAR_M + MOST_UNCERTAIN_M) / 100_000
    lon, lat = point.coords[:2]
    around = Polygon.from_bbox((lon - reach, lat - reach, lon + reach, lat + reach))
    around.srid = 4326
    seen = Crossing.objects.visible_to(actor) if actor is not None else Crossing.objects.all()
    rows: Any = seen.filter(point__bboverlaps=around).annotate(away=Distance("point", point))
    own = precision_km * 1000
    found = rows.order_by("away", "slug")
    return [row for row in found if row.away.m <= NEAR_M + min(own + row.precision_m, MOST_UNCERTAIN_M)]


def unit_here(point: Point, at: datetime) -> Unit | None:
    """The unit whose sector holds the place at that moment; the first by code where sectors overlap."""
    sectors = Sector.objects.at(at).filter(area__covers=point).select_related("unit").defer("area", "border")
    sector = sectors.order_by("code").first()
    return sector.unit if sector else None


def marker_near(point: Point, neighbour: str) -> BorderMarker | None:
    """The nearest marker of that border, None when there is none within 20 km."""
    rows = BorderMarker.objects.filter(neighbour=neighbour).annotate(away=Distance("point", point))
    found = rows.order_by("away", "code").first()
    return found if found is not None and found.away.km <= MARKER_KM else None


def _next_slug(crossing: Crossing) -> str:
    """Neighbour, province, running number: vn-16-003. The caller holds the lock."""
    start = f"{crossing.neighbour.lower()}-{crossing.district.province.code}-"
    taken = Crossing.objects.filter(slug__startswith=start).values_list("slug", flat=True)
    numbers = [int(found[1]) for slug in taken if (found := re.fullmatch(rf"{start}(\d+)", slug))]
    return f"{start}{max(numbers, default=0) + 1:03d}"


def _first_rows(
    crossing: Crossing,
    actor: User | None,
    category: str,
    status: str,
    reference: str,
    reason: str,
    since: datetime,
    now: datetime,
) -> None:
    set_by = {"set_by": actor, "set_at": now, "period": (since, None), "reason": reason[:500]}
    shared = {"crossing": crossing, "side": GateSide.KH, "legal_reference": reference, **set_by}
    Classification.objects.create(category=category, **shared)
    CrossingStatus.objects.bulk_create(CrossingStatus(flow=flow, status=status, **shared) for flow in crossing.flows)


def _first_moment(day: date | None) -> datetime | None:
    """Midnight in Phnom Penh."""
    return timezone.make_aware(datetime.combine(day, time())) if day is not None else None


def _plain(name: str, crossing: Crossing) -> Any:
    """A field as the audit keeps it."""
    value = getattr(crossing, name)
    if isinstance(value, Point):
        return [round(figure, 6) for figure in value.coords[:2]]
    if isinstance(value, MultiPolygon):
        return shapes.digest(value)
    if isinstance(value, models.Model):
        return getattr(value, "code", value.pk)
    if isinstance(value, date | time):
        return value.isoformat()
    return value
