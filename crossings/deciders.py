"""Through which units a person may act on a crossing: one place, asked by every verb of this app."""

from typing import Any

from crossings.models import Crossing
from units import policy
from units.choices import UnitKind
from units.models import Unit


def unit_ids(crossing: Crossing) -> list[int]:
    """The crossing's responsible unit, and the administrations of its district and province."""
    kinds = (UnitKind.PROVINCE, UnitKind.DISTRICT)
    here = Unit.objects.filter(kind__in=kinds, province_id=crossing.district.province_id)
    found = [
        pk
        for pk, kind, district in here.order_by("code").values_list("pk", "kind", "district_id")
        if kind == UnitKind.PROVINCE or district == crossing.district_id
    ]
    return [*found, *([crossing.responsible_unit_id] if crossing.responsible_unit_id else [])]


def national_ids() -> list[int]:
    """The unit above the provinces: the ministry that decides on categories and proposals."""
    rows = Unit.objects.filter(kind=UnitKind.PROVINCE, parent__isnull=False)
    return sorted(set(rows.order_by().values_list("parent_id", flat=True)))


def administration(crossing: Crossing) -> Unit | None:
    """The administration of the crossing's province, None where the register has none."""
    rows = Unit.objects.filter(kind=UnitKind.PROVINCE, province_id=crossing.district.province_id)
    found: Unit | None = rows.order_by("code").first()
    return found


def may(user: Any, verb: str, crossing: Crossing) -> bool:
    """Whether the person may do the verb on this crossing today."""
    return policy.may(user, verb, unit_ids(crossing))


def demand(user: Any, verb: str, crossing: Crossing) -> None:
    """Raise PermissionDenied, saying who can give what is missing, unless the person may do the verb here."""
    policy.demand(user, verb, unit_ids(crossing))


def demand_national(user: Any, verb: str) -> None:
    """The same for what the ministry above the provinces decides."""
    policy.demand(user, verb, national_ids())
