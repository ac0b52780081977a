"""Pages of patrols: the list, one patrol with its track and what it saw, and the files that came with it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from borderwatch import clock, pages, photos, sealed
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn
from units import forms_patrols as forms
from units import policy
from units.choices import INSTITUTIONS, PatrolState, TrackSource
from units.filters_patrols import PatrolFilter
from units.models import Effort, Observation, Patrol, Sector, Track, UnresolvedArea
from units.tracks import words
from units.workflow import allowed

# Patrols of each kind that stand before the others; a link leads to the rest.
HEAP = 20
# About five metres: what a line on a small map can show.
SHOWN_DEGREES = 0.00005
ENDINGS = {"gpx": "application/gpx+xml", "geojson": "application/geo+json", "csv": "text/csv"}


@require_safe
@login_required
def patrol_list(request: SignedIn) -> HttpResponse:
    """Under way, to come and missed first, then what has been; with filters everything that fits, newest first."""
    tracked = Exists(Track.objects.filter(patrol=OuterRef("pk")))
    visible = Patrol.objects.visible_to(request.user).select_related("unit").annotate(tracked=tracked)
    questions = PatrolFilter(request.GET, queryset=visible, request=request)
    asked = sum(1 for name in questions.filters if request.GET.get(name))
    rows = questions.qs
    heaps = []
    if not asked:
        if not request.GET.get(pages.PARAMETER):
            heaps = _heaps(visible)
        rows = rows.filter(state__in=(PatrolState.FINISHED, PatrolState.CANCELLED))
    context = {
        "page": pages.keyset(rows, moment="entered_at", asked=request.GET),
        "heaps": heaps,
        "filter": questions,
        "asked": asked,
        "may_plan": may_plan(request),
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "patrols/list.html#rows", context)
    return render(request, "patrols/list.html", context)


def may_plan(request: SignedIn) -> bool:
    """Whether the person may plan patrols for any unit."""
    return any(
        policy.PATROLS in policy.ROLES[role] and unit.kind not in INSTITUTIONS
        for role, unit in policy.roles_of(request.user)
    )


def _heaps(visible: Any) -> list[tuple[str, str, list[Patrol], bool]]:
    """What wants attention, as (state, its label, patrols, whether there are more)."""
    found = []
    for state, order in (
        (PatrolState.UNDER_WAY, "started_at"),
        (PatrolState.PLANNED, "planned_from"),
        (PatrolState.MISSED, "-planned_to"),
    ):
        rows = list(visible.filter(state=state).order_by(order, "pk")[: HEAP + 1])
        if rows:
            found.append((str(state), str(state.label), rows[:HEAP], len(rows) > HEAP))
    return found


@require_safe
@login_required
def patrol_detail(request: SignedIn, pk: int) -> HttpResponse:
    """Plan, track with what its reading mended, observations, effort, and what this person may do."""
    return page(request, visible_patrol(request, pk))


def visible_patrol(request: SignedIn, pk: int) -> Patrol:
    """The patrol of that number, 404 when the person does not see it."""
    rows = Patrol.objects.visible_to(request.user)
    found: Patrol = get_object_or_404(rows.select_related("unit__province", "leader", "entered_by"), pk=pk)
    return found


def page(request: SignedIn, patrol: Patrol, bound: Mapping[str, BaseForm] | None = None) -> HttpResponse:
    """The page; with a form that was refused it opens at that form, nothing typed lost."""
    refused = bound or {}
    tracks = list(patrol.tracks.select_related("added_by"))
    observations = list(patrol.observations.select_related("marker", "added_by"))
    may = patrol.unit_id in policy.unit_ids(request.user, policy.PATROLS)
    context = {
        "patrol": patrol,
        "tracks": [(track, words.sentences(track.notes)) for track in tracks],
        "observations": observations,
        "length_m": sum(track.length_m for track in tracks),
        "lasted": _minutes(patrol.started_at, patrol.finished_at),
        "planned": _minutes(patrol.planned_from, patrol.planned_to),
        "effort": _effort(patrol),
        "ground": _ground(request, patrol),
        "map": _map(patrol, tracks, observations),
        "shown": {"drawn" if track.source == TrackSource.DRAWN else "track" for track in tracks},
        "history": AuditEntry.objects.filter(kind=patrol.audit_kind, key=patrol.audit_key),
        "may_report": patrol.unit_id in policy.unit_ids(request.user, policy.FILE),
        "refused": refused,
        **(_open_forms(patrol, refused) if may else {}),
    }
    return render(request, "patrols/detail.html", context, status=422 if refused else 200)


def _ground(request: SignedIn, patrol: Patrol) -> Sector | UnresolvedArea | None:
    """The sector or area it was sent to, when its page of coverage is open to this person."""
    if patrol.area_code:
        areas = UnresolvedArea.objects.visible_to(request.user).filter(code=patrol.area_code)
        area: UnresolvedArea | None = areas.filter(period__contains=clock.sql_now()).defer("area").first()
        return area
    own = policy.unit_ids(request.user, policy.VIEW)
    sectors = Sector.objects.visible_to(request.user).filter(code=patrol.sector_code, unit_id__in=own)
    sector: Sector | None = sectors.filter(period__contains=clock.sql_now()).defer("area", "border").first()
    return sector


def _effort(patrol: Patrol) -> tuple[int, int]:
    """Minutes that devices have measured, and the squares of a kilometre they were spent in."""
    rows = list(Effort.objects.filter(track__patrol=patrol).values_list("east_km", "north_km", "seconds"))
    return round(sum(seconds for _east, _north, seconds in rows) / 60), len({row[:2] for row in rows})


def _minutes(since: datetime | None, until: datetime | None) -> int | None:
    return round((until - since).total_seconds() / 60) if since and until else None


def _open_forms(patrol: Patrol, refused: Mapping[str, BaseForm]) -> dict[str, Any]:
    """The forms of the verbs that the patrol's state allows."""
    made: dict[str, tuple[str, Callable[[], BaseForm]]] = {
        "start": ("start_patrol", lambda: forms.StartForm(auto_id="start-%s")),
        "finish": ("finish_patrol", lambda: forms.FinishForm(auto_id="finish-%s")),
        "call_off": ("call_off_patrol", lambda: forms.CallOffForm(auto_id="call_off-%s")),
        "upload": ("add_track", lambda: forms.UploadForm(auto_id="upload-%s", initial=forms.fresh())),
        "draw": ("add_track", lambda: forms.DrawForm(auto_id="draw-%s", initial=forms.fresh())),
        "observe": ("add_observation", lambda: _observation_form(patrol)),
    }
    # A form that was refused is shown even when the state allows it no more: what was typed must not be lost.
    return {
        "forms": {
            name: refused.get(name) or make()
            for name, (verb, make) in made.items()
            if name in refused or allowed(verb, patrol.state)
        }
    }


