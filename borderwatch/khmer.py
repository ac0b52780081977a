"""Khmer text as people type it: digits of both scripts, invisible marks, and letters that only look alike.

`latin_digits` is applied to every figure that comes in; `search_key` to both sides of every comparison of names.
"""

import re
import unicodedata

KHMER_DIGITS = "០១២៣៤៥៦៧៨៩"
_TO_LATIN = str.maketrans(KHMER_DIGITS, "0123456789")
_TO_KHMER = str.maketrans("0123456789", KHMER_DIGITS)

# Official lists carry stray zero-width spaces; keyboards add joiners, soft hyphens and byte order marks.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

# Looks the same, is written differently; Unicode normalisation does not join these.
_VARIANTS: tuple[tuple[str, str], ...] = (
    ("\u17d2\u178a", "\u17d2\u178f"),  # subscript ដ and subscript ត: កណ្ដាល, កណ្តាល
    ("\u17c1\u17b8", "\u17be"),  # េ + ី typed apart for ើ
    ("\u17c1\u17b6", "\u17c4"),  # េ + ា typed apart for ោ
    ("\u17b5", ""),  # inherent vowels, invisible in print
    ("\u17b4", ""),
    ("វរៈសេនា", "វរសេនា"),  # battalion, with and without the sign ៈ
    ("អនុវរៈ", "អនុវរ"),
)


def latin_digits(text: str) -> str:
    """The same text with Khmer digits written as 0-9; everything else is untouched."""
    return text.translate(_TO_LATIN)


def khmer_digits(text: str) -> str:
    """The same text with 0-9 written as Khmer digits."""
    return text.translate(_TO_KHMER)


def visible(text: str) -> str:
    """Without zero-width marks: for codes, names and keys. Narrative keeps its line-break hints."""
    return text.translate(_INVISIBLE)


def search_key(text: str) -> str:
    """One spelling for all spellings: for searching and comparing names, never for display.

    Idempotent; drops invisible marks, folds digits, case, width, spaces and known Khmer spelling variants.
    """
    key = visible(unicodedata.normalize("NFKC", text))
    for variant, usual in _VARIANTS:
        key = key.replace(variant, usual)
    key = latin_digits(key).casefold()
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", key)).strip()
