"""Pages of closing: the board of progress, the list of orders, one order with its visits and signs, its files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from borderwatch import pages, photos, sealed
from borderwatch.models import AuditEntry, Delivery
from borderwatch.views import SignedIn
from crossings import causes, closures, deciders
from crossings import forms_closures as forms
from crossings.actions.closure_visits import may_follow_up, may_verify, second_person_error
from crossings.choices import ClosureMeasure, ClosureState, Flow, SignState
from crossings.closure_workflow import allowed
from crossings.filters_closures import ClosureFilter, province_choices, read_province
from crossings.models import ClosureOrder, ClosureVisit, Crossing, ReopeningSign
from units import policy

# Crossings the board lists; the map and the list of orders have the others.
LISTED = 200
SCANS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@require_safe
@login_required
def board(request: SignedIn) -> HttpResponse:
    """How far the closing has come: per province, over twelve months, on a map, and crossing by crossing."""
    problem = ""
    try:
        province = read_province(request.GET)
    except ValidationError as error:
        province, problem = "", " ".join(error.messages)
    whole, provinces = closures.progress(request.user, province)
    places = closures.found(request.user, province).select_related("district__province", "responsible_unit")
    listed = list(places.order_by("district__province__code", "slug")[: LISTED + 1])
    context = {
        "whole": whole,
        "provinces": provinces,
        "months": closures.months(request.user, province),
        "crossings": listed[:LISTED],
        "more": len(listed) > LISTED,
        "stages": closures.Stage,
        "bar_words": [
            ("verified", _("closed and verified")),
            ("issued", _("ordered closed")),
            ("reopened", _("reopened illegally")),
            ("none", _("not ordered closed")),
        ],
        "colours": [(slug, label, closures.COLOURS[slug]) for slug, label in closures.Stage.choices],
        "province": province,
        "problem": problem,
        "choices": province_choices() if _looks_at_all(request) else [],
        "map": {"query": f"province={province}" if province else ""},
        "may_order": may_order(request),
    }
    return render(request, "closures/board.html", context, status=422 if problem else 200)


def _looks_at_all(request: SignedIn) -> bool:
    """Whether more than one province is open to the person."""
    provinces = {unit.province_id for _role, unit in policy.roles_of(request.user)}
    return None in provinces or len(provinces) > 1


def may_order(request: SignedIn) -> bool:
    """Whether the person may order closures anywhere."""
    return bool(policy.unit_ids(request.user, policy.ESCALATE))


@require_safe
@login_required
def closure_list(request: SignedIn) -> HttpResponse:
    """The orders a person sees, latest first; filters narrow them."""
    visible = ClosureOrder.objects.visible_to(request.user)
    questions = ClosureFilter(request.GET, queryset=visible, request=request)
    asked = sum(1 for name in questions.filters if request.GET.get(name))
    signs = Count("signs", filter=Q(signs__state=SignState.TO_CONFIRM))
    rows = closures.with_lateness(questions.qs).annotate(open_signs=signs)
    rows = rows.select_related("crossing__district__province", "responsible_unit")
    context = {
        "page": pages.keyset(rows, moment="drafted_at", asked=request.GET),
        "filter": questions,
        "asked": asked,
        "may_order": may_order(request),
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "closures/list.html#rows", context)
    return render(request, "closures/list.html", context)


# --- one order ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step open to the person: its form, and its words."""

    name: str
    form: BaseForm
    title: str
    button: str
    hint: str = ""
    template: str = "closures/partials/fields.html"

    @property
    def path(self) -> str:
        """The last part of the address it is sent to."""
        return self.name.replace("_", "-")


@dataclass(frozen=True)
class Sign:
    """A sign as this person may read of it; without the cause nothing that would tell of it is shown."""

    row: ReopeningSign
    cause: causes.Cause | None
    confirm: BaseForm | None = None
    dismiss: BaseForm | None = None


def visible_order(request: SignedIn, pk: int) -> ClosureOrder:
    """The order of that number, 404 when the person does not see it."""
    rows = closures.with_lateness(ClosureOrder.objects.visible_to(request.user))
    rows = rows.select_related("crossing__district__province", "issuer", "responsible_unit", "drafted_by")
    found: ClosureOrder = get_object_or_404(rows, pk=pk)
    return found


