"""What the demo tells of engagement and guidance, replayed over a few incidents of Ratanakiri."""

import random
from datetime import timedelta
from typing import Any

import pytest

from borderwatch import clock
from incidents import actions
from incidents.choices_answers import InstructionState
from incidents.demo import answers_engagements, answers_guidance
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.models import Engagement, Instruction
from units.models import User

S = InstructionState


@pytest.fixture
def staff(world: Any, province: Any, district: Any, head: Any, keeper: Any) -> Staff:
    """The cast in its places."""
    people = {user.username: user for user in User.objects.all()}
    institutions = ("moi", "mfaic", "ssba")
    return Staff(
        officers={"16": province},
        filers={"1607": district},
        officials={code: people[code] for code in institutions},
        deputies={code: people[f"{code}-deputy"] for code in institutions},
        units=world,
        head=head,
        heads={},
        of_the_post={},
        keeper=keeper,
    )


@pytest.fixture
def told_story(file: Any, staff: Staff, province: Any, settings: Any, tmp_path: Any) -> None:
    """The published ponds case and the scenes of Ratanakiri, filed at their times, and both stories replayed."""
    settings.MEDIA_ROOT = tmp_path
    now = clock.now()
    neighbour = {"category": "neighbour_unilateral_activity", "impact": "high"}
    for ago, told in (
        (timedelta(days=36), {**neighbour, "type": "pond_or_canal"}),
        (timedelta(hours=23), {"category": "marker", "type": "damaged", "impact": "medium"}),
        (timedelta(hours=1), {**neighbour, "type": "pond_or_canal"}),
        (timedelta(hours=1), {**neighbour, "type": "cultivation"}),
    ):
        with clock.replaying(now - ago):
            incident = file(occurred_at=now.replace(year=2015) if ago.days > 30 else now - ago, **told)
            if told["category"] == "marker":
                actions.escalate(actor=province, incident=incident, reason="Mended together with the neighbour")
    replay = Replay(random.Random(1))
    answers_engagements.plan(replay, staff, now)
    answers_guidance.plan(replay, staff, now)
    replay.run(now)


def test_the_ponds_were_engaged_twice_and_today(told_story: None) -> None:
    rows = list(Engagement.objects.order_by("happened_at"))
    assert [row.result for row in rows] == ["referred_up", "partly", "goes_on"]
    assert all(row.demanded and row.answer and row.our_people for row in rows)
    assert rows[2].by.username == "head"
    assert rows[2].next_contact_at is not None


def test_guidance_stands_in_every_state_somebody_has_to_act_on(told_story: None) -> None:
    found = {(row.from_unit.code, row.to_unit.code, row.state) for row in Instruction.objects.all()}
    assert ("mfaic", "province-16", S.ADEQUATE) in found
    assert ("mfaic", "province-16", S.ISSUED) in found
    assert ("moi", "post-1607-1", S.ISSUED) in found
    assert ("ssba", "district-1607", S.QUESTIONED) in found
    assert ("mfaic", "district-1607", S.DONE) in found
    late = Instruction.objects.get(state=S.ACKNOWLEDGED)
    assert late.due_at is not None
    assert late.due_at < clock.now()
    done = Instruction.objects.get(state=S.ADEQUATE, from_unit__code="mfaic")
    assert done.steps.filter(files__isnull=False).exists()
