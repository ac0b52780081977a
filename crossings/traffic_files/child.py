"""The process that opens a file from outside: no settings, no database, no secrets, no network, little time.

`python -m crossings.traffic_files.child FILE` writes JSON lines: {"file": …} once, {"rows": [[number, [cells]], …]}
some hundreds at a time, then {"end": true}; or {"error": …} when the file cannot be taken as a whole.
"""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from crossings.traffic_files.limits import (
    CELL_MAX,
    CPU_MAX_S,
    EMPTY_MAX,
    MEMORY_MAX,
    ROWS_MAX,
    UNPACKED_MAX,
    Place,
    Unreadable,
)

# Rows of one line of the answer.
AT_ONCE = 500
# How files begin that are no table, and what to say of them.
OTHERS = (
    (b"\xd0\xcf\x11\xe0", "old_excel"),
    (b"%PDF", "not_a_table"),
    (b"\xff\xd8\xff", "not_a_table"),
    (b"\x89PNG", "not_a_table"),
    (b"{\\rtf", "not_a_table"),
    (b"<", "not_a_table"),
)


def say(line: dict[str, Any]) -> None:
    """One line for the process that asked."""
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")


def limit() -> None:
    """Bounds the kernel keeps: memory, computing time, bytes of a written file, no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, CPU_MAX_S + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (UNPACKED_MAX, UNPACKED_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def opened(path: Path, place: Place) -> tuple[str, Iterator[tuple[int, list[Any]]]]:
    """What the file is, by its first bytes, and its rows. Raises Unreadable."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"PK\x03\x04"):
        from crossings.traffic_files import spreadsheet

        return "xlsx", spreadsheet.rows(path, place)
    for magic, code in OTHERS:
        if head.startswith(magic):
            raise Unreadable(code)
    from crossings.traffic_files import plain

    return "csv", plain.rows(path, place)


def read(path: Path) -> None:
    """Say what the file holds. Raises Unreadable."""
    place = Place()
    kind, rows = opened(path, place)
    say({"file": {"format": kind}})
    batch: list[tuple[int, list[Any]]] = []
    filled = empty = 0
    for number, cells in rows:
        if all(cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in cells):
            empty += 1
            if empty > EMPTY_MAX:
                break
            continue
        empty = 0
        filled += 1
        if filled > ROWS_MAX:
            raise Unreadable("too_many_rows", most=ROWS_MAX)
        batch.append((number, [cell[:CELL_MAX] if isinstance(cell, str) else cell for cell in cells]))
        if len(batch) == AT_ONCE:
            say({"rows": batch, "share": place.share})
            batch = []
    if batch:
        say({"rows": batch})
    if not filled:
        raise Unreadable("empty_table")
    say({"end": True})


def attempt(path: Path) -> None:
    """Say what the file holds, or why it cannot be taken."""
    try:
        read(path)
    except Unreadable as fault:
        say({"error": {"code": fault.code, "params": fault.params}})
    except MemoryError:
        say({"error": {"code": "too_large_to_read", "params": {}}})


if __name__ == "__main__":
    limit()
    attempt(Path(sys.argv[1]))
