"""Files of traffic: what is understood in both languages, and what is named by row and column and never guessed."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from openpyxl import Workbook

from borderwatch.khmer import khmer_digits
from crossings import figures
from crossings.models import Crossing
from crossings.traffic_files import columns, reading, words
from crossings.traffic_files.days import Days
from crossings.traffic_files.limits import Unreadable

HEAD = ["crossing", "day", "direction", "kind", "class", "nationality", "number", "observed_hours"]
ROW = ["vn-o-yadav", "2026-10-01", "in", "passengers", "", "khmer", "120", "12"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Sentences are compared by their English words."""
    with translation.override("en"):
        yield


@pytest.fixture
def crossing() -> Crossing:
    return Crossing(pk=7, slug="vn-o-yadav", name_en="O Yadav", name_km="អូរយ៉ាដាវ")


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """A CSV file of rows, or of bytes as they are."""

    def make(rows: Any, encoding: str = "utf-8", delimiter: str = ",") -> Path:
        path = tmp_path / "traffic.csv"
        if isinstance(rows, bytes):
            path.write_bytes(rows)
            return path
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(rows)
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return make


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """A spreadsheet of rows."""

    def make(rows: Any) -> Path:
        made = Workbook()
        sheet: Any = made.active
        for row in rows:
            sheet.append(row)
        path = tmp_path / "traffic.xlsx"
        made.save(path)
        return path

    return make


@pytest.fixture
def understood(crossing: Crossing) -> Callable[..., Days]:
    """A file read in its own process and understood."""

    def read(path: Path, **more: Any) -> Days:
        def find(text: str) -> Crossing | str:
            return crossing if text in ("vn-o-yadav", "O Yadav", "អូរយ៉ាដាវ") else "unknown_crossing"

        days = Days(find, more.get("crossing"))
        for number, cells in reading.rows(path, heard=lambda share: None):
            days.take(number, cells)
        return days

    return read


def only(days: Days) -> Any:
    """The one day of a file without mistakes."""
    assert days.errors == [], [words.worded(one) for one in days.errors]
    [day] = days.days.values()
    return day


# --- what is understood -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_texts_are_read_in_the_encodings_and_with_the_separators_programs_write(
    table: Any, understood: Any, encoding: str, delimiter: str
) -> None:
    row = ["អូរយ៉ាដាវ", *ROW[1:]]
    day = only(understood(table([HEAD, row], encoding, delimiter)))
    assert (day.crossing.pk, day.day, day.direction) == (7, date(2026, 10, 1), "in")
    assert day.lines[0].number == 120
    assert day.rows == [2]


def test_headers_and_words_of_both_languages_are_understood(table: Any, understood: Any) -> None:
    with translation.override("km"):
        head = [str(columns.COLUMNS[name]) for name in HEAD]
        from crossings.choices import CountKind, Direction, NationalityGroup

        row = [
            "អូរយ៉ាដាវ", khmer_digits("01/10/2026"), str(Direction.IN.label), str(CountKind.PASSENGERS.label), "",
            str(NationalityGroup.KHMER.label), khmer_digits("1,204"), khmer_digits("12"),
        ]  # fmt: skip
    day = only(understood(table([head, row])))
    assert day.lines[0].number == 1204
    assert day.given("x").observed_minutes == 720


def test_a_spreadsheet_brings_real_dates_figures_and_times(book: Any, understood: Any) -> None:
    rows = [
        [*HEAD, "tonnes", "value", "currency"],
        ["vn-o-yadav", date(2026, 10, 1), "in", "passengers", None, "khmer", 120, 12],
        ["vn-o-yadav", date(2026, 10, 1), "into Cambodia", "goods", "cassava", None, None, None, 12.3, 50, "usd"],
        ["vn-o-yadav", "01/10/2026", "out", "vehicles", "lorry", None, 3.0, time(8, 30)],
        ["vn-o-yadav", "01/10/2026", "out", "vehicles", "bus", None, 0, timedelta(hours=8, minutes=30)],
    ]
    days = understood(book(rows))
    assert days.errors == [], [words.worded(one) for one in days.errors]
    into, out = days.days.values()
    assert into.lines[1].tonnes == Decimal("12.3")
    assert into.lines[1].currency == "USD"
    assert [line.number for line in out.lines] == [3, 0]
    assert out.given("x").observed_minutes == 510


