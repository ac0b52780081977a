"""Closure orders by their verbs: the whole life, who may, what is refused, what stays on record."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone, translation

from borderwatch import clock, sealed
from borderwatch.models import Delivery
from crossings import actions, closure_workflow, standing
from crossings.models import ClosureOrder, ClosureVisit, Crossing, ReopeningSign
from crossings.tests import closing
from crossings.tests.closing import POST, Closing, corridor, in_days, seen, terms
from units.actions import Clash
from units.models import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are compared by their English words."""
    with translation.override("en"):
        yield


@pytest.fixture
def place(world: Any) -> Crossing:
    return corridor()


@pytest.fixture
def life(place: Crossing, province: Any, head: Any, moi: Any) -> Closing:
    return Closing(place, province=province, head=head, moi=moi)


def errors(call: Callable[[], Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        call()
    found: dict[str, list[str]] = caught.value.message_dict
    return found


def statuses(place: Crossing) -> set[str]:
    return {one.status for one in standing.standing_of(place).kh.values()}


# --- the whole life -------------------------------------------------------------------------------------------


def test_the_life_of_an_order_as_the_cast_lives_it(
    place: Crossing, province: Any, head: Any, moi: Any, audited: Any, told: Any
) -> None:
    assert place.responsible_unit is not None
    assert place.responsible_unit.code == POST
    order = actions.order_closure(actor=province, crossing=place, terms=terms())
    assert (order.state, order.issuer.code, order.responsible_unit.code) == ("issued", "province-16", POST)
    assert statuses(place) == {"closure_ordered"}
    assert audited("issue_closure", str(order.pk)).after["number"] == "047/26 សសរ"
    assert audited("issue_closure", place.slug).after["status"] == "closure_ordered"
    assert "head" in told("closure_issued")
    assert told("closure_reminder") == {"head"}

    order = actions.report_carried_out(actor=head, order=order, seen=seen()).visit.order
    assert order.state == "carried_out"
    assert statuses(place) == {"closure_ordered"}, "only a second person's look counts"
    assert told("closure_carried_out") == {"province", "province-16/email"}
    assert audited("report_carried_out", str(order.pk)).after["finding"] == "closed"

    order = actions.verify_closure(actor=moi, order=order, seen=seen()).visit.order
    assert order.state == "verified"
    assert statuses(place) == {"closed_verified"}
    assert told("closure_verified") == {"head", "province", "province-16/email"}

    looked = actions.follow_up_closure(actor=head, order=order, seen=seen(), finding="reopened").visit
    sign = ReopeningSign.objects.get(order=order)
    assert (sign.cause_kind, sign.cause_key, sign.state) == ("closurevisit", str(looked.pk), "to_confirm")
    assert told("closure_sign") == {"head", "province", "province-16/email"}

    order = actions.confirm_reopening(actor=province, sign=sign, reason="The bar is gone", due_on=in_days(7))
    assert (order.state, order.times_reopened, order.due_on) == ("issued", 1, in_days(7))
    assert statuses(place) == {"reopened_illegally"}
    assert "moi" in told("closure_reopened")
    assert audited("confirm_reopening", str(order.pk)).reason == "The bar is gone"

    order = actions.report_carried_out(actor=head, order=order, seen=seen()).visit.order
    order = actions.verify_closure(actor=province, order=order, seen=seen()).visit.order
    assert statuses(place) == {"closed_verified"}
    order = actions.lift_closure(
        actor=province, order=order, reason="Became a bilateral gate", status="open", legal_reference="Decision 12"
    )
    assert (order.state, statuses(place)) == ("lifted", {"open"})
    assert order.ended_at is not None
    history = list(place.statuses.order_by("period").filter(flow="people").values_list("status", flat=True))
    assert history == ["open", "closure_ordered", "closed_verified", "reopened_illegally", "closed_verified", "open"]


# --- drafting and issuing -------------------------------------------------------------------------------------


def test_a_draft_holds_nothing_until_it_is_issued(life: Closing, place: Crossing, audited: Any, told: Any) -> None:
    order = life.draft(number="", scope=["people"])
    assert (order.state, statuses(place), told("closure_issued")) == ("drafted", {"open"}, set())
    assert audited("draft_closure", str(order.pk)).after["scope"] == ["people"]
    assert set(errors(lambda: actions.issue_closure(actor=life.province, order=order))) == {"number"}
    order = actions.change_closure_draft(actor=life.province, order=order, terms=terms(scope=["goods"]))
    assert audited("change_closure_draft", str(order.pk)).before["number"] == ""
    order = actions.issue_closure(actor=life.province, order=order)
    stands = standing.standing_of(place).kh
    assert stands["goods"].status == "closure_ordered"
    assert stands["people"].status == "open", "only what the order names is closed"
    assert stands["goods"].order_id == order.pk


def test_a_withdrawn_draft_gives_its_number_back(life: Closing, untouched: Any) -> None:
    order = life.draft()
    with untouched():
        assert set(errors(lambda: actions.withdraw_closure(actor=life.province, order=order, reason=" "))) == {"reason"}
    assert actions.withdraw_closure(actor=life.province, order=order, reason="Wrong place").state == "withdrawn"
    assert life.issue().number == order.number


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": []}, "scope"),
        ({"scope": ["air"]}, "scope"),
        ({"measures": []}, "measures"),
        ({"measures": ["dragon"]}, "measures"),
        ({"due_on": -1}, "due_on"),
        ({"due_on": 400}, "due_on"),
        ({"text": "x" * 10_001}, "text"),
        ({"number": "x" * 81}, "number"),
        ({"responsible_unit": "moi"}, "responsible_unit"),
        ({"responsible_unit": "province-01"}, "responsible_unit"),
    ],
)
def test_what_cannot_be_ordered_is_told_at_its_field(
    life: Closing, untouched: Any, world: Any, changes: dict[str, Any], field: str
) -> None:
    given = dict(changes)
    if "due_on" in given:
        given["due_on"] = in_days(given["due_on"])
    if "responsible_unit" in given:
        given["responsible_unit"] = world[given["responsible_unit"]]
    with untouched():
        assert set(errors(lambda: life.draft(**given))) == {field}
    assert not ClosureOrder.objects.exists()


