"""The registers: every number of an office in its order, void ones too; beside it the drafts and what waits."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Max, Q
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from borderwatch import clock
from borderwatch.views import SignedIn
from incidents.choices_answers import LetterDirection, LetterKind, LetterState
from incidents.letters import deciders, filters, forms
from incidents.models import Letter
from units import policy
from units.models import Unit

SIZE = 50
# A printed register holds a year of one office.
PRINTED_MOST = 5000
DRAFTS = 20
# Kinds of state that bear a number.
NUMBERED = [state for state in LetterState.values if state != LetterState.DRAFT]
COLUMNS = (
    "office", "direction", "year", "serial", "number", "their_number", "kind", "state", "dated_on", "sender",
    "addressee", "subject_km", "subject_en", "incident", "numbered_at", "signed_at", "sent_at", "void_reason",
    "pdf_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Which register the address asks for."""

    direction: str
    office: Unit | None
    year: int
    params: QueryDict


def _asked(request: SignedIn) -> Asked:
    direction = request.GET.get("direction", "")
    if direction not in LetterDirection.values:
        direction = LetterDirection.OUTGOING
    year = request.GET.get("year", "")
    this_year = timezone.localdate(clock.now()).year
    chosen = int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else this_year
    return Asked(direction, _office(request), chosen, request.GET)


def _office(request: SignedIn) -> Unit | None:
    """The office of the address, else the person's own, else the first whose letters he sees."""
    offices = _offices(request)
    code = request.GET.get("office", "")
    found = offices.filter(code=code).first() if code else None
    return found or deciders.own_office(request.user) or offices.first()


def _offices(request: SignedIn) -> Any:
    """Offices whose register the person may open: those he writes for, and those that have letters he looks over."""
    ids = policy.unit_ids(request.user, policy.VIEW)
    with_letters = Letter.objects.filter(office_id__in=ids).order_by().values("office")
    mine = deciders.offices(request.user).values("pk")
    return Unit.objects.filter(Q(pk__in=with_letters) | Q(pk__in=mine)).order_by("kind", "code")


def _rows(request: SignedIn, asked: Asked) -> Any:
    """The numbered lines of the register asked for, the highest number first."""
    rows = Letter.objects.visible_to(request.user).filter(
        office=asked.office, direction=asked.direction, year=asked.year, state__in=NUMBERED
    )
    return rows.select_related("office", "incident").order_by("-serial")


@require_safe
@login_required
def register(request: SignedIn) -> HttpResponse:
    """A page of a register."""
    asked = _asked(request)
    narrowed = {name: value for name, value in request.GET.items() if name in ("kind", "state", "q") and value}
    questions = filters.LetterFilter(_only(request.GET, ("kind", "state", "q")), queryset=_rows(request, asked))
    rows = questions.qs
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 10:
        rows = rows.filter(serial__lt=int(before))
    found = list(rows[: SIZE + 1])
    shown = found[:SIZE]
    waiting = _waiting(request) if not before else []
    context: dict[str, Any] = {
        "direction": asked.direction,
        "outgoing": asked.direction == LetterDirection.OUTGOING,
        "tabs": [(value, label, _link(asked, direction=value, before="")) for value, label in forms.DIRECTIONS.items()],
        "office": asked.office,
        "offices": list(_offices(request)),
        "year": asked.year,
        "years": _years(request, asked),
        "rows": shown,
        "older": _link(asked, before=str(shown[-1].serial)) if len(found) > SIZE else "",
        "newest": _link(asked, before="") if before else "",
        "filter": questions,
        "narrowed": narrowed,
        "kinds": LetterKind.choices,
        "states": [(value, label) for value, label in LetterState.choices if value in NUMBERED],
        "drafts": _drafts(request, asked) if not before and not narrowed else [],
        "waiting": waiting,
        "may_edit_templates": asked.office is not None and deciders.may_edit_templates(request.user, asked.office),
        "may_write": asked.office is not None and deciders.may_write(request.user, asked.office),
        "query": urlencode({"office": asked.office.code if asked.office else "", "year": asked.year,
                            "direction": asked.direction, **narrowed}),
    }  # fmt: skip
    return render(request, "letters/register.html", context)


