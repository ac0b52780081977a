"""Times and speeds put right: midnight, clocks that jump, positions nobody could have reached."""

from bisect import bisect_left
from collections.abc import Sequence

from units.tracks.positions import Notes, Position, Segments, flat
from units.tracks.shapes import distance_m

# Faster than any patrol on the ground goes: 130 km/h.
FASTEST_MS = 130 / 3.6
# A position may be off by so much without being a jump.
SLACK_M = 50.0
SPACING_S = 0.5
DAY = 86_400
# After midnight some loggers go on with the old date: the step back is a day but for so many seconds.
MIDNIGHT_S = 3_600
# A run of good positions is looked for among so many runs before it, and in the best chain so far.
LOOK_BACK = 20


def mend_midnight(segments: Segments, notes: Notes, *, dateless: bool) -> Segments:
    """Add a day where a device that does not know the date, or keeps the old one, passed midnight."""
    mended: Segments = []
    before: float | None = None
    days = 0
    for segment in segments:
        if not dateless:
            # Segments with dates may stand in any order; only within one is a step back told from a new one.
            before, days = None, 0
        part: list[Position] = []
        for position in segment:
            assert position.at is not None
            at = position.at + days * DAY
            back = before - at if before is not None else 0.0
            if DAY - MIDNIGHT_S <= back <= DAY or (dateless and back > DAY / 2):
                days, at = days + 1, at + DAY
                notes.add("midnight")
            part.append(position._replace(at=at))
            before = at
        mended.append(part)
    return mended


def in_order(segments: Segments, notes: Notes) -> Segments:
    """Segments by time, each strictly forward, none reaching back into the one before."""
    kept: Segments = []
    last = float("-inf")
    forward = [_forward(segment) for segment in segments]
    lines = [line for run in forward if (line := _spaced(run))]
    for line in sorted(lines, key=lambda line: line[0].at or 0.0):
        fresh = [position for position in line if (position.at or 0.0) > last]
        notes.add("overlap", len(line) - len(fresh))
        if fresh:
            kept.append(fresh)
            last = fresh[-1].at or last
    notes.add("order", len(flat(segments)) - len(flat(forward)))
    notes.add("thinned", len(flat(forward)) - len(flat(lines)))
    return kept


def _spaced(line: Sequence[Position]) -> list[Position]:
    """At most two positions a second: more say nothing of a walk, and would cost the rest of the cleaning dear."""
    kept: list[Position] = []
    for position in line:
        if not kept or (position.at or 0.0) - (kept[-1].at or 0.0) >= SPACING_S:
            kept.append(position)
    return kept


def _forward(segment: Sequence[Position]) -> list[Position]:
    """The longest run of ever later times: one wrong stamp costs one position, not all that follow it."""
    tails: list[float] = []
    holders: list[int] = []
    previous: list[int] = []
    for i, position in enumerate(segment):
        at = position.at or 0.0
        place = bisect_left(tails, at)
        previous.append(holders[place - 1] if place else -1)
        if place == len(tails):
            tails.append(at)
            holders.append(i)
        else:
            tails[place], holders[place] = at, i
    line: list[Position] = []
    i = holders[-1] if holders else -1
    while i >= 0:
        line.append(segment[i])
        i = previous[i]
    return line[::-1]


def without_jumps(segments: Segments, notes: Notes) -> Segments:
    """Leave out what could only be reached faster than 130 km/h: the heaviest chain of believable runs remains.

    A device that has lost the sky repeats its last place; from such a place time is counted since it got there,
    so that driving out of a tunnel is no jump, and the repeated positions are left out.
    """
    line = [(position, number) for number, segment in enumerate(segments) for position in segment]
    if not line:
        return []
    positions = [position for position, _number in line]
    since = _since(positions)
    stale: set[int] = set()
    starts = [0]
    for i in range(1, len(positions)):
        if _reachable(positions[i - 1], positions[i], positions[i - 1].at or 0.0):
            continue
        if _reachable(positions[i - 1], positions[i], positions[since[i - 1]].at or 0.0):
            stale.update(range(since[i - 1] + 1, i))
        else:
            starts.append(i)
    kept = _heaviest(positions, since, starts)
    notes.add("jump", len(positions) - len(kept))
    notes.add("tunnel", len(stale & kept))
    left = sorted(kept - stale)
    parts: dict[int, list[Position]] = {}
    for i in left:
        parts.setdefault(line[i][1], []).append(positions[i])
    return list(parts.values())


def _since(positions: Sequence[Position]) -> list[int]:
    """For each position the first of the run of equal places it belongs to."""
    since = [0]
    for i in range(1, len(positions)):
        same = positions[i][:2] == positions[i - 1][:2]
        since.append(since[-1] if same else i)
    return since


def _reachable(a: Position, b: Position, left_at: float) -> bool:
    seconds = max((b.at or 0.0) - left_at, 1.0)
    return distance_m(a, b) - SLACK_M <= FASTEST_MS * seconds


def _heaviest(positions: Sequence[Position], since: Sequence[int], starts: Sequence[int]) -> set[int]:
    """The chain of runs with most positions in which each run can be reached from the one before."""
    ends = [*starts[1:], len(positions)]
    weight: list[int] = []
    comes_from: list[int] = []
    best = 0
    for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
        weight.append(end - start)
        comes_from.append(-1)
        for m in {best, *range(max(0, n - LOOK_BACK), n)} if n else ():
            last = ends[m] - 1
            longer = weight[m] + end - start
            if longer > weight[n] and _reachable(positions[last], positions[start], positions[since[last]].at or 0.0):
                weight[n], comes_from[n] = longer, m
        if weight[n] > weight[best]:
            best = n
    kept: set[int] = set()
    n = best
    while n >= 0:
        kept.update(range(starts[n], ends[n]))
        n = comes_from[n]
    return kept
