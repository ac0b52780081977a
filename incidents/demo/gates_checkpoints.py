"""Unauthorised checkpoints in the demo world: one that should be gone, one said to be gone, one that is.

Two stand on the ground of O Yadav in Ratanakiri, one stood at Poipet. Nobody named here exists.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import clock
from crossings.choices import Currency
from crossings.models import Crossing
from incidents import actions as verbs
from incidents import checkpoints
from incidents.choices import Category, CheckpointOperator, CoordinateSource, Impact, Obstruction, Source
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.models import Checkpoint
from incidents.reports import Report
from units.models import User

# Metres of a degree of longitude and of latitude there.
DEGREE_M = (108_100, 110_600)
PROOF = b"%PDF-1.4\n% Illustration made for the demo: a record of the removal.\n%%EOF\n"


@dataclass(frozen=True)
class Story:
    """One checkpoint: how it was reported, who stood there, and how many days ago what was done."""

    key: int
    gate: str
    filed: int
    text: str
    known_by: str
    # Metres west and south of the gate's point.
    aside: tuple[int, int]
    told: Mapping[str, Any]
    unit: str = ""
    since: int = 0
    ordered: int = 0
    due: int = 0
    order: str = ""
    gone: int = 0
    gone_text: str = ""
    confirmed: int = 0


STORIES = (
    Story(
        key=1, gate="vn-o-yadav", filed=24, aside=(130, 130), known_by=Source.VILLAGER,
        text="មានមនុស្ស ៤ នាក់ យកឬស្សីរាំងផ្លូវក្នុងបរិវេណច្រកអូរយ៉ាដាវ ហើយទារលុយពីអ្នកជិះម៉ូតូដឹកដំឡូងមី "
        "ដោយគ្មានលិខិតអនុញ្ញាត។",
        told={
            "operator": CheckpointOperator.PRIVATE, "operator_name": "ក្រុមអ្នកលីសែង ៤ នាក់ ពីភូមិក្បែរច្រក (demo)",
            "fee_asked": True, "fee_amount": Decimal(10_000), "fee_currency": Currency.KHR,
            "fee_note": "ម៉ូតូដឹកដំឡូងមី ១ គ្រឿង ក្នុង ១ ជើង", "obstruction": Obstruction.DELAYS,
            "obstruction_note": "អ្នកមិនបង់ត្រូវរង់ចាំប្រហែល ១ ម៉ោង។",
        },
        since=31, ordered=16, due=9, order="ដករបាំងចេញ និងហាមទារលុយជាបន្ត (demo)",
    ),
    Story(
        key=2, gate="vn-o-yadav", filed=17, aside=(200, 40), known_by=Source.COMMUNE_AUTHORITY,
        text="ប៉ុស្តិ៍បានដាក់តង់ និងរបាំងត្រួតពិនិត្យបន្ថែមមួយ ក្នុងបរិវេណច្រក ក្រៅពីកន្លែងត្រួតពិនិត្យផ្លូវការ។ "
        "អ្នកឆ្លងកាត់ត្រូវបង្ហាញឯកសារពីរដង។",
        told={
            "operator": CheckpointOperator.BORDER_POLICE, "operator_name": "វេនយាមពេលយប់ (demo)", "fee_asked": False,
            "obstruction": Obstruction.DELAYS, "obstruction_note": "ឡានដឹកទំនិញជាប់ជាជួរពេលព្រឹក។",
        },
        unit="post-1607-2", since=19, ordered=12, due=-3, order="មានកន្លែងត្រួតពិនិត្យផ្លូវការតែមួយប៉ុណ្ណោះ (demo)",
        gone=2, gone_text="បានរុះតង់ និងយករបាំងចេញ។ កំណត់ហេតុភ្ជាប់ជាមួយ។",
    ),
    Story(
        key=3, gate="th-poipet", filed=44, aside=(250, 180), known_by=Source.PARTNER,
        text="ក្រុមហ៊ុនឯកជនមួយបានដាក់របាំងនៅផ្លូវចូលទីលានឡានដឹកទំនិញ ក្នុងបរិវេណច្រកប៉ោយប៉ែត ហើយយកលុយពីឡាននីមួយៗ។",
        told={
            "operator": CheckpointOperator.COMPANY, "operator_name": "ក្រុមហ៊ុនចតឡានប្រឌិត (demo)", "fee_asked": True,
            "fee_amount": Decimal(100), "fee_currency": Currency.THB, "fee_note": "ឡានដឹកទំនិញ ១ គ្រឿង",
            "obstruction": Obstruction.TURNED_BACK,
        },
        since=58, ordered=41, due=34, order="ក្រុមហ៊ុនគ្មានសិទ្ធិយកលុយក្នុងបរិវេណច្រក (demo)",
        gone=36, gone_text="ក្រុមហ៊ុនបានដករបាំងចេញ នៅចំពោះមុខមន្ត្រីស្រុក។", confirmed=35,
    ),
)  # fmt: skip


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan what happened to each, and the system's own look at what is overdue."""
    for story in STORIES:
        if Crossing.objects.filter(slug=story.gate).exists():
            replay.plan(_ago(now, story.filed), partial(_file, replay, staff, now, story))
            if story.ordered and story.due > 0 and not story.gone:
                replay.plan(_ago(now, story.due - 1), verbs.watch_checkpoints)