@pytest.mark.parametrize("language", columns.LANGUAGES)
def test_no_two_columns_and_no_two_words_of_a_choice_are_alike(language: str) -> None:
    with translation.override(language):
        for labels in (
            [str(label) for label in columns.COLUMNS.values()],
            *([str(label) for label in choices.labels] for choices in columns.CHOICES.values()),
            *([str(label) for label in columns.classes_of(kind).labels] for kind in ("vehicles", "goods")),
        ):
            assert len({columns._key(label) for label in labels}) == len(labels), labels


def test_blank_rows_are_passed_over_and_rows_keep_their_numbers(table: Any, understood: Any) -> None:
    day = only(understood(table([["Traffic of October"], [], HEAD, [], ["", "", ""], ROW, []])))
    assert day.rows == [6]


def test_the_machine_names_may_stand_below_the_words(table: Any, understood: Any) -> None:
    with translation.override("km"):
        head = [str(columns.COLUMNS[name]) for name in HEAD]
    assert only(understood(table([head, HEAD, ROW]))).rows == [3]


def test_columns_nobody_knows_are_passed_over_and_named(table: Any, understood: Any) -> None:
    days = understood(table([[*HEAD, "weather"], [*ROW, "rain"]]))
    assert days.ignored == ["weather"]
    assert only(days).lines


def test_what_holds_for_the_day_may_stand_in_one_row(table: Any, understood: Any) -> None:
    second = [*ROW[:5], "other", "5", ""]
    day = only(understood(table([HEAD, ROW, second])))
    assert len(day.lines) == 2
    assert day.given("Sok Dara").observer == "Sok Dara"
    assert day.given("x").method == "register"


def test_the_crossing_may_be_chosen_for_the_whole_file(table: Any, understood: Any, crossing: Crossing) -> None:
    day = only(understood(table([HEAD[1:], ROW[1:]]), crossing=crossing))
    assert day.crossing.pk == 7


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("1 234", 1234), ("1,234", 1234), ("1\u00a0234\u00a0567", 1234567), ("១២៣", 123), ("0", 0), ("12.0", 12),
        ("1.234.567", 1234567), ("1,234.50", Decimal("1234.50")), ("1.234,5", Decimal("1234.5")), ("0.125",
        Decimal("0.125")), ("1,5", Decimal("1.5")), (12.300000000000001, Decimal("12.3")),
    ],
)  # fmt: skip
def test_figures_are_read_as_people_write_them(text: Any, figure: Any) -> None:
    assert figures.decimal(text) == figure


@pytest.mark.parametrize("text", ["1.234", "12,34,5", "twelve", "1e3", "--1", "", True, None, "NaN", float("inf")])
def test_what_is_no_figure_or_could_be_two_is_never_guessed(text: Any) -> None:
    with pytest.raises(figures.Unclear):
        figures.decimal(text)


@pytest.mark.parametrize(
    ("text", "watched"),
    [("12", 720), ("8:30", 510), ("8h30", 510), ("6:00-18:00", 720), ("២២:០០-៦:០០", 480), ("6-18", 720), (0.5, 30)],
)
def test_hours_are_read_as_people_write_them(text: Any, watched: int) -> None:
    assert figures.minutes(text) == watched


# --- what is wrong, where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("crossing", "Nowhere", "“Nowhere” is no crossing"),
        ("crossing", "", "Name the crossing"),
        ("day", "12/25/2026", "“12/25/2026” is no day"),
        ("day", "45992", "is no day"),
        ("day", "", "Give the day"),
        ("direction", "up", "into Cambodia, out of Cambodia"),
        ("direction", "", "Give the direction"),
        ("kind", "ghosts", "passengers, vehicles"),
        ("kind", "", "Say what is counted"),
        ("nationality", "martian", "“martian” is no group"),
        ("number", "1.234", "1234 for the thousand"),
        ("number", "many", "“many” is no number"),
        ("number", "3.5", "no whole number"),
        ("number", "-3", "below zero"),
        ("number", "100001", "100,000"),
        ("number", "", "Give the number"),
        ("observed_hours", "all day", "is no time watched"),
        ("class", "car", "Leave the class empty"),
    ],
)
def test_a_mistake_is_named_by_row_and_column_with_what_to_write(
    table: Any, understood: Any, column: str, text: str, said: str
) -> None:
    row = list(ROW)
    row[HEAD.index(column)] = text
    [error] = understood(table([HEAD, row])).errors
    assert (error["row"], error["column"]) == (2, column)
    assert said in words.worded(error)


