"""Messages through Apprise: one call for one receiver, a number in the text, and never a secret in a record or log."""

import logging

import pytest
from django.core.exceptions import ImproperlyConfigured

from borderwatch import env, outbox
from borderwatch.checks import messages_can_be_sent
from borderwatch.models import Attempt, Delivery
from borderwatch.outbox import Recipient
from borderwatch.receivers import WebhookReceiver
from borderwatch.tests.test_outbox import publish, send, topic  # noqa: F401
from borderwatch.transports import TransportError, message
from units.models import Endpoint, Reach

SECRET = "s3cr3t-token"


@pytest.fixture
def service(settings):
    """A server that Apprise's json:// talks to."""
    server = WebhookReceiver()
    server.start()
    settings.MESSAGE_DESTINATIONS = {"moi-desk": f"json://user:{SECRET}@127.0.0.1:{server.port}/{SECRET}"}
    yield server
    server.stop()


@pytest.fixture
def endpoint(world):
    return Endpoint.objects.create(unit=world["moi"], channel="message", address="moi-desk", language="en")


def recipient(endpoint):
    return Recipient(f"endpoint:{endpoint.pk}", "MoI", "message", endpoint_id=endpoint.pk, language=endpoint.language)


def real(file, endpoint):
    """A real notice of a real incident, turned to the message endpoint."""
    row = Delivery.objects.get(key=file().ref, channel="email")
    Delivery.objects.filter(pk=row.pk).update(channel="message", endpoint=endpoint, language="en")
    row.refresh_from_db()
    return row


def test_a_message_is_the_notice_in_short_with_its_number(file, endpoint, service):
    row = real(file, endpoint)
    assert send(row) == Delivery.State.DELIVERED
    assert row.state_reason == "accepted by json"
    # Accepted by the service: that it arrived nobody knows.
    assert row.received_at is None
    (call,) = service.calls
    assert row.key in call.body["title"]
    assert str(row.pk)[:8] in call.body["message"]
    assert f"/incidents/{row.key}/" in call.body["message"]
    assert len(call.body["message"]) < 1200


def test_a_person_is_told_at_the_destination_he_chose(moi, service, world):
    Reach.objects.create(user=moi, destination="moi-desk")
    (row,) = publish(Recipient(f"user:{moi.pk}", "MoI", "message", user_id=moi.pk))
    assert send(row) == Delivery.State.DELIVERED
    assert len(service.calls) == 1


@pytest.mark.expects_errors
def test_a_person_without_a_destination_is_told_nothing(moi):
    (row,) = publish(Recipient(f"user:{moi.pk}", "MoI", "message", user_id=moi.pk))
    assert send(row) == Delivery.State.DEAD
    assert "no message destination" in row.state_reason


def test_a_service_that_refuses_is_tried_again(endpoint, service):
    (row,) = publish(recipient(endpoint))
    service.fail_next(1, 503)
    assert send(row) == "failed"
    assert row.state_reason == "json did not accept it"
    Delivery.objects.filter(pk=row.pk).update(due_at=row.created_at)
    assert send(row) == Delivery.State.DELIVERED


@pytest.mark.expects_errors
def test_a_destination_that_has_left_the_settings_names_the_setting(endpoint, service, settings):
    settings.MESSAGE_DESTINATIONS = {}
    (row,) = publish(recipient(endpoint))
    assert send(row) == Delivery.State.DEAD
    assert row.state_reason == "BORDERWATCH_MESSAGES has no destination called moi-desk"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"nonsense://{SECRET}/x", "does not understand"),
        (f"tgram://{SECRET}", "does not understand"),
        (f"tgram://123456789:abcdefg_hijklmnop{SECRET}/111/222/", "several receivers"),
    ],
)
def test_a_destination_that_cannot_be_used_is_named_at_the_start_and_never_shown(url, why, settings, endpoint, caplog):
    settings.MESSAGE_DESTINATIONS = {"moi-desk": url}
    (fault,) = messages_can_be_sent()
    assert "moi-desk" in fault.msg
    assert why in fault.msg
    (row,) = publish(recipient(endpoint))
    with pytest.raises(TransportError) as refusal:
        message.send(outbox.claim(str(row.pk), by="worker"))
    assert refusal.value.permanent
    assert SECRET not in f"{fault.msg}{refusal.value.message}{caplog.text}"


def test_one_receiver_with_apprises_own_repeats_is_one(settings):
    settings.MESSAGE_DESTINATIONS = {"a": "json://127.0.0.1:9/?retry=2", "b": "json://127.0.0.1:9/"}
    assert messages_can_be_sent() == []


def test_no_address_reaches_a_log_or_the_record_even_when_everything_is_logged(endpoint, service, caplog, monkeypatch):
    with caplog.at_level(logging.DEBUG):
        (row,) = publish(recipient(endpoint))
        service.fail_next(1, 500)
        send(row)

        def broken(*_args, **_kwargs):
            raise RuntimeError(f"https://api.example.org/bot{SECRET}/sendMessage")

        monkeypatch.setattr("apprise.Apprise.notify", broken)
        Delivery.objects.filter(pk=row.pk).update(due_at=row.created_at)
        assert send(row) == "failed"
    record = "".join(Attempt.objects.values_list("detail", flat=True)) + row.state_reason
    assert SECRET not in record + caplog.text


# --- settings -------------------------------------------------------------------------------------------------


def test_destinations_are_read_from_lines_and_from_json(monkeypatch):
    monkeypatch.setenv("X", "# desks\nmoi-desk = tgram://1:a/2/?x=y\n\n ssba=json://h/p ")
    assert env.destinations("X") == {"moi-desk": "tgram://1:a/2/?x=y", "ssba": "json://h/p"}
    monkeypatch.setenv("X", '{"moi-desk": "tgram://1:a/2/"}')
    assert env.destinations("X") == {"moi-desk": "tgram://1:a/2/"}
    monkeypatch.delenv("X")
    assert env.destinations("X") == {}


@pytest.mark.parametrize(
    "text",
    [
        f"tgram://{SECRET}", f"moi desk = json://{SECRET}", f"MOI = json://{SECRET}", f"moi = {SECRET}",
        f"moi = json://{SECRET} x", f"moi = json://{SECRET}\nmoi = json://b", '{"moi": 1}', "{", '{"moi": ["a"]}', "[",
    ],
)  # fmt: skip
def test_nonsense_in_the_settings_is_refused_aloud_without_the_address(text, monkeypatch):
    monkeypatch.setenv("X", text)
    with pytest.raises(ImproperlyConfigured) as refusal:
        env.destinations("X")
    assert "X" in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_long_body_is_cut_by_whole_lines_and_keeps_where_it_leads(settings):
    lines = [
        "What happened",
        *["word " * 40] * 6,
        f"{settings.SITE_URL}/answer/x/",
        "More words",
        f"{settings.SITE_URL}/y/",
    ]
    short = message._shortened("\n".join(lines)).splitlines()
    assert short[0] == "What happened"
    assert short[-4:] == ["…", lines[-3], "…", lines[-1]]
    assert len("\n".join(short)) < message.BODY_MAX + 200
    assert message._shortened("a\nb\n") == "a\nb"
