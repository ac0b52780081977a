"""Accountability cases: the list with what waits for the reader first, the page of one, and its steps (duty D2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, Prefetch, Q
from django.forms import BaseForm
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from borderwatch import pages
from borderwatch.models import Delivery
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions, case_workflow, cases, conflicts
from incidents import forms_cases as forms
from incidents.choices import CaseState, Outcome
from incidents.filters_cases import CaseFilter
from incidents.models import AccountabilityCase, Attachment, CaseStep, Incident
from incidents.views import files
from units import policy
from units.models import Patrol, Unit, User

# Patrols so near in time to the event are offered as proof.
PATROL_DAYS = 30
PATROLS_MOST = 40


@dataclass(frozen=True)
class Act:
    """A step somebody may do on the page of a case: its verb, its form, and the words around it."""

    verb: str
    form: Callable[..., Any]
    title: Any
    button: Any
    done: Any
    explained: Any = ""


# By the last word of the address.
ACTS: dict[str, Act] = {
    "notify": Act(
        "notify_head", forms.NotifyForm, gettext_lazy("Notify the head"), gettext_lazy("Notify"),
        gettext_lazy("The head is notified; the time to explain runs."),
        gettext_lazy("The head then sees this page, and the time to explain begins."),
    ),
    "explain": Act(
        "explain", forms.ExplainForm, gettext_lazy("Explain"), gettext_lazy("Send the explanation"),
        gettext_lazy("Your explanation is on record; the reviewers are told."),
        gettext_lazy("What you send is kept as it is and cannot be changed afterwards."),
    ),
    "review": Act(
        "take_to_review", forms.ReviewForm, gettext_lazy("Take to review"), gettext_lazy("Take to review"),
        gettext_lazy("The case is under review."),
    ),
    "rule": Act(
        "rule_case", forms.RuleForm, gettext_lazy("Rule on the case"), gettext_lazy("Put the ruling on record"),
        gettext_lazy("The ruling is on record; the head and the unit are told."),
    ),
    "appeal": Act(
        "appeal", forms.AppealForm, gettext_lazy("Appeal"), gettext_lazy("Send the appeal"),
        gettext_lazy("Your appeal is on record; the level above decides."),
        gettext_lazy("The level above the first ruling decides anew, and never the same person."),
    ),
    "decide": Act(
        "decide_appeal", forms.RuleForm, gettext_lazy("Decide the appeal"), gettext_lazy("Put the decision on record"),
        gettext_lazy("The decision is on record; the head and the unit are told."),
        gettext_lazy("Choose the ruling that stands from now on, the first one or another."),
    ),
    "close": Act(
        "close_case", forms.CloseCaseForm, gettext_lazy("Close the case"), gettext_lazy("Close"),
        gettext_lazy("The case is closed."),
    ),
    "withdraw": Act(
        "withdraw_case", forms.WithdrawCaseForm, gettext_lazy("Withdraw the case"), gettext_lazy("Withdraw"),
        gettext_lazy("The case is withdrawn."),
    ),
}  # fmt: skip

# What comes next in each state, and whose it is.
NEXT: dict[str, Any] = {
    CaseState.OPENED: gettext_lazy("A reviewer above the unit notifies the head."),
    CaseState.NOTIFIED: gettext_lazy("The head explains."),
    CaseState.EXPLAINED: gettext_lazy("A reviewer above the unit takes the explanation to review."),
    CaseState.REVIEW: gettext_lazy("A reviewer above the unit rules."),
    CaseState.RULED: gettext_lazy("The head may appeal. Without an appeal the case is closed when the time is over."),
    CaseState.APPEALED: gettext_lazy("The level above the first ruling decides the appeal."),
    CaseState.CLOSED: gettext_lazy("Nothing; the case is closed."),
}


# --- the list -------------------------------------------------------------------------------------------------


@require_safe
@login_required
def case_list(request: SignedIn) -> HttpResponse:
    """What waits for the reader, then every case he may see, newest first."""
    visible = AccountabilityCase.objects.visible_to(request.user)
    questions = CaseFilter(request.GET, queryset=visible.with_names(), request=request)
    asked = sum(1 for name in questions.filters if request.GET.get(name))
    page = pages.keyset(questions.qs, moment="opened_at", asked=request.GET)
    first = not asked and not page.newest
    waiting = list(cases.cases_waiting_for(request.user)) if first else []
    context: dict[str, Any] = {
        "page": page,
        "filter": questions,
        "asked": asked,
        "waiting": waiting,
        "contests": list(cases.contests_waiting_for(request.user)) if first else [],
        "open_to": _incidents_open_to(request.user, [*page.rows, *waiting]),
        "selects": _selects(request, visible),
    }
    return render(request, "cases/list.html", context)


def _incidents_open_to(user: User, listed: list[AccountabilityCase]) -> set[int]:
    """Of the incidents of these cases, those whose report the person may read; of others nothing is shown."""
    wanted = {case.incident_id for case in listed}
    return (
        set(Incident.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    )


def _selects(request: SignedIn, visible: Any) -> list[tuple[str, Any, list[tuple[Any, Any]], str]]:
    """The filters with a closed list, each as (name, label, choices, what was chosen)."""
    units = Unit.objects.visible_to(request.user)  # type: ignore[attr-defined]
    held = units.filter(pk__in=visible.order_by().values("unit")).order_by("code")
    lists: list[tuple[str, Any, list[tuple[Any, Any]]]] = [
        ("state", _("State"), list(CaseState.choices)),
        ("outcome", _("Outcome"), list(AccountabilityCase._meta.get_field("outcome").choices or [])),
        ("unit", _("Unit"), [(unit.code, unit.name) for unit in held]),
    ]
    return [(name, label, choices, request.GET.get(name, "")) for name, label, choices in lists]


# --- one case -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A step as the page shows it; `late` is None when no deadline was set for it."""

    row: CaseStep
    title: str
    late: bool | None
    files: list[files.Shown]


