"""Why a verified closed crossing is held to be open again: the cause in words and where to look, by its kind.

A cause belongs to an app to the right (an incident) or to a count of traffic; whoever makes signs of a kind registers
here how a person may read of it. Who may not see the cause is told only that there is one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cause:
    """A cause as one person may read of it."""

    words: str
    url: str


Read = Callable[[Any, list[str]], dict[str, Cause]]
_KINDS: dict[str, Read] = {}


def register(kind: str, read: Read) -> None:
    """Say how causes of a kind are read: `read(user, keys)` gives those the person may see, by key."""
    if _KINDS.setdefault(kind, read) is not read:
        raise ValueError(f"two kinds of cause are called {kind}")


def read(user: Any, kind: str, keys: list[str]) -> dict[str, Cause]:
    """The causes of a kind that a person may read of, by key. ValueError for a kind nobody registered."""
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of cause {kind}")
    return _KINDS[kind](user, keys)
