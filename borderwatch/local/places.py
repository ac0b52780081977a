"""Where everything of one copy is kept: its folders, its generated secrets, its lock."""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent
# sun_path holds 108 bytes with its closing zero.
SOCKET_PATH_MAX = 107
# What supervisord appends to the folder of its socket: it first binds a name with its process id.
LONGEST_SOCKET_NAME = "/supervisor.sock.4194304"


@dataclass(frozen=True)
class Places:
    """The folders of one copy, told apart from every other copy by its data folder."""

    data: Path

    @cached_property
    def fingerprint(self) -> str:
        """Twelve letters that stand for the data folder in names outside of it."""
        return hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]

    @property
    def log(self) -> Path:
        """Logs of every process, rotated."""
        return self.data / "log"

    @cached_property
    def run(self) -> Path:
        """Sockets and pid files; a short private folder elsewhere when the data folder's path is too long."""
        inside = self.data / "run"
        if len(os.fsencode(f"{inside}{LONGEST_SOCKET_NAME}")) <= SOCKET_PATH_MAX:
            return inside
        return Path(tempfile.gettempdir()) / f"borderwatch-{os.getuid()}-{self.fingerprint}"

    def folder(self, path: Path) -> Path:
        """Make `path` a private folder of this user and return it."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Trouble(f"cannot make the folder {path}: {why(error)}.") from error
        return path

    def prepare(self) -> None:
        """Make the folders, and refuse a run folder that somebody else put in our way."""
        for path in (ROOT, self.data):
            # These have a meaning in the configuration of one server or another.
            if sign := re.search(r"[%;\"'\\\x00-\x1f]", str(path)):
                raise Trouble(f"the path {path} holds the sign {sign[0]!r}; choose one without.")
        for path in (self.data, self.log, self.run):
            self.folder(path)
        found = self.run.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise Trouble(
                f"{self.run} is another user's; start as that user, or set BORDERWATCH_DATA to another folder."
            )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this copy; a second start on the same folder is told so. Any death frees it."""
        path = self.data / "lock"
        with open(path, "a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                handle.seek(0)
                holder = handle.read().strip() or "?"
                raise Trouble(
                    f"already in use: process {holder} works on {self.data}. Stop that one, or set "
                    "BORDERWATCH_DATA (and BORDERWATCH_PORT) for a second copy."
                ) from error
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            yield

    def secret(self, name: str) -> str:
        """The generated secret of that name, made once and kept readable by this user only."""
        path = self.data / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = _new_secret(name)
            write_private(path, json.dumps(known, indent=1))
        return known[name]


def _new_secret(name: str) -> str:
    """A webhook's secret has the form of Standard Webhooks, the others are words without special signs."""
    if name == "webhook":
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(48)


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        beside.replace(path)
    except OSError as error:
        raise Trouble(f"cannot write {path}: {why(error)}.") from error


def why(error: OSError) -> str:
    """An operating-system error in a person's words, with the cure where it is known."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "the disk is full; free some space and start again"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "no right to write there; set BORDERWATCH_DATA to a folder of your own"
    return os.strerror(error.errno) if error.errno else str(error)


def data_folder() -> Path:
    """The folder BORDERWATCH_DATA names, `.local` beside the code by default."""
    return Path(os.path.abspath(ROOT / os.environ.get("BORDERWATCH_DATA", ".local")))
