"""Traffic for machines, under /api/v1/: read, enter many days at once, and everything as a streamed table."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import QueryDict, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, problems
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from crossings import figures
from crossings.actions.traffic import BadSheets, Meanwhile, record_sheets
from crossings.counts import Given, Line
from crossings.day_rows import typed
from crossings.filters_traffic import TrafficFilter
from crossings.models import Crossing, TrafficLine, TrafficSheet
from crossings.traffic import crossings_of
from crossings.traffic_files.template import csv_lines
from crossings.traffic_serializers import MOST_SENT, SheetPage, SheetsAnswer, SheetsInput

# Columns of a listed sheet that bear the model's own names.
PLAIN = (
    "id", "day", "direction", "version", "observed_minutes", "method", "observer", "note", "although_closed", "reason",
    "passengers", "vehicles", "tonnes", "refused", "searches", "source", "entered_at",
)  # fmt: skip
LINE = ("kind", "class_of", "nationality", "document", "number", "tonnes", "value", "currency")
# The columns of the table; the first sixteen are those of the template, so that it can be sent back as it is.
TABLE = (
    "crossing", "day", "direction", "kind", "class", "nationality", "document", "number", "tonnes", "value",
    "currency", "observed_hours", "method", "observer", "although_closed", "note", "version", "entered_at",
)  # fmt: skip
# Rows fetched from the database at a time while the table streams.
AT_ONCE = 2_000
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="A UUID made by the caller, the same at every try.",
)
EXAMPLE = OpenApiExample(
    "A day",
    value={
        "sheets": [
            {
                "crossing": "vn-o-yadav",
                "day": "2026-03-02",
                "direction": "in",
                "observed_minutes": 720,
                "method": "counted",
                "observer": "Sok Dara",
                "lines": [
                    {"kind": "passengers", "nationality": "khmer", "number": 120},
                    {"kind": "vehicles", "class_of": "truck", "number": 14},
                    {"kind": "goods", "class_of": "cassava", "tonnes": "210.5", "value": "84000000", "currency": "KHR"},
                ],
            }
        ]
    },
    request_only=True,
)


def narrow(sheets: Any, params: QueryDict) -> Any:
    """The counts that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = TrafficFilter(params, queryset=sheets)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs


def _in_force(request: Request) -> Any:
    visible = TrafficSheet.objects.visible_to(request.user).filter(current=True)
    return narrow(visible, request.query_params)


