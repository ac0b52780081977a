"""Times as devices write them. One without a zone is taken as Phnom Penh time, and that is noted."""

from contextlib import suppress
from datetime import UTC, date, datetime, time

from django.utils import timezone

from units.tracks.positions import Reading

# FIT counts seconds from here; its numbers reach what 1970's count passed in 2014 only in 2034.
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC).timestamp()
FIT_BELOW = 1_400_000_000
MILLISECONDS_ABOVE = 100_000_000_000
# Day before month, as everybody here writes it.
FORMATS = (
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d/%m/%Y %I:%M:%S %p",
)


def read(text: str, reading: Reading, day: date) -> float | None:
    """Seconds since 1970, None when the text is no time. `day` is what a time of day without a date belongs to."""
    text = text.strip()
    if not text:
        return None
    with suppress(ValueError, OverflowError):
        return number(float(text))
    found = _dated(text)
    if found is None:
        found = _clock_only(text, day)
        if found is None:
            return None
        reading.dateless = True
    if found.tzinfo is None:
        reading.notes.add("zone_assumed")
        found = timezone.make_aware(found)
    with suppress(ValueError, OverflowError):
        return found.timestamp()
    return None


def number(value: float) -> float | None:
    """A time written as a number: FIT's count, seconds since 1970, or milliseconds."""
    if not 0 < value < 1e14:
        return None
    if value > MILLISECONDS_ABOVE:
        return value / 1000
    return value + FIT_EPOCH if value < FIT_BELOW else value


def _dated(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    for shape in FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, shape)  # noqa: DTZ007 - the caller adds the zone and notes it
    return None


def _clock_only(text: str, day: date) -> datetime | None:
    with suppress(ValueError):
        return datetime.combine(day, time.fromisoformat(text))
    return None
