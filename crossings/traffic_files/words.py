"""What reading a file of traffic has to say, as sentences in the reader's language. Codes are stable."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from crossings import count_words
from crossings.traffic_files.columns import COLUMNS

Text = Callable[[], str]

# The file as a whole.
_FILE: dict[str, Text] = {
    "not_a_table": lambda: _("This is no table. Send a spreadsheet (.xlsx) or a table as text (.csv)."),
    "old_excel": lambda: _(
        "This is a spreadsheet of the old kind (.xls), or one with a password. Save it as “Excel Workbook (.xlsx)” "
        "without a password."
    ),
    "broken_xlsx": lambda: _("The spreadsheet cannot be read; it is damaged. Open it, save it as .xlsx and try again."),
    "xlsx_entities": lambda: _("The spreadsheet holds declarations that no spreadsheet needs. It is not read."),
    "xlsx_many": lambda: _("The spreadsheet has more than %(most)s parts. Save the table alone into a new one."),
    "xlsx_large": lambda: _(
        "Unpacked, the spreadsheet would be larger than %(most)s MB. Save the table alone into a new one."
    ),
    "xlsx_bomb": lambda: _("Something in the spreadsheet grows far beyond its packed size. It is not unpacked."),
    "locked": lambda: _("The spreadsheet asks for a password. Save it without one."),
    "encoding": lambda: _(
        "The file is in an encoding that cannot be told for certain, so Khmer letters would be garbled. Save it as "
        "“CSV UTF-8”, or send the spreadsheet (.xlsx) itself."
    ),
    "broken_csv": lambda: _("Row %(row)s cannot be read: a quotation mark is not closed, or a cell is too long."),
    "empty_table": lambda: _("There is no row with counts in the file."),
    "too_many_rows": lambda: _("The file has more than %(most)s rows. Part it, for example by months."),
    "no_header": lambda: _(
        "There is no row with the names of the columns among the first ten. Take the template and keep its first row."
    ),
    "lacks_columns": lambda: _("These columns are missing: %(names)s. Take the template and keep its first row."),
    "column_twice": lambda: _("The column “%(name)s” is there twice. Keep one."),
    "too_large_to_read": lambda: _("Reading the file takes more memory than allowed. Part it, for example by months."),
    "took_too_long": lambda: _("Reading the file took longer than %(minutes)s minutes and was stopped. Part it."),
    "broke_the_reader": lambda: _("The file cannot be read: it broke the reader or took more than it may."),
}

# A row, or a day made of rows.
_ROWS: dict[str, Text] = {
    "no_crossing": lambda: _("Name the crossing by its code or its name, or choose one for the whole file."),
    "unknown_crossing": lambda: _("“%(text)s” is no crossing you can see. Write its code or its name."),
    "several_crossings": lambda: _("Several crossings are called “%(text)s”. Write the code of one."),
    "other_crossing": lambda: _("“%(text)s” is another crossing than %(name)s, which was chosen for the file."),
    "not_yours": lambda: _("You may not enter the traffic of “%(text)s”."),
    "no_day_here": lambda: _("Give the day, as 25/12/2026 or 2026-12-25."),
    "formula": lambda: _("There is a formula without a result. Open the file and save it, or write the figure."),
    "differs": lambda: _("Row %(row)s says otherwise for the same day and direction. It can be one of them only."),
    "twice_row": lambda: _("Row %(first)s counts the same class of this day already. Put both into one row."),
    "beside_stray": lambda: _(
        "Row %(stray)s cannot be placed and may belong to this day; so the day is left out until that row is mended."
    ),
    "neither_yes_nor_no": lambda: _("“%(text)s” is neither yes nor no. Write yes, or leave it empty."),
}


def worded(message: Mapping[str, Any]) -> str:
    """A mistake as a sentence that says what to write instead."""
    code, params = str(message["code"]), dict(message.get("params") or {})
    if code in ("unknown_kind", "unknown_direction", "unknown_method") and not params.get("text"):
        code = f"no_{code.removeprefix('unknown_')}"
    text = (_FILE | _ROWS).get(code)
    if text is None:
        return count_words.worded(code, params)
    try:
        return text() % params
    except (KeyError, TypeError, ValueError):
        return code


def column(name: str) -> str:
    """A column in the reader's language."""
    return str(COLUMNS.get(name, name))


def known() -> frozenset[str]:
    """The codes that have words."""
    return frozenset(_FILE) | frozenset(_ROWS) | count_words.known()
