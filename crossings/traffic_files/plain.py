"""A table as plain text (CSV): its encoding, what stands between its columns, its rows. In the reading process only."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crossings.traffic_files.limits import CELL_MAX, COLUMNS_MAX, Place, Unreadable

DELIMITERS = (";", "\t", ",")
# Bytes looked at for the encoding's mark and the delimiter.
HEAD = 64 * 1024
HEAD_LINES = 10


def rows(path: Path, place: Place) -> Iterator[tuple[int, list[Any]]]:
    """Row after row with its number in the file, from 1. Raises Unreadable."""
    encoding = encoding_of(path)
    csv.field_size_limit(CELL_MAX * 4)
    size = path.stat().st_size or 1
    with path.open("rb") as raw:
        file = io.TextIOWrapper(raw, encoding=encoding, newline="")
        try:
            reader = csv.reader(file, delimiter=_delimiter(path, encoding), strict=False)
            for row in reader:
                place.share = raw.tell() / size
                yield reader.line_num, row[:COLUMNS_MAX]
        except UnicodeDecodeError as error:
            raise Unreadable("encoding") from error
        except csv.Error as error:
            raise Unreadable("broken_csv", row=reader.line_num) from error


def encoding_of(path: Path) -> str:
    """UTF-8 with or without its mark, or UTF-16 by its mark or its zeros; anything else cannot be told for certain."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head:
        # A table begins with Latin letters or figures, or with a separator: their other byte is zero.
        even, odd = head[::2].count(0), head[1::2].count(0)
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def _delimiter(path: Path, encoding: str) -> str:
    """What parts the columns: of the first lines the one with the most separators tells it."""
    with path.open("rb") as file:
        text = file.read(HEAD).decode(encoding, errors="replace")
    # Separators inside quotation marks belong to the text.
    bare = ["".join(line.split('"')[::2]) for line in text.splitlines()[:HEAD_LINES]]
    found = {delimiter: max((line.count(delimiter) for line in bare), default=0) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: found[delimiter])
