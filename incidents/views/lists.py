"""The list of incidents: newest first, filters in the address, a page at a time."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from borderwatch import pages
from borderwatch.views import SignedIn
from incidents.choices import Category, Impact, Status
from incidents.filters import IncidentFilter
from incidents.models import Incident
from units.models import Province


@require_safe
@login_required
def incident_list(request: SignedIn) -> HttpResponse:
    """Fifty incidents the person sees; htmx gets the rows alone."""
    visible = Incident.objects.visible_to(request.user).with_names()
    questions = IncidentFilter(request.GET, queryset=visible, request=request)
    asked = sum(1 for name in questions.filters if request.GET.get(name))
    context: dict[str, Any] = {
        "page": pages.keyset(questions.qs, moment="received_at", asked=request.GET),
        "filter": questions,
        "asked": asked,
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "incidents/list.html#rows", context)
    return render(request, "incidents/list.html", context | {"selects": _selects(request.GET)})


def _selects(asked: QueryDict) -> list[tuple[str, Any, list[tuple[Any, Any]], str]]:
    """The filters with a closed list, each as (name, label, choices, what was chosen)."""
    provinces = [(province.code, province.name) for province in Province.objects.all()]
    lists: list[tuple[str, Any, list[tuple[Any, Any]]]] = [
        ("category", _("Category"), list(Category.choices)),
        ("status", _("State"), list(Status.choices)),
        ("impact", _("How serious"), list(Impact.choices)),
        ("province", _("Province"), provinces),
        ("contested", _("Contested"), [("true", _("yes")), ("false", _("no"))]),
    ]
    return [(name, label, choices, asked.get(name, "")) for name, label, choices in lists]
