"""What waits for a person: the questions behind the home page, the inbox and the buttons of an incident.

Reading only. Each answer starts from `visible_to` or from the units on which the person holds a grant.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import clock
from borderwatch.models import Delivery
from crossings import desk as gates
from crossings.desk import Waiting
from incidents import areas, cases, workflow
from incidents.actions.filing import decision_units
from incidents.choices import CheckpointState, DutyState, Status
from incidents.drills import rules
from incidents.models import Checkpoint, ConflictingCopy, Duty, Incident
from units import policy
from units.models import User

# How many lines of a heap the home page shows; the rest is behind its link.
TOP = 5
SOON_HOURS = 2
TABS = ("waiting", "paused", "soon", "overdue", "done")


@dataclass(frozen=True)
class Heap:
    """A number of things that wait, and the first few of them."""

    count: int
    top: list[Any]

    def __bool__(self) -> bool:
        return self.count > 0


@dataclass(frozen=True)
class Desk:
    """Everything that waits for one person; a heap is None when his postings have nothing to do with it."""

    counts: dict[str, int] | None = None
    duties: list[Duty] = field(default_factory=list)
    unchecked: Heap | None = None
    contested: Heap | None = None
    copies: Heap | None = None
    filed: Heap | None = None
    answers_for: Heap | None = None
    cases: Heap | None = None
    contests: Heap | None = None
    # Closures, signs, proposals, unusual days and checkpoints; only what is not empty.
    gates: list[Waiting] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Nothing waits: own past reports do not count as waiting."""
        waiting = self.counts["waiting"] if self.counts else 0
        heaps = (
            self.unchecked,
            self.contested,
            self.copies,
            self.answers_for,
            self.cases,
            self.contests,
        )
        return not waiting and not any(heaps) and not self.gates


def of(user: User) -> Desk:
    """What waits for a person today. A constant number of queries for each of his kinds of posting."""
    grants = {
        name: policy.unit_ids(user, name) for name in (policy.REVIEW, policy.ESCALATE, policy.FILE, policy.ANSWER)
    }
    deciding, filing, answering = grants[policy.ESCALATE], grants[policy.FILE], grants[policy.ANSWER]
    counts = duty_counts(user) if grants[policy.REVIEW] else {}
    # A province reviews too, but owes no answers of this kind: it reads of them only when it has some.
    owed = bool(counts) and (not deciding or any(counts.values()))
    return Desk(
        counts=counts if owed else None,
        duties=list(duties(user, "waiting")[:TOP]) if owed and counts["waiting"] else [],
        unchecked=_unchecked(user, deciding) if deciding else None,
        # Who reviews for his own institution alone has no ground to rule on.
        contested=_contested(user, grants[policy.REVIEW]) if len(grants[policy.REVIEW]) > 1 else None,
        copies=_copies(user, deciding) if deciding else None,
        filed=_filed(user) if filing else None,
        answers_for=_answers_for(user, answering) if answering else None,
        cases=_heap(cases.cases_waiting_for(user), "due_at", "pk"),
        contests=_heap(cases.contests_waiting_for(user), "due_at", "pk"),
        gates=[*areas.waiting_for(user), *gates.waiting_for(user), *_checkpoints(user, deciding)],
    )


def _checkpoints(user: User, deciding: frozenset[int]) -> list[Waiting]:
    """Checkpoints this person's own units must remove, and removals that wait to be confirmed by him."""
    posted = {unit.pk for role, unit in policy.roles_of(user) if policy.FILE in policy.ROLES[role]}
    if not posted and not deciding:
        return []
    visible = Checkpoint.objects.visible_to(user).select_related("crossing", "incident")
    owed = visible.filter(state=CheckpointState.REMOVAL_ORDERED, remover__in=posted)
    told = visible.filter(state=CheckpointState.REPORTED_REMOVED, incident__responsible_unit__in=deciding)
    heaps = (
        ("removals", _("Checkpoints your unit must remove"), owed),
        ("removed", _("Removals of checkpoints to confirm"), told.exclude(removal_by=user)),
    )
    found = ((slug, label, _heap(rows, "remove_by", "pk")) for slug, label, rows in heaps)
    page = reverse("checkpoints:list")
    return [Waiting(slug, label, page, heap.count, _lines(heap)) for slug, label, heap in found if heap]


def _lines(heap: Heap) -> list[gates.Line]:
    return [
        gates.Line(
            f"{row.incident.ref} · {row.crossing.name}" if row.crossing else row.incident.ref,
            row.incident.get_absolute_url(),
            gates.end_of(row.remove_by) if row.remove_by and row.state == CheckpointState.REMOVAL_ORDERED else None,
        )
        for row in heap.top
    ]


