"""The long form in eight steps: each a plain form that works without script, and what the form saves by itself."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from borderwatch import clock
from borderwatch.views import SignedIn, refused_by_verb
from crossings import actions, deciders
from crossings import assessment_steps as steps
from crossings import assessment_words as words
from crossings.actions import Conflict
from crossings.actions.assessments import nearest_official, security_record
from crossings.assessment_workflow import Refused
from crossings.forms_assessments import StepForm
from crossings.models import Assessment
from crossings.views.assessments import progress, saves_of, visible_assessment


def _step(slug: str) -> steps.Step:
    try:
        return steps.by_slug(slug)
    except KeyError:
        raise Http404 from None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def step(request: SignedIn, pk: int, step: str) -> HttpResponse:
    """One step. A POST saves it and leads on (`go`: next, previous, stay, end); refused it keeps all that was typed."""
    table, assessment = _step(step), visible_assessment(request, pk)
    deciders.demand(request.user, "assess_crossing", assessment.crossing)
    if assessment.state != "draft" and request.method != "POST":
        return redirect(assessment)
    data = request.POST if request.method == "POST" else None
    form = StepForm(data, step=table, assessment=assessment, today=timezone.localdate(clock.now()))
    clash: Conflict | None = None
    if request.method == "POST" and form.is_valid():
        revision, key = form.base
        try:
            saved = actions.save_step(
                actor=request.user, assessment=assessment, step=table.slug, revision=revision,
                content=form.content(), form_key=key,
            )  # fmt: skip
        except Conflict as conflict:
            clash = conflict
            form.add_error(None, conflict)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            return _onwards(request, saved.assessment, table)
    return _page(request, assessment, table, form, clash)


def _onwards(request: SignedIn, assessment: Assessment, table: steps.Step) -> HttpResponse:
    place = steps.SLUGS.index(table.slug)
    go = request.POST.get("go", "next")
    if go == "stay":
        messages.success(request, _("Saved."))
    elif go == "previous" and place > 0:
        place -= 1
    elif go == "end" or place + 1 == len(steps.SLUGS):
        return redirect(assessment)
    elif go == "next":
        place += 1
    return redirect("assessments:step", assessment.pk, steps.SLUGS[place])


def _page(
    request: SignedIn, assessment: Assessment, table: steps.Step, form: StepForm, clash: Conflict | None
) -> HttpResponse:  # fmt: skip
    place = steps.SLUGS.index(table.slug)
    theirs = []
    if clash is not None:
        # Having seen both, who saves again means it.
        again = request.POST.copy()
        again["revision"] = str(clash.revision)
        form.data = again
        theirs = _theirs(assessment, form, clash)
    context = {
        "assessment": assessment,
        "step": table,
        "number": place + 1,
        "form": form,
        "theirs": theirs,
        "clash": clash,
        "progress": progress(assessment),
        "saves": saves_of(assessment),
        "saved": words.by_people(assessment.saves).get(table.slug),
        "previous": steps.STEPS[place - 1] if place else None,
        "next": steps.STEPS[place + 1] if place + 1 < len(steps.STEPS) else None,
        "lacks": [
            " / ".join(steps.label_of(name) for name in group)
            for group in table.lacks(steps.values_of(assessment, table))
        ],
        **_found(assessment, table),
    }
    return render(request, "assessments/step.html", context, status=422 if form.errors else 200)


def _theirs(assessment: Assessment, form: StepForm, clash: Conflict) -> list[tuple[str, str, str]]:
    """Where the two differ: the field, what this person typed, what the other one saved."""
    theirs = words.words_of(assessment)
    for name in form.step.fields:
        setattr(assessment, name, form.content().get(name, getattr(assessment, name)))
    mine = words.words_of(assessment)
    return [(str(form.fields[name].label), mine[name], theirs[name]) for name in form.step.fields
            if name in clash.theirs]  # fmt: skip


def _found(assessment: Assessment, table: steps.Step) -> dict[str, Any]:
    """What the system adds to a step, shown before it is saved too."""
    if table.slug == "way":
        found = nearest_official(assessment.crossing)
        return {"gate": found[0], "gate_km": found[1]} if found else {"gate": None}
    if table.slug == "security":
        drawn = assessment.security or security_record(assessment.crossing, assessment.visited_on, clock.now())
        return {"record": words.record_of(drawn), "kept": bool(assessment.security)}
    return {}


@require_POST
@login_required
def autosave(request: SignedIn, pk: int, step: str) -> JsonResponse:
    """Save what can be read of a step; what cannot is named by field and stays on the device.

    409: somebody else saved the step meanwhile, or the assessment is no draft any more.
    """
    table, assessment = _step(step), visible_assessment(request, pk)
    deciders.demand(request.user, "assess_crossing", assessment.crossing)
    form = StepForm(request.POST, step=table, assessment=assessment, today=timezone.localdate(clock.now()))
    form.is_valid()
    revision, key = form.base
    content = {name: value for name, value in form.content().items() if name not in form.errors}
    try:
        saved = actions.save_step(
            actor=request.user, assessment=assessment, step=table.slug, revision=revision,
            content=content, form_key=key, auto=True,
        )  # fmt: skip
    except (Conflict, Refused) as error:
        state = "conflict" if isinstance(error, Conflict) else "refused"
        return JsonResponse({"state": state, "message": " ".join(error.messages)}, status=409)
    except ValidationError as error:
        return JsonResponse({"state": "invalid", "errors": error.message_dict}, status=422)
    row = saved.assessment
    return JsonResponse(
        {
            "state": saved.outcome,
            "at": f"{timezone.localtime(clock.now()):%H:%M}",
            "revision": row.revision,
            "done": saved.done,
            "steps_done": len(row.steps_done),
            "errors": {name: list(errors) for name, errors in form.errors.items() if name in table.fields},
        }
    )
