"""The private Redis of one copy, and starting and stopping both servers together."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import ports
from .places import Places, write_private
from .postgres import Postgres
from .processes import end_pids, is_alive
from .trouble import Trouble, complain, last_lines, say


class Redis:
    """A Redis of this copy alone: loopback address, generated password, append-only file, no eviction."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.folder = places.data / "redis"
        self.conf = self.folder / "redis.conf"
        self.pid_file = self.folder / "redis.pid"
        self.log = places.log / "redis.log"
        self.password = places.secret("redis")
        self.port = 0

    @property
    def url(self) -> str:
        """Its address with the password; known once it has started."""
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"

    def pid(self) -> int | None:
        """The running server's process, recognised by the configuration file it was started with."""
        try:
            pid = int(self.pid_file.read_text())
            title = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            here = Path(f"/proc/{pid}/cwd").resolve()
        except (OSError, ValueError):
            return None
        return pid if is_alive(pid) and "redis-server" in title and here == self.folder.resolve() else None

    def crashed(self) -> bool:
        """Whether it died without saying goodbye; one that was stopped on purpose removes its pid file."""
        return self.pid_file.exists() and self.pid() is None

    def start(self) -> bool:
        """Start it unless it runs; returns whether it was started now."""
        self.places.folder(self.folder)
        if self.pid() and self._adopt():
            return False
        if not shutil.which("redis-server"):
            raise Trouble("the program redis-server is missing; install the package redis-server.")
        for _ in range(3):
            self.port = ports.kept_port(self.places, "redis")
            write_private(self.conf, self._configuration())
            subprocess.run(["redis-server", self.conf], cwd=self.folder, check=False, capture_output=True)
            if self._answers(patience=20):
                return True
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        raise Trouble(f"Redis does not start; its log {self.log} ends:{last_lines(log)}")

    def stop(self) -> None:
        """Stop it and wait until it is gone."""
        if pid := self.pid():
            end_pids([pid], number=signal.SIGTERM, patience=20)
        self.pid_file.unlink(missing_ok=True)

    def _adopt(self) -> bool:
        """Take over a server that survived us; one that does not answer is ended."""
        for line in self.conf.read_text().splitlines():
            if line.startswith("port "):
                self.port = int(line.split()[1])
        if self.port and self._answers(patience=5):
            return True
        self.stop()
        return False

    def _configuration(self) -> str:
        lines = (
            f"bind {ports.LOOPBACK}",
            f"port {self.port}",
            "protected-mode yes",
            f"requirepass {self.password}",
            "daemonize yes",
            f'pidfile "{self.pid_file}"',
            f'logfile "{self.log}"',
            f'dir "{self.folder}"',
            "appendonly yes",
            'save ""',
            "maxmemory-policy noeviction",
            "databases 4",
        )
        return "\n".join(lines) + "\n"

    def _answers(self, patience: float) -> bool:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self.pid() and self._ping():
                return True
            time.sleep(0.05)
            if not self.pid_file.exists() and time.monotonic() > until - patience + 3:
                return False
        return False

    def _ping(self) -> bool:
        try:
            with socket.create_connection((ports.LOOPBACK, self.port), timeout=1) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                line.settimeout(1)
                answer = b""
                while answer.count(b"\r\n") < 2:
                    if not (part := line.recv(100)):
                        return False
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"


class Services:
    """Both servers, save those whose address the person gave: existing servers are used, never started."""

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(places, durable=durable)
        self.redis = None if os.environ.get("REDIS_URL") else Redis(places)
        self._started: list[Postgres | Redis] = []

    def start(self) -> None:
        """Start what does not run yet."""
        for name, server in (("PostgreSQL", self.postgres), ("Redis", self.redis)):
            if server is None:
                continue
            # Noted before the start: a signal in the middle of it must stop the server as well.
            running = server.pid() is not None
            if not running:
                self._started.append(server)
            server.start()
            say(f"{name} {'was already running' if running else 'started'} ({server.folder}).")

    def stop(self, *, also_adopted: bool = False) -> None:
        """Stop what this start started; with `also_adopted` the servers found running as well."""
        mine = [self.redis, self.postgres] if also_adopted else list(reversed(self._started))
        for server in mine:
            if server is not None:
                server.stop()
        self._started.clear()

    def revive(self) -> None:
        """Start again what crashed; a server somebody stopped on purpose stays stopped."""
        for name, server in (("PostgreSQL", self.postgres), ("Redis", self.redis)):
            if server is not None and server.crashed():
                complain(f"{name} died; starting it again.")
                server.start()

    def environment(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL for children."""
        database = self.postgres.url if self.postgres else os.environ["DATABASE_URL"]
        broker = self.redis.url if self.redis else os.environ["REDIS_URL"]
        return {"DATABASE_URL": database, "REDIS_URL": broker}
