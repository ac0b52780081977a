"""Patrols of the demo world: walked along the border line of their sectors, with the track a phone would write.

Every step is a verb at its moment: planned, set out, came back, track uploaded, observations entered and reported.
"""

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any

from django.contrib.gis.geos import LineString, Point
from django.core.files.uploadedfile import SimpleUploadedFile

import units.actions as ground
from borderwatch import clock
from incidents.actions import report_observation
from incidents.demo.replay import Replay
from units.actions.coverage import watch_patrols
from units.choices import Joint, MarkerFinding
from units.models import BorderMarker, Patrol, Sector, Unit, User

# Metres of a degree of latitude; a walking patrol's metres a minute.
DEGREE_M = 111_320
PACE_M_PER_MIN = 55
EVERY_S = 20
SEEN = (
    "ស្នាមជើងថ្មីៗ ប្រហែល ៥ នាក់ ឆ្លងផ្លូវលំ។",
    "ផ្លូវលំត្រូវបានកាប់ឆ្កាសថ្មី ទំហំម៉ូតូអាចឆ្លងបាន។",
    "ទូកតូចមួយចតលាក់ក្បែរមាត់អូរ គ្មានមនុស្ស។",
    "អ្នកភូមិប្រាប់ថា មានម៉ូតូឆ្លងនៅពេលយប់។",
)
NOTES = ("អាកាសធាតុល្អ ផ្លូវស្ងួត។", "ភ្លៀង ផ្លូវរអិល ដើរយឺត។", "ទឹកអូរឡើង ឆ្លងមិនបានមួយកន្លែង។", "")


@dataclass(frozen=True)
class Walk:
    """One patrol as it will go: which part of the line (0 to 1), how well it is recorded."""

    unit: Unit
    actor: User
    sector: Sector
    start: datetime
    part: tuple[float, float]
    minutes: int
    how: str = "gpx"  # gpx, tunnel, drawn, none
    planned: bool = True
    joint: str = Joint.ALONE
    with_whom: str = ""
    sees: bool = False


