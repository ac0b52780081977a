"""What traffic tells the rest of the register: a gate held shut at which something was counted, and figures for the
security record of an assessment. Imported by `ready`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, F, Func, Max, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crossings import contradictions, security, traffic
from crossings.choices import SHUT, Flow, GateSide
from crossings.contradictions import Contradiction
from crossings.models import Crossing, TrafficSheet
from crossings.open_hours import midnight

# Older counts are history: whoever mends the register looks at what is so now.
LOOKS_BACK = timedelta(days=180)


def noon(day: str) -> Func:
    """Noon in Phnom Penh of a day in a column: the moment the register is asked about that day."""
    return Func(
        F(day),
        template="((%(expressions)s + INTERVAL '12 hours') AT TIME ZONE 'Asia/Phnom_Penh')",
        output_field=DateTimeField(),
    )


def _passed(flow: str, *measures: str) -> Q:
    counted = Q()
    for measure in measures:
        counted |= Q(**{f"{measure}__gt": 0})
    return Q(crossing__statuses__flow=flow) & counted


def closed_but_traffic(user: Any, crossings: Any) -> list[Contradiction]:
    """Crossings at which something was counted on days the register holds that flow shut; one finding each."""
    passed = _passed(Flow.PEOPLE, "passengers") | _passed(Flow.VEHICLES, "vehicles") | _passed(Flow.GOODS, "tonnes")
    rows = TrafficSheet.objects.visible_to(user).filter(
        passed,
        crossing__in=crossings.order_by().values("pk"),
        current=True,
        day__gte=traffic.today() - LOOKS_BACK,
        crossing__statuses__side=GateSide.KH,
        crossing__statuses__status__in=SHUT,
        crossing__statuses__period__contains=noon("day"),
    )
    found = {
        row["crossing"]: row
        for row in rows.order_by().values("crossing").annotate(last=Max("day"), days=Count("day", distinct=True))
    }
    named = crossings.filter(pk__in=list(found)) if found else ()
    return [_finding(one, found[one.pk]["last"], found[one.pk]["days"]) for one in named]


def _finding(crossing: Crossing, last: Any, days: int) -> Contradiction:
    said = ngettext(
        "The register holds it shut, but traffic was counted on %(n)s day of the last 180; the last time on %(last)s.",
        "The register holds it shut, but traffic was counted on %(n)s days of the last 180; the last time on %(last)s.",
        days,
    )
    return Contradiction(
        rule="closed_but_traffic",
        crossing=crossing,
        words=said % {"n": days, "last": last.strftime("%d/%m/%Y")},
        url=reverse("traffic:day", args=[crossing.slug, last]),
        at=midnight(last),
    )


def _drawn(crossing: Crossing, since: datetime, until: datetime) -> Mapping[str, int]:
    """Days observed, and what passed and was stopped; what nobody counted is missing."""
    first, last = timezone.localdate(since), timezone.localdate(until)
    rows = TrafficSheet.objects.filter(crossing=crossing, current=True, day__range=(first, last))
    sums = rows.aggregate(
        traffic_days=Count("day", distinct=True),
        traffic_passengers=Sum("passengers"),
        traffic_refused=Sum("refused"),
        traffic_searches=Sum("searches"),
    )
    return {slug: value for slug, value in sums.items() if value is not None}


contradictions.register(
    contradictions.Rule(
        slug="closed_but_traffic",
        label=_("Closed, but traffic was counted"),
        why=_(
            "Nothing can pass a closed crossing. Either it is open and the register must say so, or it was opened "
            "against the order, or the count belongs to another crossing."
        ),
        find=closed_but_traffic,
    )
)
security.register(
    security.Source(
        slug="traffic",
        words={
            "traffic_days": _("days on which traffic was counted"),
            "traffic_passengers": _("passengers counted"),
            "traffic_refused": _("refused entries counted"),
            "traffic_searches": _("searches counted"),
        },
        count=_drawn,
    )
)
