"""Reference data of working time: the customary hours and the public holidays, as the register begins with them."""

from datetime import date

from borderwatch import clock
from units import reference
from units.models import SpecialDay, WorkingHours


def load() -> dict[str, int]:
    """Add what is missing; returns how many rows the files name.

    What somebody has changed stands: hours once set for all offices are never touched again, and a day that was
    changed or taken back is on record and so is not loaded a second time.
    """
    counts = {"working_hours": 0, "holidays": 0}
    some = WorkingHours.objects.filter(unit=None).exists()
    for row in reference.rows("working_hours"):
        counts["working_hours"] += 1
        if not some:
            WorkingHours.objects.create(unit=None, period=(reference.BEGINNING, None), **row)
    known = set(SpecialDay.objects.filter(unit=None).values_list("day", flat=True))
    now = clock.now()
    missing = []
    for row in reference.rows("holidays"):
        days = [date.fromisoformat(day) for day in row.pop("days")]
        counts["holidays"] += len(days)
        missing += [SpecialDay(day=day, entered_at=now, **row) for day in days if day not in known]
    SpecialDay.objects.bulk_create(missing)
    return counts
