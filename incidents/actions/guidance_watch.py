"""Periodic care of guidance, by the system: what is overdue is told again, at growing distances, until it is done;
deadlines follow their clocks when a calendar has changed.

The first word at the deadline is planned with the step itself. May run any number of times: nobody is told twice.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from borderwatch import clock, outbox
from borderwatch.models import Delivery
from incidents.actions.guidance_steps import plan_anew
from incidents.guidance import notices
from incidents.guidance.recipients import Circle, without
from incidents.guidance.workflow import OWED
from incidents.models import Instruction

# So many days after the deadline everybody concerned is told once more.
AGAIN_AFTER_DAYS = (1, 3, 7, 14, 28, 56)


def watch_guidance() -> dict[str, int]:
    """Let deadlines follow their clocks; tell of what has been overdue for a day, three, a week and so on.

    Returns how many of each.
    """
    return {"moved": _follow(), "overdue": _tell_late()}


def _follow() -> int:
    """Guidance whose clock was computed anew (incidents/actions/duty_watch.py): deadline and reminders go with it."""
    rows = Instruction.objects.filter(state__in=OWED).exclude(due_at=F("clock__due_at"))
    return sum(_move(pk) for pk in list(rows.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _move(pk: int) -> bool:
    row = _locked(pk)
    step = row.steps.order_by("number").last()
    if step is None or row.state not in OWED or row.due_at == row.clock.due_at:
        return False
    row.due_at = row.clock.due_at
    row.save(update_fields=["due_at"])
    plan_anew(row, step, reason="planned anew by the changed calendar")
    return True


def _locked(pk: int) -> Instruction:
    rows = Instruction.objects.select_for_update(of=("self",)).select_related(
        "incident__responsible_unit", "incident__province", "incident__district", "from_unit", "to_unit",
        "clock__hours_of",
    )  # fmt: skip
    found: Instruction = rows.get(pk=pk)
    return found


def _tell_late() -> int:
    now = clock.now()
    late = Instruction.objects.filter(
        state__in=OWED, due_at__lte=now - timedelta(days=AGAIN_AFTER_DAYS[0])
    ).values_list("pk", flat=True)
    return sum(_tell(pk) for pk in list(late.order_by("pk")))


@transaction.atomic
def _tell(pk: int) -> bool:
    """The last mark that has passed, once; marks passed while nobody watched are not made up for."""
    row = _locked(pk)
    # A step may have been taken between the look and the lock.
    late = clock.now() - row.due_at if row.due_at is not None and row.state in OWED else timedelta()
    mark = max((days for days in AGAIN_AFTER_DAYS if late >= timedelta(days=days)), default=0)
    step = row.steps.order_by("number").last()
    if not mark or step is None:
        return False
    circle = Circle(row)
    to = without([*circle.unit(), *circle.over()], None)
    notice = notices.notice(row, step, "guidance_overdue", to=to, part=f"day-{mark}")
    if Delivery.objects.filter(event=notice.event).exists():
        return False
    return bool(outbox.publish(notice))
