"""Compare what should have been told with what was."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from borderwatch.models import Delivery
from incidents.choices_answers import FindingKind
from incidents.models import Incident
from incidents.recorder.expected import TOLERANCE, Batch, Expected, derive
from incidents.recorder.staffing import Staffing

# Two clocks of one moment: an answer and a notice that cross within it have crossed by chance.
CROSSING = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Amiss:
    """Something that is not as it should be; (incident, kind, expected) names it for ever."""

    incident: int
    kind: str
    expected: str
    at: datetime
    unit: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looked:
    """A batch that was looked at."""

    incidents: int
    expected: int
    amiss: list[Amiss]


_ROW = ("key", "event", "user_id", "recipient_name", "channel", "state", "state_reason", "planned_at", "done_at", "pk")


def look(keys: Sequence[int], staffing: Staffing, now: datetime) -> Looked:
    """Everything amiss about these incidents."""
    batch = derive(keys, staffing, now)
    refs: dict[str, int] = dict(Incident.objects.filter(pk__in=keys).order_by().values_list("ref", "pk"))
    rows = [
        dict(zip(_ROW, row, strict=True))
        for row in Delivery.objects.filter(kind="incident", key__in=refs).order_by().values_list(*_ROW).iterator()
    ]
    amiss = [
        *_duties_missing(batch),
        *_never_told(batch.expected, rows, staffing, now),
        *_stuck(rows, refs, now),
        *_told_after_answer(batch, rows),
    ]
    return Looked(len(refs), len(batch.expected), amiss)


def _duties_missing(batch: Batch) -> Iterator[Amiss]:
    for one in batch.missing:
        key = f"{one.policy}:{one.institution}"
        yield Amiss(one.incident, FindingKind.DUTY_MISSING, key, one.at, one.unit, {"policy": one.policy})


def _never_told(
    expected: Sequence[Expected], rows: Sequence[dict[str, Any]], staffing: Staffing, now: datetime
) -> Iterator[Amiss]:
    """No notice to the person, or one that was cancelled before anything had made it needless."""
    told: dict[str, dict[int | None, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        known = told[row["event"]].get(row["user_id"])
        if known is None or known["state"] == Delivery.State.CANCELLED:
            told[row["event"]][row["user_id"]] = row
    for one in expected:
        if one.at > now - TOLERANCE:
            continue
        there = told.get(one.event, {})
        if one.user is None:
            if not there:
                yield _missing(one, FindingKind.NEVER_WRITTEN)
            continue
        found = [there[user] for user in staffing.or_stand_in(one.user, one.at) if user in there]
        if not found:
            kind = FindingKind.LADDER_BROKEN if one.event.startswith("duty:") and there else FindingKind.NEVER_WRITTEN
            yield _missing(one, kind)
        elif all(_cancelled_too_soon(row, one) for row in found):
            yield _missing(one, FindingKind.LADDER_BROKEN, found[0]["state_reason"])


def _cancelled_too_soon(row: dict[str, Any], one: Expected) -> bool:
    if row["state"] != Delivery.State.CANCELLED:
        return False
    # The answer came while it was on its way.
    return one.until is None or one.until > one.at + TOLERANCE


def _missing(one: Expected, kind: str, why: str = "") -> Amiss:
    key = one.event if one.user is None else f"{one.event}:user:{one.user}"
    detail = {"event": one.event, "user": one.user, "why": why}
    return Amiss(one.incident, kind, key, one.at, one.unit, detail)


def _stuck(rows: Sequence[dict[str, Any]], refs: dict[str, int], now: datetime) -> Iterator[Amiss]:
    """Written and not handed over in time, or failed for good; on whatever channel, of whatever topic."""
    for row in rows:
        late = row["state"] == Delivery.State.PENDING and row["planned_at"] < now - TOLERANCE
        # In the application the row itself is the notice from its time on.
        if late and row["channel"] != Delivery.Channel.INAPP:
            yield _of_row(row, refs, FindingKind.NOT_HANDED_OVER)
        elif row["state"] == Delivery.State.DEAD:
            yield _of_row(row, refs, FindingKind.FAILED)


def _of_row(row: dict[str, Any], refs: dict[str, int], kind: str) -> Amiss:
    detail = {
        "event": row["event"],
        "channel": row["channel"],
        "recipient": row["recipient_name"],
        "why": row["state_reason"],
    }
    return Amiss(refs[row["key"]], kind, f"notice:{row['pk']}", row["planned_at"], None, detail)


def _told_after_answer(batch: Batch, rows: Sequence[dict[str, Any]]) -> Iterator[Amiss]:
    for row in rows:
        parts = row["event"].split(":")
        if parts[0] != "duty" or len(parts) < 4 or parts[-2] != "step" or row["state"] != Delivery.State.DELIVERED:
            continue
        answer = batch.answered.get(int(parts[1]))
        left = row["planned_at"] if row["channel"] == Delivery.Channel.INAPP else row["done_at"]
        if answer is not None and left > answer[1] + CROSSING:
            incident, answered = answer
            detail = {"event": row["event"], "recipient": row["recipient_name"], "answered_at": answered.isoformat()}
            yield Amiss(incident, FindingKind.TOLD_AFTER_ANSWER, f"notice:{row['pk']}", left, None, detail)
