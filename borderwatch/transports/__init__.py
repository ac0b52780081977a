"""One small module a channel; the whole contract is `send(delivery)` and `TransportError`."""

from collections.abc import Callable
from importlib import import_module

from borderwatch.models import Delivery


class TransportError(Exception):
    """The hand-over failed. `permanent` ends the tries; `retry_after_s` is the receiver's own wish in seconds."""

    def __init__(self, message: str, *, permanent: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.retry_after_s = retry_after_s


def send(delivery: Delivery) -> str:
    """Hand the notice over on its channel; returns the receipt's text, raises TransportError."""
    function: Callable[[Delivery], str] = import_module(f"borderwatch.transports.{delivery.channel}").send
    return function(delivery)