def _ago(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days, minutes=40)


def _file(replay: Replay, staff: Staff, now: datetime, story: Story) -> None:
    gate = Crossing.objects.select_related("district__province").get(slug=story.gate)
    filer, unit = staff.filer(gate.district)
    west, south = (metres / degree for metres, degree in zip(story.aside, DEGREE_M, strict=True))
    place = Point(gate.point.x - west, gate.point.y - south, srid=4326)
    filed = verbs.file_incident(
        actor=filer,
        unit=unit,
        client_key=uuid.uuid5(uuid.NAMESPACE_URL, f"borderwatch:demo:checkpoint:{story.key}"),
        report=Report(
            category=Category.CHECKPOINT, type=checkpoints.TYPE, impact=Impact.HIGH, text=story.text,
            occurred_at=clock.now() - timedelta(hours=5), coordinate_source=CoordinateSource.GPS, point=place,
            accuracy_m=15, near_crossing=gate, source=story.known_by,
        ),
    )  # fmt: skip
    row = filed.incident.checkpoint
    officer = staff.officer(gate.district.province)
    replay.plan(clock.now() + timedelta(minutes=25), partial(_describe, staff, now, story, filer, row))
    replay.plan(clock.now() + timedelta(hours=20), partial(_verify, officer, row))
    replay.plan(_ago(now, story.ordered), partial(_order, now, story, officer, row))
    if story.gone:
        replay.plan(_ago(now, story.gone) + timedelta(hours=2), partial(_report, now, story, filer, row))
    if story.confirmed:
        # Where the province's officer reports for a district, the ministry is the second person.
        second = officer if officer != filer else staff.officials["moi"]
        replay.plan(_ago(now, story.confirmed) + timedelta(hours=3), partial(_confirm, second, row))


def _describe(staff: Staff, now: datetime, story: Story, filer: User, row: Checkpoint) -> None:
    verbs.describe_checkpoint(
        actor=filer,
        checkpoint=row,
        operator_unit=staff.units[story.unit] if story.unit else None,
        first_seen_on=(now - timedelta(days=story.since)).date(),
        **story.told,
    )


def _verify(officer: User, row: Checkpoint) -> None:
    verbs.verify_incident(actor=officer, incident=row.incident, reason="បានទូរស័ព្ទសួរឃុំ៖ ត្រឹមត្រូវ (demo)")


def _order(now: datetime, story: Story, officer: User, row: Checkpoint) -> None:
    day = (now - timedelta(days=story.due)).date()
    verbs.order_removal(actor=officer, checkpoint=row, remove_by=day, reason=story.order)


def _report(now: datetime, story: Story, filer: User, row: Checkpoint) -> None:
    verbs.report_removal(
        actor=filer,
        checkpoint=row,
        removed_on=(now - timedelta(days=story.gone + 1)).date(),
        text=story.gone_text,
        proof=SimpleUploadedFile("illustration-removal.pdf", PROOF, "application/pdf"),
    )


def _confirm(second: User, row: Checkpoint) -> None:
    verbs.confirm_removal(actor=second, checkpoint=row)
