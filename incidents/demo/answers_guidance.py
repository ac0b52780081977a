"""The demo's guidance: what ministries asked of Ratanakiri, carried out, overdue, asked back, or waiting today.

Each story acts only where its incident is there and open, and its institution was told of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch.photos import original_path
from incidents import actions as verbs
from incidents.choices import Category, Status
from incidents.choices_answers import Precedence
from incidents.demo import pictures
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.guidance import rules, workflow
from incidents.models import Incident, Instruction
from units.models import User


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)


@dataclass(frozen=True)
class Turn:
    """A step of the thread, so long after the guidance was given; `by` names who takes it."""

    after: timedelta
    verb: str
    by: str
    said: dict[str, Any]
    photo: str = ""


@dataclass(frozen=True)
class Story:
    """One piece of guidance: about which incident, from whom, to whom, how long before now, and its thread."""

    category: str
    type: str
    giver: str
    # A unit's code, or "" for the unit that answers.
    taker: str
    ago: timedelta
    subject: str
    text: str
    within_min: int
    turns: tuple[Turn, ...] = ()
    precedence: str = Precedence.IMMEDIATE
    year: int = 0


PONDS: dict[str, Any] = {"category": Category.NEIGHBOUR, "type": "pond_or_canal"}
MARKER: dict[str, Any] = {"category": Category.MARKER, "type": "damaged"}
STORIES = (
    Story(
        **PONDS, year=2015, giver="mfaic", taker="province-16", ago=timedelta(days=35) - hours(2),
        precedence=Precedence.PRIORITY, within_min=24 * 60, subject="វាស់វែង និងថតរូបស្រះទាំង ៥ ដោយភ្ជាប់ផែនទីយោង",
        text="សុំឱ្យខេត្តវាស់ទីតាំង ទំហំ និងចម្ងាយនៃស្រះនីមួយៗពីខ្សែបន្ទាត់ ថតរូប ហើយភ្ជាប់ផែនទីយោងដែលបានប្រើ "
        "ដើម្បីរៀបចំកំណត់ទូត។",
        turns=(
            Turn(hours(3), "acknowledge_instruction", "province", {"text": "បានទទួល។ នឹងចុះវាស់ជាមួយស្រុកនៅថ្ងៃស្អែក។"}),
            Turn(hours(5), "ask_back", "province", {"text": "តើត្រូវប្រើផែនទីយោងមួយណា៖ ផែនទីបុន ១/១០០.០០០ ឬ ១/៥០.០០០?"}),
            Turn(hours(20), "answer_question", "mfaic",
                 {"text": "សុំប្រើផែនទីបុន មាត្រដ្ឋាន ១/១០០.០០០ ហើយកត់លេខសន្លឹកផែនទី។"}),
            Turn(hours(74), "report_instruction_done", "province",
                 {"text": "បានវាស់ស្រះទាំង ៥៖ ចម្ងាយ ៣៨០ ទៅ ៥៤៥ ម៉ែត្រ។ ភ្ជាប់រូបថត និងលេខសន្លឹកផែនទី។ (demo)"}, "ponds"),
            Turn(hours(98), "find_adequate", "mfaic-deputy", {"text": "គ្រប់គ្រាន់សម្រាប់រៀបចំកំណត់ទូត។ សូមអរគុណ។"}),
        ),
    ),
    Story(
        **PONDS, year=2015, giver="ssba", taker="", ago=timedelta(days=35) - hours(6), within_min=48 * 60,
        subject="ឃ្លាំមើលកន្លែងជីកស្រះ និងកុំធ្វើសំណង់ឆ្លើយតប",
        text="សុំឱ្យអង្គភាពឃ្លាំមើលជាប្រចាំ រាយការណ៍ពេលមានគ្រឿងចក្រចូលវិញ ហើយរក្សាស្ថានភាពដើម មិនធ្វើសំណង់ឆ្លើយតប។",
        turns=(
            Turn(hours(1), "acknowledge_instruction", "officer", {"text": "បានទទួល។"}),
            Turn(hours(30), "report_instruction_done", "officer",
                 {"text": "បានល្បាត ៣ ដង ក្នុងរយៈពេល ២ ថ្ងៃ។ មិនមានគ្រឿងចក្រចូលវិញទេ។"}),
            Turn(hours(50), "find_wanting", "ssba", {"text": "សុំបន្ថែមរូបថតនៃការល្បាតចុងក្រោយ។", "within_min": 600}),
            Turn(hours(54), "report_instruction_done", "officer", {"text": "ភ្ជាប់រូបថតនៃការល្បាតចុងក្រោយ។"}, "ponds"),
            Turn(hours(72), "find_adequate", "ssba", {"text": "គ្រប់គ្រាន់។"}),
        ),
    ),
    # Overdue, at the district.
    Story(
        **MARKER, giver="ssba", taker="district-1607", ago=hours(18), within_min=6 * 60,
        subject="ការពារកន្លែងបង្គោលលេខ ៣០ និងថតរូបគ្រប់ជ្រុង",
        text="សុំឱ្យស្រុកដាក់របាំងការពារជុំវិញបង្គោល ថតរូបគ្រប់ជ្រុង និងកុំឱ្យអ្នកណាប៉ះពាល់ រហូតដល់គណៈកម្មការចុះពិនិត្យ។",
        turns=(Turn(hours(1), "acknowledge_instruction", "district", {"text": "បានទទួល។ កំពុងរកសម្ភារៈ។"}),),
    ),
    # Reported done; MFAIC judges.
    Story(
        **MARKER, giver="mfaic", taker="district-1607", ago=hours(15), within_min=24 * 60,
        subject="សាកសួរសាក្សីដែលឃើញរថយន្តដឹកឈើ",
        text="សុំឱ្យស្រុកសាកសួរអ្នកភូមិដែលនៅជិតបង្គោល ហើយផ្ញើសេចក្តីសង្ខេបដោយមិនបញ្ចេញឈ្មោះ។",
        turns=(
            Turn(hours(1), "acknowledge_instruction", "district", {"text": ""}),
            Turn(hours(12), "report_instruction_done", "district",
                 {"text": "បានសាកសួរអ្នកភូមិ ៤ នាក់។ ២ នាក់បានឃើញរថយន្តដឹកឈើនៅល្ងាច តែមិនបានឃើញផ្លាកលេខ។"}),
        ),
    ),
    # Waiting today, at the province and at the post.
    Story(
        **PONDS, giver="mfaic", taker="province-16", ago=timedelta(minutes=20), within_min=4 * 60,
        subject="បញ្ជាក់ទីតាំងស្រះថ្មី ៣ និងថតរូបពីលើអាកាស",
        text="សុំឱ្យខេត្តបញ្ជាក់ទីតាំងដោយ GPS ថតរូប ហើយប្រៀបធៀបជាមួយស្រះឆ្នាំ ២០១៥ ក្នុងថ្ងៃនេះ។",
    ),
    Story(
        **PONDS, giver="moi", taker="", ago=timedelta(minutes=15), within_min=120, precedence=Precedence.FLASH,
        subject="ឃ្លាំមើលកន្លែងជីកស្រះជាប់ជានិច្ច",
        text="សុំឱ្យប៉ុស្តិ៍ឃ្លាំមើលជាប់ជានិច្ច រាយការណ៍រៀងរាល់ម៉ោង និងជៀសវាងការប៉ះទង្គិច។",
    ),
    # A question that waits for SSBA.
    Story(
        Category.NEIGHBOUR, "cultivation", "ssba", "district-1607", timedelta(minutes=25),
        "កំណត់ព្រំនៃផ្ទៃដីដែលបានដាំកៅស៊ូ", "សុំឱ្យស្រុកកំណត់កូអរដោនេនៃជ្រុងទាំង ៤ នៃផ្ទៃដីដែលបានដាំ។", 8 * 60,
        turns=(
            Turn(timedelta(minutes=15), "ask_back", "district",
                 {"text": "តើអាចប្រើដ្រូនដើម្បីវាស់បានទេ ព្រោះផ្លូវចូលលិចទឹក?"}),
        ),
    ),
)  # fmt: skip


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan them into the replay."""
    for story in STORIES:
        replay.plan(now - story.ago, partial(_instruct, replay, story, staff, now - story.ago))