def test_a_crossing_nobody_is_charged_with_asks_for_a_unit(place: Crossing, province: Any, world: Any) -> None:
    Crossing.objects.filter(pk=place.pk).update(responsible_unit=None)
    call = lambda **more: actions.draft_closure(actor=province, crossing=place, terms=terms(**more))  # noqa: E731
    assert set(errors(call)) == {"responsible_unit"}
    assert call(responsible_unit=world["district-1607"]).responsible_unit.code == "district-1607"


def test_today_and_a_year_ahead_are_days_one_can_keep(life: Closing) -> None:
    order = life.draft(due_on=in_days(0))
    assert actions.change_closure_draft(actor=life.province, order=order, terms=terms(due_on=in_days(366)))


def test_a_draft_whose_day_has_passed_is_not_issued(life: Closing, untouched: Any) -> None:
    order = life.draft()
    ClosureOrder.objects.filter(pk=order.pk).update(due_on=in_days(-1))
    with untouched():
        assert set(errors(lambda: actions.issue_closure(actor=life.province, order=order))) == {"due_on"}


def test_a_second_order_is_refused_by_the_name_of_the_first(life: Closing, untouched: Any) -> None:
    life.issue()
    with untouched():
        assert "047/26 សសរ" in errors(lambda: life.draft(number="2"))["crossing"][0]
    assert ClosureOrder.objects.count() == 1


def test_an_office_gives_a_number_once(life: Closing, untouched: Any) -> None:
    life.issue()
    other = Closing(
        corridor(name_en="Another path", point=Point(107.40, 13.80, srid=4326)),
        province=life.province, head=life.head, moi=life.moi,
    )  # fmt: skip
    with untouched():
        assert set(errors(other.draft)) == {"number"}
    assert other.draft(number="048").number == "048"


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_at_once_one_is_told_of_the_other(world: Any, province: Any) -> None:
    place, start = corridor(), threading.Barrier(2)

    def order(number: str) -> str:
        start.wait()
        try:
            with translation.override("en"):
                return actions.order_closure(actor=province, crossing=place, terms=terms(number=number)).number
        except ValidationError as error:
            return " ".join(error.message_dict["crossing"])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(order, ["1", "2"]))
    assert sorted(len(one) for one in answers)[0] == 1, answers
    assert any("has the closure order" in one for one in answers), answers
    assert ClosureOrder.objects.count() == 1


