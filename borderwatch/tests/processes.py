"""Real processes around the tests' database: worker, sweeper, web, and a Redis of one's own.

A Redis started here may be stopped and frozen without harming any other test; every process started here is ended
here, by its own process group.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection
from django.db.models import F

from borderwatch import outbox
from borderwatch.celery import app
from borderwatch.models import Delivery

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Any], *, seconds: float = 20.0, saying: str = "") -> Any:
    """Ask until the answer is true and give it back; fail when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer
        time.sleep(0.05)
    raise AssertionError(saying or f"did not come true within {seconds:.0f} s")


class Process:
    """A child in a process group of its own, its words in a file."""

    def __init__(self, name: str, command: list[str], folder: Path, **env: str) -> None:
        self.name = name
        self.log = folder / f"{name}-{time.monotonic_ns()}.log"
        with self.log.open("w") as out:
            self._child = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def says(self, words: str, seconds: float = 30.0) -> None:
        """Wait until it has said these words; fail with its log when it ends before."""

        def said() -> bool:
            text = self.log.read_text(errors="replace")
            if words in text:
                return True
            assert self._child.poll() is None, f"{self.name} has ended:\n{text[-3000:]}"
            return False

        wait_for(said, seconds=seconds, saying=f"{self.name} never said {words!r}")

    def signal(self, number: int) -> None:
        """Send a signal to the process and all its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self.signal(signal.SIGKILL)
        self._child.wait(10)

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


class Stage:
    """What one test starts; everything ends with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Process] = []
        self.redis_port = free_port()
        self.env = {
            "DATABASE_URL": _database_url(),
            "REDIS_URL": self.redis_url,
            "EMAIL_HOST": LOOPBACK,
            "BORDERWATCH_TEST": "1",
            "PYTHONUNBUFFERED": "1",
            "SITE_URL": settings.SITE_URL,
        }

    @property
    def redis_url(self) -> str:
        """Address of this test's own Redis, whether it runs or not."""
        return f"redis://{LOOPBACK}:{self.redis_port}/0"

    def start(self, name: str, *command: str, **env: str) -> Process:
        """Start any program in the environment of the tests' database."""
        process = Process(name, list(command), self._folder, **{**self.env, **env})
        self._running.append(process)
        return process

    def redis(self) -> Process:
        """A Redis without persistence on this test's port."""
        server = shutil.which("redis-server") or "redis-server"
        process = self.start(
            "redis", server, "--port", str(self.redis_port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no",
            "--dir", str(self._folder),
        )  # fmt: skip
        process.says("Ready to accept connections")
        return process

    def worker(self) -> Process:
        """A Celery worker that is ready to take."""
        process = self.start(
            "worker", sys.executable, "-m", "celery", "-A", "borderwatch", "worker",
            "--pool", "threads", "--concurrency", "8", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", "-n", f"test{time.monotonic_ns()}@%h",
        )  # fmt: skip
        process.says(" ready.")
        return process

    def sweeper(self, every: float = 0.3) -> Process:
        """The sweeper as it runs in production, only with shorter rounds."""
        return self.start("sweeper", sys.executable, "manage.py", "sweep", "--every", str(every))

    def web(self) -> str:
        """gunicorn; returns the site's address."""
        port = free_port()
        process = self.start(
            "web", sys.executable, "-m", "gunicorn", "borderwatch.wsgi", "--bind", f"{LOOPBACK}:{port}",
            "--workers", "1", "--threads", "8", "--log-level", "info",
            SITE_URL=f"http://{LOOPBACK}:{port}",
        )  # fmt: skip
        process.says("Listening at")
        return f"http://{LOOPBACK}:{port}"

    def stop(self) -> None:
        """End everything, last started first."""
        for process in reversed(self._running):
            process.stop()


def _database_url() -> str:
    """The address of the tests' database, from the one the tests were given."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))


@contextmanager
def publishing_to(url: str) -> Iterator[None]:
    """This process knocks at another broker for a while."""
    before = app.conf.broker_url

    def turn_to(address: str) -> None:
        app.conf.broker_url = address
        app.amqp._producer_pool = None
        app._pool = None
        outbox._quiet_until = 0.0

    turn_to(url)
    try:
        yield
    finally:
        turn_to(before)


def let_pass(seconds: float) -> None:
    """As if so much time had passed for every waiting notice: leases run out, tries become due."""
    span = timedelta(seconds=seconds)
    Delivery.objects.filter(state=Delivery.State.PENDING).update(
        due_at=F("due_at") - span, lease_until=F("lease_until") - span, knocked_at=F("knocked_at") - span
    )
