"""What incidents contribute to crossings: panels of the gate's page, a contradiction, figures of its security record,
and signs that a closed one is used again.

Near a crossing is what the reporter named it for, what lies inside its perimeter, and what lies within a kilometre of
its point, or within the point's own precision where that is less exact, up to two kilometres.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.measure import D
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from borderwatch import clock
from crossings import causes, contradictions, panels, security
from crossings.actions.reopening import flag_reopening, verified_near
from crossings.causes import Cause
from crossings.choices import SHUT, Flow, GateSide
from crossings.contradictions import Contradiction
from crossings.models import Crossing
from incidents import checkpoints
from incidents.choices import Category, CheckpointState, CloseReason, TimePrecision
from incidents.models import Checkpoint, Incident

NEAR_M = 1000.0
UNSURE_M = 2000.0
# A degree is longer than this everywhere in Cambodia: a box in degrees that is never too small.
DEGREE_M = 90_000
SHOWN = 5
YEAR = timedelta(days=365)
# Reports so young contradict a status; older ones are history.
CONTRADICTS = timedelta(days=90)
# Somebody or something passed: what a closed crossing should not see.
PASSING = frozenset({Category.ILLEGAL_CROSSING, Category.SMUGGLING})


def near(incidents: Any, crossing: Crossing) -> Any:
    """Of these incidents those near the crossing."""
    radius = max(NEAR_M, min(crossing.precision_m, UNSURE_M))
    close = Q(point__dwithin=(crossing.point, radius / DEGREE_M), away__lte=D(m=radius))
    here = Q(near_crossing=crossing) | close
    if crossing.perimeter is not None:
        here |= Q(point__coveredby=crossing.perimeter)
    return incidents.alias(away=Distance("point", crossing.point)).filter(here)


# --- panels ---------------------------------------------------------------------------------------------------


def _incidents(user: Any, crossing: Crossing) -> dict[str, Any] | None:
    """The latest incidents near it that the person sees, and how many there were in twelve months."""
    seen = near(Incident.objects.visible_to(user).real(), crossing)
    latest = list(seen.select_related("responsible_unit").order_by("-occurred_at", "-pk")[:SHOWN])
    if not latest:
        return None
    since = timezone.localdate(clock.now()) - YEAR
    reach = 2 * max(NEAR_M, min(crossing.precision_m, UNSURE_M)) / DEGREE_M
    x, y = crossing.point.x, crossing.point.y
    return {
        "incidents_near": latest,
        "incidents_in_year": seen.filter(occurred_at__gte=clock.now() - YEAR).count(),
        "incidents_query": f"bbox={x - reach:.4f},{y - reach:.4f},{x + reach:.4f},{y + reach:.4f}&since={since}"
        # What was played in a drill is not counted, so it is not listed either.
        "&exercise=false",
    }


def _checkpoints(user: Any, crossing: Crossing) -> dict[str, Any] | None:
    """Unauthorised checkpoints on its ground that the person sees: those standing first."""
    rows = checkpoints.with_names(Checkpoint.objects.visible_to(user).filter(crossing=crossing))
    found = list(rows.exclude(state=CheckpointState.NO_CHECKPOINT).order_by("-incident__occurred_at", "-pk"))
    if not found:
        return None
    standing = [row for row in found if row.state != CheckpointState.REMOVED]
    shown = [*standing, *(row for row in found if row.state == CheckpointState.REMOVED)][:SHOWN]
    return {
        "checkpoints_here": [(row, checkpoints.age_days(row), checkpoints.is_overdue(row)) for row in shown],
        "checkpoints_standing": len(standing),
        "checkpoints_all": len(found),
    }


panels.register(
    panels.Panel(
        "checkpoints", _("Unauthorised checkpoints"), "checkpoints/crossing_checkpoints.html", _checkpoints, place=60
    ),
    panels.Panel("incidents", _("Incidents near"), "checkpoints/crossing_incidents.html", _incidents, place=70),
)


# --- contradictions -------------------------------------------------------------------------------------------

# Each way of being near is a look into an index of its own, for the few crossings that were shut.
_CLOSED_BUT_USED = """
    WITH shut AS (
        SELECT c.id, c.point, c.perimeter, greatest(%s, least(c.precision_km * 1000, %s)) AS radius
        FROM crossings_crossing c
        WHERE c.id IN ({crossings}) AND EXISTS (
            SELECT FROM crossings_crossingstatus s
            WHERE s.crossing_id = c.id AND s.side = %s AND s.status = ANY(%s) AND s.period && tstzrange(%s, NULL)
        )
    ), near AS (
        SELECT shut.id AS crossing, i.id
        FROM shut JOIN incidents_incident i ON i.near_crossing_id = shut.id
        UNION
        SELECT shut.id, i.id
        FROM shut JOIN incidents_incident i ON i.point && ST_Expand(shut.point, shut.radius / %s)
        WHERE ST_DistanceSphere(i.point, shut.point) <= shut.radius
        UNION
        SELECT shut.id, i.id FROM shut JOIN incidents_incident i ON ST_Covers(shut.perimeter, i.point)
    )
    SELECT near.crossing, count(*), max(i.occurred_at)
    FROM near JOIN incidents_incident i ON i.id = near.id
    WHERE i.id IN ({incidents}) AND EXISTS (
        SELECT FROM crossings_crossingstatus s
        WHERE s.crossing_id = near.crossing AND s.side = %s AND s.status = ANY(%s) AND s.period @> i.occurred_at
          AND s.flow = CASE WHEN i.category = %s THEN %s ELSE %s END
    )
    GROUP BY near.crossing ORDER BY near.crossing
