"""Unauthorised checkpoints for machines, under /api/v1/checkpoints/. The same rows as the pages; read only."""

from functools import cache
from typing import Any

from django.db.models import F
from django.urls import path, reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api
from borderwatch.views.machines import PAGING, Choice, filter_parameters, problem_answers
from crossings.choices import Currency
from incidents.choices import CheckpointOperator, CheckpointState, Obstruction, RecognisedBy
from incidents.filters_checkpoints import CheckpointFilter, narrow
from incidents.models import Checkpoint

# Columns that bear the model's own names.
PLAIN = (
    "recognised_by", "inside_m", "state", "operator", "operator_name", "fee_asked", "fee_amount", "fee_currency",
    "fee_note", "obstruction", "obstruction_note", "first_seen_on", "remover_rule", "remove_by", "removed_on",
    "removal_at", "confirmed_at",
)  # fmt: skip
EXAMPLE = OpenApiExample(
    "A page with one standing checkpoint",
    value={
        "results": [
            {
                "incident_ref": "RTK-2026-000112",
                "url": "/incidents/RTK-2026-000112/",
                "occurred_at": "2026-03-02T01:00:00+00:00",
                "received_at": "2026-03-02T02:10:00+00:00",
                "province": "16",
                "crossing": "vn-o-yadav",
                "recognised_by": "perimeter",
                "inside_m": 214.6,
                "state": "removal_ordered",
                "operator": "private",
                "operator_name": "",
                "operator_unit": None,
                "fee_asked": True,
                "fee_amount": "10000.00",
                "fee_currency": "KHR",
                "fee_note": "motorcycles",
                "obstruction": "delays",
                "obstruction_note": "",
                "first_seen_on": "2026-02-20",
                "remover": "province-16",
                "remover_rule": "province",
                "remove_by": "2026-03-10",
                "removed_on": None,
                "removal_at": None,
                "confirmed_at": None,
            }
        ],
        "next": None,
    },
    response_only=True,
)


class CheckpointRow(serializers.Serializer[Any]):
    """An unauthorised checkpoint as listed."""

    incident_ref = serializers.CharField(help_text="The incident it was reported by.")
    url = serializers.CharField(help_text="The incident's page, where the checkpoint stands.")
    occurred_at = serializers.DateTimeField(help_text="When it was seen.")
    received_at = serializers.DateTimeField()
    province = serializers.CharField(help_text="Code of the province.")
    crossing = serializers.CharField(
        allow_null=True, help_text="Code of the crossing it was recognised for; null outside every perimeter."
    )
    recognised_by = Choice(RecognisedBy)
    inside_m = serializers.FloatField(allow_null=True, help_text="Metres inside the perimeter, as it was drawn then.")
    state = Choice(CheckpointState)
    operator = Choice(CheckpointOperator, allow_blank=True)
    operator_name = serializers.CharField()
    operator_unit = serializers.CharField(allow_null=True, help_text="Code of the operator's unit.")
    fee_asked = serializers.BooleanField(allow_null=True, help_text="null: not known.")
    fee_amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    fee_currency = Choice(Currency, allow_blank=True)
    fee_note = serializers.CharField()
    obstruction = Choice(Obstruction, allow_blank=True)
    obstruction_note = serializers.CharField()
    first_seen_on = serializers.DateField(allow_null=True, help_text="Standing since; null: not stated.")
    remover = serializers.CharField(allow_null=True, help_text="Code of the unit that must remove it.")
    remover_rule = serializers.CharField(help_text="By which rule: unit_above, neighbour, province, nobody.")
    remove_by = serializers.DateField(allow_null=True, help_text="The last day of the order; null: not ordered.")
    removed_on = serializers.DateField(allow_null=True)
    removal_at = serializers.DateTimeField(allow_null=True, help_text="When the removal was reported.")
    confirmed_at = serializers.DateTimeField(allow_null=True)


class CheckpointPage(serializers.Serializer[Any]):
    """A page of checkpoints, latest reported first."""

    results = CheckpointRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the reference in the address of an incident's page."""
    start, end = reverse("incidents:detail", args=["REF"]).split("REF")
    return start, end


def rows(checkpoints: Any) -> Any:
    """The columns of a listed checkpoint; machine-readable: codes and slugs, nothing localised."""
    return checkpoints.values(
        "id",
        *PLAIN,
        incident_ref=F("incident__ref"),
        occurred_at=F("incident__occurred_at"),
        received_at=F("incident__received_at"),
        province=F("incident__province__code"),
        # Bears another name inside, since the row's own column is called so.
        crossing_code=F("crossing__slug"),
        operator_code=F("operator_unit__code"),
        remover_code=F("remover__code"),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row under its outer names, without its inner key, with the address of the incident's page."""
    start, end = _page_address()
    del row["id"]
    for outer, inner in (
        ("crossing", "crossing_code"),
        ("operator_unit", "operator_code"),
        ("remover", "remover_code"),
    ):
        row[outer] = row.pop(inner)
    amount = row["fee_amount"]
    return {**row, "fee_amount": None if amount is None else str(amount), "url": f"{start}{row['incident_ref']}{end}"}


class CheckpointList(APIView):
    """The unauthorised checkpoints the caller sees."""

    @extend_schema(
        operation_id="checkpoints",
        tags=["checkpoints"],
        summary="Unauthorised checkpoints, latest reported first",
        parameters=[*PAGING, *filter_parameters(CheckpointFilter)],
        examples=[EXAMPLE],
        responses={200: CheckpointPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of those whose incident the caller sees."""
        found = narrow(Checkpoint.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, rows(found), moment="received_at", show=_shown))


app_name = "checkpoints_api"
urlpatterns = [path("checkpoints/", CheckpointList.as_view(), name="checkpoints")]
