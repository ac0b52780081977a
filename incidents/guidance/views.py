"""Pages of guidance: the list with what waits for the reader first, a thread with its forms, a new one (duty D10)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
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
from borderwatch.models import Delivery
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions, kept_files
from incidents.choices import Status
from incidents.choices_answers import InstructionState, Precedence
from incidents.clocks.explain import explain
from incidents.guidance import forms, rules, workflow
from incidents.guidance.filters import GuidanceFilter
from incidents.models import Incident, Instruction, InstructionFile, InstructionStep
from units import policy
from units.actions import Clash
from units.models import Province, Unit


@dataclass(frozen=True)
class Act:
    """A step somebody may take on the page of a thread: its verb, its form, and the words around it."""

    verb: str
    form: Callable[..., Any]
    title: Any
    button: Any
    done: Any
    explained: Any = ""


# By the last word of the address.
ACTS: dict[str, Act] = {
    "acknowledge": Act(
        "acknowledge_instruction", forms.AcknowledgeForm, gettext_lazy("Acknowledge"), gettext_lazy("Acknowledge"),
        gettext_lazy("Acknowledged. It is now to be carried out; the clock runs on."),
        gettext_lazy("You say that it has arrived and is being carried out."),
    ),
    "done": Act(
        "report_instruction_done", forms.DoneForm, gettext_lazy("Report it done"), gettext_lazy("Report it done"),
        gettext_lazy("Reported. The clock stands; the institution judges."),
        gettext_lazy("With a photo or a paper that shows it, or at least in words. It is kept as it is."),
    ),
    "ask": Act(
        "ask_back", forms.AskForm, gettext_lazy("Ask back"), gettext_lazy("Send the question"),
        gettext_lazy("Your question is with the institution; until it answers the clock stands still."),
        gettext_lazy("Until the institution answers nothing is due."),
    ),
    "answer": Act(
        "answer_question", forms.AnswerForm, gettext_lazy("Answer the question"), gettext_lazy("Send the answer"),
        gettext_lazy("Answered. The clock of who carries it out runs on."),
        gettext_lazy("With your answer the time of who carries it out runs on."),
    ),
    "adequate": Act(
        "find_adequate", forms.AdequateForm, gettext_lazy("Find it adequate"), gettext_lazy("It is adequate"),
        gettext_lazy("Found adequate; the guidance is at its end."),
    ),
    "wanting": Act(
        "find_wanting", forms.WantingForm, gettext_lazy("Find it wanting"), gettext_lazy("It is not enough"),
        gettext_lazy("Found wanting; it goes back with the time you gave."),
        gettext_lazy("It goes back to who carries it out, with your words and new time."),
    ),
    "withdraw": Act(
        "withdraw_instruction", forms.WithdrawForm, gettext_lazy("Withdraw it"), gettext_lazy("Withdraw"),
        gettext_lazy("Withdrawn; nothing is owed any more."),
    ),
}  # fmt: skip

# What comes next in each state, and whose it is.
NEXT: dict[str, Any] = {
    InstructionState.ISSUED: gettext_lazy("Who carries it out acknowledges it, or asks back."),
    InstructionState.QUESTIONED: gettext_lazy("The institution answers the question; meanwhile the clock stands."),
    InstructionState.ACKNOWLEDGED: gettext_lazy("It is carried out and reported done, with proof."),
    InstructionState.DONE: gettext_lazy("A second person of the institution finds it adequate or wanting."),
    InstructionState.ADEQUATE: gettext_lazy("Nothing; it was carried out and found adequate."),
    InstructionState.WITHDRAWN: gettext_lazy("Nothing; the institution has withdrawn it."),
}


# --- the list -------------------------------------------------------------------------------------------------


@require_safe
@login_required
def guidance_list(request: SignedIn) -> HttpResponse:
    """What waits for the reader, then all guidance he may see, the latest first."""
    visible = Instruction.objects.visible_to(request.user)
    names = ("incident__province", "incident__district", "from_unit", "to_unit")
    questions = GuidanceFilter(request.GET, queryset=visible.select_related(*names), request=request)
    asked = sum(1 for name in questions.filters if name != "side" and request.GET.get(name))
    page = pages.keyset(questions.qs, moment="issued_at", asked=request.GET)
    side = request.GET.get("side", "")
    context = {
        "page": page,
        "filter": questions,
        "asked": asked,
        "side": side,
        "waiting": [] if asked or side or page.newest else _waiting(request, names),
        "selects": _selects(request),
        "tabs": [("", _("All")), ("owed", _("Owed by us")), ("given", _("Given by us"))],
    }
    return render(request, "guidance/list.html", context)


def _waiting(request: SignedIn, names: tuple[str, ...]) -> list[Instruction]:
    """What this person may carry out, judge or answer now."""
    user = request.user
    found: list[Instruction] = []
    if policy.unit_ids(user, policy.FILE):
        found += rules.to_carry_out(user).select_related(*names)
    if policy.unit_ids(user, policy.REVIEW):
        found += [*rules.to_answer(user).select_related(*names), *rules.to_judge(user).select_related(*names)]
    return found


def _selects(request: SignedIn) -> list[tuple[str, Any, list[tuple[Any, Any]], str]]:
    """The filters with a closed list, each as (name, label, choices, what was chosen)."""
    seen = Instruction.objects.visible_to(request.user).order_by()
    givers = Unit.objects.visible_to(request.user).filter(pk__in=seen.values("from_unit"))  # type: ignore[attr-defined]
    provinces = Province.objects.exclude(neighbours=[]).order_by("code")
    lists: list[tuple[str, Any, list[tuple[Any, Any]]]] = [
        ("state", _("State"), list(InstructionState.choices)),
        ("overdue", _("Deadline"), [("true", _("overdue")), ("false", _("not overdue"))]),
        ("precedence", _("How urgent"), list(Precedence.choices)),
        ("from_unit", _("Institution"), [(unit.code, unit.name) for unit in givers.order_by("code")]),
        ("province", _("Province"), [(row.code, row.name) for row in provinces]),
    ]
    return [(name, label, choices, request.GET.get(name, "")) for name, label, choices in lists]


# --- a new one ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn, ref: str) -> HttpResponse:
    """The form by which an institution instructs; a refused one comes back with everything typed."""
    incidents = Incident.objects.visible_to(request.user).with_names()
    incident: Incident = get_object_or_404(incidents, ref=ref.upper())
    if not rules.instructing_units(request.user, incident):
        raise PermissionDenied(policy.nothing_here())
    if request.method != "POST":
        return _form_page(request, incident, forms.InstructForm(user=request.user, incident=incident))
    form = forms.InstructForm(request.POST, user=request.user, incident=incident)
    if form.is_valid():
        try:
            row = actions.instruct(actor=request.user, incident=incident, **form.given())
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The guidance is issued; who carries it out is told."))
            return redirect(row)
    return _form_page(request, incident, form)


def _form_page(request: SignedIn, incident: Incident, form: forms.InstructForm) -> HttpResponse:
    earlier = Instruction.objects.visible_to(request.user).filter(incident=incident)
    context = {
        "incident": incident,
        "form": form,
        "closed": incident.status == Status.CLOSED,
        "earlier": earlier.select_related("from_unit", "to_unit").order_by("-number"),
    }
    return render(request, "guidance/new.html", context, status=422 if form.is_bound else 200)


# --- one thread -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A step as the page shows it; `late` is None for steps that had no deadline to meet."""

    row: InstructionStep
    title: str
    late: bool | None
    files: list[tuple[InstructionFile, bool]]


