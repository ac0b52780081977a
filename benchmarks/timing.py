"""Take two things in turns and compare their medians, so that a busy machine disturbs both alike."""

import statistics
import time
from collections.abc import Callable


def once(work: Callable[[], object]) -> float:
    """Milliseconds of one go."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def pair(ours: Callable[[], object], limit: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median milliseconds of ours and of the limit, taken in turns after two warm-ups."""
    for _ in range(2):
        ours(), limit()
    times = [(once(ours), once(limit)) for _ in range(rounds)]
    return statistics.median(a for a, _b in times), statistics.median(b for _a, b in times)


def ratio(what: str, ours: float, limit: float, against: str, wanted: float) -> dict[str, object]:
    """A figure as a ratio of the limit."""
    return {
        "what": what,
        "reached": f"{ours:.2f} ms",
        "against": f"{against}: {limit:.2f} ms",
        "ratio": f"{ours / limit:.2f}",
        "wanted": f"<= {wanted}",
        "met": ours / limit <= wanted,
        "ours_ms": ours,
        "limit_ms": limit,
    }


def absolute(what: str, ours: float, wanted: float, unit: str = "ms") -> dict[str, object]:
    """A figure against a plain number."""
    return {
        "what": what,
        "reached": f"{ours:.2f} {unit}",
        "wanted": f"<= {wanted:g} {unit}",
        "met": ours <= wanted,
        "value": ours,
    }
