"""The page of one incident, and the decisions taken on it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions, areas, cases, comparison, desk, policies, timeline
from incidents import forms_decisions as forms
from incidents.actions.filing import decision_units
from incidents.choices import Rule
from incidents.models import ConflictingCopy, Duty, Incident
from incidents.views import accountability, checkpoint_panel
from units import policy
from units.models import Unit

# What the page says after a verb.
DONE = {
    "verify_incident": gettext_lazy("verified"),
    "escalate": gettext_lazy("escalated"),
    "close_incident": gettext_lazy("closed"),
    "reopen_incident": gettext_lazy("opened again"),
    "reattribute": gettext_lazy("ruled who answers"),
    "settle_conflicting_copy": gettext_lazy("copy settled"),
}


@require_safe
@login_required
def detail(request: SignedIn, ref: str) -> HttpResponse:
    """What happened, who answers and why, who was told, what comes next, and what this person may do."""
    return page(request, visible(request, ref))


def visible(request: SignedIn, ref: str) -> Incident:
    """The incident of an address; 404 for one the person cannot see."""
    rows = Incident.objects.visible_to(request.user).with_names()
    found: Incident = get_object_or_404(rows.select_related("near_marker", "near_crossing"), ref=ref.upper())
    return found


def page(request: SignedIn, incident: Incident, bound: dict[str, BaseForm] | None = None) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost."""
    refused = bound or {}
    rows = list(incident.attributions.select_related("unit", "decided_by").order_by("number"))
    answers = next(row for row in rows if row.current)
    duties = Duty.objects.filter(escalation__incident=incident).with_names()
    held = accountability.panel(request, incident, answers, refused)
    context = {
        "incident": incident,
        "answers": answers,
        "finding": next((row for row in reversed(rows) if row.rule != Rule.RULING), answers),
        "earlier": [row for row in reversed(rows) if not row.current],
        "rivals": [one for one in answers.candidates if one["distance_m"] <= (answers.accuracy_m or 0)],
        "chain": timeline.chain(incident),
        "duties": duties.order_by("escalation__number", "unit__code").select_related("escalation__started_by"),
        "photos": incident.evidence.all(),
        "copies": [
            (copy, comparison.differences(incident, copy), refused.get(f"settle-{copy.pk}", forms.SettleForm()))
            for copy in incident.conflicting_copies.select_related("filed_by", "decided_by")
        ],
        "history": AuditEntry.objects.filter(kind=incident.audit_kind, key=incident.audit_key),
        "map": _map(incident, answers.margin_m),
        "lat_lon": f"{incident.point.y:.5f}, {incident.point.x:.5f}" if incident.point else "",
        "refused": refused,
        **_decisions(request, incident, answers.candidates, refused, being_heard=held["being_heard"]),
        **held,
        **checkpoint_panel.panel(request, incident, refused),
        "panels": areas.panels(request.user, incident),
    }
    return render(request, "incidents/detail.html", context, status=422 if refused else 200)


def _map(incident: Incident, margin_m: float | None) -> dict[str, Any] | None:
    """What the small map shows: the place, its accuracy, and metres around it that bring the next unit into view."""
    if incident.point is None:
        return None
    accuracy = incident.accuracy_m or 0
    around = max(1000.0, 3.0 * accuracy, 1.3 * min(margin_m or 0.0, 30_000.0))
    return {"lon": incident.point.x, "lat": incident.point.y, "accuracy_m": accuracy, "around_m": around}


