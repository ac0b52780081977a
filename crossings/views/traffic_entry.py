"""Entering a day of traffic: the sheet of both directions, corrections with old beside new, earlier versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from borderwatch.views import SignedIn
from crossings import actions, deciders, sheets
from crossings.actions.traffic import BadSheets, all_faults
from crossings.choices import CountKind, Direction, GoodsClass
from crossings.counts import EARLIEST, Given, Line
from crossings.day_rows import lines_of, row_of, typed
from crossings.forms_traffic import WAYS, DayForm
from crossings.models import Crossing, TrafficSheet
from crossings.traffic import crossings_of
from crossings.watched import used_lately

# Days in the strip above the sheet.
STRIP = 14


def crossing_of(request: SignedIn, slug: str) -> Crossing:
    """The crossing of that code, 404 when the person does not see its traffic."""
    rows = crossings_of(request.user).select_related("district__province", "responsible_unit")
    found: Crossing = get_object_or_404(rows, slug=slug)
    return found


def refuse_day(day: date) -> None:
    """404 for a day that cannot be entered."""
    if not EARLIEST <= day <= sheets.today():
        raise Http404


@require_safe
@login_required
def enter(request: SignedIn, slug: str) -> HttpResponse:
    """Today's sheet of a crossing."""
    crossing = crossing_of(request, slug)
    return redirect("traffic:day", crossing.slug, sheets.today())


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def day(request: SignedIn, slug: str, day: date) -> HttpResponse:
    """The sheet of a day. Who may not enter reads it; a change of what is in force is a correction."""
    crossing, when = crossing_of(request, slug), day
    refuse_day(when)
    if request.method == "POST":
        deciders.demand(request.user, "enter_traffic", crossing)
        return _entered(request, crossing, when)
    standing = _standing(request, crossing, when)
    form = _form(request, crossing, when, standing)
    return _page(request, crossing, when, standing, form)


def _standing(request: SignedIn, crossing: Crossing, when: date) -> dict[str, TrafficSheet]:
    rows = TrafficSheet.objects.visible_to(request.user).filter(crossing=crossing, day=when, current=True)
    return {row.direction: row for row in rows.select_related("entered_by").prefetch_related("lines")}


def _form(request: SignedIn, crossing: Crossing, when: date, standing: Mapping[str, TrafficSheet]) -> DayForm:
    return DayForm(
        request.POST or None,
        crossing=crossing,
        day=when,
        standing=standing,
        used=used_lately(crossing, when),
        observer=request.user.record_name,
    )


def _entered(request: SignedIn, crossing: Crossing, when: date) -> HttpResponse:
    """Check the form, call the verb, answer: the day anew, or the page with what is wrong and nothing lost."""
    standing = _standing(request, crossing, when)
    form = _form(request, crossing, when, standing)
    if "more" in request.POST:
        return _page(request, crossing, when, standing, form, status=200)
    if not form.is_valid():
        return _page(request, crossing, when, standing, form, status=422)
    given = form.given()
    if not given:
        form.add_error(None, _("Nothing is counted yet. Write 0 where you watched and nobody came."))
        return _page(request, crossing, when, standing, form, status=422)
    try:
        recorded = actions.record_sheets(actor=request.user, given=given, source="page")
    except BadSheets as refused:
        for index, judged in refused.judged.items():
            for fault in all_faults(judged):
                form.refused(given[index].direction, fault)
        # What is in force may have been entered since the page was looked at.
        return _page(request, crossing, when, _standing(request, crossing, when), form, given, status=422)
    _tell(request, [one.outcome for one in recorded])
    return redirect(f"{reverse('traffic:day', args=[crossing.slug, when])}?saved=1")


def _tell(request: SignedIn, outcomes: list[str]) -> None:
    if not (new := sum(one != "same" for one in outcomes)):
        messages.info(request, _("This is what is on record already; nothing has changed."))
    elif "corrected" in outcomes:
        messages.success(request, _("The day is corrected. What stood before can still be read."))
    else:
        said = ngettext("%(n)s direction of the day is entered.", "%(n)s directions of the day are entered.", new)
        messages.success(request, said % {"n": new})


