"""The channels against real servers: SMTP and HTTP on this machine."""

import http.server
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.db import transaction
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from borderwatch import connecting, outbox, transports
from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.receivers import SmtpReceiver
from borderwatch.tests.test_outbox import SECRET, endpoint, machine, publish, receiver, send, topic  # noqa: F401
from borderwatch.transports import TransportError, webhook
from units.models import Endpoint


@pytest.fixture
def smtp(settings):
    server = SmtpReceiver()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


@pytest.fixture
def mail(file, province):
    """A real notice of a real incident, to the province by e-mail."""
    incident = file()
    return Delivery.objects.get(key=incident.ref, channel="email")


class Answering:
    """An HTTP server that answers every POST with one fixed raw answer."""

    def __init__(self, answer: bytes, hold_open: bool = False) -> None:
        outer = self
        self.requests: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.requests.append(self.path)
                self.rfile.read(int(self.headers["content-length"]))
                self.wfile.write(answer)
                self.wfile.flush()
                if hold_open:
                    outer.done.wait(20)

            def do_GET(self):
                outer.requests.append(f"GET {self.path}")

            def log_message(self, *args):
                pass

        self.done = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def close(self) -> None:
        self.done.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def answering():
    servers = []

    def start(answer, **more):
        servers.append(Answering(answer, **more))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def at(url, world):
    return Endpoint.objects.create(unit=world["moi"], channel="webhook", address=url, secret=SECRET)


# --- webhook --------------------------------------------------------------------------------------------------


