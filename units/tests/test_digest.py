"""The digest: once a day, what can wait and was not opened, in the person's language, and nothing when nothing."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone, translation

from borderwatch import clock, outbox, topics
from borderwatch.models import Delivery
from borderwatch.outbox import Notice
from units import actions
from units.models import Reach, User
from units.recipients import person
from units.tasks import send_digests

State, Channel = Delivery.State, Delivery.Channel


@pytest.fixture(autouse=True)
def _seven_has_passed(world: Any) -> Any:
    """Whatever the hour of this machine, it is ten in the morning of tomorrow there."""
    with at(0, 10):
        yield


@pytest.fixture
def reader(province: Any) -> User:
    actions.set_reach(actor=province, mail_immediate=False, digest=True, digest_at=time(7))
    return province


def digests(user: User) -> list[Delivery]:
    return list(Delivery.objects.filter(user=user, topic="digest"))


def at(days: int, hour: int) -> Any:
    """So many days after the first one, at that hour."""
    moment = timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days + 1)
    return clock.replaying(moment)


def test_what_can_wait_comes_as_one_mail_with_subjects_and_the_address(reader, file, settings):
    filed = [file(), file()]
    assert send_digests() == 1
    [row] = digests(reader)
    assert (row.channel, row.state) == (Channel.EMAIL, State.PENDING)
    assert outbox.deliver(str(row.pk), by="test") == State.DELIVERED
    text = mail.outbox[-1]
    assert text.to == [reader.email]
    assert all(incident.ref in text.body for incident in filed)
    assert f"{settings.SITE_URL}/notices/" in text.body


def test_it_speaks_the_person_s_language(reader, file):
    file()
    send_digests()
    [row] = digests(reader)
    with translation.override("en"):
        english = topics.render(row)
    assert english.subject == "1 notice waits for you"
    assert "Told in the application and not opened yet" in english.body
    with translation.override("km"):
        assert topics.render(row).body != english.body
    # A mail is text.
    assert "<" not in english.body


def test_it_is_written_once_a_day_however_often_it_is_asked_for(reader, file):
    file()
    assert [send_digests() for _round in range(3)] == [1, 0, 0]
    file()
    with at(0, 22):
        assert send_digests() == 0
    assert len(digests(reader)) == 1


def test_the_next_day_tells_what_came_since_and_not_the_old_again(reader, file):
    first = file()
    send_digests()
    with at(0, 20):
        second = file()
    with at(1, 6):
        assert send_digests() == 0
    with at(1, 8):
        assert send_digests() == 1
    named = topics.facts(digests(reader)[-1])["notices"]
    keys = set(Delivery.objects.filter(pk__in=named).values_list("key", flat=True))
    assert keys == {second.ref}
    assert first.ref not in keys


def test_nothing_to_tell_is_no_mail(reader, moi):
    assert send_digests() == 0
    assert not digests(reader)
    assert Reach.objects.get(user=reader).last_digest_at == clock.now()


def test_urgent_notices_never_wait_for_it_and_opened_ones_are_not_told_again(reader, file, mfaic):
    actions.set_reach(actor=mfaic, mail_immediate=False, digest=True, digest_at=time(7))
    file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")
    Delivery.objects.filter(user=reader).update(opened_at=clock.now())
    assert send_digests() == 0
    assert Delivery.objects.filter(user=mfaic, topic="duty_opened").exists()
    assert not digests(mfaic)


def test_what_is_read_signed_in_alone_is_counted_and_not_named(reader):
    with transaction.atomic():
        data = {"ref": "CASE-7", "url": ""}
        outbox.publish(Notice("case_step", "case:7:1", "case", "CASE-7", [person(reader)], data))
    assert send_digests() == 1
    [row] = digests(reader)
    with translation.override("en"):
        assert "CASE-7" not in topics.render(row).body
        assert "1 more" in topics.render(row).body


def test_everything_read_before_it_left_lets_it_stay(reader, file):
    file()
    send_digests()
    Delivery.objects.filter(user=reader, channel=Channel.INAPP).update(opened_at=clock.now())
    [row] = digests(reader)
    assert outbox.deliver(str(row.pk), by="test") == State.CANCELLED


def test_quiet_hours_put_it_off_to_their_end(province, file):
    actions.set_reach(
        actor=province, mail_immediate=False, digest=True, digest_at=time(7), quiet_from=time(9), quiet_until=time(12)
    )
    file()
    send_digests()
    [row] = digests(province)
    assert timezone.localtime(row.due_at).time() == time(12)


@pytest.mark.parametrize("changes", [{"is_active": False}, {"email": ""}])
def test_an_account_out_of_use_or_without_address_gets_none(reader, file, changes):
    file()
    User.objects.filter(pk=reader.pk).update(**changes)
    assert send_digests() == 0


def test_switched_off_or_not_yet_due_there_is_none(reader, file):
    file()
    with at(0, 6):
        assert send_digests() == 0
    actions.set_reach(actor=reader, mail_immediate=False, digest=False, digest_at=time(7))
    assert send_digests() == 0


def test_a_long_list_is_cut_and_the_rest_counted(reader):
    with transaction.atomic():
        for number in range(45):
            data = {"ref": f"R{number}", "url": "", "unit": None}
            outbox.publish(Notice("patrol_short", f"p:{number}", "patrol", "1", [person(reader)], data))
    send_digests()
    facts = topics.facts(digests(reader)[0])
    assert (len(facts["notices"]), facts["more"], facts["count"]) == (40, 5, 45)
    assert isinstance(datetime.fromisoformat(facts["day"]), datetime)
