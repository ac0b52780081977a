"""The register check: where the register could not say who answers today, or soon will not.

Reading only. What is looked at are the units a keeper keeps, a reviewer rules on, or an auditor sees; ground belongs
to the provinces of those units. Source: directive duty D2, every place has a head who answers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from borderwatch import clock
from units import policy
from units.choices import UnitKind
from units.models import BorderSection, CommandTenure, Posting, RegisterDefect, Sector, Unit, UnitGroupPermission

# A tenure that ends within so many days is announced.
ENDING_WITHIN_DAYS = 60
# The line and the sectors are drawn from different sources: nearer than this many degrees (some 100 m) they touch,
# and what is left over after that is a gap when it is longer than so many metres.
TOUCH_DEGREES = 0.0009
GAP_M = 100
# Two sectors that share an edge overlap by slivers; from so many square metres on it is a fault.
OVERLAP_M2 = 10_000
# So many faults of a kind are listed, the largest or newest first.
LISTED_MAX = 200


@dataclass(frozen=True)
class Gap:
    """A stretch of the border line that no sector covers: metres, GeoJSON, and the sectors nearest to it."""

    section: BorderSection
    metres: float
    shape: dict[str, Any]
    near: list[str]


@dataclass(frozen=True)
class Overlap:
    """Ground in the sectors of two units: square kilometres and GeoJSON."""

    one: Sector
    other: Sector
    km2: float
    shape: dict[str, Any]


@dataclass(frozen=True)
class Report:
    """Everything the check has found for a person, as the register stands at `at`."""

    at: datetime
    units: int
    unlined: list[BorderSection]
    gaps: list[Gap]
    overlaps: list[Overlap]
    headless: list[Sector]
    ending: list[CommandTenure]
    silent: list[Unit]
    defects: list[RegisterDefect]

    @property
    def faults(self) -> int:
        """How many lines the lists have in all."""
        lists = (self.gaps, self.overlaps, self.headless, self.ending, self.silent, self.defects)
        return sum(len(one) for one in lists)


def scope(user: Any) -> frozenset[int]:
    """The units whose register concerns the person: kept, ruled on, or, for an auditor, seen."""
    ids = policy.unit_ids(user, policy.REGISTER) | policy.unit_ids(user, policy.REVIEW)
    return ids | policy.unit_ids(user, policy.VIEW) if policy.is_auditor(user) else ids


def demand_reader(user: Any) -> frozenset[int]:
    """The scope, or PermissionDenied: the register is checked by its keepers, by reviewers and by auditors."""
    ids = scope(user)
    if not ids:
        raise PermissionDenied(_("The register is checked by its keepers, by reviewers and by auditors."))
    return ids


def report(ids: frozenset[int]) -> Report:
    """Look through the register of these units as it stands today."""
    now = clock.now()
    sections = list(
        BorderSection.objects.filter(province__units__in=ids).select_related("province").distinct().order_by("code")
    )
    sectors = Sector.objects.at(now).filter(unit_id__in=ids).select_related("unit").defer("area", "border")
    answering = _answering(sectors)
    return Report(
        at=now,
        units=len(ids),
        unlined=[section for section in sections if section.line is None],
        gaps=_gaps([section for section in sections if section.line is not None], now),
        overlaps=_overlaps(ids, now),
        headless=list(sectors.exclude(unit__in=_headed(now)).order_by("code")),
        ending=_ending(ids, now),
        silent=list(_silent(Unit.objects.filter(pk__in=ids), answering).order_by("code")),
        defects=list(
            RegisterDefect.objects.filter(mended_at=None, units__in=ids)
            .select_related("province")
            .prefetch_related("units")
            .distinct()[:LISTED_MAX]
        ),
    )


def _answering(sectors: "QuerySet[Sector]") -> Q:
    """The units that somebody must be able to answer for: those with a sector, and the commands behind them."""
    return Q(pk__in=sectors.values("unit_id")) | Q(kind=UnitKind.COMMAND)


def _headed(now: datetime) -> Any:
    return CommandTenure.objects.at(now).values("unit_id")


def _ending(ids: frozenset[int], now: datetime) -> list[CommandTenure]:
    """Tenures that end soon with nobody to follow on the same second, the first to end first."""
    follower = CommandTenure.objects.filter(unit=OuterRef("unit"), period__startswith=OuterRef("period__endswith"))
    soon = now + timedelta(days=ENDING_WITHIN_DAYS)
    rows = CommandTenure.objects.at(now).filter(unit_id__in=ids, period__endswith__lte=soon)
    return list(
        rows.annotate(followed=Exists(follower)).select_related("unit").order_by("period__endswith", "pk")[:LISTED_MAX]
    )


def _silent(units: "QuerySet[Unit]", answering: Q) -> Any:
    """Units for which no active person holds `answer_accountability` through a posting of today."""
    posted = Posting.objects.filter(period__contains=clock.sql_now(), user__is_active=True)
    granted = UnitGroupPermission.objects.filter(
        permission__codename=policy.ANSWER, group__in=posted.values("unit_role__group")
    )
    return units.filter(answering).exclude(pk__in=granted.values("content_object_id"))


_GAPS_SQL = """
    WITH line AS (
        SELECT b.id, b.line FROM units_bordersection b WHERE b.id = ANY(%(sections)s::bigint[])
    ), bare AS (
        SELECT l.id, coalesce(ST_Difference(l.line, covered.area), l.line) AS left_over
        FROM line l LEFT JOIN LATERAL (
            SELECT ST_Union(ST_Buffer(s.area, %(touch)s, 'quad_segs=2')) AS area FROM units_sector s
            WHERE s.period @> %(at)s::timestamptz AND ST_DWithin(s.area, l.line, %(touch)s)
        ) covered ON true
    ), piece AS (
        SELECT bare.id, (ST_Dump(ST_LineMerge(left_over))).geom AS shape FROM bare WHERE NOT ST_IsEmpty(left_over)
    )
    SELECT p.id, ST_Length(p.shape::geography), ST_AsGeoJSON(p.shape, 5),
        ARRAY(SELECT s.code FROM units_sector s WHERE s.period @> %(at)s::timestamptz
              ORDER BY s.area <-> p.shape LIMIT 2)
    FROM piece p WHERE ST_Length(p.shape::geography) >= %(gap)s ORDER BY 2 DESC, p.id LIMIT %(most)s
