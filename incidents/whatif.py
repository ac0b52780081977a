"""What a change of the register would move: past incidents found anew under the register without and with it.

A thought only: who answers for what was filed stays as it was found then. The rules are those of `attribution.decide`;
here the candidates of many places are read at once, and only of those places that a changed shape can reach:
  within the accuracy of a shape that comes or goes, it may cover the place or make it contested;
  where no other sector covers the place, a shape within 60 km may be the nearest, whose province answers.
Anywhere else nothing the rules look at differs (a property tested with hypothesis).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from borderwatch import clock, jobs
from borderwatch.models import Job
from incidents import attribution
from incidents.attribution import MEASURES, NEAREST, SAME_BORDER_WITHIN_M, Candidate, Commander, Finding
from incidents.models import Incident
from units.choices import ChangeState, RegisterLayer, Verdict
from units.models import CommandTenure, Province, RegisterChange, Sector

KIND = "whatif"
MONTHS_DAYS = 365
# So many incidents are looked at in one go, and so many that would move are named one by one, the newest first.
BATCH = 1000
NAMED_MAX = 2000
# Rows of a change that put a shape into the register, and those that take one out of it.
COMING = (Verdict.ADDED, Verdict.CHANGED)
GOING = (Verdict.CHANGED, Verdict.ENDED)
# No metre between 9 and 16 degrees north is longer than this many degrees, with some to spare.
_DEGREES_PER_M = 1 / 100_000

# A shape near a place: its key, whether it covers the place, metres to it, metres to its edge.
Measured = tuple[int, bool, float, float]
# Those of the register without the change, and with it.
Lists = tuple[list[Measured], list[Measured]]


@dataclass(frozen=True)
class Moved:
    """An incident whose answer would differ: units by key, and whether each answer is contested."""

    incident: int
    before: int
    after: int
    contested_before: bool
    contested_after: bool


def subject(change: RegisterChange) -> str:
    """What the jobs of a change are filed under."""
    return f"change:{change.pk}"


def latest(change: RegisterChange, user: Any) -> Job | None:
    """The newest trial a person asked for. Another's is not shown: he may see other incidents."""
    return Job.objects.filter(subject=subject(change), kind=KIND, asked_by=user).order_by("-created_at").first()


def result_of(job: Job | None) -> dict[str, Any] | None:
    """What a trial came to (as `run` returns it); None while there is nothing to show."""
    return job.result if job is not None and job.state == Job.State.DONE else None


def demand_draft(change: RegisterChange) -> None:
    """Only a proposed change can be tried. Raises ValidationError saying why this one cannot."""
    if change.state != ChangeState.DRAFT:
        raise ValidationError(
            _("Only a proposed change can be tried. This one is: %(state)s.") % {"state": change.get_state_display()}
        )


def ask(change: RegisterChange, user: Any) -> Job:
    """Start the trial of a change, or give back the one the person has under way. Raises ValidationError."""
    demand_draft(change)
    job = latest(change, user)
    if job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING):
        return job
    return jobs.start(actor=user, kind=KIND, subject=subject(change), params={"change": change.pk})


def past_year(user: Any) -> QuerySet[Incident]:
    """The incidents of the last twelve months that the person sees and whose place is known."""
    since = clock.now() - timedelta(days=MONTHS_DAYS)
    return Incident.objects.visible_to(user).real().filter(occurred_at__gte=since, point__isnull=False)


