"""How far the closing of illegal crossings has come (duty D1): per province, over time, and crossing by crossing.

Everything is counted from visible rows, so that a person's figures are those of the lists he can open.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from borderwatch import clock
from crossings.choices import CLOSURE_OVER, UNOFFICIAL, ClosureState, GateSide, GateStatus, SignState
from crossings.models import Classification, ClosureOrder, Crossing, CrossingStatus, ReopeningSign
from units.models import Province

MONTHS = 12
# Orders that went out and are not over.
STANDING = (ClosureState.ISSUED, ClosureState.CARRIED_OUT, ClosureState.VERIFIED)
DONE = (ClosureState.CARRIED_OUT, ClosureState.VERIFIED)


class Stage(TextChoices):
    """How far the closing of one crossing has come: the state of its order, and two cases a person must tell apart."""

    NONE = "none", _("no order yet")
    DRAFTED = "drafted", _("order being drafted")
    ISSUED = "issued", _("ordered closed")
    REOPENED = "reopened", _("reopened, ordered closed anew")
    CARRIED_OUT = "carried_out", _("carried out, to be verified")
    VERIFIED = "verified", _("closed and verified")
    LIFTED = "lifted", _("order lifted")


# On the map and in the bars; the words always stand beside the colour.
COLOURS: dict[str, str] = {
    Stage.NONE: "#cf222e",
    Stage.DRAFTED: "#8250df",
    Stage.ISSUED: "#bc4c00",
    Stage.REOPENED: "#82071e",
    Stage.CARRIED_OUT: "#0969da",
    Stage.VERIFIED: "#1a7f37",
    Stage.LIFTED: "#57606a",
}


@dataclass
class Progress:
    """One province, or all of them: crossings found, and how many of them have come how far.

    Each step counts those that are further too: what is verified was carried out, what was carried out was ordered.
    """

    province: Province | None = None
    found: int = 0
    ordered: int = 0
    carried_out: int = 0
    verified: int = 0
    times_reopened: int = 0
    signs: int = 0
    overdue: int = 0

    @property
    def not_ordered(self) -> int:
        """Crossings found that no order in force is about."""
        return max(0, self.found - self.ordered)

    @property
    def parts(self) -> list[tuple[str, int, int]]:
        """What a bar of a hundred shows: (state, its left end, its width), states that are nobody's left out."""
        whole = max(self.found, 1)
        shares = (
            ("verified", self.verified),
            ("carried_out", self.carried_out - self.verified),
            ("issued", self.ordered - self.carried_out),
            ("none", self.not_ordered),
        )
        found, left = [], 0.0
        for state, count in shares:
            width = 100 * count / whole
            if count:
                found.append((state, round(left), max(1, round(left + width) - round(left))))
            left += width
        return found


@dataclass
class Month:
    """How it stood at the end of a month (this month: now), and what happened in it."""

    first: date
    ends: datetime
    found: int = 0
    ordered: int = 0
    verified: int = 0
    reopened: int = 0
    issued: int = 0
    confirmed: int = 0
    bars: list[tuple[str, int, int]] = field(default_factory=list)


