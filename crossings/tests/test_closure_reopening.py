"""Signs that a closed crossing is used again, and the system's watch over orders."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from borderwatch import clock
from borderwatch.models import Delivery
from crossings import actions, causes, closure_workflow, standing
from crossings.models import ClosureOrder, ClosureVisit, Crossing, ReopeningSign
from crossings.tests.closing import PLACE, Closing, corridor, in_days, seen
from crossings.tests.test_closures import errors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def place(world: Any) -> Crossing:
    return corridor()


@pytest.fixture
def life(place: Crossing, province: Any, head: Any, moi: Any) -> Closing:
    return Closing(place, province=province, head=head, moi=moi)


def flag(place: Crossing, key: str = "1", **changes: Any) -> ReopeningSign | None:
    values = {"crossing": place, "cause_kind": "closurevisit", "cause_key": key, "seen_at": clock.now(), **changes}
    return actions.flag_reopening(**values)


# --- signs ----------------------------------------------------------------------------------------------------


def test_only_a_verified_closing_can_be_reopened(life: Closing, place: Crossing, untouched: Any) -> None:
    with untouched():
        assert flag(place) is None
    order = life.report()
    with untouched():
        assert flag(place) is None
    order = life.verify(order)
    with untouched():
        assert flag(place, seen_at=order.verified_at - timedelta(seconds=1)) is None
    assert flag(place, seen_at=order.verified_at) is not None


def test_a_cause_is_one_sign_told_once_and_thinly(life: Closing, place: Crossing, told: Any, audited: Any) -> None:
    order = life.verify()
    first = flag(place, "7", distance_m=230.0)
    again = flag(place, "7")
    assert first == again
    assert ReopeningSign.objects.count() == 1
    assert told("closure_sign") == {"head", "province", "province-16/email"}
    assert audited("flag_reopening", str(order.pk)).actor_id is None
    for row in Delivery.objects.filter(topic="closure_sign"):
        assert "closurevisit" not in row.payload
        assert "distance" not in row.payload
        assert "seen_at" not in row.payload


def test_open_signs_are_confirmed_together_from_the_earliest_on(life: Closing, place: Crossing, told: Any) -> None:
    order = life.verify()
    early, late = flag(place, "1", seen_at=order.verified_at), flag(place, "2")
    assert early is not None
    assert late is not None
    done = actions.confirm_reopening(actor=life.province, sign=late, reason="Tracks of carts", due_on=in_days(5))
    assert (done.state, done.times_reopened, done.verified_at) == ("issued", 1, None)
    for sign in (early, late):
        sign.refresh_from_db()
        assert (sign.state, sign.decided_by, sign.reason) == ("confirmed", life.province, "Tracks of carts")
    stands = standing.standing_of(place).kh["people"]
    assert (stands.status, stands.since) == ("reopened_illegally", early.seen_at)
    assert told("closure_reopened") == {"head", "province-16/email", "moi", "moi2", *_addresses("moi")}


def _addresses(code: str) -> set[str]:
    from units.models import Endpoint

    rows = Endpoint.objects.filter(unit__code=code, active=True, level="desk")
    return {f"{code}/{row.channel}" for row in rows}


def test_it_can_be_reopened_more_than_once(life: Closing, place: Crossing) -> None:
    order = life.verify()
    for times in (1, 2):
        sign = flag(place, str(times))
        order = actions.confirm_reopening(actor=life.province, sign=sign, reason="Open", due_on=in_days(5))
        assert order.times_reopened == times
        order = life.verify(life.report(order))


def test_a_dismissed_sign_leaves_the_order_verified(life: Closing, place: Crossing, told: Any, audited: Any) -> None:
    sign = life.sign()
    with pytest.raises(ValidationError):
        actions.dismiss_sign(actor=life.province, sign=sign, reason=" ")
    sign = actions.dismiss_sign(actor=life.province, sign=sign, reason="A kilometre upstream")
    assert (sign.state, sign.order.state) == ("dismissed", "verified")
    assert told("closure_sign_dismissed") == {"head"}
    assert audited("dismiss_sign", str(sign.order_id)).reason == "A kilometre upstream"
    with pytest.raises(closure_workflow.Refused):
        actions.confirm_reopening(actor=life.province, sign=sign, reason="x", due_on=in_days(5))


def test_confirming_needs_a_reason_and_a_day_to_come(life: Closing, untouched: Any) -> None:
    sign = life.sign()

    def confirm(**changes: Any) -> Any:
        values = {"reason": "Open", "due_on": in_days(3), **changes}
        return errors(lambda: actions.confirm_reopening(actor=life.province, sign=sign, **values))

    with untouched():
        assert set(confirm(reason="")) == {"reason"}
        assert set(confirm(due_on=in_days(-1))) == {"due_on"}


@pytest.mark.parametrize("who", ["district", "province2", "head", "moi", "keeper", "auditor", "outsider"])
def test_others_judge_no_sign(life: Closing, request: Any, untouched: Any, who: str) -> None:
    sign, other = life.sign(), request.getfixturevalue(who)
    with untouched():
        with pytest.raises(PermissionDenied):
            actions.confirm_reopening(actor=other, sign=sign, reason="x", due_on=in_days(5))
        with pytest.raises(PermissionDenied):
            actions.dismiss_sign(actor=other, sign=sign, reason="x")


# --- later looks ----------------------------------------------------------------------------------------------


def test_a_later_look_that_finds_it_closed_makes_no_sign(life: Closing, head: Any, audited: Any) -> None:
    order = life.verify()
    actions.follow_up_closure(actor=head, order=order, seen=seen(), finding="closed")
    assert not ReopeningSign.objects.exists()
    assert audited("follow_up_closure", str(order.pk)).after["finding"] == "closed"


def test_a_later_look_is_refused_where_it_says_nothing(life: Closing, head: Any, untouched: Any) -> None:
    order = life.verify()
    ClosureOrder.objects.filter(pk=order.pk).update(issued_at=clock.now() - timedelta(hours=1))
    before = clock.now() - timedelta(minutes=10)
    with untouched():
        for changes, field in (({"finding": "passable"}, "finding"), ({"seen": seen(at=before)}, "at")):
            values = {"seen": seen(), "finding": "closed", **changes}
            assert set(errors(lambda v=values: actions.follow_up_closure(actor=head, order=order, **v))) == {field}


@pytest.mark.parametrize("who", ["district", "province2", "moi", "keeper", "auditor"])
def test_only_who_patrols_or_decides_there_looks_again(life: Closing, request: Any, untouched: Any, who: str) -> None:
    order = life.verify()
    with untouched(), pytest.raises(PermissionDenied):
        actions.follow_up_closure(actor=request.getfixturevalue(who), order=order, seen=seen(), finding="closed")


def test_a_later_look_is_read_by_those_who_see_the_order(life: Closing, head: Any, moi: Any, province2: Any) -> None:
    order = life.verify()
    visit = actions.follow_up_closure(actor=head, order=order, seen=seen(), finding="reopened").visit
    key = str(visit.pk)
    found = causes.read(moi, "closurevisit", [key, "nonsense", "0"])
    assert list(found) == [key]
    assert found[key].url == f"/crossings/closures/{order.pk}/#visit-{visit.pk}"
    assert causes.read(province2, "closurevisit", [key]) == {}


# --- near a verified closing ----------------------------------------------------------------------------------


def north(metres: float) -> Point:
    return Point(PLACE[0], PLACE[1] + metres / 110_600, srid=4326)


def test_what_lies_near_a_verified_closing(life: Closing) -> None:
    assert actions.verified_near(north(0), 10) == []
    order = life.verify()
    assert [one.pk for one, _m in actions.verified_near(north(780), 10)] == [order.pk]
    # 500 m, the crossing's own 300 m, and what the report's position leaves open.
    assert actions.verified_near(north(830), 10) == []
    found = actions.verified_near(north(830), 100)
    assert found[0][1] == pytest.approx(830, rel=0.01)
    assert actions.verified_near(Point(PLACE[0] + 0.0076, PLACE[1], srid=4326), 100)


def test_a_place_known_badly_reaches_no_farther_than_two_kilometres(life: Closing, place: Crossing) -> None:
    life.verify()
    assert actions.verified_near(north(2750), 50_000)
    assert actions.verified_near(north(2900), 50_000) == []
    Crossing.objects.filter(pk=place.pk).update(precision_km=9)
    assert actions.verified_near(north(4400), 50_000)
    assert actions.verified_near(north(4600), 50_000) == []


def test_the_nearest_comes_first(life: Closing, province: Any, head: Any, moi: Any) -> None:
    here = life.verify()
    far = corridor(name_en="Second path", point=north(600))
    there = Closing(far, province=province, head=head, moi=moi)
    order = there.issue(number="2", responsible_unit=here.responsible_unit)
    there.verify(there.report(order, point=north(600)), point=north(600))
    assert [one.pk for one, _m in actions.verified_near(north(500), 10)] == [order.pk, here.pk]


def test_the_question_what_is_near_is_one_query(life: Closing, django_assert_num_queries: Any) -> None:
    life.verify()
    with django_assert_num_queries(1):
        actions.verified_near(north(0), 10)


# --- the watch ------------------------------------------------------------------------------------------------


def test_an_overdue_order_is_told_once_per_due_day(life: Closing, told: Any) -> None:
    order = life.issue(due_on=in_days(0))
    assert actions.watch_closures() == {"overdue": 0, "unverified": 0}
    ClosureOrder.objects.filter(pk=order.pk).update(due_on=in_days(-1))
    assert actions.watch_closures() == {"overdue": 1, "unverified": 0}
    assert actions.watch_closures() == {"overdue": 0, "unverified": 0}
    assert told("closure_overdue") == {"head", "province", "province-16/email", "moi", "moi2", *_addresses("moi")}
    ClosureOrder.objects.filter(pk=order.pk).update(due_on=in_days(-2))
    assert actions.watch_closures()["overdue"] == 1, "another day is another matter"


def test_what_nobody_verified_is_told_once_per_report(life: Closing, told: Any) -> None:
    order = life.report()
    assert actions.watch_closures() == {"overdue": 0, "unverified": 0}
    ClosureVisit.objects.update(added_at=clock.now() - timedelta(days=15))
    assert actions.watch_closures() == {"overdue": 0, "unverified": 1}
    assert actions.watch_closures() == {"overdue": 0, "unverified": 0}
    assert told("closure_unverified") == {"head", "province", "province-16/email", "moi", "moi2", *_addresses("moi")}
    life.verify(order)
    assert actions.watch_closures() == {"overdue": 0, "unverified": 0}


def test_the_day_is_over_when_it_is_over_in_phnom_penh(life: Closing) -> None:
    from datetime import datetime, time
    from zoneinfo import ZoneInfo

    order = life.issue(due_on=in_days(1))
    night = datetime.combine(order.due_on, time(23, 59), ZoneInfo("Asia/Phnom_Penh"))
    with clock.replaying(night):
        assert actions.watch_closures()["overdue"] == 0
    with clock.replaying(night + timedelta(minutes=2)):
        assert actions.watch_closures()["overdue"] == 1


def test_the_task_runs_the_watch(life: Closing) -> None:
    from borderwatch.celery import app
    from crossings.tasks import watch_closures

    order = life.issue()
    ClosureOrder.objects.filter(pk=order.pk).update(due_on=in_days(-1))
    assert watch_closures() == {"overdue": 1, "unverified": 0}
    assert "crossings.tasks.watch_closures" in {row["task"] for row in app.conf.beat_schedule.values()}


# --- the words ------------------------------------------------------------------------------------------------


def test_every_notice_has_words_that_name_the_crossing(life: Closing, head: Any) -> None:
    from borderwatch import topics

    order = life.send_back()
    order = life.verify(life.report(order))
    flag(order.crossing, "1")
    actions.dismiss_sign(actor=life.province, sign=order.signs.get(), reason="No")
    sign = flag(order.crossing, "2")
    order = actions.confirm_reopening(actor=life.province, sign=sign, reason="Yes", due_on=in_days(9))
    ClosureOrder.objects.filter(pk=order.pk).update(due_on=in_days(-1))
    actions.watch_closures()
    life.report(order)
    ClosureVisit.objects.update(added_at=clock.now() - timedelta(days=15))
    actions.watch_closures()
    actions.lift_closure(actor=life.province, order=order, reason="Decided", status="closed")
    rows = {row.topic: row for row in Delivery.objects.filter(topic__startswith="closure_")}
    assert len(rows) == 11
    for topic, row in rows.items():
        text = topics.render(row)
        whole = f"{text.subject}\n{text.body}"
        assert "Test stream ford" in whole, topic
        assert f"/crossings/closures/{order.pk}/" in text.body
        assert "{{" not in whole
        assert "None" not in whole


def test_a_reminder_is_not_sent_for_an_order_that_waits_for_nothing(life: Closing, province2: Any) -> None:
    from borderwatch import topics

    order = life.issue()
    reminder = Delivery.objects.get(topic="closure_reminder")
    assert topics.obsolete(reminder) == ""
    reminder.user = province2
    assert "no longer see" in topics.obsolete(reminder)
    ClosureOrder.objects.filter(pk=order.pk).update(state="carried_out")
    assert "no longer to be carried out" in topics.obsolete(reminder)