def run(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The job: try the change over the incidents of the person who asked."""
    change = RegisterChange.objects.visible_to(job.asked_by).filter(pk=job.params["change"]).first()
    if change is None:
        raise ValidationError(_("This change is no longer shown to you."))
    demand_draft(change)
    incidents = past_year(job.asked_by)
    looked_at, moved = 0, list[Moved]()
    if change.layer == RegisterLayer.SECTOR:
        with Trial(change) as trial:
            reached = list(trial.reached(incidents).order_by("-received_at", "-pk").values_list("pk", flat=True))
            looked_at = len(reached)
            progress.tell(0, looked_at)
            for start in range(0, looked_at, BATCH):
                moved += trial.moved(reached[start : start + BATCH])
                progress.tell(min(start + BATCH, looked_at), looked_at)
    return {
        "as_of": change.effective_from.isoformat(),
        "incidents": incidents.count(),
        "looked_at": looked_at,
        "moved": len(moved),
        "pairs": _pairs(moved),
        "rows": [list(asdict(one).values()) for one in moved[:NAMED_MAX]],
    }


def _pairs(moved: Sequence[Moved]) -> list[dict[str, int]]:
    """How many would go from which unit to which, the most first; those that stay become contested or cease to be."""
    counts: dict[tuple[int, int], list[int]] = {}
    for one in moved:
        count = counts.setdefault((one.before, one.after), [0, 0, 0])
        count[0] += 1
        count[1] += one.contested_after and not one.contested_before
        count[2] += one.contested_before and not one.contested_after
    pairs = [
        {"before": before, "after": after, "count": n, "contested": more, "settled": less}
        for (before, after), (n, more, less) in counts.items()
    ]
    return sorted(pairs, key=lambda pair: (-pair["count"], pair["before"], pair["after"]))


class Trial:
    """Both registers side by side: every shape in force as of the change, and those it would bring."""

    def __init__(self, change: RegisterChange) -> None:
        self.change = change
        self.at: datetime = change.effective_from
        self._heads: dict[int, CommandTenure] = {}
        self._sectors: dict[int, Sector] = {}
        self._commands: dict[tuple[int, ...], Commander] = {}

    def __enter__(self) -> "Trial":
        rows = list(
            self.change.rows.filter(verdict__in={*COMING, *GOING}).select_related("unit__province").defer("area")
        )
        gone = [row.replaces for row in rows if row.verdict in GOING and row.replaces]
        coming = [row for row in rows if row.verdict in COMING]
        lay_shapes(self.at, gone=gone, coming=[row.pk for row in coming])
        in_force = Sector.objects.at(self.at).select_related("unit__province").defer("area", "border")
        self._sectors = {sector.pk: sector for sector in in_force}
        # A proposed shape goes by the negative key of its row; as a sector it is never saved.
        for row in coming:
            unit = row.unit or self._sectors[row.replaces or 0].unit
            self._sectors[-row.pk] = Sector(pk=-row.pk, code=row.code, unit=unit)
        self._heads = {tenure.unit_id: tenure for tenure in CommandTenure.objects.at(self.at)}
        return self

    def __exit__(self, *_error: object) -> None:
        clear_shapes()

    def reached(self, incidents: QuerySet[Incident]) -> QuerySet[Incident]:
        """Those whose answer the change can alter at all."""
        return incidents.annotate(_reached=RawSQL(_REACHED, [], output_field=BooleanField())).filter(_reached=True)  # noqa: S611 - fixed words

    def moved(self, keys: Sequence[int]) -> list[Moved]:
        """Those of these incidents that would have another unit, or be contested and were not, or the other way."""
        near = _near(keys)
        places = Incident.objects.filter(pk__in=near).select_related("province", "filed_for__province")
        found = places.only("point", "accuracy_m", "province", "filed_for__province").in_bulk()
        moved = []
        for key in keys:
            if key in near:
                old, new = near[key]
                before, after = self._find(found[key], old), self._find(found[key], new)
                if (before.unit.pk, before.contested) != (after.unit.pk, after.contested):
                    moved.append(Moved(key, before.unit.pk, after.unit.pk, before.contested, after.contested))
        return moved

    def _find(self, row: Incident, near: list[Measured]) -> Finding:
        return attribution.decide(
            attribution.in_order(self._candidate(*one) for one in near),
            point=row.point,
            accuracy_m=row.accuracy_m,
            moment=self.at,
            province=row.filed_for.province or row.province,
            commanding=self._commanding,
        )

    def _candidate(self, key: int, covers: bool, away_m: float, depth_m: float) -> Candidate:
        sector = self._sectors[key]
        return Candidate(
            sector, sector.unit, covers, 0.0 if covers else away_m, depth_m, self._heads.get(sector.unit_id)
        )

    def _commanding(self, provinces: Sequence[Province], moment: datetime) -> Commander:
        """The same answer as `attribution.command_and_head`, asked once for each row of provinces."""
        keys = tuple(province.pk for province in provinces)
        if keys not in self._commands:
            self._commands[keys] = attribution.command_and_head(provinces, moment)
        return self._commands[keys]


def lay_shapes(at: datetime, *, gone: Sequence[int], coming: Sequence[int]) -> None:
    """Lay out in a table of this connection every sector in force and every proposed row, and where each belongs."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS whatif_shape")
        cursor.execute(
            "CREATE TEMPORARY TABLE whatif_shape AS "
            "SELECT id AS key, area, true AS before, id <> ALL(%(gone)s::bigint[]) AS after "
            "FROM units_sector WHERE period @> %(at)s::timestamptz "
            # A sector that is handed over as it is keeps its shape.
            "UNION ALL SELECT -r.id, coalesce(r.area, s.area), false, true FROM units_proposedrow r "
            "LEFT JOIN units_sector s ON s.id = r.replaces WHERE r.id = ANY(%(coming)s::bigint[])",
            {"gone": list(gone), "at": at, "coming": list(coming)},
        )
        cursor.execute("CREATE UNIQUE INDEX ON whatif_shape (key)")
        cursor.execute("CREATE INDEX ON whatif_shape USING gist (area)")
        cursor.execute("CREATE INDEX ON whatif_shape USING gist (area) WHERE before <> after")
        cursor.execute("ANALYZE whatif_shape")
        # Compiling a batch's statement would cost more than running it.
        cursor.execute("SET jit = off")


