"""The ministries' receivers while the past is replayed: the real ones, in this process, on loopback ports."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from borderwatch.receivers import LOOPBACK, SmtpReceiver, WebhookReceiver

# The mail server would tell every word of a thousand conversations; the failures are wanted.
_LOUD = ("mail.log", "borderwatch.outbox")


@dataclass(frozen=True)
class Receivers:
    """Both receivers; they can be told to fail."""

    mail: SmtpReceiver
    webhooks: WebhookReceiver


@contextmanager
def receivers() -> Iterator[Receivers]:
    """Listen where the demo's institutions will be reached; mail of the replay never leaves this machine.

    Webhooks come to the port the environment names (`make run` keeps it from start to start); mail to any free
    port, whatever mail server is configured. Raises OSError when the port is taken.
    """
    port = int(os.environ.get("BORDERWATCH_RECEIVER_PORT") or 0)
    secret = os.environ.get("BORDERWATCH_WEBHOOK_SECRET")
    mail, webhooks = SmtpReceiver(), WebhookReceiver(port=port, secret=secret)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    before = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS
    mail.start()
    webhooks.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = LOOPBACK, mail.port
    settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS = "", False
    try:
        yield Receivers(mail, webhooks)
    finally:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS = before
        for name in _LOUD:
            logging.getLogger(name).setLevel(logging.NOTSET)
        mail.stop()
        webhooks.stop()
