"""Pages of assessments: the list, beginning one, one with its score explained, several beside each other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import pages
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn, refused_by_verb
from crossings import actions, deciders, scoring
from crossings import assessment_steps as steps
from crossings import assessment_words as words
from crossings.assessment_workflow import allowed
from crossings.choices import AssessmentState
from crossings.filters_assessments import AssessmentFilter, provinces
from crossings.forms_assessments import AbandonForm, StartForm
from crossings.models import Assessment, Crossing, Weights
from units import policy

# Beside each other at most; more could not be read.
COMPARED_MOST = 6
RELATED = ("crossing__district__province", "unit", "nearest_official", "started_by", "completed_by")


@dataclass(frozen=True)
class Scored:
    """An assessment with its score under the weights in force."""

    assessment: Assessment
    score: scoring.Score | None


def scored(rows: Any, weights: Weights | None) -> list[Scored]:
    """Complete assessments with their score; a draft has none."""
    return [
        Scored(one, scoring.of(one, weights) if one.state == AssessmentState.COMPLETE else None) for one in rows
    ]  # fmt: skip


@require_safe
@login_required
def assessment_list(request: SignedIn) -> HttpResponse:
    """Assessments the person sees, latest begun first; complete ones with their score."""
    visible = Assessment.objects.visible_to(request.user).select_related(*RELATED)
    questions = AssessmentFilter(request.GET, queryset=visible, request=request)
    page = pages.keyset(questions.qs, moment="started_at", asked=request.GET)
    context = {
        "page": page,
        "rows": scored(page.rows, scoring.in_force()),
        "filter": questions,
        "asked": sum(1 for name in questions.filters if request.GET.get(name)),
        "provinces": provinces(),
        "may_assess": bool(policy.unit_ids(request.user, policy.VERBS["assess_crossing"])),
        "compared_most": COMPARED_MOST,
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "assessments/list.html#rows", context)
    return render(request, "assessments/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn) -> HttpResponse:
    """Begin an assessment, of ?crossing= when it is named; drafts that are open for it are shown first."""
    slug = request.GET.get("crossing", "")
    crossing = get_object_or_404(Crossing.objects.visible_to(request.user), slug=slug) if slug else None
    form = StartForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial={"crossing": slug},
    )
    if not form.units or not form.crossings or (crossing is not None and slug not in form.crossings):
        raise PermissionDenied(policy.nothing_here())
    if request.method == "POST" and form.is_valid():
        try:
            started = actions.start_assessment(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            return redirect("assessments:step", started.assessment.pk, steps.STEPS[0].slug)
    drafts = Assessment.objects.visible_to(request.user).filter(state=AssessmentState.DRAFT)
    drafts = drafts.filter(crossing__slug=slug) if slug else drafts.filter(started_by=request.user)
    context = {"form": form, "drafts": drafts.select_related("crossing", "started_by")[:10]}
    return render(request, "assessments/new.html", context, status=422 if form.errors else 200)


def visible_assessment(request: SignedIn, pk: int) -> Assessment:
    """The assessment of that number, 404 when the person does not see it."""
    rows = Assessment.objects.visible_to(request.user).select_related(*RELATED, "crossing__responsible_unit")
    found: Assessment = get_object_or_404(rows, pk=pk)
    return found


@require_safe
@login_required
def detail(request: SignedIn, pk: int) -> HttpResponse:
    """All facts, the score explained line by line, the security record with its span."""
    return page_of(request, visible_assessment(request, pk))


def page_of(
    request: SignedIn, assessment: Assessment, refused: BaseForm | None = None, problems: Sequence[str] = ()
) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost. `problems` stand on top."""
    weights = scoring.in_force()
    score = scoring.of(assessment, weights)
    may = deciders.may(request.user, "assess_crossing", assessment.crossing)
    others = Assessment.objects.visible_to(request.user).filter(crossing=assessment.crossing)
    others = others.exclude(pk=assessment.pk).exclude(state=AssessmentState.ABANDONED)[: COMPARED_MOST - 1]
    context = {
        "assessment": assessment,
        "facts": words.facts_of(assessment),
        "record": words.record_of(assessment.security),
        "weights": weights,
        "score": score,
        "lines": words.explained(assessment, score) if score else [],
        "others": others,
        "progress": progress(assessment),
        "saves": saves_of(assessment),
        "may_write": may and allowed("save_step", assessment.state),
        "abandon": refused or AbandonForm(auto_id="abandon-%s"),
        "refused": refused is not None,
        "problems": problems,
        "history": AuditEntry.objects.filter(kind=assessment.audit_kind, key=assessment.audit_key),
    }
    return render(request, "assessments/detail.html", context, status=422 if refused is not None or problems else 200)


