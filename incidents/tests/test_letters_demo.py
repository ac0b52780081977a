"""Letters in the demo world: a register with a sent, a signed-off, a void number and drafts, made by the verbs."""

import random
import time
from datetime import timedelta
from typing import Any

import pytest

from borderwatch import clock, sealed
from incidents.choices_answers import LetterDirection, LetterKind, LetterState
from incidents.demo import answers_letters, people, staff
from incidents.demo.replay import Replay
from incidents.models import Letter
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def told_world(world: Any, file: Any) -> float:
    """The ponds filed as the archive has them, and the letters about them; how many seconds the letters took."""
    for row in people.AROUND:
        people.account(row)
    crew = staff.engage({user.username: user for user in User.objects.all()}, random.Random(1))
    now = clock.now()
    with clock.replaying(now - answers_letters.ARCHIVE):
        file(
            category="neighbour_unilateral_activity", type="pond_or_canal", impact="high",
            occurred_at=now - timedelta(days=4000),
        )  # fmt: skip
    replay, started = Replay(random.Random(1)), time.monotonic()
    answers_letters.plan(replay, crew, now)
    replay.run(now)
    return time.monotonic() - started


def test_the_register_of_the_province_shows_what_there_can_be(told_world: float) -> None:
    province = Letter.objects.filter(office__code="province-16")
    report = province.get(kind=LetterKind.REPORT)
    assert report.state == LetterState.SENT
    assert sealed.path_of(report.pdf_sha256).exists()
    outgoing = province.filter(direction=LetterDirection.OUTGOING, serial__isnull=False).order_by("serial")
    serials = list(outgoing.values_list("serial", flat=True))
    assert serials == list(range(1, len(serials) + 1))
    assert outgoing.filter(state=LetterState.VOID).count() == 1
    assert province.filter(direction=LetterDirection.INCOMING).get().scan_sha256
    assert province.filter(state=LetterState.DRAFT).exists()
    assert Letter.objects.get(office__code="mfaic").original == report
