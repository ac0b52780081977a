"""What a letter says, as one value: the fields a person may write, what is still open in them, and their fingerprint.

Paper, DOCX and page are made from this value alone, so they cannot differ; a signature rests on its fingerprint.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Model

from incidents.letters import filling
from incidents.models import Letter

# What a person may write while it is a draft.
TEXTS = (
    "letterhead_km", "letterhead_en", "place_km", "lunar_line", "addressee_km", "addressee_en", "through_km",
    "subject_km", "subject_en", "references_km", "attachments_km", "body_km", "body_en", "closing_km", "closing_en",
    "copies_km", "signer_title_km", "signer_name_km",
)  # fmt: skip
EDITABLE = (*TEXTS, "dated_on", "relation", "classification", "precedence", "map_svg")
# What is printed besides: given with the number.
PRINTED = (*EDITABLE, "number_text", "check_code")


@dataclass(frozen=True)
class Open:
    """A field of the letter in which something is still to be written."""

    field: str
    label: str
    names: tuple[str, ...]
    gaps: int


def label(model: type[Model], name: str) -> str:
    """What a column is called, in the reader's language."""
    return str(getattr(model._meta.get_field(name), "verbose_name", name))


def fingerprint(letter: Letter) -> str:
    """A hash over everything that is printed."""
    printed: dict[str, Any] = {name: getattr(letter, name) for name in PRINTED}
    return hashlib.sha256(orjson.dumps(printed, option=orjson.OPT_SORT_KEYS)).hexdigest()


def still_open(letter: Letter) -> list[Open]:
    """The fields that hold an unknown field of the template, or the mark of an empty fact."""
    found = []
    for name in TEXTS:
        text: str = getattr(letter, name)
        names, gaps = filling.fields(text), text.count(filling.OPEN)
        if names or gaps:
            found.append(Open(name, label(Letter, name), names, gaps))
    return found
