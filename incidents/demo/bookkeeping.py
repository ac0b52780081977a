"""The register in the demo world: targets of patrols, a head on leave, and a change the keeper has proposed."""

from datetime import datetime, timedelta

from django.contrib.gis.geos import MultiPolygon
from django.utils import timezone

import units.actions as verbs
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from units.choices import Rank
from units.models import CommandTenure, Sector

WHITE_ZONE = "pak-nhai-white-zone"
ORDER = "ដីកាលេខ ០៤៧ រដ្ឋបាលខេត្តរតនគិរី (demo)"


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan what the keeper of Ratanakiri's register and the province did in the last weeks."""
    replay.plan(now - timedelta(days=90), lambda: targets(staff))
    replay.plan(now - timedelta(days=9), lambda: leave(staff, now))
    replay.plan(now - timedelta(days=1, hours=3), lambda: change(staff, now))


def targets(staff: Staff) -> None:
    """Every post's border line every two weeks; the white zone at Pak Nhai every week."""
    officer = staff.officers["16"]
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=90)
    for sector in Sector.objects.at(since).filter(unit__province__code="16").select_related("unit").order_by("code"):
        verbs.set_target(
            actor=officer, unit=sector.unit, sector_code=sector.code, every_days=14, share_percent=60,
            since=since, reason=ORDER,
        )  # fmt: skip
    verbs.set_target(
        actor=officer, unit=staff.units["post-1607-1"], area_code=WHITE_ZONE, every_days=7, share_percent=30,
        since=since, reason=ORDER,
    )  # fmt: skip


def leave(staff: Staff, now: datetime) -> None:
    """A head of a post goes on leave next week; his deputy acts."""
    tenure = CommandTenure.objects.at(now).filter(unit__code="post-1609-1").first()
    if tenure is None:
        return
    day = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    verbs.grant_leave(
        actor=staff.keeper,
        tenure=tenure,
        since=day + timedelta(days=3),
        until=day + timedelta(days=17),
        acting_name_km="ឡាយ សំណាង",
        acting_name_en="Lay Samnang (fictional)",
        acting_rank=Rank.FIRST_LT,
        reason="ច្បាប់ឈប់សម្រាកប្រចាំឆ្នាំ (demo)",
    )


def change(staff: Staff, now: datetime) -> None:
    """The keeper proposes that the second post takes over a strip of the first one's ground from next month on."""
    first = Sector.objects.at(now).get(unit__code="post-1607-1")
    second = Sector.objects.at(now).get(unit__code="post-1607-2")
    strip = second.area.buffer(0.02).intersection(first.area)
    grown = second.area.union(strip)
    area = grown if isinstance(grown, MultiPolygon) else MultiPolygon(grown)
    area.srid = 4326
    day = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    first_of_next = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    verbs.propose_sector(
        actor=staff.keeper,
        title="កែព្រំប្រទល់រវាងប៉ុស្តិ៍លេខ ១ និងលេខ ២ អូរយ៉ាដាវ (demo)",
        code=second.code,
        unit=second.unit,
        area=area,
        effective_from=first_of_next,
        source="កំណត់ហេតុប្រជុំបញ្ជាការខេត្ត (demo)",
        legal_reference="",
    )
