"""The page of a letter: its paper as it will be printed, what is still open, its steps, its history."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.choices_answers import LetterDirection, LetterKind, LetterState
from incidents.letters import content, deciders, facts, forms, papers, workflow
from incidents.models import Incident, Letter
from units import policy
from units.models import Unit

HISTORY = 60


@dataclass(frozen=True)
class Act:
    """A step on the page of a letter: its verb, its form, and the words around it."""

    verb: str
    form: Callable[..., Any]
    title: Any
    button: Any
    done: Any
    explained: Any = ""


# By the last word of the address.
ACTS: dict[str, Act] = {
    "number": Act(
        "number_letter", forms.EmptyForm, gettext_lazy("Give it a number"), gettext_lazy("Take the next number"),
        gettext_lazy("The letter has its number; print it and have it signed."),
        gettext_lazy("The number is taken from the register for good. After that the text can no longer be changed."),
    ),
    "sign": Act(
        "sign_letter", forms.SignForm, gettext_lazy("Sign"), gettext_lazy("Sign the letter"),
        gettext_lazy("The letter is signed; its PDF is sealed."),
        gettext_lazy("The PDF is drawn once, sealed and known by its SHA-256 from then on."),
    ),
    "send": Act(
        "send_letter", forms.EmptyForm, gettext_lazy("Send"), gettext_lazy("Put on record that it is sent"),
        gettext_lazy("The letter is sent; the offices of this system are told."),
        gettext_lazy("Offices of this system see it from then on. A sent letter is withdrawn by another letter only."),
    ),
    "void": Act(
        "void_letter", forms.VoidForm, gettext_lazy("Make it void"), gettext_lazy("Make the number void"),
        gettext_lazy("The letter is void; its number stays in the register."),
    ),
    "discard": Act(
        "discard_letter", forms.EmptyForm, gettext_lazy("Discard the draft"), gettext_lazy("Discard"),
        gettext_lazy("The draft is discarded; what it said stays on record."),
    ),
}  # fmt: skip

NEXT: dict[str, Any] = {
    LetterState.DRAFT: gettext_lazy("Complete the draft, then give it a number."),
    LetterState.NUMBERED: gettext_lazy("Print it, have it signed, and put the signature on record."),
    LetterState.SIGNED: gettext_lazy("Send it, and put on record that it is sent."),
    LetterState.SENT: gettext_lazy("Nothing; it is sent."),
    LetterState.RECEIVED: gettext_lazy("Nothing; it is entered."),
    LetterState.VOID: gettext_lazy("Nothing; the number is void."),
}


def visible(request: SignedIn, pk: int) -> Letter:
    """The letter when the person sees it, else 404."""
    rows = Letter.objects.visible_to(request.user).select_related(
        "office__parent", "template", "incident", "drafted_by", "signed_by", "voided_by", "original__office"
    )
    return get_object_or_404(rows, pk=pk)


def may(user: Any, letter: Letter, verb: str) -> bool:
    """Whether the person may do the verb, whatever the letter's state."""
    if verb in ("edit_letter", "discard_letter"):
        return deciders.may_write(user, letter.office)
    if verb == "void_letter" and letter.direction == LetterDirection.INCOMING:
        return deciders.may_write(user, letter.office)
    return deciders.may_sign(user, letter.office)


@require_safe
@login_required
def detail(request: SignedIn, pk: int) -> HttpResponse:
    """The letter with everything about it."""
    return _page(request, visible(request, pk), {})


