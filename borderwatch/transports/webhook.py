"""Webhooks after the Standard Webhooks specification: id, timestamp and signature over the exact bytes.

The id stays the same over all attempts, so a receiver that keeps ids sees each notice once.
"""

import ipaddress
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from standardwebhooks import Webhook

from borderwatch.models import Delivery
from borderwatch.transports import TransportError

# Seconds to connect and to wait for an answer.
TIMEOUT = (3, 7)


def send(delivery: Delivery) -> str:
    """POST the frozen payload; any 2xx is the receipt, redirects are failures, 410 ends the tries."""
    endpoint = delivery.endpoint
    if endpoint is None or not endpoint.secret:
        raise TransportError("the recipient has no webhook", permanent=True)
    _check_address(endpoint.address)
    now = datetime.now(tz=UTC)
    signature = Webhook(endpoint.secret).sign(str(delivery.id), now, delivery.payload)
    headers = {
        "content-type": "application/json",
        "user-agent": "BorderWatch",
        "webhook-id": str(delivery.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    with requests.Session() as session:
        session.trust_env = False  # no proxy variables, no .netrc
        session.mount("http://", HTTPAdapter(max_retries=0))
        session.mount("https://", HTTPAdapter(max_retries=0))
        try:
            answer = session.post(
                endpoint.address,
                data=delivery.payload.encode(),
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, OSError) as error:
            raise TransportError(f"no answer: {type(error).__name__}") from error
        # The status line is the receipt; the body of an answer is never read.
        answer.close()
    return _receipt(answer)


def _receipt(answer: requests.Response) -> str:
    if 200 <= answer.status_code < 300:
        return f"HTTP {answer.status_code}"
    raise TransportError(
        f"HTTP {answer.status_code}",
        permanent=answer.status_code == 410,
        retry_after_s=_retry_after(answer.headers.get("retry-after", "")),
    )


def _retry_after(value: str) -> float | None:
    if value.isdigit():
        return min(float(value), 3600.0)
    try:
        wait = (parsedate_to_datetime(value) - datetime.now(tz=UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), 3600.0)


def _check_address(address: str) -> None:
    """Outside the demo only https to a globally routable address; endpoints are set by administrators alone."""
    if settings.WEBHOOK_ALLOW_PLAIN:
        return
    url = urlsplit(address)
    if url.scheme != "https" or not url.hostname:
        raise TransportError("a webhook must be an https address", permanent=True)
    try:
        found = socket.getaddrinfo(url.hostname, url.port or 443, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise TransportError("the webhook's host is not known") from error
    if not all(ipaddress.ip_address(info[4][0]).is_global for info in found):
        raise TransportError("the webhook's host is not a public address", permanent=True)
