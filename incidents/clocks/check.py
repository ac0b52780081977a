"""Whether every stored deadline is what its clock's events come to. For administrators, so in plain English."""

from collections.abc import Iterator

from incidents.actions.clocks import standing
from incidents.choices import DutyState
from incidents.models import Clock
from units.calendar import calendars
from units.models import Unit

BATCH = 2000


def disagreements() -> Iterator[str]:
    """A sentence for each clock whose state or deadline, or whose duty's deadline, is not what its events give."""
    offices = Unit.objects.filter(pk__in=Clock.objects.exclude(hours_of=None).order_by().values("hours_of"))
    found = calendars(offices)
    rows = Clock.objects.select_related("hours_of", "duty").prefetch_related("events").order_by("pk")
    for row in rows.iterator(chunk_size=BATCH):
        stands = standing(row, calendar=found[row.hours_of_id])
        duty = getattr(row, "duty", None)
        what = f"clock {row.pk}" + (f" of duty {duty.pk}" if duty else "")
        if (stands.state, stands.due_at) != (row.state, row.due_at):
            yield f"{what}: stored {row.state} due {row.due_at}, its events give {stands.state} due {stands.due_at}"
        elif duty is not None and duty.state == DutyState.WAITING and duty.due_at != row.due_at:
            yield f"{what}: the duty says due {duty.due_at}, its clock {row.due_at}"
