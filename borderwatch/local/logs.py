"""The programs' logs on the terminal, each line with its program's name in front, through every rotation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from .trouble import show


class Logs:
    """Shows what is added to some log files from now on."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self._paths = paths
        self._width = max((len(name) for name in paths), default=0)
        self._open: dict[str, BinaryIO] = {}
        for name, path in paths.items():
            if path.exists():
                self._open[name] = path.open("rb")
                self._open[name].seek(0, 2)

    def show(self) -> None:
        """Print the whole lines written since the last call."""
        for name, path in self._paths.items():
            self._drain(name)
            if self._moved_on(name, path):
                if old := self._open.pop(name, None):
                    old.close()
                if path.exists():
                    self._open[name] = path.open("rb")
                    self._drain(name)

    def _drain(self, name: str) -> None:
        handle = self._open.get(name)
        if handle is None:
            return
        while line := handle.readline():
            if not line.endswith(b"\n"):
                handle.seek(-len(line), 1)
                return
            show(f"{name:<{self._width}} | {line.decode(errors='replace').rstrip()}")

    def _moved_on(self, name: str, path: Path) -> bool:
        """Whether the file under that path is another one than we read, or was cut."""
        handle = self._open.get(name)
        try:
            now = path.stat()
        except FileNotFoundError:
            return False
        if handle is None:
            return True
        ours = os.fstat(handle.fileno())
        return now.st_ino != ours.st_ino or now.st_size < handle.tell()
