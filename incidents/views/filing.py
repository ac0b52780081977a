"""Filing in a browser: the form, what it says while one types, the confirmation, and the photos.

Works without script; htmx is not needed here, so the page stays light for a phone with a bad link.
"""

import mimetypes
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.gis.db.models import Extent
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import clock
from borderwatch.views import SignedIn
from incidents import confirmation, foresight, photos
from incidents.actions.filing import Filed, file_incident
from incidents.choices import TYPE_LABELS, TYPES, Category, Impact, Side
from incidents.forms import FilingForm, uploaded
from incidents.models import Evidence, Incident
from units.models import Sector, Unit, User


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn) -> HttpResponse:
    """The form; a POST files, or comes back with everything that was typed and uploaded."""
    form = FilingForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.units:
        raise PermissionDenied(
            _("Your posting does not allow filing. Your province's register keeper can change postings.")
        )
    kept: list[photos.Photo] = []
    if request.method == "POST":
        kept = _photos(request, form)
        filed = _file(request, form, kept) if form.is_valid() else None
        if filed is not None:
            return _after(request, filed)
    return render(request, "incidents/new.html", _page(request, form, kept), status=422 if form.errors else 200)


def _file(request: SignedIn, form: FilingForm, kept: list[photos.Photo]) -> Filed | None:
    unit: Unit = form.cleaned_data["unit"]
    try:
        return file_incident(
            actor=request.user,
            unit=unit,
            client_key=form.cleaned_data["client_key"],
            report=form.report(),
            photos=kept,
            drill=form.drill,
        )
    except ValidationError as error:
        form.refused(error)
        return None


def _photos(request: SignedIn, form: FilingForm) -> list[photos.Photo]:
    """What came now and what was kept from earlier tries, without what the person took off.

    Kept rows stay after filing too: the same POST sent again must find the same photos.
    """
    form.full_clean()
    key = form.cleaned_data.get("client_key")
    if key is None:
        return []
    refused: ValidationError | None = None
    try:
        arrived = photos.take(uploaded(request.FILES))
    except photos.SomeRefused as error:
        arrived, refused = error.good, error
    photos.stage(actor=request.user, client_key=key, photos=arrived)
    dropped = set(request.POST.getlist("drop_photo"))
    kept = [p for p in photos.staged(actor=request.user, client_key=key) if p.sha256 not in dropped]
    if refused is not None:
        form.add_error("photos", refused)
    if len(kept) > settings.PHOTOS_MAX:
        most = _("At most %(n)s photos go with one report. Take some off.") % {"n": settings.PHOTOS_MAX}
        form.add_error("photos", most)
    return kept


def _after(request: SignedIn, filed: Filed) -> HttpResponse:
    if not Incident.objects.visible_to(request.user).filter(pk=filed.incident.pk).exists():
        messages.warning(request, _("A report with the same key is there already; yours was kept for review."))
        return redirect("home")
    query = "" if filed.outcome == "new" else "?" + urlencode({"outcome": filed.outcome})
    return HttpResponseRedirect(reverse("incidents:filed", args=[filed.incident.ref]) + query)


def _page(request: SignedIn, form: FilingForm, kept: list[photos.Photo]) -> dict[str, Any]:
    return {
        "form": form,
        "kept": kept,
        "recent": _recent(request),
        "categories": [(slug, label, TYPES[slug].items()) for slug, label in Category.choices],
        "impacts": _impacts(),
        "sides": Side.choices,
        "home": _home(request.user, form.units),
        "foresight": foresight.of(form, request.user) if form.is_bound else None,
        "fresh": not form.is_bound,
    }


def _impacts() -> list[tuple[str, Any, str]]:
    """The four levels with what each means to the one who chooses."""
    words = {
        Impact.LOW: _("no danger, noted for the record"),
        Impact.MEDIUM: _("needs an answer by the unit"),
        Impact.HIGH: _("danger to people or to the line; act today"),
        Impact.VERY_HIGH: _("lives in danger or armed; act now"),
    }
    return [(slug, label, words[Impact(slug)]) for slug, label in Impact.choices]


def _home(user: User, units: list[Unit]) -> str:
    """The middle of the person's own ground as "lon lat", so that his map opens there; "" when there is none."""
    districts = [unit.district_id for unit in units if unit.district_id]
    provinces = [unit.province_id for unit in units if unit.province_id]
    ground = Q(unit__district__in=districts) if districts else Q(unit__province__in=provinces)
    extent = Sector.objects.visible_to(user).at(clock.now()).filter(ground).aggregate(all=Extent("area"))["all"]
    if extent is None:
        return ""
    west, south, east, north = extent
    return f"{(west + east) / 2:.4f} {(south + north) / 2:.4f}"


def _recent(request: SignedIn, most: int = 3) -> list[tuple[str, Any, Any]]:
    """The kinds the person filed last, as (value, category's label, type's label)."""
    rows = (
        Incident.objects.visible_to(request.user)
        .filter(filed_by=request.user)
        .order_by("-received_at")
        .values_list("category", "type")[:30]
    )
    kinds = list(dict.fromkeys(rows))[:most]
    return [(f"{c}:{t}", Category(c).label, TYPE_LABELS[t]) for c, t in kinds]


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def preview(request: SignedIn) -> HttpResponse:
    """A fragment while one types: who answers, likely duplicates, who will be told by itself."""
    form = FilingForm(request.GET, user=request.user)
    if not form.units:
        raise PermissionDenied
    return render(request, "incidents/partials/foresight.html", {"foresight": foresight.of(form, request.user)})


@require_safe
@login_required
def filed(request: SignedIn, ref: str) -> HttpResponse:
    """The confirmation: reference, who has been told, what happens next and by when."""
    incident = get_object_or_404(Incident.objects.visible_to(request.user).with_names(), ref=ref)
    outcome = request.GET.get("outcome", "new")
    context = {
        "incident": incident,
        "outcome": outcome if outcome in ("same", "conflict") else "new",
        "attribution": incident.attributions.filter(current=True).first(),
        "told": confirmation.told(incident),
        "duties": confirmation.duties(incident),
        "photos": incident.evidence.all(),
    }
    return render(request, "incidents/filed.html", context)


@require_safe
@login_required
@cache_control(private=True, max_age=3600, immutable=True)
def photo(request: SignedIn, ref: str, sha256: str) -> FileResponse:
    """A photo of a visible incident: the copy to look at with ?display=1, else the original as an attachment."""
    incident = get_object_or_404(Incident.objects.visible_to(request.user), ref=ref)
    evidence = get_object_or_404(Evidence, incident=incident, sha256=sha256)
    display = "display" in request.GET
    path = (photos.display_path if display else photos.original_path)(evidence.sha256)
    if not path.exists():
        raise Http404
    ending = photos.ENDINGS.get(evidence.content_type) or mimetypes.guess_extension(evidence.content_type) or ""
    name = f"{incident.ref}-{sha256[:8]}.{ending}"
    response = FileResponse(
        path.open("rb"),
        as_attachment=not display,
        filename=f"{incident.ref}-{sha256[:8]}.jpg" if display else name,
        content_type="image/jpeg" if display else evidence.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
