"""Running, stopping and recognising processes.

Every child gets a session of its own, so that Ctrl-C reaches this program alone and everything is stopped in
order, and the mark of its copy in its environment, so that what survived a crash is found again and nothing
else is ever touched.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from .trouble import Trouble, complain, last_lines

MARK = "BORDERWATCH_STARTED_FOR"
_PR_SET_PDEATHSIG = 1


class Stopped(BaseException):
    """A signal asked this program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def stop_on_signals() -> None:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stopped`; later ones no longer disturb the stopping."""

    def stop(number: int, _frame: object) -> None:
        for later in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(later, lambda *_: None)
        raise Stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def signal_at_parents_death(number: int) -> Callable[[], None]:
    """Something to run in a child before it starts: it gets that signal when this program is killed."""
    libc = ctypes.CDLL(None, use_errno=True)

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number)

    return arrange


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    out: int | IO[str] | None = None,
    dies_with_us: int | None = None,
) -> subprocess.Popen[str]:
    """Start a child in a session of its own; a missing program is `Trouble`."""
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            env=dict(env) if env is not None else None,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if out is not None else None,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=signal_at_parents_death(dies_with_us) if dies_with_us else None,
        )
    except FileNotFoundError as error:
        raise Trouble(f"the program {command[0]} is missing; run `make run` again to install it.") from error


def run(
    command: Sequence[str | Path],
    failing: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    let_finish: bool = False,
) -> str:
    """Run a command quietly and return what it printed; when it fails say `failing` and its last lines.

    When a signal stops this program the command is ended too, or, with `let_finish` (packages half installed
    are worse than a moment's wait), waited for.
    """
    child = start(command, env=env, cwd=cwd, out=subprocess.PIPE)
    try:
        printed, _ = child.communicate()
    except BaseException:
        if let_finish:
            complain("finishing the installation of system packages first, a moment.")
            child.communicate()
        else:
            end_session(child, patience=10)
        raise
    if child.returncode != 0:
        raise Trouble(failing + last_lines(printed))
    return printed


def end_session(child: subprocess.Popen[str], *, number: int = signal.SIGTERM, patience: float) -> None:
    """Ask a child and all of its session to end, and kill them when `patience` seconds were not enough."""
    for attempt in (number, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, attempt)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    if child.stdout:
        child.stdout.close()


def is_alive(pid: int) -> bool:
    """Whether that process runs; one that ended and waits for its parent counts as gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}


def wait_gone(pids: Sequence[int], patience: float) -> list[int]:
    """Those of `pids` that are still there after `patience` seconds."""
    until = time.monotonic() + patience
    left = [pid for pid in pids if is_alive(pid)]
    while left and time.monotonic() < until:
        time.sleep(0.05)
        left = [pid for pid in left if is_alive(pid)]
    return left


def end_pids(pids: Sequence[int], *, number: int = signal.SIGTERM, patience: float = 10) -> None:
    """Ask processes to end, kill those that did not."""
    left = list(pids)
    for attempt in (number, signal.SIGKILL):
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, attempt)
        left = wait_gone(left, patience)


def marked(data: Path) -> list[int]:
    """Every process started for the copy with that data folder, save this one and its parents."""
    mark = os.fsencode(f"{MARK}={data}")
    own = set(_line_of_parents())
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in own:
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in environment and is_alive(int(entry.name)):
            found.append(int(entry.name))
    return sorted(found)


def _line_of_parents() -> list[int]:
    pid, line = os.getpid(), []
    while pid > 1:
        line.append(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            break
    return line


def sweep(data: Path) -> int:
    """End what was left behind for this data folder (after SIGKILL, say); how many processes there were."""
    count = 0
    # One that is just starting another is caught in the next round.
    while pids := marked(data):
        end_pids(pids)
        count += len(pids)
    return count
