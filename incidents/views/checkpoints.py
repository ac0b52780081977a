"""Unauthorised checkpoints: the list of those that stand, and each step of one on the page of its incident (D5)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from borderwatch import pages, sealed
from borderwatch.views import SignedIn, refused_by_verb
from crossings.models import Crossing
from incidents import actions, checkpoints
from incidents.choices import CheckpointOperator, CheckpointState
from incidents.filters_checkpoints import CheckpointFilter
from incidents.models import Checkpoint, Incident
from incidents.views import checkpoint_panel, detail
from units import policy
from units.models import Province

# More standing ones than this are reached by the filters.
STANDING_MOST = 200


# --- the list -------------------------------------------------------------------------------------------------


@require_safe
@login_required
def checkpoint_list(request: SignedIn) -> HttpResponse:
    """Those that stand first, the longest first; then those that are gone, latest first."""
    visible = Checkpoint.objects.visible_to(request.user)
    questions = CheckpointFilter(request.GET, queryset=checkpoints.with_names(visible), request=request)
    asked = sum(1 for name in questions.filters if request.GET.get(name))
    rows = questions.qs
    over = (CheckpointState.REMOVED, CheckpointState.NO_CHECKPOINT)
    page = pages.keyset(rows.filter(state__in=over), asked=request.GET)
    standing: list[Checkpoint] = []
    if not page.newest:
        standing = list(rows.standing().order_by("incident__occurred_at", "pk")[: STANDING_MOST + 1])
    lines = sorted((_line(row) for row in standing[:STANDING_MOST]), key=lambda line: line["since"])
    context = {
        "standing": lines,
        "more": len(standing) > STANDING_MOST,
        "overdue": sum(1 for line in lines if line["overdue"]),
        "page": page,
        "gone": [_line(row) for row in page.rows],
        "filter": questions,
        "asked": asked,
        "selects": _selects(request, visible),
    }
    return render(request, "checkpoints/list.html", context)


def _line(row: Checkpoint) -> dict[str, Any]:
    return {
        "row": row,
        "since": checkpoints.stands_since(row),
        "age": checkpoints.age_days(row),
        "overdue": checkpoints.is_overdue(row),
    }


def _selects(request: SignedIn, visible: Any) -> list[tuple[str, Any, list[tuple[Any, Any]], str]]:
    """The filters, each as (name, label, choices, what was chosen); places are those that occur."""
    plain = visible.order_by()
    crossings = Crossing.objects.visible_to(request.user).filter(pk__in=plain.values("crossing")).order_by("slug")
    provinces = Province.objects.filter(pk__in=plain.values("incident__province")).order_by("code")
    lists: list[tuple[str, Any, list[tuple[Any, Any]]]] = [
        ("state", _("State"), list(CheckpointState.choices)),
        ("operator", _("Operator"), list(CheckpointOperator.choices)),
        ("crossing", _("Crossing"), [(one.slug, one.name) for one in crossings]),
        ("province", _("Province"), [(one.code, one.name) for one in provinces]),
    ]
    return [(name, label, choices, request.GET.get(name, "")) for name, label, choices in lists]


# --- the steps ------------------------------------------------------------------------------------------------


@require_POST
@login_required
def step(request: SignedIn, ref: str, name: str) -> HttpResponse:
    """One of the steps in `checkpoint_panel.ACTS`: check the form, call the verb, answer."""
    incident = detail.visible(request, ref)
    row = checkpoint_panel.of(request.user, incident)
    if row is None and name != "recognise":
        raise Http404
    act = checkpoint_panel.RECOGNISE if row is None else checkpoint_panel.ACTS[name]
    _demand(request, act.verb, incident, row)
    form = checkpoint_panel.form(request.user, row, name, {}, request.POST, request.FILES)
    about = {"incident": incident} if row is None else {"checkpoint": row}
    if form.is_valid():
        try:
            getattr(actions, act.verb)(actor=request.user, **about, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, act.done)
            return redirect(f"{incident.get_absolute_url()}#checkpoint")
    return detail.page(request, incident, {checkpoint_panel.name_of(name): form})


def _demand(request: SignedIn, verb: str, incident: Incident, row: Checkpoint | None) -> None:
    """Refuse who may not before the form is looked at, as the verb would: 403 whatever was sent."""
    if row is None:
        why = "" if checkpoints.may_recognise(request.user, incident) else policy.nothing_here()
    else:
        why = checkpoints.refusal(request.user, verb, row)
    if why:
        raise PermissionDenied(why)


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def proof(request: SignedIn, ref: str) -> FileResponse:
    """The proof of a removal, to be saved and never run; 404 when there is none."""
    rows = Checkpoint.objects.visible_to(request.user).exclude(proof_sha256="")
    row = get_object_or_404(rows, incident__ref=ref.upper())
    path = sealed.path_of(row.proof_sha256)
    if not path.exists():
        raise Http404
    response = FileResponse(path.open("rb"), as_attachment=True, filename=row.proof_name, content_type=row.proof_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
