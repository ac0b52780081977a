"""Find who answers for a place at a moment. Pure reading: the verbs freeze what is found here.

The rules, in this order (docs/attribution.md says them in words):
  no place known             → NO_PLACE: the province's own command answers
  no sector covers the place → GAP (or GAP_NEAR_EDGE): the province's own command answers, a defect is raised
  one sector covers it       → SECTOR, or SECTOR_NEAR_EDGE when the accuracy circle reaches another unit's sector
  several cover it           → SECTORS_OVERLAP: the one in which the place lies deepest, until a reviewer rules
Source: directive duty D2, the head of the unit protecting an area answers for it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import Distance, GeometryDistance
from django.contrib.gis.geos import Point
from django.db.models import BooleanField, F, Func, Value

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
    if point is None:
        return _by_province(Rule.NO_PLACE, [province], moment, None, None, [])
    near = candidates(point, moment)
    covering = [c for c in near if c.covers]
    reach = accuracy_m or 0
    if not covering:
        touched = any(c.distance_m <= reach for c in near)
        rule = Rule.GAP_NEAR_EDGE if touched else Rule.GAP
        provinces = _provinces_of_gap(near, province)
        return _by_province(rule, provinces, moment, point, accuracy_m, _worth_naming(near, reach))
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


def _worth_naming(near: list[Candidate], reach: int) -> list[Candidate]:
    """The candidates within reach of a dispute, or of the accuracy where that reaches farther; the nearest always."""
    return [c for c in near if c.distance_m <= max(CANDIDATE_WITHIN_M, reach)] or near[:1]


def _provinces_of_gap(near: list[Candidate], filers: Province) -> list[Province]:
    """Whose command answers in a gap: the province of the nearest sector when that is near, then the filer's own."""
    nearest = [c.unit.province for c in near if c.unit.province and c.distance_m <= SAME_BORDER_WITHIN_M]
    return [*nearest[:1], filers]


def candidates(point: Point, moment: datetime) -> list[Candidate]:
    """The nearest sectors in force at the moment, nearest first, with true metres. Two queries."""
    outline = Func(F("area"), function="ST_Boundary", output_field=GeometryField(srid=4326))
    found: Any = (
        Sector.objects.at(moment)
        .select_related("unit__province", "unit__district")
        .defer("area")
        # By distance alone, so that the index walks from the nearest on; ties are put in order below.
        .order_by(GeometryDistance("area", point))
        .annotate(
            covers=Func(
                F("area"),
                Value(point, output_field=GeometryField(srid=4326)),
                function="ST_Covers",
                output_field=BooleanField(),
            ),
            away=Distance("area", point),
            depth=Distance(outline, point),
        )[:NEAREST]
    )
    rows = [row for row in found if row.covers or row.away.m <= SAME_BORDER_WITHIN_M]
    heads = {
        tenure.unit_id: tenure
        for tenure in CommandTenure.objects.at(moment).filter(unit_id__in={row.unit_id for row in rows})
    }
    listed = [
        Candidate(
            sector=row,
            unit=row.unit,
            covers=row.covers,
            distance_m=0.0 if row.covers else row.away.m,
            depth_m=row.depth.m,
            tenure=heads.get(row.unit_id),
        )
        for row in rows
    ]
    return sorted(listed, key=lambda c: (c.distance_m, c.sector.code))


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


def _by_province(
    rule: Rule,
    provinces: list[Province],
    moment: datetime,
    point: Point | None,
    accuracy_m: int | None,
    near: list[Candidate],
) -> Finding:
    unit = command_of(*provinces)
    return Finding(
        rule=rule,
        confidence=Confidence.LOW,
        unit=unit,
        province=unit.province or provinces[-1],
        moment=moment,
        point=point,
        accuracy_m=accuracy_m,
        tenure=CommandTenure.objects.head_of(unit.pk, moment),
        margin_m=near[0].distance_m if near else None,
        candidates=near,
    )
