"""Pages of the register: the tree of units, one unit at any moment, and the choice of language."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as keep_in_cookie

from borderwatch import clock
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn
from units import actions, policy
from units.forms_register import MomentForm
from units.models import CommandTenure, Leave, Sector, Unit
from units.status import Status, of_unit

# With more units than this the tree starts folded below the first level.
MANY = 80
# Entries of the record shown on a unit's page; auditors read the rest.
HISTORY = 30
# Open faults are for those who can mend them or decide here.
MENDING = {policy.REGISTER, policy.ESCALATE, policy.REVIEW}


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


@dataclass(frozen=True)
class Term:
    """A line of the chain of heads, and where it stands between past and future."""

    tenure: CommandTenure
    current: bool
    begun: bool
    over: bool
    leave: Leave | None


@require_safe
@login_required
def unit_detail(request: SignedIn, code: str) -> HttpResponse:
    """The unit as the register has it today, or at the moment `?at=` names: head, ground, and what postings give.

    Below that the whole chain of who held what, and faults of the register that concern it.
    """
    rows = Unit.objects.visible_to(request.user).select_related("province", "district", "parent")  # type: ignore[attr-defined]
    unit = get_object_or_404(rows, code=code)
    form = MomentForm(request.GET)
    asked = form.cleaned_data["at"] if form.is_valid() else None
    now = clock.now()
    held = policy.held_on(request.user, unit.pk)
    sectors = list(Sector.objects.visible_to(request.user).filter(unit=unit).order_by("code", "-period"))
    status = of_unit(unit, asked or now, sectors=sectors, postings=bool(held & {policy.VIEW, policy.REGISTER}))
    leaves = list(unit.leaves.select_related("tenure", "acting").order_by("-period"))
    context = {
        "unit": unit,
        "now": now,
        "asked": asked,
        "moment_form": form,
        "status": status,
        "terms": _terms(unit, status, leaves, now),
        "leaves": leaves,
        "sectors": sectors,
        "extent": _extent(status.sectors, asked),
        "under": Unit.objects.visible_to(request.user).filter(parent=unit).order_by("code"),  # type: ignore[attr-defined]
        "defects": list(unit.register_defects.filter(mended_at=None)[:50]) if held & MENDING else None,
        "keeps": policy.REGISTER in held,
        "history": AuditEntry.objects.filter(kind=unit.audit_kind, key=unit.audit_key)[:HISTORY]
        if policy.REGISTER in held
        else None,
    }
    return render(request, "units/detail.html", context, status=200 if form.is_valid() else 422)


def _terms(unit: Unit, status: Status, leaves: list[Leave], now: datetime) -> list[Term]:
    acting = {leave.acting_id: leave for leave in leaves}
    return [
        Term(
            tenure=one,
            current=one == status.head,
            begun=one.since is not None and one.since <= now,
            over=one.until is not None and one.until <= now,
            leave=acting.get(one.pk),
        )
        for one in unit.tenures.order_by("-period")
    ]


def _extent(sectors: list[Sector], asked: datetime | None) -> dict[str, Any] | None:
    """For the small map: the box around the sectors, [west, south, east, north], and the moment they are asked for."""
    if not sectors:
        return None
    west, south, east, north = zip(*(sector.area.extent for sector in sectors), strict=True)
    box = [min(west), min(south), max(east), max(north)]
    return {"box": box, "at": asked.astimezone(UTC).isoformat() if asked else None}


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages; a signed-in person's choice is remembered with his account."""
    answer = keep_in_cookie(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in {"km", "en"} and language != request.user.language:
        actions.choose_language(actor=request.user, language=language)
    return answer