class Patrolling:
    """Plans the patrols of some units over the last weeks."""

    def __init__(self, replay: Replay, chance: random.Random, now: datetime) -> None:
        self._replay = replay
        self._chance = chance
        self._now = now

    def plan(self, leaders: Mapping[str, User], others: User, province: str, *, weeks: int) -> None:
        """Patrols of every post of a province with a border line: by its own head where he has an account, else
        entered by `others`. One post is left without, so that the coverage has something to show.
        """
        sectors = Sector.objects.at(self._now).filter(unit__province__code=province, border__isnull=False)
        found = list(sectors.select_related("unit").order_by("code"))
        for number, sector in enumerate(found):
            if number == len(found) - 1:
                continue
            actor = leaders.get(sector.unit.code, others)
            busy = sector.unit.code in leaders
            for week in range(weeks):
                for _time in range(2 if busy else 1):
                    if busy or self._chance.random() < 0.6:
                        self._walk(self._week(sector, actor, week))

    def today(self, head: User, unit: Unit) -> None:
        """What the head finds on his page: one patrol under way, one planned for tonight, one that never set out, one
        called off, and a marker found damaged.
        """
        now = self._now
        sector = Sector.objects.at(now).filter(unit=unit).get()
        plan = partial(self._plan_only, head, unit, sector)
        plan(now - timedelta(hours=20), now - timedelta(hours=2), now + timedelta(hours=2), start=True)
        plan(now - timedelta(hours=5), now + timedelta(hours=7), now + timedelta(hours=12))
        plan(now - timedelta(days=3), now - timedelta(days=2), now - timedelta(days=1, hours=20))
        plan(now - timedelta(days=6), now - timedelta(days=5), now - timedelta(days=4, hours=20), called_off=True)
        self._replay.plan(now - timedelta(hours=1), watch_patrols)

    def _plan_only(
        self, head: User, unit: Unit, sector: Sector, entered: datetime, start_at: datetime, end: datetime,
        *, start: bool = False, called_off: bool = False,
    ) -> None:  # fmt: skip
        def act() -> None:
            patrol = ground.plan_patrol(
                actor=head, client_key=self._key(), unit=unit, planned_from=start_at, planned_to=end,
                leader_name="អនុសេនីយ៍ឯក ហែម ប៊ុនថា (demo)", strength=5, sector_code=sector.code,
            ).patrol  # fmt: skip
            if start:
                self._replay.plan(start_at, lambda: ground.start_patrol(actor=head, patrol=patrol))
            if called_off:
                reason = "ទឹកជំនន់ ផ្លូវដាច់។"
                at = start_at - timedelta(hours=3)
                self._replay.plan(at, lambda: ground.call_off_patrol(actor=head, patrol=patrol, reason=reason))

        self._replay.plan(entered, act)

    def _week(self, sector: Sector, actor: User, week: int) -> Walk:
        day = self._now - timedelta(days=7 * week + self._chance.uniform(1, 6.8))
        # Some set out in the evening and come back after midnight.
        hour = self._chance.choice((22, 23, 23, 0, 1, 8, 9, 21, 15))
        start = day.astimezone(UTC).replace(hour=hour, minute=self._chance.randrange(0, 60, 5), second=0, microsecond=0)
        begin = self._chance.uniform(0, 0.55)
        part = (begin, min(1.0, begin + self._chance.uniform(0.3, 0.45)))
        joint = self._chance.random()
        return Walk(
            unit=sector.unit,
            actor=actor,
            sector=sector,
            start=min(start, self._now - timedelta(hours=12)),
            part=part,
            minutes=0,
            how=self._chance.choices(("gpx", "tunnel", "drawn", "none"), (12, 4, 2, 1))[0],
            planned=self._chance.random() < 0.8,
            joint=Joint.NEIGHBOUR if joint < 0.06 else Joint.OWN_FORCES if joint < 0.2 else Joint.ALONE,
            with_whom="កងកម្លាំងព្រំដែនប្រទេសជិតខាង" if joint < 0.06 else "កងរាជអាវុធហត្ថ" if joint < 0.2 else "",
            sees=self._chance.random() < 0.16,
        )

    def _walk(self, walk: Walk) -> None:
        path = list(along(walk.sector, *walk.part))
        metres = sum(distance(a, b) for a, b in pairwise(path))
        minutes = max(40, round(metres / PACE_M_PER_MIN))
        act = partial(self._do, walk, path, minutes)
        before = walk.start - timedelta(days=1, hours=2)
        self._replay.plan(before if walk.planned else walk.start + timedelta(minutes=minutes + 30), act)

    def _do(self, walk: Walk, path: list[tuple[float, float]], minutes: int) -> None:
        end = walk.start + timedelta(minutes=minutes)
        facts = {
            "actor": walk.actor,
            "client_key": self._key(),
            "unit": walk.unit,
            "sector_code": walk.sector.code,
            "leader_name": self._chance.choice(("វរសេនីយ៍ត្រី", "អនុសេនីយ៍ឯក", "ព្រឹន្ទបាលទោ")) + " (demo)",
            "strength": self._chance.randint(4, 9),
            "joint": walk.joint,
            "joint_with": walk.with_whom,
        }
        if not walk.planned:
            patrol = ground.record_patrol(started_at=walk.start, finished_at=end, **facts).patrol  # type: ignore[arg-type]
            self._come_back(patrol, walk, path, minutes)
            return
        patrol = ground.plan_patrol(planned_from=walk.start, planned_to=end, **facts).patrol  # type: ignore[arg-type]
        self._replay.plan(walk.start, lambda: ground.start_patrol(actor=walk.actor, patrol=patrol))
        self._replay.plan(end, partial(self._finish, patrol, walk, path, minutes))

    def _finish(self, patrol: Patrol, walk: Walk, path: list[tuple[float, float]], minutes: int) -> None:
        note = self._chance.choice(NOTES)
        done = ground.finish_patrol(actor=walk.actor, patrol=patrol, note=note)
        self._replay.plan(
            walk.start + timedelta(minutes=minutes + self._chance.randint(20, 90)),
            partial(self._come_back, done, walk, path, minutes),
        )

    def _come_back(self, patrol: Patrol, walk: Walk, path: list[tuple[float, float]], minutes: int) -> None:
        if walk.how == "drawn":
            drawn = LineString(path[::25] + path[-1:], srid=4326)
            ground.add_track(actor=walk.actor, client_key=self._key(), patrol=patrol, drawn=drawn)
        elif walk.how != "none":
            gpx = phone(path, walk.start, minutes, self._chance, tunnel=walk.how == "tunnel")
            upload = SimpleUploadedFile(f"patrol-{walk.start:%Y%m%d}.gpx", gpx, "application/gpx+xml")
            ground.add_track(actor=walk.actor, client_key=self._key(), patrol=patrol, upload=upload)
        if walk.sees:
            self._observe(patrol, walk, path, minutes)

    def _observe(self, patrol: Patrol, walk: Walk, path: list[tuple[float, float]], minutes: int) -> None:
        at = walk.start + timedelta(minutes=minutes / 2)
        seen = ground.add_observation(
            actor=walk.actor,
            client_key=self._key(),
            patrol=patrol,
            at=at,
            point=Point(*path[len(path) // 2], srid=4326),
            accuracy_m=15,
            text=self._chance.choice(SEEN),
        )
        if self._chance.random() < 0.6:
            report_observation(
                actor=walk.actor, observation=seen, category="illegal_crossing",
                type="use_of_unofficial_crossing", impact="medium", text=seen.text,
            )  # fmt: skip

    def inspect(self, patrol: Patrol, actor: User, marker: BorderMarker) -> None:
        """A marker looked at on the way."""
        ground.add_observation(
            actor=actor,
            client_key=self._key(),
            patrol=patrol,
            at=patrol.finished_at or clock.now(),
            point=marker.point,
            accuracy_m=20,
            marker=marker,
            finding=MarkerFinding.DAMAGED,
            text="បង្គោលបែកជ្រុងខាងលើ អក្សរនៅអានបាន។",
        )

    def _key(self) -> uuid.UUID:
        return uuid.UUID(int=self._chance.getrandbits(128), version=4)


def along(sector: Sector, start: float, end: float) -> Iterator[tuple[float, float]]:
    """Places every 18 m or so along a part of a sector's border line, from `start` to `end` of its length."""
    line: Any = max(sector.border or (), key=lambda part: part.length)
    length = line.length
    step = 18 / DEGREE_M
    place = start * length
    while place <= end * length:
        point = line.interpolate(place)
        yield (point.x, point.y)
        place += step


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two places that are near each other."""
    return hypot((a[0] - b[0]) * cos(radians(a[1])), a[1] - b[1]) * DEGREE_M


def phone(
    path: list[tuple[float, float]], start: datetime, minutes: int, chance: random.Random, *, tunnel: bool
) -> bytes:
    """A GPX file as a phone writes it: some metres of jitter, now and then a far-off fix, under trees none at all."""
    jitter: Callable[[], float] = lambda: chance.gauss(0, 4) / DEGREE_M  # noqa: E731
    hidden = range(len(path) // 2, len(path) // 2 + len(path) // 6) if tunnel else range(0)
    lines = []
    for number, (lon, lat) in enumerate(path):
        if number in hidden:
            continue
        moment = start + timedelta(minutes=minutes * number / max(1, len(path) - 1))
        stray = 0.03 if chance.random() < 0.002 else 0.0
        lines.append(
            f'<trkpt lat="{lat + jitter() + stray:.6f}" lon="{lon + jitter():.6f}">'
            f"<time>{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="phone" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>\n'
        + "\n".join(lines)
        + "\n</trkseg></trk></gpx>\n"
    ).encode()
