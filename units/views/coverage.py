"""Pages of coverage: all ground worst first, one ground kilometre by kilometre, and the targets."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import clock, pages
from borderwatch.views import SignedIn, refused_by_verb
from units import actions, ground, policy
from units.forms_coverage import DaysForm, EndForm, TargetForm, chargeable
from units.layers import BAND_WORDS, BANDS
from units.models import PatrolTarget, UnresolvedArea

# Grounds listed at once; with more, the list says so and the search narrows it.
LISTED = 50
# Squares of effort listed beside the map.
SQUARES = 20


@require_safe
@login_required
def coverage_page(request: SignedIn) -> HttpResponse:
    """What patrols of the person's units have seen within some days: worst first, and on the map."""
    form = _days_form(request)
    days = form.chosen()
    words = request.GET.get("q", "").strip()[:100]
    grounds = [one for one in ground.of_sectors(request.user, days) if _fits(one, words)]
    areas = [one for one in ground.of_areas(request.user, days) if _fits(one, words)]
    squares = (
        ground.effort(request.user, days).annotate(minutes=F("time") / 60).order_by("-time", "east_km", "north_km")
    )
    context = {
        "form": form,
        "days": days,
        "asked_for": words,
        "lists": [(_("Sectors"), grounds[:LISTED], len(grounds)), (_("Unresolved areas"), areas[:LISTED], len(areas))],
        "listed": LISTED,
        "walked": ground.walked(request.user, days),
        "squares": list(squares[:SQUARES]),
        "map": _map(days),
        "bands": _bands(),
    }
    return render(request, "patrols/coverage.html", context)


def _days_form(request: SignedIn) -> DaysForm:
    """A figure out of range is said at the field; the page then shows the usual days."""
    return DaysForm(request.GET if "days" in request.GET else {"days": settings.COVERAGE_DAYS})


def _map(days: int, *, code: str = "", box: list[float] | None = None) -> dict[str, Any]:
    """What the page's script reads: the layers, bottom first, their filter, and where to look."""
    query = urlencode({"days": days, **({"code": code} if code else {})})
    return {"layers": ["sectors", "coverage_areas", "coverage"], "query": query, "box": box}


def _bands() -> list[tuple[str, Any]]:
    """Colours of the map and what they mean."""
    return [(colour, BAND_WORDS[name]) for name, _days, colour in BANDS]


def _fits(one: ground.Ground, words: str) -> bool:
    return words.casefold() in f"{one.code} {one.name} {one.unit.code if one.unit else ''}".casefold()


@require_safe
@login_required
def ground_page(request: SignedIn, code: str) -> HttpResponse:
    """One ground: share seen, kilometre by kilometre, unvisited stretches, last patrols, targets."""
    form = _days_form(request)
    days = form.chosen()
    found = ground.find(request.user, code, days)
    if found is None:
        raise Http404
    one, patches = found
    context = {
        "form": form,
        "days": days,
        "ground": one,
        "kilometres": ground.kilometres(patches, days) if one.is_sector else [],
        "stretches": ground.unvisited(patches, days) if one.is_sector else [],
        "patrols": ground.last_patrols(request.user, patches),
        "may_set": chargeable(request.user).exists(),
        "map": _map(days, code=one.code, box=ground.box(patches)),
        "bands": _bands(),
    }
    return render(request, "patrols/ground.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def targets(request: SignedIn) -> HttpResponse:
    """The targets in force or to come of the units the person sees, and a form for those who may set one."""
    may_set = chargeable(request.user).exists()
    if request.method == "POST":
        if not may_set:
            raise PermissionDenied(
                _("Targets are set by who leads the patrols, or keeps the register, one level above.")
            )
        form = TargetForm(request.user, request.POST)
        if form.is_valid():
            try:
                actions.set_target(actor=request.user, **form.values())
            except ValidationError as error:
                refused_by_verb(form, error)
            else:
                messages.success(request, _("The target is set."))
                return redirect("patrols:targets")
        return _targets_page(request, form, status=422)
    today = timezone.localtime(clock.now()).date()
    asked = {"unit": request.GET.get("unit"), "ground": request.GET.get("ground")}
    return _targets_page(request, TargetForm(request.user, initial={"since": today, **asked}) if may_set else None)


def _visible_targets(request: SignedIn) -> Any:
    """Targets of units whose patrols the person sees; of areas only where he may look at the area."""
    areas = UnresolvedArea.objects.visible_to(request.user).order_by().values("code")
    rows = PatrolTarget.objects.filter(unit_id__in=policy.unit_ids(request.user, policy.VIEW))
    return rows.filter(Q(area_code="") | Q(area_code__in=areas)).select_related("unit")


def _targets_page(
    request: SignedIn,
    form: TargetForm | None,
    *,
    ending: tuple[int, EndForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    rows = _visible_targets(request).exclude(period__fully_lt=(now, None))
    page = pages.keyset(rows, asked=request.GET)
    codes = {row.area_code for row in page.rows} - {""}
    settable = set(chargeable(request.user).values_list("pk", flat=True)) if page.rows else set()
    areas = UnresolvedArea.objects.visible_to(request.user).filter(code__in=codes).defer("area")
    names = {area.code: area.name for area in areas}
    lines = [
        (state, names.get(state.target.area_code, ""), _end_form(state.target, settable, ending, now))
        for state in ground.target_states(page.rows)
    ]
    return render(
        request, "patrols/targets.html", {"form": form, "page": page, "lines": lines, "now": now}, status=status
    )


def _end_form(
    target: PatrolTarget, settable: set[int], ending: tuple[int, EndForm] | None, now: datetime
) -> EndForm | None:
    """The form that ends a target, for who may; one that was refused keeps what was typed."""
    if target.unit_id not in settable:
        return None
    if ending and ending[0] == target.pk:
        return ending[1]
    return EndForm(initial={"at": timezone.localtime(now).date()}, auto_id=f"id_end_{target.pk}_%s")


@require_POST
@login_required
def end_target(request: SignedIn, pk: int) -> HttpResponse:
    """End a target as of a day."""
    target = get_object_or_404(_visible_targets(request), pk=pk)
    actions.demand_above(request.user, target.unit)
    form = EndForm(request.POST, auto_id=f"id_end_{pk}_%s")
    if form.is_valid():
        try:
            actions.end_target(actor=request.user, target=target, at=form.moment(), reason=form.cleaned_data["reason"])
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The target ends."))
            return redirect("patrols:targets")
    return _targets_page(request, None, ending=(pk, form), status=422)
