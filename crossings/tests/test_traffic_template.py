"""What is written out as a file of traffic: the template, the mistakes, and nothing that is taken for a formula."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation
from openpyxl import load_workbook

from crossings.models import Crossing
from crossings.tests.test_traffic_files import only
from crossings.traffic_files import columns, reading, template
from crossings.traffic_files.days import Days


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Sentences are compared by their English words."""
    with translation.override("en"):
        yield


def understood(path: Path) -> Days:
    """A file read in its own process and understood; every crossing is O Yadav."""
    days = Days(lambda text: Crossing(pk=7, slug="vn-o-yadav", name_en="O Yadav"), None)
    for number, cells in reading.rows(path, heard=lambda share: None):
        days.take(number, cells)
    return days


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_nothing_written_out_is_taken_for_a_formula(cell: str) -> None:
    assert template.plain(cell) == f"'{cell}"
    [line] = list(template.csv_lines([[cell, 5]]))[1:]
    assert line.lstrip('"').startswith("'")


def test_a_mistake_that_quotes_a_formula_is_written_harmless() -> None:
    error = {"row": 4, "column": "kind", "code": "unknown_kind", "params": {"text": "=cmd|' /C calc'!A0"}}
    text = "".join(template.errors_csv([error], {"kind": ("D", "=evil()")}))
    cells = next(iter(list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]))
    assert cells[:3] == ["4", "D", "'=evil()"]
    assert not any(cell.startswith("=") for cell in cells)


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_template_is_understood_when_it_comes_back_filled(tmp_path: Path, language: str) -> None:
    with translation.override(language):
        path = tmp_path / "template.xlsx"
        path.write_bytes(template.xlsx_template())
        book = load_workbook(path)
        table, allowed, explained = book.worksheets
        assert [cell.value for cell in table[1]] == [str(label) for label in columns.COLUMNS.values()]
        assert table.max_row == 1
        assert explained.max_row == len(columns.COLUMNS)
        place = {name: index for index, name in enumerate(columns.COLUMNS, 1)}
        words_of = {cell.value: [one.value for one in column[1:]] for column in allowed.columns for cell in column[:1]}
        filled = {
            "crossing": "vn-o-yadav", "day": date(2026, 10, 1),
            "direction": words_of[str(columns.COLUMNS["direction"])][0],
            "kind": words_of[str(columns.COLUMNS["kind"])][1], "class": words_of[str(columns.COLUMNS["class"])][5],
            "number": 4, "observed_hours": 12,
        }  # fmt: skip
        for name, value in filled.items():
            table.cell(row=2, column=place[name], value=value)
        book.save(path)
    line = only(understood(path)).lines[0]
    assert (line.kind, line.class_of, line.number) == ("vehicles", "truck", 4)


def test_the_csv_template_is_its_header_alone() -> None:
    with translation.override("km"):
        head = template.csv_template()
    assert head.startswith("\ufeff")
    assert head.count("\n") == 1
    days = Days(lambda text: "unknown_crossing", None)
    days.take(1, next(csv.reader(io.StringIO(head.removeprefix("\ufeff")))))
    assert list(days.places) == list(columns.COLUMNS)