def _only(asked: QueryDict, names: tuple[str, ...]) -> QueryDict:
    kept = QueryDict(mutable=True)
    for name in names:
        kept.setlist(name, [one for one in asked.getlist(name) if one])
    return kept


def _link(asked: Asked, **changes: str) -> str:
    """The address of this register with something else; a cursor of "" is left out."""
    query = asked.params.copy()
    for name, value in changes.items():
        query[name] = value
    if not query.get("before"):
        query.pop("before", None)
    return "?" + query.urlencode()


def _years(request: SignedIn, asked: Asked) -> list[int]:
    years = Letter.objects.filter(office=asked.office, year__isnull=False).order_by("-year")
    found = {year for year in years.values_list("year", flat=True).distinct() if year is not None}
    return sorted(found | {asked.year, timezone.localdate(clock.now()).year}, reverse=True)


def _drafts(request: SignedIn, asked: Asked) -> list[Letter]:
    if asked.direction != LetterDirection.OUTGOING:
        return []
    rows = Letter.objects.visible_to(request.user).filter(office=asked.office, state=LetterState.DRAFT)
    return list(rows.select_related("office", "incident", "drafted_by").order_by("-drafted_at", "-pk")[:DRAFTS])


def _waiting(request: SignedIn) -> list[Letter]:
    """Letters sent to offices the person writes for and not yet entered there."""
    mine = [unit.pk for unit in deciders.offices(request.user)]
    if not mine:
        return []
    sent = Letter.objects.visible_to(request.user).filter(
        state=LetterState.SENT, direction=LetterDirection.OUTGOING, to_units__in=mine
    )
    entered = Letter.objects.filter(original__isnull=False, office_id__in=mine).values("original")
    rows = sent.exclude(pk__in=entered).annotate(newest=Max("sent_at")).order_by("-sent_at", "-pk")
    return list(rows.select_related("office")[:DRAFTS])


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def printed(request: SignedIn) -> HttpResponse:
    """A year of a register in the order of its numbers, for the file."""
    asked = _asked(request)
    rows = list(_rows(request, asked).order_by("serial")[:PRINTED_MOST])
    context = {
        "rows": rows,
        "office": asked.office,
        "year": asked.year,
        "outgoing": asked.direction == LetterDirection.OUTGOING,
        "label": forms.DIRECTIONS[asked.direction],
        "printed_at": clock.now(),
    }
    return render(request, "letters/printed.html", context)


class _Echo:
    """A file that gives back each line written to it."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def table(request: SignedIn) -> StreamingHttpResponse:
    """The register asked for as CSV, streamed; the first bytes tell spreadsheets that it is UTF-8."""
    asked = _asked(request)
    rows = filters.LetterFilter(
        _only(request.GET, ("kind", "state", "q")), queryset=_rows(request, asked).order_by("serial")
    ).qs
    name = f"register-{asked.office.code if asked.office else 'none'}-{asked.direction}-{asked.year}.csv"
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(rows: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(COLUMNS))
    for row in rows.iterator(chunk_size=500):
        yield str(writer.writerow([_safe(value) for value in _values(row)]))


def _values(row: Letter) -> list[Any]:
    days = [moment.isoformat() if moment else "" for moment in (row.numbered_at, row.signed_at, row.sent_at)]
    return [
        row.office.code, row.direction, row.year, row.serial, row.number_text, row.their_number, row.kind, row.state,
        row.dated_on.isoformat() if row.dated_on else "", row.sender, row.addressee_km, row.subject_km, row.subject_en,
        row.incident.ref if row.incident else "", *days, row.void_reason, row.pdf_sha256,
    ]  # fmt: skip


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
