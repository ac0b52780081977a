"""Templates of letters: the list by kind and office, a new version with a preview on real data, the versions before."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.choices_answers import LetterKind
from incidents.letters import content, deciders, drafting, facts, forms
from incidents.models import LetterTemplate
from units import policy
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit

VERSIONS = 30


def editable_offices(user: Any) -> Any:
    """The offices whose own templates the person may write."""
    kinds = (*INSTITUTIONS, UnitKind.PROVINCE, UnitKind.DISTRICT)
    rows = Unit.objects.filter(kind__in=kinds)
    if not user.is_staff:
        rows = rows.filter(pk__in=policy.unit_ids(user, policy.VERBS["edit_letter_template"]))
    return rows.order_by("kind", "code")


def _demand(user: Any) -> None:
    if not user.is_staff and not editable_offices(user).exists():
        raise PermissionDenied(policy.nothing_here())


@require_safe
@login_required
def listed(request: SignedIn) -> HttpResponse:
    """The templates in use, by kind and office."""
    _demand(request.user)
    used = LetterTemplate.objects.filter(current=True).select_related("office", "written_by")
    offices = list(editable_offices(request.user))
    rows = [
        (row, deciders.may_edit_templates(request.user, row.office))
        for row in used.order_by("kind", "office__code")
        if row.office is None or row.office in offices
    ]
    context = {"rows": rows, "kinds": LetterKind.choices, "offices": offices, "staff": request.user.is_staff}
    return render(request, "letters/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: SignedIn) -> HttpResponse:
    """One template: its versions, and a new one, previewed on real data before it is saved."""
    _demand(request.user)
    kind, office = _which(request)
    deciders.demand_to_edit_templates(request.user, office)
    versions = LetterTemplate.objects.filter(kind=kind, office=office).select_related("written_by")
    newest = versions.order_by("-version").first()
    if request.method != "POST":
        shown = _shown(request, versions) or newest or drafting.template_for(kind, office or Unit())
        form = forms.TemplateForm(initial=_values(shown, newest))
        return _page(request, kind, office, form, versions)
    form = forms.TemplateForm(request.POST)
    if form.is_valid() and "save" in request.POST:
        try:
            made = actions.edit_letter_template(
                actor=request.user, kind=kind, office=office, texts=form.texts(), seen=form.cleaned_data["seen"] or 0
            )
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Version %(n)s is in use from now on.") % {"n": made.version})
            return redirect("letters:templates")
    return _page(request, kind, office, form, versions, status=422 if form.errors else 200)


def _which(request: SignedIn) -> tuple[str, Unit | None]:
    """(kind, office) of the address; 404 for what there is not."""
    kind, code = request.GET.get("kind", ""), request.GET.get("office", "")
    if kind not in LetterKind.values:
        raise Http404
    office = editable_offices(request.user).filter(code=code).first() if code else None
    if code and office is None:
        raise Http404
    return kind, office


def _shown(request: SignedIn, versions: Any) -> LetterTemplate | None:
    """An earlier version the address asks for, to begin from it again."""
    number = request.GET.get("version", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 5):
        return None
    found: LetterTemplate | None = versions.filter(version=int(number)).first()
    return found


def _values(shown: LetterTemplate | None, newest: LetterTemplate | None) -> dict[str, Any]:
    names = ("name_km", "name_en", "abbreviation", *drafting.TEXTS)
    values = {name: getattr(shown, name) for name in names} if shown else {}
    return {**values, "seen": newest.version if newest else 0}


def _page(
    request: SignedIn, kind: str, office: Unit | None, form: forms.TemplateForm, versions: Any, status: int = 200
) -> HttpResponse:
    choices = [(f"{one.audit_kind}:{one.audit_key}", str(one)) for one in facts.newest(request.user, kind)]
    chosen = request.POST.get("on") or request.GET.get("on") or (choices[0][0] if choices else "")
    context = {
        "kind": kind,
        "kind_label": LetterKind(kind).label,
        "office": office,
        "form": form,
        "versions": list(versions.order_by("-version")[:VERSIONS]),
        "choices": choices,
        "chosen": chosen,
        **_preview(request, kind, office, form, chosen),
    }
    return render(request, "letters/template.html", context, status=status)


def _preview(
    request: SignedIn, kind: str, office: Unit | None, form: forms.TemplateForm, chosen: str
) -> dict[str, Any]:
    """The texts with the facts of a real object in them, and the fields nobody knows."""
    about_kind, _colon, key = chosen.partition(":")
    about = facts.find(request.user, about_kind, key)
    writer = office or deciders.own_office(request.user) or deciders.offices(request.user).first()
    writer = writer or Unit.objects.filter(kind=UnitKind.PROVINCE).order_by("code").first()
    if writer is None:
        return {}
    texts = {name: str(form[name].value() or "") for name in drafting.TEXTS}
    begun = drafting.begin(
        office=writer, kind=kind, about=about, incident=facts.incident_of(about), template=texts
    )  # fmt: skip
    columns = {name: content.label(LetterTemplate, name) for name in drafting.TEXTS}
    source = facts.source(about, kind)
    known = sorted({**drafting.general(writer, begun.values["relation"]), **(source.facts(about) if source else {})})
    return {
        "preview": [(columns[name], name.endswith("_en"), begun.values[name]) for name in drafting.TEXTS],
        "unknown": begun.unknown,
        "empty": begun.empty,
        "known": [name for name in known if name != "map_svg"],
        "about": about,
    }
