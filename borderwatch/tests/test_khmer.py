"""Khmer text as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borderwatch.khmer import khmer_digits, latin_digits, search_key, visible


def test_digits_of_both_scripts() -> None:
    assert latin_digits("៣/១១/២០២៤ ០៩៨៧៦៥") == "3/11/2024 098765"
    assert khmer_digits("03-11-2024 VA 969") == "០៣-១១-២០២៤ VA ៩៦៩"


@given(st.text())
def test_digits_come_back(text: str) -> None:
    assert latin_digits(khmer_digits(latin_digits(text))) == latin_digits(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("កណ្ដាល", "កណ្តាល"),
        ("អូរ\u200bយ៉ាដាវ", "អូរយ៉ាដាវ"),
        ("វរៈសេនាតូច ៦២៣", "វរសេនាតូច 623"),
        ("  Ou   Ya DAV ", "ou ya dav"),
        ("ﬁle", "FILE"),
    ],
)
def test_one_key_for_all_spellings(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


def test_different_names_keep_different_keys() -> None:
    assert search_key("កណ្តាល") != search_key("កំពត")


@given(st.text())
def test_a_key_is_its_own_key_and_holds_nothing_invisible(text: str) -> None:
    key = search_key(text)
    assert visible(key) == key
    assert key == key.strip()


@given(st.text(alphabet="កខគឃងចដតថទន្\u200bាិីេោ០១២៣ abcXYZ129"))
def test_a_key_of_a_key_changes_nothing(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)
