"""The ground to be patrolled as people read it: how much was seen and when, its targets, and what nobody has seen.

Reading only, from the patches that `units/coverage.py` keeps. What is asked for a person starts from what he may see.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import Centroid, Transform
from django.db.models import Count, Max, Q, Sum
from django.urls import reverse
from django.utils import timezone

from borderwatch import clock
from units import policy
from units.choices import TrackSource
from units.models import Effort, Patch, Patrol, PatrolTarget, Sector, Track, Unit, UnresolvedArea

# Days back a person may ask for.
DAYS_MAX = 366


@dataclass(frozen=True)
class TargetState:
    """A target and how it stands: the share seen within its own number of days, None when there is nothing to see."""

    target: PatrolTarget
    share: float | None
    met: bool
    # Not reached, but its first period is not over yet.
    running: bool

    @property
    def code(self) -> str:
        """The ground's code."""
        return self.target.sector_code or self.target.area_code

    @property
    def missed(self) -> bool:
        """Not reached although its time is over."""
        return self.share is not None and not self.met and not self.running


@dataclass
class Ground:
    """A sector's border line or an unresolved area, and what patrols saw of it within the days asked for.

    `measure` and `seen` are metres of line or square metres; `unit` answers for a sector, areas have none.
    """

    is_sector: bool
    code: str
    name: str
    unit: Unit | None
    measure: float = 0.0
    seen: float = 0.0
    # Of `seen`, what was last seen by a path drawn by hand.
    drawn: float = 0.0
    last_seen_at: datetime | None = None
    days_since: int | None = None
    targets: list[TargetState] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        """Percent seen; None without a line to be seen."""
        return 100 * self.seen / self.measure if self.measure else None

    @property
    def drawn_share(self) -> float:
        """Percent of what was seen that rests on paths drawn by hand."""
        return 100 * self.drawn / self.seen if self.seen else 0.0

    @property
    def misses_target(self) -> bool:
        """Whether any target in force is missed."""
        return any(state.missed for state in self.targets)

    def get_absolute_url(self) -> str:
        """The ground's page."""
        return reverse("patrols:ground", args=[self.code])


@dataclass(frozen=True)
class Kilometre:
    """One kilometre of a line: metres of it, metres seen within the days asked for, and the last visit."""

    number: int
    measure: float
    seen: float
    last_seen_at: datetime | None
    days_since: int | None

    @property
    def share(self) -> float:
        """Percent seen."""
        return 100 * self.seen / self.measure if self.measure else 0.0


@dataclass(frozen=True)
class Stretch:
    """Neighbouring patches nobody saw within the days asked for; places along the line in km, length in metres."""

    from_km: float
    to_km: float
    metres: float
    # The most recent sighting of its longest forgotten patch; None when some patch was never seen.
    since: datetime | None
    lon: float
    lat: float


def of_sectors(user: Any, days: int) -> list[Ground]:
    """The sectors in force of the units whose incidents the person sees: with missed targets first, then by share.

    Sectors without a border line come last: nothing can be measured on them.
    """
    rows = Sector.objects.visible_to(user).filter(  # first what may be looked at, then whose patrols he sees
        unit_id__in=policy.unit_ids(user, policy.VIEW), period__contains=clock.sql_now()
    )
    found = rows.defer("area", "border").select_related("unit")
    grounds = {row.pk: Ground(True, row.code, row.unit.name, row.unit) for row in found}
    _measure(grounds, "sector_id", days)
    return _judged(list(grounds.values()))


def of_areas(user: Any, days: int) -> list[Ground]:
    """The unresolved areas in force the person may look at, ordered alike."""
    rows = UnresolvedArea.objects.visible_to(user).filter(period__contains=clock.sql_now()).defer("area")
    grounds = {row.pk: Ground(False, row.code, row.name, None) for row in rows}
    _measure(grounds, "area_id", days)
    return _judged(list(grounds.values()))


