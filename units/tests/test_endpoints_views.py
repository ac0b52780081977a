"""The pages of addresses: administrators act, the people of a desk look, a secret is shown once."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from borderwatch import breaker, jobs, outbox
from borderwatch.models import Attempt, AuditEntry, Delivery, Job
from borderwatch.receivers import WebhookReceiver
from units import actions
from units.models import Endpoint, User

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture(autouse=True)
def _english(world):
    User.objects.update(language="en")


@pytest.fixture
def admin2(world):
    return actions.create_user(
        actor=None,
        username="admin2",
        password="a long password",
        name_en="Second Admin",
        is_staff=True,
        language="en",
    )


@pytest.fixture
def receiver():
    server = WebhookReceiver()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def endpoint(world, admin, admin2, receiver):
    """A webhook of MoI in use."""
    asked = actions.ask_endpoint(
        actor=admin, unit=world["moi"], channel="webhook", address=f"{receiver.url}/moi", reason="letter 12"
    )
    return actions.confirm_endpoint(actor=admin2, endpoint=asked, reason="called them")


def step(client, endpoint, slug, **data):
    return client.post(reverse("endpoints:step", args=[endpoint.pk, slug]), data)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_two_administrators_bring_a_machine_into_use(signed_in, admin, admin2, receiver, world):
    first, second = signed_in(admin), signed_in(admin2)
    asked = {
        "unit": "moi · Ministry of Interior", "level": "desk", "channel": "webhook", "language": "km",
        "address": f"{receiver.url}/moi", "internal_networks": "", "reason": "letter 12",
    }  # fmt: skip
    answer = first.post(reverse("endpoints:new"), asked)
    (secret,) = set(SECRET.findall(answer.content.decode()))
    assert "no-store" in answer["Cache-Control"]
    endpoint = Endpoint.objects.get(unit=world["moi"], channel="webhook")
    assert endpoint.secret == secret
    # Never again: not on its page, not in the list, not in the log, not for the administration's site.
    for client in (first, second):
        for url in (
            reverse("endpoints:detail", args=[endpoint.pk]),
            reverse("endpoints:list"),
            reverse("endpoints:log", args=[endpoint.pk]),
            reverse("admin:units_endpoint_changelist"),
        ):
            page = client.get(url, follow=True)
            assert page.status_code in {200, 403}
            assert not SECRET.search(page.content.decode())
    assert step(first, endpoint, "confirm", reason="mine").status_code == 403
    assert "another administrator confirms it" in text(first.get(reverse("endpoints:detail", args=[endpoint.pk])))
    refused = step(second, endpoint, "confirm", reason="")
    assert refused.status_code == 422
    assert step(second, endpoint, "confirm", reason="called 023 1234").status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.active
    again = step(second, endpoint, "confirm", reason="called again")
    assert again.status_code == 422
    assert "in use" in text(again)


def test_what_is_typed_stays_and_the_fault_stands_at_its_field(signed_in, admin, world, settings):
    settings.WEBHOOK_ALLOW_PLAIN = False
    asked = {
        "unit": "moi", "level": "deputy", "channel": "webhook", "language": "en", "address": "https://127.0.0.1/x",
        "internal_networks": "10.20.0.0/16\n8.8.8.0/24", "reason": "letter 12",
    }  # fmt: skip
    client = signed_in(admin)
    answer = client.post(reverse("endpoints:new"), asked)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"internal_networks"}
    assert "https://127.0.0.1/x" in text(answer)
    answer = client.post(reverse("endpoints:new"), asked | {"internal_networks": "១០.20.0.0/16"})
    assert set(answer.context["form"].errors) == {"address"}
    answer = client.post(reverse("endpoints:new"), {"unit": "nowhere", "channel": "email"})
    assert {"unit", "level", "address", "language", "reason"} <= set(answer.context["form"].errors)
    assert not Endpoint.objects.filter(unit=world["moi"]).exists()


def test_a_message_is_picked_by_name_and_only_when_the_settings_have_some(signed_in, admin, settings, world):
    client = signed_in(admin)
    assert "message (Telegram" not in text(client.get(reverse("endpoints:new")))
    settings.MESSAGE_DESTINATIONS = {"moi-desk": "tgram://123456789:abcdefg_hijklmnop/12345/"}
    page = text(client.get(reverse("endpoints:new")))
    assert "moi-desk (tgram)" in page
    assert "abcdefg" not in page
    asked = {"unit": "moi", "level": "desk", "channel": "message", "language": "km", "reason": "x"}
    answer = client.post(reverse("endpoints:new"), asked)
    assert set(answer.context["form"].errors) == {"destination"}
    assert client.post(reverse("endpoints:new"), asked | {"destination": "else"}).status_code == 422
    answer = client.post(reverse("endpoints:new"), asked | {"destination": "moi-desk"})
    made = Endpoint.objects.get(channel="message")
    assert answer.url == reverse("endpoints:detail", args=[made.pk])
    assert made.address == "moi-desk"


def test_a_secret_is_changed_from_the_page(signed_in, admin, endpoint):
    client = signed_in(admin)
    page = text(client.get(reverse("endpoints:detail", args=[endpoint.pk])))
    assert "Make a new secret" in page
    assert "Use the new secret alone" not in page
    answer = step(client, endpoint, "begin", reason="yearly")
    (new,) = set(SECRET.findall(answer.content.decode()))
    page = text(client.get(reverse("endpoints:detail", args=[endpoint.pk])))
    assert "two are valid since" in page
    assert new not in page
    assert step(client, endpoint, "begin", reason="yearly").status_code == 422
    assert step(client, endpoint, "end", reason="they use it").status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.secret, endpoint.next_secret) == (new, "")


def test_a_test_shows_in_the_log_with_its_end(signed_in, admin, endpoint, receiver):
    client = signed_in(admin)
    receiver.fail_next(1, 500)
    assert client.post(reverse("endpoints:test", args=[endpoint.pk])).status_code == 302
    row = Delivery.objects.get(topic="endpoint_test")
    outbox.deliver(str(row.pk), by="worker")
    assert client.post(reverse("endpoints:test", args=[endpoint.pk])).status_code == 422
    log = text(client.get(reverse("endpoints:log", args=[endpoint.pk])))
    assert "Test of an address" in log
    assert "HTTP 500" in log
    assert str(row.pk) in log


def test_a_notice_is_sent_again_from_the_log_with_a_reason(signed_in, admin, endpoint, receiver):
    client = signed_in(admin)
    row = actions.try_endpoint(actor=admin, endpoint=endpoint)
    outbox.deliver(str(row.pk), by="worker")
    url = reverse("endpoints:again", args=[endpoint.pk, row.pk])
    refused = client.post(url, {"reason": " "})
    assert refused.status_code == 422
    assert f'href="#field-again-{row.pk}_reason"' in refused.content.decode() or "Reason" in text(refused)
    assert client.post(url, {"reason": "They lost it."}).url == reverse("endpoints:log", args=[endpoint.pk])
    jobs.run(Job.objects.get(kind="send_again").pk)
    assert [call.id for call in receiver.calls] == [str(row.pk)] * 2
    Delivery.objects.filter(pk=row.pk).update(state="dead")
    client.post(url, {"reason": "mended"})
    row.refresh_from_db()
    assert row.state == "pending"
    assert client.post(url, {"reason": "x"}).status_code == 422
    other = reverse("endpoints:again", args=[Endpoint.objects.exclude(pk=endpoint.pk).first().pk, row.pk])
    assert client.post(other, {"reason": "x"}).status_code == 404


def test_the_people_of_a_desk_look_and_do_nothing(signed_in, moi, mfaic, keeper, endpoint):
    own, other = signed_in(moi), signed_in(mfaic)
    page = text(own.get(reverse("endpoints:detail", args=[endpoint.pk])))
    assert endpoint.address in page
    assert "What you can do" not in page
    assert "Send once more" not in text(own.get(reverse("endpoints:log", args=[endpoint.pk])))
    assert step(own, endpoint, "retire", reason="x").status_code == 403
    assert other.get(reverse("endpoints:detail", args=[endpoint.pk])).status_code == 404
    assert endpoint.address not in text(other.get(reverse("endpoints:list")))
    assert signed_in(keeper).get(reverse("endpoints:list")).status_code == 403
    assert step(own, endpoint, "nonsense", reason="x").status_code == 404


def test_an_address_that_fails_is_marked(signed_in, admin, endpoint):
    for number in range(breaker.FAILURES):
        row = actions.try_endpoint(actor=admin, endpoint=endpoint)
        Attempt.objects.create(
            delivery=row,
            number=1,
            started_at=timezone.now(),
            ended_at=timezone.now(),
            outcome="failed",
            detail="HTTP 500",
        )
        ended = {"state": "dead", "done_at": timezone.now()} if number else {}
        Delivery.objects.filter(pk=row.pk).update(planned_at=timezone.now() - timedelta(minutes=20), **ended)
        Delivery.objects.filter(pk=row.pk).exclude(state="dead").update(topic="endpoint_asked")
    client = signed_in(admin)
    listed = text(client.get(reverse("endpoints:list")))
    assert "1 address does not take its notices" in listed
    assert "5 failed attempts in 7 days" in listed
    page = text(client.get(reverse("endpoints:detail", args=[endpoint.pk])))
    assert "1 notice waits for this address" in page
    assert "it is tried every five minutes now" in page


def test_what_has_ended_is_listed_apart(signed_in, admin, endpoint):
    client = signed_in(admin)
    assert step(client, endpoint, "retire", reason="moved").status_code == 302
    assert endpoint.address not in text(client.get(reverse("endpoints:list")))
    assert endpoint.address in text(client.get(reverse("endpoints:list") + "?ended=1"))
    assert "Address taken out of use" in text(client.get(reverse("endpoints:detail", args=[endpoint.pk])))


def test_the_administration_site_cannot_go_round_the_second_person(signed_in, admin, endpoint):
    client = signed_in(admin)
    before = (Endpoint.objects.count(), AuditEntry.objects.count())
    assert client.get(reverse("admin:units_endpoint_add")).status_code == 403
    assert client.post(reverse("admin:units_endpoint_add"), {"unit": endpoint.unit_id}).status_code == 403
    change = reverse("admin:units_endpoint_change", args=[endpoint.pk])
    page = client.get(change)
    assert page.status_code == 200
    assert not SECRET.search(page.content.decode())
    assert client.post(change, {"address": "https://else.example.org/"}).status_code == 403
    assert (Endpoint.objects.count(), AuditEntry.objects.count()) == before


def test_pages_ask_the_database_little(signed_in, admin, endpoint, world, django_assert_max_num_queries):
    rows = [
        Endpoint(unit=unit, channel="email", address=f"{code}@x.example.org") for code, unit in list(world.items())[:30]
    ]
    Endpoint.objects.bulk_create(rows)
    for _number in range(12):
        row = actions.try_endpoint(actor=admin, endpoint=endpoint)
        outbox.deliver(str(row.pk), by="worker")
    client = signed_in(admin)
    for url, most in (
        (reverse("endpoints:list"), 12),
        (reverse("endpoints:detail", args=[endpoint.pk]), 16),
        (reverse("endpoints:log", args=[endpoint.pk]), 9),
        (reverse("endpoints:new"), 7),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(url).status_code == 200
