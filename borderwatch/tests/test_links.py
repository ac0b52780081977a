"""Links to act without signing in: their address, their life, their single use, and what the log of visits keeps."""

import time
import uuid
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from borderwatch import checks, clock, links, outbox, topics
from borderwatch.actions import revoke_link
from borderwatch.links import Closed, State
from borderwatch.models import ActionLink, AuditEntry, Delivery
from borderwatch.outbox import Notice, Recipient
from units.choices import MachineChannel
from units.models import Endpoint


def asks(data):
    """The test's notices ask to do with a thing; the data may say more."""
    until = clock.now() + timedelta(hours=1) if data.get("ends") else None
    return topics.Asked("do_it", "thing", "7", until=until, person_only=bool(data.get("person_only")))


@pytest.fixture(autouse=True)
def topic(monkeypatch):
    """A topic that asks for something."""
    made = topics.Topic("test_topic", "Test", "notices/incident_filed.txt", asks=asks)
    monkeypatch.setitem(topics.TOPICS, "test_topic", made)


@pytest.fixture
def endpoint(world):
    return Endpoint.objects.create(unit=world["moi"], channel=MachineChannel.EMAIL, address="desk@moi.example")


def publish(*recipients, event="", **more):
    values = {"topic": "test_topic", "kind": "incident", "key": "RTK-1", "data": {"ref": "RTK-1"}}
    with transaction.atomic():
        return outbox.publish(Notice(**{**values, **more}, event=event or str(uuid.uuid4()), recipients=recipients))


def person(user, channel="email"):
    return Recipient(f"user:{user.pk}", user.username, channel, user_id=user.pk)


@pytest.fixture
def link(moi):
    """A link sent to a person by e-mail."""
    (row,) = publish(person(moi))
    return ActionLink.objects.select_related("delivery__endpoint").get(delivery=row)


def of(rows):
    return ActionLink.objects.filter(delivery__in=rows)


# --- making ---------------------------------------------------------------------------------------------------


def test_mails_and_messages_get_a_link_and_nothing_else_does(moi, endpoint):
    rows = publish(*(person(moi, channel) for channel in Delivery.Channel.values))
    assert {one.delivery.channel for one in of(rows).select_related("delivery")} == {"email", "message"}


def test_a_notice_that_asks_nothing_gets_no_link(moi, monkeypatch):
    monkeypatch.setitem(topics.TOPICS, "test_topic", topics.Topic("test_topic", "T", "notices/incident_filed.txt"))
    assert not of(publish(person(moi))).exists()


def test_the_same_event_again_makes_no_second_link(moi):
    publish(person(moi), event="e:1")
    publish(person(moi), event="e:1")
    assert ActionLink.objects.count() == 1


def test_a_link_goes_with_its_transaction(moi):
    with transaction.atomic():
        publish(person(moi))
        transaction.set_rollback(True)
    assert not ActionLink.objects.exists()


def test_a_link_lives_from_the_time_its_notice_is_planned_for(moi, settings):
    settings.ACTION_LINK_HOURS = 5
    later = clock.now() + timedelta(hours=10)
    (row,) = publish(person(moi), at=later)
    assert of([row]).get().expires_at == later + timedelta(hours=5)


def test_a_notice_that_is_put_off_takes_its_link_along(moi):
    first, second = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=90)
    (row,) = publish(person(moi), at=first)
    outbox.postpone([row.pk], until=second)
    assert of([row]).get().expires_at == second + timedelta(hours=72)


def test_a_link_does_not_outlive_its_object(moi):
    (row,) = publish(person(moi), data={"ref": "RTK-1", "ends": True})
    left = of([row]).get().expires_at - clock.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_what_a_person_alone_may_do_is_sent_to_no_address(moi, endpoint):
    machine = Recipient(f"endpoint:{endpoint.pk}", "MoI", "email", endpoint_id=endpoint.pk)
    rows = publish(person(moi), machine, data={"ref": "RTK-1", "person_only": True})
    assert [one.delivery.user_id for one in of(rows).select_related("delivery")] == [moi.pk]


