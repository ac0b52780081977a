"""Pages of working time: an office's week and the year's special days, and the forms that change them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch import clock
from borderwatch.khmer import latin_digits
from borderwatch.views import SignedIn, refused_by_verb
from units import actions, policy
from units import forms_office as forms
from units.actions.calendar import demand_calendar
from units.choices import INSTITUTIONS, DayKind
from units.models import SpecialDay, Unit, WorkingHours
from units.working_week import ALL_OFFICES, Sheet

form_page = require_http_methods(["GET", "HEAD", "POST"])
YEARS = range(2000, 2101)


@dataclass(frozen=True)
class Step:
    """What a form does, in the words of its heading and its button."""

    verb: str
    title: str | Promise
    button: str | Promise
    lead: str | Promise = ""


ANEW = gettext_lazy("Deadlines that run in these hours are reckoned anew within minutes; each clock says so.")
STEPS = {
    "hours": Step("set_working_hours", gettext_lazy("Change the hours"), gettext_lazy("Keep these hours"), ANEW),
    "hours_end": Step(
        "end_working_hours", gettext_lazy("Follow the hours of all offices"), gettext_lazy("Give up own hours"), ANEW
    ),
    "day_new": Step("add_special_day", gettext_lazy("Enter a special day"), gettext_lazy("Enter the day"), ANEW),
    "day_remove": Step("remove_special_day", gettext_lazy("Take a day back"), gettext_lazy("Take it back"), ANEW),
}


def _sent(request: SignedIn) -> QueryDict | None:
    """What was sent, an empty form too; None when nothing was."""
    return request.POST if request.method == "POST" else None


def _unit(request: SignedIn, code: str) -> Unit | None:
    """The office, None for all offices; 404 when the person may not look at it."""
    if code == ALL_OFFICES:
        return None
    found: Unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)  # type: ignore[attr-defined]
    return found


def _may(request: SignedIn, unit: Unit | None) -> bool:
    try:
        demand_calendar(request.user, unit)
    except PermissionDenied:
        return False
    return True


@require_safe
@login_required
def calendars(request: SignedIn) -> HttpResponse:
    """Offices with their hours: where the person serves first, then the institutions, then those with own hours."""
    seen = Unit.objects.visible_to(request.user)  # type: ignore[attr-defined]
    own = [unit for _role, unit in policy.roles_of(request.user)]
    with_hours = WorkingHours.objects.filter(unit__isnull=False).values("unit")
    others = seen.filter(pk__in=with_hours) | seen.filter(kind__in=INSTITUTIONS)
    units = list(dict.fromkeys([*own, *others.distinct().order_by("code")]))
    holding = {row.unit_id: row for row in WorkingHours.objects.at(clock.now()).order_by("pk")}
    default = holding.get(None)
    lines = [(unit, holding.get(unit.pk, default), unit.pk in holding) for unit in units]
    return render(request, "office/calendars.html", {"lines": lines, "default": default, "all_offices": ALL_OFFICES})


@require_safe
@login_required
def calendar(request: SignedIn, code: str) -> HttpResponse:
    """An office's week and its special days in a year (`?year=`); this year when none that makes sense is asked for."""
    unit = _unit(request, code)
    now = clock.now()
    today = timezone.localdate(now)
    sheet = Sheet.of(unit, now)
    asked = latin_digits(request.GET.get("year", ""))
    year = int(asked) if re.fullmatch(r"[0-9]{4}", asked) and int(asked) in YEARS else today.year
    stretch = sheet.stretch()
    context = {
        "unit": unit,
        "code": code,
        "sheet": sheet,
        "stretch": stretch,
        "open": stretch is not None and stretch.start <= now,
        "now": now,
        "year": year,
        "last_year": year - 1 if year - 1 in YEARS else None,
        "next_year": year + 1 if year + 1 in YEARS else None,
        "months": sheet.year(year, today),
        "has_national": sheet.has_national(year),
        "may_change": _may(request, unit),
        "all_offices": ALL_OFFICES,
        "working_day": DayKind.WORKING_DAY,
    }
    return render(request, "office/calendar.html", context)


def _step(
    request: SignedIn, name: str, unit: Unit | None, form: Form, about: dict[str, Any], **shown: Any
) -> HttpResponse:
    """Show the form; when it is sent, call the verb, or show what is wrong."""
    step = STEPS[name]
    code = unit.code if unit else ALL_OFFICES
    if form.is_bound and form.is_valid():
        verb: Callable[..., object] = getattr(actions, step.verb)
        try:
            verb(actor=request.user, **about, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Done. It is on record with your name and the reason."))
            return redirect("office:calendar", code=code)
    context = {"unit": unit, "code": code, "step": step, "name": name, "form": form, **shown}
    return render(request, "office/calendar_step.html", context, status=422 if form.is_bound else 200)


def _kept(request: SignedIn, code: str) -> Unit | None:
    """The office, visible (404 otherwise) and kept by this person (403 otherwise)."""
    unit = _unit(request, code)
    demand_calendar(request.user, unit)
    return unit


@form_page
@login_required
def hours(request: SignedIn, code: str) -> HttpResponse:
    """Set the week from a day on; what holds now stands in the form."""
    unit = _kept(request, code)
    holding = Sheet.of(unit, clock.now()).in_force
    initial: dict[str, Any] = {"weekdays": holding.weekdays, "source": ""} if holding else {}
    for number, (first, last) in enumerate(holding.spans if holding else [], start=1):
        initial |= {f"from_{number}": first, f"until_{number}": last}
    form = forms.HoursForm(_sent(request), initial=initial)
    return _step(request, "hours", unit, form, {"unit": unit})


@form_page
@login_required
def hours_end(request: SignedIn, code: str) -> HttpResponse:
    """Let the office follow the hours of all offices again."""
    unit = _kept(request, code)
    if unit is None:
        raise Http404
    return _step(request, "hours_end", unit, forms.EndHoursForm(_sent(request)), {"unit": unit})


@form_page
@login_required
def day_new(request: SignedIn, code: str) -> HttpResponse:
    """Enter a holiday, or a working day in place of one."""
    unit = _kept(request, code)
    form = forms.DayForm(_sent(request), initial={"kind": DayKind.HOLIDAY})
    return _step(request, "day_new", unit, form, {"unit": unit})


@form_page
@login_required
def day_remove(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Take a special day of this office back."""
    unit = _kept(request, code)
    day = get_object_or_404(SpecialDay, pk=pk, unit=unit, removed_at=None)
    return _step(request, "day_remove", unit, forms.ReasonForm(_sent(request)), {"special_day": day}, day=day)