@require_POST
@login_required
def step(request: SignedIn, pk: int, name: str) -> HttpResponse:
    """One of the steps in `ACTS`: check the form, call the verb, answer."""
    letter, act = visible(request, pk), ACTS[name]
    _demand(request, letter, act.verb)
    form = act.form(request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        try:
            getattr(actions, act.verb)(
                actor=request.user, letter=letter, **form.cleaned_data, **_drawn(request, form, letter, act)
            )
        except ValidationError as error:
            refused_by_verb(form, _worded(error))
        else:
            messages.success(request, act.done)
            if act.verb == "discard_letter":
                return redirect("letters:register")
            return redirect(letter)
    # The verb may have touched the row in memory before it refused.
    return _page(request, visible(request, pk), {name: form})


def _drawn(request: SignedIn, form: BaseForm, letter: Letter, act: Act) -> dict[str, Any]:
    """What takes its time is done before the verb's transaction: the paper a signature seals."""
    if act.verb != "sign_letter" or not workflow.allowed(act.verb, letter.state):
        return {}
    return {"drawn": papers.to_sign(letter, by=request.user, **form.cleaned_data)}


def _demand(request: SignedIn, letter: Letter, verb: str) -> None:
    """Refuse who may not before the form is looked at, as the verb would."""
    if verb in ("edit_letter", "discard_letter") or (
        verb == "void_letter" and letter.direction == LetterDirection.INCOMING
    ):
        deciders.demand_to_write(request.user, letter.office)
    else:
        deciders.demand_to_sign(request.user, letter.office)
    if verb == "sign_letter" and (why := _not_the_signer(request, letter)):
        raise PermissionDenied(why)


def _not_the_signer(request: SignedIn, letter: Letter) -> str:
    if letter.kind == LetterKind.PROTEST_NOTE and letter.drafted_by_id == request.user.pk:
        return _("A protest note is signed by another person than the one who drafted it.")
    return ""


def _worded(error: ValidationError) -> ValidationError:
    """Refusals of fields the form does not have, with the field's name before them."""
    by_field = getattr(error, "error_dict", None)
    if not by_field:
        return error
    columns = {field.name: field for field in Letter._meta.get_fields() if hasattr(field, "verbose_name")}
    lines = []
    for name, errors in by_field.items():
        label = str(columns[name].verbose_name) if name in columns else ""
        for one in errors:
            lines += [f"{label}: {message}" if label else message for message in one.messages]
    return error if set(by_field) <= {"reason"} else ValidationError(lines)


def _page(request: SignedIn, letter: Letter, refused: dict[str, BaseForm]) -> HttpResponse:
    user, outgoing = request.user, letter.direction == LetterDirection.OUTGOING
    acts = [
        (name, act, refused.get(name) or act.form(auto_id=f"{name}-%s", initial=_initial(request, letter, name)))
        for name, act in ACTS.items()
        if workflow.allowed(act.verb, letter.state) and may(user, letter, act.verb) and _offered(request, letter, name)
    ]
    incident = letter.incident
    sees = incident is not None and Incident.objects.visible_to(user).filter(pk=incident.pk).exists()
    context = {
        "letter": letter,
        "paper": papers.paper(letter) if outgoing else None,
        "outgoing": outgoing,
        "incident": incident if sees else None,
        "about": _about(request, letter),
        "still_open": content.still_open(letter) if letter.state == LetterState.DRAFT else [],
        "next": NEXT[letter.state],
        "acts": acts,
        "may_edit": letter.state == LetterState.DRAFT and may(user, letter, "edit_letter"),
        "addressed": list(letter.to_units.order_by("code")),
        "entries": list(
            Letter.objects.visible_to(user).filter(original=letter).select_related("office").order_by("pk")
        ),
        "enter": _enter_form(request, letter),
        "history": _history(user, letter),
        "fingerprint": " ".join(letter.pdf_sha256[i : i + 4] for i in range(0, 16, 4)) if letter.pdf_sha256 else "",
        "not_signer": _not_the_signer(request, letter) if letter.state == LetterState.NUMBERED else "",
        # A step that the state no longer allows has no form on the page to show its refusal at.
        "refused": [form for name, form in refused.items() if name not in {one for one, _act, _form in acts}],
    }
    return render(request, "letters/detail.html", context, status=422 if refused else 200)


def _offered(request: SignedIn, letter: Letter, name: str) -> bool:
    return name != "sign" or not _not_the_signer(request, letter)


def _about(request: SignedIn, letter: Letter) -> tuple[str, str] | None:
    if not letter.about_kind or letter.about_kind == "incident":
        return None
    return facts.label(request.user, letter.about_kind, letter.about_key)


def _history(user: Any, letter: Letter) -> list[AuditEntry]:
    """The steps of the letter, for those who look over its office; how it came about is no business of addressees."""
    if letter.office_id not in policy.unit_ids(user, policy.VIEW):
        return []
    return list(AuditEntry.objects.filter(kind="letter", key=str(letter.pk)).order_by("-pk")[:HISTORY])


def _initial(request: SignedIn, letter: Letter, name: str) -> dict[str, Any]:
    if name != "sign":
        return {}
    return {
        "signer_title_km": letter.signer_title_km,
        "signer_name_km": letter.signer_name_km or request.user.name_km or request.user.get_full_name(),
    }


def entering_offices(user: Any, letter: Letter) -> Any:
    """The offices this letter was sent to for which the person enters what arrives and has not done so yet."""
    if letter.state != LetterState.SENT or letter.direction != LetterDirection.OUTGOING:
        return Unit.objects.none()
    entered = Letter.objects.filter(original=letter).values("office")
    return deciders.offices(user).filter(pk__in=letter.to_units.values("pk")).exclude(pk__in=entered)


def _enter_form(request: SignedIn, letter: Letter) -> Any:
    offices = entering_offices(request.user, letter)
    return forms.EnterForm(offices=offices, auto_id="enter-%s") if offices.exists() else None
