"""A spreadsheet (XLSX): found harmless, then read row by row. In the reading process only.

openpyxl says which sheet comes first, its texts and which styles are dates; defusedxml keeps entities out of that. The
rows themselves are read piece by piece, five times as fast. A formula shows what the program that saved it had worked
out.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, fromstring

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel
from openpyxl.xml import DEFUSEDXML, LXML

from crossings.traffic_files.limits import (
    COLUMNS_MAX,
    MEMBERS_MAX,
    RATIO_FROM,
    RATIO_MAX,
    UNPACKED_MAX,
    Place,
    Unreadable,
)

CHUNK = 256 * 1024
# Bytes a single row may take.
ROW_MAX = 8 * CHUNK
Row = tuple[int, list[Any]]

# Parts of a sheet's XML, whatever prefix its writer took.
_ROOT = re.compile(rb"<((?:\w+:)?worksheet)\b[^>]*>")
_DATA = re.compile(rb"<(?:\w+:)?sheetData[^>]*>")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")


def refuse_tricks(path: Path) -> None:
    """Raise Unreadable for a zip that is no spreadsheet, asks for a password, or unpacks to far more than it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise Unreadable("broken_xlsx") from error
    if "xl/workbook.xml" not in {info.filename for info in infos}:
        raise Unreadable("not_a_table")
    if len(infos) > MEMBERS_MAX:
        raise Unreadable("xlsx_many", most=MEMBERS_MAX)
    if any(info.flag_bits & 0x1 for info in infos):
        raise Unreadable("locked")
    if sum(info.file_size for info in infos) > UNPACKED_MAX:
        raise Unreadable("xlsx_large", most=UNPACKED_MAX // 1024**2)
    if any(i.file_size > RATIO_FROM and i.file_size > RATIO_MAX * max(i.compress_size, 1) for i in infos):
        raise Unreadable("xlsx_bomb")


def rows(path: Path, place: Place) -> Iterator[Row]:
    """Row after row of the first sheet with its number, from 1. Raises Unreadable."""
    if LXML or not DEFUSEDXML:
        raise Unreadable("broke_the_reader")
    refuse_tricks(path)
    try:
        yield from _rows(path, place)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # a broken spreadsheet breaks openpyxl in many ways
        raise Unreadable("broken_xlsx") from error


def _rows(path: Path, place: Place) -> Iterator[Row]:
    # What openpyxl does to load a book, without its sheets: one without stated dimensions it would read to its end.
    # Given as a file and not by its name: a kept file bears no ending, and openpyxl goes by that.
    with path.open("rb") as file:
        book = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        book.read_manifest()
        book.read_strings()
        book.read_workbook()
        apply_stylesheet(book.archive, book.wb)
        targets = [rel.target for _sheet, rel in book.parser.find_sheets() if "worksheet" in rel.Type]
        if not targets:
            raise Unreadable("empty_table")
        cells = _Cells(book)
        size = book.archive.getinfo(targets[0]).file_size or 1
        with book.archive.open(targets[0]) as member:
            for piece in _pieces(member):
                place.share = member.tell() / size
                for row in piece:
                    yield cells.of(row)


def _pieces(member: IO[bytes]) -> Iterator[Element]:
    """The rows of a sheet, some thousands at a time, each piece read under the sheet's own first tag.

    Only what stands between the rows' tags is ever parsed, so that no entity can be declared.
    """
    held = member.read(CHUNK)
    root = _ROOT.search(held)
    start = _DATA.search(held)
    if root is None or start is None or b"<!DOCTYPE" in held[: start.end()]:
        raise Unreadable("broken_xlsx" if root is None or start is None else "xlsx_entities")
    head, tail = root[0], b"</" + root[1] + b">"
    held = held[start.end() :]
    while True:
        if ends := list(_ROW_END.finditer(held)):
            cut = ends[-1].end()
            yield fromstring(head + held[:cut] + tail)  # noqa: S314 - no declarations are ever in it
            held = held[cut:]
        more = member.read(CHUNK)
        if not more:
            return
        held += more
        if len(held) > ROW_MAX:
            raise Unreadable("broken_xlsx")


class _Cells:
    """The cells of rows. What stands beyond `COLUMNS_MAX` columns is passed over."""

    def __init__(self, book: Any) -> None:
        self._texts = book.shared_strings
        self._dates, self._spans = book.wb._date_formats, book.wb._timedelta_formats
        self._epoch = book.wb.epoch
        self._number = 0
        self._columns: dict[str, int] = {}
        self._days: dict[tuple[str, str], Any] = {}

    def of(self, row: Element) -> Row:
        """A row with its number."""
        self._number = int(row.get("r") or self._number + 1)
        values: list[Any] = []
        for cell in row:
            reference = cell.get("r")
            column = self._column(reference) if reference else len(values)
            if column >= COLUMNS_MAX or not len(cell):
                continue
            value = self._value(cell)
            if value is None:
                continue
            if column > len(values):
                values += [None] * (column - len(values))
            values[column:] = [value]
        return self._number, values

    def _column(self, reference: str) -> int:
        """The column of a reference such as "AB12", from 0."""
        letters = reference.rstrip("0123456789")
        found = self._columns.get(letters)
        if found is None:
            found = 0
            for letter in letters:
                found = found * 26 + ord(letter) - 64
            found = self._columns[letters] = found - 1
        return found

    def _value(self, cell: Element) -> Any:
        """A cell for the pipe: texts and figures as they are, days and times marked."""
        kind, text, formula = cell.get("t", "n"), None, False
        for part in cell:
            tag = part.tag
            if tag.endswith("}v"):
                text = part.text
            elif tag.endswith("}f"):
                formula = True
            elif tag.endswith("}is"):
                return "".join(one.text or "" for one in part.iter() if one.tag.endswith("}t"))
        if not text:
            # Nobody had the formula worked out.
            return {"f": True} if formula else None
        if kind == "n":
            style = cell.get("s", "0")
            return self._figure(text) if int(style) not in self._dates else self._day(text, style)
        if kind == "s":
            return self._texts[int(text)]
        if kind == "b":
            return text == "1"
        return {"d": text[:10]} if kind == "d" else text

    @staticmethod
    def _figure(text: str) -> int | float:
        try:
            return int(text)
        except ValueError:
            return float(text)

    def _day(self, text: str, style: str) -> Any:
        key = (text, style)
        if key not in self._days:
            found: Any = from_excel(float(text), self._epoch, timedelta=int(style) in self._spans)
            self._days[key] = _marked(found) if found is not None else None
        return self._days[key]


def _marked(found: datetime | date | time | timedelta) -> dict[str, Any]:
    if isinstance(found, datetime):
        return {"d": found.date().isoformat()}
    if isinstance(found, time):
        return {"m": found.hour * 60 + found.minute}
    if isinstance(found, timedelta):
        return {"m": round(found.total_seconds() / 60)}
    return {"d": found.isoformat()}