# --- the address ----------------------------------------------------------------------------------------------


def test_every_retry_has_the_same_short_address(link, settings):
    settings.SITE_URL = "https://borderwatch.gov.kh"
    assert links.url(link) == links.url(ActionLink.objects.get(pk=link.pk)) == link.url
    assert len(link.url) <= 76
    assert links.find(links.token(link)) == link


def test_the_database_alone_opens_nothing(link, settings):
    columns = [str(value) for value in ActionLink.objects.values_list().get(pk=link.pk)]
    secret = links.token(link)[23:]
    assert not any(secret in column for column in columns)
    token = links.token(link)
    settings.SECRET_KEY = "the key of another site"
    assert links.find(token) is None


def test_a_key_before_still_opens_and_one_thrown_away_does_not(link, settings):
    old, token = settings.SECRET_KEY, links.token(link)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [old]
    assert links.find(token) == link
    assert links.find(links.token(link)) == link
    settings.SECRET_KEY_FALLBACKS = []
    assert links.find(token) is None


def test_a_wrong_secret_is_found_out_without_asking_the_database(link, django_assert_num_queries):
    known, secret = links.token(link)[:22], links.token(link)[23:]
    other = links.token(ActionLink(id=uuid.uuid4()))
    wrong = ("A" if secret[0] != "A" else "B") + secret[1:]
    with django_assert_num_queries(0):
        for text in (
            f"{known}-{wrong}",
            f"{known}-{other[23:]}",
            f"{other[:22]}-{secret}",
            known,
            "",
            "é" * 39,
            "x" * 39,
        ):
            assert links.find(text) is None, text
    with django_assert_num_queries(1):
        assert links.find(other) is None


# --- checking and using ---------------------------------------------------------------------------------------


def use(link, **said):
    with transaction.atomic():
        held = links.lock(link)
        links.demand_open(held, clock.now())
        return links.spend(held, said, clock.now())


def test_it_works_once_and_leaves_a_receipt(link):
    used = use(link, answer="yes")
    assert used.receipt.startswith("R-")
    assert len(used.receipt) == 9
    assert ActionLink.objects.get(pk=link.pk).confirmed == {"answer": "yes"}
    with pytest.raises(Closed) as refused:
        use(link)
    assert refused.value.state is State.USED


def test_using_it_is_the_proof_that_the_notice_was_opened_and_acknowledged(link):
    used = use(link)
    row = Delivery.objects.get(pk=link.delivery_id)
    assert row.opened_at == row.acknowledged_at == used.used_at
    assert row.received_at is None


def test_a_used_link_without_receipt_is_refused_by_the_database(link):
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionLink.objects.filter(pk=link.pk).update(used_at=clock.now())


def test_two_receipts_have_two_numbers(link, moi):
    use(link)
    (row,) = publish(person(moi))
    with pytest.raises(IntegrityError), transaction.atomic():
        of([row]).update(used_at=clock.now(), receipt=ActionLink.objects.get(pk=link.pk).receipt)


def test_it_ends_at_its_time(link):
    ActionLink.objects.filter(pk=link.pk).update(expires_at=clock.now())
    link.refresh_from_db()
    assert links.state(link, clock.now()) is State.EXPIRED
    with pytest.raises(Closed):
        use(link)
    assert links.of_delivery(link.delivery) is None


def test_a_cancelled_notice_and_a_retired_address_open_nothing(link, endpoint):
    Delivery.objects.filter(pk=link.delivery_id).update(state="cancelled", done_at=clock.now())
    assert links.state(links.find(links.token(link)), clock.now()) is State.REVOKED
    (row,) = publish(Recipient(f"endpoint:{endpoint.pk}", "MoI", "email", endpoint_id=endpoint.pk))
    sent = of([row]).get()
    assert links.state(links.find(links.token(sent)), clock.now()) is State.OPEN
    Endpoint.objects.filter(pk=endpoint.pk).update(active=False)
    assert links.state(links.find(links.token(sent)), clock.now()) is State.REVOKED


