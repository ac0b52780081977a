"""Names in the reader's language, chosen in the database."""

from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language


def name_of(path: str = "") -> Combinable:
    """The Khmer name for Khmer readers when there is one, else the Latin one; `path` leads to the named row."""
    prefix = f"{path}__" if path else ""
    latin = F(f"{prefix}name_en")
    if get_language() != "km":
        return latin
    return Coalesce(NullIf(F(f"{prefix}name_km"), Value("")), latin)