@pytest.mark.parametrize(
    "who", ["district", "province2", "head", "moi", "keeper", "auditor", "former_head", "disabled", "outsider"]
)
def test_only_those_who_decide_in_the_province_order(place: Crossing, request: Any, untouched: Any, who: str) -> None:
    with untouched(), pytest.raises(PermissionDenied):
        actions.order_closure(actor=request.getfixturevalue(who), crossing=place, terms=terms())


def test_a_scan_is_kept_and_stays_when_the_draft_changes(life: Closing) -> None:
    scan = sealed.keep_document(SimpleUploadedFile("ដីកា.pdf", b"%PDF-1.7 order"))
    order = life.draft(scan=scan)
    assert (order.scan_name, order.scan_type) == ("ដីកា.pdf", "application/pdf")
    changed = actions.change_closure_draft(actor=life.province, order=order, terms=terms(number="9"))
    assert changed.scan_sha256 == scan.sha256


def test_a_reminder_comes_three_days_before_and_falls_with_the_report(life: Closing) -> None:
    order = life.issue(due_on=in_days(10))
    planned = Delivery.objects.get(topic="closure_reminder")
    assert timezone.localtime(planned.planned_at).strftime("%H:%M") == "08:00"
    assert timezone.localdate(planned.planned_at) == in_days(7)
    life.report(order)
    planned.refresh_from_db()
    assert planned.state == "cancelled"


def test_an_order_due_very_soon_has_no_reminder(life: Closing, told: Any) -> None:
    life.issue(due_on=in_days(2))
    assert told("closure_reminder") == set()


def test_the_unit_and_all_above_it_are_told_but_not_who_ordered(life: Closing, told: Any, world: Any) -> None:
    from incidents.demo import people
    from units.choices import Role

    people.account(people.Account("colonel", "", "Colonel", "battalion-16", Role.COMMANDER))
    people.account(people.Account("officer", "", "Officer", "province-16", Role.PROVINCE_OFFICER))
    life.issue()
    assert told("closure_issued") == {"head", "colonel", "officer", "province-16/email"}


# --- visits ---------------------------------------------------------------------------------------------------


def test_a_telephone_may_send_its_report_twice(life: Closing, head: Any, province: Any, untouched: Any) -> None:
    order, once = life.issue(), seen()
    first = actions.report_carried_out(actor=head, order=order, seen=once)
    with untouched():
        again = actions.report_carried_out(actor=head, order=order, seen=once)
        assert (first.outcome, again.outcome, again.visit.pk) == ("new", "same", first.visit.pk)
        with pytest.raises(Clash):
            actions.verify_closure(actor=province, order=order, seen=once)
    assert ClosureVisit.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"away_m": 1200}, "point"),
        ({"away_m": 1200, "accuracy_m": 200}, "point"),
        ({"point": Point(2.35, 48.85, srid=4326)}, "point"),
        ({"accuracy_m": 0}, "accuracy_m"),
        ({"accuracy_m": 2001}, "accuracy_m"),
        ({"photo": None}, "photo"),
        ({"measures": []}, "measures"),
        ({"measures": ["dragon"]}, "measures"),
        ({"text": "x" * 10_001}, "text"),
        ({"at": timedelta(hours=1)}, "at"),
        ({"at": timedelta(hours=-1)}, "at"),
    ],
)
def test_a_report_that_proves_nothing_is_refused_at_its_field(
    life: Closing, head: Any, untouched: Any, changes: dict[str, Any], field: str
) -> None:
    order = life.issue()
    given = {name: clock.now() + value if name == "at" else value for name, value in changes.items()}
    with untouched():
        found = errors(lambda: actions.report_carried_out(actor=head, order=order, seen=seen(**given)))
    assert set(found) == {field}
    assert not ClosureVisit.objects.exists()


def test_a_form_knows_the_minute_alone_and_the_history_keeps_each_step(life: Closing, place: Crossing) -> None:
    def minute() -> Any:
        return clock.now().replace(second=0, microsecond=0)

    order = life.issue()
    order = life.report(order, at=minute())
    order = life.verify(order, at=minute())
    assert order.issued_at < order.carried_out_at < order.verified_at
    history = place.statuses.filter(flow="people").order_by("period").values_list("status", flat=True)
    assert list(history) == ["open", "closure_ordered", "closed_verified"]


