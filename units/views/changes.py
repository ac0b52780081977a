"""Pages of proposed changes of the register: propose, look at the dry run, apply or abandon."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import clock, jobs, layers, pages, sealed
from borderwatch.views import SignedIn, refused_by_verb
from units import actions, change_workflow, policy
from units import forms_changes as forms
from units.actions.changes import READ_JOB, subject
from units.change_layer import feature_collection
from units.change_overlaps import overlaps
from units.choices import ChangeState, Verdict
from units.importing.words import worded
from units.models import RegisterChange, Sector, Unit

WORDS_OF_SHAPES = {"old": gettext_lazy("as it stands"), "new": gettext_lazy("as proposed")}
# How both shapes of a row are drawn on the small map.
LAYER = layers.Layer(
    name="change",
    label=gettext_lazy("The change"),
    kind="area",
    rows=lambda user, params: None,
    properties=dict,
    title="code",
    fields=(
        layers.Field("what", gettext_lazy("shape"), words=WORDS_OF_SHAPES),
        layers.Field("verdict", gettext_lazy("what it does"), words=dict(Verdict.choices)),
    ),
    colour_by="what",
    colours={"old": "#8a5a00", "new": "#1b4f9c"},
)


def _visible(request: SignedIn, pk: int) -> RegisterChange:
    rows = RegisterChange.objects.visible_to(request.user).select_related("proposed_by", "settled_by")
    found: RegisterChange = get_object_or_404(rows, pk=pk)
    return found


@require_safe
@login_required
def change_list(request: SignedIn) -> HttpResponse:
    """Changes the person proposed or that touch a register he keeps, newest first."""
    rows = RegisterChange.objects.visible_to(request.user).select_related("proposed_by")
    state = request.GET.get("state", "")
    if state in ChangeState.values:
        rows = rows.filter(state=state)
    context = {
        "page": pages.keyset(rows, asked=request.GET, moment="proposed_at"),
        "states": ChangeState.choices,
        "state": state,
        "keeps": bool(policy.unit_ids(request.user, policy.REGISTER)),
    }
    return render(request, "units/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_new(request: SignedIn) -> HttpResponse:
    """Propose a change: by a file, or one sector by hand (`?by=hand`, `&sector=` shows its outline)."""
    kept = policy.unit_ids(request.user, policy.REGISTER)
    policy.demand(request.user, "manage_register", kept)
    by_hand = request.GET.get("by") == "hand"
    answer = (_by_hand if by_hand else _by_file)(request)
    if isinstance(answer, HttpResponse):
        return answer
    context = {"form": answer, "by_hand": by_hand}
    if by_hand:
        context["sectors"] = Sector.objects.visible_to(request.user).filter(
            unit__in=kept, period__contains=clock.sql_now()
        )
        context["asked"] = request.GET.get("sector", "")
    return render(request, "units/change_new.html", context, status=422 if answer.errors else 200)


def _by_file(request: SignedIn) -> BaseForm | HttpResponse:
    if request.method != "POST":
        return forms.FileForm()
    form = forms.FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return form
    try:
        values = dict(form.cleaned_data)
        file = sealed.keep(values.pop("file"), max_bytes=settings.REGISTER_FILE_MAX_BYTES)
    except ValidationError as error:
        form.add_error("file", error)
        return form
    try:
        change = actions.propose_file(actor=request.user, file=file, **values)
    except ValidationError as error:
        refused_by_verb(form, error)
        return form
    return redirect("units:change", pk=change.pk)


def _by_hand(request: SignedIn) -> BaseForm | HttpResponse:
    # Read through the grants themselves: who keeps a unit's register sees it (policy.ROLES).
    units = Unit.objects.filter(pk__in=policy.unit_ids(request.user, policy.REGISTER)).order_by("code")
    if request.method != "POST":
        return forms.HandForm(units=list(units), initial=_outline_of(request))
    form = forms.HandForm(request.POST, units=list(units))
    if not form.is_valid():
        return form
    values = {name: form.cleaned_data[name] for name in ("title", "code", "unit", "area", "effective_from")}
    values |= {name: form.cleaned_data[name] for name in ("source", "legal_reference")}
    try:
        change = actions.propose_sector(actor=request.user, **values)
    except ValidationError as error:
        fields = {"corners" if name == "area" else name: found for name, found in _by_field(error).items()}
        refused_by_verb(form, ValidationError(fields) if fields else error)
        return form
    return redirect("units:change", pk=change.pk)


def _by_field(error: ValidationError) -> dict[str, Any]:
    return dict(getattr(error, "error_dict", {}))


def _outline_of(request: SignedIn) -> dict[str, str]:
    """What is known of the sector the address names: its unit and its corners as it stands today."""
    code = request.GET.get("sector", "").strip()
    rows = Sector.objects.visible_to(request.user).filter(code=code, period__contains=clock.sql_now())
    sector = rows.select_related("unit").first() if code else None
    if sector is None:
        return {"code": code}
    return {"code": code, "unit": sector.unit.code, "corners": forms.corners(sector.area)}


@require_safe
@login_required
def change(request: SignedIn, pk: int) -> HttpResponse:
    """The dry run of a change: what it would do, row by row and on the map."""
    return _page(request, _visible(request, pk), {})


def _page(request: SignedIn, change: RegisterChange, refused: dict[str, BaseForm]) -> HttpResponse:
    counts = dict(change.rows.order_by().values_list("verdict").annotate(Count("pk")))
    verdict = request.GET.get("verdict", "")
    rows = change.rows.select_related("unit").defer("area", "line")
    page = pages.keyset(rows.filter(verdict=verdict) if verdict in Verdict.values else rows, asked=request.GET)
    keeps_all = set(change.units.values_list("pk", flat=True)) <= policy.unit_ids(request.user, policy.REGISTER)
    draft = change_workflow.allowed("apply_change", change.state)
    shared = overlaps(change, page.rows) if draft else {}
    proposer = change.proposed_by_id == request.user.pk
    context = {
        "change": change,
        "told": [worded(message) for message in change.messages],
        "job": jobs.latest(subject(change), READ_JOB) if change.state == ChangeState.READING else None,
        "figures": [(slug, label, counts.get(slug, 0)) for slug, label in Verdict.choices],
        "total": sum(counts.values()),
        "verdict": verdict,
        "page": page,
        "lines": [(row, [(m["level"], worded(m)) for m in [*row.messages, *shared.get(row.pk, [])]]) for row in page],
        "units": change.units.order_by("code"),
        "layer": layers.appearance(LAYER, reverse("units:change_layer", args=[change.pk])),
        "active": draft and any(counts.get(one) for one in (Verdict.ADDED, Verdict.CHANGED, Verdict.ENDED)),
        "refusals": counts.get(Verdict.REFUSED, 0),
        "apply_form": (refused.get("apply") or forms.ApplyForm()) if draft and keeps_all else None,
        "draft": draft,
        "keeps_all": keeps_all,
        "abandon_form": (refused.get("abandon") or forms.AbandonForm())
        if change_workflow.allowed("abandon_change", change.state) and (proposer or keeps_all)
        else None,
        "stale": any(e.code == "stale" for form in refused.values() for e in form.non_field_errors().as_data()),
    }
    return render(request, "units/change.html", context, status=422 if refused else 200)


def _decide(request: SignedIn, change: RegisterChange, name: str, form: BaseForm, verb: Any, done: str) -> HttpResponse:
    """Check the form, call the verb, answer: back to the page, or the page again with what is wrong."""
    units = change.units.values_list("pk", flat=True)
    if change.proposed_by_id != request.user.pk:
        policy.demand(request.user, "manage_register", units)
    if form.is_valid():
        try:
            verb(actor=request.user, change=change, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, done)
            return redirect("units:change", pk=change.pk)
    return _page(request, change, {name: form})


@require_POST
@login_required
def change_apply(request: SignedIn, pk: int) -> HttpResponse:
    """The draft becomes the register."""
    done = _("Applied. The register holds it from the day named; incidents filed before keep who answered.")
    form = forms.ApplyForm(request.POST)
    return _decide(request, _visible(request, pk), "apply", form, actions.apply_change, done)


@require_POST
@login_required
def change_abandon(request: SignedIn, pk: int) -> HttpResponse:
    """The change is given up."""
    done = _("Given up. It stays on record.")
    form = forms.AbandonForm(request.POST)
    return _decide(request, _visible(request, pk), "abandon", form, actions.abandon_change, done)


@require_POST
@login_required
def change_compare(request: SignedIn, pk: int) -> HttpResponse:
    """The draft is held against the register as it is now."""
    done = _("Compared with the register as it is now.")
    form = forms.CompareForm(request.POST)
    return _decide(request, _visible(request, pk), "compare", form, actions.compare_anew, done)


@require_safe
@login_required
def change_file(request: SignedIn, pk: int) -> FileResponse:
    """The file as it came, to be saved and never shown."""
    row = _visible(request, pk)
    path = sealed.path_of(row.file_sha256) if row.file_sha256 else None
    if path is None or not path.exists():
        raise Http404
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=row.file_name, content_type="application/octet-stream"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
@login_required
def change_layer(request: SignedIn, pk: int) -> HttpResponse:
    """Old and new shapes of the rows that would do something, simplified for the small map."""
    body = feature_collection(request.user, _visible(request, pk))
    answer = HttpResponse(json.dumps(body), content_type="application/geo+json")
    answer["Cache-Control"] = "private, no-cache"
    return answer
