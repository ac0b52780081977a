"""Protests: the list, drafting, the dossier of one, and its steps (duty D10)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import pages
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.choices_answers import ProtestState
from incidents.models import Counterpart, Incident, Protest, ProtestEvidence
from incidents.protests import dossier, evidence, forms, rules, workflow
from incidents.protests.filters import ProtestFilter
from units import policy
from units.choices import Neighbour

RELATED = (
    "incident__province", "incident__district", "incident__responsible_unit", "incident__filed_for",
    "incident__near_marker", "office", "counterpart", "section", "renews", "drafted_by", "checked_by", "signed_by",
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """A step somebody may do on the page of a protest: its verb, its form, and the words around it."""

    verb: str
    form: Callable[..., Any]
    title: Any
    button: Any
    done: Any
    explained: Any = ""


# By the last word of the address; signing has a page of its own.
ACTS: dict[str, Act] = {
    "evidence": Act(
        "add_protest_evidence", forms.EvidenceForm, gettext_lazy("Add evidence"), gettext_lazy("Put on the list"),
        gettext_lazy("The evidence list has grown."),
        gettext_lazy("Each piece is named by its SHA-256. The list is frozen when the note is signed."),
    ),
    "submit": Act(
        "submit_protest", forms.NoteForm, gettext_lazy("Submit to the legal check"), gettext_lazy("Submit"),
        gettext_lazy("The draft is with the legal check."),
        gettext_lazy("Another person checks that the law was in force on the incident's day."),
    ),
    "check": Act(
        "pass_legal_check", forms.NoteForm, gettext_lazy("Pass the legal check"), gettext_lazy("The law is right"),
        gettext_lazy("The legal check is passed; the deputy or head signs."),
    ),
    "back": Act(
        "send_protest_back", forms.ReasonForm, gettext_lazy("Send back to the drafter"), gettext_lazy("Send back"),
        gettext_lazy("It is back with the drafter."),
    ),
    "send": Act(
        "send_protest", forms.SendForm, gettext_lazy("Put the dispatch on record"), gettext_lazy("It was sent"),
        gettext_lazy("The note is on record as sent; the reply is awaited."),
        gettext_lazy("The number is that of the signed letter about this protest."),
    ),
    "reply": Act(
        "file_reply", forms.ReplyForm, gettext_lazy("File the reply"), gettext_lazy("File it"),
        gettext_lazy("The reply is on file."),
    ),
    "close": Act(
        "close_protest", forms.OptionalReasonForm, gettext_lazy("Close the protest"), gettext_lazy("Close"),
        gettext_lazy("The protest is closed."),
        gettext_lazy("Without a reply a reason is needed, and it stays on record as unanswered."),
    ),
    "renew": Act(
        "renew_protest", forms.ReasonForm, gettext_lazy("Renew the protest"), gettext_lazy("Draft a further note"),
        gettext_lazy("A further note is drafted; it renews the former one."),
        gettext_lazy("Text, law and evidence are taken over into a new draft."),
    ),
    "abandon": Act(
        "abandon_protest", forms.ReasonForm, gettext_lazy("Abandon the protest"), gettext_lazy("Abandon"),
        gettext_lazy("The protest is not pursued."),
    ),
}  # fmt: skip


# --- the list -------------------------------------------------------------------------------------------------


@require_safe
@login_required
def protest_list(request: SignedIn) -> HttpResponse:
    """What the reader may see, newest first."""
    visible = Protest.objects.visible_to(request.user)
    rows = visible.select_related("counterpart", "office", "section", "incident__province", "incident__district")
    questions = ProtestFilter(request.GET, queryset=rows, request=request)
    today = rules.today_here()
    page = pages.keyset(questions.qs, moment="drafted_at", asked=request.GET)
    context = {
        "page": page,
        "lines": [(row, rules.overdue(row, today), dossier.end_of_reply(row)) for row in page.rows],
        "filter": questions,
        "asked": sum(1 for name in questions.filters if request.GET.get(name)),
        "selects": _selects(request, visible),
        "overdue": request.GET.get("overdue") == "true",
    }
    return render(request, "protests/list.html", context)


def _selects(request: SignedIn, visible: Any) -> list[tuple[str, Any, list[tuple[Any, Any]], str]]:
    """The filters with a closed list, each as (name, label, choices, what was chosen)."""
    used = Counterpart.objects.filter(pk__in=visible.order_by().values("counterpart")).order_by("country", "slug")
    lists: list[tuple[str, Any, list[tuple[Any, Any]]]] = [
        ("state", _("State"), list(ProtestState.choices)),
        ("country", _("Country"), list(Neighbour.choices)),
        ("counterpart", _("Counterpart"), [(one.slug, one.name) for one in used]),
    ]
    return [(name, label, choices, request.GET.get(name, "")) for name, label, choices in lists]


# --- drafting -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn, ref: str) -> HttpResponse:
    """Draft a protest about an incident the person sees, for an institution that was asked about it."""
    rows = Incident.objects.visible_to(request.user).with_names().select_related("near_marker")
    incident = get_object_or_404(rows, ref=ref.upper())
    offices = rules.offices_of(request.user, incident)
    if not offices:
        raise PermissionDenied(_("Only an institution that was asked about this incident protests."))
    posted = request.method == "POST"
    more: dict[str, Any] = {"incident": incident, "user": request.user, "offices": offices}
    form = (
        forms.DraftForm(request.POST, **more)
        if posted
        else forms.DraftForm(initial=forms.first_values(incident), **more)
    )
    if posted and form.is_valid():
        try:
            protest = actions.draft_protest(actor=request.user, incident=incident, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The protest is drafted. Add the evidence, then submit it."))
            return redirect(protest)
    return _drafting(request, form, incident)


def _drafting(request: SignedIn, form: Any, incident: Incident, protest: Protest | None = None) -> HttpResponse:
    context = {"form": form, "incident": incident, "protest": protest, "engaged": rules.engaged(incident)}
    return render(request, "protests/draft.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: SignedIn, ref: str) -> HttpResponse:
    """Change a draft."""
    protest = _visible(request, ref)
    policy.demand(request.user, workflow.ASKS["edit_protest"], [protest.office_id])
    if request.method != "POST" and not workflow.allowed("edit_protest", protest.state):
        messages.info(request, _("Only a draft can be changed."))
        return redirect(protest)
    more: dict[str, Any] = {"incident": protest.incident, "user": request.user}
    posted = request.method == "POST"
    form = (
        forms.DraftForm(request.POST, **more) if posted else forms.DraftForm(initial=forms.values_of(protest), **more)
    )
    if posted and form.is_valid():
        try:
            actions.edit_protest(actor=request.user, protest=protest, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The draft is changed."))
            return redirect(protest)
    return _drafting(request, form, protest.incident, protest)


# --- one dossier ----------------------------------------------------------------------------------------------


def _visible(request: SignedIn, ref: str) -> Protest:
    rows = Protest.objects.visible_to(request.user).select_related(*RELATED)
    found: Protest = get_object_or_404(rows, ref=ref.upper())
    return found


@require_safe
@login_required
def detail(request: SignedIn, ref: str) -> HttpResponse:
    """Facts, law, evidence, chronology, map, steps, letters, the reply, and what this person may do now."""
    return _page(request, _visible(request, ref))


def _page(request: SignedIn, protest: Protest, refused: dict[str, BaseForm] | None = None) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost."""
    refused = refused or {}
    verbs = rules.verbs_open_to(request.user, protest)
    acts = [
        (name, act, refused.get(name) or _form(request, protest, name))
        for name, act in ACTS.items()
        if act.verb in verbs or name in refused
    ]
    context = {**dossier.context(request.user, protest, verbs), "acts": acts, "verbs": verbs, "refused": refused}
    return render(request, "protests/detail.html", context, status=422 if refused else 200)