"""


def _gaps(sections: Sequence[BorderSection], now: datetime) -> list[Gap]:
    """Stretches of the border line beside which no sector of any unit lies, the longest first."""
    by_key = {section.pk: section for section in sections}
    asked: dict[str, Any] = {"sections": list(by_key), "at": now, "touch": TOUCH_DEGREES}
    asked |= {"gap": GAP_M, "most": LISTED_MAX}
    with connection.cursor() as cursor:
        cursor.execute(_GAPS_SQL, asked)
        return [Gap(by_key[key], metres, json.loads(shape), near) for key, metres, shape, near in cursor.fetchall()]


_OVERLAPS_SQL = """
    SELECT one, other, ST_Area(shape::geography) / 1000000, ST_AsGeoJSON(shape, 5) FROM (
        SELECT a.id AS one, b.id AS other, ST_CollectionExtract(ST_Intersection(a.area, b.area), 3) AS shape
        FROM units_sector a JOIN units_sector b
            ON a.unit_id <> b.unit_id AND ST_Intersects(a.area, b.area) AND NOT ST_Touches(a.area, b.area)
            -- Each pair once, also when only one of the two is looked at.
            AND (a.id < b.id OR b.unit_id <> ALL(%(units)s::bigint[]))
        WHERE a.unit_id = ANY(%(units)s::bigint[])
            AND a.period @> %(at)s::timestamptz AND b.period @> %(at)s::timestamptz
    ) AS pair WHERE ST_Area(shape::geography) >= %(least)s ORDER BY 3 DESC LIMIT %(most)s
"""


def _overlaps(ids: frozenset[int], now: datetime) -> list[Overlap]:
    """Ground that two units have in their sectors, the largest first."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERLAPS_SQL, {"units": sorted(ids), "at": now, "least": OVERLAP_M2, "most": LISTED_MAX})
        rows = cursor.fetchall()
    keys = {key for one, other, _km2, _shape in rows for key in (one, other)}
    sectors = Sector.objects.filter(pk__in=keys).select_related("unit").defer("area", "border").in_bulk()
    return [Overlap(sectors[one], sectors[other], km2, json.loads(shape)) for one, other, km2, shape in rows]
