"""The register of crossings: the list, and a crossing's page."""

from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from borderwatch.views import SignedIn
from crossings.models import Crossing
from units.choices import Neighbour


@require_safe
@login_required
def crossing_list(request: SignedIn) -> HttpResponse:
    """Crossings by neighbour, each with the precision of its position."""
    rows = Crossing.objects.visible_to(request.user).with_state().select_related("district__province")
    listed = rows.order_by("neighbour", "district__code", "slug")
    groups = [(Neighbour(code).label, list(found)) for code, found in groupby(listed, key=lambda one: one.neighbour)]
    return render(request, "crossings/list.html", {"groups": groups})
