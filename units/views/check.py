"""The register check as a page: a map and lists of what the register could not say today, or soon."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from borderwatch.views import SignedIn
from units import check
from units.check import Report


@require_safe
@login_required
def register_check(request: SignedIn) -> HttpResponse:
    """Gaps and overlaps along the border, sectors without a head, tenures that end, units without a voice."""
    found = check.report(check.demand_reader(request.user))
    return render(request, "units/check.html", {"found": found, "shapes": _shapes(found)})


def _shapes(found: Report) -> dict[str, Any]:
    """Gaps and overlaps as GeoJSON for the map, each with the words of its line in the list."""
    features = [("gap", gap.shape, gap.section.name) for gap in found.gaps]
    features += [("overlap", one.shape, f"{one.one.code} / {one.other.code}") for one in found.overlaps]
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": shape, "properties": {"kind": kind, "name": name}}
            for kind, shape, name in features
        ],
    }
