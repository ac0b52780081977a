"""Stand-ins: who may name one, what he gets, and that notices reach him at the moment they leave."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from borderwatch import clock, outbox, settling
from borderwatch.models import Delivery
from incidents.models import Incident
from units import actions, policy
from units.choices import Role
from units.models import Delegation, Posting, User

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
State, Channel = Delivery.State, Delivery.Channel


@pytest.fixture
def deputy(world: Any) -> User:
    return User.objects.get(username="mfaic-deputy")


@pytest.fixture
def principal(world: Any) -> User:
    return User.objects.get(username="mfaic-principal")


@pytest.fixture
def grant(world: Any, mfaic: Any, deputy: Any) -> Any:
    """`mfaic` is away from now on for a week, and his deputy stands in; name what differs."""

    def make(**changes: Any) -> Delegation:
        now = clock.now()
        values = {
            "actor": mfaic, "person": mfaic, "unit": world["mfaic"], "role": Role.OFFICIAL, "stand_in": deputy,
            "since": now, "until": now + 7 * DAY, "reason": "mission",
        }  # fmt: skip
        return actions.grant_delegation(**{**values, **changes})

    return make


def age(delta: timedelta, topic: str = "duty_reminder") -> None:
    """Let time pass for planned notices: the database's rows move back, its clock stays."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE borderwatch_delivery SET planned_at = planned_at - %s, due_at = due_at - %s, "
            "created_at = created_at - %s WHERE topic = %s",
            [delta, delta, delta, topic],
        )


def reaching(user: User, **more: Any) -> list[Delivery]:
    return list(Delivery.objects.filter(user=user, **more))


# --- naming one -----------------------------------------------------------------------------------------------


def test_a_person_names_a_colleague_who_is_posted_with_the_role_and_both_learn_of_it(
    grant, deputy, mfaic, audited, told
):
    delegation = grant()
    posting = delegation.posting
    assert (posting.user, posting.unit_role.role, posting.until) == (deputy, Role.OFFICIAL, delegation.until)
    entry = audited("grant_delegation")
    assert (entry.actor, entry.key, entry.after["stand_in"]) == (mfaic, "mfaic", "mfaic-deputy")
    assert told("delegation_granted") == {"mfaic-deputy"}


def test_a_stand_in_who_holds_the_role_already_is_not_posted_twice(grant, world, moi, moi2):
    before = Posting.objects.count()
    delegation = grant(actor=moi, person=moi, unit=world["moi"], stand_in=moi2)
    assert delegation.posting is None
    assert Posting.objects.count() == before


