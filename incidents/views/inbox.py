"""What an official's institution owes, and the page on which he answers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions, desk, timeline
from incidents.choices import Answer
from incidents.forms_decisions import AnswerForm
from incidents.models import Duty
from units import policy

# Lines of one tab; what is beyond is named in words and reached by answering, the most urgent first.
LINES = 100


@require_safe
@login_required
def inbox(request: SignedIn) -> HttpResponse:
    """Duties by urgency; on a wide screen `?open=` shows one of them beside the list."""
    counts = desk.duty_counts(request.user)
    tab = request.GET.get("tab", "")
    tab = tab if tab in desk.TABS else "waiting"
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": [(name, counts[name]) for name in desk.TABS],
        "counts": counts,
        "duties": desk.duties(request.user, tab)[:LINES],
        "more": max(0, counts[tab] - LINES),
    }
    chosen = request.GET.get("open", "")
    if chosen.isdecimal():
        duty = _visible(request).filter(pk=int(chosen)).first()
        context |= _about(request, duty, AnswerForm()) if duty else {}
    return render(request, "incidents/inbox.html", context)


def _visible(request: SignedIn) -> Any:
    rows = Duty.objects.visible_to(request.user).with_names()
    return rows.select_related("escalation__started_by", "escalation__incident__filed_by")


def _about(request: SignedIn, duty: Duty, form: AnswerForm) -> dict[str, Any]:
    """What the page of one duty shows."""
    incident = duty.escalation.incident
    return {
        "duty": duty,
        "incident": incident,
        "form": form,
        "chain": timeline.chain(incident),
        "may_answer": policy.may(request.user, "acknowledge", [duty.unit_id]),
        "following": desk.duties(request.user, "waiting").exclude(pk=duty.pk).first(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def duty(request: SignedIn, pk: int) -> HttpResponse:
    """One duty: the incident, the chain, the four answers. GET changes nothing."""
    row = get_object_or_404(_visible(request), pk=pk)
    if request.method != "POST":
        part = "#record" if request.htmx else ""
        context = _about(request, row, AnswerForm()) | {"pane": bool(part)}
        return render(request, f"incidents/duty.html{part}", context)
    if request.POST.get("action") == "seen":
        actions.open_duty(actor=request.user, duty=row)
        return HttpResponse(status=204)
    return _answer(request, row)


def _answer(request: SignedIn, row: Duty) -> HttpResponse:
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            result = actions.acknowledge(actor=request.user, duty=row, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            return _answered(request, row, result, form)
    elif not policy.may(request.user, "acknowledge", [row.unit_id]):
        policy.demand(request.user, "acknowledge", [row.unit_id])
    return render(request, "incidents/duty.html", _about(request, row, form), status=422)


def _answered(request: SignedIn, row: Duty, result: actions.Acknowledged, form: AnswerForm) -> HttpResponse:
    """Back to where the answer was given; when another official was first, say so and keep what was typed."""
    if not result.first and result.acknowledgement.by_id != request.user.pk:
        row.acknowledgement = result.acknowledgement
        context = _about(request, row, form) | {"too_late": result.acknowledgement, "mine": _typed(form)}
        return render(request, "incidents/duty.html", context, status=409)
    messages.success(request, _("Answer recorded for %(ref)s.") % {"ref": row.escalation.incident.ref})
    if request.POST.get("from") == "inbox":
        following = desk.duties(request.user, "waiting").first()
        return redirect(reverse("incidents:inbox") + (f"?open={following.pk}" if following else ""))
    return redirect("incidents:duty", pk=row.pk)


def _typed(form: AnswerForm) -> dict[str, Any]:
    """What the second official had written, so that he can send it on by another way."""
    data = form.cleaned_data
    return {**data, "answer": Answer(data["answer"]).label}
