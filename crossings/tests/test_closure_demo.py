"""Closing in the demo world: an order in each state, made by the verbs, quickly."""

import random
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from borderwatch import clock
from borderwatch.models import Delivery
from crossings.models import ClosureOrder, ClosureVisit, ReopeningSign
from incidents.demo import gates_closures, gates_register, people, staff
from incidents.demo.replay import Replay
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def told_world(world: Any) -> float:
    """The corridors and their closing, replayed in the tests' world; how many seconds the closing took."""
    for row in people.AROUND:
        people.account(row)
    crew = staff.engage({user.username: user for user in User.objects.all()}, random.Random(1))
    now = clock.now()
    with_corridors = Replay(random.Random(1))
    for number, row in enumerate(gates_register.CORRIDORS):
        if f"district-{row.district}" in crew.units:
            act = partial(gates_register._find, row, crew.officers[row.district[:2]])
            with_corridors.plan(now - timedelta(days=200) + timedelta(hours=number), act)
    with_corridors.run(now)
    Delivery.objects.all().delete()
    replay, started = Replay(random.Random(1)), time.monotonic()
    gates_closures.plan(replay, crew, now)
    replay.run(now)
    return time.monotonic() - started


def test_there_is_an_order_in_each_state(told_world: float) -> None:
    states = dict(ClosureOrder.objects.values_list("crossing__name_en", "state"))
    assert states[gates_closures.FORD] == "verified"
    assert states[gates_closures.TRACK] == "issued"
    assert states[gates_closures.LANDING] == "carried_out"
    assert states[gates_closures.FIELD] == "verified"
    assert states[gates_closures.SCRUB] == "issued"
    reopened = ClosureOrder.objects.get(crossing__name_en=gates_closures.SCRUB)
    assert reopened.times_reopened == 1
    sign = ReopeningSign.objects.get(state="to_confirm")
    assert sign.order.crossing.name_en == gates_closures.FORD
    assert told_world < 20


def test_the_overdue_order_was_told_of_once(told_world: float) -> None:
    late = Delivery.objects.filter(topic="closure_overdue")
    track = ClosureOrder.objects.get(crossing__name_en=gates_closures.TRACK)
    assert set(late.values_list("key", flat=True)) == {str(track.pk)}
    assert late.filter(user__username="province").count() == 1


def test_every_verification_was_a_second_person_s(told_world: float) -> None:
    for order in ClosureOrder.objects.all():
        by = {kind: set() for kind in ("carried_out", "verification")}
        for visit in ClosureVisit.objects.filter(order=order, kind__in=by):
            by[visit.kind].add(visit.by_id)
        assert not by["carried_out"] & by["verification"]
        assert order.scan_sha256
