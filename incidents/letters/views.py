"""Beginning a letter and writing in its draft."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.choices_answers import LetterKind, LetterState
from incidents.letters import content, deciders, drafting, facts, forms
from incidents.letters.pages import visible
from incidents.models import Incident, Letter
from units.models import Audited, Unit


def _demand_any_office(user: Any) -> None:
    if not deciders.offices(user).exists():
        raise PermissionDenied(_("Your posting does not let you write letters of any office."))


def _about(request: SignedIn, text: str) -> Audited | None:
    """The object named as kind:key, when the person sees it; ValidationError otherwise."""
    if not text:
        return None
    kind, _colon, key = text.partition(":")
    found = facts.find(request.user, kind, key)
    if found is None:
        raise ValidationError({"about": _("What the letter is to be about is not there, or you may not see it.")})
    return found  # type: ignore[no-any-return]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn) -> HttpResponse:
    """Which letter, from which office, about what; then the draft is filled by the template in use."""
    _demand_any_office(request.user)
    if request.method == "POST":
        return _begin(request)
    asked = {name: request.GET.get(name, "") for name in ("kind", "about", "incident", "office")}
    initial: dict[str, Any] = {name: value for name, value in asked.items() if value}
    if not asked["office"] and (own := deciders.own_office(request.user)):
        initial["office"] = own.code
    form = forms.NewForm(user=request.user, initial=initial)
    try:
        about = _about(request, asked["about"])
    except ValidationError:
        about = None
        form.initial.pop("about", None)
    return render(request, "letters/new.html", {"form": form, "about": about, **_foreseen(request, form, about)})


def _foreseen(request: SignedIn, form: forms.NewForm, about: Any) -> dict[str, Any]:
    """What the draft will lack, when it is known already what it is about."""
    kind = form.initial.get("kind", "")
    office = deciders.offices(request.user).filter(code=form.initial.get("office", "")).first()
    if about is None or office is None or kind not in LetterKind.values:
        return {}
    template = drafting.template_for(kind, office)
    begun = drafting.begin(
        office=office, kind=kind, about=about, incident=_incident(about), template=template
    )  # fmt: skip
    return {"foreseen": begun, "template": template}


def _incident(about: Any) -> Incident | None:
    return facts.incident_of(about)


def _begin(request: SignedIn) -> HttpResponse:
    form = forms.NewForm(request.POST, user=request.user)
    about = None
    try:
        about = _about(request, request.POST.get("about", ""))
        if form.is_valid():
            data = form.cleaned_data
            office: Unit = data["office"]
            letter = actions.draft_letter(
                actor=request.user, office=office, kind=data["kind"], about=about or data["incident"],
                incident=data["incident"],
            )  # fmt: skip
            messages.success(request, _("The draft is begun; complete it."))
            return redirect("letters:edit", pk=letter.pk)
    except ValidationError as error:
        refused_by_verb(form, error)
    return render(request, "letters/new.html", {"form": form, "about": about}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """Write in a draft; everything typed is kept when it is refused."""
    letter = visible(request, pk)
    deciders.demand_to_write(request.user, letter.office)
    if letter.state != LetterState.DRAFT:
        messages.warning(request, _("The letter has its number; its text can no longer be changed."))
        return redirect(letter)
    if request.method != "POST":
        return _edit_page(request, letter, forms.LetterForm(user=request.user, letter=letter))
    form = forms.LetterForm(request.POST, user=request.user, letter=letter)
    if form.is_valid():
        data = {**form.cleaned_data, "to_units": list(form.cleaned_data["to_units"])}
        try:
            actions.edit_letter(actor=request.user, letter=letter, **data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The draft is saved."))
            return redirect(letter)
    return _edit_page(request, letter, form, status=422)


def _edit_page(request: SignedIn, letter: Letter, form: forms.LetterForm, status: int = 200) -> HttpResponse:
    context = {
        "letter": letter,
        "form": form,
        "still_open": content.still_open(letter),
        "changed": any(error.code == "changed" for error in form.non_field_errors().as_data()),
        # So that whoever saves after somebody else has both before him, and saving again is a decision.
        "fingerprint": content.fingerprint(letter),
    }
    return render(request, "letters/edit.html", context, status=status)
