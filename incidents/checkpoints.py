"""The rules of unauthorised checkpoints (duty D5): on which gate's ground one stands, who must remove it, who may act.

Reading only. What a rule found is frozen into the row by the verbs; pages ask again to say what today's register says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from borderwatch import clock
from crossings.choices import OFFICIAL, GateSide
from incidents import checkpoint_workflow, conflicts
from incidents.choices import Category, CheckpointOperator, TimePrecision
from incidents.models import Checkpoint, Incident
from units import policy
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit, User

TYPE = "unauthorised_checkpoint"
# Who stands there serves a body of ours: one of its units can be named, and its superior removes it.
OF_OURS = frozenset(
    {
        CheckpointOperator.POLICE,
        CheckpointOperator.BORDER_POLICE,
        CheckpointOperator.IMMIGRATION,
        CheckpointOperator.CUSTOMS,
        CheckpointOperator.GENDARMERIE,
        CheckpointOperator.ARMY,
        CheckpointOperator.LOCAL_AUTHORITY,
    }
)
# Bodies that can order a unit under them to clear its checkpoint.
_COMMANDING = frozenset({UnitKind.COMMAND, UnitKind.DISTRICT, UnitKind.PROVINCE, *INSTITUTIONS})

# By which rule it was found who must remove it, in words.
REMOVER_RULES = {
    "unit_above": gettext_lazy("the operator's unit is known: the command or administration above it removes it"),
    "neighbour": gettext_lazy("the neighbour's force stands there: the province answers, and the ministries are told"),
    "province": gettext_lazy("no unit of ours is named as operator: the administration of the gate's province"),
    "nobody": gettext_lazy("the register knows no administration of that province"),
}


# --- recognition by place -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holding:
    """An official crossing whose perimeter holds a place, and how far inside that lies, in metres."""

    crossing_id: int
    slug: str
    name_km: str
    name_en: str
    province_id: int
    inside_m: float

    @property
    def name(self) -> str:
        """The name for the reader's language."""
        return self.name_km if self.name_km and get_language() == "km" else self.name_en


_HOLDING = """
    SELECT c.id, c.slug, c.name_km, c.name_en, d.province_id,
           ST_Distance(ST_Boundary(c.perimeter)::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography)
    FROM crossings_crossing c JOIN units_district d ON d.id = c.district_id
    WHERE ST_Covers(c.perimeter, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))
      AND EXISTS (
          SELECT FROM crossings_classification k
          WHERE k.crossing_id = c.id AND k.side = %(side)s AND k.category = ANY(%(official)s)
            AND k.period @> %(at)s::timestamptz
      )
    ORDER BY 6 DESC, c.slug
"""


def holding(point: Point | None, at: datetime) -> list[Holding]:
    """The crossings that were official at a moment and whose perimeter, as it is drawn now, holds the place.

    Where perimeters overlap the one it lies deeper in comes first. One query; none without a place.
    """
    if point is None:
        return []
    asked: dict[str, Any] = {
        "lon": point.x,
        "lat": point.y,
        "side": GateSide.KH,
        "official": sorted(OFFICIAL),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLDING, asked)
        return [Holding(*row) for row in cursor.fetchall()]


# --- who must remove it ---------------------------------------------------------------------------------------


def remover(operator: str, operator_unit: Unit | None, province_id: int) -> tuple[Unit | None, str]:
    """Who must remove it, and by which rule (a key of `REMOVER_RULES`). `province_id`: the gate's province."""
    if operator_unit is not None and (above := _commanding(operator_unit)):
        return above, "unit_above"
    rows = Unit.objects.filter(province_id=province_id, kind=UnitKind.PROVINCE)
    found = rows.select_related("province").order_by("code").first()
    if found is None:
        return None, "nobody"
    return found, "neighbour" if operator == CheckpointOperator.NEIGHBOUR else "province"


def _commanding(unit: Unit) -> Unit | None:
    """The nearest command or administration above a unit; above an administration of a province, the ministry."""
    above = list(unit.ancestors().select_related("province"))
    return next((one for one in reversed(above) if one.kind in _COMMANDING), None)


def province_of(checkpoint: Checkpoint) -> int:
    """The province whose administration answers: the crossing's, else the incident's."""
    if checkpoint.crossing is not None:
        return checkpoint.crossing.district.province_id
    return checkpoint.incident.province_id


