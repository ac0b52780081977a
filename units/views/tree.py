"""Pages of the register: the tree of units, one unit with its heads and sectors, and the choice of language."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as keep_in_cookie

from borderwatch import clock
from borderwatch.views import SignedIn
from units import actions, policy
from units.models import CommandTenure, RegisterDefect, Sector, Unit

# With more units than this the tree starts folded below the first level.
MANY = 80


@dataclass
class Branch:
    """A unit, its head today, and the units under it."""

    unit: Unit
    head: CommandTenure | None
    under: list["Branch"] = field(default_factory=list)


@require_safe
@login_required
def unit_list(request: SignedIn) -> HttpResponse:
    """The tree of units the person may look at, with today's heads."""
    units = list(Unit.objects.visible_to(request.user).select_related("province").order_by("code"))  # type: ignore[attr-defined]
    tenures = CommandTenure.objects.at(clock.now()).filter(unit__in=units)
    return render(
        request, "units/list.html", {"roots": _tree(units, tenures), "opened": 3 if len(units) <= MANY else 1}
    )


def _tree(units: list[Unit], tenures: Any) -> list[Branch]:
    """Branches in the order of codes; a unit whose parent is not among them stands at the root."""
    heads = {tenure.unit_id: tenure for tenure in tenures}
    branches = {unit.pk: Branch(unit, heads.get(unit.pk)) for unit in units}
    roots: list[Branch] = []
    for branch in branches.values():
        above = branches.get(branch.unit.parent_id or 0)
        (above.under if above else roots).append(branch)
    return roots


@require_safe
@login_required
def unit_detail(request: SignedIn, code: str) -> HttpResponse:
    """Who headed the unit when, the ground it answers for, and faults of the register that concern it."""
    rows = Unit.objects.visible_to(request.user).select_related("province", "district", "parent")  # type: ignore[attr-defined]
    unit = get_object_or_404(rows, code=code)
    sectors = Sector.objects.visible_to(request.user).filter(unit=unit).order_by("code", "-period")
    now = clock.now()
    tenures = list(unit.tenures.order_by("-period"))
    context = {
        "unit": unit,
        "now": now,
        "tenures": tenures,
        "head": next((one for one in tenures if one.since <= now and (one.until is None or one.until > now)), None),
        "sectors": sectors,
        "extent": {"box": _extent(sectors)},
        "under": Unit.objects.visible_to(request.user).filter(parent=unit).order_by("code"),  # type: ignore[attr-defined]
        "defects": _defects(request, unit),
    }
    return render(request, "units/detail.html", context)


def _extent(sectors: Any) -> list[float] | None:
    """The box around the sectors, [west, south, east, north], for the small map."""
    boxes = [sector.area.extent for sector in sectors]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]


def _defects(request: SignedIn, unit: Unit) -> list[RegisterDefect] | None:
    """Open faults of the register about this unit; None for those who neither keep the register nor decide here."""
    deciding = (policy.REGISTER, policy.ESCALATE, policy.REVIEW)
    if not any(unit.pk in policy.unit_ids(request.user, codename) for codename in deciding):
        return None
    return list(unit.register_defects.filter(mended_at=None)[:50])


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages; a signed-in person's choice is remembered with his account."""
    answer = keep_in_cookie(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in {"km", "en"} and language != request.user.language:
        actions.choose_language(actor=request.user, language=language)
    return answer
