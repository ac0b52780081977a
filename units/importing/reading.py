"""Start the reading process, take what it says, stop it when it takes too long.

The file is opened there and never here: whatever a hostile one does to the libraries, it does it to a process without
settings, database or secrets.
"""

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson
import structlog
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry

from units.importing.child import QUIET
from units.importing.limits import UNPACKED_MAX, WALL_MAX_S
from units.importing.shapes import Message, error

log = structlog.get_logger(__name__)

# What the reading process is given of the surroundings: where programs and libraries lie, nothing else.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "VIRTUAL_ENV")
# Bytes of a line it may say; a feature of the most vertices allowed takes about 16 MB as hexadecimal text.
LINE_MAX = 64 * 1024 * 1024

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class FileRow:
    """A feature of the file in WGS84: its place in the file (from 1), properties, shape, what was noted."""

    number: int
    properties: dict[str, Any]
    shape: GEOSGeometry | None
    messages: list[Message]


@dataclass
class Reading:
    """What a file says: its coordinate system and rows, or the errors that keep it from being taken."""

    crs: str = ""
    total: int = 0
    rows: list[FileRow] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    ended: bool = False

    @property
    def unreadable(self) -> bool:
        """Whether the file as a whole is refused."""
        return any(message["level"] == "error" for message in self.messages)


def read(path: Path, *, kind: str, crs: str, tell: Tell) -> Reading:
    """Read a file; `kind` is "area" or "line", `crs` what the person declares ("EPSG:32648" or "").

    `tell(done, total)` is called every half second at least while it lasts; what it raises ends the reading.
    """
    found = Reading()
    with tempfile.TemporaryDirectory(prefix="register-") as folder:
        child = subprocess.Popen(
            [sys.executable, "-m", "units.importing.child", str(path), folder, kind, crs],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env={**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **QUIET},
        )
        try:
            timely = _listen(child, found, tell)
        finally:
            child.kill()
            child.wait()
    if not timely:
        found.messages = [error("took_too_long", minutes=WALL_MAX_S // 60)]
    elif not found.ended and not found.unreadable:
        log.warning("register_file.reader_broke", code=child.returncode)
        found.messages = [error("broke_the_reader")]
    if found.unreadable:
        found.rows = []
    return found


def _listen(child: subprocess.Popen[bytes], found: Reading, tell: Tell) -> bool:
    """Take line after line; False when the time was over."""
    assert child.stdout is not None
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=200)
    stop = threading.Event()
    threading.Thread(target=_pump, args=(child.stdout, lines, stop), daemon=True).start()
    end = time.monotonic() + WALL_MAX_S
    spoken = 0
    try:
        while time.monotonic() < end:
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                line = b""
            if line is None:
                return True
            spoken += len(line)
            if spoken > 4 * UNPACKED_MAX:
                return False
            if line and not _take(line, found):
                return True
            tell(len(found.rows), max(found.total, len(found.rows)) + 1)
        return False
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


def _take(line: bytes, found: Reading) -> bool:
    """Note what a line says; False for half a line of a process that has died."""
    try:
        said: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    if "row" in said:
        row = said["row"]
        shape = GEOSGeometry(row["wkb"], srid=4326) if row["wkb"] else None
        found.rows.append(FileRow(row["number"], row["properties"], shape, row["messages"]))
    elif "file" in said:
        found.crs, found.total = said["file"]["crs"], said["file"]["total"]
    elif "error" in said:
        found.messages.append(error(said["error"]["code"], **said["error"]["params"]))
    else:
        found.ended = True
    return True