def find(user: Any, code: str, days: int) -> tuple[Ground, Any] | None:
    """The ground of that code with its patches, None when there is none or the person may not see it."""
    sectors = Sector.objects.visible_to(user).filter(
        unit_id__in=policy.unit_ids(user, policy.VIEW), period__contains=clock.sql_now(), code=code
    )
    if sector := sectors.defer("area", "border").select_related("unit").first():
        ground, patches = Ground(True, sector.code, sector.unit.name, sector.unit), sector.patches.all()
        _measure({sector.pk: ground}, "sector_id", days)
    else:
        areas = UnresolvedArea.objects.visible_to(user).filter(period__contains=clock.sql_now(), code=code)
        area = areas.defer("area").first()
        if area is None:
            return None
        ground, patches = Ground(False, area.code, area.name, None), area.patches.all()
        _measure({area.pk: ground}, "area_id", days)
    return _judged([ground])[0], patches


def _measure(grounds: dict[int, Ground], key: str, days: int) -> None:
    """Fill in what the patches say, in one query."""
    now = clock.now()
    seen = Q(last_seen_at__gte=now - timedelta(days=days))
    rows = Patch.objects.filter(**{f"{key}__in": list(grounds)}).order_by().values(key)
    for row in rows.annotate(
        whole=Sum("measure"),
        seen=Sum("measure", filter=seen, default=0.0),
        drawn=Sum("measure", filter=seen & Q(last_track__source=TrackSource.DRAWN), default=0.0),
        last=Max("last_seen_at"),
    ):
        ground = grounds[row[key]]
        ground.measure, ground.seen, ground.drawn = row["whole"], row["seen"], row["drawn"]
        ground.last_seen_at, ground.days_since = row["last"], _days(row["last"], now)


def _days(moment: datetime | None, now: datetime) -> int | None:
    """Days between the dates in Phnom Penh, so that it agrees with the date that stands beside it; 0 is today."""
    return max(0, (timezone.localdate(now) - timezone.localdate(moment)).days) if moment else None


def _judged(grounds: list[Ground]) -> list[Ground]:
    """With their targets, worst first."""
    by_code = {(ground.is_sector, ground.code): ground for ground in grounds}
    rows = PatrolTarget.objects.at(clock.now()).select_related("unit")
    codes = [ground.code for ground in grounds]
    for state in target_states(rows.filter(Q(sector_code__in=codes) | Q(area_code__in=codes))):
        target = state.target
        if ground := by_code.get((bool(target.sector_code), state.code)):
            ground.targets.append(state)

    def order(ground: Ground) -> tuple[bool, bool, float, str]:
        return (ground.share is None, not ground.misses_target, ground.share or 0.0, ground.code)

    return sorted(grounds, key=order)


def target_states(targets: Iterable[PatrolTarget]) -> list[TargetState]:
    """How each target stands now, whoever's patrol saw the ground; two queries more, however many there are."""
    rows = list(targets)
    if not rows:
        return []
    now = clock.now()
    sums: dict[str, Any] = {
        f"days_{days}": Sum("measure", filter=Q(last_seen_at__gte=now - timedelta(days=days)), default=0.0)
        for days in {row.every_days for row in rows}
    }
    seen: dict[tuple[str, str], Any] = {}
    for kind in ("sector", "area"):
        codes = {getattr(row, f"{kind}_code") for row in rows} - {""}
        if codes:
            found = Patch.objects.filter(**{f"{kind}__code__in": codes, f"{kind}__period__contains": now})
            for one in found.order_by().values(f"{kind}__code").annotate(whole=Sum("measure"), **sums):
                seen[kind, one[f"{kind}__code"]] = one
    return [_state(row, seen, now) for row in rows]


