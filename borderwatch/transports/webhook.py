"""Webhooks after the Standard Webhooks specification: id, timestamp and signature over the exact bytes.

The id stays the same over all attempts, so a receiver that keeps ids sees each notice once. While a secret is being
changed a notice is signed with both; a receiver that knows either finds its own among the signatures.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from standardwebhooks import Webhook

from borderwatch import connecting
from borderwatch.connecting import Answer, Guard, Refused, Unreachable
from borderwatch.models import Delivery
from borderwatch.transports import TransportError


def send(delivery: Delivery) -> str:
    """POST the frozen payload; any 2xx is the receipt, redirects are failures, 410 ends the tries."""
    endpoint = delivery.endpoint
    if endpoint is None or not endpoint.secret:
        raise TransportError("the recipient has no webhook", permanent=True)
    secrets = [secret for secret in (endpoint.secret, endpoint.next_secret) if secret]
    try:
        guard = Guard.of(endpoint.usable_networks)
        answer = connecting.post(endpoint.address, delivery.payload.encode(), _headers(delivery, secrets), guard)
    except Refused as error:
        raise TransportError(str(error), permanent=True) from error
    except Unreachable as error:
        raise TransportError(f"no answer: {error}") from error
    return _receipt(answer)


def _headers(delivery: Delivery, secrets: list[str]) -> dict[str, str]:
    now = datetime.now(tz=UTC)
    return {
        "content-type": "application/json",
        "user-agent": "BorderWatch",
        "webhook-id": str(delivery.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(one).sign(str(delivery.id), now, delivery.payload) for one in secrets),
    }


def _receipt(answer: Answer) -> str:
    if 200 <= answer.status < 300:
        return f"HTTP {answer.status}"
    raise TransportError(
        f"HTTP {answer.status}",
        permanent=answer.status == 410,
        retry_after_s=_retry_after(answer.headers.get("retry-after", "")),
    )


def _retry_after(value: str) -> float | None:
    if value.isascii() and value.isdigit():
        return min(float(value), 3600.0)
    try:
        wait = (parsedate_to_datetime(value) - datetime.now(tz=UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), 3600.0)
