"""What changed between two versions of a proposal, field by field, texts word by word.

Khmer is written without spaces between words: there a step of the comparison is a syllable as it is written (a
consonant with what is under, over and behind it), so that no sign is ever torn from its letter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crossings.choices import CATEGORY_WORDS
from crossings.models import Assessment, ProposalVersion

# A Khmer syllable; an invisible word mark; a Khmer figure; a Latin word or figure; spaces; else a letter by itself.
_STEP = re.compile(
    r"[\u1780-\u17b5](?:\u17d2[\u1780-\u17b5]|[\u17b6-\u17d1\u17d3\u17dd\u200c\u200d])*"
    r"|\u200b|[\u17e0-\u17e9]+|[^\W\u1780-\u17ff]+|\s+|.",
    re.DOTALL,
)
# Two texts of so many steps each are compared step by step; above it a changed line counts as a whole.
_MOST_STEPS = 1_500
# What is left unchanged between two changes, when it is no longer than so many steps, is shown as changed too.
_ISLAND = 2


@dataclass(frozen=True)
class Piece:
    """A stretch of text: "same", "del" (it stood in the older one) or "ins" (it stands in the newer one)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """A field that differs: a text in pieces, else what it was and what it is in words.

    For the assessments `gone` and `come` are what was taken out and put in.
    """

    field: str
    label: str
    pieces: tuple[Piece, ...] = ()
    old: str = ""
    new: str = ""
    gone: tuple[Assessment, ...] = ()
    come: tuple[Assessment, ...] = ()


def between(old: ProposalVersion, new: ProposalVersion) -> list[Change]:
    """The fields that differ from an older to a newer version, in the order of the page; none: an empty list."""
    changes = []
    if old.category != new.category:
        changes.append(
            Change("category", _("Category proposed"), old=_category(old.category), new=_category(new.category))
        )
    if old.wanted_from != new.wanted_from:
        changes.append(
            Change("wanted_from", _("Wanted from"), old=day_words(old.wanted_from), new=day_words(new.wanted_from))
        )
    for field, label in (("justification", _("Justification")), ("needs", _("What it needs"))):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            changes.append(Change(field, label, pieces=tuple(compared(before, after))))
    earlier = {one.pk: one for one in old.assessments.all()}
    later = {one.pk: one for one in new.assessments.all()}
    if earlier.keys() != later.keys():
        gone = tuple(one for pk, one in sorted(earlier.items()) if pk not in later)
        come = tuple(one for pk, one in sorted(later.items()) if pk not in earlier)
        changes.append(Change("assessments", _("Assessments"), gone=gone, come=come))
    return changes


def compared(old: str, new: str) -> list[Piece]:
    """Both texts in one: what stayed, what went, what came. Without "ins" it is the old one, without "del" the new."""
    pieces: list[Piece] = []
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[i1:i2]), "".join(after[j1:j2])
        pieces += [Piece("same", gone)] if tag == "equal" else _by_step(gone, come)
    return _joined(pieces)


def _by_step(old: str, new: str) -> list[Piece]:
    before, after = _STEP.findall(old), _STEP.findall(new)
    if max(len(before), len(after)) > _MOST_STEPS:
        return [Piece("del", old), Piece("ins", new)]
    found = list(_pieces(before, after))
    return _without_islands(found)


def _pieces(before: list[str], after: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield ("same" if tag == "equal" else "changed"), before[i1:i2], after[j1:j2]


def _without_islands(found: list[tuple[str, list[str], list[str]]]) -> list[Piece]:
    """Short stretches that stayed by chance between two changes join them: a person reads words, not crumbs."""
    last = len(found) - 1
    kinds = [
        "changed" if kind == "changed" or (0 < n < last and len(gone) <= _ISLAND) else "same"
        for n, (kind, gone, _come) in enumerate(found)
    ]
    pieces: list[Piece] = []
    for kind, group in groupby(zip(kinds, found, strict=True), key=lambda pair: pair[0]):
        parts = [part for _kind, part in group]
        gone = "".join(step for _k, before, _a in parts for step in before)
        come = "".join(step for _k, _b, after in parts for step in after)
        pieces += [Piece("same", gone)] if kind == "same" else [Piece("del", gone), Piece("ins", come)]
    return pieces


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one kind as one; empty ones fall away."""
    full = [piece for piece in pieces if piece.text]
    return [Piece(kind, "".join(one.text for one in group)) for kind, group in groupby(full, key=lambda one: one.kind)]


# --- days and words --------------------------------------------------------------------------------------------


def start_of(day: date) -> datetime:
    """The first moment of a day in Phnom Penh."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(settings.TIME_ZONE))


def day_of(moment: datetime) -> date:
    """The day of a moment in Phnom Penh."""
    return timezone.localdate(moment)


def day_words(day: date | None) -> str:
    """A day as people write it; "–" for none."""
    return date_format(day, "d/m/Y") if day else "–"


def moment_words(moment: datetime) -> str:
    """A moment as people write it, in the time of Phnom Penh."""
    return date_format(timezone.localtime(moment), "d/m/Y H:i")


def _category(slug: str) -> str:
    words: Any = CATEGORY_WORDS.get(slug, slug)
    return str(words)
