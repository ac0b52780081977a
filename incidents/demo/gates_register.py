"""The register of crossings in the demo world: corridors the provinces have found, and gates described.

The corridors are made up, as their names say; others import `corridor` to go on with them.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

from borderwatch import clock
from crossings import actions as verbs
from crossings.actions.description import unit_here
from crossings.choices import CrossingCategory, CrossingMode, Flow, GateSide, GateStatus
from crossings.models import Crossing
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from units.models import District, User

FOUND = timedelta(days=200)
# What was drawn for the demo says so wherever it is shown.
DRAWN = "គូរសម្រាប់ការបង្ហាញ · drawn for the demo (illustrative)"


@dataclass(frozen=True)
class Corridor:
    """A corridor as the province enters it."""

    name_km: str
    name_en: str
    district: str
    neighbour: str
    at: tuple[float, float]
    mode: str
    note: str
    category: str = CrossingCategory.ILLEGAL_CORRIDOR
    flows: tuple[str, ...] = (Flow.PEOPLE, Flow.GOODS, Flow.VEHICLES)
    precision_km: float = 0.1


CORRIDORS = (
    Corridor(
        "ផ្លូវឆ្លងអូរតាង (demo)", "O Tang stream ford (demo)", "1607", "VN", (107.4467, 13.8361), CrossingMode.ROAD,
        "ឆ្លងអូរបានតែរដូវប្រាំង ម៉ូតូដឹកទំនិញឆ្លងនៅពេលយប់។",
    ),
    Corridor(
        "ផ្លូវព្រៃប៉ក់ញ៉ៃ (demo)", "Pak Nhai forest track (demo)", "1607", "VN", (107.4391, 13.7582), CrossingMode.FOOT,
        "ផ្លូវលំក្នុងព្រៃ មានដានជើងថ្មីៗ។", flows=(Flow.PEOPLE, Flow.GOODS), precision_km=0.2,
    ),
    Corridor(
        "ផ្លូវចម្ការដំឡូងយ៉ាដាវ (demo)", "Ya Dav cassava path (demo)", "1607", "VN", (107.4585, 13.7895),
        CrossingMode.ROAD, "អ្នកភូមិដឹកដំឡូងមីទៅលក់ នៅរដូវប្រមូលផល។", category=CrossingCategory.CORRIDOR,
    ),
    Corridor(
        "កំពង់តាវែង (demo)", "Ta Veng river landing (demo)", "1608", "VN", (107.4711, 14.4702), CrossingMode.RIVER,
        "ទូកតូចៗចតនៅមាត់ទន្លេ។", flows=(Flow.PEOPLE, Flow.GOODS), precision_km=0.3,
    ),
    Corridor(
        "ផ្លូវស្រែអូរបីជាន់ (demo)", "Ou Beichoan field path (demo)", "0105", "TH", (102.6502, 13.7301),
        CrossingMode.ROAD, "ផ្លូវភ្លឺស្រែ ក្រោយភូមិ។",
    ),
    Corridor(
        "ផ្លូវលំគោករមៀត (demo)", "Kouk Romiet track (demo)", "0107", "TH", (102.8050, 13.9603), CrossingMode.FOOT,
        "ផ្លូវលំ កាត់ព្រៃរនាម។", flows=(Flow.PEOPLE, Flow.GOODS), precision_km=0.2,
    ),
)  # fmt: skip


def corridor(name_en: str) -> Crossing:
    """The corridor of that name; DoesNotExist before it was found."""
    return Crossing.objects.select_related("district__province", "responsible_unit").get(
        name_en=name_en, illustrative=True
    )


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan what provinces and the keeper put into the register; nothing happens yet."""
    for number, row in enumerate(CORRIDORS):
        if f"district-{row.district}" in staff.units:
            actor = staff.officers[row.district[:2]]
            replay.plan(now - FOUND + timedelta(hours=7 * number), partial(_find, row, actor))
    replay.plan(now - timedelta(days=180), lambda: _describe_o_yadav(staff.keeper))
    replay.plan(now - timedelta(days=179), lambda: _hours_at_o_yadav(staff.officers["16"]))
    replay.plan(now - timedelta(days=178), _describe_poipet)
    replay.plan(now - timedelta(days=150), lambda: _draw_beside(staff.keeper))
    replay.plan(now - timedelta(days=60), lambda: _beyond_the_border(staff.officers["16"]))