@require_safe
@login_required
def detail(request: SignedIn, ref: str) -> HttpResponse:
    """What is held against the head, on what evidence, what has been done, and what this person may do now."""
    return _page(request, _visible(request, ref))


def _visible(request: SignedIn, ref: str) -> AccountabilityCase:
    rows = AccountabilityCase.objects.visible_to(request.user).with_names()
    rows = rows.select_related("attribution__decided_by", "attribution__unit", "policy", "opened_by")
    found: AccountabilityCase = get_object_or_404(rows, ref=ref.upper())
    return found


def _page(request: SignedIn, case: AccountabilityCase, refused: dict[str, BaseForm] | None = None) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost."""
    refused = refused or {}
    incidents = Incident.objects.visible_to(request.user).with_names()
    incident = incidents.filter(pk=case.incident_id).first()
    verbs = cases.verbs_open_to(request.user, case)
    acts = [
        (name, act, refused.get(name) or _form(request, case, name))
        for name, act in ACTS.items()
        if act.verb in verbs or name in refused
    ]
    context = {
        "case": case,
        # None when its report is not for this person's eyes.
        "incident": incident,
        "photos": incident.evidence.all() if incident else [],
        "answers": case.attribution,
        "lines": _lines(request, case),
        "next": _next(case),
        "mine": case.due_at and any(act.verb in verbs for name, act in ACTS.items() if name != "withdraw"),
        "reminders": _reminders(case),
        "early_hours": case.frozen_policy.get("early_within_hours", case.policy.early_within_hours),
        "acts": acts,
        "conflict": "" if acts or case.state == CaseState.CLOSED else _conflict(request.user, case),
        "refused": refused,
    }
    return render(request, "cases/detail.html", context, status=422 if refused else 200)


def _conflict(user: User, case: AccountabilityCase) -> str:
    """Why a person who reviews the unit does nothing here, "" for others."""
    reviews = case.unit_id in policy.unit_ids(user, policy.REVIEW)
    return conflicts.membership(user, case.unit, head_person=case.head_person) if reviews else ""


def _next(case: AccountabilityCase) -> Any:
    if case.state == CaseState.RULED and (case.outcome == Outcome.NOT_ACCOUNTABLE or cases.is_overdue(case)):
        return _("A reviewer closes the case, or it closes by itself: there is nothing left to appeal.")
    if case.state == CaseState.REVIEW and case.incident.contested:
        return _("It is contested who answers. That is ruled first, then a reviewer above the unit rules here.")
    if case.state == CaseState.NOTIFIED and cases.is_overdue(case):
        return _("The head has not explained in time. A reviewer may take the case to review without it.")
    return NEXT[case.state]


def _lines(request: SignedIn, case: AccountabilityCase) -> list[Line]:
    rows = list(case.steps.order_by("number").prefetch_related(Prefetch("attachments", files.rows())))
    attached = [one for row in rows for one in row.attachments.all()]
    shown = files.shown(request.user, attached, route="cases:file", ref=case.ref)
    return [_line(row, [shown[one.pk] for one in row.attachments.all()]) for row in rows]


def _line(row: CaseStep, attached: list[files.Shown]) -> Line:
    late = None if row.was_due_at is None else row.at > row.was_due_at
    return Line(row, case_workflow.step_label(row.verb), late, attached)


def _reminders(case: AccountabilityCase) -> list[Any]:
    """The times at which reminders of the step that is owed are planned."""
    planned = Delivery.objects.filter(bundle=case.bundle, state=Delivery.State.PENDING)
    return sorted(set(planned.values_list("planned_at", flat=True)))


def _form(request: SignedIn, case: AccountabilityCase, name: str, *given: Any) -> Any:
    more: dict[str, Any] = {"auto_id": f"{name}-%s"}
    if name == "explain":
        more["patrols"] = patrols_near(request.user, case.unit_id, case.attribution.moment)
    return ACTS[name].form(*given, **more)


def patrols_near(user: User, unit: int, moment: Any) -> Any:
    """Patrols of a unit around a moment that the person may see, the latest first, those that never set out last."""
    latest = (F("started_at").desc(nulls_last=True), "-planned_from", "-pk")
    span = (moment - timedelta(days=PATROL_DAYS), moment + timedelta(days=PATROL_DAYS))
    near = Q(started_at__range=span) | Q(started_at=None, planned_from__range=span)
    rows = Patrol.objects.visible_to(user).filter(near, unit_id=unit).order_by(*latest)
    # The form checks what was chosen against the rows it offered, so they are named by key.
    chosen = Patrol.objects.visible_to(user).filter(pk__in=list(rows.values_list("pk", flat=True)[:PATROLS_MOST]))
    return chosen.order_by(*latest)


def _demand(user: User, verb: str, case: AccountabilityCase) -> None:
    """Refuse who may not before the form is looked at, as the verb would: 403 whatever was sent."""
    if verb in case_workflow.OF_THE_HEAD:
        if not cases.is_accused(user, case):
            raise PermissionDenied(_("Only the head of that time, or who answers for the unit today, may do this."))
        return
    conflicts.demand(user, case.unit, head_person=case.head_person)
    decides = verb == "decide_appeal" and case_workflow.allowed(verb, case.state)
    if decides and (why := cases.appeal_refusal(user, case)):
        raise PermissionDenied(why)


@require_POST
@login_required
def step(request: SignedIn, ref: str, name: str) -> HttpResponse:
    """One of the steps in `ACTS`: check the form, call the verb, answer."""
    case, act = _visible(request, ref), ACTS[name]
    _demand(request.user, act.verb, case)
    form = _form(request, case, name, request.POST, request.FILES)
    if form.is_valid():
        try:
            getattr(actions, act.verb)(actor=request.user, case=case, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, act.done)
            return redirect("cases:detail", ref=case.ref)
    return _page(request, case, {name: form})


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def file(request: SignedIn, ref: str, pk: int) -> FileResponse:
    """A file given with a step of a case one sees, to be saved."""
    return files.hand_out(get_object_or_404(Attachment, step__case=_visible(request, ref), pk=pk))
