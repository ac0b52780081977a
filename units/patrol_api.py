"""Patrols for machines: plan or record one, upload where it went, read them. The same verbs as the pages."""

import uuid
from collections.abc import Mapping
from functools import cache
from typing import IO, Any

import orjson
from django.conf import settings
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db.models import Count, F, FloatField, Func, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, problems
from borderwatch.views.machines import PAGING, filter_parameters, problem_answers
from units import policy
from units.actions import Clash, add_track, plan_patrol, record_patrol
from units.filters_patrols import PatrolFilter
from units.models import Observation, Patrol, Track, Unit
from units.patrol_serializers import PatrolDetail, PatrolInput, PatrolPage, TrackFeature, TrackUpload
from units.tracks import words

# Columns of a listed patrol that bear the model's own names.
PLAIN = (
    "id", "state", "sector_code", "area_code", "planned_from", "planned_to", "started_at", "finished_at",
    "leader_name", "strength", "joint", "joint_with", "note", "reason", "entered_at",
)  # fmt: skip
_TRACK = (
    "id", "source", "sha256", "started_at", "ended_at", "timed", "length_m", "points", "dropped", "notes", "added_at",
)  # fmt: skip
# Degrees with six decimals: a decimetre.
DECIMALS = 6
KEY = OpenApiParameter(
    "Idempotency-Key",
    uuid.UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="A UUID made by the caller, the same at every try.",
)
EXAMPLE = OpenApiExample(
    "A patrol that went",
    value={
        "started_at": "2026-03-02T08:00:00+07:00",
        "finished_at": "2026-03-02T11:30:00+07:00",
        "leader_name": "Sok Dara",
        "strength": 5,
        "sector_code": "S-1607-1",
    },
    request_only=True,
)


def _conflict(clash: Clash) -> Response:
    return Response(problems.body(409, " ".join(clash.messages)), status=409, content_type=problems.MEDIA_TYPE)


def rows(patrols: Any) -> Any:
    """The columns of a listed patrol; machine-readable, so names come in both languages and nothing is localised."""
    tracks = Track.objects.filter(patrol=OuterRef("pk")).order_by().values("patrol")
    return patrols.values(
        *PLAIN,
        unit_code=F("unit__code"),
        unit_name_km=F("unit__name_km"),
        unit_name_en=F("unit__name_en"),
        track_count=Coalesce(Subquery(tracks.values(n=Count("*")), output_field=IntegerField()), 0),
        length_m=Coalesce(Subquery(tracks.values(n=Sum("length_m")), output_field=FloatField()), 0.0),
    )


@cache
def _page_address() -> tuple[str, str]:
    """What stands before and after the number in the address of a patrol's page."""
    start, end = reverse("patrols:detail", args=[0]).split("0")
    return start, end


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the patrol's number and the address of its page."""
    start, end = _page_address()
    return {**row, "ref": Patrol(pk=row["id"]).ref, "url": f"{start}{row['id']}{end}"}


def narrow(patrols: Any, params: QueryDict) -> Any:
    """The patrols that pass the filters of an address; ValidationError by filter for one that cannot be read."""
    found = PatrolFilter(params, queryset=patrols)
    if not found.is_valid():
        raise ValidationError(found.errors.as_data())
    return found.qs


class PatrolList(APIView):
    """The patrols the caller sees, and planning or recording one."""

    @extend_schema(
        operation_id="patrols",
        tags=["patrols"],
        summary="Patrols, latest entered first",
        parameters=[*PAGING, *filter_parameters(PatrolFilter)],
        responses={200: PatrolPage, **problem_answers(400)},
    )
    def get(self, request: Request) -> Response:
        """A page of the patrols of the caller's units."""
        found = narrow(Patrol.objects.visible_to(request.user), request.query_params)
        return Response(api.page(request, rows(found), moment="entered_at", show=_shown))

    @extend_schema(
        operation_id="enter_patrol",
        tags=["patrols"],
        summary="Plan or record a patrol",
        description=(
            "One key makes one patrol, whatever the network does: the same key and content again answers 200 with the "
            "patrol that is there; the same key with other content answers 409."
        ),
        parameters=[KEY],
        request=PatrolInput,
        examples=[EXAMPLE],
        responses={201: PatrolDetail, 200: PatrolDetail, **problem_answers(400, 403, 409, 415)},
    )
    def post(self, request: Request) -> Response:
        """Plan or record; the patrol as it stands comes back."""
        key = api.idempotency_key(request)
        given = PatrolInput(data=request.data)
        given.is_valid(raise_exception=True)
        content = dict(given.validated_data)
        actor: Any = request.user
        unit = _unit(actor, content.pop("unit", None))
        enter = plan_patrol if "planned_from" in content else record_patrol
        try:
            entered = enter(actor=actor, client_key=key, unit=unit, **content)
        except Clash as clash:
            return _conflict(clash)
        address = reverse("units_api:patrol", args=[entered.patrol.pk])
        status = 201 if entered.outcome == "new" else 200
        return Response(_detail(actor, entered.patrol.pk), status=status, headers={"Location": address})


