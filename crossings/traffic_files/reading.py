"""Start the reading process, take what it says row by row, stop it when it takes too long.

The file is opened there and never here: whatever a hostile one does to the libraries, it does it to a process without
settings, database or secrets.
"""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import IO, Any

import orjson
import structlog
from django.conf import settings

from crossings.traffic_files.limits import UNPACKED_MAX, WALL_MAX_S, Unreadable

log = structlog.get_logger(__name__)

# What the reading process is given of the surroundings: where programs and libraries lie, nothing else.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
# Bytes of a line it may say.
LINE_MAX = 64 * 1024 * 1024

Row = tuple[int, list[Any]]


def rows(path: Path, *, heard: Callable[[float], None]) -> Iterator[Row]:
    """The rows of a file with their numbers. Raises Unreadable, also after some rows: then none of them counts.

    `heard(share)` is called twice a second at least while it lasts, with how much has been read, from 0 to 1;
    what it raises ends the reading.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "crossings.traffic_files.child", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=settings.BASE_DIR,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
    )
    try:
        ended = yield from _listen(child, heard)
    finally:
        child.kill()
        child.wait()
    if not ended:
        log.warning("traffic_file.reader_broke", code=child.returncode)
        raise Unreadable("broke_the_reader")


def _listen(child: subprocess.Popen[bytes], heard: Callable[[float], None]) -> Generator[Row, None, bool]:
    """Row after row; returns whether the process came to its end. Raises Unreadable."""
    assert child.stdout is not None
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=20)
    stop = threading.Event()
    threading.Thread(target=_pump, args=(child.stdout, lines, stop), daemon=True).start()
    end = time.monotonic() + WALL_MAX_S
    spoken, share = 0, 0.0
    try:
        while time.monotonic() < end:
            heard(share)
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                continue
            spoken += len(line or b"")
            if line is None or spoken > 4 * UNPACKED_MAX:
                return False
            try:
                said: dict[str, Any] = orjson.loads(line)
            except orjson.JSONDecodeError:
                return False
            if "error" in said:
                raise Unreadable(said["error"]["code"], **said["error"]["params"])
            if "end" in said:
                return True
            share = said.get("share", share)
            yield from ((number, cells) for number, cells in said.get("rows", ()))
        raise Unreadable("took_too_long", minutes=WALL_MAX_S // 60)
    finally:
        stop.set()


def _pump(out: IO[bytes], lines: "queue.Queue[bytes | None]", stop: threading.Event) -> None:
    """Carry lines from the pipe into the queue until there are none, or nobody listens any more."""
    said: bytes | None = b""
    while said is not None and not stop.is_set():
        said = out.readline(LINE_MAX) or None
        while not stop.is_set():
            try:
                lines.put(said, timeout=0.5)
                break
            except queue.Full:
                continue
