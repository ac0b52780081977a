"""Try the register: who would answer for a place at a moment, and what a proposed change would move."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import clock
from borderwatch.views import SignedIn
from incidents import attribution, coordinates, whatif
from incidents.choices import Confidence, Rule
from incidents.coordinates import Coordinates
from incidents.forms_bench import BenchForm
from incidents.models import Incident
from units import check, policy
from units.choices import ChangeState, RegisterLayer
from units.models import Province, RegisterChange, Unit

ON_A_PAGE = 50
# The rules and the confidence in the words of docs/attribution.md.
RULES = {
    Rule.SECTOR: gettext_lazy(
        "One unit's sector covers the place and no other lies within the accuracy: that unit answers."
    ),
    Rule.SECTOR_NEAR_EDGE: gettext_lazy(
        "One sector covers the place, but the accuracy circle touches another unit's sector: "
        "the covering unit answers until a reviewer rules."
    ),
    Rule.SECTORS_OVERLAP: gettext_lazy(
        "Sectors of several units cover the place: the one in which it lies deepest answers until a reviewer rules, "
        "and a register defect is raised."
    ),
    Rule.GAP: gettext_lazy(
        "No sector covers the place: the command of the province of the nearest sector within 60 km answers, "
        "else that of the filer's province, and a register defect is raised."
    ),
    Rule.GAP_NEAR_EDGE: gettext_lazy(
        "No sector covers the place, but the accuracy circle touches one: the province's command answers "
        "until a reviewer rules, and a register defect is raised."
    ),
}
CONFIDENCES = {
    Confidence.HIGH: gettext_lazy("The next unit's sector is farther than three times the accuracy."),
    Confidence.MEDIUM: gettext_lazy("The next unit's sector lies within three times the accuracy."),
    Confidence.LOW: gettext_lazy("Contested, or no sector covers the place."),
}


@require_safe
@login_required
def point(request: SignedIn) -> HttpResponse:
    """The test bench: a place, its accuracy and a moment → who answers and why. Reading only; nothing is filed."""
    check.demand_reader(request.user)
    asked = bool(request.GET)
    form = BenchForm(request.GET if asked else None, provinces=_provinces(request.user))
    context: dict[str, Any] = {"form": form}
    if asked and form.is_valid():
        context |= _found(request, form)
    return render(request, "incidents/bench.html", context, status=422 if asked and form.errors else 200)


def _provinces(user: Any) -> Any:
    """Provinces the person's units serve; those who look at all see all."""
    seen = Unit.objects.visible_to(user)  # type: ignore[attr-defined]
    return Province.objects.filter(units__in=seen).distinct().order_by("code")


def _found(request: SignedIn, form: BenchForm) -> dict[str, Any]:
    """The finding, or an error at the form when nobody could answer or the place is not the person's business."""
    place: Coordinates = form.cleaned_data["position"]
    accuracy_m = round(form.cleaned_data["accuracy"] or place.accuracy_m)
    moment = form.cleaned_data["at"] or clock.now()
    try:
        finding = attribution.find(
            point=place.point, accuracy_m=accuracy_m, moment=moment, province=form.cleaned_data["province"]
        )
    except LookupError:
        form.add_error("province", _("This province has no command on record that could answer."))
        return {}
    if not Unit.objects.visible_to(request.user).filter(pk=finding.unit.pk).exists():  # type: ignore[attr-defined]
        form.add_error("position", _("This place lies outside the provinces you serve in."))
        return {}
    return {
        "finding": finding,
        "echo": coordinates.in_words(place.point),
        "hint": place.hint,
        "rule_words": RULES[finding.rule],
        "confidence_words": CONFIDENCES[finding.confidence],
        # Other units that may answer as well.
        "rivals": set(finding.party_ids) - {finding.unit.pk},
        "map": {
            "lon": place.point.x,
            "lat": place.point.y,
            "accuracy_m": accuracy_m,
            "around_m": max(4000, min(30_000, 3 * accuracy_m)),
        },
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def what_if(request: SignedIn, pk: int) -> HttpResponse:
    """What a proposed change would move among the incidents of the last twelve months; POST begins the trial."""
    change = _change(request, pk)
    refused = ""
    if request.method == "POST":
        if not policy.unit_ids(request.user, policy.REGISTER):
            raise PermissionDenied(_("Only register keepers try changes."))
        try:
            whatif.ask(change, request.user)
            return redirect("bench:whatif", change.pk)
        except ValidationError as error:
            refused = " ".join(error.messages)
    job = whatif.latest(change, request.user)
    context: dict[str, Any] = {
        "change": change,
        "job": job,
        "refused": refused,
        "is_draft": change.state == ChangeState.DRAFT,
        "moves_nothing": change.layer != RegisterLayer.SECTOR,
    }
    if result := whatif.result_of(job):
        context |= _result(request, result)
    return render(request, "incidents/whatif.html", context, status=422 if refused else 200)


def _change(request: SignedIn, pk: int) -> RegisterChange:
    change: RegisterChange = get_object_or_404(RegisterChange.objects.visible_to(request.user), pk=pk)
    return change


def _result(request: SignedIn, result: dict[str, Any]) -> dict[str, Any]:
    """The pairs of units with their counts, and a page of the incidents themselves, those still shown to the person."""
    keys = {key for pair in result["pairs"] for key in (pair["before"], pair["after"])}
    units = Unit.objects.visible_to(request.user).in_bulk(keys)  # type: ignore[attr-defined]
    for pair in result["pairs"]:
        pair |= {"from": units.get(pair["before"]), "to": units.get(pair["after"])}
    before, after = request.GET.get("from", ""), request.GET.get("to", "")
    rows = [row for row in result["rows"] if before in ("", str(row[1])) and after in ("", str(row[2]))]
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    shown = Incident.objects.visible_to(request.user).in_bulk([row[0] for row in page])
    return {
        "result": result,
        "page": page,
        "chosen": (before, after) if before or after else None,
        "query": f"from={before}&to={after}&" if before.isdigit() and after.isdigit() else "",
        "moves": [
            {
                "incident": shown[row[0]],
                "from": units.get(row[1]),
                "to": units.get(row[2]),
                "stays": row[1] == row[2],
                "contested_before": row[3],
                "contested_after": row[4],
            }
            for row in page
            if row[0] in shown
        ],
    }


@require_safe
@login_required
def what_if_map(request: SignedIn, pk: int) -> HttpResponse:
    """GeoJSON for the map of a trial: the incidents that would move, and the shapes that come and go."""
    change = _change(request, pk)
    result = whatif.result_of(whatif.latest(change, request.user))
    moved = {row[0]: row for row in result["rows"]} if result else {}
    rows = Incident.objects.visible_to(request.user).filter(pk__in=moved)
    features = whatif.shapes(change)
    for pk_, ref, shape in rows.annotate(shape=AsGeoJSON("point")).values_list("pk", "ref", "shape"):
        _key, before, after, _was, _will = moved[pk_]
        features.append(whatif.feature(shape, kind="stays" if before == after else "moves", ref=ref))
    return JsonResponse({"type": "FeatureCollection", "features": features}, content_type="application/geo+json")
