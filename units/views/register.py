"""Pages by which a register keeper keeps the tree, heads, leave and postings; each ends in one verb, with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import clock, pages
from borderwatch.views import SignedIn, refused_by_verb
from units import actions, policy
from units import forms_register as forms
from units.models import CommandTenure, Leave, Posting, Unit
from units.status import rights_of

form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Step:
    """What a page of the register does, in the words of its heading and its button."""

    verb: str
    title: str | Promise
    button: str | Promise
    lead: str | Promise = ""


PAST_STAYS = gettext_lazy("Incidents filed already keep who answered for them; nothing here changes that.")
STEPS = {
    "new": Step("create_unit", gettext_lazy("Add a unit"), gettext_lazy("Add the unit")),
    "edit": Step(
        "update_unit", gettext_lazy("Change the names"), gettext_lazy("Save the names"),
        gettext_lazy("The code stays for ever. Records keep the names they were written with."),
    ),
    "move": Step(
        "move_unit", gettext_lazy("Put it under another unit"), gettext_lazy("Move the unit"),
        gettext_lazy(
            "Everything under it moves along. Whoever has rights from above the old place loses them here at once, and "
            "whoever has them from above the new place gains them. Who answered in the past stays."
        ),
    ),
    "appoint": Step(
        "appoint_head", gettext_lazy("Put a head on record"), gettext_lazy("Put on record"),
        gettext_lazy(
            "From that moment on this person answers for the unit. A unit has one head at a time: end the other tenure "
            "first. Incidents filed already keep who answered."
        ),
    ),
    "end_head": Step("end_tenure", gettext_lazy("End a tenure"), gettext_lazy("End the tenure"), PAST_STAYS),
    "correct_head": Step("correct_tenure", gettext_lazy("Correct dates"), gettext_lazy("Save the dates"), PAST_STAYS),
    "withdraw_head": Step(
        "withdraw_tenure", gettext_lazy("Take a tenure back"), gettext_lazy("Take it back"),
        gettext_lazy("Only a tenure that has not begun can be taken back; one that has begun is ended."),
    ),
    "leave": Step(
        "grant_leave", gettext_lazy("Leave of the head"), gettext_lazy("Put the leave on record"),
        gettext_lazy(
            "Meanwhile the acting head answers for the unit; afterwards the head answers again. Incidents filed "
            "already keep who answered."
        ),
    ),
    "end_leave": Step(
        "end_leave", gettext_lazy("The head is back early"), gettext_lazy("End the leave"),
        gettext_lazy("From that moment on the head answers again, and the acting head's posting gives nothing more."),
    ),
    "call_off_leave": Step(
        "call_off_leave", gettext_lazy("Call a leave off"), gettext_lazy("Call it off"),
        gettext_lazy("Only a leave that has not begun can be called off; one that has begun is ended early."),
    ),
    "post": Step(
        "post_person", gettext_lazy("Post a person"), gettext_lazy("Post the person"),
        gettext_lazy(
            "A posting gives rights at this unit and at everything under it, from its first moment to its last. It "
            "makes nobody answer for the unit: heads are put on record apart."
        ),
    ),
    "end_posting": Step(
        "end_posting", gettext_lazy("End a posting"), gettext_lazy("End the posting"),
        gettext_lazy("From that moment on it gives nothing, whatever else happens."),
    ),
}  # fmt: skip


def _unit(request: SignedIn, code: str) -> Unit:
    """The unit, visible (404 otherwise) and kept by this person (403 otherwise)."""
    rows = Unit.objects.visible_to(request.user).select_related("province", "parent")  # type: ignore[attr-defined]
    unit: Unit = get_object_or_404(rows, code=code)
    policy.demand(request.user, "manage_register", [unit.pk])
    return unit


def _step(
    request: SignedIn, unit: Unit, name: str, make: Callable[[Any], BaseForm], about: dict[str, Any], **shown: Any
) -> HttpResponse:
    """Show the form; when it is sent, call the verb with `about` and what was typed, or show what is wrong."""
    step = STEPS[name]
    form = make(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            getattr(actions, step.verb)(actor=request.user, **about, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Done. It is on record with your name and the reason."))
            return redirect("units:detail", code=unit.code)
    context = {"unit": unit, "step": step, "form": form, **shown}
    return render(request, "units/step.html", context, status=422 if form.is_bound else 200)


# --- the tree ---------------------------------------------------------------------------------------------------


@form_page
@login_required
def new(request: SignedIn, code: str) -> HttpResponse:
    """Add a unit under this one."""
    unit = _unit(request, code)
    return _step(request, unit, "new", lambda data: forms.NewUnitForm(data, parent=unit), {"parent": unit})


@form_page
@login_required
def edit(request: SignedIn, code: str) -> HttpResponse:
    """Change the unit's names."""
    unit = _unit(request, code)
    names = {name: getattr(unit, name) for name in ("name_km", "name_en", "short_name")}
    return _step(request, unit, "edit", lambda data: forms.NamesForm(data, initial=names), {"unit": unit})


@form_page
@login_required
def move(request: SignedIn, code: str) -> HttpResponse:
    """Put the unit under another one the person keeps."""
    unit = _unit(request, code)
    policy.demand(request.user, "manage_register", [unit.parent_id])
    below = unit.descendants(include_self=True).values_list("pk", flat=True)
    kept = policy.unit_ids(request.user, policy.REGISTER) - set(below)
    places = Unit.objects.visible_to(request.user).filter(pk__in=kept).order_by("code")  # type: ignore[attr-defined]
    make = lambda data: forms.MoveForm(data, units=places)  # noqa: E731
    return _step(request, unit, "move", make, {"unit": unit}, units=places)


