"""Where a Khmer line may break: between words, which Khmer writes without spaces.

WeasyPrint and word processors break Khmer nowhere by themselves, so a zero-width space is put between the words a
segmenter finds (khmercut, a small statistical model that comes with the package). Only inside runs of Khmer: Latin
words, figures and names in other scripts stay as they are. Breaks somebody typed himself are kept.
"""

import re
import unicodedata
from functools import lru_cache

from khmercut import tokenize

ZWSP = "\u200b"
# Letters, signs, vowels and subscripts; figures and ៛ stand outside, so a number is never cut.
_RUN = re.compile("[\u1780-\u17d3\u17d7\u17dc\u17dd]+")
_SUBSCRIPT = "\u17d2"
# Signs that end or repeat what stands before them begin no line.
_NEVER_FIRST = "។៕៖ៗ៘៙៚៛៌៍%)»”’"


def with_breaks(text: str) -> str:
    """The same text with a zero-width space at every boundary between Khmer words."""
    return _RUN.sub(lambda match: _segmented(match[0]), text)


@lru_cache(maxsize=8192)
def _segmented(run: str) -> str:
    """A run of Khmer letters with its breaks. Anything the segmenter does to the letters themselves is refused."""
    words = [str(word) for word in tokenize(run)]
    if "".join(words) != run:
        return run
    pieces = [words[0]]
    for word in words[1:]:
        pieces.append(ZWSP if may_break(pieces[-1], word) else "")
        pieces.append(word)
    return "".join(pieces)


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between two pieces: never within a written syllable, nor before a closing sign."""
    if not before or not after or before.endswith(_SUBSCRIPT):
        return False
    first = after[0]
    return unicodedata.category(first) not in {"Mn", "Mc"} and first not in _NEVER_FIRST
