"""Letters for machines, under /api/v1/letters/. The same rows as the registers; read only."""

from functools import cache
from typing import Any

from django.db.models import F
from django.http import Http404
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api
from borderwatch.views.machines import PAGING, Choice, filter_parameters, problem_answers
from incidents.choices_answers import (
    Classification,
    LetterDirection,
    LetterKind,
    LetterState,
    Precedence,
    RankRelation,
)
from incidents.letters.filters import LetterFilter, narrow
from incidents.models import Incident, Letter

# Columns of a listed letter that bear the model's own names.
PLAIN = (
    "id", "direction", "kind", "state", "year", "serial", "number_text", "their_number", "subject_km", "subject_en",
    "classification", "precedence", "dated_on", "about_kind", "about_key", "drafted_at", "numbered_at", "signed_at",
    "sent_at", "voided_at",
)  # fmt: skip
# What the detail says besides.
WHOLE = (
    "sender", "relation", "addressee_km", "addressee_en", "through_km", "references_km", "attachments_km", "body_km",
    "body_en", "closing_km", "closing_en", "copies_km", "signer_title_km", "signer_name_km", "check_code",
    "pdf_sha256", "scan_sha256", "void_reason",
)  # fmt: skip


class LetterRow(serializers.Serializer[Any]):
    """A line of a register."""

    id = serializers.IntegerField()
    url = serializers.CharField(help_text="The letter's page.")
    office_code = serializers.CharField(help_text="The office whose register it stands in.")
    office_name_km = serializers.CharField()
    office_name_en = serializers.CharField()
    direction = Choice(LetterDirection)
    kind = Choice(LetterKind)
    state = Choice(LetterState)
    year = serializers.IntegerField(allow_null=True, help_text="Year of the register; null for a draft.")
    serial = serializers.IntegerField(allow_null=True, help_text="Number within the year, without gaps.")
    number_text = serializers.CharField(help_text="The number as printed.")
    their_number = serializers.CharField(help_text="Of an incoming letter: the sender's own number.")
    subject_km = serializers.CharField()
    subject_en = serializers.CharField()
    classification = Choice(Classification)
    precedence = Choice(Precedence)
    dated_on = serializers.DateField(allow_null=True)
    incident_ref = serializers.CharField(allow_null=True, help_text="Null too when you may not see the incident.")
    about_kind = serializers.CharField(help_text="Kind of the object it is about, such as closureorder; may be empty.")
    about_key = serializers.CharField()
    drafted_at = serializers.DateTimeField()
    numbered_at = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True, help_text="When it was sent, or received.")
    voided_at = serializers.DateTimeField(allow_null=True)


class LetterPage(serializers.Serializer[Any]):
    """A page of letters, newest first."""

    results = LetterRow(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null at the end.")


class LetterDetail(LetterRow):
    """One letter with its text."""

    sender = serializers.CharField()
    relation = Choice(RankRelation)
    to_units = serializers.ListField(child=serializers.CharField(), help_text="Codes of the offices addressed.")
    addressee_km = serializers.CharField()
    addressee_en = serializers.CharField()
    through_km = serializers.CharField()
    references_km = serializers.CharField()
    attachments_km = serializers.CharField()
    body_km = serializers.CharField()
    body_en = serializers.CharField()
    closing_km = serializers.CharField()
    closing_en = serializers.CharField()
    copies_km = serializers.CharField()
    signer_title_km = serializers.CharField()
    signer_name_km = serializers.CharField()
    check_code = serializers.CharField(allow_null=True, help_text="As at /verify/; null for a draft.")
    pdf_url = serializers.CharField(allow_null=True, help_text="The PDF; null for a letter that arrived.")
    pdf_sha256 = serializers.CharField(help_text="Of the sealed PDF; empty before the signature.")
    scan_url = serializers.CharField(allow_null=True)
    scan_sha256 = serializers.CharField()
    void_reason = serializers.CharField()


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the key in the address of a letter's page."""
    start, end = reverse("letters:detail", args=[987654321]).split("987654321")
    return start, end


def rows(letters: Any, *more: str) -> Any:
    """The columns of a listed letter; machine-readable, so nothing is localised."""
    return letters.values(
        *PLAIN,
        *more,
        incident_ref=F("incident__ref"),
        office_code=F("office__code"),
        office_name_km=F("office__name_km"),
        office_name_en=F("office__name_en"),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the address of its page."""
    start, end = _page_address()
    row["url"] = f"{start}{row['id']}{end}"
    return row


class LetterList(APIView):
    """The letters the caller sees."""

    @extend_schema(
        operation_id="letters",
        tags=["letters"],
        summary="Letters of the registers, newest first",
        parameters=[*PAGING, *filter_parameters(LetterFilter)],
        responses={200: LetterPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of the letters of the caller's offices, and of those sent to them."""
        found = narrow(Letter.objects.visible_to(request.user), request.query_params)
        answer = api.page(request, rows(found), moment="drafted_at", show=_shown)
        _hide_incidents(request.user, answer["results"])
        return Response(answer)


def _hide_incidents(user: Any, listed: list[dict[str, Any]]) -> None:
    """A letter may come to somebody who does not see its incident; then its reference is not said."""
    refs = {row["incident_ref"] for row in listed if row["incident_ref"]}
    if not refs:
        return
    seen = set(Incident.objects.visible_to(user).filter(ref__in=refs).values_list("ref", flat=True))
    for row in listed:
        if row["incident_ref"] not in seen:
            row["incident_ref"] = None


class LetterOne(APIView):
    """One letter."""

    @extend_schema(
        operation_id="letter",
        tags=["letters"],
        summary="One letter with its text and its files",
        responses={200: LetterDetail, **problem_answers(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for one the caller cannot see."""
        letter = Letter.objects.visible_to(request.user).filter(pk=pk)
        row = rows(letter, *WHOLE).first()
        if row is None:
            raise Http404
        _hide_incidents(request.user, [row])
        row["to_units"] = list(letter.get().to_units.order_by("code").values_list("code", flat=True))
        outgoing = row["direction"] == LetterDirection.OUTGOING
        row["pdf_url"] = reverse("letters:pdf", args=[pk]) if outgoing else None
        row["scan_url"] = reverse("letters:scan", args=[pk]) if row["scan_sha256"] else None
        return Response(_shown(row))


app_name = "letters_api"
urlpatterns = [
    path("letters/", LetterList.as_view(), name="letters"),
    path("letters/<int:pk>/", LetterOne.as_view(), name="letter"),
]