def _unit(user: Any, code: str | None) -> Unit:
    """The unit that goes; it is looked for among those the caller may look at, the verb decides about the patrol."""
    if code:
        unit: Unit | None = Unit.objects.visible_to(user).filter(code=code).first()  # type: ignore[attr-defined]
        if unit is None:
            raise ValidationError({"unit": _("No unit with this code can be seen by you.")})
        return unit
    posts = [unit for _role, unit in policy.roles_of(user) if policy.may(user, "manage_patrols", [unit.pk])]
    if len({unit.pk for unit in posts}) != 1:
        policy.demand(user, "manage_patrols", [unit.pk for unit in posts])
        raise ValidationError({"unit": _("You manage the patrols of several units: give the code of one.")})
    return posts[0]


class PatrolOne(APIView):
    """One patrol."""

    @extend_schema(
        operation_id="patrol",
        tags=["patrols"],
        summary="One patrol with its tracks as GeoJSON and what it saw",
        responses={200: PatrolDetail, **problem_answers(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for one the caller cannot see."""
        return Response(_detail(request.user, pk))


def _detail(user: Any, pk: int) -> dict[str, Any]:
    visible = Patrol.objects.visible_to(user).filter(pk=pk)
    row = rows(visible).annotate(way=AsGeoJSON("route", precision=DECIMALS)).first()
    if row is None:
        raise Http404
    way = row.pop("way")
    features = [_feature(track) for track in _tracks(Track.objects.filter(patrol=pk))]
    return {
        **_shown(row),
        "route": orjson.Fragment(way) if way else None,
        "tracks": {"type": "FeatureCollection", "features": features},
        "observations": list(_observations(pk)),
    }


def _tracks(tracks: Any) -> Any:
    return tracks.order_by("started_at", "id").values(*_TRACK, shape=AsGeoJSON("path", precision=DECIMALS))


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    shape = row.pop("shape")
    notes = [{**note, "text": words.sentence(note)} for note in row["notes"]]
    return {"type": "Feature", "geometry": orjson.Fragment(shape), "properties": {**row, "notes": notes}}


def _observations(pk: int) -> Any:
    return (
        Observation.objects.filter(patrol=pk)
        .order_by("at", "id")
        .values(
            "id",
            "at",
            "accuracy_m",
            "text",
            "finding",
            marker_code=F("marker__code"),
            lon=Func(F("point"), function="ST_X", output_field=FloatField()),
            lat=Func(F("point"), function="ST_Y", output_field=FloatField()),
        )
    )


class FileParser(BaseParser):
    """A body that is the file itself; what it holds is told by its bytes, as with an upload."""

    media_type = "application/geo+json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, UploadedFile[bytes]]:
        """The body under the name a form would give it; not more of it than the verb would take."""
        return {"file": SimpleUploadedFile("track", stream.read(settings.TRACK_FILE_MAX_BYTES + 1))}


class GPXParser(FileParser):
    """GPX as the body."""

    media_type = "application/gpx+xml"


class CSVParser(FileParser):
    """A table of positions as the body."""

    media_type = "text/csv"


class PatrolTracks(APIView):
    """Where a patrol went."""

    parser_classes = (MultiPartParser, FileParser, GPXParser, CSVParser)

    @extend_schema(
        operation_id="add_track",
        tags=["patrols"],
        summary="Upload a track of a patrol",
        description=(
            "The file goes as the member `file` of a form, or is the body itself. It is cleaned of what devices get "
            "wrong, and the notes say of what. The same file again answers 200 with the track that is there."
        ),
        parameters=[KEY],
        request={
            "multipart/form-data": TrackUpload,
            "application/geo+json": OpenApiTypes.OBJECT,
            "application/gpx+xml": OpenApiTypes.BINARY,
            "text/csv": OpenApiTypes.BINARY,
        },
        responses={201: TrackFeature, 200: TrackFeature, **problem_answers(400, 403, 404, 409, 415)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """404 for a patrol the caller cannot see, 403 for one he sees but does not manage."""
        patrol = Patrol.objects.visible_to(request.user).filter(pk=pk).first()
        if patrol is None:
            raise Http404
        policy.demand(request.user, "manage_patrols", [patrol.unit_id])
        key = api.idempotency_key(request)
        given: Any = request.data
        upload = given.get("file")
        if not isinstance(upload, UploadedFile):
            raise ValidationError({"file": _("Send the file as the member “file” of the form.")})
        actor: Any = request.user
        try:
            added = add_track(actor=actor, client_key=key, patrol=patrol, upload=upload)
        except Clash as clash:
            return _conflict(clash)
        row = _tracks(Track.objects.filter(pk=added.track.pk)).get()
        return Response(_feature(row), status=201 if added.outcome == "new" else 200)


urlpatterns = [
    path("patrols/", PatrolList.as_view(), name="patrols"),
    path("patrols/<int:pk>/", PatrolOne.as_view(), name="patrol"),
    path("patrols/<int:pk>/tracks/", PatrolTracks.as_view(), name="patrol_tracks"),
]
