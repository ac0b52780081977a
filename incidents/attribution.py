"""Find who answers for a place at a moment. Pure reading: the verbs freeze what is found here.

The rules, in this order (docs/attribution.md says them in words):
  no place known             → NO_PLACE: the province's own command answers
  no sector covers the place → GAP (or GAP_NEAR_EDGE): the province's own command answers, a defect is raised
  one sector covers it       → SECTOR, or SECTOR_NEAR_EDGE when the accuracy circle reaches another unit's sector
  several cover it           → SECTORS_OVERLAP: the one in which the place lies deepest, until a reviewer rules
Source: directive duty D2, the head of the unit protecting an area answers for it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.geos import Point
from django.db.models import BooleanField, FloatField
from django.db.models.expressions import RawSQL

from incidents.choices import Confidence, Rule
from units.choices import UnitKind
from units.models import CommandTenure, Province, Sector, Unit

# Kinds of unit that answer for a whole province, the first before the second.
COMMANDS = [UnitKind.COMMAND, UnitKind.PROVINCE]
# How many of the nearest sectors are looked at, and how far (metres) another sector still is a candidate.
NEAREST = 8
CANDIDATE_WITHIN_M = 25_000
# Beyond this many metres from any sector a place is too far off to say whose province it is near.
SAME_BORDER_WITHIN_M = 60_000

# How far `{place}` lies from the edge of `{shape}`, in true metres. The nearest point of the edge is looked for in a
# plane squeezed from east to west as the meridians are at that latitude, the metres to it are those of the ellipsoid:
# within 25 km the same as measuring to every edge on the ellipsoid, at a tenth of the cost. Edges are straight in
# degrees here, as they are for ST_Covers and on every map.
_SQUEEZE = "greatest(cos(radians(ST_Y({place}))), 0.01)"
_METRES = (
    f"ST_Distance({{place}}::geography, ST_Scale(ST_ClosestPoint(ST_Scale({{shape}}, {_SQUEEZE}, 1), "
    f"ST_Scale({{place}}, {_SQUEEZE}, 1)), 1 / {_SQUEEZE}, 1)::geography)"
)
# What is measured between a sector's `{area}` and a `{place}`, as SQL; one place and many are measured by the same.
MEASURES = {
    "covers": "ST_Covers({area}, {place})",
    # Metres to the area; next to nothing inside.
    "away_m": _METRES.replace("{shape}", "{area}"),
    # Metres from a covered place to the area's edge; 0 outside.
    "depth_m": (
        f"CASE WHEN ST_Covers({{area}}, {{place}}) THEN {_METRES.replace('{shape}', 'ST_Boundary({area})')} ELSE 0 END"
    ),
}
_MEASURED: dict[str, tuple[str, Any]] = {
    name: (
        sql.format(area="units_sector.area", place="%s::geometry"),
        BooleanField() if name == "covers" else FloatField(),
    )
    for name, sql in MEASURES.items()
}


@dataclass(frozen=True)
class Candidate:
    """A sector near the place: distance in metres (0 when it covers the place) and its head at the moment."""

    sector: Sector
    unit: Unit
    covers: bool
    distance_m: float
    depth_m: float
    tenure: CommandTenure | None = None

    def frozen(self) -> dict[str, Any]:
        """As kept in the attribution row."""
        return {
            "unit_id": self.unit.pk,
            "unit_code": self.unit.code,
            "name_km": self.unit.name_km,
            "name_en": self.unit.name_en,
            "sector_code": self.sector.code,
            "distance_m": round(self.distance_m, 1),
            "covers": self.covers,
            "head_km": self.tenure.head_name_km if self.tenure else "",
            "head_en": self.tenure.head_name_en if self.tenure else "",
            "head_rank": self.tenure.rank if self.tenure else "",
        }


Commander = tuple[Unit, CommandTenure | None]
# Finds the unit that answers where no sector does, and its head at a moment.
Commanding = Callable[[Sequence[Province], datetime], Commander]


@dataclass(frozen=True)
class Finding:
    """Who answers and why. `margin_m` is the way to the nearest other unit's sector, None when none is near."""

    rule: Rule
    confidence: Confidence
    unit: Unit
    province: Province
    moment: datetime
    point: Point | None = None
    accuracy_m: int | None = None
    sector: Sector | None = None
    tenure: CommandTenure | None = None
    margin_m: float | None = None
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def contested(self) -> bool:
        """More than one unit may answer: a reviewer rules."""
        return self.rule in {Rule.SECTOR_NEAR_EDGE, Rule.SECTORS_OVERLAP, Rule.GAP_NEAR_EDGE}

    @property
    def is_gap(self) -> bool:
        """No sector covers the place."""
        return self.rule in {Rule.GAP, Rule.GAP_NEAR_EDGE}

    @property
    def party_ids(self) -> list[int]:
        """The unit found and, when contested, those who may answer in its place."""
        rivals = [c.unit.pk for c in self.candidates if self.contested and self._in_reach(c)]
        return list(dict.fromkeys([self.unit.pk, *rivals]))

    def _in_reach(self, candidate: Candidate) -> bool:
        return candidate.distance_m <= (self.accuracy_m or 0)


def find(*, point: Point | None, accuracy_m: int | None, moment: datetime, province: Province) -> Finding:
    """Who answers for `point` (EPSG:4326, accuracy in metres) at `moment`; `province` is the filer's own.

    Never silent: where no sector is near, the command of the province answers. Two queries, up to four with a gap.
    """
    near = [] if point is None else candidates(point, moment)
    return decide(near, point=point, accuracy_m=accuracy_m, moment=moment, province=province)


