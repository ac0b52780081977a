"""What every reader makes of a file: segments of positions, and notes of what was mended or left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Two days and more at one position a second.
MOST_POSITIONS = 200_000


class Position(NamedTuple):
    """Degrees in EPSG:4326; `at` in seconds since 1970 UTC, None when the file says no time."""

    lon: float
    lat: float
    at: float | None


Segments = list[list[Position]]


class Notes:
    """What the reading mended or left out: one entry a kind, its figures added up."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def add(self, code: str, n: int = 1, **params: Any) -> None:
        """Count `n` more of a kind; other figures are kept as last given. Nothing is noted for n = 0."""
        if n:
            entry = self._found.setdefault(code, {"n": 0})
            entry["n"] += n
            entry.update(params)

    def listed(self) -> list[dict[str, Any]]:
        """As stored with the track, in the order found."""
        return [{"code": code, "params": params} for code, params in self._found.items()]


@dataclass
class Reading:
    """A file as read. `dateless`: its times had no date and were given the patrol's first day."""

    source: str
    segments: Segments = field(default_factory=lambda: [[]])
    notes: Notes = field(default_factory=Notes)
    dateless: bool = False
    count: int = 0

    def add(self, position: Position) -> None:
        """One more position of the current segment; raises ValidationError when there are too many."""
        self.count += 1
        if self.count > MOST_POSITIONS:
            raise refusal(
                _("The file holds more than %(n)s positions. Let the device note one every few seconds.")
                % {"n": MOST_POSITIONS},
                "too_many",
            )
        self.segments[-1].append(position)

    def part(self) -> None:
        """What follows is another segment."""
        if self.segments[-1]:
            self.segments.append([])


def refusal(message: str, code: str) -> ValidationError:
    """A file that cannot be taken, told at its field."""
    return ValidationError({"file": ValidationError(message, code=code)})


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as an aware time."""
    return datetime.fromtimestamp(seconds, UTC)


def flat(segments: Iterable[Iterable[Position]]) -> list[Position]:
    """All positions, one after the other."""
    return [position for segment in segments for position in segment]
