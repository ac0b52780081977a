"""What went wrong, in one line a person can act on."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO


class Trouble(Exception):
    """Ends the command with one line: what is wrong and how to mend it. Never shown as a traceback."""


def say(text: str) -> None:
    """One line of progress on the terminal."""
    show(f"borderwatch: {text}")


def complain(text: str) -> None:
    """One line about what went wrong, apart from progress."""
    show(f"borderwatch: {text}", sys.stderr)


def show(text: str, stream: TextIO | None = None) -> None:
    """Print, and go on silently when the terminal has been closed: everything must still be stopped in order."""
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def last_lines(text: str, count: int = 6) -> str:
    """The end of a log, indented, to stand under the line that says what failed."""
    lines = [line for line in text.splitlines() if line.strip()][-count:]
    return "".join(f"\n    {line.strip()[:300]}" for line in lines)