def found(user: Any, province: str = "") -> Any:
    """Crossings a person sees that are held to be unofficial, or that an order was ever about.

    With the `stage`, and `order_state`, `order_id`, `order_number`, `order_due_on` and `order_late` of the order in
    force, else of the last one that was lifted; "" and None where there is none.
    """
    unofficial = Classification.objects.filter(
        crossing=OuterRef("pk"), side=GateSide.KH, category__in=UNOFFICIAL, period__contains=clock.sql_now()
    )
    orders = ClosureOrder.objects.filter(crossing=OuterRef("pk")).exclude(state=ClosureState.WITHDRAWN)
    in_force = Case(When(state__in=CLOSURE_OVER, then=Value(1)), default=Value(0), output_field=IntegerField())
    last = orders.annotate(over=in_force).order_by("over", "-drafted_at", "-pk")
    rows: Any = Crossing.objects.visible_to(user).filter(Exists(unofficial) | Exists(orders))
    if province:
        rows = rows.filter(district__province__code=province)
    rows = rows.annotate(
        order_state=Coalesce(Subquery(last.values("state")[:1]), Value("")),
        order_id=Subquery(last.values("pk")[:1]),
        order_number=Coalesce(Subquery(last.values("number")[:1]), Value("")),
        order_due_on=Subquery(last.values("due_on")[:1]),
        order_reopened=Coalesce(Subquery(last.values("times_reopened")[:1]), 0),
        stage=Case(
            When(order_state="", then=Value(Stage.NONE.value)),
            When(order_state=ClosureState.ISSUED, order_reopened__gt=0, then=Value(Stage.REOPENED.value)),
            default=F("order_state"),
            output_field=CharField(),
        ),
    )
    return rows.annotate(order_late=_late("order_state", "order_due_on", timezone.localdate(clock.now())))


def with_lateness(orders: Any) -> Any:
    """Orders with `late`: issued, and the due day is over in Phnom Penh."""
    return orders.annotate(late=_late("state", "due_on", timezone.localdate(clock.now())))


def _late(state: str, due_on: str, today: date) -> Case:
    over = Q(**{state: ClosureState.ISSUED.value, f"{due_on}__lt": today})
    return Case(When(over, then=Value(True)), default=Value(False))


def progress(user: Any, province: str = "") -> tuple[Progress, list[Progress]]:
    """The whole, and each province where anything was found, in the order of their codes."""
    path = "crossing__district__province"
    today = timezone.localdate(clock.now())
    by_key: dict[int, Progress] = {}
    for key, count in _counted(found(user, province).values("district__province"), "district__province"):
        by_key[key] = Progress(found=count)
    orders: Any = ClosureOrder.objects.visible_to(user).filter(state__in=STANDING)
    every: Any = ClosureOrder.objects.visible_to(user)
    if province:
        orders, every = (rows.filter(**{f"{path}__code": province}) for rows in (orders, every))
    stands = orders.order_by().values(key=F(path)).annotate(
        ordered=Count("pk"),
        carried_out=Count("pk", filter=Q(state__in=DONE)),
        verified=Count("pk", filter=Q(state=ClosureState.VERIFIED)),
        overdue=Count("pk", filter=Q(state=ClosureState.ISSUED, due_on__lt=today)),
    )  # fmt: skip
    times = every.order_by().values(key=F(path)).annotate(times_reopened=Coalesce(Sum("times_reopened"), 0))
    waiting = ReopeningSign.objects.filter(state=SignState.TO_CONFIRM, order__in=orders.order_by().values("pk"))
    signs = waiting.order_by().values(key=F(f"order__{path}")).annotate(signs=Count("pk"))
    for row in (*stands, *times, *signs):
        one = by_key.setdefault(row.pop("key"), Progress())
        for name, value in row.items():
            setattr(one, name, value)
    for place in Province.objects.filter(pk__in=by_key):
        by_key[place.pk].province = place
    rows = sorted(by_key.values(), key=lambda one: one.province.code if one.province else "")
    return _sum(rows), rows


def _counted(rows: Any, key: str) -> list[tuple[int, int]]:
    return list(rows.order_by().values_list(key).annotate(n=Count("pk")))


def _sum(rows: Iterable[Progress]) -> Progress:
    whole = Progress()
    for row in rows:
        for name in ("found", "ordered", "carried_out", "verified", "times_reopened", "signs", "overdue"):
            setattr(whole, name, getattr(whole, name) + getattr(row, name))
    return whole