"""


def _closed_but_used(user: Any, crossings: Any) -> list[Contradiction]:
    """Crossings that were shut, for people or (smuggling) for goods, when something near them passed all the same."""
    since = clock.now() - CONTRADICTS
    seen = (
        Incident.objects.visible_to(user)
        .real()
        .filter(category__in=sorted(PASSING), occurred_at__gte=since)
        .exclude(close_reason=CloseReason.DID_NOT_HAPPEN)
        # Of a month or a year nobody can say on which side of a closure it lies.
        .exclude(time_precision__in=(TimePrecision.MONTH, TimePrecision.YEAR))
    )
    found = _counted(crossings, seen, since)
    if not found:
        return []
    by_key = {one.pk: one for one in crossings.filter(pk__in=[pk for pk, _n, _at in found])}
    return [_contradiction(by_key[pk], count, at) for pk, count, at in found]


def _counted(crossings: Any, seen: Any, since: datetime) -> list[tuple[int, int, datetime]]:
    """(crossing, how many, the latest) for every contradiction; one query over all crossings."""
    try:
        of_crossings, first = crossings.order_by().values("pk").query.sql_with_params()
        of_incidents, second = seen.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        # Somebody who sees none.
        return []
    shut = sorted(SHUT)
    asked = [
        NEAR_M, UNSURE_M, *first, GateSide.KH, shut, since, DEGREE_M, *second, GateSide.KH, shut,
        Category.SMUGGLING, Flow.GOODS, Flow.PEOPLE,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED_BUT_USED.format(crossings=of_crossings, incidents=of_incidents), asked)
        return list(cursor.fetchall())


def _contradiction(crossing: Crossing, count: int, at: datetime) -> Contradiction:
    said = ngettext(
        "%(n)s report of people or goods passing near it while it was closed, in the last 90 days.",
        "%(n)s reports of people or goods passing near it while it was closed, in the last 90 days.",
        count,
    )
    url = f"{crossing.get_absolute_url()}#panel-incidents"
    return Contradiction("closed_but_incidents", crossing, said % {"n": count}, url, at)


contradictions.register(
    contradictions.Rule(
        "closed_but_incidents",
        _("Closed, but incidents are reported"),
        _(
            "Nothing passes a closed crossing, yet people or goods were reported passing near it. Either the closure "
            "does not hold, the status is wrong, or the report is: look at each and put right what is not so."
        ),
        _closed_but_used,
    )
)


# --- the security record --------------------------------------------------------------------------------------


def _figures(crossing: Crossing, since: datetime, until: datetime) -> Mapping[str, int]:
    """Incidents near it by category, over all that were not reported in confidence and took place; figures only.

    No drill is in it.
    """
    rows = Incident.objects.real().filter(exceptional=False, occurred_at__gte=since, occurred_at__lt=until)
    counted = near(rows.exclude(close_reason=CloseReason.DID_NOT_HAPPEN), crossing)
    found = dict(counted.order_by().values_list("category").annotate(n=Count("pk")))
    return {f"incidents_{category}": found.get(category, 0) for category in Category.values}


security.register(
    security.Source(
        "incidents",
        {f"incidents_{slug}": format_lazy("{}: {}", _("Incidents"), label) for slug, label in Category.choices},
        _figures,
    )
)


# --- a closed crossing used again -----------------------------------------------------------------------------


def _causes(user: Any, keys: list[str]) -> dict[str, Cause]:
    """Incidents as causes, those the person sees."""
    rows = Incident.objects.visible_to(user).filter(ref__in=keys)
    return {one.ref: Cause(f"{one.ref} · {one.type_label}", one.get_absolute_url()) for one in rows}


causes.register("incident", _causes)


def signal_reopening(incident: Incident) -> None:
    """At filing: who passes near a crossing that was verified as closed is a sign that it is open again (D1).

    A person confirms it. Never of a report in confidence: the sign would speak of it to those it is kept from.
    """
    if incident.exceptional or incident.category not in PASSING:
        return
    told: set[int] = set()
    if incident.point is not None:
        for order, metres in verified_near(incident.point, incident.accuracy_m or 0):
            told.add(order.crossing_id)
            _flag(order.crossing, incident, metres)
    named = incident.near_crossing
    if named is not None and named.pk not in told:
        _flag(named, incident, None)


def _flag(crossing: Crossing, incident: Incident, metres: float | None) -> None:
    flag_reopening(
        crossing=crossing,
        cause_kind="incident",
        cause_key=incident.ref,
        seen_at=incident.occurred_at,
        distance_m=metres,
    )
