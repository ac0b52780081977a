"""The ground of the demo world: administrations, commands, posts, their sectors and heads."""

import json
import random
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.gis.geos import GEOSGeometry, LineString, MultiLineString, MultiPolygon
from django.db import transaction

import units.actions as verbs
from incidents.demo.names import invented_name
from units.choices import DeskLevel, MachineChannel, Rank, UnitKind
from units.models import BorderSection, District, Province, Unit

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
SECTORS = Path(__file__).resolve().parents[2] / "units" / "geodata" / "demo_sectors.geojson"
# Sectors and commands hold from here on, so that the old public cases find who answered then.
SINCE = datetime(2012, 1, 1, tzinfo=PHNOM_PENH)
# Commands change hands at these moments; each post picks some of them.
CHANGES = [datetime(year, month, 1, tzinfo=PHNOM_PENH) for year, month in ((2016, 3), (2019, 7), (2024, 1))]
NOTICE = "Illustrative, derived from the Natural Earth outline; not official"
KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


def features(provinces: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The illustrative sectors, of all border provinces or of some."""
    every: list[dict[str, Any]] = json.loads(SECTORS.read_text(encoding="utf-8"))["features"]
    return [one for one in every if provinces is None or one["properties"]["province"] in provinces]


@transaction.atomic
def build(provinces: Collection[str] | None = None, seed: int = 20241103) -> dict[str, Unit]:
    """Make the tree under the ministries, draw the sectors, appoint heads; returns the units by code."""
    chance = random.Random(seed)  # noqa: S311 - a believable world, not a secret
    made = {unit.code: unit for unit in Unit.objects.all()}
    for feature in features(provinces):
        row = feature["properties"]
        if f"province-{row['province']}" not in made:
            _province(made, Province.objects.get(code=row["province"]), chance)
        district = District.objects.get(code=row["district"])
        if f"district-{district.code}" not in made:
            _district(made, district)
        _post(made, row, feature["geometry"], district, chance)
    _section_lines(features(provinces))
    return made


def border_of(row: dict[str, Any]) -> LineString:
    """The stretch of the border beside a post."""
    return LineString(row["border"], srid=4326)


def _section_lines(posts: list[dict[str, Any]]) -> None:
    """The line of each border section, put together from the stretches beside its posts, the planned gap included."""
    stretches: dict[tuple[str, str], list[LineString]] = {}
    for feature in posts:
        row = feature["properties"]
        stretches.setdefault((row["province"], row["neighbour"]), []).append(border_of(row))
    for (province, neighbour), lines in stretches.items():
        section = BorderSection.objects.get(province__code=province, neighbour=neighbour)
        verbs.draw_section_line(
            actor=None,
            section=section,
            line=MultiLineString(*lines, srid=4326),
            source=f"{section.source}; line: {NOTICE}",
        )


def _province(made: dict[str, Unit], province: Province, chance: random.Random) -> None:
    administration = verbs.create_unit(
        actor=None,
        code=f"province-{province.code}",
        kind=UnitKind.PROVINCE,
        name_km=f"រដ្ឋបាលខេត្ត{province.name_km}",
        name_en=f"{province.name_en} Provincial Administration",
        parent=made["moi"],
        province=province,
    )
    command = verbs.create_unit(
        actor=None,
        code=f"command-{province.code}",
        kind=UnitKind.COMMAND,
        name_km=f"ស្នងការដ្ឋាននគរបាលខេត្ត{province.name_km}",
        name_en=f"{province.name_en} Provincial Police Commissariat",
        parent=administration,
        province=province,
    )
    battalion = verbs.create_unit(
        actor=None,
        code=f"battalion-{province.code}",
        kind=UnitKind.BATTALION,
        name_km=f"វរសេនាតូចនគរបាលការពារព្រំដែនគោក {province.name_km}",
        name_en=f"Border Police Battalion, {province.name_en}",
        parent=command,
        province=province,
        illustrative=True,
    )
    for unit, rank in ((command, Rank.BRIG_GENERAL), (battalion, Rank.COLONEL)):
        made[unit.code] = unit
        _heads(unit, rank, chance)
    made[administration.code] = administration
    verbs.add_endpoint(
        actor=None,
        unit=administration,
        channel=MachineChannel.EMAIL,
        address=f"{province.letters.lower()}@province.example.org",
        level=DeskLevel.DESK,
    )


def _district(made: dict[str, Unit], district: District) -> None:
    kind = {"municipality": ("ក្រុង", "Municipality"), "khan": ("ខណ្ឌ", "Khan")}
    km, en = kind.get(district.kind, ("ស្រុក", "District"))
    unit = verbs.create_unit(
        actor=None,
        code=f"district-{district.code}",
        kind=UnitKind.DISTRICT,
        name_km=f"រដ្ឋបាល{km}{district.name_km}",
        name_en=f"{district.name_en} {en} Administration",
        parent=made[f"province-{district.province.code}"],
        province=district.province,
        district=district,
    )
    made[unit.code] = unit


def _post(
    made: dict[str, Unit],
    row: dict[str, Any],
    geometry: dict[str, Any] | None,
    district: District,
    chance: random.Random,
) -> None:
    unit = verbs.create_unit(
        actor=None,
        code=row["unit_code"],
        kind=UnitKind.POST,
        name_km=row["name_km"],
        name_en=row["name_en"],
        parent=made[f"battalion-{row['province']}"],
        province=district.province,
        district=district,
        illustrative=True,
    )
    made[unit.code] = unit
    _heads(unit, chance.choice([Rank.CAPTAIN, Rank.MAJOR, Rank.LT_COLONEL]), chance)
    if geometry is None:  # the planned gap: a post without a sector
        return
    area = GEOSGeometry(json.dumps(geometry), srid=4326)
    verbs.draw_sector(
        actor=None,
        unit=unit,
        code=row["sector_code"],
        area=area if isinstance(area, MultiPolygon) else MultiPolygon(area, srid=4326),
        border=MultiLineString(border_of(row), srid=4326),
        since=SINCE,
        illustrative=True,
        source=NOTICE,
    )


def _heads(unit: Unit, rank: Rank, chance: random.Random) -> None:
    """A row of heads without gap or overlap; one in twelve is acting."""
    moments = [SINCE, *sorted(chance.sample(CHANGES, chance.randint(1, 3)))]
    for start, end in zip(moments, [*moments[1:], None], strict=True):
        name_km, name_en = invented_name(chance)
        verbs.appoint_head(
            actor=None,
            unit=unit,
            name_km=name_km,
            name_en=name_en,
            rank=rank,
            since=start,
            until=end,
            acting=chance.random() < 1 / 12,
            reason="demo world",
        )