def _find(row: Corridor, actor: User) -> None:
    today = timezone.localdate(clock.now())
    verbs.register_crossing(
        actor=actor,
        name_km=row.name_km,
        name_en=row.name_en,
        category=row.category,
        mode=row.mode,
        district=District.objects.select_related("province").get(code=row.district),
        neighbour=row.neighbour,
        point=Point(*row.at, srid=4326),
        precision_km=row.precision_km,
        precision_note="វាស់ដោយទូរសព្ទ នៅកន្លែងផ្ទាល់ · by telephone, on the spot",
        first_seen_on=today - timedelta(days=3),
        illustrative=True,
        flows=list(row.flows),
        note=row.note,
        reason="រកឃើញពេលល្បាត",
        # One lies near a gate whose own position is known to two kilometres only.
        although_near=True,
    )


def _box(lon: float, lat: float, metres: float) -> MultiPolygon:
    """A little yard of so many metres each way, its corner cut so that nobody takes it for a survey."""
    east, north = metres / 108_100, metres / 110_600
    corners = ((-1, -1), (0.6, -1), (1, -0.6), (1, 1), (-1, 1), (-1, -1))
    return MultiPolygon(Polygon([(lon + x * east, lat + y * north) for x, y in corners]), srid=4326)


def _describe_o_yadav(keeper: User) -> None:
    """The gate of Ou Ya Dav with its ground, its hours, and what it rests on."""
    gate = Crossing.objects.get(slug="vn-o-yadav")
    lon, lat = gate.point.coords
    verbs.describe_crossing(
        actor=keeper,
        crossing=gate,
        changes={
            "perimeter": _box(lon, lat, 260),
            "perimeter_source": DRAWN,
            "responsible_unit": unit_here(gate.point, clock.now()),
            "opens_at": time(6),
            "closes_at": time(18),
            "documents": ["passport", "border_pass"],
            "agencies": ["immigration", "customs", "border_police", "quarantine"],
            "legal_references": [*gate.legal_references, "កិច្ចព្រមព្រៀងគំរូ លេខ ០១២ (demo) · Sample agreement No. 012"],
        },
        reason="បំពេញព័ត៌មានច្រក",
    )


def _hours_at_o_yadav(officer: User) -> None:
    """The hours by a notice of the province."""
    gate = Crossing.objects.get(slug="vn-o-yadav")
    morning = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    verbs.set_crossing_status(
        actor=officer,
        crossing=gate,
        status=GateStatus.OPEN,
        since=morning,
        opens_at=time(6),
        closes_at=time(18),
        legal_reference="សេចក្តីជូនដំណឹងគំរូ លេខ ០៤៥ (demo) · Sample notice No. 045",
    )


def _describe_poipet() -> None:
    """The register has no keeper of its own there yet."""
    gate = Crossing.objects.get(slug="th-poipet")
    lon, lat = gate.point.coords
    verbs.describe_crossing(
        actor=None,
        crossing=gate,
        changes={"perimeter": _box(lon, lat, 400), "perimeter_source": DRAWN},
        reason="គូរបរិវេណច្រក (demo)",
    )


def _draw_beside(keeper: User) -> None:
    """A second perimeter that reaches into the first: a contradiction the register finds by itself."""
    path = corridor("Ya Dav cassava path (demo)")
    lon, lat = path.point.coords
    verbs.describe_crossing(
        actor=keeper,
        crossing=path,
        changes={"perimeter": _box(lon, lat, 330), "perimeter_source": DRAWN},
        reason="គូរតាមការបង្ហាញរបស់មេភូមិ",
    )


def _beyond_the_border(officer: User) -> None:
    """The neighbour opened as usual, and lets goods pass in the morning only since."""
    gate = Crossing.objects.get(slug="vn-o-yadav")
    since = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    verbs.set_crossing_status(
        actor=officer,
        crossing=gate,
        side=GateSide.NEIGHBOUR,
        status=GateStatus.OPEN,
        since=since - timedelta(days=100),
        reason="ភាគីម្ខាងទៀតបើកធម្មតា",
    )
    verbs.set_crossing_status(
        actor=officer,
        crossing=gate,
        side=GateSide.NEIGHBOUR,
        status=GateStatus.RESTRICTED,
        since=since,
        flows=[Flow.GOODS],
        opens_at=time(7, 30),
        closes_at=time(11),
        reason="ភាគីម្ខាងទៀតជូនដំណឹងផ្ទាល់មាត់៖ ទំនិញឆ្លងបានតែពេលព្រឹក",
    )
