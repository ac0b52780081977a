"""The published weights, what-if on them, and publishing a new set."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borderwatch.views import SignedIn
from crossings import actions, deciders, scoring
from crossings.choices import AssessmentState
from crossings.forms_assessments import PublishForm, TryForm
from crossings.models import Assessment, Weights
from crossings.views.assessments import RELATED, chosen_of
from units import policy

# So many latest assessments are ranked when none is chosen.
RANKED = 30


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def weights(request: SignedIn) -> HttpResponse:
    """Sets by date; published against tried score and rank of chosen assessments; a POST publishes a set."""
    in_force = scoring.in_force()
    published = in_force.values if in_force else dict.fromkeys(scoring.SLUGS, 1)
    may = policy.may(request.user, "weigh_assessments", deciders.national_ids())
    asked = {name for name in request.GET if name.startswith("w_")}
    trying = TryForm(request.GET if asked else None, published=published)
    tried = trying.tried() if asked else dict(published)
    publish = PublishForm(
        request.POST if request.method == "POST" else None,
        published=tried,
        auto_id="publish-%s",
    )
    if request.method == "POST":
        deciders.demand_national(request.user, "weigh_assessments")
        if publish.is_valid() and _published(request, publish):
            return redirect("assessments:weights")
    context = {
        "in_force": in_force,
        "sets": [(one, _lines(one)) for one in Weights.objects.select_related("published_by").order_by("-period")],
        "form": trying,
        "tried": bool(asked),
        "rows": _ranked(request, published, tried) if in_force else [],
        "chosen": request.GET.getlist("a"),
        "publish": publish if may else None,
        "criteria": scoring.CRITERIA,
    }
    return render(request, "assessments/weights.html", context, status=422 if publish.errors else 200)


def _published(request: SignedIn, form: PublishForm) -> bool:
    try:
        actions.publish_weights(
            actor=request.user,
            name=form.cleaned_data["name"],
            values=form.given(),
            since=form.cleaned_data["since"],
            reason=form.cleaned_data["reason"],
        )
    except ValidationError as error:
        form.refuse(error)
        return False
    messages.success(request, _("The weights are published."))
    return True


def _lines(one: Weights) -> list[tuple[str, float]]:
    return [(str(criterion.label), one.values.get(criterion.slug, 0)) for criterion in scoring.CRITERIA]


def _ranked(request: SignedIn, published: dict[str, float], tried: dict[str, float]) -> list[dict[str, Any]]:
    """Chosen assessments (none: the latest complete ones) with score and rank under both sets, as tried."""
    chosen = [one for one in chosen_of(request) if one.state == AssessmentState.COMPLETE]
    if not request.GET.getlist("a"):
        complete = Assessment.objects.visible_to(request.user).filter(state=AssessmentState.COMPLETE)
        chosen = list(complete.select_related(*RELATED).order_by("-completed_at", "-pk")[:RANKED])
    facts = [{name: getattr(one, name) for name in scoring.FIELDS} for one in chosen]
    before = [scoring.score(one, published) for one in facts]
    after = [scoring.score(one, tried) for one in facts]
    ranks = scoring.ranks([one.total for one in before]), scoring.ranks([one.total for one in after])
    rows = [
        {"assessment": one, "before": was, "after": now, "rank_before": old, "rank_after": new,
         "up": (old or 0) - (new or 0), "down": (new or 0) - (old or 0)}
        for one, was, now, old, new in zip(chosen, before, after, *ranks, strict=True)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["rank_after"] is None, row["rank_after"] or 0, row["assessment"].pk))
