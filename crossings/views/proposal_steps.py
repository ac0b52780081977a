"""Writing a proposal, and each step of one: its form, the verb, the answer."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from borderwatch.views import SignedIn
from crossings import actions, deciders, proposals
from crossings import forms_proposals as forms
from crossings.choices import PROPOSAL_OVER, AssessmentState
from crossings.models import Assessment, Crossing, Proposal, ProposalVersion
from crossings.proposal_acts import ACTS, CONDITION_ACTS
from crossings.views.proposals import may_propose, show, visible_condition, visible_proposal
from units import policy
from units.models import Unit


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn) -> HttpResponse:
    """Choose the crossing, then write the first draft; ?crossing= comes with the crossing chosen."""
    if not may_propose(request):
        raise PermissionDenied(policy.nothing_here())
    slug = request.POST.get("crossing", "") or request.GET.get("crossing", "")
    if not slug:
        return _choose(request)
    visible: Any = Crossing.objects.visible_to(request.user)
    found: Crossing = get_object_or_404(visible.with_state().select_related("district__province"), slug=slug)
    deciders.demand(request.user, "propose_crossing", found)
    proposals_here: Any = Proposal.objects.visible_to(request.user)
    there = proposals_here.filter(crossing=found).exclude(state__in=PROPOSAL_OVER).first()
    if there is not None and request.method != "POST":
        messages.info(request, _("There is an open proposal for this crossing already. Go on with that one."))
        return redirect(there)
    form = _form(request, found, initial={"client_key": uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            key = form.cleaned_data["client_key"] or uuid4()
            begun = actions.start_proposal(actor=request.user, client_key=key, crossing=found, content=form.content())
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            return _hand_in(request, begun.proposal, form)
    return _page(request, form, found, None, None)


def _choose(request: SignedIn) -> HttpResponse:
    """The crossings of the person's provinces, those without an open proposal to choose from."""
    deciding = Unit.objects.filter(pk__in=policy.unit_ids(request.user, policy.ESCALATE)).order_by()
    visible: Any = Crossing.objects.visible_to(request.user)
    rows = visible.filter(district__province__in=deciding.exclude(province=None).values("province_id"))
    rows = rows.with_state().select_related("district__province").order_by("district__code", "slug")
    open_ones: Any = Proposal.objects.visible_to(request.user)
    taken = {one.crossing_id: one for one in open_ones.exclude(state__in=PROPOSAL_OVER)}
    return render(request, "proposals/choose.html", {"rows": [(one, taken.get(one.pk)) for one in rows]})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """Write on at a draft, or mend what came back; a POST comes back with everything typed when something is wrong."""
    proposal = visible_proposal(request, pk)
    proposals.demand(request.user, "save_draft", proposal)
    newest = proposals.newest_version(proposal)
    visible: Any = Crossing.objects.visible_to(request.user)
    crossing: Crossing = get_object_or_404(visible.with_state(), pk=proposal.crossing_id)
    form = _form(request, crossing, initial=forms.initial(newest))
    if request.method == "POST" and form.is_valid():
        try:
            newest = actions.save_draft(
                actor=request.user,
                proposal=proposal,
                version=_number(request, "version"),
                revision=_number(request, "revision"),
                content=form.content(),
            )
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            return _hand_in(request, proposal, form)
    return _page(request, form, crossing, proposal, newest)


def _number(request: SignedIn, name: str) -> int:
    """A number the form carries along; -1, which fits nothing, when it was tampered with."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


def _form(request: SignedIn, crossing: Crossing, **more: Any) -> forms.ProposalForm:
    visible: Any = Assessment.objects.visible_to(request.user)
    complete = visible.filter(crossing=crossing, state=AssessmentState.COMPLETE).order_by("-visited_on", "-pk")
    given = request.POST if request.method == "POST" else None
    return forms.ProposalForm(given, assessments=complete, category=crossing.category or "", **more)


def _hand_in(request: SignedIn, proposal: Proposal, form: forms.ProposalForm) -> HttpResponse:
    """The draft is saved. When asked to, hand it in too; what is missing is said at the form, which stays saved."""
    if request.POST.get("then") != "submit":
        messages.success(request, _("The draft %(ref)s is saved.") % {"ref": proposal.ref})
        return redirect(proposal)
    try:
        actions.submit_proposal(actor=request.user, proposal=proposal)
    except ValidationError as error:
        forms.refuse(form, error)
        visible: Any = Crossing.objects.visible_to(request.user)
        crossing: Crossing = get_object_or_404(visible.with_state(), pk=proposal.crossing_id)
        return _page(request, form, crossing, proposal, proposals.newest_version(proposal), saved=True)
    messages.success(request, str(ACTS["submit"].done))
    return redirect(proposal)


def _page(
    request: SignedIn,
    form: forms.ProposalForm,
    crossing: Crossing,
    proposal: Proposal | None,
    version: ProposalVersion | None,
    *,
    saved: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "crossing": crossing,
        "proposal": proposal,
        # What the writer has before him, so that two writers notice each other.
        "version": version,
        "returned": version if version is not None and version.returned_at else _returned(proposal),
        "saved": saved,
    }
    return render(request, "proposals/form.html", context, status=422 if form.errors else 200)


def _returned(proposal: Proposal | None) -> ProposalVersion | None:
    """The version that came back last, whose correction is being written."""
    current = proposals.current_version(proposal) if proposal is not None else None
    return current if current is not None and current.returned_at else None


@require_POST
@login_required
def step(request: SignedIn, pk: int, name: str) -> HttpResponse:
    """One of the steps in `ACTS`: check the form, call the verb, answer."""
    proposal, act = visible_proposal(request, pk), ACTS[name]
    proposals.demand(request.user, act.verb, proposal)
    form: Any = act.form(request.user, proposal, request.POST, request.FILES)
    if form.is_valid():
        content = form.content() if hasattr(form, "content") else form.cleaned_data
        try:
            getattr(actions, act.verb)(actor=request.user, proposal=proposal, **content)
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            messages.success(request, str(act.done))
            return redirect(proposal)
    return show(request, proposal, {name: form})


@require_POST
@login_required
def condition_step(request: SignedIn, pk: int, condition: int, name: str) -> HttpResponse:
    """One of the steps in `CONDITION_ACTS`."""
    row, act = visible_condition(request, pk, condition), CONDITION_ACTS[name]
    proposals.demand_condition(request.user, act.verb, row)
    form = act.form(row, request.POST)
    if form.is_valid():
        try:
            getattr(actions, act.verb)(actor=request.user, condition=row, **form.cleaned_data)
        except ValidationError as error:
            forms.refuse(form, error)
        else:
            messages.success(request, str(act.done))
            return redirect(row.proposal)
    return show(request, row.proposal, {f"{name}-{row.pk}": form})
