"""What changed between two texts: nothing is lost or made up, and Khmer is never torn."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossings import differences


def joined(pieces, *kinds):  # type: ignore[no-untyped-def]
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


TEXTS = st.text(st.sampled_from("abc ក្រុមខ្មែរជ័យ\u200b\n12.,é"), max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_the_difference(old: str, new: str) -> None:
    pieces = differences.compared(old, new)
    assert joined(pieces, "same", "del") == old
    assert joined(pieces, "same", "ins") == new
    assert all(piece.text for piece in pieces)


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert joined(differences.compared(text, text), "ins", "del") == ""


def test_one_word_that_changed_is_one_word() -> None:
    pieces = differences.compared("A road of 3 km and a post.", "A road of 5 km and a post.")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "A road of "),
        ("del", "3"),
        ("ins", "5"),
        ("same", " km and a post."),
    ]


def test_a_figure_is_one_word_in_both_scripts() -> None:
    for old, new in (("3000 t", "3900 t"), ("៣០០០ តោន", "៣៩០០ តោន")):
        changed = [(piece.kind, piece.text) for piece in differences.compared(old, new) if piece.kind != "same"]
        assert changed == [("del", old.split()[0]), ("ins", new.split()[0])]


def test_khmer_is_compared_by_syllables_never_by_bare_signs() -> None:
    pieces = differences.compared("ប្រជាកសិករដឹកដំឡូងមីតាមផ្លូវនេះ", "ប្រជាកសិករដឹកកៅស៊ូតាមផ្លូវនេះ")
    assert joined(pieces, "same").startswith("ប្រជាកសិករដឹក")
    assert joined(pieces, "same").endswith("តាមផ្លូវនេះ")
    for piece in pieces:
        assert unicodedata.category(piece.text[0]) not in {"Mn", "Mc"}, piece


def test_crumbs_between_two_changes_are_not_shown_as_unchanged() -> None:
    kinds = [piece.kind for piece in differences.compared("red of old", "blue of new")]
    assert kinds == ["del", "ins", "same", "del", "ins"]
    assert [piece.kind for piece in differences.compared("red, old", "blue, new")] == ["del", "ins"]


def test_long_texts_are_compared_line_by_line_and_quickly() -> None:
    line = "ប្រជាកសិករដឹកដំឡូងមី។ " * 150
    old, new = "\n".join([line] * 3), "\n".join([line, line.replace("ដំឡូងមី", "កៅស៊ូ"), line])
    pieces = differences.compared(old, new)
    assert joined(pieces, "same", "del") == old
    assert joined(pieces, "same", "ins") == new
    assert len(joined(pieces, "same")) > len(old) / 2


@pytest.mark.parametrize(("old", "new", "kind"), [("", "New", "ins"), ("Old", "", "del")])
def test_a_text_from_or_to_nothing(old: str, new: str, kind: str) -> None:
    assert [(one.kind, one.text) for one in differences.compared(old, new)] == [(kind, old or new)]