def _instruct(replay: Replay, story: Story, staff: Staff, at: datetime) -> None:
    incident = _find(story)
    if incident is None:
        return
    giver, actor = staff.units[story.giver], staff.officials[story.giver]
    taker = staff.units[story.taker] if story.taker else incident.responsible_unit
    if giver not in rules.instructing_units(actor, incident) or taker not in rules.units_to_instruct(incident):
        return
    row = verbs.instruct(
        actor=actor, incident=incident, from_unit=giver, to_unit=taker, subject=story.subject, text=story.text,
        within_min=story.within_min, precedence=story.precedence,
    )  # fmt: skip
    for turn in story.turns:
        replay.plan(at + turn.after, partial(_take, turn, staff, row.pk))


def _find(story: Story) -> Incident | None:
    rows = Incident.objects.filter(province__code="16", category=story.category, type=story.type)
    rows = rows.filter(occurred_at__year=story.year) if story.year else rows
    return rows.exclude(status=Status.CLOSED).with_names().order_by("received_at").last()


def _take(turn: Turn, staff: Staff, pk: int) -> None:
    row = Instruction.objects.select_related("to_unit").get(pk=pk)
    actor = _who(turn.by, staff)
    # A step the state or a posting no longer allows is left out, as a person would see no button for it.
    if not workflow.allowed(turn.verb, row.state) or not rules.holds(actor, turn.verb, row):
        return
    more: dict[str, Any] = {"files": [_photo(turn.photo)]} if turn.photo else {}
    verb: Callable[..., Any] = getattr(verbs, turn.verb)
    verb(actor=actor, instruction=row, **turn.said, **more)


def _who(name: str, staff: Staff) -> User:
    people = {"province": staff.officers["16"], "officer": staff.officers["16"], "district": staff.filers["1607"]}
    if name in people:
        return people[name]
    code, _dash, deputy = name.partition("-")
    return (staff.deputies if deputy else staff.officials)[code]


def _photo(name: str) -> SimpleUploadedFile:
    photo = pictures.draw(name)
    return SimpleUploadedFile(f"{name}.png", original_path(photo.sha256).read_bytes(), photo.content_type)