def clear_shapes() -> None:
    """Take the table away again."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS whatif_shape")
        cursor.execute("RESET jit")


_WITHIN = f"coalesce({{}}.accuracy_m, 0) * {_DEGREES_PER_M} + 0.00001"
# Said of a row of incidents. Margins in degrees lie outside the true metres, so that nothing is missed.
_REACHED = f"""
    EXISTS (SELECT FROM whatif_shape s WHERE s.before <> s.after
        AND ST_DWithin(s.area, incidents_incident.point, {_WITHIN.format("incidents_incident")}))
    OR (EXISTS (SELECT FROM whatif_shape s WHERE s.before <> s.after
            AND ST_DWithin(s.area, incidents_incident.point, {SAME_BORDER_WITHIN_M * _DEGREES_PER_M}))
        AND NOT EXISTS (SELECT FROM whatif_shape s WHERE s.before AND s.after
            AND ST_Covers(s.area, incidents_incident.point)))
"""  # noqa: S608 - numbers and words of this module
_MEASURED = ", ".join(sql.format(area="s.area", place="p.point") for sql in MEASURES.values())
# The shapes within the accuracy. Where one of them covers the place the rules look at nothing beyond.
_IN_REACH = f"""
    SELECT p.id, s.key, s.before, s.after, ST_Distance(s.area, p.point), {_MEASURED}
    FROM incidents_incident p JOIN whatif_shape s ON ST_DWithin(s.area, p.point, {_WITHIN.format("p")})
    WHERE p.id = ANY(%s) ORDER BY p.id, 5
"""  # noqa: S608 - numbers and words of this module
# The nearest shapes of each register, however far.
_NEAREST = f"""
    WITH p AS MATERIALIZED (
        SELECT i.id, i.point,
            ARRAY(SELECT key FROM whatif_shape WHERE before ORDER BY area <-> i.point LIMIT {NEAREST}) AS old,
            ARRAY(SELECT key FROM whatif_shape WHERE after ORDER BY area <-> i.point LIMIT {NEAREST}) AS new
        FROM incidents_incident i WHERE i.id = ANY(%s)
    )
    SELECT p.id, s.key, s.key = ANY(p.old), s.key = ANY(p.new), ST_Distance(s.area, p.point), {_MEASURED}
    FROM p JOIN whatif_shape s ON s.key = ANY(p.old || p.new) ORDER BY p.id, 5
"""  # noqa: S608 - numbers and words of this module


def _near(keys: Sequence[int]) -> dict[int, Lists]:
    """What the rules need of both registers, for each of these incidents for which it is not the same."""
    near = _read(_IN_REACH, keys)
    bare = [key for key in keys if not all(_covered(one) for one in near.get(key, ([], [])))]
    near |= _read(_NEAREST, bare)
    return {key: (old, new) for key, (old, new) in near.items() if {one[0] for one in old} != {one[0] for one in new}}


def _covered(near: list[Measured]) -> bool:
    return any(covers for _key, covers, _away, _depth in near)


def _read(sql: str, keys: Sequence[int]) -> dict[int, Lists]:
    found: dict[int, Lists] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(keys)])
        for incident, key, was, will_be, _degrees, covers, away_m, depth_m in cursor.fetchall():
            for belongs, near in zip((was, will_be), found.setdefault(incident, ([], [])), strict=True):
                # As many as a single finding looks at, the nearest in degrees.
                if belongs and len(near) < NEAREST:
                    near.append((key, covers, away_m, depth_m))
    return found


def shapes(change: RegisterChange) -> list[dict[str, Any]]:
    """The shapes a change would end and bring, as GeoJSON features for a map; corners to some ten metres."""
    with connection.cursor() as cursor:
        cursor.execute(_SHAPES, [change.pk, list(GOING), change.pk, list(COMING)])
        return [feature(shape, kind=kind, ref=code) for kind, code, shape in cursor.fetchall()]


_SHAPES = """
    SELECT 'goes', s.code, ST_AsGeoJSON(ST_SimplifyPreserveTopology(s.area, 0.0001), 5)
    FROM units_proposedrow r JOIN units_sector s ON s.id = r.replaces
    WHERE r.change_id = %s AND r.verdict = ANY(%s)
    UNION ALL
    SELECT 'comes', r.code, ST_AsGeoJSON(ST_SimplifyPreserveTopology(r.area, 0.0001), 5)
    FROM units_proposedrow r WHERE r.change_id = %s AND r.verdict = ANY(%s) AND r.area IS NOT NULL
"""


def feature(shape: str, *, kind: str, ref: str) -> dict[str, Any]:
    """One feature of the map from GeoJSON text."""
    return {"type": "Feature", "geometry": json.loads(shape), "properties": {"kind": kind, "ref": ref}}


jobs.register(KIND, run)
