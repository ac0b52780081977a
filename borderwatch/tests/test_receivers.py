"""The receivers of mail and webhooks that the demo runs and other tests lean on."""

import datetime
import smtplib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from standardwebhooks.webhooks import Webhook

from borderwatch.receivers import SmtpReceiver, WebhookReceiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[SmtpReceiver]:
    receiver = SmtpReceiver(folder=tmp_path / "mail")
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver(secret=SECRET, folder=tmp_path / "webhooks")
    receiver.start()
    yield receiver
    receiver.stop()


def send(receiver: SmtpReceiver, subject: str) -> None:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=10) as line:
        line.sendmail("from@example.org", ["to@example.org"], f"Subject: {subject}\r\n\r\nText".encode())


def post(receiver: WebhookReceiver, identity: str, path: str = "/mfaic", secret: str = SECRET) -> int:
    body, now = '{"notice": 1}', datetime.datetime.now(tz=datetime.UTC)
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(identity, now, body),
    }
    return requests.post(f"{receiver.url}{path}", data=body, headers=headers, timeout=10).status_code


def test_mail_is_taken_and_kept(mail: SmtpReceiver, tmp_path: Path) -> None:
    send(mail, "New duty")
    (got,) = mail.messages
    assert (got.sender, got.recipients, got.message["Subject"]) == ("from@example.org", ["to@example.org"], "New duty")
    (kept,) = (tmp_path / "mail").iterdir()
    assert kept.suffix == ".eml"
    assert kept.read_bytes() == got.raw


def test_mail_server_fails_as_often_as_told(mail: SmtpReceiver) -> None:
    mail.fail_next(1, 451)
    with pytest.raises(smtplib.SMTPDataError):
        send(mail, "refused")
    send(mail, "taken")
    assert [got.message["Subject"] for got in mail.messages] == ["taken"]


def test_webhook_counts_once(hooks: WebhookReceiver, tmp_path: Path) -> None:
    assert [post(hooks, "a"), post(hooks, "a"), post(hooks, "b"), post(hooks, "a", path="/moi")] == [204] * 4
    assert [(call.path, call.id, call.repeated) for call in hooks.calls] == [
        ("/mfaic", "a", False),
        ("/mfaic", "a", True),
        ("/mfaic", "b", False),
        ("/moi", "a", False),
    ]
    assert [(call.path, call.id) for call in hooks.messages] == [("/mfaic", "a"), ("/mfaic", "b"), ("/moi", "a")]
    assert hooks.messages[0].body == {"notice": 1}
    assert len(list((tmp_path / "webhooks" / "mfaic").iterdir())) == 2


def test_webhook_with_a_wrong_signature_is_refused(hooks: WebhookReceiver) -> None:
    assert post(hooks, "a", secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") == 401
    assert hooks.messages == []
    assert len(hooks.refused) == 1


def test_webhook_receiver_fails_then_takes(hooks: WebhookReceiver) -> None:
    hooks.fail_next(2, 503)
    assert [post(hooks, "a"), post(hooks, "a"), post(hooks, "a")] == [503, 503, 204]
    assert [call.repeated for call in hooks.messages] == [False]


def test_hanging_receiver_answers_when_released(hooks: WebhookReceiver) -> None:
    hooks.hang()
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(post(hooks, "a")))
    caller.start()
    caller.join(0.3)
    assert caller.is_alive()
    hooks.release()
    caller.join(5)
    assert answers == [204]


def test_path_of_a_request_cannot_leave_the_folder(hooks: WebhookReceiver, tmp_path: Path) -> None:
    assert post(hooks, "a", path="/%2e%2e/x/..%2f..%2fetc?y=1") == 204
    (kept,) = (path for path in tmp_path.rglob("*.json"))
    assert (tmp_path / "webhooks") in kept.parents
