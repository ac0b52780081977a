"""Beside the dossiers: the dated register of law, the patterns, and the sealed bundles."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import jobs, sealed
from borderwatch.fields import DayField
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn
from incidents.models import LegalBasis
from incidents.protests import patterns, rules
from incidents.protests.bundle import contents, keys
from incidents.protests.bundle.contents import Subject
from incidents.protests.bundle.job import KIND, subject_of
from units import policy
from units.choices import Neighbour

# So many bundles of one subject are listed.
LISTED = 20


class OnForm(forms.Form):
    """Of which day the law is asked."""

    on = DayField(label=gettext_lazy("In force on"), required=False)


def _demand_posting(request: SignedIn) -> None:
    if not policy.unit_ids(request.user, policy.VIEW):
        raise PermissionDenied(policy.nothing_here())


@require_safe
@login_required
def legal(request: SignedIn) -> HttpResponse:
    """Every text of the register with the time it is in force; `?on=` asks of a day."""
    _demand_posting(request)
    form = OnForm(request.GET if request.GET.get("on") else None)
    day = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    moment = rules.moment_on(day, 12) if day else None
    rows = [
        (row, rules.article(row), moment is None or row.holds_at(moment))
        for row in LegalBasis.objects.order_by("order", "slug")
    ]
    rows.sort(key=lambda one: not one[2])
    return render(request, "protests/legal.html", {"form": form, "rows": rows, "day": day, "countries": Neighbour})


@require_safe
@login_required
def pattern_view(request: SignedIn) -> HttpResponse:
    """Same counterpart, same stretch: how many notes, how many unanswered, renewed, and how long replies take."""
    _demand_posting(request)
    country = request.GET.get("country", "")
    country = country if country in Neighbour.values else ""
    rows = patterns.rows(request.user, country)
    return render(request, "protests/patterns.html", {"rows": rows, "country": country, "countries": Neighbour.choices})


# --- sealed bundles -------------------------------------------------------------------------------------------


def _subject(request: SignedIn, ref: str) -> Subject:
    found = contents.find(request.user, ref.upper())
    if found is None:
        raise Http404
    return found


def _made(subject: Subject) -> Any:
    rows = AuditEntry.objects.filter(kind=subject.target.audit_kind, key=subject.target.audit_key, verb="make_bundle")
    return rows.order_by("-pk")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def bundles(request: SignedIn, ref: str) -> HttpResponse:
    """The bundles made of an incident or a protest; a POST asks for a new one."""
    subject = _subject(request, ref)
    refusal = contents.refusal(request.user, subject)
    if request.method == "POST":
        if refusal:
            raise PermissionDenied(refusal)
        jobs.start(actor=request.user, kind=KIND, subject=subject_of(subject.ref), params={"ref": subject.ref})
        messages.success(request, _("The bundle is being made."))
        return redirect("protests:bundles", ref=subject.ref)
    made = (
        [] if refusal else [(row, sealed.path_of(row.after["zip_sha256"]).exists()) for row in _made(subject)[:LISTED]]
    )
    job = None if refusal else jobs.latest(subject_of(subject.ref), KIND)
    context = {"subject": subject, "refusal": refusal, "made": made, "job": job, "fingerprint": keys.fingerprint()}
    return render(request, "protests/bundles.html", context)


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def bundle(request: SignedIn, ref: str, sha256: str) -> FileResponse:
    """A bundle that was made, for who sees all of it now."""
    subject = _subject(request, ref)
    if refusal := contents.refusal(request.user, subject):
        raise PermissionDenied(refusal)
    path = sealed.path_of(sha256)
    if not _made(subject).filter(after__zip_sha256=sha256).exists() or not path.exists():
        raise Http404
    name = f"borderwatch-{subject.ref}-{sha256[:8]}.zip"
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
@login_required
def key(request: SignedIn) -> HttpResponse:
    """The public key of this site's seals, to be compared and published."""
    return render(request, "protests/key.html", {"public": keys.public_text(), "fingerprint": keys.fingerprint()})
