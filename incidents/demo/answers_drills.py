"""Drills in the demo world: one of Ratanakiri two weeks ago with its report and lessons, one that MoI has planned."""

import uuid
from datetime import datetime, timedelta
from functools import partial

from django.contrib.gis.geos import Point
from django.utils import timezone

from borderwatch import actions as kernel
from borderwatch import clock
from borderwatch.models import Delivery
from incidents import actions as verbs
from incidents.choices import Answer, Category, CoordinateSource, Impact, Source
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.models import Drill, Duty, Incident
from incidents.reports import Report
from units.models import District, User

DISTRICT = "1607"
PLACES = ((107.44, 13.80), (107.43, 13.77))
PURPOSE = (
    "ហាត់រាយការណ៍ឧប្បត្តិហេតុប្រដាប់អាវុធពីស្រុកអូរយ៉ាដាវ ដល់ក្រសួងមហាផ្ទៃ៖ តើអ្នកណាទទួលបានដំណឹង តើនៅម៉ោងប៉ុន្មាន ហើយតើចម្លើយមកទាន់ពេលឬទេ (demo)។"
)
REPORTS = (
    (
        "shooting", Impact.VERY_HIGH, Source.FIXED_POST,
        "ហាត់សម៖ ឮសូរបាញ់ប្រហែល ៦ គ្រាប់ នៅទិសខាងកើតប៉ុស្តិ៍ គ្មានអ្នករបួស។ កម្លាំងប៉ុស្តិ៍បានឈរជើងតាមផែនការ។",
    ),
    (
        "troop_movement", Impact.HIGH, Source.OWN_PATROL,
        "ហាត់សម៖ ឃើញមនុស្សស្លៀកឯកសណ្ឋានប្រហែល ២០ នាក់ ដើរតាមមាត់អូរទៅទិសខាងត្បូង។",
    ),
)  # fmt: skip
LESSONS = (
    "១. ករណីទី ១ បានឆ្លើយក្នុង ២២ នាទី។ ករណីទី ២ បានឆ្លើយយឺត ព្រោះមន្ត្រីប្រចាំការទៅប្រជុំ ហើយគ្មានអ្នកជំនួស។\n"
    "២. ត្រូវកំណត់អ្នកជំនួសប្រចាំការនៅក្រសួង មុនពេលប្រជុំ។\n"
    "៣. ប៉ុស្តិ៍លេខ ១ ត្រូវបើកមើលដំណឹងក្នុងប្រព័ន្ធ មិនមែនរង់ចាំទូរស័ព្ទ។"
)
NEXT = "ហាត់ខ្សែសង្វាក់ទាំងមូល៖ រាយការណ៍ ស្ថាប័នទាំងបីឆ្លើយ ការណែនាំ និងសេចក្តីព្រាងលិខិតតវ៉ា ក្នុងពេលមួយព្រឹក (demo)។"


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan both into the replay, where Ratanakiri is in the world."""
    if not District.objects.filter(code=DISTRICT).exists() or f"district-{DISTRICT}" not in staff.units:
        return
    morning = timezone.localtime(now).replace(hour=8, minute=0, second=0, microsecond=0)
    start = morning - timedelta(days=14)
    replay.plan(start - timedelta(days=5, hours=-1), lambda: _announce(replay, staff, start))
    replay.plan(now - timedelta(days=1, hours=5), lambda: _announce_next(staff, morning + timedelta(days=7)))


def _announce(replay: Replay, staff: Staff, start: datetime) -> None:
    units = staff.units
    drill = verbs.announce_drill(
        actor=staff.officers["16"],
        led_by=units["province-16"],
        name_km="ការហាត់សម៖ ឧប្បត្តិហេតុប្រដាប់អាវុធ អូរយ៉ាដាវ (demo)",
        name_en="Exercise: armed incident at Ou Ya Dav (demo)",
        purpose=PURPOSE,
        units=[units[f"district-{DISTRICT}"], units["post-1607-1"], units["moi"]],
        starts_at=start,
        ends_at=start + timedelta(hours=4),
    )
    replay.plan(start, verbs.watch_drills)
    first, second = start + timedelta(minutes=9), start + timedelta(minutes=64)
    replay.plan(first, partial(_file, replay, staff, drill, 0))
    replay.plan(second, partial(_file, replay, staff, drill, 1))
    replay.plan(start + timedelta(hours=3, minutes=30), partial(_end, staff, drill))
    replay.plan(start + timedelta(days=1, hours=2), partial(_learn, staff, drill))


def _file(replay: Replay, staff: Staff, drill: Drill, number: int) -> None:
    """Played from the district. MoI's desk answers the first in time, its deputy the second too late."""
    filer, unit = staff.filer(District.objects.select_related("province").get(code=DISTRICT))
    kind, impact, source, text = REPORTS[number]
    at = clock.now()
    filed = verbs.file_incident(
        actor=filer,
        unit=unit,
        client_key=uuid.uuid5(uuid.NAMESPACE_URL, f"borderwatch:demo:drill:{number}"),
        report=Report(
            category=Category.ARMED, type=kind, impact=impact, text=text, occurred_at=at - timedelta(minutes=4),
            coordinate_source=CoordinateSource.GPS, point=Point(*PLACES[number], srid=4326), accuracy_m=25,
            filed_at=at - timedelta(seconds=5), source=source,
        ),
        drill=drill,
    )  # fmt: skip
    by, after = ((staff.officials["moi"], 22), (staff.deputies["moi"], 94))[number]
    replay.plan(at + timedelta(minutes=after - 3), partial(_open, by, filed.incident))
    replay.plan(at + timedelta(minutes=after), partial(_answer, by, filed.incident))
    if number == 0:
        replay.plan(at + timedelta(minutes=6), partial(_open, staff.head, filed.incident))


def _open(by: User, incident: Incident) -> None:
    """Open what he was told of it."""
    waiting = Delivery.objects.filter(key=incident.ref, user=by, planned_at__lte=clock.now(), opened_at=None)
    for notice in waiting.exclude(state__in=(Delivery.State.CANCELLED, Delivery.State.DEAD)):
        kernel.open_notice(actor=by, delivery=notice)


def _answer(by: User, incident: Incident) -> None:
    duty = Duty.objects.get(escalation__incident=incident, unit__code="moi")
    verbs.acknowledge(
        actor=by, duty=duty, answer=Answer.ACCEPT, comment="ហាត់សម៖ បានទទួល និងបានបញ្ជាឱ្យស្នងការដ្ឋានចាត់វិធានការ។"
    )


def _end(staff: Staff, drill: Drill) -> None:
    verbs.end_drill(actor=staff.officers["16"], drill=drill, reason="បានសម្រេចតាមគោលបំណង (demo)")


def _learn(staff: Staff, drill: Drill) -> None:
    verbs.note_lessons(actor=staff.officers["16"], drill=drill, lessons=LESSONS)


def _announce_next(staff: Staff, start: datetime) -> None:
    units = staff.units
    named = ("province-16", "moi", "mfaic", "ssba")
    verbs.announce_drill(
        actor=staff.officials["moi"],
        led_by=units["moi"],
        name_km="ការហាត់សមថ្នាក់ជាតិ៖ សកម្មភាពឯកតោភាគី (demo)",
        name_en="National exercise: unilateral activity (demo)",
        purpose=NEXT,
        units=[units[code] for code in named],
        starts_at=start,
        ends_at=start + timedelta(hours=5),
    )