# --- heads and leave --------------------------------------------------------------------------------------------


@form_page
@login_required
def appoint(request: SignedIn, code: str) -> HttpResponse:
    """Put a head on record."""
    unit = _unit(request, code)
    first = {"since": forms.this_minute(), "rank": "captain"}
    return _step(request, unit, "appoint", lambda data: forms.AppointForm(data, initial=first), {"unit": unit})


def _tenure(unit: Unit, pk: int) -> CommandTenure:
    found: CommandTenure = get_object_or_404(unit.tenures.select_related("unit"), pk=pk)
    return found


@form_page
@login_required
def end_head(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """End a head's tenure."""
    unit = _unit(request, code)
    tenure, first = _tenure(unit, pk), {"at": forms.this_minute(), "with_posting": True}
    make = lambda data: forms.EndTenureForm(data, initial=first)  # noqa: E731
    return _step(request, unit, "end_head", make, {"tenure": tenure}, tenure=tenure)


@form_page
@login_required
def correct_head(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Put right the dates of a tenure."""
    unit = _unit(request, code)
    tenure = _tenure(unit, pk)
    make = lambda data: forms.DatesForm(data, tenure=tenure)  # noqa: E731
    return _step(request, unit, "correct_head", make, {"tenure": tenure}, tenure=tenure)


@form_page
@login_required
def withdraw_head(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Take back a tenure that has not begun."""
    unit = _unit(request, code)
    tenure = _tenure(unit, pk)
    return _step(request, unit, "withdraw_head", forms.ReasonForm, {"tenure": tenure}, tenure=tenure)


@form_page
@login_required
def leave(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Send the head of a tenure on leave, with a person acting for him."""
    unit = _unit(request, code)
    tenure, first = _tenure(unit, pk), {"acting_rank": "captain"}
    make = lambda data: forms.LeaveForm(data, initial=first)  # noqa: E731
    return _step(request, unit, "leave", make, {"tenure": tenure}, tenure=tenure)


def _leave(unit: Unit, pk: int) -> Leave:
    found: Leave = get_object_or_404(unit.leaves.select_related("tenure", "acting"), pk=pk)
    return found


@form_page
@login_required
def end_leave(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """The head comes back early."""
    unit = _unit(request, code)
    row, first = _leave(unit, pk), {"at": forms.this_minute()}
    make = lambda data: forms.EndForm(data, initial=first)  # noqa: E731
    return _step(request, unit, "end_leave", make, {"leave": row}, leave=row)


@form_page
@login_required
def call_off_leave(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """A leave that has not begun does not take place."""
    unit = _unit(request, code)
    row = _leave(unit, pk)
    return _step(request, unit, "call_off_leave", forms.ReasonForm, {"leave": row}, leave=row)


# --- postings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostingLine:
    """A posting and what it gives, in words."""

    posting: Posting
    rights: list[str]


@require_safe
@login_required
def postings(request: SignedIn, code: str) -> HttpResponse:
    """Everybody who has ever been posted at the unit itself, latest entry first; for those who see its incidents."""
    rows = Unit.objects.visible_to(request.user)  # type: ignore[attr-defined]
    unit: Unit = get_object_or_404(rows, code=code)
    held = policy.held_on(request.user, unit.pk)
    keeps = policy.REGISTER in held
    if not held & {policy.VIEW, policy.REGISTER}:
        raise PermissionDenied(_("Postings are shown to those who see the incidents of the unit."))
    found = Posting.objects.filter(unit_role__unit=unit).select_related("user", "unit_role")
    page = pages.keyset(found, asked=request.GET)
    lines = [PostingLine(row, rights_of(row.unit_role.role)) for row in page]
    context = {"unit": unit, "page": page, "lines": lines, "keeps": keeps, "now": clock.now()}
    return render(request, "units/postings.html", context)


@form_page
@login_required
def post(request: SignedIn, code: str) -> HttpResponse:
    """Give a person a role at the unit."""
    unit = _unit(request, code)
    first = {"since": forms.this_minute()}
    make = lambda data: forms.PostForm(data, unit=unit, initial=first)  # noqa: E731
    return _step(request, unit, "post", make, {"unit": unit})


@form_page
@login_required
def end_posting(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """End a posting at the unit."""
    unit = _unit(request, code)
    rows = Posting.objects.filter(unit_role__unit=unit).select_related("user", "unit_role")
    row, first = get_object_or_404(rows, pk=pk), {"at": forms.this_minute()}
    make = lambda data: forms.EndForm(data, initial=first)  # noqa: E731
    return _step(request, unit, "end_posting", make, {"posting": row}, posting=row)


@require_safe
@login_required
def people(request: SignedIn) -> HttpResponse:
    """Suggestions for a person's name while it is typed, as options; for register keepers."""
    if not policy.unit_ids(request.user, policy.REGISTER):
        raise PermissionDenied(_("Accounts are listed for register keepers."))
    asked = request.GET.get("person") or request.GET.get("acting_person") or ""
    text = asked.partition(forms.DOT)[0].strip()
    found = forms.accounts(text)[: forms.SUGGESTED] if len(text) > 1 else []
    return render(request, "units/people.html", {"found": found})
