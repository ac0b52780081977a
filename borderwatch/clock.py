"""One clock: the database's. Deadlines, leases and periods of office are judged by it, never by a worker's own.

The demo world replays past weeks through the real verbs; it alone may set the clock back, with `replaying`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, Expression, Value
from django.db.models.functions import Now

_replayed: ContextVar[datetime | None] = ContextVar("replayed", default=None)


def now() -> datetime:
    """The moment of this statement, aware, in UTC."""
    if moment := _replayed.get():
        return moment
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment = cursor.fetchone()[0]
    assert isinstance(moment, datetime)
    return moment


def sql_now() -> Expression:
    """The same moment as an expression, for filters and updates."""
    if moment := _replayed.get():
        return Value(moment, output_field=DateTimeField())
    return Now()


def is_replaying() -> bool:
    """Whether the past is being replayed: then nobody's bell is rung."""
    return _replayed.get() is not None


@contextmanager
def replaying(moment: datetime) -> Iterator[None]:
    """Let everything inside happen at `moment`. Refused outside the demo world and the tests."""
    if not (settings.DEMO or settings.TEST):
        raise RuntimeError("Only the demo world and the tests may replay the past.")
    token = _replayed.set(moment)
    try:
        yield
    finally:
        _replayed.reset(token)
