"""Receivers of mail and webhooks: what the ministries' own servers would be.

`make run` starts both for the demo world (`python -m borderwatch.receivers`) and keeps what arrives under
`<data>/outbox/`; tests start them as classes, on free ports, and tell them to fail or to hang.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import os
import re
import signal
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

LOOPBACK = "127.0.0.1"
BODY_MAX = 5 * 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """One mail as it came over the wire."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    raw: bytes


@dataclass(frozen=True)
class Call:
    """One webhook; `repeated` tells that its id had come before, so that it has no further effect."""

    path: str
    id: str
    headers: dict[str, str]
    raw: bytes
    repeated: bool
    at: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> Any:
        """The decoded JSON."""
        return json.loads(self.raw)


class _Mood:
    """What a test wishes of a receiver: to refuse the next requests, or to answer none until told."""

    def __init__(self) -> None:
        self._failures: deque[int] = deque()
        self._may_answer = threading.Event()
        self._may_answer.set()

    def fail_next(self, count: int, status: int) -> None:
        """Answer the next `count` requests with that status and forget their contents."""
        self._failures.extend([status] * count)

    def hang(self) -> None:
        """Answer nothing until `release`."""
        self._may_answer.clear()

    def release(self) -> None:
        """Answer again, the waiting requests too."""
        self._may_answer.set()

    def failure(self) -> int | None:
        """The status to fail with now, after the hanging is over."""
        self._may_answer.wait()
        return self._failures.popleft() if self._failures else None


class SmtpReceiver(_Mood):
    """A mail server that takes everything into `messages`; with `folder` each mail is also kept as .eml."""

    def __init__(self, *, port: int = 0, folder: Path | None = None) -> None:
        super().__init__()
        self.messages: list[Mail] = []
        self.folder = folder
        self._controller = _Controller(self, hostname=LOOPBACK, port=port)

    @property
    def port(self) -> int:
        """Where it listens; known once started."""
        return int(self._controller.port)

    def start(self) -> None:
        """Listen, in a thread of its own."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; hanging requests are let go."""
        self.release()
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """aiosmtpd's call for each mail."""
        status = await asyncio.get_running_loop().run_in_executor(None, self.failure)
        if status is not None:
            return f"{status} told to fail"
        raw = cast(bytes, envelope.content)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        self.messages.append(Mail(envelope.mail_from or "", list(envelope.rcpt_tos), message, raw))
        if self.folder:
            _keep(self.folder / f"{_stamp()}.eml", raw)
        return "250 taken"


class _Controller(Controller):
    """aiosmtpd's controller knocks at the port it was given; with port 0 the kernel chose another."""

    def _trigger_server(self) -> None:
        server = cast(asyncio.Server, self.server)
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class WebhookReceiver(_Mood):
    """An HTTP server that takes POSTs on any path, as a ministry's would.

    With `secret` the signature is verified (Standard Webhooks) and a wrong one answered 401. A webhook-id
    that came before is answered 204 and has no further effect: it joins `calls`, not `messages`.
    """

    def __init__(self, *, port: int = 0, secret: str | None = None, folder: Path | None = None) -> None:
        super().__init__()
        self.messages: list[Call] = []
        self.calls: list[Call] = []
        self.refused: list[str] = []
        self.folder = folder
        self._secret = secret
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._server = _HttpServer((LOOPBACK, port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Answer, in threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; hanging requests are let go."""
        self.release()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def take(self, path: str, headers: dict[str, str], raw: bytes) -> int:
        """One POST: the status to answer with."""
        if (status := self.failure()) is not None:
            return status
        if self._secret:
            try:
                Webhook(self._secret).verify(raw, headers)
            except WebhookVerificationError as error:
                self.refused.append(str(error))
                return 401
        return self._note(path, headers, raw)

    def _note(self, path: str, headers: dict[str, str], raw: bytes) -> int:
        identity = headers.get("webhook-id", "")
        with self._lock:
            # One receiver stands for several ministries, told apart by path: an id counts within its path.
            key = f"{path} {identity}"
            call = Call(path, identity, headers, raw, repeated=bool(identity) and key in self._seen)
            self._seen.add(key)
            self.calls.append(call)
            if not call.repeated:
                self.messages.append(call)
        if self.folder and not call.repeated:
            _keep(_folder_of(self.folder, path) / f"{_stamp()}.json", raw)
        return 204


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    # A burst of deliveries is not to be refused.
    request_queue_size = 128


def _handler(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # A sender that stops in the middle gives its thread back.
        timeout = 60

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > BODY_MAX:
                self.send_error(413)
                return
            raw = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(self.path, headers, raw))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_error(405)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: what matters is kept in files and lists."""

    return Handler


def _folder_of(base: Path, path: str) -> Path:
    """A folder below `base` for a request's path, whatever the path says."""
    names = [re.sub(r"[^\w-]", "", part)[:80] for part in path.partition("?")[0].split("/")]
    return base.joinpath(*[name for name in names if name][:8])


def _stamp() -> str:
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"


def _keep(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def main() -> None:
    """Both receivers, for the demo world, until a signal comes."""
    folder = Path(os.environ["BORDERWATCH_DATA"]) / "outbox"
    receivers = (
        SmtpReceiver(port=int(os.environ["EMAIL_PORT"]), folder=folder / "mail"),
        WebhookReceiver(
            port=int(os.environ["BORDERWATCH_RECEIVER_PORT"]),
            secret=os.environ.get("BORDERWATCH_WEBHOOK_SECRET"),
            folder=folder / "webhooks",
        ),
    )
    ended = threading.Event()
    stop: Callable[[int, object], None] = lambda _number, _frame: ended.set()  # noqa: E731
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    for receiver in receivers:
        receiver.start()
    print(f"mail and webhooks that arrive are kept in {folder}", flush=True)
    ended.wait()
    for receiver in receivers:
        receiver.stop()


if __name__ == "__main__":
    main()
