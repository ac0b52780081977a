"""A round of the flight recorder: which incidents it looks at, and what it keeps of what it saw."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Max

from borderwatch import clock, outbox
from borderwatch.models import Delivery
from incidents.choices import DutyState
from incidents.models import Duty, Escalation, Finding, Incident, RecorderRun
from incidents.recorder.compare import Amiss, look
from incidents.recorder.expected import TOLERANCE
from incidents.recorder.staffing import Staffing

log = structlog.get_logger(__name__)

# Incidents looked at together.
BATCH = 4000
HEARTBEAT = "recorder"


def run(*, whole: bool = False) -> RecorderRun:
    """One round. `whole` looks at every incident; else at those since the last round and at all that are not settled.

    An incident is looked at again as long as a duty of it is open, a notice of it waits or failed, or a finding about
    it is open. Commits batch by batch: a round that dies has kept what it found.
    """
    started = clock.now()
    last = RecorderRun.objects.filter(ended_at__isnull=False).order_by("-started_at").first()
    newest = Incident.objects.aggregate(pk=Max("pk"))["pk"] or 0
    this = RecorderRun.objects.create(started_at=started, whole=whole or last is None, cursor=newest)
    staffing = Staffing()
    for keys in _batches(None if this.whole else last):
        seen = look(keys, staffing, clock.now())
        this.incidents += seen.incidents
        this.expected += seen.expected
        this.found += _keep(keys, seen.amiss)
    this.ended_at = clock.now()
    this.save(update_fields=["incidents", "expected", "found", "ended_at"])
    outbox.beat(HEARTBEAT)
    return this


def _batches(last: RecorderRun | None) -> Iterator[list[int]]:
    if last is None:
        after = 0
        while keys := list(Incident.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            yield keys
            after = keys[-1]
        return
    found = sorted(_unsettled(last))
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]


def _unsettled(last: RecorderRun) -> set[int]:
    """Incidents that may have changed or still owe something since the last round, with its tolerance."""
    since = last.started_at - 2 * TOLERANCE
    now = clock.now()
    # Received, not only keyed, since: a report that came in a slow transaction has a smaller key.
    found = set(Incident.objects.filter(pk__gt=last.cursor).values_list("pk", flat=True))
    found |= set(Incident.objects.filter(received_at__gte=since).values_list("pk", flat=True))
    found |= set(Escalation.objects.filter(started_at__gte=since).values_list("incident", flat=True))
    open_duties = Duty.objects.filter(state__in=(DutyState.WAITING, DutyState.PAUSED))
    found |= set(open_duties.order_by().values_list("escalation__incident", flat=True))
    answered = Duty.objects.filter(answered_at__gte=since)
    found |= set(answered.order_by().values_list("escalation__incident", flat=True))
    found |= set(Finding.objects.open().order_by().values_list("incident", flat=True))
    of_incidents = Delivery.objects.filter(kind="incident").order_by()
    late = of_incidents.filter(state=Delivery.State.PENDING, due_at__lt=now - timedelta(seconds=30))
    dead = of_incidents.filter(state=Delivery.State.DEAD, done_at__gte=since)
    refs = {*late.values_list("key", flat=True), *dead.values_list("key", flat=True)}
    return found | set(Incident.objects.filter(ref__in=refs).values_list("pk", flat=True))


@transaction.atomic
def _keep(keys: Sequence[int], amiss: Sequence[Amiss]) -> int:
    """Raise what is new, open again what had come right and is wrong again, settle what has come right; the news."""
    now = clock.now()
    wrong = {(one.incident, str(one.kind), one.expected): one for one in amiss}
    known = {(row.incident_id, row.kind, row.expected): row for row in Finding.objects.filter(incident__in=keys)}
    fresh = [key for key in wrong if key not in known]
    Finding.objects.bulk_create(
        [
            Finding(
                incident_id=one.incident,
                kind=one.kind,
                unit_id=one.unit,
                expected=one.expected,
                expected_at=one.at,
                detail=one.detail,
                found_at=now,
            )
            for one in (wrong[key] for key in fresh)
        ],
        ignore_conflicts=True,
    )
    right = [row.pk for key, row in known.items() if key not in wrong and row.settled_at is None]
    Finding.objects.filter(pk__in=right).update(settled_at=now, settled_reason=CAME_RIGHT)
    # What a person has settled stays settled.
    again = [row.pk for key, row in known.items() if key in wrong and row.settled_at and row.settled_by_id is None]
    Finding.objects.filter(pk__in=again).update(settled_at=None, settled_reason="", alarmed_at=None, found_at=now)
    if fresh or again:
        log.error("recorder.amiss", new=len(fresh), again=len(again))
    return len(fresh) + len(again)


# Kept in English in the row, put into words by the page.
CAME_RIGHT = "came right by itself"
