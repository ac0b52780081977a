"""Traffic in the demo world: half a year at the gate of Ou Ya Dav, Poipet until it was suspended, a gate gone silent.

All figures are made up. They follow the week and the holidays, leave days out that nobody watched, and hold one slip of
the hand, so that there is something to find.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from django.utils import timezone

from crossings import actions as verbs
from crossings.choices import Direction
from crossings.counts import Given, Line
from crossings.models import Crossing
from crossings.sheets import Shutness
from incidents.demo.gates_closures import FORD
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from units.models import User

# The suspension at Poipet that the register holds on record began on this day.
SUSPENDED = date(2025, 12, 13)
# Days of coming and going: Khmer New Year, Pchum Ben, and Tết on the other side.
HOLIDAYS = (
    *((date(year, 4, 13), date(year, 4, 17)) for year in range(2025, 2031)),
    (date(2025, 9, 20), date(2025, 9, 24)), (date(2026, 10, 9), date(2026, 10, 13)),
    (date(2027, 9, 28), date(2027, 10, 2)), (date(2025, 1, 26), date(2025, 2, 3)),
    (date(2026, 2, 14), date(2026, 2, 21)), (date(2027, 2, 3), date(2027, 2, 10)),
)  # fmt: skip
# Monday to Sunday: the market on Saturday, few lorries on Sunday.
WEEK = (1.0, 0.95, 0.95, 1.0, 1.15, 1.35, 1.2)
LORRIES = (1.1, 1.1, 1.05, 1.05, 1.1, 0.9, 0.45)
# A week is entered on the day after it.
WEEK_DAYS = 7
# So long ago the people of the demo world had begun their work.
BEGUN = timedelta(days=170)


@dataclass(frozen=True)
class Gate:
    """How much passes a gate on an ordinary day in one direction, by class."""

    khmer: int
    neighbour: int
    other: int
    motorcycles: int
    cars: int
    lorries: int
    tonnes: tuple[tuple[str, float], ...] = ()
    minutes: int = 720


O_YADAV = Gate(210, 130, 12, 95, 34, 22, (("cassava", 260.0), ("cashew", 18.0), ("timber", 0.0)))
POIPET = Gate(4200, 2600, 480, 620, 410, 130, (("consumer", 900.0), ("fruit", 320.0)), 960)
TRAPEANG_KRIEL = Gate(60, 75, 38, 22, 18, 4, (), 720)


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan who counted what; nothing happens yet."""
    today = timezone.localdate(now)
    keep = _Keeping(replay, now, random.Random("traffic"))  # noqa: S311 - made-up figures
    if "1607" in staff.filers:
        clerk = staff.filers["1607"]
        keep.gate("vn-o-yadav", O_YADAV, clerk, "ម៉ៅ សុភា", _days(today, 180, 1), slip=today - timedelta(days=19))
        at = datetime.combine(today - timedelta(days=2), time(7), timezone.get_current_timezone())
        replay.plan(at, partial(_although_closed, clerk, today - timedelta(days=3)))
    last = min(SUSPENDED, today) - timedelta(days=1)
    keep.gate("th-poipet", POIPET, staff.officers["01"], "ប៉ុស្តិ៍នគរបាលច្រក", _days(last, 120, 0))
    if "19" in staff.officers:
        keep.gate(
            "la-trapeang-kriel", TRAPEANG_KRIEL, staff.officers["19"], "កែវ វិបុល", _days(today, 150, 22), gaps=0.02
        )


def _days(last: date, count: int, end: int) -> list[date]:
    """So many days up to `end` days before `last`."""
    return [last - timedelta(days=n) for n in range(count, end - 1, -1)]


