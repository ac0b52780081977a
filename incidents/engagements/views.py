"""Pages of the engagement log: the list and its table, one entry, the form of a new one (duty D8)."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from borderwatch import pages
from borderwatch.models import AuditEntry, Delivery
from borderwatch.views import SignedIn, refused_by_verb
from crossings.traffic_files.template import csv_lines
from incidents import actions, kept_files
from incidents.choices import Status
from incidents.choices_answers import EngagementKind, EngagementResult
from incidents.engagements import rules
from incidents.engagements.filters import EngagementFilter, narrow
from incidents.engagements.forms import EngagementForm, StrikeForm
from incidents.models import Counterpart, Engagement, EngagementFile, Incident
from units import policy
from units.actions import Clash
from units.choices import Neighbour
from units.models import Province

AT_ONCE = 2_000
# The columns of the table; machine-readable: codes and slugs, times with their zone.
TABLE = (
    "incident", "number", "province", "happened_at", "kind", "country", "counterpart", "authority", "their_person",
    "their_rank", "place", "our_unit", "our_people", "demanded", "answer", "result", "next_contact_at", "entered_by",
    "entered_at", "struck_at", "struck_reason",
)  # fmt: skip


# --- the list -------------------------------------------------------------------------------------------------


@require_safe
@login_required
def engagement_list(request: SignedIn) -> HttpResponse:
    """Every contact the person sees, the latest first; filters narrow them and stay in the address."""
    visible = Engagement.objects.visible_to(request.user)
    rows = visible.select_related("incident__province", "incident__district", "counterpart", "unit")
    questions = EngagementFilter(request.GET, queryset=rows, request=request)
    asked = sum(1 for name in questions.filters if request.GET.get(name))
    context = {
        "page": pages.keyset(questions.qs, moment="happened_at", asked=request.GET),
        "filter": questions,
        "asked": asked,
        "selects": _selects(request),
        "query": request.GET.urlencode(),
    }
    return render(request, "engagements/list.html", context)


def _selects(request: SignedIn) -> list[tuple[str, Any, list[tuple[Any, Any]], str]]:
    """The filters with a closed list, each as (name, label, choices, what was chosen)."""
    counterparts = Counterpart.objects.order_by("country", "kind", "name_en")
    provinces = Province.objects.exclude(neighbours=[]).order_by("code")
    lists: list[tuple[str, Any, list[tuple[Any, Any]]]] = [
        ("result", _("Result"), list(EngagementResult.choices)),
        ("kind", _("How"), list(EngagementKind.choices)),
        ("country", _("Country"), list(Neighbour.choices)),
        ("counterpart", _("Counterpart"), [(row.slug, row.name) for row in counterparts]),
        ("province", _("Province"), [(row.code, row.name) for row in provinces]),
        ("next_due", _("Next contact"), [("true", _("due or missed"))]),
        ("struck", _("Struck from the log"), [("false", _("without them")), ("true", _("only them"))]),
    ]
    return [(name, label, choices, request.GET.get(name, "")) for name, label, choices in lists]


@require_safe
@login_required
def table(request: SignedIn) -> HttpResponse | StreamingHttpResponse:
    """The same list as a table (CSV), streamed; a filter that cannot be read is refused, not left out."""
    try:
        rows = narrow(Engagement.objects.visible_to(request.user), request.GET)
    except ValidationError as error:
        return HttpResponse("\n".join(error.messages), status=422, content_type="text/plain; charset=utf-8")
    answer = StreamingHttpResponse(csv_lines(_table(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="engagements.csv"'
    return answer


def _table(rows: Any) -> Iterator[tuple[Any, ...]]:
    yield TABLE
    columns = rows.order_by("-happened_at", "-pk").values_list(
        "incident__ref", "number", "incident__province__code", "happened_at", "kind", "country", "counterpart__slug",
        "authority", "their_person", "their_rank", "place", "unit__code", "our_people", "demanded", "answer", "result",
        "next_contact_at", "by_name", "at", "struck_at", "struck_reason",
    )  # fmt: skip
    for row in columns.iterator(chunk_size=AT_ONCE):
        yield tuple(_cell(value) for value in row)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return timezone.localtime(value).isoformat(timespec="seconds") if hasattr(value, "isoformat") else value


# --- a new one ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedIn, ref: str) -> HttpResponse:
    """The form of a contact; a refused one comes back with everything typed."""
    incident = _incident(request, ref)
    if not rules.units_for(request.user, incident):
        raise PermissionDenied(policy.nothing_here())
    if request.method != "POST":
        now = timezone.localtime().strftime("%d/%m/%Y %H:%M")
        form = EngagementForm(user=request.user, incident=incident, initial={"happened_at": now})
        return _form_page(request, incident, form)
    form = EngagementForm(request.POST, request.FILES, user=request.user, incident=incident)
    if form.is_valid():
        try:
            logged = actions.log_engagement(actor=request.user, incident=incident, **form.given())
        except Clash as clash:
            form = _with_new_key(request, incident)
            refused_by_verb(form, clash)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The engagement is in the log; it stays as it is. The province is told."))
            return redirect(logged.engagement)
    return _form_page(request, incident, form)


def _with_new_key(request: SignedIn, incident: Incident) -> EngagementForm:
    """The same form under a key of its own, so that sending it again makes a further entry."""
    data = request.POST.copy()
    data["client_key"] = str(uuid.uuid4())
    form = EngagementForm(data, request.FILES, user=request.user, incident=incident)
    form.full_clean()
    return form


def _form_page(request: SignedIn, incident: Incident, form: EngagementForm) -> HttpResponse:
    earlier = Engagement.objects.visible_to(request.user).filter(incident=incident)
    context = {
        "incident": incident,
        "form": form,
        "closed": incident.status == Status.CLOSED,
        "earlier": earlier.select_related("counterpart", "incident").order_by("-number")[:3],
    }
    return render(request, "engagements/new.html", context, status=422 if form.is_bound else 200)


# --- one entry ------------------------------------------------------------------------------------------------


@require_safe
@login_required
def detail(request: SignedIn, ref: str, number: int) -> HttpResponse:
    """One entry with its files, and the way to strike it."""
    return _page(request, _visible(request, ref, number))


@require_POST
@login_required
def strike(request: SignedIn, ref: str, number: int) -> HttpResponse:
    """Strike a wrong entry, with a reason."""
    row = _visible(request, ref, number)
    if row.struck_at is None and not rules.may_strike(request.user, row):
        raise PermissionDenied(
            _("Whoever entered it may strike it within 24 hours; afterwards an officer of the province does.")
        )
    form = StrikeForm(request.POST)
    if form.is_valid():
        try:
            actions.strike_engagement(actor=request.user, engagement=row, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("The entry is struck; it stays readable with the reason."))
            return redirect(row)
    return _page(request, row, form)


def _page(request: SignedIn, row: Engagement, form: StrikeForm | None = None) -> HttpResponse:
    may_strike = rules.may_strike(request.user, row)
    planned = Delivery.objects.filter(bundle=row.bundle, state=Delivery.State.PENDING)
    context = {
        "row": row,
        "incident": row.incident,
        "files": [(one, kept_files.is_photo(one)) for one in row.files.all()],
        "reminder": planned.order_by("planned_at").values_list("planned_at", flat=True).first(),
        "strike_form": form or (StrikeForm() if may_strike else None),
        "may_log": rules.may_log(request.user, row.incident),
        "neighbouring": list(_beside(row)),
        "history": AuditEntry.objects.filter(kind=row.audit_kind, key=row.audit_key),
    }
    return render(request, "engagements/detail.html", context, status=422 if form else 200)


def _beside(row: Engagement) -> Any:
    """The other entries of the incident, in order."""
    return row.incident.engagements.exclude(pk=row.pk).select_related("counterpart", "incident").order_by("number")


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def file(request: SignedIn, ref: str, number: int, pk: int) -> FileResponse:
    """A file of an entry one sees: the copy of a photo to look at with ?display=1, else to be saved as it came."""
    row = get_object_or_404(EngagementFile, engagement=_visible(request, ref, number), pk=pk)
    return kept_files.look_at(row) if "display" in request.GET else kept_files.hand_out(row)


def _incident(request: SignedIn, ref: str) -> Incident:
    found: Incident = get_object_or_404(
        Incident.objects.visible_to(request.user).with_names(),
        ref=ref.upper(),
    )
    return found


def _visible(request: SignedIn, ref: str, number: int) -> Engagement:
    rows = Engagement.objects.visible_to(request.user).select_related(
        "incident__province", "incident__district", "counterpart", "unit", "by", "struck_by"
    )
    found: Engagement = get_object_or_404(rows, incident__ref=ref.upper(), number=number)
    return found
