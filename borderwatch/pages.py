"""Pages of long lists by keyset: page 1,000 costs what page 1 costs, and nothing slips when new rows arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

M = TypeVar("M", bound=models.Model)

SIZE = 50
# The name of the cursor in the address.
PARAMETER = "before"


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows of one page, newest first; `older` and `newest` are query strings for links, "" when there is none."""

    rows: list[M]
    older: str
    newest: str

    def __iter__(self) -> Iterator[M]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def keyset(rows: Any, *, asked: QueryDict, moment: str = "") -> Page[Any]:
    """The page of a queryset the address asks for, newest first by the datetime field `moment`, then by key.

    Without `moment` the key alone orders. The cursor is "<time>_<key>" of the last row seen; one that cannot be read
    (a link cut off) gives the first page.
    """
    rows = rows.order_by(*([f"-{moment}"] if moment else []), "-pk")
    cursor = _read(asked.get(PARAMETER, ""), rows.model, timed=bool(moment))
    if cursor is not None:
        at, pk = cursor
        if moment:
            after = Q(**{f"{moment}__lt": at}) | Q(**{moment: at}, pk__lt=pk)
            rows = rows.filter(after, **{f"{moment}__lte": at})
        else:
            rows = rows.filter(pk__lt=pk)
    found = list(rows[: SIZE + 1])
    shown = found[:SIZE]
    older = ""
    if len(found) > SIZE:
        stamp = getattr(shown[-1], moment).isoformat() if moment else ""
        older = _query(asked, f"{stamp}_{shown[-1].pk}")
    return Page(rows=shown, older=older, newest=_query(asked, "") if cursor else "")


def _read(text: str, model: type[models.Model], *, timed: bool) -> tuple[datetime | None, Any] | None:
    stamp, _, key = text.rpartition("_")
    try:
        at = parse_datetime(stamp) if timed else None
        pk = model._meta.pk.to_python(key) if key else None
    except (ValueError, ValidationError):
        return None
    if pk is None or (timed and (at is None or at.tzinfo is None)):
        return None
    return at, pk


def _query(asked: QueryDict, cursor: str) -> str:
    """The same address with another cursor, filters kept."""
    query = asked.copy()
    query.pop(PARAMETER, None)
    if cursor:
        query[PARAMETER] = cursor
    return "?" + query.urlencode()
