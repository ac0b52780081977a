"""Proposals in the demo world: one that waits for a recommendation, one approved and followed up, one refused."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.gis.geos import Point
from django.utils import timezone

from borderwatch import clock
from crossings import actions as verbs
from crossings import proposals
from crossings.choices import CrossingCategory, CrossingMode
from crossings.models import Condition, Proposal
from incidents.demo import gates_assessments
from incidents.demo.gates_assessments import CASSAVA, CASSAVA_SECOND, LANDING_NAME, assessed
from incidents.demo.gates_register import corridor
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from units.models import District

TRADE = "Phnom Kok trade path (demo)"
KEYS = uuid.UUID("5f0c3c0e-7f43-4a35-9d28-5b0c6f3a1609")

# The first version of the cassava path's proposal, and what the ministry's return made of it.
FIRST_WHY = "ប្រជាកសិករ ៣ ភូមិ ដឹកដំឡូងមីប្រហែល ៣ ០០០ តោនក្នុងមួយឆ្នាំ តាមផ្លូវនេះ ព្រោះច្រកអូរយ៉ាដាវនៅឆ្ងាយ។\nបើបិទ ១១៨ គ្រួសារ នឹងបាត់ចំណូលសំខាន់។"
SECOND_WHY = (
    "ប្រជាកសិករ ៣ ភូមិ ដឹកដំឡូងមី ៣ ៩០០ តោនក្នុងមួយឆ្នាំ តាមផ្លូវនេះ ព្រោះច្រកអូរយ៉ាដាវនៅឆ្ងាយ ៦,៥ គីឡូម៉ែត្រតាមផ្លូវដី។\n"
    "បើបិទ ១១៨ គ្រួសារ នឹងបាត់ចំណូលសំខាន់។\n"
    "ភាគីម្ខាងទៀតបានស្នើជាលាយលក្ខណ៍អក្សរ ឱ្យបើកពីម៉ោង ៦ ដល់ម៉ោង ១៨។"
)
FIRST_NEEDS = "ប៉ុស្តិ៍យាម ១ និងជួសជុលផ្លូវ ៦ គីឡូម៉ែត្រ។"
SECOND_NEEDS = "ប៉ុស្តិ៍យាម ១ ការិយាល័យគយ ១ និងជួសជុលផ្លូវ ៦ គីឡូម៉ែត្រ (ប៉ាន់ស្មាន ៣២០ លានរៀល)។"
TRADE_FOUND: Mapping[str, Mapping[str, Any]] = {
    **CASSAVA_SECOND,
    "visit": {"visitors": "មន្ត្រីខេត្ត និងមេឃុំភ្នំកុក", "sources": "មេភូមិ ២ នាក់ អ្នកលក់ដូរ ៧ នាក់។"},
    "people": {"population": 960, "village_count": 2, "villages": "ភូមិ ២ នៅឃុំភ្នំកុក", "households_dependent": 85},
    "trade": {
        "goods": ["cashew", "livestock"],
        "trade_tonnes": Decimal(640),
        "trade_value": Decimal(95_000),
        "trade_currency": "USD",
    },
    "way": {"road_km": 92.0, "road_state": "laterite", "road_note": "ផ្លូវទៅច្រកគោលដៅគឺឆ្ងាយណាស់។"},
}


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan the lives of three proposals, the assessments they rest on first."""
    gates_assessments.plan(replay, staff, now)
    story = _Story(replay, staff, now)
    story.cassava()
    story.landing()
    if "district-1609" in staff.units:
        story.trade()
    # The system's own round on the day after the first condition was due.
    replay.plan(now - timedelta(days=9), verbs.watch_proposals)