def _heap(rows: Any, *order: str) -> Heap:
    """Count and first lines in two queries, one when there is nothing."""
    count = rows.count()
    return Heap(count, list(rows.order_by(*order)[:TOP]) if count else [])


def _open_to(user: User) -> Any:
    return Incident.objects.visible_to(user).open().with_names()


def _unchecked(user: User, units: frozenset[int]) -> Heap:
    rows = _open_to(user).filter(status=Status.SUBMITTED)
    return _heap(rows.filter(Q(filed_for__in=units) | Q(responsible_unit__in=units)), "received_at", "pk")


def _contested(user: User, units: frozenset[int]) -> Heap:
    return _heap(_open_to(user).filter(contested=True, responsible_unit__in=units), "received_at", "pk")


def _copies(user: User, units: frozenset[int]) -> Heap:
    mine = Incident.objects.visible_to(user).filter(Q(filed_for__in=units) | Q(responsible_unit__in=units))
    rows = ConflictingCopy.objects.filter(decision="", incident__in=mine).select_related("incident", "filed_by")
    return _heap(rows, "received_at", "pk")


def _filed(user: User) -> Heap:
    rows = Incident.objects.visible_to(user).filter(filed_by=user).with_names()
    return _heap(rows.prefetch_related("escalations__duties__unit", "escalations__duties__acknowledgements__by"),
                 "-received_at", "-pk")  # fmt: skip


def _answers_for(user: User, units: frozenset[int]) -> Heap:
    return _heap(_open_to(user).filter(responsible_unit__in=units), "-received_at", "-pk")


def today() -> datetime:
    """The last midnight in Phnom Penh, by the database's clock."""
    return timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)


def duties(user: User, tab: str) -> Any:
    """The duties the person may answer: waiting, soon, overdue (earliest deadline first), waiting for others, or done
    today.
    """
    owed = Duty.objects.owed_by(user).with_names().select_related("escalation__started_by")
    if tab == "done":
        return owed.filter(state=DutyState.ANSWERED, answered_at__gte=today()).order_by("-answered_at", "-pk")
    rows = {"soon": lambda: owed.due_soon(SOON_HOURS), "overdue": owed.overdue, "paused": owed.paused}.get(
        tab, owed.waiting
    )()
    return rows.order_by("due_at", "pk")


def duty_counts(user: User) -> dict[str, int]:
    """How many duties stand under each tab of the inbox."""
    owed = Duty.objects.owed_by(user)
    now = clock.now()
    soon = now + timedelta(hours=SOON_HOURS)
    waiting = Q(state=DutyState.WAITING)
    counts: dict[str, int] = owed.aggregate(
        waiting=Count("pk", filter=waiting),
        paused=Count("pk", filter=Q(state=DutyState.PAUSED)),
        soon=Count("pk", filter=waiting & Q(due_at__gte=now, due_at__lt=soon)),
        overdue=Count("pk", filter=waiting & Q(due_at__lt=now)),
        done=Count("pk", filter=Q(state=DutyState.ANSWERED, answered_at__gte=today())),
    )
    return counts


def verbs_open_to(user: User, incident: Incident) -> frozenset[str]:
    """The verbs this person may do with this incident as it stands: what the page offers as buttons."""
    units = set(decision_units(incident))
    verbs = set()
    if not units.isdisjoint(policy.unit_ids(user, policy.ESCALATE)):
        life = ("verify_incident", "escalate", "reopen_incident")
        verbs = {verb for verb in life if workflow.allowed(verb, incident.status)}
        if rules.is_over(incident):
            verbs.discard("reopen_incident")
        verbs.add("settle_conflicting_copy")
    if workflow.allowed("close_incident", incident.status) and not cases.closing_refusal(user, incident):
        verbs.add("close_incident")
    if not cases.reattribution_refusal(user, incident):
        verbs.add("reattribute")
    return frozenset(verbs)


def figures(user: User) -> list[tuple[Any, int]]:
    """What an auditor looks at first, as (words, number), over all he may see but drills."""
    seen = Incident.objects.visible_to(user).real()
    counted = seen.aggregate(
        everything=Count("pk"),
        open=Count("pk", filter=~Q(status=Status.CLOSED)),
        contested=Count("pk", filter=Q(contested=True)),
    )
    owed = Duty.objects.visible_to(user).real()
    return [
        (_("Incidents"), counted["everything"]),
        (_("Open incidents"), counted["open"]),
        (_("Contested attributions"), counted["contested"]),
        (_("Answers owed"), owed.waiting().count()),
        (_("Answers overdue"), owed.overdue().count()),
    ]


def failed_notices() -> int:
    """Notices that failed for good and wait for a person."""
    return Delivery.objects.filter(state=Delivery.State.DEAD).count()