def _state(target: PatrolTarget, seen: dict[tuple[str, str], Any], now: datetime) -> TargetState:
    kind = "sector" if target.sector_code else "area"
    found = seen.get((kind, target.sector_code or target.area_code))
    share = 100 * found[f"days_{target.every_days}"] / found["whole"] if found and found["whole"] else None
    # A tenth of a percent is rounding: 80 % of 100-metre patches must be reachable.
    met = share is not None and share >= target.share_percent - 0.1
    first_period_over = target.since is None or now >= target.since + timedelta(days=target.every_days)
    return TargetState(target, share, met, running=not met and not first_period_over)


def kilometres(patches: Any, days: int) -> list[Kilometre]:
    """A sector's line kilometre by kilometre, in its direction."""
    now = clock.now()
    seen = Sum("measure", filter=Q(last_seen_at__gte=now - timedelta(days=days)), default=0.0)
    rows = patches.order_by("kilometre").values("kilometre")
    return [
        Kilometre(row["kilometre"], row["whole"], row["seen"], row["last"], _days(row["last"], now))
        for row in rows.annotate(whole=Sum("measure"), seen=seen, last=Max("last_seen_at"))
    ]


def unvisited(patches: Any, days: int) -> list[Stretch]:
    """Stretches of a sector's line nobody saw within these days, the longest first."""
    since = clock.now() - timedelta(days=days)
    rows = patches.annotate(middle=Transform(Centroid("shape"), 4326)).order_by("number")
    runs: list[list[tuple[float, Any]]] = []
    along, before = 0.0, False
    for patch in rows.defer("shape"):
        missed = patch.last_seen_at is None or patch.last_seen_at < since
        if missed:
            if not before:
                runs.append([])
            runs[-1].append((along, patch))
        along, before = along + patch.measure, missed
    return sorted((_stretch(run) for run in runs), key=lambda stretch: -stretch.metres)


def _stretch(run: list[tuple[float, Any]]) -> Stretch:
    middle = run[len(run) // 2][1].middle
    metres = sum(patch.measure for _along, patch in run)
    seen = [patch.last_seen_at for _along, patch in run]
    since = None if None in seen else min(seen)
    return Stretch(run[0][0] / 1000, (run[0][0] + metres) / 1000, metres, since, middle.x, middle.y)


def last_patrols(user: Any, patches: Any, count: int = 10) -> list[Patrol]:
    """The patrols the person sees that last saw any of these patches, the latest first."""
    tracks = patches.exclude(last_track=None).values("last_track")
    rows = Patrol.objects.visible_to(user).filter(tracks__in=tracks).annotate(seen_at=Max("tracks__ended_at"))
    return list(rows.select_related("unit").order_by("-seen_at", "-pk")[:count])


def box(patches: Any) -> list[float] | None:
    """The box around the patches in degrees, [west, south, east, north], for the map."""
    found = patches.aggregate(box=Extent(Transform("shape", 4326)))["box"]
    return list(found) if found else None


@dataclass(frozen=True)
class Walked:
    """What the patrols a person sees came to within some days."""

    patrols: int
    metres: float
    seconds: float


def walked(user: Any, days: int) -> Walked:
    """Patrols with a track, their way and the time it took, by tracks that ended within these days."""
    since = clock.now() - timedelta(days=days)
    rows = Track.objects.filter(patrol__in=Patrol.objects.visible_to(user), ended_at__gte=since)
    sums = rows.aggregate(patrols=Count("patrol", distinct=True), way=Sum("length_m", default=0.0))
    time = Effort.objects.filter(track__in=rows).aggregate(time=Sum("seconds", default=0.0))["time"]
    return Walked(sums["patrols"], sums["way"], time)


def effort(user: Any, days: int) -> Any:
    """Squares of one kilometre with the seconds and metres spent in them by the patrols the person sees."""
    since = clock.now() - timedelta(days=days)
    rows = Effort.objects.filter(track__patrol__in=Patrol.objects.visible_to(user), track__ended_at__gte=since)
    return rows.order_by().values("east_km", "north_km").annotate(time=Sum("seconds"), way=Sum("metres"))
