"""Figures as people write them: both scripts, thousands apart, asked back when two readings are open."""

from decimal import Decimal

import pytest

from crossings.fields_figures import AmountField, WholeField


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("២៤០០", 2400), ("2 400", 2400), ("2,400", 2400), ("2.400", 2400), ("២ ៤០០", 2400), (" 0 ", 0),
        ("1,250,000", 1_250_000), ("1\u00a0250\u00a0000", 1_250_000),
    ],
)  # fmt: skip
def test_whole_numbers_are_understood_in_both_scripts(text: str, figure: int) -> None:
    assert WholeField(required=False).clean(text) == figure


@pytest.mark.parametrize("text", ["2,40", "12,3456", "many", "1.5", "2400 people", "-", "១២ក"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(Exception, match=r"2400"):
        WholeField(required=False).clean(text)


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("1800.5", "1800.5"), ("1800,5", "1800.5"), ("១៨០០.៥", "1800.5"), ("1,800.5", "1800.5"),
        ("1.800,5", "1800.5"), ("1 800,5", "1800.5"), ("1,800", "1800"), ("1,800,000", "1800000"),
        ("1.800.000", "1800000"), ("0.500", "0.5"), ("0,5", "0.5"), ("0,500", "0.5"), ("-3", "-3"),
    ],
)  # fmt: skip
def test_amounts_are_understood_as_people_write_them(text: str, figure: str) -> None:
    assert AmountField(required=False).clean(text) == Decimal(figure)


def test_an_amount_that_reads_two_ways_is_asked_back() -> None:
    with pytest.raises(Exception, match=r"1\.800.*1800.*1\.8"):
        AmountField(required=False).clean("1.800")
