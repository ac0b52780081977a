"""What waits for a person at crossings: the heaps of the home page. Reading only.

Each heap starts from `visible_to` or from the units on which the person holds a grant; none is shown to who may do
nothing about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crossings.choices import ClosureState, OutlierState, SignState, VisitKind
from crossings.models import ClosureOrder, ClosureVisit, Proposal, ReopeningSign, TrafficOutlier
from units import policy

# How many lines of a heap the home page shows; the rest is behind its link.
TOP = 5


@dataclass(frozen=True)
class Line:
    """Something that waits: its words, the page where it is done, by when."""

    words: str
    url: str
    due: datetime | None = None


@dataclass(frozen=True)
class Waiting:
    """A heap: how many wait, and the first few."""

    slug: str
    label: str | Promise
    url: str
    count: int
    top: list[Line]


def waiting_for(user: Any) -> list[Waiting]:
    """The heaps that are not empty, those with a deadline first."""
    return [heap for heap in _heaps(user) if heap.count]


def _heaps(user: Any) -> Iterator[Waiting]:
    postings = policy.roles_of(user)
    posted = {unit.pk for role, unit in postings if policy.PATROLS in policy.ROLES[role]}
    deciding = policy.unit_ids(user, policy.ESCALATE)
    speaking = any(policy.REVIEW in policy.ROLES[role] for role, _unit in postings)
    if posted:
        yield _orders(_("Crossings your unit has to close"), "owed", _owed(user, posted))
    if deciding:
        yield _orders(_("Closures to verify"), "to_verify", _to_verify(user, deciding))
        yield _signs(user, deciding)
    if deciding or speaking:
        yield _proposals(user)
    if deciding:
        yield _outliers(user)


def _owed(user: Any, units: set[int]) -> Any:
    return ClosureOrder.objects.visible_to(user).filter(state=ClosureState.ISSUED, responsible_unit__in=units)


def _to_verify(user: Any, units: frozenset[int]) -> Any:
    """Reported by another: nobody verifies what he reported himself."""
    own = ClosureVisit.objects.filter(order=OuterRef("pk"), kind=VisitKind.CARRIED_OUT, by=user)
    orders = ClosureOrder.objects.visible_to(user).filter(state=ClosureState.CARRIED_OUT, responsible_unit__in=units)
    return orders.exclude(Exists(own))


def _orders(label: str | Promise, slug: str, rows: Any) -> Waiting:
    count = rows.count()
    top = list(rows.select_related("crossing").order_by("due_on", "pk")[:TOP]) if count else []
    lines = [Line(f"{row.crossing.name} · {row.number}", row.get_absolute_url(), end_of(row.due_on)) for row in top]
    return Waiting(slug, label, reverse("closures:list"), count, lines)


def _signs(user: Any, units: frozenset[int]) -> Waiting:
    orders = ClosureOrder.objects.visible_to(user).filter(responsible_unit__in=units, state=ClosureState.VERIFIED)
    rows = ReopeningSign.objects.filter(state=SignState.TO_CONFIRM, order__in=orders.order_by().values("pk"))
    count = rows.count()
    top = list(rows.select_related("order__crossing").order_by("found_at", "pk")[:TOP]) if count else []
    lines = [Line(f"{row.order.crossing.name} · {row.order.number}", row.order.get_absolute_url()) for row in top]
    return Waiting("signs", _("Signs that a closed crossing is used again"), reverse("closures:list"), count, lines)


def _proposals(user: Any) -> Waiting:
    """A text to mend, a position, a recommendation, a decision, a condition: whatever this person owes next."""
    rows = Proposal.objects.visible_to(user).waiting_for(user)
    count = rows.count()
    top = list(rows.select_related("crossing").order_by("started_at", "pk")[:TOP]) if count else []
    lines = [Line(f"{row.crossing.name} · {row.get_state_display()}", row.get_absolute_url()) for row in top]
    page = f"{reverse('proposals:list')}?waiting=true"
    return Waiting("proposals", _("Proposals that wait for your step"), page, count, lines)


def _outliers(user: Any) -> Waiting:
    rows = TrafficOutlier.objects.visible_to(user).filter(state=OutlierState.OPEN)
    rows = rows.filter(Q(sheet__isnull=True) | Q(sheet__current=True))
    count = rows.count()
    top = list(rows.select_related("crossing").order_by("-day", "-pk")[:TOP]) if count else []
    page = reverse("traffic:outliers")
    lines = [Line(f"{row.crossing.name} · {row.day:%d/%m/%Y} · {row.get_why_display()}", page) for row in top]
    return Waiting("outliers", _("Unusual days of traffic to look at"), page, count, lines)


def end_of(day: date) -> datetime:
    """The last moment of a day in Phnom Penh: until then something due on it is in time."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(settings.TIME_ZONE)) - timedelta(seconds=1)
