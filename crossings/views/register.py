"""The register of crossings: its list and map on any day, and the page where everything about a crossing meets."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from borderwatch import clock
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn
from crossings import contradictions, deciders, panels
from crossings import perimeter as shapes
from crossings.choices import Agency, CrossingCategory, Flow, GateSide, GateStatus, TravelDocument
from crossings.filters_register import UNKNOWN, CrossingFilter
from crossings.forms_register import districts_of
from crossings.history import categories_of, statuses_of
from crossings.models import Crossing
from crossings.moments import AtField
from crossings.standing import standing_of
from units import policy
from units.choices import Neighbour
from units.models import District

# In which language the neighbour's own names are written.
LANGUAGES: Mapping[str, str] = {Neighbour.TH: "th", Neighbour.LA: "lo", Neighbour.VN: "vi"}


class DayForm(forms.Form):
    """For which day the page is asked; empty for now."""

    at = AtField(label=gettext_lazy("On the day"))


@require_safe
@login_required
def crossing_list(request: SignedIn) -> HttpResponse:
    """Crossings by neighbour, with status and category on the day asked for, and the same on a map."""
    visible = Crossing.objects.visible_to(request.user).select_related("district__province")
    questions = CrossingFilter(request.GET, queryset=visible)
    rows = list(questions.qs.defer("perimeter").order_by("neighbour", "district__code", "slug"))
    given = questions.form.cleaned_data if questions.is_bound else {}
    asked = [name for name in questions.filters if given.get(name)]
    context = {
        "groups": [
            (code, Neighbour(code).label, list(found)) for code, found in groupby(rows, key=lambda one: one.neighbour)
        ],
        "filter": questions,
        "asked": len(asked),
        "at": given.get("at"),
        "count": len(rows),
        "statuses": _counted(rows, request.GET),
        "query": _kept(request.GET, asked).urlencode(),
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "crossings/list.html#rows", context)
    return render(request, "crossings/list.html", {**context, "may_register": bool(districts_of(request.user))})


def _kept(given: QueryDict, names: list[str]) -> QueryDict:
    """The part of an address that could be read."""
    query = given.copy()
    for name in set(query) - set(names):
        del query[name]
    return query


def _counted(rows: list[Crossing], given: QueryDict) -> list[tuple[str, str, int, str]]:
    """How many have each status, as (slug, label, number, address of them alone), in the order of the list."""
    counts = Counter(row.status or UNKNOWN for row in rows)
    words = [*GateStatus.choices, (UNKNOWN, gettext_lazy("nothing on record"))]
    found = []
    for slug, label in words:
        if counts[slug]:
            query = given.copy()
            query["status"] = slug
            found.append((slug, str(label), counts[slug], query.urlencode()))
    return found


@require_safe
@login_required
def crossing_detail(request: SignedIn, slug: str) -> HttpResponse:
    """Everything about one crossing, on the day that is asked for."""
    form = DayForm(request.GET)
    at: datetime | None = form.cleaned_data["at"] if form.is_valid() else None
    crossing = visible_crossing(request, slug, at)
    now = clock.now()
    standing = standing_of(crossing, at)
    serves = serves_there(request.user, crossing)
    context = {
        "crossing": crossing,
        "day_form": form,
        "at": at,
        "now": now,
        "sides": [(side, side.label, standing.overall(side), standing.lines(side)) for side in GateSide],
        "flows": [Flow(one).label for one in crossing.flows],
        "documents": [TravelDocument(one).label for one in crossing.documents],
        "agencies": [Agency(one).label for one in crossing.agencies],
        "map": _map(crossing, at),
        "neighbour_language": LANGUAGES.get(crossing.neighbour, ""),
        "corners": shapes.written(crossing.perimeter),
        "perimeter_m2": shapes.square_metres(crossing.perimeter) if crossing.perimeter else None,
        "statuses": statuses_of(crossing, at or now),
        "categories": categories_of(crossing, at or now),
        "contradictions": _contradictions(request.user, crossing),
        "panels": panels.shown(request.user, crossing),
        "serves": serves,
        "history": AuditEntry.objects.filter(kind=crossing.audit_kind, key=crossing.audit_key) if serves else None,
        "may": may_do(request.user, crossing),
    }
    return render(request, "crossings/detail.html", context)


def visible_crossing(request: SignedIn, slug: str, at: datetime | None = None) -> Crossing:
    """The crossing of that code with its state at a moment, 404 when the person does not see it."""
    rows = Crossing.objects.visible_to(request.user).with_state(at)
    rows = rows.select_related("district__province", "commune", "nearest_marker", "responsible_unit")
    found: Crossing = get_object_or_404(rows, slug=slug)
    return found


def serves_there(user: Any, crossing: Crossing) -> bool:
    """Whether the person serves in the crossing's province or at an institution: then he reads its record too."""
    here = District.objects.filter(pk=crossing.district_id)
    return bool(policy.visible_by_province(here, user, "province_id").exists())


def own_categories(user: Any, crossing: Crossing) -> list[str]:
    """The categories of Cambodia's side a person may set: all, between the two kinds of corridor, or none."""
    if policy.may(user, "classify_crossing", deciders.national_ids()):
        return list(CrossingCategory.values)
    corridors = [CrossingCategory.CORRIDOR.value, CrossingCategory.ILLEGAL_CORRIDOR.value]
    if crossing.category in corridors and deciders.may(user, "register_corridor", crossing):
        return corridors
    return []


def may_do(user: Any, crossing: Crossing) -> set[str]:
    """What of the register's own verbs a person may do on a crossing: describe, status, classify."""
    units = deciders.unit_ids(crossing)
    found = {
        name
        for name, verb in (("describe", "describe_crossing"), ("status", "set_crossing_status"))
        if policy.may(user, verb, units)
    }
    if "describe" in found or own_categories(user, crossing):
        found.add("classify")
    return found


def _contradictions(user: Any, crossing: Crossing) -> list[tuple[contradictions.Rule, list[Any]]]:
    return contradictions.find(user, Crossing.objects.visible_to(user).with_state().filter(pk=crossing.pk))


def _map(crossing: Crossing, at: datetime | None) -> dict[str, Any]:
    """What the map of one crossing draws: its point with the precision as a ring, and its perimeter; of which day."""
    lon, lat = crossing.point.coords[:2]
    shape = crossing.perimeter
    return {
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "accuracy_m": round(crossing.precision_m),
        "at": at.isoformat() if at else "",
        "perimeter": {"type": shape.geom_type, "coordinates": shape.coords} if shape is not None else None,
    }


@require_safe
@login_required
def contradiction_list(request: SignedIn) -> HttpResponse:
    """What the register says in one place and cannot be true beside another, by rule, for what the person sees."""
    visible = Crossing.objects.visible_to(request.user).with_state()
    found = contradictions.find(request.user, visible)
    calm = [rule for rule in contradictions.rules() if rule.slug not in {one.slug for one, _rows in found}]
    context = {"found": found, "calm": calm, "count": sum(len(rows) for _rule, rows in found)}
    return render(request, "crossings/contradictions.html", context)
