"""Engagements for machines, under /api/v1/engagements/. The same rows as the pages."""

from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import Http404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, problems
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from incidents.actions import log_engagement
from incidents.engagements import rules
from incidents.engagements.contact import Contact
from incidents.engagements.filters import EngagementFilter, narrow
from incidents.engagements.serializers import EngagementDetail, EngagementInput, EngagementPage
from incidents.models import Counterpart, Engagement, EngagementFile, Incident
from units import policy
from units.actions import Clash
from units.models import Unit

# Columns that bear the model's own names.
PLAIN = (
    "number", "kind", "happened_at", "place", "country", "authority", "their_person", "their_rank", "our_people",
    "demanded", "answer", "result", "next_contact_at", "minutes", "struck_at", "struck_reason",
)  # fmt: skip
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="A UUID made by the caller, the same at every try.",
)
EXAMPLE = OpenApiExample(
    "A meeting",
    value={
        "incident": "RTK-2026-000123",
        "kind": "meeting_at_post",
        "happened_at": "2026-03-02T09:30:00+07:00",
        "place": "O Yadav",
        "counterpart": "vn-le-thanh-border-gate-post",
        "our_people": "Deputy district governor",
        "demanded": "Stop the digging and fill the ponds.",
        "answer": "They refer it to their superiors.",
        "result": "referred_up",
        "next_contact_at": "2026-03-05T09:00:00+07:00",
    },
    request_only=True,
)


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the reference in the address of an incident's engagements."""
    start, end = reverse("engagements:detail", args=["REF", 0]).split("REF")
    return start, end.removesuffix("0/")


def rows(engagements: Any) -> Any:
    """The columns of a listed engagement; machine-readable: codes and slugs, nothing localised."""
    return engagements.values(
        "id",
        *PLAIN,
        incident_ref=F("incident__ref"),
        province=F("incident__province__code"),
        counterpart_slug=F("counterpart__slug"),
        unit_code=F("unit__code"),
        entered_by=F("by_name"),
        entered_at=F("at"),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row under its outer names, without its inner key, with its reference and the address of its page."""
    start, middle = _page_address()
    del row["id"]
    for outer, inner in (("incident", "incident_ref"), ("counterpart", "counterpart_slug"), ("unit", "unit_code")):
        row[outer] = row.pop(inner)
    return {
        **row,
        "ref": f"{row['incident']}-E{row['number']}",
        "url": f"{start}{row['incident']}{middle}{row['number']}/",
    }


class EngagementList(APIView):
    """The engagement log, as far as the caller sees it."""

    @extend_schema(
        operation_id="engagements",
        tags=["engagements"],
        summary="Contacts with the neighbour, the latest had first",
        parameters=[*PAGING, *filter_parameters(EngagementFilter)],
        responses={200: EngagementPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of those whose incident the caller sees."""
        found = narrow(Engagement.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, rows(found), moment="happened_at", show=_shown))

    @extend_schema(
        operation_id="log_engagement",
        tags=["engagements"],
        summary="Put a contact with the neighbour on record (duty D8)",
        description="Sent again with the same key it answers 200 with the entry that is there; other words under the "
        "same key are 409.",
        parameters=[KEY],
        request=EngagementInput,
        examples=[EXAMPLE],
        responses={201: EngagementDetail, 200: EngagementDetail, **problem_answers(400, 403, 409, 415)},
    )
    def post(self, request: Request) -> Response:
        """403 for who sees the incident and may not; an incident he cannot see is an error in what was sent."""
        key = api.idempotency_key(request)
        given = EngagementInput(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(given.validated_data)
        incident = Incident.objects.visible_to(request.user).filter(ref=data.pop("incident").upper()).first()
        if incident is None:
            raise ValidationError({"incident": _("There is no incident of this reference that you can see.")})
        if not rules.units_for(request.user, incident):
            raise PermissionDenied(policy.nothing_here())
        unit = _unit(request, data.pop("unit"))
        data["counterpart"] = _counterpart(data["counterpart"])
        actor: Any = request.user
        try:
            logged = log_engagement(actor=actor, incident=incident, contact=Contact(**data), unit=unit, client_key=key)
        except Clash as clash:
            return Response(problems.body(409, " ".join(clash.messages)), status=409, content_type=problems.MEDIA_TYPE)
        found = _detail(Engagement.objects.visible_to(request.user).filter(pk=logged.engagement.pk))
        return Response(found, status=201 if logged.first else 200)


def _unit(request: Request, code: str | None) -> Unit | None:
    if code is None:
        return None
    unit: Unit | None = Unit.objects.visible_to(request.user).filter(code=code).first()  # type: ignore[attr-defined]
    if unit is None:
        raise ValidationError({"unit": _("Choose one of the units for which you may enter this.")})
    return unit


def _counterpart(slug: str | None) -> Counterpart | None:
    if slug is None:
        return None
    row = Counterpart.objects.filter(slug=slug, active=True).first()
    if row is None:
        raise ValidationError({"counterpart": _("There is no counterpart of this code in use.")})
    return row


def _detail(engagements: Any) -> dict[str, Any]:
    row = rows(engagements).first()
    if row is None:
        raise Http404
    files = EngagementFile.objects.filter(engagement=row["id"]).order_by("id")
    shown = _shown(row)
    shown["files"] = [
        {
            "name": one.original_name,
            "url": reverse("engagements:file", args=[shown["incident"], shown["number"], one.pk]),
            "sha256": one.sha256,
            "size": one.size,
            "content_type": one.content_type,
        }
        for one in files
    ]
    return shown


class EngagementOne(APIView):
    """One engagement."""

    @extend_schema(
        operation_id="engagement",
        tags=["engagements"],
        summary="One contact with its files",
        responses={200: EngagementDetail, **problem_answers(404)},
    )
    def get(self, request: Request, ref: str, number: int) -> Response:
        """404 for one the caller cannot see."""
        visible = Engagement.objects.visible_to(request.user)
        return Response(_detail(visible.filter(incident__ref=ref, number=number)))


app_name = "engagements_api"
urlpatterns = [
    path("engagements/", EngagementList.as_view(), name="engagements"),
    path("engagements/<slug:ref>/<int:number>/", EngagementOne.as_view(), name="engagement"),
]
