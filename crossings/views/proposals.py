"""Pages of proposals: the list, and one proposal with its versions, positions, conditions and decision (duty D3)."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from borderwatch import pages, sealed
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn
from crossings import proposal_page, proposals
from crossings.choices import ProposalState
from crossings.filters_proposals import ProposalFilter
from crossings.models import Condition, Crossing, Proposal, ProposalVersion
from crossings.proposal_acts import ACTS, CONDITION_ACTS
from units import policy
from units.models import Province

# What is owed by who finds a proposal among those that wait for him, by its state.
OWED: Mapping[str, Any] = {
    ProposalState.DRAFT: gettext_lazy("Finish it and hand it in."),
    ProposalState.RETURNED: gettext_lazy("Mend it and hand it in anew."),
    ProposalState.SUBMITTED: gettext_lazy("Your position or your recommendation is asked for."),
    ProposalState.RECOMMENDED: gettext_lazy("The government's decision is to be entered."),
    ProposalState.APPROVED: gettext_lazy("A condition waits for you."),
}
# What waits for the reader stands before the others, so many at most; the filter has them all.
HEAP = 20


@require_safe
@login_required
def proposal_list(request: SignedIn) -> HttpResponse:
    """What waits for the reader, then every proposal he may see, newest first."""
    visible: Any = Proposal.objects.visible_to(request.user)
    rows = _listed(request, visible.with_positions())
    questions = ProposalFilter(request.GET, queryset=rows, request=request)
    asked = sum(1 for name in questions.filters if request.GET.get(name))
    page = pages.keyset(questions.qs, moment="started_at", asked=request.GET)
    first = not asked and not page.newest
    waiting = list(_listed(request, visible.waiting_for(request.user)).order_by("started_at", "pk")[: HEAP + 1])
    context: dict[str, Any] = {
        "page": page,
        "filter": questions,
        "asked": asked,
        "waiting": [(one, OWED[one.state]) for one in waiting[:HEAP]] if first else [],
        "more": first and len(waiting) > HEAP,
        "institutions": len(proposals.institutions()),
        "may_propose": may_propose(request),
        "selects": _selects(request, visible),
    }
    return render(request, "proposals/list.html", context)


def may_propose(request: SignedIn) -> bool:
    """Whether the person may propose for crossings of any province."""
    return any(
        policy.ESCALATE in policy.ROLES[role] and unit.province_id for role, unit in policy.roles_of(request.user)
    )


def _listed(request: SignedIn, rows: Any) -> Any:
    """With what a line of the list shows; `versions` are those the reader may see, the newest first."""
    versions: Any = ProposalVersion.objects.visible_to(request.user)
    shown = Prefetch("versions", versions.order_by("-number"), to_attr="shown")
    return rows.select_related("crossing__district__province", "unit").prefetch_related(shown)


def _selects(request: SignedIn, visible: Any) -> list[tuple[str, Any, list[tuple[str, str]], str]]:
    """The filters with a closed list, each as (name, label, choices, what was chosen)."""
    here = Province.objects.filter(pk__in=visible.order_by().values("crossing__district__province")).order_by("code")
    lists: list[tuple[str, Any, list[tuple[str, str]]]] = [
        ("state", _("State"), [(value, str(label)) for value, label in ProposalState.choices]),
        ("province", _("Province"), [(one.code, one.name) for one in here]),
    ]
    return [(name, label, choices, request.GET.get(name, "")) for name, label, choices in lists]


# --- one proposal ----------------------------------------------------------------------------------------------


@require_safe
@login_required
def proposal_detail(request: SignedIn, pk: int) -> HttpResponse:
    """Where it stands, what it says and what changed, who holds what of it, and what this person may do now."""
    return show(request, visible_proposal(request, pk))


def visible_proposal(request: SignedIn, pk: int) -> Proposal:
    """The proposal of that number, 404 when the person does not see it."""
    rows: Any = Proposal.objects.visible_to(request.user)
    rows = rows.select_related("crossing__district__province", "unit", "started_by", "recommended_by", "decided_by")
    found: Proposal = get_object_or_404(rows, pk=pk)
    return found


def visible_condition(request: SignedIn, pk: int, condition: int) -> Condition:
    """A condition of a proposal one sees, else 404."""
    proposal = visible_proposal(request, pk)
    found: Condition = get_object_or_404(proposal.conditions.select_related("unit"), pk=condition)
    found.proposal = proposal
    return found


def show(request: SignedIn, proposal: Proposal, refused: Mapping[str, BaseForm] | None = None) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost.

    A refused form is named by its step ("position"), that of a condition with its key ("report-7").
    """
    refused = refused or {}
    page = proposal_page.compose(request.user, proposal)
    today = proposals.today()
    verbs = proposals.verbs_open_to(request.user, proposal)
    crossings: Any = Crossing.objects.visible_to(request.user)
    context = {
        "proposal": proposal,
        "crossing": crossings.with_state().filter(pk=proposal.crossing_id).first(),
        "shown": page,
        "today": today,
        "chain": proposal_page.chain(page, today),
        "next": proposal_page.following(page, today),
        "may_edit": "save_draft" in verbs,
        "acts": _acts(request, page, verbs, refused),
        "conditions": [_condition(request, one, refused) for one in page.conditions],
        "history": AuditEntry.objects.filter(kind=proposal.audit_kind, key=proposal.audit_key),
    }
    return render(request, "proposals/detail.html", context, status=422 if refused else 200)


def _acts(
    request: SignedIn, page: proposal_page.Page, verbs: frozenset[str], refused: Mapping[str, BaseForm]
) -> list[tuple[str, Any, BaseForm]]:
    """The steps open to this person, each with its form; a refused one stays, so that nothing typed is lost."""
    return [
        (name, act, refused.get(name) or act.form(request.user, page.proposal))
        for name, act in ACTS.items()
        if name in refused or (act.verb in verbs and (name != "submit" or not page.newest.version.submitted_at))
    ]


def _condition(
    request: SignedIn, condition: Condition, refused: Mapping[str, BaseForm]
) -> tuple[Condition, list[tuple[str, Any, BaseForm]]]:
    """A condition with the steps open to this person."""
    found = []
    for name, act in CONDITION_ACTS.items():
        bound = refused.get(f"{name}-{condition.pk}")
        if bound is not None or act.is_open(request.user, condition):
            found.append((name, act, bound or act.form(condition)))
    return condition, found


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def scan(request: SignedIn, pk: int) -> FileResponse:
    """The scan of the decision as it came, to be saved; 404 when there is none."""
    proposal = visible_proposal(request, pk)
    path = sealed.path_of(proposal.scan_sha256) if proposal.scan_sha256 else None
    if path is None or not path.exists():
        raise Http404
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=proposal.scan_name, content_type=proposal.scan_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
