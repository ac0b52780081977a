"""Contests of who answers, on the page of the incident; and opening a case from there (duty D2)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BaseForm
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions, cases, conflicts
from incidents.forms_cases import OpenCaseForm
from incidents.models import Attachment, Contest, Incident
from incidents.views import accountability, detail, files
from units import policy
from units.models import User

# What the page says after a verb.
DONE = {
    "statement": gettext_lazy("What your unit says is on record."),
    "rule": gettext_lazy("The ruling is on record; the units are told."),
    "withdraw": gettext_lazy("The contest is withdrawn."),
}


def _do(
    request: SignedIn,
    incident: Incident,
    name: str,
    form: BaseForm,
    verb: Callable[..., Any],
    said: Any,
    /,
    **about: Any,
) -> HttpResponse:
    """Call the verb with a form that holds; answer with the page, or the page again with what is wrong."""
    if form.is_valid():
        try:
            done = verb(actor=request.user, **about, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, said)
            return redirect(done) if name == "open_case" else redirect(f"{incident.get_absolute_url()}#accountability")
    return detail.page(request, incident, {name: form})


@require_POST
@login_required
def open_case(request: SignedIn, ref: str) -> HttpResponse:
    """A reviewer opens a case against the head of the unit that answers."""
    incident = detail.visible(request, ref)
    row = cases.current(incident)
    policy.demand(request.user, "open_case", [row.unit_id])
    conflicts.demand(request.user, row.unit, head_person=cases.head_of(row))
    form = OpenCaseForm(request.POST, auto_id="open-case-%s")
    return _do(request, incident, "open_case", form, actions.open_case, _("The case is open."), incident=incident)


@require_POST
@login_required
def contest(request: SignedIn, ref: str) -> HttpResponse:
    """The unit that answers contests it."""
    incident = detail.visible(request, ref)
    policy.demand(request.user, "contest_attribution", [incident.responsible_unit_id])
    form = accountability.contest_form(request.user, incident, cases.current(incident), request.POST, request.FILES)
    said = _("Your contest is on record. Units near the place are heard, then a reviewer rules.")
    return _do(request, incident, "contest", form, actions.contest_attribution, said, incident=incident)


def _demand(user: User, verb: str, contest: Contest) -> None:
    """Refuse who may not before the form is looked at, as the verb would: 403 whatever was sent."""
    if verb == "rule_contest":
        conflicts.demand(user, contest.unit, head_person=cases.head_of(contest.attribution))
    else:
        units = [contest.unit_id] if verb == "withdraw_contest" else contest.heard.values_list("pk", flat=True)
        policy.demand(user, verb, units)


@require_POST
@login_required
def act(request: SignedIn, ref: str, pk: int, name: str) -> HttpResponse:
    """One of `CONTEST_ACTS`: a statement, the ruling, or the contest taken back."""
    incident = detail.visible(request, ref)
    rows = Contest.objects.visible_to(request.user).select_related("unit", "attribution__tenure__person")
    row = get_object_or_404(rows, incident=incident, pk=pk)
    verb, _form = accountability.CONTEST_ACTS[name]
    _demand(request.user, verb, row)
    form = accountability.act_form(
        request.user, name, incident, cases.current(incident), row, request.POST, request.FILES
    )
    return _do(request, incident, f"{name}-{pk}", form, getattr(actions, verb), DONE[name], contest=row)


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def file(request: SignedIn, ref: str, pk: int) -> FileResponse:
    """A file given with a contest or a statement on an incident one sees, to be saved."""
    of_it = Q(contest__incident__ref=ref.upper()) | Q(statement__contest__incident__ref=ref.upper())
    seen = Contest.objects.visible_to(request.user).values("pk")
    shown = Q(contest__in=seen) | Q(statement__contest__in=seen)
    return files.hand_out(get_object_or_404(Attachment.objects.filter(of_it).filter(shown), pk=pk))
