"""The two long computations of an import: reading a file as a dry run, and entering its days."""

from collections import Counter
from typing import Any

from borderwatch import jobs, sealed
from borderwatch.khmer import search_key
from borderwatch.models import Job
from crossings import deciders, sheets
from crossings.actions.imports import APPLY_JOB, READ_JOB, enter_import, return_import, take_reading
from crossings.choices import ImportState
from crossings.counts import Given
from crossings.models import Crossing, TrafficImport
from crossings.traffic import crossings_of
from crossings.traffic_files import draft, reading
from crossings.traffic_files.days import Day, Days, message, sorted_messages
from crossings.traffic_files.draft import Draft
from crossings.traffic_files.limits import Unreadable
from units.models import User

# Of a hundred parts of the work, so many are the reading.
READING_PARTS = 80
# Days judged at a time.
AT_ONCE = 2_000


def read_file(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Read the file of the import named in the job. One that was taken up or given up already is left as it is."""
    row = TrafficImport.objects.select_related("uploaded_by", "crossing__district").get(pk=job.params["import"])
    if row.state == ImportState.READING:
        row = take_reading(imported=row, draft=dry_run(row, progress))
    return {"state": row.state}


def dry_run(row: TrafficImport, progress: jobs.Progress) -> Draft:
    """What the file says and what entering it would change; nothing is written but the draft."""
    actor = row.uploaded_by
    days = Days(_finder(actor), row.crossing)
    try:
        heard = lambda share: progress.tell(int(share * READING_PARTS), 100)  # noqa: E731
        for number, cells in reading.rows(sealed.path_of(row.file_sha256), heard=heard):
            days.take(number, cells)
        if not days.places:
            raise Unreadable("no_header")
        if not days.rows:
            raise Unreadable("empty_table")
    except Unreadable as unreadable:
        return Draft(unreadable=(unreadable.code, unreadable.params))
    return _judged(days, actor, progress)


def _judged(days: Days, actor: User, progress: jobs.Progress) -> Draft:
    errors = list(days.errors)
    sound = [day for day in days.days.values() if not day.bad]
    outcomes: Counter[str] = Counter()
    kept = []
    for start in range(0, len(sound), AT_ONCE):
        some = sound[start : start + AT_ONCE]
        for day, judged in zip(some, sheets.judge([_given(day, actor) for day in some]), strict=True):
            outcomes[judged.outcome] += 1
            errors += [day.place(fault) for fault in judged.faults]
            if judged.outcome in ("new", "corrected"):
                kept.append(judged)
        progress.tell(READING_PARTS + (99 - READING_PARTS) * (start + len(some)) // len(sound), 100)
    errors = sorted_messages(errors)
    counts = {
        "rows": days.rows,
        "days": len(days.days),
        "new": outcomes["new"],
        "same": outcomes["same"],
        "corrected": outcomes["corrected"],
        "bad": outcomes["bad"] + sum(day.bad for day in days.days.values()),
        "errors": len(errors),
        "headers": days.headers,
        "ignored": days.ignored[:20],
        "draft": draft.keep(kept, errors),
    }
    return Draft([one.given for one in kept], errors, counts)


def _given(day: Day, actor: User) -> Given:
    return day.given(actor.record_name)


class _Finder:
    """Crossings by their code or by any of their names, among those whose traffic the person may enter."""

    def __init__(self, actor: User) -> None:
        self._actor = actor
        self._names: dict[str, dict[int, Crossing]] = {}
        for crossing in crossings_of(actor).select_related("district__province", "responsible_unit"):
            for name in (crossing.slug, crossing.name_km, crossing.name_en):
                if name:
                    self._names.setdefault(search_key(name), {})[crossing.pk] = crossing
        self._may: dict[int, bool] = {}

    def __call__(self, text: str) -> Crossing | str:
        """The crossing, or the code of what is wrong with the name."""
        found = list(self._names.get(search_key(text), {}).values())
        if len(found) != 1:
            return "several_crossings" if found else "unknown_crossing"
        [crossing] = found
        if crossing.pk not in self._may:
            self._may[crossing.pk] = deciders.may(self._actor, "enter_traffic", crossing)
        return crossing if self._may[crossing.pk] else "not_yours"


def _finder(actor: User) -> _Finder:
    return _Finder(actor)


def enter_days(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Enter the days of the import named in the job, all in one transaction. One that is entered already is left."""
    row = TrafficImport.objects.select_related("uploaded_by").get(pk=job.params["import"])
    if row.state == ImportState.APPLYING:
        actor = job.asked_by
        assert isinstance(actor, User)
        try:
            progress.tell(0, 100)
            given = draft.days(row)
            progress.tell(10, 100)
            row = enter_import(actor=actor, imported=row, given=given)
        except jobs.Lost:
            raise
        except Exception:
            return_import(imported=row)
            raise
    return {"state": row.state}


jobs.register(READ_JOB, read_file)
jobs.register(APPLY_JOB, enter_days)

__all__ = ("enter_days", "message", "read_file")