def _form(request: SignedIn, protest: Protest, name: str, *given: Any) -> Any:
    more: dict[str, Any] = {"auto_id": f"{name}-%s"}
    if name == "evidence":
        more["offered"] = evidence.offered(request.user, protest)
    return ACTS[name].form(*given, **more)


def _demand(request: SignedIn, verb: str, protest: Protest) -> None:
    """Refuse who may not before the form is looked at, as the verb would: 403 whatever was sent."""
    policy.demand(request.user, workflow.ASKS[verb], [protest.office_id])
    if verb == "pass_legal_check" and (why := rules.checking_refusal(request.user, protest)):
        raise PermissionDenied(why)


@require_POST
@login_required
def step(request: SignedIn, ref: str, name: str) -> HttpResponse:
    """One of the steps in `ACTS`: check the form, call the verb, answer."""
    protest, act = _visible(request, ref), ACTS[name]
    _demand(request, act.verb, protest)
    form = _form(request, protest, name, request.POST, request.FILES)
    if form.is_valid():
        try:
            done = getattr(actions, act.verb)(actor=request.user, protest=protest, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, act.done)
            return redirect(done if isinstance(done, Protest) else protest)
    return _page(request, protest, {name: form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sign(request: SignedIn, ref: str) -> HttpResponse:
    """All that is signed on one page, to be looked over; a POST signs."""
    protest = _visible(request, ref)
    policy.demand(request.user, workflow.ASKS["sign_protest"], [protest.office_id])
    allowed = workflow.allowed("sign_protest", protest.state)
    if allowed and (why := rules.signing_refusal(request.user, protest)):
        raise PermissionDenied(why)
    if not allowed and request.method != "POST":
        messages.info(request, _("This protest does not wait for a signature."))
        return redirect(protest)
    form = forms.NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_protest(actor=request.user, protest=protest, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The protest is signed; text, law and evidence stand."))
            return redirect(protest)
    context = {**dossier.context(request.user, protest, frozenset()), "form": form}
    return render(request, "protests/sign.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def remove_evidence(request: SignedIn, ref: str, number: int) -> HttpResponse:
    """Take a piece off the list of a draft."""
    protest = _visible(request, ref)
    policy.demand(request.user, workflow.ASKS["remove_protest_evidence"], [protest.office_id])
    try:
        actions.remove_protest_evidence(actor=request.user, protest=protest, number=number)
    except ValidationError as error:
        for words in error.messages:
            messages.error(request, words)
    else:
        messages.success(request, _("The piece is off the list."))
    return redirect(f"{protest.get_absolute_url()}#h-evidence")


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def file(request: SignedIn, ref: str, number: int) -> FileResponse:
    """A piece of evidence of a protest one sees, to be saved."""
    row = get_object_or_404(ProtestEvidence, protest=_visible(request, ref), number=number)
    return dossier.hand_out(row)