# --- closing --------------------------------------------------------------------------------------------------


def test_the_receiver_and_the_staff_close_a_link_with_a_reason(link, moi, admin, audited):
    closed = revoke_link(actor=moi, link=link, reason=" I passed it on by mistake ")
    assert links.state(closed, clock.now()) is State.REVOKED
    entry = audited("revoke_link", str(link.pk))
    assert (entry.actor, entry.reason) == (moi, "I passed it on by mistake")
    assert links.token(link)[23:] not in f"{entry.label}{entry.before}{entry.after}"
    (row,) = publish(person(moi))
    assert revoke_link(actor=admin, link=of([row]).get(), reason="Phone lost").revoked_at is not None


def test_nobody_else_closes_it_and_not_without_a_reason(link, moi, moi2, untouched):
    with untouched():
        with pytest.raises(PermissionDenied):
            revoke_link(actor=moi2, link=link, reason="x")
        with pytest.raises(ValidationError):
            revoke_link(actor=moi, link=link, reason="  ")
    assert ActionLink.objects.get(pk=link.pk).revoked_at is None


def test_a_used_or_closed_link_cannot_be_closed(link, moi):
    use(link)
    with pytest.raises(ValidationError):
        revoke_link(actor=moi, link=link, reason="x")
    assert not AuditEntry.objects.filter(verb="revoke_link").exists()


# --- visits ---------------------------------------------------------------------------------------------------


def visit(link, method="get", **headers):
    links.note(link, getattr(RequestFactory(), method)("/", **headers), "read: open")


def test_a_visit_is_logged_with_address_and_program(link):
    visit(link, headers={"User-Agent": "Scanner/1.0\x00" + "x" * 300}, REMOTE_ADDR="203.0.113.9")
    (row,) = link.visits.all()
    assert (row.method, row.outcome, row.address) == ("GET", "read: open", "203.0.113.9")
    assert row.agent.startswith("Scanner/1.0x")
    assert len(row.agent) == 200


def test_an_unreadable_address_is_none(link):
    visit(link, REMOTE_ADDR="not an address")
    assert link.visits.get().address is None


def test_only_the_first_visits_are_kept_and_reading_does_not_crowd_out_pressing(link, settings):
    settings.LINK_VISITS_KEPT = 3
    for _ in range(5):
        visit(link)
        visit(link, "head")
    visit(link, "post")
    assert sorted(link.visits.values_list("method", flat=True)) == ["GET", "GET", "HEAD", "POST"]


def test_a_link_that_is_opened_all_the_time_is_held_up_for_a_minute(link, settings, monkeypatch):
    settings.LINK_READS_PER_MINUTE, settings.LINK_ACTS_PER_MINUTE = 3, 1
    now = time.time()
    monkeypatch.setattr("borderwatch.links.time.time", lambda: now)
    assert [links.too_often(link, acting=False) for _ in range(5)] == [False] * 3 + [True] * 2
    assert [links.too_often(link, acting=True) for _ in range(2)] == [False, True]
    monkeypatch.setattr("borderwatch.links.time.time", lambda: now + 60)
    assert not links.too_often(link, acting=False)


# --- deployment -----------------------------------------------------------------------------------------------


def test_a_deployment_whose_links_are_not_https_does_not_start(settings):
    settings.PLAIN_HTTP, settings.SITE_URL = False, "http://borderwatch.gov.kh"
    assert [one.id for one in checks.links_are_https()] == ["borderwatch.E001"]
    assert "borderwatch.E001" in [one.id for one in run_checks(tags=["security"])]
    settings.SITE_URL = "https://borderwatch.gov.kh"
    assert not checks.links_are_https()
    settings.PLAIN_HTTP, settings.SITE_URL = True, "http://127.0.0.1:8000"
    assert not checks.links_are_https()
