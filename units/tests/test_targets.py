"""Targets: set from above, never by the unit itself; one at a time; a unit charged with an area may see it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from units import actions, ground
from units.models import PatrolTarget, UnresolvedArea
from units.tests.walked import days_ago

AREA = "pak-nhai-white-zone"


def setting(unit, **more):
    values = {"sector_code": "S-1607-1", "every_days": 7, "since": days_ago(30), "reason": "Order 12"}
    return {"unit": unit, **values, **more}


def test_the_province_charges_a_post_and_it_is_on_record(world, province, audited):
    target = actions.set_target(actor=province, **setting(world["post-1607-1"], share_percent=60))
    assert (target.every_days, target.share_percent) == (7, 60)
    entry = audited("set_target", "post-1607-1")
    assert entry.reason == "Order 12"
    assert entry.after["ground"] == "S-1607-1"


@pytest.mark.parametrize("who", ["head", "district", "province2", "moi", "auditor", "disabled", "former_head"])
def test_nobody_else_sets_it_least_of_all_the_unit_itself(who, world, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        actions.set_target(actor=request.getfixturevalue(who), **setting(world["post-1607-1"]))


def test_the_province_sets_no_target_of_its_own_and_the_keeper_sets_those_below(world, province, keeper, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        actions.set_target(actor=province, **setting(world["province-16"]))
    assert actions.set_target(actor=keeper, **setting(world["battalion-16"])).pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sector_code": ""}, "ground"),
        ({"area_code": AREA}, "ground"),
        ({"sector_code": "S-none"}, "ground"),
        ({"sector_code": "S-0107-1"}, "ground"),
        ({"sector_code": "", "area_code": "chantrea-samraong"}, "ground"),
        ({"every_days": 0}, "every_days"),
        ({"every_days": 400}, "every_days"),
        ({"share_percent": 101}, "share_percent"),
        ({"reason": "  "}, "reason"),
        ({"until": days_ago(40)}, "until"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(changes, field, world, province, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.set_target(actor=province, **setting(world["post-1607-1"], **changes))
    assert set(refused.value.message_dict) == {field}


def test_a_unit_has_one_target_for_a_ground_at_a_time(world, province, untouched):
    target = actions.set_target(actor=province, **setting(world["post-1607-1"]))
    with untouched(), pytest.raises(ValidationError):
        actions.set_target(actor=province, **setting(world["post-1607-1"], every_days=3))
    actions.end_target(actor=province, target=target, at=days_ago(1), reason="Order 13")
    assert actions.set_target(actor=province, **setting(world["post-1607-1"], since=days_ago(1))).pk


def test_ending_is_the_superior_s_too_and_keeps_the_past(world, province, head, audited, untouched):
    target = actions.set_target(actor=province, **setting(world["post-1607-1"]))
    with untouched(), pytest.raises(PermissionDenied):
        actions.end_target(actor=head, target=target, at=days_ago(1), reason="Too much")
    with untouched(), pytest.raises(ValidationError):
        actions.end_target(actor=province, target=target, at=days_ago(31), reason="Order 13")
    with untouched(), pytest.raises(ValidationError):
        actions.end_target(actor=province, target=target, at=days_ago(1), reason="")
    ended = actions.end_target(actor=province, target=target, at=days_ago(1), reason="Order 13")
    assert ended.since == target.since
    assert audited("end_target", "post-1607-1").after["ground"] == "S-1607-1"
    assert not PatrolTarget.objects.at(days_ago(0)).exists()


def test_a_unit_charged_with_an_unresolved_area_sees_that_area_while_it_is(world, province, head, province2):
    def seen(user):
        return set(UnresolvedArea.objects.visible_to(user).values_list("code", flat=True))

    assert seen(head) == set()
    target = actions.set_target(
        actor=province, **setting(world["post-1607-1"], sector_code="", area_code=AREA, since=days_ago(3))
    )
    assert seen(head) == {AREA}
    assert [one.code for one in ground.of_areas(head, 30)] == [AREA]
    assert AREA not in seen(province2)
    actions.end_target(actor=province, target=target, at=days_ago(1), reason="Order 13")
    assert seen(head) == set()


def test_a_target_of_somebody_else_s_unit_opens_no_area(world, province, head, district):
    actions.set_target(actor=province, **setting(world["post-1607-2"], sector_code="", area_code=AREA))
    assert not UnresolvedArea.objects.visible_to(head).exists()
    actions.set_target(actor=province, **setting(world["district-1607"], sector_code="", area_code=AREA))
    assert not UnresolvedArea.objects.visible_to(district).exists(), "a clerk leads no patrols"
