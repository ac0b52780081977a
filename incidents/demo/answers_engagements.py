"""The demo's engagements: Ratanakiri spoke of the ponds with the post opposite; other provinces with their neighbours.

Nobody named here exists. Each story acts only where its incident is there and open.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from borderwatch import clock
from incidents import actions as verbs
from incidents.choices import Category, Status
from incidents.choices_answers import EngagementKind as Kind
from incidents.choices_answers import EngagementResult as Result
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.engagements import rules
from incidents.engagements.contact import Contact
from incidents.models import Counterpart, Incident
from units.models import User


def days(number: float) -> timedelta:
    """So many days."""
    return timedelta(days=number)


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)


@dataclass(frozen=True)
class Story:
    """One contact: about which incident, how long before now, by whom, and what was said."""

    province: str
    type: str
    ago: timedelta
    said: dict[str, Any]
    # The published case of that year; else the latest one.
    year: int = 0
    # Who enters it: the reporting officer of the district, or the head of the post.
    by_head: bool = False
    after: timedelta = field(default=hours(1))
    next_contact: timedelta | None = None


PONDS: dict[str, Any] = {"province": "16", "type": "pond_or_canal"}
STORIES = (
    Story(
        **PONDS, year=2015, ago=days(35), next_contact=days(2),
        said={
            "kind": Kind.MEETING_AT_POST, "counterpart": "vn-le-thanh-border-gate-post", "place": "ប៉ុស្តិ៍ច្រកទ្វារឡេថាញ់",
            "their_person": "Nguyen Van T. (fictional)", "their_rank": "នាយប៉ុស្តិ៍",
            "our_people": "អភិបាលរងស្រុកអូរយ៉ាដាវ និងមេប៉ុស្តិ៍លេខ ១",
            "demanded": "សុំឱ្យផ្អាកការជីកស្រះទាំង ៥ ជាបន្ទាន់ លុបស្រះឡើងវិញ និងកុំធ្វើសកម្មភាពឯកតោភាគីក្នុងតំបន់ដែលមិនទាន់បោះបង្គោលព្រំដែន។",
            "answer": "ភាគីជិតខាងបដិសេធមិនផ្អាក ហើយថានឹងរាយការណ៍ទៅថ្នាក់លើរបស់ខ្លួន។",
            "result": Result.REFERRED_UP,
            "minutes": "ជំនួបចាប់ផ្តើមម៉ោង ៩ និងបញ្ចប់ម៉ោង ១០:២០។ ភាគីទាំងពីរមិនបានចុះហត្ថលេខាលើកំណត់ហេតុ។ (demo)",
        },
    ),
    Story(
        **PONDS, year=2015, ago=days(33),
        said={
            "kind": Kind.MEETING, "counterpart": "vn-le-thanh-border-gate-post", "place": "កន្លែងជីកស្រះ ឃុំប៉ក់ញ៉ៃ",
            "their_person": "Nguyen Van T. (fictional)", "their_rank": "នាយប៉ុស្តិ៍",
            "our_people": "អភិបាលរងស្រុកអូរយ៉ាដាវ",
            "demanded": "សុំចម្លើយលើសំណើថ្ងៃមុន និងសុំឱ្យដកគ្រឿងចក្រចេញ។",
            "answer": "បានដកគ្រឿងចក្រចេញ តែមិនព្រមលុបស្រះដែលជីករួច។",
            "result": Result.PARTLY,
        },
    ),
    Story(
        **PONDS, ago=timedelta(minutes=25), by_head=True, next_contact=hours(20),
        said={
            "kind": Kind.MEETING, "counterpart": "vn-le-thanh-border-gate-post", "place": "ឃុំប៉ក់ញ៉ៃ",
            "our_people": "មេប៉ុស្តិ៍ និងកម្លាំងល្បាត",
            "demanded": "សុំឱ្យផ្អាកការជីកស្រះថ្មីទាំង ៣ ជាបន្ទាន់។",
            "answer": "កម្មករថាមិនដឹងរឿងព្រំដែន ហើយបន្តជីក។ នាយប៉ុស្តិ៍របស់គេមិនមានវត្តមាន។",
            "result": Result.GOES_ON,
        },
    ),
    Story(
        "13", "digging_trench", hours(44),
        said={
            "kind": Kind.NO_CONTACT, "counterpart": "th-border-force", "our_people": "អភិបាលរងស្រុក",
            "demanded": "សុំជួបពិភាក្សាអំពីប្រឡាយក្បែរច្រកអានសេះ។", "result": Result.UNKNOWN,
        },
    ),
    Story(
        "13", "digging_trench", hours(20),
        said={
            "kind": Kind.MEETING_AT_POST, "counterpart": "th-border-force", "place": "ច្រកអានសេះ",
            "our_people": "អភិបាលរងស្រុក និងតំណាងកងការពារព្រំដែន",
            "demanded": "សុំឱ្យផ្អាកការជីកប្រឡាយ និងលុបផ្នែកដែលជីករួច។",
            "answer": "យល់ព្រមផ្អាក ហើយសុំរង់ចាំគណៈកម្មាធិការព្រំដែនតំបន់។", "result": Result.HALTED,
        },
    ),
    Story(
        "08", "temporary_structure", hours(22), next_contact=hours(24),
        said={
            "kind": Kind.TELEPHONE, "counterpart": "vn-border-guard-station", "our_people": "អភិបាលរងក្រុងសំពៅពូន",
            "demanded": "សុំឱ្យរុះរើតង់ ២ ខ្នងនៅសង្កាត់ព្រែកជ្រៃ។",
            "answer": "សុំពេលមួយថ្ងៃដើម្បីសុំមតិខេត្តរបស់ខ្លួន។", "result": Result.REFERRED_UP,
        },
    ),
    Story(
        "08", "temporary_structure", days(34), year=2020,
        said={
            "kind": Kind.MEETING, "counterpart": "vn-an-giang", "our_people": "អាជ្ញាធរមូលដ្ឋាន",
            "demanded": "សុំឱ្យរុះរើតង់ក្នុងតំបន់ស។", "answer": "នឹងរុះរើជាបន្តបន្ទាប់។", "result": Result.PARTLY,
        },
    ),
    Story(
        "01", "fence_or_wire", hours(1),
        said={
            "kind": Kind.MEETING, "counterpart": "th-border-force", "place": "ភូមិព្រៃចាន់",
            "our_people": "អភិបាលរងស្រុកអូរជ្រៅ", "demanded": "សុំឱ្យដកលួសបន្លាចេញពីដីប្រជាពលរដ្ឋ។",
            "answer": "ថាធ្វើតាមបញ្ជាថ្នាក់លើ ហើយមិនព្រមដក។", "result": Result.GOES_ON,
        },
    ),
    Story(
        "19", "road_or_path", hours(4),
        said={
            "kind": Kind.LETTER, "counterpart": "la-attapeu", "our_people": "រដ្ឋបាលស្រុកសៀមប៉ាង",
            "demanded": "លិខិតសុំឱ្យផ្អាកការឈូសផ្លូវនៅម្តុំអូរអាឡៃ។", "answer": "បានទទួលលិខិត មិនទាន់មានចម្លើយលើខ្លឹមសារ។",
            "result": Result.UNKNOWN,
        },
    ),
)  # fmt: skip


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan them into the replay."""
    for story in STORIES:
        replay.plan(now - story.ago, partial(_log, story, staff))


def find(province: str, kind: str, year: int = 0) -> Incident | None:
    """The open incident a story is about, None when the world has none."""
    rows = Incident.objects.filter(province__code=province, category=Category.NEIGHBOUR, type=kind)
    rows = rows.filter(occurred_at__year=year) if year else rows
    return rows.exclude(status=Status.CLOSED).with_names().order_by("received_at").last()


def _log(story: Story, staff: Staff) -> None:
    incident = find(story.province, story.type, story.year)
    if incident is None:
        return
    actor = _who(story, staff, incident)
    units = rules.units_for(actor, incident)
    if not units:
        return
    now = clock.now()
    said = {**story.said, "counterpart": Counterpart.objects.get(slug=story.said["counterpart"])}
    contact = Contact(
        happened_at=max(now - story.after, incident.occurred_at),
        next_contact_at=now + story.next_contact if story.next_contact else None,
        **said,
    )
    verbs.log_engagement(actor=actor, incident=incident, contact=contact)


def _who(story: Story, staff: Staff, incident: Incident) -> User:
    if story.by_head:
        return staff.head
    if incident.district is None:
        return staff.officer(incident.province)
    return staff.filer(incident.district)[0]
