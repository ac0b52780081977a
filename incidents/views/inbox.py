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

from borderwatch import clock
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions, desk, timeline
from incidents.choices import Answer, DutyState
from incidents.clocks.explain import explain
from incidents.forms_decisions import AnswerForm
from incidents.models import Duty
from units import policy
from units.calendar import calendars

# Lines of one tab; what is beyond is named in words and reached by answering, the most urgent first.
LINES = 50


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
        "duties": _explained(desk.duties(request.user, tab)[:LINES]),
        "more": max(0, counts[tab] - LINES),
    }
    chosen = request.GET.get("open", "")
    if chosen.isdecimal():
        duty = _visible(request).filter(pk=int(chosen)).first()
        context |= _about(request, duty, AnswerForm()) if duty else {}
    return render(request, "incidents/inbox.html", context)


def _explained(duties: Any) -> list[Duty]:
    """The duties of a list, each that is still owed with its deadline explained in one sentence."""
    unread = ("point", "text", "audience")
    lines = duties.defer(*(f"escalation__incident__{name}" for name in unread))
    rows = list(lines.prefetch_related("clock__events"))
    now, found = clock.now(), calendars(row.clock.hours_of for row in rows if row.clock)
    for row in rows:
        if row.clock and row.state != DutyState.ANSWERED:
            row.explained = explain(row.clock, now=now, calendar=found[row.clock.hours_of_id])
    return rows


def _visible(request: SignedIn) -> Any:
    rows = Duty.objects.visible_to(request.user).with_names().prefetch_related("clock__events")
    return rows.select_related("escalation__started_by", "escalation__incident__filed_by")


def _about(request: SignedIn, duty: Duty, form: AnswerForm) -> dict[str, Any]:
    """What the page of one duty shows."""
    incident = duty.escalation.incident
    return {
        "duty": duty,
        "incident": incident,
        "form": form,
        "chain": timeline.chain(incident),
        "explained": explain(duty.clock) if duty.clock and duty.state != DutyState.ANSWERED else None,
        "taken_back": [row for row in duty.acknowledgements.all() if row.withdrawn_at is not None],
        "requests": duty.requests.select_related("asked_of", "clock"),
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
