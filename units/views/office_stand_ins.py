"""Pages of stand-ins: whose I know of, naming one, and the end of a time away."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import clock
from borderwatch.views import SignedIn, refused_by_verb
from units import actions, policy
from units import forms_office as forms
from units.actions.delegation import BY_ONESELF
from units.choices import Role
from units.models import Delegation, Posting, Unit, User

form_page = require_http_methods(["GET", "HEAD", "POST"])
# Ended ones shown; the record keeps them all.
ENDED = 30


def _sent(request: SignedIn) -> QueryDict | None:
    """What was sent, an empty form too; None when nothing was."""
    return request.POST if request.method == "POST" else None


def _may_end(request: SignedIn, row: Delegation, kept: frozenset[int]) -> bool:
    return row.person_id == request.user.pk or row.unit_id in kept


@require_safe
@login_required
def stand_ins(request: SignedIn) -> HttpResponse:
    """My own, those for whom I stand in, and those of the units whose register I keep."""
    now = clock.now()
    kept = policy.unit_ids(request.user, policy.REGISTER)
    seen: Any = Delegation.objects.visible_to(request.user).select_related("person", "stand_in", "unit")
    going = list(seen.filter(period__endswith__gt=now).order_by("period"))
    me = request.user.pk
    lines = [(row, row.holds_at(now), _may_end(request, row, kept)) for row in going]
    context = {
        "own": [line for line in lines if line[0].person_id == me],
        "for_others": [line for line in lines if line[0].stand_in_id == me],
        "kept": [line for line in lines if me not in (line[0].person_id, line[0].stand_in_id)],
        "ended": list(seen.filter(period__endswith__lte=now).order_by("-period")[:ENDED]),
        "keeps": bool(kept),
        "may_name": bool(_posts(request.user, request.user, kept)),
    }
    return render(request, "office/stand_ins.html", context)


def _posts(actor: User, person: User, kept: frozenset[int]) -> list[tuple[Unit, str]]:
    """The postings of a person for which the actor may name a stand-in."""
    rows = Posting.objects.filter(user=person, period__contains=clock.sql_now()).exclude(unit_role__role=Role.COMMANDER)
    posts = [(row.unit_role.unit, row.unit_role.role) for row in rows.select_related("unit_role__unit").order_by("pk")]
    return [(unit, role) for unit, role in posts if unit.pk in kept or (actor == person and role in BY_ONESELF)]


def _colleagues(person: User, posts: list[tuple[Unit, str]]) -> list[User]:
    """Who serves at the same offices today."""
    there = Posting.objects.filter(
        unit_role__unit__in=[unit.pk for unit, _role in posts], period__contains=clock.sql_now()
    ).values("user")
    return list(User.objects.filter(pk__in=there, is_active=True).exclude(pk=person.pk).order_by("username"))


@form_page
@login_required
def stand_in_new(request: SignedIn) -> HttpResponse:
    """Name a stand-in for myself; a register keeper for anybody of his units (`?person=`)."""
    kept = policy.unit_ids(request.user, policy.REGISTER)
    whom = forms.ForWhomForm(request.GET) if kept and request.GET.get("person") else None
    if whom is not None and not whom.is_valid():
        return render(request, "office/stand_in_new.html", {"whom": whom, "keeps": True}, status=422)
    person = whom.cleaned_data["person"] if whom is not None else request.user
    posts = _posts(request.user, person, kept)
    if not posts and not (kept and request.method != "POST"):
        raise PermissionDenied(policy.nothing_here())
    by_himself = person == request.user and not any(unit.pk in kept for unit, _role in posts)
    colleagues = _colleagues(person, posts) if by_himself else None
    form = forms.StandInForm(_sent(request), posts=posts, colleagues=colleagues) if posts else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.grant_delegation(actor=request.user, person=person, **form.cleaned_data)
        except ValidationError as error:
            _refused(form, error)
        else:
            messages.success(request, _("Done. Both have been told."))
            return redirect("office:stand_ins")
    context = {
        "form": form,
        "person": person,
        "himself": person == request.user,
        "whom": whom or (forms.ForWhomForm() if kept else None),
        "keeps": bool(kept),
    }
    return render(request, "office/stand_in_new.html", context, status=422 if request.method == "POST" else 200)


def _refused(form: forms.StandInForm, error: ValidationError) -> None:
    """The verb speaks of the role where the form asks for the post."""
    found = dict(getattr(error, "error_dict", {}))
    if "role" in found:
        error = ValidationError({**found, "post": found["role"]})
        del error.error_dict["role"]
    refused_by_verb(form, error)


@form_page
@login_required
def stand_in_end(request: SignedIn, pk: int) -> HttpResponse:
    """The person is back, or stays after all: end it now."""
    rows: Any = Delegation.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("person", "stand_in", "unit"), pk=pk)
    if not _may_end(request, row, policy.unit_ids(request.user, policy.REGISTER)):
        raise PermissionDenied(policy.nothing_here())
    form = forms.ReasonForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_delegation(actor=request.user, delegation=row, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Done. Both have been told."))
            return redirect("office:stand_ins")
    context = {"form": form, "row": row, "begun": row.holds_at(clock.now())}
    return render(request, "office/stand_in_end.html", context, status=422 if request.method == "POST" else 200)
