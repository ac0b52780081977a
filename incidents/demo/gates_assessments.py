"""Assessments of crossings in the demo world: a corridor assessed twice, a landing once and half-way again."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from borderwatch import clock
from crossings import actions as verbs
from crossings.models import Assessment
from incidents.demo.gates_register import corridor
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from units.models import Unit, User

# Namespace of the client keys: the same assessment has the same key in every demo world.
KEYS = uuid.UUID("5f0c3c0e-7f43-4a35-9d28-5b0c6f3a1607")
# The visit was so long before the form was begun; completing took a day more.
VISITED = timedelta(days=2)
FINISHED = timedelta(days=1, hours=3)

CASSAVA_FIRST: Mapping[str, Mapping[str, Any]] = {
    "visit": {
        "visitors": "មន្ត្រីរដ្ឋបាលស្រុកអូរយ៉ាដាវ ២ នាក់ និងនគរបាលប៉ុស្តិ៍ ១ នាក់",
        "sources": "មេភូមិ អ្នកទិញដំឡូងមី ៣ នាក់ និងគ្រូបង្រៀន ១ នាក់។",
    },
    "people": {"population": 1850, "village_count": 2, "villages": "ភូមិប៉ក់តូច និងភូមិប៉ក់ធំ", "households_dependent": 64},
    "trade": {
        "goods": ["cassava", "cashew"],
        "trade_tonnes": Decimal(2400),
        "trade_value": Decimal(180_000),
        "trade_currency": "USD",
        "goods_note": "ដឹកចេញពីខែធ្នូ ដល់ខែមីនា។ ចំនួនប៉ាន់ស្មានតាមសម្ដីអ្នកទិញ។",
    },
    "revenue": {
        "revenue": Decimal(0),
        "revenue_expected": Decimal(9_000),
        "revenue_currency": "USD",
        "revenue_note": "គិតតាមអត្រាពន្ធនាំចេញ នៅច្រកអូរយ៉ាដាវ។",
    },
    "way": {"road_km": 6.5, "road_state": "seasonal", "road_note": "ផ្លូវដីក្រហម លិចទឹកពីខែកក្កដា ដល់ខែតុលា។"},
    "security": {"security_risk": 2, "security_note": "មានម៉ូតូឆ្លងពេលយប់ ម្តងម្កាល។"},
    "other_side": {
        "attitude": "unknown",
        "attitude_note": "មិនទាន់បានជួបភាគីម្ខាងទៀត។",
        "demarcation": "undemarcated",
        "demarcation_note": "មិនឃើញបង្គោលព្រំដែននៅជិតទេ។",
    },
    "effects": {
        "effects_of_closing": "៦៤ គ្រួសារ ត្រូវដឹកដំឡូងមីឆ្ងាយជាង ហើយលក់បានថោកជាង។",
        "effects_of_opening": "ចំណូលពន្ធកើន ប៉ុន្តែត្រូវមានប៉ុស្តិ៍យាម ២៤ ម៉ោង។",
        "hardship": 2,
        "recommendation": "keep_watch",
        "recommendation_note": "ត្រូវសួរភាគីម្ខាងទៀត និងរាប់ចរាចរណ៍ មុននឹងស្នើ។",
    },
}
# Three months later more is known: the counterpart was met, traffic was counted.
CASSAVA_SECOND: Mapping[str, Mapping[str, Any]] = {
    **CASSAVA_FIRST,
    "visit": {
        "visitors": "អភិបាលរងស្រុក មន្ត្រីគយ និងមេបញ្ជាការប៉ុស្តិ៍",
        "sources": "មេភូមិ អ្នកទិញដំឡូងមី ៥ នាក់ បញ្ជីរាប់ចរាចរណ៍របស់ប៉ុស្តិ៍។",
    },
    "people": {
        "population": 2100,
        "village_count": 3,
        "villages": "ភូមិប៉ក់តូច ភូមិប៉ក់ធំ និងភូមិយ៉ាដាវ",
        "households_dependent": 118,
    },
    "trade": {
        "goods": ["cassava", "cashew", "fruit"],
        "trade_tonnes": Decimal(3900),
        "trade_value": Decimal(310_000),
        "trade_currency": "USD",
        "goods_note": "រាប់បាន ៦ សប្តាហ៍ ដោយប៉ុស្តិ៍ ហើយគិតជាមួយរដូវ។",
    },
    "revenue": {
        "revenue": Decimal(0),
        "revenue_expected": Decimal(16_000),
        "revenue_currency": "USD",
        "revenue_note": "គណនាជាមួយការិយាល័យគយខេត្ត។",
    },
    "security": {"security_risk": 1, "security_note": "ចាប់តាំងពីមានការល្បាតរាល់សប្តាហ៍ មិនឃើញដានពេលយប់ទេ។"},
    "other_side": {
        "counterpart": "មេបញ្ជាការប៉ុស្តិ៍ភាគីវៀតណាម (demo)",
        "attitude": "favours",
        "attitude_note": "ភាគីម្ខាងទៀតស្នើបើកពីម៉ោង ៦ ដល់ម៉ោង ១៨។",
        "demarcation": "delimited_not_demarcated",
        "demarcation_note": "ភាគីទាំងពីរយល់ស្របលើខ្សែបន្ទាត់ តែមិនទាន់បោះបង្គោល។",
    },
    "effects": {
        "effects_of_closing": "១១៨ គ្រួសារ បាត់ចំណូលសំខាន់ប្រចាំឆ្នាំ ហើយសិស្ស ១២ នាក់ ត្រូវឈប់ឆ្លងទៅរៀន។",
        "effects_of_opening": "ចំណូលពន្ធ និងការងារនៅភូមិកើន ត្រូវសង់ឃ្លាំង និងជួសជុលផ្លូវ ៦ គីឡូម៉ែត្រ។",
        "hardship": 3,
        "recommendation": "formalise",
        "recommendation_note": "គួរស្នើជាច្រកទ្វេភាគី។",
    },
}
LANDING: Mapping[str, Mapping[str, Any]] = {
    "visit": {"visitors": "មន្ត្រីខេត្ត និងនគរបាលទឹក", "sources": "អ្នកនេសាទ ៦ នាក់ មេភូមិ។"},
    "people": {"population": 420, "village_count": 1, "villages": "ភូមិមាត់ស្ទឹង", "households_dependent": 15},
    "trade": {
        "goods": ["fish", "consumer"],
        "trade_tonnes": Decimal("38.5"),
        "trade_value": Decimal(900_000_000),
        "trade_currency": "VND",
        "goods_note": "ត្រីស្រស់ចេញ ទំនិញប្រើប្រាស់ចូល។",
    },
    "revenue": {"revenue_note": "មិនទាន់មានការគណនា ព្រោះគ្មានបញ្ជី។"},
    "way": {"road_km": 118.0, "road_state": "track", "road_note": "ផ្លូវលំក្នុងព្រៃ រួចផ្លូវខេត្ត។"},
    "security": {"security_risk": 3, "security_note": "ឈើ និងសត្វព្រៃអាចឆ្លងតាមទូកនៅពេលយប់។"},
    "other_side": {"attitude": "neutral", "demarcation": "demarcated"},
    "effects": {
        "effects_of_closing": "គ្រួសារ ១៥ ត្រូវលក់ត្រីនៅផ្សារតាវែង ដែលមានអ្នកទិញតិច។",
        "effects_of_opening": "ពិបាកយាម ព្រោះទន្លេវែង និងគ្មានផ្លូវទៅដល់នៅរដូវវស្សា។",
        "hardship": 1,
        "recommendation": "close",
        "recommendation_note": "បិទ ហើយជួយអ្នកនេសាទរកទីផ្សារ។",
    },
}
FIELD_PATH: Mapping[str, Mapping[str, Any]] = {
    "visit": {"visitors": "មន្ត្រីខេត្តបន្ទាយមានជ័យ", "sources": "មេភូមិ និងកងការពារព្រំដែន។"},
    "people": {"population": 260, "village_count": 1, "villages": "ភូមិក្រោយស្រែ", "households_dependent": 4},
    "trade": {"goods": [], "trade_tonnes": Decimal(0), "goods_note": "មិនឃើញទំនិញទេ មានតែអ្នកដើរ។"},
    "revenue": {"revenue": Decimal(0), "revenue_expected": Decimal(0), "revenue_currency": "THB"},
    "way": {"road_km": 24.0, "road_state": "paved"},
    "security": {"security_risk": 4, "security_note": "នៅជិតកន្លែងមានជម្លោះ និងមានការឆ្លងខុសច្បាប់។"},
    "other_side": {"attitude": "against", "demarcation": "disputed"},
    "effects": {
        "effects_of_closing": "គ្រួសារ ៤ ប៉ុណ្ណោះ ដែលត្រូវដើរផ្លូវវាង។",
        "effects_of_opening": "បង្កើនហានិភ័យ ដោយគ្មានប្រយោជន៍សេដ្ឋកិច្ច។",
        "hardship": 1,
        "recommendation": "close",
    },
}


@dataclass(frozen=True)
class Visit:
    """One assessment: of which corridor, how long ago, what was found, which steps are filled in (none named: all)."""

    name_en: str
    days_ago: int
    found: Mapping[str, Mapping[str, Any]]
    steps: tuple[str, ...] = ()


CASSAVA, LANDING_NAME = "Ya Dav cassava path (demo)", "Ta Veng river landing (demo)"
BY_DISTRICT = (Visit(CASSAVA, 120, CASSAVA_FIRST), Visit(CASSAVA, 30, CASSAVA_SECOND))
BY_PROVINCE = (
    Visit(LANDING_NAME, 75, LANDING),
    Visit(LANDING_NAME, 6, LANDING, ("visit", "people", "trade")),
)
ELSEWHERE = (Visit("Ou Beichoan field path (demo)", 48, FIELD_PATH),)


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan who assessed what; nothing happens yet."""
    officer = staff.officers["16"]
    for visits, who, unit in (
        (BY_DISTRICT, staff.filers["1607"], "district-1607"),
        (BY_PROVINCE, officer, "province-16"),
        (ELSEWHERE, staff.officers.get("01"), "province-01"),
    ):
        if who is None or unit not in staff.units:
            continue
        for visit in visits:
            begun = now - timedelta(days=visit.days_ago)
            replay.plan(begun, partial(_fill_in, visit, who, staff.units[unit]))
            if not visit.steps:
                replay.plan(begun + FINISHED, partial(_complete, visit, who))


def key_of(visit: Visit) -> uuid.UUID:
    """The client key of an assessment: the same in every demo world."""
    return uuid.uuid5(KEYS, f"{visit.name_en} {visit.days_ago}")


def assessed(name_en: str) -> list[Assessment]:
    """The complete assessments of a corridor so far, the oldest first; for those who propose with them."""
    rows = Assessment.objects.filter(crossing__name_en=name_en, state="complete").select_related("crossing")
    return list(rows.order_by("completed_at"))


def _fill_in(visit: Visit, actor: User, unit: Unit) -> None:
    crossing = corridor(visit.name_en)
    row = verbs.start_assessment(actor=actor, client_key=key_of(visit), crossing=crossing, unit=unit).assessment
    day = timezone.localdate(clock.now() - VISITED)
    for step, fields in visit.found.items():
        if visit.steps and step not in visit.steps:
            continue
        content = {**fields, "visited_on": day} if step == "visit" else fields
        row = verbs.save_step(
            actor=actor, assessment=row, step=step, revision=row.revision, content=content
        ).assessment  # fmt: skip


def _complete(visit: Visit, actor: User) -> None:
    row = Assessment.objects.get(client_key=key_of(visit))
    verbs.complete_assessment(actor=actor, assessment=row)