def test_how_far_away_is_counted_with_what_is_not_known(life: Closing, head: Any) -> None:
    order = life.issue()
    words = errors(lambda: actions.report_carried_out(actor=head, order=order, seen=seen(away_m=900)))["point"][0]
    assert "900 m" in words
    assert "820 m" in words, "500 m, the crossing's 300 m and the telephone's 15 m"
    visit = actions.report_carried_out(actor=head, order=order, seen=seen(away_m=900, accuracy_m=150)).visit
    assert visit.distance_m == pytest.approx(900, rel=0.01)


@pytest.mark.parametrize("who", ["district", "province2", "moi", "keeper", "auditor", "former_head"])
def test_only_the_unit_and_its_superiors_report(life: Closing, request: Any, untouched: Any, who: str) -> None:
    order = life.issue()
    with untouched(), pytest.raises(PermissionDenied):
        actions.report_carried_out(actor=request.getfixturevalue(who), order=order, seen=seen())


def test_nobody_verifies_what_he_reported_himself(life: Closing, province: Any, moi: Any, untouched: Any) -> None:
    order = life.issue()
    order = actions.report_carried_out(actor=province, order=order, seen=seen()).visit.order
    with untouched(), pytest.raises(PermissionDenied, match="second person"):
        actions.verify_closure(actor=province, order=order, seen=seen())
    assert actions.verify_closure(actor=moi, order=order, seen=seen()).visit.order.state == "verified"


def test_nobody_of_the_unit_verifies_even_with_a_second_posting(
    life: Closing, head: Any, world: Any, untouched: Any
) -> None:
    from incidents.demo import people
    from units.actions import post_person
    from units.choices import Role

    order = life.report()
    both = people.account(people.Account("both", "", "Both", POST, Role.FILER))
    post_person(actor=None, user=both, unit=world["province-16"], role=Role.PROVINCE_OFFICER, since=people.POSTED_SINCE)
    with untouched():
        with pytest.raises(PermissionDenied, match="posted at the unit"):
            actions.verify_closure(actor=both, order=order, seen=seen())
        with pytest.raises(PermissionDenied, match="reported yourself"):
            actions.verify_closure(actor=head, order=order, seen=seen())


@pytest.mark.parametrize("who", ["district", "province2", "mfaic", "ssba", "keeper", "auditor"])
def test_others_verify_nothing_and_send_nothing_back(life: Closing, request: Any, untouched: Any, who: str) -> None:
    order, other = life.report(), request.getfixturevalue(who)
    with untouched():
        with pytest.raises(PermissionDenied):
            actions.verify_closure(actor=other, order=order, seen=seen())
        with pytest.raises(PermissionDenied):
            actions.send_back_closure(actor=other, order=order, seen=seen(), due_on=in_days(3), reason="x")


def test_what_can_still_be_passed_goes_back_with_a_new_day(
    life: Closing, place: Crossing, audited: Any, told: Any
) -> None:
    order = life.report()
    order = life.send_back(order, due_on=in_days(12))
    assert (order.state, order.due_on, order.carried_out_at) == ("issued", in_days(12), None)
    assert order.visits.last().finding == "passable"
    assert statuses(place) == {"closure_ordered"}
    assert audited("send_back_closure", str(order.pk)).reason == "One can walk round it"
    assert told("closure_sent_back") == {"head"}
    assert Delivery.objects.filter(topic="closure_reminder", state="pending").count() == 1
    assert life.verify(life.report(order)).state == "verified"


def test_sending_back_on_the_same_day_again_reminds_again(life: Closing) -> None:
    order = life.send_back(life.report(life.issue(due_on=in_days(10))), due_on=in_days(10))
    assert order.due_on == in_days(10)
    assert Delivery.objects.filter(topic="closure_reminder", state="pending").count() == 1


def test_sending_back_needs_a_reason_and_a_day_to_come(life: Closing, untouched: Any) -> None:
    order = life.report()
    with untouched():
        assert set(errors(lambda: life.send_back(order, reason=" "))) == {"reason"}
        assert set(errors(lambda: life.send_back(order, due_on=in_days(-1)))) == {"due_on"}
    order.refresh_from_db()
    assert order.state == "carried_out"


