"""The table to fill in, in the reader's language, and the list of mistakes: what is written out as a file.

Nothing written can be taken for a formula by the program that opens it.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from crossings.choices import GoodsClass, VehicleClass
from crossings.models import Crossing
from crossings.traffic_files import words
from crossings.traffic_files.columns import CHOICES, COLUMNS, letter

# Rows of the table that offer the allowed words.
OFFERED_ROWS = 5_000
WIDTH = 18
# First letters that make a spreadsheet take a text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(cell: Any) -> Any:
    """A cell that no program takes for a formula; figures stay figures."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


class _Line:
    """Takes what the CSV writer writes and hands it on at once."""

    def write(self, text: str) -> str:
        """The line itself."""
        return text


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Rows as CSV, line after line, each cell harmless. Begins with the mark by which Excel knows UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([plain(cell) for cell in row])


def csv_template() -> str:
    """The header alone."""
    return "".join(csv_lines([[str(label) for label in COLUMNS.values()]]))


def xlsx_template(crossing: Crossing | None = None) -> bytes:
    """A sheet to fill in, one with the words allowed, one that explains the columns."""
    book = Workbook()
    table: Any = book.active
    table.title = _("Traffic")[:31]
    allowed: Any = book.create_sheet(_("Allowed words")[:31])
    about: Any = book.create_sheet(_("Explained")[:31])
    _head(table, [str(label) for label in COLUMNS.values()])
    places = _allowed(allowed)
    for column, (source, count) in places.items():
        rule = DataValidation(
            type="list", formula1=f"'{allowed.title}'!${source}$2:${source}${count + 1}", allow_blank=True
        )
        # Words of the other language and slugs are understood too.
        rule.showErrorMessage = False
        table.add_data_validation(rule)
        at = letter(list(COLUMNS).index(column))
        rule.add(f"{at}2:{at}{OFFERED_ROWS}")
    table.freeze_panes = "B2"
    if crossing is not None:
        table["A2"] = plain(crossing.slug)
    for row in _explained():
        about.append([plain(cell) for cell in row])
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = WIDTH + 6, 100
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Any, titles: list[str]) -> None:
    sheet.append([plain(title) for title in titles])
    for index in range(1, len(titles) + 1):
        cell = sheet.cell(row=1, column=index)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E7EEF9")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(index)].width = WIDTH


def _allowed(sheet: Any) -> dict[str, tuple[str, int]]:
    """Write the words allowed, a column each; returns the letter and length of each list."""
    lists: dict[str, list[str]] = {
        name: [str(label) for label in choices.labels] for name, choices in CHOICES.items() if name != "currency"
    }
    lists["currency"] = list(CHOICES["currency"].values)
    lists["class"] = [str(label) for label in (*VehicleClass.labels, *GoodsClass.labels)]
    lists["although_closed"] = [_("yes")]
    _head(sheet, [str(COLUMNS[name]) for name in lists])
    for index, found in enumerate(lists.values(), 1):
        for row, text in enumerate(found, 2):
            sheet.cell(row=row, column=index, value=plain(text))
    return {name: (letter(index), len(found)) for index, (name, found) in enumerate(lists.items())}


def _explained() -> list[tuple[str, str]]:
    """What each column wants."""
    texts: Mapping[str, str] = {
        "crossing": _("Code or name of the crossing; may be left out when one is chosen for the whole file."),
        "day": _("A date, or 25/12/2026, or 2026-12-25."),
        "direction": _("Into Cambodia or out of it. A day and direction is entered as a whole or not at all."),
        "kind": _("What is counted in this row."),
        "class": _("Class of the vehicle or of the goods; empty for persons, refusals and searches."),
        "nationality": _("Only for persons; empty: not stated."),
        "document": _("Only for persons; empty: not told apart by document."),
        "number": _("How many. 0: watched, and nobody came. What was not watched gets no row."),
        "tonnes": _("Only for goods."),
        "value": _("Only for goods, with its currency."),
        "currency": _("KHR, USD, THB, VND or LAK."),
        "observed_hours": _("How long it was watched: 12, 8:30, or 6:00-18:00. Once a day and direction is enough."),
        "method": _("How it was counted; empty: from the gate's own register."),
        "observer": _("Who watched; empty: who sends the file."),
        "although_closed": _("“yes” when the crossing was closed and people passed; the note then says what happened."),
        "note": _("Anything else about the day."),
    }
    return [(str(COLUMNS[name]), text) for name, text in texts.items()]


def errors_csv(errors: Iterable[Mapping[str, Any]], headers: Mapping[str, Any]) -> Iterator[str]:
    """Every mistake with its row, its column as spreadsheets name it, and what to write instead."""

    def rows() -> Iterator[list[Any]]:
        yield [_("Row"), _("Column"), _("Name of the column"), _("What is wrong")]
        for one in errors:
            at, title = headers.get(one["column"], ("", words.column(one["column"])))
            yield [one["row"] or "", at, title, words.worded(one)]

    return csv_lines(rows())