def _page(
    request: SignedIn,
    crossing: Crossing,
    when: date,
    standing: Mapping[str, TrafficSheet],
    form: DayForm,
    given: list[Given] | None = None,
    status: int = 200,
) -> HttpResponse:
    may = deciders.may(request.user, "enter_traffic", crossing)
    late = [one for one in given or () if _later(one, standing.get(one.direction))]
    changed = [one for one in given or () if one.direction in standing]
    context = {
        "crossing": crossing,
        "day": when,
        "form": form if may else None,
        "standing": [standing[way] for way in WAYS if way in standing],
        "shut": [str(one) for one in sorted(sheets.Shutness([crossing.pk]).on(crossing.pk, when))],
        "may_enter": may,
        "ways": [(way, Direction(way).label) for way in WAYS],
        "strip": _strip(request, crossing, when),
        "before": _neighbour(when - timedelta(days=1)),
        "after": _neighbour(when + timedelta(days=1)),
        "today": sheets.today(),
        "differences": [difference for one in changed for difference in differences(one, standing[one.direction])],
        "late": bool(late),
        # Once the two have been shown side by side, sending again is a correction of what is in force now.
        "seen": [
            (way, (standing[way].version if way in standing else 0) if given else form[f"version-{way}"].value())
            for way in WAYS
        ],
        "saved": request.GET.get("saved") == "1",
        "table": _table(standing),
    }
    return render(request, "traffic/day.html", context, status=status)


def _later(given: Given, sheet: TrafficSheet | None) -> bool:
    return sheet is not None and sheet.version != (given.expected_version or 0)


def _neighbour(when: date) -> date | None:
    return when if EARLIEST <= when <= sheets.today() else None


def _strip(request: SignedIn, crossing: Crossing, when: date) -> list[tuple[date, str]]:
    """The days around this one with what is entered of them: "both", "in", "out" or ""."""
    last = min(sheets.today(), when + timedelta(days=STRIP // 2))
    first = last - timedelta(days=STRIP - 1)
    found: dict[date, str] = {}
    visible = TrafficSheet.objects.visible_to(request.user)
    rows = visible.filter(crossing=crossing, current=True, day__gte=first, day__lte=last)
    for one, way in rows.order_by("day", "direction").values_list("day", "direction"):
        found[one] = "both" if one in found else way
    return [(one, found.get(one, "")) for one in (first + timedelta(days=n) for n in range(STRIP))]


# --- two contents side by side ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A figure that differs: its direction, what it is, how it stands and how it would."""

    way: str
    label: str
    old: str
    new: str


def differences(given: Given, sheet: TrafficSheet) -> list[Difference]:
    """What a count given would change of the one in force."""
    way = str(Direction(given.direction).label)
    old = {line.key: line for line in lines_of(sheet)}
    new = {line.key: line for line in given.lines}
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = _words(old.get(key)), _words(new.get(key))
        if before != after:
            found.append(Difference(way, line_label(old.get(key) or new[key]), before, after))
    pairs: tuple[tuple[Any, Any, Any], ...] = (
        (_("Minutes watched"), sheet.observed_minutes, given.observed_minutes),
        (_("How it was counted"), sheet.method, given.method),
        (_("Who watched"), sheet.observer, given.observer.strip()),
        (_("Note"), sheet.note, given.note.strip()),
    )
    found += [Difference(way, str(label), str(a or "–"), str(b or "–")) for label, a, b in pairs if a != b]
    return found


def line_label(line: Line) -> str:
    """What a line counts, in words."""
    kind = str(CountKind(line.kind).label)
    if line.kind == CountKind.GOODS:
        goods = str(GoodsClass(line.class_of).label) if line.class_of in GoodsClass.values else line.class_of
        return f"{kind}: {goods} {line.currency}".strip()
    label = row_of(line).label
    return kind if label == kind else f"{kind}: {label}"


def _words(line: Line | None) -> str:
    if line is None:
        return "–"
    if line.kind != CountKind.GOODS:
        return str(line.number)
    tonnes = _("%(n)s t") % {"n": typed(line.tonnes)} if line.tonnes is not None else ""
    value = f"{typed(line.value)} {line.currency}" if line.value is not None else ""
    return ", ".join(filter(None, (tonnes, value)))


def _table(standing: Mapping[str, TrafficSheet]) -> list[tuple[str, list[str]]]:
    """What is in force as rows of words, for who only reads."""
    lines = {way: {line.key: line for line in lines_of(sheet)} for way, sheet in standing.items()}
    keys = dict.fromkeys(key for found in lines.values() for key in found)
    named = {key: next(found[key] for found in lines.values() if key in found) for key in keys}
    return [(line_label(line), [_words(lines.get(way, {}).get(key)) for way in WAYS]) for key, line in named.items()]


@require_safe
@login_required
def versions(request: SignedIn, slug: str, day: date) -> HttpResponse:
    """Every version of a day, newest first, with who entered it and why it was corrected."""
    crossing, when = crossing_of(request, slug), day
    refuse_day(when)
    rows = TrafficSheet.objects.visible_to(request.user).filter(crossing=crossing, day=when)
    found = rows.select_related("entered_by", "imported").prefetch_related("lines").order_by("direction", "-version")
    context = {
        "crossing": crossing,
        "day": when,
        "versions": [(row, [(line_label(one), _words(one)) for one in lines_of(row)]) for row in found],
    }
    return render(request, "traffic/versions.html", context)
