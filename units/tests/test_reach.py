"""How a person is told beside the application: mail for what is urgent when he wants it, never for what is personal."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from borderwatch import clock, outbox, settling
from borderwatch.models import ActionLink, Delivery
from borderwatch.outbox import Notice
from units import actions
from units.choices import Role
from units.directory import Wish
from units.models import Delegation, Reach, User
from units.recipients import Book, person

Channel, State = Delivery.Channel, Delivery.State
DAY = timedelta(days=1)


@pytest.fixture
def wants_mail(mfaic: Any) -> Reach:
    return actions.set_reach(actor=mfaic, mail_immediate=True, digest=False, digest_at=time(7))


@pytest.fixture
def ponds_case(file: Any) -> Any:
    return lambda: file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")


def mails(user: User, **more: Any) -> list[Delivery]:
    return list(Delivery.objects.filter(user=user, channel=Channel.EMAIL, **more))


# --- the verbs -------------------------------------------------------------------------------------------------


def test_a_person_says_how_he_wishes_to_be_told(mfaic, audited):
    actions.set_reach(
        actor=mfaic, mail_immediate=True, digest=True, digest_at=time(6, 30), quiet_from=time(21), quiet_until=time(6)
    )
    row = Reach.objects.get(user=mfaic)
    assert (row.digest_at, row.quiet_from, row.quiet_until) == (time(6, 30), time(21), time(6))
    entry = audited("set_reach", "mfaic")
    assert (entry.before["mail_immediate"], entry.after["digest_at"]) == (False, "06:30")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quiet_from": time(21)}, "quiet_until"),
        ({"quiet_until": time(6)}, "quiet_from"),
        ({"quiet_from": time(6), "quiet_until": time(6)}, "quiet_until"),
    ],
)
def test_quiet_hours_have_a_beginning_and_an_end(mfaic, untouched, changes, field):
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.set_reach(actor=mfaic, mail_immediate=True, digest=False, digest_at=time(7), **changes)
    assert field in refused.value.message_dict


@pytest.mark.parametrize(("mail", "digest", "field"), [(True, False, "mail_immediate"), (False, True, "digest")])
def test_mail_needs_an_address(mfaic, mail, digest, field):
    mfaic.email = ""
    with pytest.raises(ValidationError) as refused:
        actions.set_reach(actor=mfaic, mail_immediate=mail, digest=digest, digest_at=time(7))
    assert field in refused.value.message_dict


def test_an_administrator_alone_names_a_message_destination_the_settings_know(
    settings, admin, mfaic, keeper, audited, untouched
):
    settings.MESSAGE_DESTINATIONS = {"duty-phone": "json://127.0.0.1"}
    for who in (mfaic, keeper):
        with untouched(), pytest.raises(PermissionDenied):
            actions.set_destination(actor=who, user=mfaic, destination="duty-phone", reason="no")
    with untouched(), pytest.raises(ValidationError):
        actions.set_destination(actor=admin, user=mfaic, destination="elsewhere", reason="order")
    actions.set_destination(actor=admin, user=mfaic, destination="duty-phone", reason="order")
    assert audited("set_destination", "mfaic").after == {"destination": "duty-phone"}
    row = Reach.objects.get(user=mfaic)
    assert (row.mail_immediate, row.digest, row.destination) == (False, False, "duty-phone")


# --- what is written -------------------------------------------------------------------------------------------


def test_who_has_said_nothing_gets_no_mail(ponds_case, mfaic):
    ponds_case()
    assert not mails(mfaic)


def test_what_is_urgent_comes_by_mail_too_at_every_step_with_its_link(ponds_case, mfaic, wants_mail):
    ponds_case()
    now, later = mails(mfaic, topic="duty_opened"), mails(mfaic, topic="duty_reminder")
    assert [row.state for row in (*now, *later)] == [State.PENDING, State.PENDING]
    assert later[0].planned_at > now[0].planned_at
    assert ActionLink.objects.filter(delivery__in=[*now, *later]).count() == 2


def test_what_can_wait_and_what_is_read_signed_in_alone_go_by_no_mail(file, province, world, report, mfaic):
    actions.set_reach(actor=province, mail_immediate=True, digest=False, digest_at=time(7))
    file()
    assert Delivery.objects.filter(user=province, topic="incident_filed").exists()
    with transaction.atomic():
        for topic in ("case_notified", "exceptional_filed"):
            data = {"ref": "x", "url": ""}
            outbox.publish(Notice(topic, f"{topic}:1", "case", "x", [person(province)], data))
    assert not mails(province)


def test_a_destination_gets_a_message_beside(settings, ponds_case, admin, mfaic):
    settings.MESSAGE_DESTINATIONS = {"duty-phone": "json://127.0.0.1"}
    actions.set_destination(actor=admin, user=mfaic, destination="duty-phone", reason="order")
    ponds_case()
    assert Delivery.objects.filter(user=mfaic, channel=Channel.MESSAGE, topic="duty_opened").count() == 1
    assert not mails(mfaic)


def test_many_persons_cost_no_query_more_than_one(world, django_assert_max_num_queries, moi, moi2, mfaic, ssba):
    for user in (moi, moi2, mfaic, ssba):
        actions.set_reach(actor=user, mail_immediate=True, digest=False, digest_at=time(7))
    book = Book([world[code] for code in ("moi", "mfaic", "ssba")])
    to = [one for code in ("moi", "mfaic", "ssba") for one in book.desk(world[code])]
    # The savepoint's two, the clock, who is away, what they wish, the rows.
    with django_assert_max_num_queries(6), transaction.atomic():
        outbox.publish(Notice("duty_opened", "e1", "incident", "x", to, {}))
    assert Delivery.objects.filter(event="e1", channel=Channel.INAPP).count() == 4
    assert Delivery.objects.filter(event="e1", channel=Channel.EMAIL, user__isnull=False).count() == 4


def test_the_mail_of_who_is_away_is_held_and_says_who_was_told(ponds_case, world, mfaic, wants_mail):
    deputy = User.objects.get(username="mfaic-deputy")
    now = clock.now()
    actions.grant_delegation(
        actor=mfaic, person=mfaic, unit=world["mfaic"], role=Role.OFFICIAL, stand_in=deputy, since=now,
        until=now + DAY, reason="mission",
    )  # fmt: skip
    actions.set_reach(actor=deputy, mail_immediate=True, digest=False, digest_at=time(7))
    ponds_case()
    [held], [sent] = mails(mfaic, topic="duty_opened"), mails(deputy, topic="duty_opened")
    assert (held.state, sent.state) == (State.CANCELLED, State.PENDING)
    assert held.state_reason.startswith("away until ")


def test_a_mail_written_before_the_person_went_away_goes_to_the_stand_in_when_it_leaves(
    ponds_case, world, mfaic, wants_mail
):
    ponds_case()
    [mail] = mails(mfaic, topic="duty_opened")
    deputy = User.objects.get(username="mfaic-deputy")
    now = clock.now()
    actions.set_reach(actor=deputy, mail_immediate=True, digest=False, digest_at=time(7))
    actions.grant_delegation(
        actor=mfaic, person=mfaic, unit=world["mfaic"], role=Role.OFFICIAL, stand_in=deputy, since=now,
        until=now + DAY, reason="mission",
    )  # fmt: skip
    assert outbox.deliver(str(mail.pk), by="test") == State.CANCELLED
    mail.refresh_from_db()
    assert deputy.record_name in mail.state_reason
    assert [row.state for row in mails(deputy, event=mail.event)] == [State.PENDING]
    assert Delivery.objects.filter(user=deputy, event=mail.event, channel=Channel.INAPP).count() == 1


def test_who_switched_mail_off_meanwhile_gets_no_planned_mail(ponds_case, mfaic, wants_mail):
    ponds_case()
    actions.set_reach(actor=mfaic, mail_immediate=False, digest=False, digest_at=time(7))
    hour = timedelta(minutes=61)
    for row in Delivery.objects.filter(topic="duty_reminder"):
        Delivery.objects.filter(pk=row.pk).update(
            planned_at=row.planned_at - hour, due_at=row.due_at - hour, created_at=row.created_at - hour
        )
    settling.settle_due()
    [mail] = mails(mfaic, topic="duty_reminder")
    assert (mail.state, mail.state_reason) == (State.CANCELLED, settling.LEFT)


def test_away_where_the_notice_does_not_belong_changes_nothing(ponds_case, world, mfaic):
    """Away at SSBA only; MFAIC's notices are told as always."""
    now = clock.now()
    Delegation.objects.create(
        person=mfaic, stand_in=User.objects.get(username="ssba-deputy"), unit=world["ssba"], role=Role.OFFICIAL,
        reason="x", period=(now - DAY, now + DAY), granted_at=now,
    )  # fmt: skip
    ponds_case()
    assert Delivery.objects.get(user=mfaic, topic="duty_opened").state_reason == ""