class _Keeping:
    """Plans a gate's weeks: each is entered at once, on the day after its last."""

    def __init__(self, replay: Replay, now: datetime, chance: random.Random) -> None:
        self._replay, self._now, self._chance = replay, now, chance

    def gate(
        self,
        slug: str,
        gate: Gate,
        actor: User,
        observer: str,
        days: Sequence[date],
        *,
        slip: date | None = None,
        gaps: float = 0.03,
    ) -> None:
        """Plan the days of a gate, some of them left out because nobody watched."""
        watched = [day for day in days if self._chance.random() >= gaps or day == slip]
        for start in range(0, len(watched), WEEK_DAYS):
            week = watched[start : start + WEEK_DAYS]
            act = partial(_enter, slug, gate, actor, observer, week, slip, self._chance.random())
            at = datetime.combine(week[-1] + timedelta(days=1), time(7, 40), timezone.get_current_timezone())
            # What is older than the people of this world was entered from the books when they had come.
            at = max(at, self._now - BEGUN)
            self._replay.plan(min(at, self._now - timedelta(minutes=30)), act)


def _enter(
    slug: str, gate: Gate, actor: User, observer: str, week: Sequence[date], slip: date | None, seed: float
) -> None:
    crossing = Crossing.objects.select_related("district__province").filter(slug=slug).first()
    if crossing is None:
        return
    shut = Shutness([crossing.pk])
    chance = random.Random(seed)  # noqa: S311 - made-up figures
    given = [
        Given(crossing, day, way, gate.minutes, "counted", observer, tuple(_lines(gate, day, way, chance, day == slip)))
        for day in week
        for way in Direction.values
        if not shut.on(crossing.pk, day)
    ]
    if given:
        verbs.record_sheets(actor=actor, given=given, source="demo")


def _lines(gate: Gate, day: date, way: str, chance: random.Random, slip: bool) -> Iterator[Line]:
    """A day's counts: the week, the holidays, the season, and chance."""
    holiday = any(first <= day <= last for first, last in HOLIDAYS)
    people = WEEK[day.weekday()] * (1.7 if holiday else 1.0) * (1.06 if way == Direction.IN else 0.97)
    lorries = LORRIES[day.weekday()] * (0.3 if holiday else 1.0)
    drawn: Callable[[float], int] = lambda usual: max(0, round(chance.gauss(usual, 0.09 * usual + 0.8)))  # noqa: E731
    khmer = drawn(gate.khmer * people)
    # A nought too many, once: the kind of mistake the system is to find.
    yield Line("passengers", nationality="khmer", number=khmer * 10 if slip and way == Direction.IN else khmer)
    yield Line("passengers", nationality="neighbour", number=drawn(gate.neighbour * people))
    yield Line("passengers", nationality="other", number=drawn(gate.other * people))
    yield Line("vehicles", "motorcycle", number=drawn(gate.motorcycles * people))
    yield Line("vehicles", "car", number=drawn(gate.cars * people))
    yield Line("vehicles", "truck", number=drawn(gate.lorries * lorries))
    if way == Direction.IN:
        yield Line("refused", number=drawn(gate.other / 8))
    yield Line("searches", number=drawn(gate.lorries / 3))
    # Cassava is dug from December to March; goods leave the country here.
    season = 1.6 if day.month in (12, 1, 2, 3) else 0.6
    for goods, usual in gate.tonnes if way == Direction.OUT else ():
        tonnes = Decimal(drawn(usual * lorries * season * 10)) / 10
        yield Line("goods", goods, tonnes=tonnes, value=tonnes * 260_000, currency="KHR")


def _although_closed(clerk: User, day: date) -> None:
    """Somebody counted at a ford that is closed by order: the register and the count cannot both be right."""
    ford = Crossing.objects.select_related("district__province").filter(name_en=FORD).first()
    if ford is None:
        return
    verbs.record_sheet(
        actor=clerk,
        crossing=ford,
        day=day,
        direction=Direction.IN,
        observed_minutes=180,
        method="counted",
        observer="ក្រុមល្បាតប៉ុស្តិ៍លេខ ១",
        lines=[Line("passengers", nationality="unknown", number=14), Line("vehicles", "motorcycle", number=6)],
        note="ក្រុមល្បាតឃើញម៉ូតូឆ្លងអូរនៅពេលយប់ ទោះបីមានរបារក៏ដោយ។",
        although_closed=True,
        source="demo",
    )