def test_the_register_keeper_names_anybody_for_anybody_of_his_units(grant, world, keeper, province, outsider, told):
    delegation = grant(
        actor=keeper, person=province, unit=world["province-16"], role=Role.PROVINCE_OFFICER, stand_in=outsider
    )
    assert policy.may(outsider, "escalate", [world["province-16"].pk])
    assert delegation.granted_by == keeper
    assert told("delegation_granted") == {"province", "outsider"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stand_in": "mfaic"}, "stand_in"),
        ({"stand_in": "outsider"}, "stand_in"),
        ({"stand_in": "ssba"}, "stand_in"),
        ({"stand_in": "disabled"}, "stand_in"),
        ({"role": Role.PRINCIPAL}, "role"),
        ({"role": Role.COMMANDER}, "role"),
        ({"since": -2 * DAY}, "since"),
        ({"until": -HOUR}, "until"),
        ({"until": 400 * DAY}, "until"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(grant, world, untouched, changes, field):
    now = clock.now()
    meant = {
        name: User.objects.get(username=value) if name == "stand_in" else now + value if name in {"since", "until"}
        else value
        for name, value in changes.items()
    }  # fmt: skip
    with untouched(), pytest.raises(ValidationError) as refused:
        grant(**meant)
    assert field in refused.value.message_dict


@pytest.mark.parametrize("who", ["ssba", "moi", "keeper", "outsider", "former_head", "admin", "disabled"])
def test_nobody_names_a_stand_in_for_another_without_keeping_the_register_there(grant, request, untouched, who):
    with untouched(), pytest.raises(PermissionDenied):
        grant(actor=request.getfixturevalue(who))


def test_a_person_has_one_stand_in_at_a_time(grant, principal):
    grant()
    with pytest.raises(ValidationError) as refused:
        grant(stand_in=principal, since=clock.now() + DAY)
    assert "since" in refused.value.message_dict


def test_whoever_is_away_stands_in_for_nobody(grant, mfaic, deputy, principal):
    grant(actor=deputy, person=deputy, role=Role.DEPUTY, stand_in=principal)
    with pytest.raises(ValidationError) as refused:
        grant()
    assert "stand_in" in refused.value.message_dict


def test_a_role_of_trust_is_handed_on_by_the_keeper_alone(grant, world, auditor, moi):
    with pytest.raises(ValidationError) as refused:
        grant(actor=auditor, person=auditor, unit=world["moi"], role=Role.AUDITOR, stand_in=moi)
    assert "role" in refused.value.message_dict


# --- ending it ------------------------------------------------------------------------------------------------


def test_back_early_the_posting_gives_nothing_more_and_both_learn_of_it(grant, mfaic, deputy, audited, told):
    delegation = grant(since=clock.now() - timedelta(minutes=5)) if timezone.localtime().hour else grant()
    actions.end_delegation(actor=mfaic, delegation=delegation, reason="back", at=clock.now() + timedelta(seconds=1))
    delegation.refresh_from_db()
    assert delegation.posting.until == delegation.until
    assert audited("end_delegation").after["begun"] is True
    assert told("delegation_ended") == {"mfaic-deputy"}


def test_what_has_not_begun_leaves_nothing_but_the_record(grant, mfaic, audited):
    delegation = grant(since=clock.now() + DAY)
    posting = delegation.posting
    actions.end_delegation(actor=mfaic, delegation=delegation, reason="not needed")
    assert not Delegation.objects.exists()
    assert not Posting.objects.filter(pk=posting.pk).exists()
    assert audited("end_delegation").after["begun"] is False
    with pytest.raises(ValidationError):
        actions.end_delegation(actor=mfaic, delegation=delegation, reason="again")


def test_a_stranger_ends_nothing(grant, ssba, deputy, untouched):
    delegation = grant()
    for who in (ssba, deputy):
        with untouched(), pytest.raises(PermissionDenied):
            actions.end_delegation(actor=who, delegation=delegation, reason="no")


def test_ending_later_than_the_end_or_in_the_past_is_refused(grant, mfaic):
    delegation = grant()
    for at in (clock.now() + 8 * DAY, clock.now() - HOUR):
        with pytest.raises(ValidationError) as refused:
            actions.end_delegation(actor=mfaic, delegation=delegation, reason="no", at=at)
        assert "at" in refused.value.message_dict


# --- at the moment of sending -----------------------------------------------------------------------------------


def test_what_is_told_at_once_goes_to_the_stand_in_too_and_says_so(grant, ponds_later, mfaic, deputy):
    grant()
    ponds_later()
    [own] = reaching(mfaic, topic="duty_opened")
    [his] = reaching(deputy, topic="duty_opened")
    assert own.state == his.state == State.DELIVERED
    assert own.state_reason.startswith("away until ")
    assert deputy.record_name in own.state_reason
    assert his.event == own.event


@pytest.fixture
def ponds_later(file: Any) -> Any:
    return lambda: file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")


def test_a_delegation_entered_after_planning_counts_when_the_step_leaves(grant, ponds_later, mfaic, deputy):
    ponds_later()
    grant()
    assert not reaching(deputy, topic="duty_reminder", planned_at__lt=clock.now() + 90 * timedelta(minutes=1))
    age(timedelta(minutes=61))
    settling.settle_due()
    outbox._show_due(Delivery.objects.all())
    [his] = reaching(deputy, topic="duty_reminder", planned_at__lt=clock.now())
    assert his.state == State.DELIVERED
    [own] = reaching(mfaic, topic="duty_reminder", planned_at__lt=clock.now())
    assert own.state == State.DELIVERED
    assert "away until" in own.state_reason


def test_a_delegation_that_ended_before_the_step_counts_for_nothing(grant, ponds_later, mfaic, deputy):
    delegation = grant()
    ponds_later()
    actions.end_delegation(
        actor=mfaic, delegation=delegation, reason="back", at=clock.now() + timedelta(milliseconds=1)
    )
    age(timedelta(minutes=61))
    settling.settle_due()
    [planned] = reaching(deputy, topic="duty_reminder", planned_at__lt=clock.now())
    assert (planned.state, planned.state_reason) == (State.CANCELLED, settling.LEFT)
    assert not reaching(mfaic, topic="duty_reminder", state_reason__contains="away")


def test_a_newcomer_is_told_and_who_left_is_not(ponds_later, world, mfaic, outsider, told):
    ponds_later()
    now = clock.now()
    actions.post_person(
        actor=None, user=outsider, unit=world["mfaic"], role=Role.OFFICIAL, since=now - HOUR, reason="order"
    )
    [posting] = mfaic.postings.all()
    actions.end_posting(actor=None, posting=posting, at=now - timedelta(minutes=1), reason="order")
    age(timedelta(minutes=61))
    done = settling.settle_due()
    assert done.added == 1
    [new] = reaching(outsider, topic="duty_reminder")
    [old] = reaching(mfaic, topic="duty_reminder", planned_at__lt=now)
    assert (new.state, old.state) == (State.DELIVERED, State.CANCELLED)
    assert old.state_reason == "the person no longer serves there"
    assert (new.event, new.planned_at) == (old.event, old.planned_at)
    assert settling.settle_due().added == 0


def test_settling_twice_and_at_the_same_time_writes_nobody_twice(ponds_later, world, outsider):
    ponds_later()
    actions.post_person(
        actor=None, user=outsider, unit=world["moi"], role=Role.OFFICIAL, since=clock.now() - HOUR, reason="order"
    )
    age(timedelta(minutes=61))
    for _round in range(3):
        settling.settle_due()
    assert len(reaching(outsider, topic="duty_reminder")) == 1


def test_nobody_at_that_level_any_more_leaves_it_with_those_it_was_planned_for(ponds_later, mfaic, world):
    ponds_later()
    actions.end_posting(actor=None, posting=mfaic.postings.get(), at=clock.now(), reason="order")
    Posting.objects.filter(unit_role__unit=world["mfaic"]).exclude(user=mfaic).delete()
    age(timedelta(minutes=61))
    settling.settle_due()
    [kept] = reaching(mfaic, topic="duty_reminder", planned_at__lt=clock.now())
    assert kept.state == State.PENDING


def test_while_the_sweeper_is_dead_those_it_was_planned_for_see_it(grant, ponds_later, mfaic):
    ponds_later()
    grant()
    age(timedelta(minutes=61))
    assert Delivery.objects.inbox(mfaic).filter(topic="duty_reminder").count() == 1


def test_a_step_of_the_deputy_reaches_whoever_stands_in_for_the_deputy(grant, ponds_later, deputy, principal):
    ponds_later()
    grant(actor=deputy, person=deputy, role=Role.DEPUTY, stand_in=principal)
    age(timedelta(minutes=121))
    settling.settle_due()
    [his] = reaching(principal, topic="duty_reminder", planned_at__lt=clock.now())
    assert his.state_reason == f"stands in for {deputy.record_name}"


def test_a_stand_in_is_told_where_he_stands_in_and_nowhere_else(grant, world, mfaic, moi, deputy, file):
    """`mfaic` also serves at SSBA; he is away at MFAIC alone."""
    actions.post_person(
        actor=None, user=mfaic, unit=world["ssba"], role=Role.OFFICIAL, since=clock.now() - HOUR, reason="order"
    )
    grant()
    file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")
    institutions = {row.event for row in Delivery.objects.filter(user=deputy, topic="duty_opened")}
    assert len(institutions) == 1
    assert len(reaching(mfaic, topic="duty_opened")) == 2


def test_a_stand_in_learns_nothing_he_may_not_see(grant, world, keeper, province, outsider, file, district):
    """The province's officer is away; his stand-in, without a posting any more, is told of nothing."""
    delegation = grant(
        actor=keeper, person=province, unit=world["province-16"], role=Role.PROVINCE_OFFICER, stand_in=outsider
    )
    Posting.objects.filter(pk=delegation.posting_id).update(period=(clock.now() - 2 * DAY, clock.now() - DAY))
    file()
    assert reaching(province, topic="incident_filed")
    assert not reaching(outsider, topic="incident_filed")


def test_everybody_away_in_a_circle_is_told_all_the_same(world, mfaic, deputy, ponds_later):
    """The verb refuses a circle; should one stand in the table, nobody's mail is held."""
    now = clock.now()
    for one, other in ((mfaic, deputy), (deputy, mfaic)):
        User.objects.filter(pk=one.pk).update(email=f"{one.username}@example.org")
        one.refresh_from_db()
        actions.set_reach(actor=one, mail_immediate=True, digest=False, digest_at=datetime.min.time())
        Delegation.objects.create(
            person=one, stand_in=other, unit=world["mfaic"], role=Role.OFFICIAL, reason="circle",
            period=(now - HOUR, now + DAY), granted_at=now,
        )  # fmt: skip
    ponds_later()
    mails = Delivery.objects.filter(topic="duty_opened", channel=Channel.EMAIL, user__in=[mfaic, deputy])
    assert {mail.state for mail in mails} == {State.PENDING}
    assert Incident.objects.count() == 1