@require_safe
@login_required
def detail(request: SignedIn, ref: str) -> HttpResponse:
    """What is to be done, by when and why then, what has been done, and what this person may do now."""
    return _page(request, _visible(request, ref))


@require_POST
@login_required
def step(request: SignedIn, ref: str, name: str) -> HttpResponse:
    """One of the steps in `ACTS`: check the form, call the verb, answer."""
    row, act = _visible(request, ref), ACTS[name]
    _demand(request, act.verb, row)
    form = _form(name, request.POST, request.FILES)
    if form.is_valid():
        try:
            getattr(actions, act.verb)(actor=request.user, instruction=row, **form.cleaned_data)
        except Clash as clash:
            data = request.POST.copy()
            data["client_key"] = str(uuid.uuid4())
            form = _form(name, data, request.FILES)
            form.full_clean()
            refused_by_verb(form, clash)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, act.done)
            return redirect(row)
    return _page(request, row, {name: form})


def _demand(request: SignedIn, verb: str, row: Instruction) -> None:
    """Refuse who may not before the form is looked at, as the verb would: 403 whatever was sent."""
    if not rules.holds(request.user, verb, row):
        raise PermissionDenied(policy.nothing_here())
    judges = workflow.RIGHTS.get(verb) == "judge_instruction" and workflow.allowed(verb, row.state)
    if judges and (why := rules.judging_refusal(request.user, row)):
        raise PermissionDenied(why)