def decide(
    near: Sequence[Candidate],
    *,
    point: Point | None,
    accuracy_m: int | None,
    moment: datetime,
    province: Province,
    commanding: Commanding | None = None,
) -> Finding:
    """The rules themselves, over the candidates of a place, nearest first. They are said here and nowhere else.

    Whoever asks for many places at once reads candidates and `commanding` in his own, quicker way.
    """
    ask = commanding or command_and_head
    reach = accuracy_m or 0
    if point is None:
        return _by_province(Rule.NO_PLACE, ask([province], moment), moment, None, None, [], province)
    covering = [c for c in near if c.covers]
    if not covering:
        touched = any(c.distance_m <= reach for c in near)
        rule = Rule.GAP_NEAR_EDGE if touched else Rule.GAP
        command = ask(_provinces_of_gap(near, province), moment)
        return _by_province(rule, command, moment, point, accuracy_m, _worth_naming(near, reach), province)
    # Of several that cover the place the one in which it lies deepest; the code breaks a tie.
    chosen = min(covering, key=lambda c: (-round(c.depth_m, 1), c.sector.code))
    others = [c for c in near if c.unit.pk != chosen.unit.pk]
    margin = min((c.distance_m for c in others), default=None)
    if len({c.unit.pk for c in covering}) > 1:
        rule, confidence = Rule.SECTORS_OVERLAP, Confidence.LOW
    elif margin is not None and margin <= reach:
        rule, confidence = Rule.SECTOR_NEAR_EDGE, Confidence.LOW
    elif margin is not None and margin <= 3 * reach:
        rule, confidence = Rule.SECTOR, Confidence.MEDIUM
    else:
        rule, confidence = Rule.SECTOR, Confidence.HIGH
    return Finding(
        rule=rule,
        confidence=confidence,
        unit=chosen.unit,
        province=chosen.unit.province or province,
        moment=moment,
        point=point,
        accuracy_m=accuracy_m,
        sector=chosen.sector,
        tenure=chosen.tenure,
        margin_m=margin,
        candidates=[c for c in _worth_naming(near, reach) if c is not chosen],
    )


def _worth_naming(near: Sequence[Candidate], reach: int) -> list[Candidate]:
    """The candidates within reach of a dispute, or of the accuracy where that reaches farther; the nearest always."""
    return [c for c in near if c.distance_m <= max(CANDIDATE_WITHIN_M, reach)] or list(near[:1])


def _provinces_of_gap(near: Sequence[Candidate], filers: Province) -> list[Province]:
    """Whose command answers in a gap: the province of the nearest sector when that is near, then the filer's own."""
    nearest = [c.unit.province for c in near if c.unit.province and c.distance_m <= SAME_BORDER_WITHIN_M]
    return [*nearest[:1], filers]


def candidates(point: Point, moment: datetime) -> list[Candidate]:
    """The nearest sectors in force at the moment, nearest first, with true metres. Two queries."""
    place = point.hexewkb.decode()
    found: Any = (
        Sector.objects.at(moment)
        .select_related("unit__province", "unit__district")
        .defer("area", "border")
        # By distance alone, so that the index walks from the nearest on; ties are put in order below.
        .order_by(GeometryDistance("area", point))
        .annotate(
            **{
                name: RawSQL(sql, [place] * sql.count("%s"), output)  # noqa: S611 - the fixed words of MEASURES
                for name, (sql, output) in _MEASURED.items()
            }
        )[:NEAREST]
    )
    rows = list(found)
    heads = {
        tenure.unit_id: tenure
        for tenure in CommandTenure.objects.at(moment).filter(unit_id__in={row.unit_id for row in rows})
    }
    return in_order(
        Candidate(row, row.unit, row.covers, 0.0 if row.covers else row.away_m, row.depth_m, heads.get(row.unit_id))
        for row in rows
    )


def in_order(found: Iterable[Candidate]) -> list[Candidate]:
    """Nearest first, the code breaking ties; those too far off to say anything are left out."""
    near = [c for c in found if c.covers or c.distance_m <= SAME_BORDER_WITHIN_M]
    return sorted(near, key=lambda c: (c.distance_m, c.sector.code))


def command_of(*provinces: Province) -> Unit:
    """The unit that answers where no sector does: a province's command, else its administration.

    Of several provinces the first that has one. Raises LookupError when the register knows none; filing then says
    which must be set up.
    """
    ids = [province.pk for province in provinces]
    units = Unit.objects.filter(province__in=ids, kind__in=COMMANDS).select_related("province", "district")
    chosen = min(
        units,
        key=lambda unit: (ids.index(unit.province_id or 0), COMMANDS.index(UnitKind(unit.kind)), unit.code),
        default=None,
    )
    if chosen is None:
        codes = ", ".join(province.code for province in provinces)
        raise LookupError(f"{codes} has neither a command nor an administration")
    return chosen


def command_and_head(provinces: Sequence[Province], moment: datetime) -> Commander:
    """`command_of` these provinces, and who headed it at the moment."""
    unit = command_of(*provinces)
    return unit, CommandTenure.objects.head_of(unit.pk, moment)


def _by_province(
    rule: Rule,
    command: Commander,
    moment: datetime,
    point: Point | None,
    accuracy_m: int | None,
    near: list[Candidate],
    province: Province,
) -> Finding:
    unit, tenure = command
    return Finding(
        rule=rule,
        confidence=Confidence.LOW,
        unit=unit,
        province=unit.province or province,
        moment=moment,
        point=point,
        accuracy_m=accuracy_m,
        tenure=tenure,
        margin_m=near[0].distance_m if near else None,
        candidates=near,
    )