@dataclass(frozen=True)
class Station:
    """One step in the list of steps: whether it is done, who saved it last."""

    step: steps.Step
    number: int
    done: bool
    saved: Any


def saves_of(assessment: Assessment) -> str:
    """Which form saved each step last, for the script: so it knows what has arrived and need not be kept any more."""
    last = {slug: {"form": one["form"], "revision": one["revision"]} for slug, one in assessment.saves.items()}
    return json.dumps(last)


def progress(assessment: Assessment) -> list[Station]:
    """The eight steps with what is done."""
    saved = words.by_people(assessment.saves)
    return [
        Station(step, number, step.slug in assessment.steps_done, saved.get(step.slug))
        for number, step in enumerate(steps.STEPS, start=1)
    ]


@require_POST
@login_required
def complete(request: SignedIn, pk: int) -> HttpResponse:
    """Close the form; a refusal says on the page which steps are missing."""
    assessment = visible_assessment(request, pk)
    deciders.demand(request.user, "assess_crossing", assessment.crossing)
    try:
        actions.complete_assessment(actor=request.user, assessment=assessment)
    except ValidationError as error:
        return page_of(request, assessment, problems=error.messages)
    messages.success(request, _("The assessment is complete."))
    return redirect(assessment)


@require_POST
@login_required
def abandon(request: SignedIn, pk: int) -> HttpResponse:
    """Give the draft up, with the reason."""
    assessment = visible_assessment(request, pk)
    deciders.demand(request.user, "assess_crossing", assessment.crossing)
    form = AbandonForm(request.POST, auto_id="abandon-%s")
    if form.is_valid():
        try:
            actions.abandon_assessment(actor=request.user, assessment=assessment, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The draft is given up; what was written stays readable."))
            return redirect(assessment)
    return page_of(request, assessment, form)


@require_safe
@login_required
def compare(request: SignedIn) -> HttpResponse:
    """Several assessments beside each other, ?a=1&a=2; with ?only=differences nothing that is the same."""
    chosen = chosen_of(request)
    weights = scoring.in_force()
    groups = words.beside(chosen[:COMPARED_MOST])
    only = request.GET.get("only") == "differences"
    if only:
        groups = [(label, [row for row in rows if row.differs]) for label, rows in groups]
    query = request.GET.copy()
    query.pop("only", None)
    context = {
        "chosen": scored(chosen[:COMPARED_MOST], weights),
        "left_out": max(0, len(chosen) - COMPARED_MOST),
        "groups": [(label, rows) for label, rows in groups if rows],
        "only": only,
        "differing": sum(row.differs for _label, rows in groups for row in rows),
        "query": query.urlencode(),
        "weights": weights,
        "compared_most": COMPARED_MOST,
    }
    return render(request, "assessments/compare.html", context)


def chosen_of(request: SignedIn) -> list[Assessment]:
    """The assessments an address names that the person sees, in the order it names them; others are left out."""
    keys = [int(key) for key in request.GET.getlist("a") if key.isascii() and key.isdecimal() and len(key) < 19]
    rows = Assessment.objects.visible_to(request.user).filter(pk__in=keys).select_related(*RELATED)
    found = {one.pk: one for one in rows}
    return [found[pk] for pk in dict.fromkeys(keys) if pk in found]