def _observation_form(patrol: Patrol) -> forms.ObservationForm:
    """An empty form for what the patrol saw: now, while it is under way."""
    now = {"at": clock.now()} if patrol.state == PatrolState.UNDER_WAY else {}
    return forms.ObservationForm(patrol=patrol, auto_id="observe-%s", initial={**forms.fresh(), **now})


def _map(patrol: Patrol, tracks: list[Track], observations: list[Observation]) -> dict[str, Any] | None:
    """What the map draws: the planned route, the tracks, numbered observations; None when there is no place at all."""
    features = [
        _feature(track.path, kind="drawn" if track.source == TrackSource.DRAWN else "track") for track in tracks
    ]
    if patrol.route is not None:
        features.insert(0, _feature(patrol.route, kind="route"))
    for number, seen in enumerate(observations, start=1):
        label = seen.marker.label if seen.marker else seen.text[:80]
        features.append(_feature(seen.point, kind="seen", number=number, label=label))
    return {"type": "FeatureCollection", "features": features} if features else None


def _feature(shape: Any, **properties: Any) -> dict[str, Any]:
    thin = shape if shape.geom_type == "Point" else shape.simplify(SHOWN_DEGREES, preserve_topology=True)
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": thin.geom_type, "coordinates": _rounded(thin.coords)},
    }


def _rounded(coordinates: Any) -> Any:
    """Six decimals of a degree are a tenth of a metre."""
    if isinstance(coordinates, float):
        return round(coordinates, 6)
    return [_rounded(inner) for inner in coordinates]


@require_safe
@login_required
def track_file(request: SignedIn, pk: int, track: int) -> FileResponse:
    """The file of a track as it came, as an attachment; 404 for a track that was drawn."""
    row = get_object_or_404(visible_patrol(request, pk).tracks, pk=track)
    path = sealed.path_of(row.sha256)
    if row.source not in ENDINGS or not path.exists():
        raise Http404
    name = row.original_name or f"{row.patrol.ref}-{row.sha256[:8]}.{row.source}"
    return _answer(FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=ENDINGS[row.source]))


@require_safe
@login_required
@cache_control(private=True, max_age=3600, immutable=True)
def photo(request: SignedIn, pk: int, observation: int) -> FileResponse:
    """The photo of an observation: the copy to look at with ?display=1, else the original as an attachment."""
    seen = get_object_or_404(_with_photo(visible_patrol(request, pk)), pk=observation)
    display = "display" in request.GET
    path = (photos.display_path if display else photos.original_path)(seen.photo_sha256)
    if not path.exists():
        raise Http404
    ending = "jpg" if display else photos.ENDINGS.get(seen.photo_type, "bin")
    return _answer(
        FileResponse(
            path.open("rb"),
            as_attachment=not display,
            filename=f"{seen.patrol.ref}-{seen.photo_sha256[:8]}.{ending}",
            content_type="image/jpeg" if display else seen.photo_type,
        )
    )


def _with_photo(patrol: Patrol) -> QuerySet[Observation]:
    return patrol.observations.exclude(photo_sha256="")


def _answer(response: FileResponse) -> FileResponse:
    """A file somebody gave: never guessed at and never run."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
