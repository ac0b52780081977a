"""Proposals for machines, under /api/v1/proposals/. The same rows as the pages; read only."""

from functools import cache
from typing import Any

from django.db.models import F, OuterRef, Prefetch, Subquery
from django.http import Http404
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from crossings import proposals
from crossings.choices import ProposalState
from crossings.filters_proposals import ProposalFilter, narrow
from crossings.models import Classification, Condition, Position, Proposal, ProposalVersion
from crossings.proposal_serializers import ProposalDetail, ProposalsPage

# Columns of a listed proposal that bear the model's own names.
PLAIN = (
    "id", "state", "started_at", "recommended_at", "decision_number", "decided_on", "effective_from", "spoken",
)  # fmt: skip
_MORE = ("recommendation", "fewer_reason", "decision_reason", "scan_sha256")
_CONDITION = ("id", "text", "due_on", "state", "report", "reported_at", "decided_at", "reason")


def rows(found: Any, user: Any, *more: str) -> Any:
    """The columns of a listed proposal; names come in both languages and nothing is localised."""
    versions: Any = ProposalVersion.objects.visible_to(user)
    newest = versions.filter(proposal=OuterRef("pk")).order_by("-number")
    return found.with_positions().values(
        *PLAIN,
        *more,
        crossing_code=F("crossing__slug"),
        crossing_name_km=F("crossing__name_km"),
        crossing_name_en=F("crossing__name_en"),
        province_code=F("crossing__district__province__code"),
        unit_code=F("unit__code"),
        category=Subquery(newest.values("category")[:1]),
        version=Subquery(newest.values("number")[:1]),
        wanted_from=Subquery(newest.values("wanted_from")[:1]),
        submitted_at=Subquery(newest.values("submitted_at")[:1]),
    )


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the number in the address of a proposal's page."""
    start, end = reverse("proposals:detail", args=[0]).split("0")
    return start, end


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the proposal's number and the address of its page."""
    start, end = _page_address()
    return {**row, "ref": Proposal(pk=row["id"]).ref, "url": f"{start}{row['id']}{end}"}


class ProposalList(APIView):
    """The proposals the caller sees."""

    @extend_schema(
        operation_id="proposals",
        tags=["proposals"],
        summary="Proposals of categories for crossings, latest begun first",
        parameters=[*PAGING, *filter_parameters(ProposalFilter)],
        responses={200: ProposalsPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page: drafts of one's own province, and of others what was handed in and may be seen."""
        visible: Any = Proposal.objects.visible_to(request.user)
        found = narrow(visible, request.query_params, request._request)
        return Response(api.page(request, rows(found, request.user), moment="started_at", show=_listed))


class ProposalOne(APIView):
    """One proposal."""

    @extend_schema(
        operation_id="proposal",
        tags=["proposals"],
        summary="One proposal with its versions, positions, conditions and decision",
        responses={200: ProposalDetail, **problem_answers(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for one the caller cannot see."""
        visible: Any = Proposal.objects.visible_to(request.user)
        row = rows(visible.filter(pk=pk), request.user, *_MORE, "reason").first()
        if row is None:
            raise Http404
        reason, withdrawn = row.pop("reason"), row["state"] == ProposalState.WITHDRAWN
        references = Classification.objects.filter(proposal=pk).order_by("pk").values_list("legal_reference", flat=True)
        conditions = Condition.objects.filter(proposal=pk).order_by("id")
        return Response(
            {
                **_listed(row),
                "withdrawn_reason": reason if withdrawn else "",
                "legal_reference": references.first() or "",
                "versions": [_version(version) for version in _versions(request.user, pk)],
                "conditions": list(conditions.values(*_CONDITION, unit_code=F("unit__code"))),
            }
        )


def _versions(user: Any, pk: int) -> Any:
    found: Any = ProposalVersion.objects.visible_to(user).filter(proposal=pk)
    positions = Position.objects.select_related("unit", "by").order_by("at", "id")
    return (
        found.select_related("submitted_by")
        .prefetch_related("assessments", Prefetch("positions", positions))
        .order_by("number")
    )


def _version(version: ProposalVersion) -> dict[str, Any]:
    positions = list(version.positions.all())
    counting = {one.pk for one in proposals.standing(positions)}
    plain = ("number", "category", "wanted_from", "justification", "needs")
    return {
        **{name: getattr(version, name) for name in (*plain, "submitted_at", "returned_at", "returned_reason")},
        "submitted_by_name": version.submitted_by.record_name if version.submitted_by else "",
        "assessments": sorted(one.pk for one in version.assessments.all()),
        "positions": [_position(one, one.pk in counting) for one in positions],
    }


def _position(position: Position, counts: bool) -> dict[str, Any]:
    return {
        "unit_code": position.unit.code,
        "stand": position.stand,
        "reasons": position.reasons,
        "conditions": proposals.lines(position.conditions),
        "by_name": position.by.record_name,
        "at": position.at,
        "counts": counts,
    }


urlpatterns = [
    path("proposals/", ProposalList.as_view(), name="proposals"),
    path("proposals/<int:pk>/", ProposalOne.as_view(), name="proposal"),
]