# --- who may do what ------------------------------------------------------------------------------------------


def refusal(user: Any, verb: str, row: Checkpoint) -> str:
    """Why the person may not do the verb with a checkpoint he sees, "" when he may; the state is another question.

    Describing: whoever files for the unit it was filed for. Reporting the removal: whoever files for that unit, the
    unit that answers, the operator's or the remover. All else: who decides there, or reviews these units from above;
    nobody decides about the checkpoint of his own unit, and nobody confirms what he has reported himself.
    """
    incident = row.incident
    concerned = [incident.filed_for_id, incident.responsible_unit_id, row.remover_id]
    if verb == "describe_checkpoint":
        may = policy.may(user, verb, [incident.filed_for_id]) or policy.may(user, "order_removal", concerned[:2])
        return "" if may else policy.nothing_here()
    if verb == "report_removal":
        return "" if policy.may(user, verb, [*concerned, row.operator_unit_id]) else policy.nothing_here()
    if verb in ("order_removal", "recognise_again"):
        return "" if policy.may(user, "order_removal", concerned) else policy.nothing_here()
    if not (
        policy.may(user, "confirm_removal", concerned)
        or policy.may(user, "confirm_removal_from_above", [*concerned, row.operator_unit_id])
    ):
        return policy.nothing_here()
    if verb == "confirm_removal" and row.removal_by_id == user.pk:
        return _("You reported the removal; another person confirms it.")
    return conflicts.membership(user, *([row.operator_unit] if row.operator_unit else []))


def may_recognise(user: Any, incident: Incident) -> bool:
    """Whether the person may hold an incident of this kind, without a row yet, to be an unauthorised checkpoint."""
    units = [incident.filed_for_id, incident.responsible_unit_id]
    real = incident.drill_id is None
    return real and incident.category == Category.CHECKPOINT and policy.may(user, "order_removal", units)


def verbs_open_to(user: User, row: Checkpoint) -> list[str]:
    """The verbs this person may do with the checkpoint as it stands: what the page offers."""
    return [
        verb
        for verb in checkpoint_workflow.TRANSITIONS
        if checkpoint_workflow.allowed(verb, row.state) and not refusal(user, verb, row)
    ]


def conflict(user: User, row: Checkpoint) -> str:
    """What keeps a person from deciding who otherwise might, "" for all others."""
    if row.removal_by_id == user.pk and checkpoint_workflow.allowed("confirm_removal", row.state):
        return refusal(user, "confirm_removal", row)
    own = row.operator_unit is not None and checkpoint_workflow.allowed("not_a_checkpoint", row.state)
    return conflicts.membership(user, row.operator_unit) if own and row.operator_unit else ""


# --- days -----------------------------------------------------------------------------------------------------


def today() -> date:
    """The day in Phnom Penh."""
    return timezone.localdate(clock.now())


def seen_on(incident: Incident) -> date | None:
    """The day on which the report says it stood; None when the report knows no day."""
    if incident.time_precision in (TimePrecision.MONTH, TimePrecision.YEAR):
        return None
    return timezone.localdate(incident.occurred_at)


def stands_since(row: Checkpoint) -> date:
    """The first day it is known to have stood: as stated, else the day of the event."""
    return row.first_seen_on or timezone.localdate(row.incident.occurred_at)


def age_days(row: Checkpoint) -> int:
    """Days it has stood, up to its removal when that is on record."""
    over = row.removed_on if row.state in ("removed", "reported_removed") else None
    return max(0, ((over or today()) - stands_since(row)).days)


def is_overdue(row: Checkpoint) -> bool:
    """Whether the day by which it was to be removed is over and nobody has reported it gone."""
    return row.state == "removal_ordered" and row.remove_by is not None and row.remove_by < today()


def with_names(rows: Any) -> Any:
    """Checkpoints with what a line and a rule need, in one query."""
    return rows.select_related(
        "incident__province", "incident__district", "incident__responsible_unit", "incident__filed_for",
        "crossing__district", "operator_unit", "remover__province",
    )  # fmt: skip


def differs(row: Checkpoint, found: Iterable[Holding]) -> bool:
    """Whether today's perimeters would name another crossing than the one that was frozen."""
    now = next(iter(found), None)
    frozen = row.crossing_id if row.recognised_by == "perimeter" else None
    return (now.crossing_id if now else None) != frozen