def _decisions(
    request: SignedIn,
    incident: Incident,
    candidates: list[dict[str, Any]],
    refused: dict[str, BaseForm],
    *,
    being_heard: bool,
) -> dict[str, Any]:
    """The verbs open to the person, each with its form."""
    verbs = desk.verbs_open_to(request.user, incident)
    if being_heard and "reattribute" not in refused:
        # Who answers is ruled with the contest.
        verbs -= {"reattribute"}
    found: dict[str, Any] = {"verbs": verbs, "acts": verbs - {"settle_conflicting_copy"}}
    if "verify_incident" in verbs:
        found["verify_form"] = refused.get("verify") or forms.VerifyForm()
    if "close_incident" in verbs:
        found["close_form"] = refused.get("close") or forms.CloseForm()
    if "reopen_incident" in verbs:
        found["reopen_form"] = refused.get("reopen") or forms.ReopenForm()
    if "escalate" in verbs:
        found["policies"] = fitting = policies.matching(incident)
        found["escalate_form"] = refused.get("escalate") or forms.EscalateForm(policies=fitting)
    if "reattribute" in verbs:
        form = refused.get("reattribute") or forms.ReattributeForm(units=accountability.chargeable(request.user))
        found["reattribute_form"] = form
        found["units"] = form.units  # type: ignore[attr-defined]
        found["candidates"] = _candidates(incident, candidates, form.units)  # type: ignore[attr-defined]
    return found


def _candidates(incident: Incident, frozen: list[dict[str, Any]], units: list[Unit]) -> list[tuple[Unit, float | None]]:
    """The unit that answers and the runners-up among those the reviewer may charge, with metres."""
    near = {incident.responsible_unit.code: None} | {
        one["unit_code"]: one["distance_m"]
        for one in reversed(frozen)
        if one["unit_code"] != incident.responsible_unit.code
    }
    listed = [(unit, near[unit.code]) for unit in units if unit.code in near]
    return sorted(listed, key=lambda pair: pair[1] or 0.0)


def _decide(
    request: SignedIn, incident: Incident, name: str, form: BaseForm, verb: str, /, **about: Any
) -> HttpResponse:
    """Check the form, call the verb, answer: back to the page, or the page again with what is wrong."""
    refusals = {"close_incident": cases.closing_refusal, "reattribute": cases.reattribution_refusal}
    if verb not in refusals:
        policy.demand(request.user, verb, decision_units(incident))
    elif why := refusals[verb](request.user, incident):
        raise PermissionDenied(why)
    if form.is_valid():
        try:
            getattr(actions, verb)(actor=request.user, **about, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Done: %(verb)s. It is on record.") % {"verb": DONE[verb]})
            return redirect("incidents:detail", ref=incident.ref)
    return page(request, incident, {name: form})


@require_POST
@login_required
def verify(request: SignedIn, ref: str) -> HttpResponse:
    """The province confirms the report."""
    incident = visible(request, ref)
    form = forms.VerifyForm(request.POST)
    return _decide(request, incident, "verify", form, "verify_incident", incident=incident)


@require_POST
@login_required
def close(request: SignedIn, ref: str) -> HttpResponse:
    """The incident is over."""
    incident = visible(request, ref)
    form = forms.CloseForm(request.POST)
    return _decide(request, incident, "close", form, "close_incident", incident=incident)


@require_POST
@login_required
def reopen(request: SignedIn, ref: str) -> HttpResponse:
    """A closed incident is taken up again."""
    incident = visible(request, ref)
    form = forms.ReopenForm(request.POST)
    return _decide(request, incident, "reopen", form, "reopen_incident", incident=incident)


@require_POST
@login_required
def escalate(request: SignedIn, ref: str) -> HttpResponse:
    """Tell institutions, by a policy and with a reason (duty D10)."""
    incident = visible(request, ref)
    form = forms.EscalateForm(request.POST, policies=policies.matching(incident))
    return _decide(request, incident, "escalate", form, "escalate", incident=incident)


@require_POST
@login_required
def reattribute(request: SignedIn, ref: str) -> HttpResponse:
    """A reviewer rules who answers."""
    incident = visible(request, ref)
    form = forms.ReattributeForm(request.POST, units=accountability.chargeable(request.user))
    return _decide(request, incident, "reattribute", form, "reattribute", incident=incident)


@require_POST
@login_required
def settle(request: SignedIn, ref: str, pk: int) -> HttpResponse:
    """Say what a conflicting copy was."""
    incident = visible(request, ref)
    copy = get_object_or_404(ConflictingCopy, incident=incident, pk=pk)
    form = forms.SettleForm(request.POST)
    return _decide(request, incident, f"settle-{pk}", form, "settle_conflicting_copy", copy=copy)