def test_an_unknown_class_is_answered_with_the_known_ones(table: Any, understood: Any) -> None:
    row = ["vn-o-yadav", "2026-10-01", "in", "vehicles", "tank", "", "1", "12"]
    [error] = understood(table([HEAD, row])).errors
    assert error["column"] == "class"
    assert "“tank”" in words.worded(error)
    assert "lorry" in words.worded(error)


def test_a_day_with_a_mistake_in_any_row_is_left_out_whole(table: Any, understood: Any) -> None:
    second = [*ROW[:5], "other", "many", "12"]
    other = ["vn-o-yadav", "2026-10-02", *ROW[2:]]
    days = understood(table([HEAD, ROW, second, other]))
    assert [day.bad for day in days.days.values()] == [True, False]


def test_a_row_that_cannot_be_placed_takes_the_days_beside_it_along(table: Any, understood: Any) -> None:
    stray = ["vn-o-yadav", "31/31/2026", *ROW[2:]]
    far = ["vn-o-yadav", "2026-10-05", *ROW[2:]]
    days = understood(table([HEAD, ROW, stray, ["vn-o-yadav", "2026-10-02", *ROW[2:]], far]))
    assert [day.bad for day in days.days.values()] == [True, True, False]
    assert any("Row 3 cannot be placed" in words.worded(one) for one in days.errors)


def test_rows_of_a_day_that_say_otherwise_are_named(table: Any, understood: Any) -> None:
    second = [*ROW[:5], "other", "3", "10"]
    [error] = understood(table([HEAD, ROW, second])).errors
    assert (error["row"], error["column"]) == (3, "observed_hours")
    assert "Row 2 says otherwise" in words.worded(error)


def test_a_date_in_a_column_of_figures_is_no_figure(book: Any, understood: Any) -> None:
    row: list[Any] = [*ROW]
    row[HEAD.index("number")] = date(2026, 1, 2)
    [error] = understood(book([HEAD, row])).errors
    assert error["column"] == "number"


def test_a_formula_nobody_worked_out_is_named_at_its_cell(book: Any, understood: Any) -> None:
    row: list[Any] = [*ROW]
    row[HEAD.index("number")] = "=A1+1"
    [error] = understood(book([HEAD, row])).errors
    assert (error["row"], error["column"]) == (2, "number")
    assert "formula" in words.worded(error)


def test_a_worked_out_formula_counts_with_its_value(book: Any, understood: Any) -> None:
    row: list[Any] = [*ROW]
    row[HEAD.index("number")] = "=60+60"
    path = book([HEAD, row])
    rewrite(path, lambda name, body: body.replace(b"<f>60+60</f><v></v>", b"<f>60+60</f><v>120</v>")
            .replace(b"<f>60+60</f><v />", b"<f>60+60</f><v>120</v>"))  # fmt: skip
    assert only(understood(path)).lines[0].number == 120


def rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """A zip with its members changed."""
    with zipfile.ZipFile(path) as old:
        members = [(info.filename, change(info.filename, old.read(info))) for info in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, body in members:
            new.writestr(name, body)


# --- files that are not taken -----------------------------------------------------------------------------------


def refusal(understood: Any, path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        understood(path)
    assert caught.value.code in words.known()
    return words.worded({"code": caught.value.code, "params": caught.value.params})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("crossing,day\nអូរ".encode("utf-16-be")[1:], "encoding"),
        ("ច្រក,ថ្ងៃ\n".encode() + b"\xff\xfe\xfa", "CSV UTF-8"),
        ("é,day\n".encode("latin-1"), "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
        (b"%PDF-1.7", "no table"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (b"a,b\n1,2\n" * 12, "names of the columns"),
        (b"\n\n", "no row"),
        (b'crossing,day\n"never closed' + b"x" * 40_000, "quotation mark"),
    ],
)
def test_a_file_that_is_no_table_is_answered_with_what_to_do(
    table: Any, understood: Any, content: bytes, said: str
) -> None:
    assert said in refusal(understood, table(content))


def test_a_missing_and_a_doubled_column_are_named(table: Any, understood: Any) -> None:
    assert "hours watched" in refusal(understood, table([HEAD[:-1], ROW[:-1]]))
    assert "“date”" in refusal(understood, table([[*HEAD, "date"], [*ROW, ""]]))


def test_a_spreadsheet_that_grows_beyond_measure_is_not_unpacked(book: Any, understood: Any) -> None:
    path = book([HEAD, ROW])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", bytes(30 * 1024 * 1024))
    assert "grows far beyond" in refusal(understood, path)


def test_entities_in_a_spreadsheet_are_refused(book: Any, understood: Any) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    def change(name: str, body: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return body
        start = body.index(b"<worksheet")
        return body[:start] + bomb + body[start:]

    path = book([HEAD, ROW])
    rewrite(path, change)
    assert "declarations" in refusal(understood, path)

    def named(name: str, body: bytes) -> bytes:
        start = body.find(b"<workbook")
        return body[:start] + bomb + body[start:] if name == "xl/workbook.xml" else body

    path = book([HEAD, ROW])
    rewrite(path, named)
    assert "damaged" in refusal(understood, path)


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_sheet_with_shared_texts_and_prefixes_is_read_as_others_write_it(
    book: Any, understood: Any, prefix: str
) -> None:
    path = book([HEAD, ROW])
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    colon = f":{prefix[:-1]}" if prefix else ""
    texts = [*HEAD, *ROW[:6]]
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts[:-1])
    # A text in two looks, with a reading aid that is no part of it.
    shared += "<si><r><t>khm</t></r><r><rPr><b/></rPr><t>er</t></r><rPh sb='0' eb='1'><t>aid</t></rPh></si>"
    tag = lambda name, body, more="": f"<{prefix}{name}{more}>{body}</{prefix}{name}>"  # noqa: E731
    cells = lambda first, count: "".join(  # noqa: E731
        tag("c", tag("v", first + n), " t='s'") for n in range(count)
    )
    rows = (
        tag("row", cells(0, len(HEAD)))
        + f"<{prefix}row/>"
        + tag(
            "row", cells(len(HEAD), 6) + tag("c", tag("v", "120"), " r='G3'") + tag("c", tag("v", "1.2E1"), " r='H3'")
        )
    )
    sheet = f"<{prefix}worksheet xmlns{colon}='{space}'>{tag('sheetData', rows)}</{prefix}worksheet>"

    def change(name: str, body: bytes) -> bytes:
        if name == "[Content_Types].xml":
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
            return body.replace(
                b"</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode()
            )
        return sheet.encode() if name == "xl/worksheets/sheet1.xml" else body

    rewrite(path, change)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst xmlns='{space}'>{shared}</sst>")
    day = only(understood(path))
    assert day.lines[0].number == 120
    assert day.lines[0].nationality == "khmer"
    assert day.given("x").observed_minutes == 720


def test_a_sheet_that_claims_a_million_columns_is_read_for_what_it_holds(book: Any, understood: Any) -> None:
    made = Workbook()
    sheet: Any = made.active
    for row in (HEAD, ROW):
        sheet.append(row)
    sheet["XFD9"] = "far away"
    path = book([HEAD, ROW])
    made.save(path)
    assert only(understood(path)).lines[0].number == 120


def test_a_row_far_below_ends_nothing_and_costs_nothing(book: Any, understood: Any) -> None:
    made = Workbook()
    sheet: Any = made.active
    for row in (HEAD, ROW):
        sheet.append(row)
    for index, cell in enumerate(["vn-o-yadav", "2026-10-02", *ROW[2:]], 1):
        sheet.cell(row=1_000_000, column=index, value=cell)
    path = book([HEAD, ROW])
    made.save(path)
    assert [day.rows for day in understood(path).days.values()] == [[2], [1_000_000]]
