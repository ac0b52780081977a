"""web, worker, beat, sweeper, watchdog and the demo's receivers under one supervisord, in the foreground.

supervisord restarts what dies. This program shows its logs, brings back a PostgreSQL or Redis that crashed
(one stopped on purpose stays stopped) and ends everything when told to or when supervisord itself is killed.
"""

from __future__ import annotations

import http.client
import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .logs import Logs
from .packages import PYTHON
from .places import ROOT, Places, write_private
from .ports import LOOPBACK
from .services import Services
from .trouble import Trouble, complain, last_lines, say, show

READY_WITHIN_S = 120
SERVICES_LOOKED_AT_EVERY_S = 2.0
# Celery warns at length when root runs it, which on a machine for a demo is nobody's fault.
_ROOT_IS_FINE = ("-W", "ignore:You're running the worker with superuser")


@dataclass(frozen=True)
class Program:
    """One program under supervisord; `patience_s` is how long it may take to end by itself."""

    name: str
    command: list[str]
    patience_s: int = 10


def programs(places: Places, port: int, *, receivers: bool) -> list[Program]:
    """Everything that runs beside the two servers."""
    python = str(PYTHON)
    # Through the interpreter: a script's first line may hold 127 letters, a path more.
    celery = [python, *_ROOT_IS_FINE, "-m", "celery", "--quiet", "-A", "borderwatch"]
    manage = [python, str(ROOT / "manage.py")]
    web = [
        python, "-m", "gunicorn", "borderwatch.wsgi", "--bind", f"{LOOPBACK}:{port}", "--workers", "2",
        "--worker-class", "gthread", "--threads", "4", "--timeout", "60", "--no-control-socket",
    ]  # fmt: skip
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", "8", "--loglevel", "WARNING", "--without-gossip"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(places.run / "beat"), "--pidfile", ""]
    found = [
        Program("web", web),
        Program("worker", worker, patience_s=20),
        Program("beat", beat),
        Program("sweeper", [*manage, "sweep"]),
        Program("recorder", [*manage, "recorder"]),
        Program("watchdog", [python, "-m", "borderwatch.local.watchdog"]),
    ]
    if receivers:
        found.insert(0, Program("receivers", [python, "-m", "borderwatch.receivers"]))
    return found


def socket_path(places: Places) -> Path:
    """Where supervisord takes orders."""
    return places.run / "supervisor.sock"


def configuration(places: Places, found: list[Program]) -> str:
    """supervisord's configuration; every program inherits its environment, so no secret is written here."""
    sections = [
        _section(
            "supervisord",
            nodaemon="true",
            pidfile=places.run / "supervisord.pid",
            logfile=places.log / "supervisord.log",
            logfile_maxbytes="5MB",
            logfile_backups="3",
            childlogdir=places.log,
            directory=ROOT,
            **({"user": "root"} if os.getuid() == 0 else {}),
        ),
        _section("unix_http_server", file=socket_path(places), chmod="0700"),
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
        # One group, because groups are stopped one after the other, the programs of one together.
        _section("group:borderwatch", programs=",".join(program.name for program in found)),
    ]
    for program in found:
        sections.append(
            _section(
                f"program:{program.name}",
                command=shlex.join(program.command),
                autorestart="true",
                startsecs="2",
                startretries="10",
                stopsignal="TERM",
                stopwaitsecs=program.patience_s,
                stopasgroup="false",
                killasgroup="true",
                redirect_stderr="true",
                stdout_logfile=log_path(places, program.name),
                stdout_logfile_maxbytes="5MB",
                stdout_logfile_backups="3",
            )
        )
    return "\n".join(sections)


def log_path(places: Places, name: str) -> Path:
    """The log of one program."""
    return places.log / f"{name}.log"


def _section(title: str, **settings: object) -> str:
    return "\n".join([f"[{title}]", *(f"{name} = {value}" for name, value in settings.items())]) + "\n"


def run(places: Places, services: Services, env: Mapping[str, str], port: int, *, receivers: bool) -> None:
    """Run everything until a signal comes; the address is printed once the pages answer."""
    found = programs(places, port, receivers=receivers)
    conf = places.data / "supervisord.conf"
    write_private(conf, configuration(places, found))
    logs = Logs({program.name: log_path(places, program.name) for program in found})
    child = processes.start(
        [PYTHON, "-m", "supervisor.supervisord", "-n", "-c", conf],
        env={**env, processes.MARK: str(places.data), "BORDERWATCH_SUPERVISOR": str(socket_path(places))},
        cwd=ROOT,
        out=subprocess.DEVNULL,
        dies_with_us=signal.SIGTERM,
    )
    try:
        _wait_ready(child, logs, places, port)
        say_ready(port, env)
        _stay(child, logs, places, services)
    finally:
        say("stopping.")
        processes.end_session(child, patience=45)
        processes.sweep(places.data)
        logs.show()


def _wait_ready(child: subprocess.Popen[str], logs: Logs, places: Places, port: int) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        logs.show()
        if child.poll() is not None:
            break
        if listens(port):
            # The sweeper's first round belongs to being well.
            time.sleep(1.5)
            if answers(port):
                return
        time.sleep(0.2)
    log = log_path(places, "web")
    log = log if log.exists() else places.log / "supervisord.log"
    written = log.read_text(errors="replace") if log.exists() else ""
    raise Trouble(f"the pages do not come up; the log {log} ends:{last_lines(written)}")


def _stay(child: subprocess.Popen[str], logs: Logs, places: Places, services: Services) -> None:
    look_at = time.monotonic()
    while child.poll() is None:
        logs.show()
        if time.monotonic() >= look_at:
            services.revive()
            look_at = time.monotonic() + SERVICES_LOOKED_AT_EVERY_S
        time.sleep(0.2)
    log = places.log / "supervisord.log"
    raise Trouble(f"the supervisor ended unexpectedly; see {log}, then `make run` again.")


def listens(port: int) -> bool:
    """Whether anybody takes connections there."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=2).close()
    except OSError:
        return False
    return True


def answers(port: int) -> bool:
    """Whether the pages answer; a sick part (503) is still an answer. Goes past any proxy."""
    line = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status in {200, 503}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def say_ready(port: int, env: Mapping[str, str]) -> None:
    """The address and, in the demo, who may sign in."""
    lines = [f"BorderWatch is at http://{LOOPBACK}:{port}/"]
    if env.get("BORDERWATCH_DEMO") == "1":
        lines += [
            "Sign in with the password borderwatch-demo as one of:",
            "  district   Ou Ya Dav district        province2  Banteay Meanchey province",
            "  province   Ratanakiri province       head       head of a unit in Ratanakiri",
            "  moi        Ministry of Interior      mfaic      Foreign Affairs",
            "  ssba       border secretariat        keeper     register of Ratanakiri",
            "  auditor    auditor                   admin      technical staff",
        ]
    lines.append("Ctrl-C stops everything.")
    show("\n" + "\n".join(lines) + "\n")


def stop_leftovers(places: Places) -> None:
    """End what a start that was killed left behind; its servers are adopted instead."""
    if count := processes.sweep(places.data):
        complain(f"ended {count} processes that an earlier start left behind.")
