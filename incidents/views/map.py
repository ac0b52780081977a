"""The map, and beside it the same incidents as a list: what one shows, the other shows."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from borderwatch import layers
from borderwatch.views import SignedIn
from incidents.filters import IncidentFilter
from incidents.layers import COLOURS
from incidents.models import Incident
from units.layers import BAND_WORDS, BANDS

LISTED = 50
# Layers shown until the person chooses; incidents are always there.
FIRST_SHOWN = ("sectors", "crossings")


@dataclass(frozen=True)
class LayerChoice:
    """A layer of the ground to switch on or off."""

    name: str
    label: str
    colour: str
    is_area: bool
    shown: bool


@require_safe
@login_required
def map_page(request: SignedIn) -> HttpResponse:
    """Filters, map, and the newest fifty; the script asks for the list alone when the map has moved."""
    visible = Incident.objects.visible_to(request.user).with_names()
    questions = IncidentFilter(request.GET, queryset=visible, request=request)
    found = list(questions.qs.order_by("-received_at", "-id")[: LISTED + 1])
    context: dict[str, Any] = {
        "incidents": found[:LISTED],
        "more": len(found) > LISTED,
        "in_view": "bbox" in request.GET,
        "listed": LISTED,
        "list_query": _without_map(request.GET),
    }
    if request.htmx and not request.htmx.boosted:
        return render(request, "incidents/map.html#list", context)
    context |= {
        "filter": questions,
        "colours": COLOURS,
        "choices": (choices := _choices(request)),
        # What the colours of patrols' coverage mean, for whom that layer is there.
        "bands": [(colour, BAND_WORDS[name]) for name, _days, colour in BANDS]
        if any(choice.name == "coverage" for choice in choices)
        else [],
        "active": sum(1 for name in questions.form.fields if request.GET.get(name)),
    }
    return render(request, "incidents/map.html", context)


def _choices(request: SignedIn) -> list[LayerChoice]:
    chosen = request.GET.getlist("show") if "chosen" in request.GET else FIRST_SHOWN
    return [
        LayerChoice(name, str(layer.label), layer.colour, layer.kind == "area", name in chosen)
        for name, layer in layers.listed(request.user).items()
        if name != "incidents"
    ]


def _without_map(asked: QueryDict) -> str:
    """The filters as the list of incidents takes them."""
    query = asked.copy()
    for name in ("show", "chosen", "bbox"):
        query.pop(name, None)
    return query.urlencode()