class _Story:
    """Plans steps so many days before now."""

    def __init__(self, replay: Replay, staff: Staff, now: datetime) -> None:
        self._replay, self._staff, self._now = replay, staff, now
        self._officer = staff.officers["16"]

    def _at(self, days: float, act: Callable[[], object]) -> None:
        self._replay.plan(self._now - timedelta(days=days), act)

    # --- three lives -----------------------------------------------------------------------------------------

    def cassava(self) -> None:
        """Handed in, returned once, handed in anew with what was asked for; MoI's recommendation is waited for."""
        self._at(26, partial(self._begin, CASSAVA, CrossingCategory.BILATERAL, FIRST_WHY, FIRST_NEEDS))
        self._at(25.8, partial(self._submit, CASSAVA))
        self._at(22, partial(self._speak, CASSAVA, "ssba", "for", "ខ្សែបន្ទាត់នៅទីនេះ ភាគីទាំងពីរយល់ស្របហើយ។"))
        self._at(
            18,
            partial(
                self._return, CASSAVA, "សូមបញ្ជាក់បរិមាណទំនិញតាមការរាប់ ចម្ងាយទៅច្រកផ្លូវការ ជំហររបស់ភាគីម្ខាងទៀត និងថវិកាដែលត្រូវការ។"
            ),
        )
        self._at(14, partial(self._mend, CASSAVA, SECOND_WHY, SECOND_NEEDS))
        self._at(13.8, partial(self._submit, CASSAVA))
        self._at(
            8,
            partial(
                self._speak,
                CASSAVA,
                "mfaic",
                "conditional",
                "ការបើកច្រកនេះស្របនឹងកិច្ចព្រមព្រៀងព្រំដែន ប៉ុន្តែត្រូវមានលិខិតផ្លូវការពីភាគីម្ខាងទៀត។",
                "ផ្លាស់ប្តូរលិខិតយល់ព្រមជាមួយភាគីវៀតណាម\nចុះពិនិត្យទីតាំងរួមគ្នា មុនបើក",
            ),
        )
        self._at(6, partial(self._speak, CASSAVA, "ssba", "for", "កំណែទី ២ ឆ្លើយតបសំណួរហើយ ខ្សែបន្ទាត់មិនមានជម្លោះទេ។"))

    def landing(self) -> None:
        """Asked for by the fishermen, refused by the ministry; the landing was ordered closed afterwards."""
        self._at(
            70,
            partial(
                self._begin,
                LANDING_NAME,
                CrossingCategory.REGIONAL,
                "អ្នកនេសាទ ១៥ គ្រួសារ ស្នើសុំបើកជាច្រកតំបន់ ដើម្បីលក់ត្រីនៅផ្សារម្ខាង។",
                "ទូកយាម ១ និងប៉ុស្តិ៍អណ្តែត ១។",
            ),
        )
        self._at(69, partial(self._submit, LANDING_NAME))
        self._at(63, partial(self._speak, LANDING_NAME, "ssba", "against", "ទន្លេនេះវែង ហើយគ្មានផ្លូវចូលទៅយាមនៅរដូវវស្សា។"))
        self._at(61, partial(self._speak, LANDING_NAME, "mfaic", "no_objection", "គ្មានបញ្ហាជាមួយភាគីម្ខាងទៀតទេ។"))
        self._at(
            55,
            partial(
                self._refuse,
                LANDING_NAME,
                "ហានិភ័យសន្តិសុខខ្ពស់ (ឈើ និងសត្វព្រៃ) ហើយអត្ថប្រយោជន៍តិច។ សូមខេត្តជួយអ្នកនេសាទរកទីផ្សារនៅតាវែង។",
            ),
        )

    def trade(self) -> None:
        """Approved and in force; of two conditions one is overdue, the other waits to be confirmed."""
        self._at(190, self._find_trade_path)
        self._at(175, self._assess_trade_path)
        self._at(
            170,
            partial(
                self._begin,
                TRADE,
                CrossingCategory.REGIONAL,
                "ប្រជាពលរដ្ឋ ២ ភូមិ លក់ដូរស្វាយចន្ទី និងគោក្របី ជាមួយភូមិម្ខាងតាំងពីយូរមកហើយ។ ច្រកផ្លូវការនៅឆ្ងាយ ៩២ គីឡូម៉ែត្រ។",
                "ប៉ុស្តិ៍ចម្រុះ ១ និងកន្លែងពិនិត្យសុខភាពសត្វ។",
            ),
        )
        self._at(169, partial(self._submit, TRADE))
        self._at(
            160,
            partial(
                self._speak,
                TRADE,
                "mfaic",
                "conditional",
                "គួរអនុម័ត ប្រសិនបើបំពេញលក្ខខណ្ឌខាងក្រោម។",
                "ដាក់កន្លែងពិនិត្យសុខភាពសត្វ នៅមុខប៉ុស្តិ៍\nដាក់ផ្លាកជាភាសាខ្មែរ ឡាវ និងអង់គ្លេស",
            ),
        )
        self._at(158, partial(self._speak, TRADE, "ssba", "for", "បង្គោលព្រំដែននៅជិត ច្បាស់លាស់។"))
        self._at(140, partial(self._recommend, TRADE, "ក្រសួង ២ យល់ព្រម។ ស្នើរាជរដ្ឋាភិបាលអនុម័តជាច្រកតំបន់។"))
        self._at(75, self._approve_trade_path)
        self._at(3, partial(self._report, "ដាក់ផ្លាកជាភាសាខ្មែរ ឡាវ និងអង់គ្លេស", "បានដាក់ផ្លាក ៣ ភាសា នៅសងខាងផ្លូវ មានរូបថត។"))

    # --- the steps, at their moments --------------------------------------------------------------------------

    def _begin(self, name: str, category: str, why: str, needs: str) -> None:
        wanted = timezone.localdate(clock.now()) + timedelta(days=120)
        content = verbs.Content(
            category=category, wanted_from=wanted, justification=why, needs=needs, assessments=assessed(name)
        )
        key = uuid.uuid5(KEYS, name)
        verbs.start_proposal(actor=self._officer, client_key=key, crossing=corridor(name), content=content)

    def _submit(self, name: str) -> None:
        verbs.submit_proposal(actor=self._officer, proposal=_proposal(name))

    def _mend(self, name: str, why: str, needs: str) -> None:
        proposal = _proposal(name)
        newest = proposals.newest_version(proposal)
        content = verbs.Content(
            category=newest.category,
            wanted_from=newest.wanted_from,
            justification=why,
            needs=needs,
            assessments=tuple(newest.assessments.all()),
        )
        verbs.save_draft(
            actor=self._officer, proposal=proposal, version=newest.number, revision=newest.revision, content=content
        )

    def _speak(self, name: str, code: str, stand: str, reasons: str, conditions: str = "") -> None:
        proposal = _proposal(name)
        verbs.take_position(
            actor=self._staff.officials[code],
            proposal=proposal,
            version=_number(proposal),
            unit=self._staff.units[code],
            stand=stand,
            reasons=reasons,
            conditions=conditions,
        )

    def _return(self, name: str, reason: str) -> None:
        proposal = _proposal(name)
        moi = self._staff.officials["moi"]
        verbs.return_proposal(actor=moi, proposal=proposal, version=_number(proposal), reason=reason)

    def _recommend(self, name: str, text: str) -> None:
        proposal = _proposal(name)
        moi = self._staff.officials["moi"]
        verbs.recommend_proposal(actor=moi, proposal=proposal, version=_number(proposal), text=text)

    def _refuse(self, name: str, reason: str) -> None:
        verbs.refuse_proposal(actor=self._staff.officials["moi"], proposal=_proposal(name), reason=reason)

    def _report(self, text: str, report: str) -> None:
        condition = Condition.objects.get(text=text)
        verbs.report_condition_met(actor=self._officer, condition=condition, report=report)

    def _find_trade_path(self) -> None:
        verbs.register_crossing(
            actor=self._officer,
            name_km="ផ្លូវលក់ដូរភ្នំកុក (demo)",
            name_en=TRADE,
            category=CrossingCategory.CORRIDOR,
            mode=CrossingMode.ROAD,
            district=District.objects.select_related("province").get(code="1609"),
            neighbour="LA",
            point=Point(106.9085, 14.3275, srid=4326),
            precision_km=0.2,
            illustrative=True,
            first_seen_on=timezone.localdate(clock.now()) - timedelta(days=5),
            reason="រកឃើញពេលល្បាត",
            note="ផ្លូវរទេះ ប្រើតាំងពីយូរ។",
        )

    def _assess_trade_path(self) -> None:
        row = verbs.start_assessment(
            actor=self._officer,
            client_key=uuid.uuid5(KEYS, "assessment"),
            crossing=corridor(TRADE),
            unit=self._staff.units["province-16"],
        ).assessment
        day = timezone.localdate(clock.now()) - timedelta(days=2)
        for step, fields in TRADE_FOUND.items():
            content = {**fields, "visited_on": day} if step == "visit" else fields
            row = verbs.save_step(
                actor=self._officer, assessment=row, step=step, revision=row.revision, content=content
            ).assessment
        verbs.complete_assessment(actor=self._officer, assessment=row)

    def _approve_trade_path(self) -> None:
        today, now = timezone.localdate(clock.now()), timezone.localdate(self._now)
        mfaic = self._staff.units["mfaic"]
        first, second = (line for _unit, line in proposals.conditions_asked(_current(_proposal(TRADE))))
        due = {
            verbs.condition_key(mfaic, first): now - timedelta(days=10),
            verbs.condition_key(mfaic, second): now + timedelta(days=20),
        }
        decision = verbs.Decision(
            number="សេចក្តីសម្រេចគំរូ លេខ ០៦២ (demo)",
            decided_on=today - timedelta(days=2),
            effective_from=today + timedelta(days=30),
            legal_reference="សេចក្តីសម្រេចគំរូ លេខ ០៦២ (demo) · Sample decision No. 062",
            reason="យល់ព្រមតាមសំណើរបស់ក្រសួងមហាផ្ទៃ។",
            due=due,
        )
        verbs.approve_proposal(actor=self._staff.officials["moi"], proposal=_proposal(TRADE), decision=decision)


def _proposal(name: str) -> Proposal:
    found: Proposal = Proposal.objects.filter(crossing=corridor(name)).latest("started_at")
    return found


def _current(proposal: Proposal) -> Any:
    version = proposals.current_version(proposal)
    assert version is not None, "it was handed in"
    return version


def _number(proposal: Proposal) -> int:
    number: int = _current(proposal).number
    return number