def rows(sheets: Any) -> Any:
    """The columns of a listed sheet; machine-readable, so names come in both languages."""
    return sheets.values(
        *PLAIN,
        slug=F("crossing__slug"),
        crossing_name_km=F("crossing__name_km"),
        crossing_name_en=F("crossing__name_en"),
        province_code=F("crossing__district__province__code"),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    slug = row.pop("slug")
    tonnes = row["tonnes"]
    return {
        **row,
        "crossing": slug,
        "tonnes": None if tonnes is None else float(tonnes),
        "url": reverse("traffic:day", args=[slug, row["day"]]),
    }


def _with_lines(page: dict[str, Any]) -> dict[str, Any]:
    """The page with the lines of its sheets; one query for all of them."""
    found: dict[int, list[dict[str, Any]]] = {row["id"]: [] for row in page["results"]}
    for line in TrafficLine.objects.filter(sheet__in=found).order_by("sheet", "id").values("sheet_id", *LINE):
        for name in ("tonnes", "value"):
            if line[name] is not None:
                line[name] = float(line[name])
        found[line.pop("sheet_id")].append(line)
    return {**page, "results": [{**row, "lines": found[row["id"]]} for row in page["results"]]}


class TrafficList(APIView):
    """The counts the caller sees, and entering many days at once."""

    @extend_schema(
        operation_id="traffic",
        tags=["crossings"],
        summary="Counts in force with their lines, latest entered first",
        parameters=[*PAGING, *filter_parameters(TrafficFilter)],
        responses={200: SheetPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of the counts of the caller's provinces."""
        page = api.page(request, rows(_in_force(request)), moment="entered_at", show=_shown)
        return Response(_with_lines(page))

    @extend_schema(
        operation_id="enter_traffic",
        tags=["crossings"],
        summary="Enter many days of traffic, all or none",
        description=(
            f"At most {MOST_SENT} lines. What a day's count says is its identity: a day that is on record with this "
            "content is left alone (“same”), so that sending again after a lost answer is harmless; 200 is answered "
            "when nothing was new. Other content is a correction and wants `reason` and `expected_version`, the "
            "version it replaces; when another version is in force, 409 is answered and nothing is entered."
        ),
        parameters=[KEY],
        request=SheetsInput,
        examples=[EXAMPLE],
        responses={201: SheetsAnswer, 200: SheetsAnswer, **problem_answers(400, 403, 409, 415)},
    )
    def post(self, request: Request) -> Response:
        """Enter; what became of each day comes back in the order sent."""
        api.idempotency_key(request)
        sent = SheetsInput(data=request.data)
        sent.is_valid(raise_exception=True)
        actor: Any = request.user
        given = _given(actor, sent.validated_data["sheets"])
        try:
            recorded = record_sheets(actor=actor, given=given, source="api")
        except Meanwhile as late:
            return _refused(409, late)
        except BadSheets as bad:
            return _refused(400, bad)
        results = [
            {
                "id": one.sheet.pk,
                "crossing": sheet.crossing.slug,
                "day": one.sheet.day,
                "direction": one.sheet.direction,
                "version": one.sheet.version,
                "outcome": one.outcome,
            }
            for one, sheet in zip(recorded, given, strict=True)
        ]
        changed = any(one.outcome != "same" for one in recorded)
        return Response({"results": results}, status=201 if changed else 200)


def _refused(status: int, bad: BadSheets) -> Response:
    """A problem answer whose errors point at the day, line and member they concern."""
    errors = [
        {"pointer": f"/sheets/{field.replace('.', '/')}", "detail": message}
        for field, messages in bad.message_dict.items()
        for message in messages
    ]
    detail = " ".join(dict.fromkeys(one["detail"] for one in errors))[:1_000]
    return Response(problems.body(status, detail, errors=errors), status=status, content_type=problems.MEDIA_TYPE)


def _given(actor: Any, sheets: list[dict[str, Any]]) -> list[Given]:
    """What was sent as the verb takes it. Raises ValidationError for a crossing that cannot be seen, or too much."""
    if sum(len(sheet["lines"]) for sheet in sheets) > MOST_SENT:
        raise ValidationError({"sheets": _("At most %(most)s lines can be sent at once.") % {"most": MOST_SENT}})
    slugs = {sheet["crossing"] for sheet in sheets}
    rows = crossings_of(actor).filter(slug__in=slugs).select_related("district__province", "responsible_unit")
    found: dict[str, Crossing] = {row.slug: row for row in rows}
    if unknown := sorted(slugs - found.keys()):
        first = next(index for index, sheet in enumerate(sheets) if sheet["crossing"] == unknown[0])
        said = _("No crossing with the code %(code)s can be seen by you.") % {"code": unknown[0]}
        raise ValidationError({f"sheets/{first}/crossing": said})
    return [
        Given(
            **{
                **{name: value for name, value in sheet.items() if value is not None},
                "crossing": found[sheet["crossing"]],
                "lines": tuple(Line(**line) for line in sheet["lines"]),
            }
        )
        for sheet in sheets
    ]


class CSVRenderer(api.JSONRenderer):
    """The table's own name; the table itself is streamed past the framework, problems stay JSON."""

    media_type = "text/csv"
    format = "csv"


class TrafficTable(APIView):
    """Everything the caller sees as a table."""

    renderer_classes = (CSVRenderer, api.JSONRenderer)

    @extend_schema(
        operation_id="traffic_table",
        tags=["crossings"],
        summary="Counts in force as a table (CSV), a row for each class counted, streamed",
        description="The columns are those of the template, so that the table can be sent back as a file of traffic.",
        parameters=filter_parameters(TrafficFilter),
        responses={(200, "text/csv"): OpenApiTypes.STR, **problem_answers(400)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Row after row as the database gives them; however many there are, few are held at a time."""
        answer = StreamingHttpResponse(csv_lines(_table(_in_force(request))), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="traffic.csv"'
        return answer


def _table(sheets: Any) -> Iterator[tuple[Any, ...]]:
    yield TABLE
    lines = TrafficLine.objects.filter(sheet__in=sheets.order_by().values("pk")).order_by(
        "sheet__day", "sheet__crossing_id", "sheet__direction", "id"
    )
    for slug, day, way, *line, minutes, method, observer, closed, note, version, entered in lines.values_list(
        "sheet__crossing__slug", "sheet__day", "sheet__direction", *LINE, "sheet__observed_minutes", "sheet__method",
        "sheet__observer", "sheet__although_closed", "sheet__note", "sheet__version", "sheet__entered_at",
    ).iterator(chunk_size=AT_ONCE):  # fmt: skip
        yield (
            slug, day.isoformat(), way, *line[:5], typed(line[5]), typed(line[6]), line[7],
            figures.hours_text(minutes), method, observer,
            "yes" if closed else "", note, version, entered.isoformat(timespec="seconds"),
        )  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("traffic/", TrafficList.as_view(), name="traffic"),
    path("traffic.csv", TrafficTable.as_view(), name="traffic_table"),
]