def test_the_signature_is_that_of_the_standard(endpoint, receiver):  # noqa: F811
    (row,) = publish(machine(endpoint))
    send(row)
    (call,) = receiver.messages
    body = Webhook(SECRET).verify(call.raw, call.headers)
    assert body == json.loads(row.payload)
    assert call.headers["webhook-id"] == str(row.pk)
    assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 5
    assert call.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(call.raw, call.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(call.raw + b" ", call.headers)


def test_a_repeat_carries_the_same_id_and_bytes_and_a_fresh_timestamp(endpoint, receiver):  # noqa: F811
    """The receiver took it and answered too late: at its end one effect."""
    (row,) = publish(machine(endpoint))
    send(row)
    Delivery.objects.filter(pk=row.pk).update(state="pending", done_at=None)
    send(row)
    first, second = receiver.calls
    assert (first.id, first.raw) == (second.id, second.raw)
    assert second.repeated
    assert len(receiver.messages) == 1


def test_the_payload_of_an_escalation_says_who_must_answer_by_when(ponds, endpoint, receiver):  # noqa: F811
    duty = ponds.escalations.get().duties.get(unit__code="moi")
    opened = Delivery.objects.filter(topic="duty_opened").first()
    data = json.loads(opened.payload)
    assert data["type"] == "duty_opened"
    assert datetime.fromisoformat(data["timestamp"]).tzinfo is not None
    facts = data["data"]
    assert facts["ref"] == ponds.ref
    assert set(facts["duty"]) == {"id", "institution", "due_at", "url"}
    assert "text" not in facts
    assert duty.pk in {
        json.loads(d.payload)["data"]["duty"]["id"] for d in Delivery.objects.filter(topic="duty_opened")
    }


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(status, world, answering, topic):  # noqa: F811
    other = answering(b"HTTP/1.0 204 No Content\r\n\r\n")
    server = answering(f"HTTP/1.0 {status} Moved\r\nLocation: {other.url}\r\n\r\n".encode())
    (row,) = publish(machine(at(server.url, world)))
    assert send(row) == "failed"
    assert row.state_reason == f"HTTP {status}"
    assert other.requests == []


def test_retry_after_in_seconds_is_honoured(world, answering, topic):  # noqa: F811
    server = answering(b"HTTP/1.0 429 Slow down\r\nRetry-After: 900\r\n\r\n")
    (row,) = publish(machine(at(server.url, world)))
    before = datetime.now(tz=UTC)
    assert send(row) == "failed"
    assert 899 <= (row.due_at - before).total_seconds() <= 905


def test_retry_after_as_a_date_is_honoured(world, answering, topic):  # noqa: F811
    when = datetime.now(tz=UTC) + timedelta(minutes=20)
    server = answering(f"HTTP/1.0 503 Later\r\nRetry-After: {format_datetime(when, usegmt=True)}\r\n\r\n".encode())
    (row,) = publish(machine(at(server.url, world)))
    send(row)
    assert abs((row.due_at - when).total_seconds()) < 5


@pytest.mark.parametrize(
    ("value", "seconds"), [("", None), ("soon", None), ("-5", None), ("99999", 3600.0), ("0", 0.0), ("²", None)]
)
def test_a_senseless_retry_after_changes_little(value, seconds):
    assert webhook._retry_after(value) == seconds


def test_a_retry_after_shorter_than_the_backoff_does_not_hurry(world, answering, topic):  # noqa: F811
    server = answering(b"HTTP/1.0 503 Later\r\nRetry-After: 0\r\n\r\n")
    (row,) = publish(machine(at(server.url, world)))
    before = datetime.now(tz=UTC)
    send(row)
    assert (row.due_at - before).total_seconds() >= 3


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_the_receipt(status, world, answering, topic):  # noqa: F811
    server = answering(f"HTTP/1.0 {status} OK\r\n\r\n".encode())
    (row,) = publish(machine(at(server.url, world)))
    assert send(row) == Delivery.State.DELIVERED
    assert row.state_reason == f"HTTP {status}"


def test_the_status_is_the_receipt_even_when_the_body_never_comes(world, answering, topic):  # noqa: F811
    server = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", hold_open=True)
    (row,) = publish(machine(at(server.url, world)))
    began = time.monotonic()
    assert send(row) == Delivery.State.DELIVERED
    assert time.monotonic() - began < 3


def test_a_receiver_that_never_answers_is_given_up_in_seconds(world, answering, topic, monkeypatch):  # noqa: F811
    monkeypatch.setattr(connecting, "TIMEOUT", (1, 0.5))
    server = answering(b"", hold_open=True)
    (row,) = publish(machine(at(server.url, world)))
    assert send(row) == "failed"
    assert row.state_reason == "no answer: timed out"


@pytest.mark.expects_errors
@pytest.mark.parametrize(
    "address",
    ["http://example.org/hook", "https://127.0.0.1/hook", "https://10.0.0.1/x", "https://169.254.169.254/x", "ftp://x"],
)
def test_in_production_only_https_to_a_public_address(address, world, settings, topic):  # noqa: F811
    settings.WEBHOOK_ALLOW_PLAIN = False
    (row,) = publish(machine(at(address, world)))
    assert send(row) == Delivery.State.DEAD


def test_proxies_and_netrc_of_the_machine_are_ignored(endpoint, receiver, monkeypatch):  # noqa: F811
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    (row,) = publish(machine(endpoint))
    assert send(row) == Delivery.State.DELIVERED


# --- e-mail ---------------------------------------------------------------------------------------------------


def test_a_mail_arrives_in_the_recipients_language_with_the_notices_number(mail, smtp):
    assert send(mail) == Delivery.State.DELIVERED
    (got,) = smtp.messages
    assert got.recipients == ["rtk@province.example.org"]
    assert got.message["Message-ID"].startswith(f"<{mail.pk}@")
    assert mail.key in got.message["Subject"]
    assert str(mail.pk)[:8] in got.message["Subject"]
    assert got.message["Auto-Submitted"] == "auto-generated"
    body = got.message.get_content()
    assert f"/incidents/{mail.key}/" in body
    assert any("\u1780" <= letter <= "\u17ff" for letter in body)


def test_a_server_that_fails_after_data_gets_the_same_message_id_again(mail, smtp):
    smtp.fail_next(1, 451)
    assert send(mail) == "failed"
    assert "451" in mail.state_reason
    Delivery.objects.filter(pk=mail.pk).update(due_at=datetime.now(tz=UTC) - timedelta(seconds=1))
    assert send(mail) == Delivery.State.DELIVERED
    (got,) = smtp.messages
    assert got.message["Message-ID"].startswith(f"<{mail.pk}@")
    assert mail.attempt_rows.count() == 2


@pytest.mark.expects_errors
def test_a_mailbox_that_does_not_exist_is_for_good(mail, smtp):
    smtp.fail_next(1, 550)
    assert send(mail) == Delivery.State.DEAD


def test_no_server_is_a_failure_to_be_tried_again(mail, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    assert send(mail) == "failed"
    assert "no SMTP server" in mail.state_reason


@pytest.mark.expects_errors
def test_a_person_without_an_address_is_a_dead_letter_somebody_can_read(file, province):
    incident = file()
    province.email = ""
    province.save()
    with transaction.atomic():
        (row,) = outbox.publish(
            Notice(
                "incident_filed",
                "e",
                "incident",
                incident.ref,
                [Recipient(f"user:{province.pk}", "p", "email", user_id=province.pk)],
                {"ref": incident.ref},
            )
        )
    assert send(row) == Delivery.State.DEAD
    assert "no e-mail address" in row.state_reason


def test_a_line_break_in_a_place_name_cannot_forge_a_header(file, smtp):
    incident = file(place_name="Pak Nhai\r\nBcc: spy@example.org")
    row = Delivery.objects.get(key=incident.ref, channel="email")
    assert send(row) == Delivery.State.DELIVERED
    (got,) = smtp.messages
    assert got.message["Bcc"] is None
    assert got.recipients == ["rtk@province.example.org"]


# --- the contract ---------------------------------------------------------------------------------------------


def test_every_channel_has_its_module(world):
    for channel in Delivery.Channel.values:
        module = __import__(f"borderwatch.transports.{channel}", fromlist=["send"])
        assert callable(module.send)


def test_a_webhook_without_a_secret_is_refused(moi):
    with pytest.raises(TransportError) as refused:
        transports.send(Delivery(channel="webhook", user=moi))
    assert refused.value.permanent