def test_a_report_comes_after_the_last_time_it_was_found_open(life: Closing, head: Any, untouched: Any) -> None:
    order = life.send_back()
    ClosureOrder.objects.filter(pk=order.pk).update(issued_at=clock.now() - timedelta(hours=1))
    early = clock.now() - timedelta(minutes=10)
    with untouched():
        assert set(errors(lambda: actions.report_carried_out(actor=head, order=order, seen=seen(at=early)))) == {"at"}


@pytest.mark.parametrize("state", ["drafted", "carried_out", "verified"])
def test_a_step_that_comes_too_late_says_what_the_state_is(life: Closing, untouched: Any, state: str) -> None:
    steps = {"drafted": life.draft, "carried_out": life.report, "verified": life.verify}
    order = steps[state]()
    with untouched(), pytest.raises(closure_workflow.Refused):
        actions.report_carried_out(actor=life.head, order=order, seen=seen())


def test_two_verifiers_at_a_time_one_is_refused(life: Closing, moi: Any, untouched: Any) -> None:
    stale = life.report()
    life.verify(stale)
    with untouched(), pytest.raises(closure_workflow.Refused):
        actions.verify_closure(actor=moi, order=stale, seen=seen())


# --- lifting --------------------------------------------------------------------------------------------------


def test_opening_again_needs_the_decision_that_allows_it(life: Closing, place: Crossing, untouched: Any) -> None:
    order = life.verify()

    def lift(**changes: Any) -> ClosureOrder:
        values = {"reason": "As decided", "status": "open", "legal_reference": "", **changes}
        return actions.lift_closure(actor=life.province, order=order, **values)

    with untouched():
        assert set(errors(lift)) == {"legal_reference"}
        assert set(errors(lambda: lift(status="closed_verified"))) == {"status"}
        assert set(errors(lambda: lift(reason=""))) == {"reason"}
    assert lift(status="closed").state == "lifted"
    assert statuses(place) == {"closed"}


def test_lifting_settles_signs_and_reminders(life: Closing, told: Any) -> None:
    sign = life.sign()
    actions.lift_closure(actor=life.province, order=sign.order, reason="Moved", status="closed")
    sign.refresh_from_db()
    assert (sign.state, sign.decided_by) == ("dismissed", life.province)
    assert told("closure_lifted") == {"head", "province-16/email"}
    assert not Delivery.objects.filter(bundle=sign.order.bundle, state="pending").exists()


@pytest.mark.parametrize("who", ["district", "province2", "head", "moi", "keeper"])
def test_others_issue_withdraw_and_lift_nothing(life: Closing, request: Any, untouched: Any, who: str) -> None:
    other, draft = request.getfixturevalue(who), life.draft()
    with untouched():
        for call in (
            lambda: actions.issue_closure(actor=other, order=draft),
            lambda: actions.change_closure_draft(actor=other, order=draft, terms=terms()),
            lambda: actions.withdraw_closure(actor=other, order=draft, reason="x"),
        ):
            with pytest.raises(PermissionDenied):
                call()
    order = actions.issue_closure(actor=life.province, order=draft)
    with untouched(), pytest.raises(PermissionDenied):
        actions.lift_closure(actor=other, order=order, reason="x", status="closed")


def test_the_register_s_own_verb_leaves_an_ordered_flow_alone(life: Closing, place: Crossing, untouched: Any) -> None:
    life.issue(scope=["people"])
    with untouched():
        found = errors(
            lambda: actions.set_crossing_status(
                actor=life.province, crossing=place, status="open", since=clock.now(), flows=["people"], reason="x"
            )
        )
    assert set(found) == {"status"}
    assert Unit.objects.filter(code=POST).exists()


def test_a_key_of_another_order_is_a_clash(life: Closing, province: Any, head: Any, moi: Any) -> None:
    key = uuid.uuid4()
    actions.report_carried_out(actor=head, order=life.issue(), seen=seen(client_key=key))
    far = corridor(name_en="Another path", point=Point(107.40, 13.80, srid=4326))
    other = Closing(far, province=province, head=head, moi=moi).issue(number="9", responsible_unit=closing_unit())
    with pytest.raises(Clash):
        actions.report_carried_out(actor=head, order=other, seen=seen(client_key=key))


def closing_unit() -> Unit:
    return Unit.objects.get(code=closing.POST)