def months(user: Any, province: str = "") -> list[Month]:
    """The last twelve months, this one last, from the dated rows of category and status."""
    now = clock.now()
    line = _calendar(now)
    crossings = Crossing.objects.visible_to(user)
    if province:
        crossings = crossings.filter(district__province__code=province)
    inside = crossings.order_by().values("pk")
    since = line[0].ends
    statuses = CrossingStatus.objects.filter(
        crossing__in=inside, side=GateSide.KH, order__isnull=False, period__overlap=(since, None)
    )
    held = Classification.objects.filter(
        crossing__in=inside, side=GateSide.KH, category__in=UNOFFICIAL, period__overlap=(since, None)
    )
    stretches = list(statuses.order_by().values_list("crossing", "status", "period"))
    unofficial = list(held.order_by().values_list("crossing", "period"))
    for month in line:
        states = _states([(pk, status) for pk, status, period in stretches if _in(month.ends, period)])
        month.found = len({pk for pk, period in unofficial if _in(month.ends, period)} | set(states))
        month.ordered = sum(status == GateStatus.CLOSURE_ORDERED for status in states.values())
        month.verified = sum(status == GateStatus.CLOSED_VERIFIED for status in states.values())
        month.reopened = sum(status == GateStatus.REOPENED for status in states.values())
    _happened(user, province, line)
    most = max([1, *(month.found for month in line)])
    for month in line:
        month.bars = _bars(month, most)
    return line


def _in(moment: datetime, period: Any) -> bool:
    """Whether a moment lies in a period: from its start, up to its end."""
    return (period.lower is None or period.lower <= moment) and (period.upper is None or moment < period.upper)


# Of a crossing whose flows differ the worst counts.
_WORST = (GateStatus.REOPENED, GateStatus.CLOSURE_ORDERED, GateStatus.CLOSED_VERIFIED)


def _states(rows: Iterable[tuple[int, str]]) -> dict[int, str]:
    found_: dict[int, str] = {}
    for pk, status in rows:
        if status in _WORST and (pk not in found_ or _WORST.index(status) < _WORST.index(found_[pk])):
            found_[pk] = status
    return found_


def _calendar(now: datetime) -> list[Month]:
    """The months, oldest first; each ends with the first moment of the next one, Phnom Penh time, at the latest now."""
    first = timezone.localdate(now).replace(day=1)
    line: list[Month] = []
    following = (first + timedelta(days=32)).replace(day=1)
    for _n in range(MONTHS):
        ends = timezone.make_aware(datetime.combine(following, time()))
        line.append(Month(first=first, ends=min(ends - timedelta(microseconds=1), now)))
        following, first = first, (first - timedelta(days=1)).replace(day=1)
    return line[::-1]


def _happened(user: Any, province: str, line: list[Month]) -> None:
    """Orders that went out and reopenings confirmed, month by month."""
    orders: Any = ClosureOrder.objects.visible_to(user)
    if province:
        orders = orders.filter(crossing__district__province__code=province)
    begin = timezone.make_aware(datetime.combine(line[0].first, time()))
    went_out = orders.filter(issued_at__gte=begin).order_by().values_list("issued_at", flat=True)
    confirmed = ReopeningSign.objects.filter(
        order__in=orders.order_by().values("pk"), state=SignState.CONFIRMED, decided_at__gte=begin
    )
    by_first = {month.first: month for month in line}
    for at in went_out:
        by_first[timezone.localdate(at).replace(day=1)].issued += 1
    # Signs confirmed together are one reopening.
    for _order, at in set(confirmed.order_by().values_list("order", "decided_at")):
        by_first[timezone.localdate(at).replace(day=1)].confirmed += 1


def _bars(month: Month, most: int) -> list[tuple[str, int, int]]:
    """The month's bar of a hundred as (state, left end, width)."""
    rest = month.found - month.ordered - month.verified - month.reopened
    counts = (
        ("verified", month.verified), ("issued", month.ordered), ("reopened", month.reopened), ("none", rest),
    )  # fmt: skip
    bars, left = [], 0
    for state, count in counts:
        width = round(100 * count / most)
        if count > 0:
            bars.append((state, left, max(1, width)))
            left += max(1, width)
    return bars