# --- quiet hours ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet", "at", "leaves"),
    [
        ((time(21), time(6)), "2026-11-25T22:30", "2026-11-26T06:00"),
        ((time(21), time(6)), "2026-11-25T03:00", "2026-11-25T06:00"),
        ((time(21), time(6)), "2026-11-25T21:00", "2026-11-26T06:00"),
        ((time(21), time(6)), "2026-11-25T06:00", "2026-11-25T06:00"),
        ((time(12), time(14)), "2026-11-25T13:59", "2026-11-25T14:00"),
        ((time(12), time(14)), "2026-11-25T15:00", "2026-11-25T15:00"),
        ((None, None), "2026-11-25T03:00", "2026-11-25T03:00"),
    ],
)
def test_what_can_wait_leaves_when_the_quiet_hours_end(quiet, at, leaves):
    moments = [timezone.make_aware(timezone.datetime.fromisoformat(text)) for text in (at, leaves)]
    assert Wish((), *quiet).not_before(moments[0]) == moments[1]


def test_quiet_hours_hold_back_nothing_that_is_urgent(ponds_case, mfaic):
    local = timezone.localtime(clock.now())
    around = [(local + timedelta(hours=h)).time().replace(second=0, microsecond=0) for h in (-1, 2)]
    actions.set_reach(
        actor=mfaic, mail_immediate=True, digest=False, digest_at=time(7), quiet_from=around[0], quiet_until=around[1]
    )
    ponds_case()
    [mail] = mails(mfaic, topic="duty_opened")
    assert mail.due_at == mail.planned_at