@require_safe
@login_required
def closure_detail(request: SignedIn, pk: int) -> HttpResponse:
    """The order, what was seen on the ground, signs of reopening, and what this person may do."""
    return page(request, visible_order(request, pk))


def page(request: SignedIn, order: ClosureOrder, bound: Mapping[str, BaseForm] | None = None) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost.

    `bound` names the step, for a sign with its number: "confirm-7".
    """
    refused = bound or {}
    visits = list(order.visits.select_related("by"))
    planned = Delivery.objects.filter(bundle=order.bundle, state=Delivery.State.PENDING)
    for visit in visits:
        visit.words = _measures(visit.measures)  # type: ignore[attr-defined]
    context = {
        "order": order,
        "visits": visits,
        "scope_words": [Flow(slug).label for slug in order.scope],
        "measure_words": _measures(order.measures),
        "signs": _signs(request, order, refused),
        "steps": _steps(request, order, refused),
        "may_change": _is_issuer(request, order) and allowed("change_closure_draft", order.state),
        "second_person": _why_not(request, order),
        "next": _next(order),
        "planned": sorted(set(planned.values_list("planned_at", flat=True))),
        "history": AuditEntry.objects.filter(kind=order.audit_kind, key=order.audit_key),
        "map": _map(order, visits),
        "refused": refused,
    }
    return render(request, "closures/detail.html", context, status=422 if refused else 200)


def _measures(slugs: list[str]) -> list[str]:
    return [str(ClosureMeasure(slug).label) for slug in slugs]


def _is_issuer(request: SignedIn, order: ClosureOrder) -> bool:
    return policy.may(request.user, "order_closure", [order.issuer_id])


def _why_not(request: SignedIn, order: ClosureOrder) -> str:
    """Why a person whose posting would do may not verify this one; "" when there is nothing to say."""
    if order.state != ClosureState.CARRIED_OUT:
        return ""
    refusal = second_person_error(request.user, order)
    own = policy.may(request.user, "carry_out_closure", [order.responsible_unit_id])
    return refusal if own or may_verify(request.user, order) else ""


def _steps(request: SignedIn, order: ClosureOrder, refused: Mapping[str, BaseForm]) -> list[Step]:
    """The steps the person and the state allow. One that was refused stays, so that nothing typed is lost."""
    user = request.user
    visit = "closures/partials/visit.html"
    own, issuer = policy.may(user, "carry_out_closure", [order.responsible_unit_id]), _is_issuer(request, order)
    table: tuple[tuple[str, str, bool, Callable[[], BaseForm], str, str, str, str], ...] = (
        ("report", "report_carried_out", own, lambda: _visit_form(forms.ReportForm, "report"),
         _("Report that it is closed"), _("Report it closed"),
         _("Stand at the crossing. Your position and a photo are the proof."), visit),
        ("verify", "verify_closure", may_verify(user, order) and not second_person_error(user, order),
         lambda: _visit_form(forms.VerifyForm, "verify"), _("Verify it on the spot"), _("Put the finding on record"),
         _("Stand at the crossing and look whether anybody could pass."), visit),
        ("follow_up", "follow_up_closure", may_follow_up(user, order),
         lambda: _visit_form(forms.FollowUpForm, "follow_up"), _("Enter a later look"),
         _("Put the look on record"), _("If it was opened again, the province is told and decides."), visit),
        ("issue", "issue_closure", issuer, lambda: forms.EmptyForm(auto_id="issue-%s"),
         _("Issue the order"), _("Issue it now"),
         _("From now on the crossing is ordered closed. The unit and all above it are told at once."), ""),
        ("withdraw", "withdraw_closure", issuer, lambda: forms.ReasonForm(auto_id="withdraw-%s"),
         _("Withdraw the draft"), _("Withdraw it"), "", ""),
        ("lift", "lift_closure", issuer, lambda: forms.LiftForm(auto_id="lift-%s"),
         _("Lift the order"), _("Lift it"), _("The crossing is then no longer held closed by this order."), ""),
    )  # fmt: skip
    steps = []
    for name, verb, may, make, title, button, hint, template in table:
        if name in refused or (may and allowed(verb, order.state)):
            form = refused.get(name) or make()
            steps.append(Step(name, form, title, button, hint, template or Step.template))
    return steps


def _visit_form(kind: type[forms.VisitForm], name: str) -> forms.VisitForm:
    start = forms.fresh()
    if kind is forms.VerifyForm:
        start["due_on"] = forms.usual_day()
    return kind(auto_id=f"{name}-%s", initial=start)


def _signs(request: SignedIn, order: ClosureOrder, refused: Mapping[str, BaseForm]) -> list[Sign]:
    rows = list(order.signs.select_related("decided_by"))
    by_kind: dict[str, list[str]] = {}
    for row in rows:
        by_kind.setdefault(row.cause_kind, []).append(row.cause_key)
    readable = {kind: causes.read(request.user, kind, keys) for kind, keys in by_kind.items()}
    may = deciders.may(request.user, "confirm_reopening", order.crossing)
    signs = []
    for row in rows:
        names = f"confirm-{row.pk}", f"dismiss-{row.pk}"
        forms_of = [refused.get(name) for name in names]
        if may and row.state == SignState.TO_CONFIRM:
            day = {"due_on": forms.usual_day()}
            forms_of[0] = forms_of[0] or forms.ConfirmForm(auto_id=f"{names[0]}-%s", initial=day)
            forms_of[1] = forms_of[1] or forms.ReasonForm(auto_id=f"{names[1]}-%s")
        signs.append(Sign(row, readable[row.cause_kind].get(row.cause_key), *forms_of))
    return signs


def _next(order: ClosureOrder) -> str:
    """What comes next, in a sentence."""
    return {
        ClosureState.DRAFTED: _("The order is a draft. It holds when it is issued."),
        ClosureState.ISSUED: _("The responsible unit closes the crossing and reports it on the spot."),
        ClosureState.CARRIED_OUT: _("A second person, who is not of the unit, stands there and looks."),
        ClosureState.VERIFIED: _("It is looked at now and then. What happens near it is held against it."),
        ClosureState.LIFTED: _("Nothing: the order no longer holds."),
        ClosureState.WITHDRAWN: _("Nothing: the draft was withdrawn."),
    }[ClosureState(order.state)]


def _map(order: ClosureOrder, visits: list[ClosureVisit]) -> dict[str, Any]:
    """What the map draws: the crossing with its precision, and where the visitors stood, by number."""

    def feature(point: Any, **properties: Any) -> dict[str, Any]:
        place = {"type": "Point", "coordinates": [round(point.x, 6), round(point.y, 6)]}
        return {"type": "Feature", "properties": properties, "geometry": place}

    crossing: Crossing = order.crossing
    return {
        "crossing": {"lon": round(crossing.point.x, 6), "lat": round(crossing.point.y, 6),
                     "accuracy_m": round(crossing.precision_m)},
        "visits": [
            feature(visit.point, number=number, label=str(visit.get_finding_display()))
            for number, visit in enumerate(visits, start=1)
        ],
    }  # fmt: skip


# --- files ----------------------------------------------------------------------------------------------------


@require_safe
@login_required
def scan(request: SignedIn, pk: int) -> FileResponse:
    """The scan of the letter as it came, as an attachment; 404 when there is none."""
    order = visible_order(request, pk)
    path = sealed.path_of(order.scan_sha256) if order.scan_sha256 else None
    if path is None or not path.exists():
        raise Http404
    ending = SCANS.get(order.scan_type, "bin")
    name = order.scan_name or f"closure-{order.pk}.{ending}"
    return _answer(FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=order.scan_type))


@require_safe
@login_required
@cache_control(private=True, max_age=3600, immutable=True)
def photo(request: SignedIn, pk: int, visit: int) -> FileResponse:
    """The photo of a visit: the copy to look at with ?display=1, else the original as an attachment."""
    row = get_object_or_404(visible_order(request, pk).visits, pk=visit)
    display = "display" in request.GET
    path = (photos.display_path if display else photos.original_path)(row.photo_sha256)
    if not path.exists():
        raise Http404
    ending = "jpg" if display else photos.ENDINGS.get(row.photo_type, "bin")
    return _answer(
        FileResponse(
            path.open("rb"),
            as_attachment=not display,
            filename=f"closure-{row.order_id}-{row.photo_sha256[:8]}.{ending}",
            content_type="image/jpeg" if display else row.photo_type,
        )
    )


def _answer(response: FileResponse) -> FileResponse:
    """A file somebody gave: never guessed at and never run."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