def _page(request: SignedIn, row: Instruction, refused: dict[str, BaseForm] | None = None) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost."""
    refused = refused or {}
    verbs = rules.verbs_open_to(request.user, row)
    acts = [
        (name, act, refused.get(name) or _form(name))
        for name, act in ACTS.items()
        if act.verb in verbs or name in refused
    ]
    planned = Delivery.objects.filter(bundle=row.bundle, state=Delivery.State.PENDING)
    context = {
        "row": row,
        "incident": row.incident,
        "lines": _lines(row),
        "next": NEXT[row.state],
        "mine": any(act.verb in verbs for name, act in ACTS.items() if name != "withdraw"),
        "explained": explain(row.clock),
        "reminders": sorted(set(planned.values_list("planned_at", flat=True))),
        "acts": acts,
        "second_person": _second_person(request, row),
        "refused": refused,
    }
    return render(request, "guidance/detail.html", context, status=422 if refused else 200)


def _second_person(request: SignedIn, row: Instruction) -> str:
    """Why one of the institution may not judge it, "" for others: he reported it done himself."""
    judges = row.state == InstructionState.DONE and rules.holds(request.user, "find_adequate", row)
    return rules.judging_refusal(request.user, row) if judges else ""


def _lines(row: Instruction) -> list[Line]:
    """The steps in order; what is carried out in time or late is measured against the deadline that stood before."""
    found: list[Line] = []
    due: datetime | None = None
    for one in row.steps.order_by("number").prefetch_related("files"):
        owed = one.verb == "report_instruction_done"
        late = one.at > due if owed and due is not None else None
        files = [(file, kept_files.is_photo(file)) for file in one.files.all()]
        found.append(Line(one, workflow.step_label(one.verb), late, files))
        due = one.due_after
    return found


def _form(name: str, *given: Any) -> Any:
    return ACTS[name].form(*given, auto_id=f"{name}-%s")


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def file(request: SignedIn, ref: str, pk: int) -> FileResponse:
    """Proof given with a step one sees: a photo's copy to look at with ?display=1, else to be saved as it came."""
    row = get_object_or_404(InstructionFile, step__instruction=_visible(request, ref), pk=pk)
    return kept_files.look_at(row) if "display" in request.GET else kept_files.hand_out(row)


def _visible(request: SignedIn, ref: str) -> Instruction:
    rows = Instruction.objects.visible_to(request.user).select_related(
        "incident__province", "incident__district", "from_unit", "to_unit", "clock__hours_of", "issued_by"
    )
    found: Instruction = get_object_or_404(rows.prefetch_related("clock__events"), ref=ref.upper())
    return found
