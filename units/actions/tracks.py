"""What a patrol brings home: its tracks and what it saw. A person needs `manage_patrols` on the patrol's unit."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
from django.conf import settings
from django.contrib.gis.geos import LineString, Point
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, sealed
from units import coverage, workflow
from units.actions.patrols import CLOCK_TOLERANCE, MAX_TEXT, Clash, locked, one_at_a_time
from units.choices import MarkerFinding, TrackSource
from units.models import METRIC, BorderMarker, Effort, Observation, Patrol, Track, User
from units.tracks import cleaning, ground, reading
from units.tracks.cleaning import BESIDE_PATROL, Cleaned, Window
from units.tracks.positions import Position

if TYPE_CHECKING:
    from borderwatch.photos import Photo

MOST_DRAWN = 5_000
MAX_ACCURACY_M = 50_000
# A marker that is inspected stands no farther from the place than this, besides both accuracies.
MARKER_REACH_M = 2_000


@dataclass(frozen=True)
class Added:
    """What adding a track came to: "new", or "same" (the track that is there already)."""

    track: Track
    outcome: str


@transaction.atomic
def add_track(
    *,
    actor: User,
    client_key: uuid.UUID,
    patrol: Patrol,
    upload: UploadedFile[bytes] | None = None,
    drawn: LineString | None = None,
) -> Added:
    """Add where the patrol went: a file of a device (GPX, GeoJSON, CSV), or a line drawn by hand (EPSG:4326).

    The file is sealed as it came; the path is cleaned, with notes of what was left out; the ground it saw counts as
    covered at once. The same key, or the same file for the patrol, gives the track that is there. Raises
    PermissionDenied, workflow.Refused, Clash, and ValidationError at `file` or `drawn`. Duty D11.
    """
    patrol = locked(patrol, actor)
    workflow.move("add_track", patrol.state)
    one_at_a_time(client_key)
    file = _file(upload, drawn)
    content = file.read()
    sha256 = hashlib.sha256(content).hexdigest()
    if known := _known_track(client_key, patrol, sha256):
        return Added(known, "same")
    now = clock.now()
    window = _window(patrol, now)
    if drawn is not None:
        with _told_at("drawn"):
            cleaned = _read_drawn(drawn, window)
    else:
        cleaned = cleaning.clean(reading.read(content, window.day), window)
    field = "file" if drawn is None else "drawn"
    if problem := ground.far_from_ground(cleaned.line_m, patrol, cleaned.started_at):
        raise ValidationError({field: ValidationError(problem, code="place")})
    cleaned = _noting_other_use(cleaned, patrol, sha256, field)
    with _told_at(field):
        file.seek(0)
        kept = sealed.keep(file, max_bytes=settings.TRACK_FILE_MAX_BYTES)
    track = _save(patrol, actor, client_key, cleaned, kept if drawn is None else replace(kept, name=""), now)
    coverage.see(track)
    audit.record(
        actor=actor,
        verb="add_track",
        target=patrol,
        after={
            "track": track.pk,
            "source": track.source,
            "sha256": sha256,
            "length_m": track.length_m,
            "points": track.points,
            "dropped": track.dropped,
        },
        at=now,
    )
    return Added(track, "new")


def _file(upload: UploadedFile[bytes] | None, drawn: LineString | None) -> UploadedFile[bytes]:
    """What is sealed: the upload within its limits, or the drawing written as GeoJSON."""
    if drawn is not None:
        return SimpleUploadedFile("drawn.geojson", orjson.dumps({"type": "LineString", "coordinates": drawn.coords}))
    if upload is None:
        raise ValidationError({"file": _("Choose a file, or draw the path on the map.")})
    with _told_at("file"):
        sealed.refuse_size(sealed.safe_name(upload.name or ""), upload.size or 0, settings.TRACK_FILE_MAX_BYTES)
    return upload


@contextmanager
def _told_at(field: str) -> Iterator[None]:
    """Errors that name no field, or another one, are told at this one."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from error


def _known_track(client_key: uuid.UUID, patrol: Patrol, sha256: str) -> Track | None:
    known = Track.objects.filter(client_key=client_key).first()
    if known is not None and (known.patrol_id != patrol.pk or known.sha256 != sha256):
        raise Clash(_("This key already belongs to another track. Use a new key for another file."), code="clash")
    return known or Track.objects.filter(patrol=patrol, sha256=sha256).first()


def _noting_other_use(cleaned: Cleaned, patrol: Patrol, sha256: str, field: str) -> Cleaned:
    """One file proves one patrol of a unit; two units that went together may both give it, and that is noted."""
    others = Track.objects.filter(sha256=sha256).exclude(patrol=patrol)
    own = others.filter(patrol__unit=patrol.unit_id).select_related("patrol").first()
    if own is not None:
        message = _("This is already the track of the patrol %(ref)s.") % {"ref": own.patrol.ref}
        raise ValidationError({field: ValidationError(message, code="used")})
    if others.exists():
        return replace(cleaned, notes=[*cleaned.notes, {"code": "used_elsewhere", "params": {}}])
    return cleaned


def _window(patrol: Patrol, now: datetime) -> Window:
    assert patrol.started_at is not None, "a patrol that may get a track has set out"
    return Window(started_at=patrol.started_at, finished_at=patrol.finished_at or max(now, patrol.started_at), now=now)


def _read_drawn(line: LineString, window: Window) -> Cleaned:
    if len(line.coords) > MOST_DRAWN:
        raise ValidationError(_("The drawn path has too many points; at most %(n)s.") % {"n": MOST_DRAWN})
    if len(set(line.coords)) < 2:
        raise ValidationError(_("Draw a path of at least two points."))
    if problem := ground.region_error(line.coords):
        raise ValidationError(problem)
    positions = [Position(x, y, None) for x, y, *_height in line.coords]
    cleaned = cleaning.drawn(TrackSource.DRAWN, [positions], window)
    return replace(cleaned, notes=[{"code": "drawn", "params": {}}])


def _save(
    patrol: Patrol, actor: User, client_key: uuid.UUID, cleaned: Cleaned, file: sealed.SealedFile, now: datetime
) -> Track:
    track = Track.objects.create(
        client_key=client_key,
        patrol=patrol,
        source=cleaned.source,
        sha256=file.sha256,
        original_name=file.name,
        size=file.size,
        path=cleaned.path,
        line_m=cleaned.line_m,
        started_at=cleaned.started_at,
        ended_at=cleaned.ended_at,
        timed=cleaned.timed,
        length_m=cleaned.length_m,
        points=cleaned.points,
        dropped=cleaned.dropped,
        notes=cleaned.notes,
        added_by=actor,
        added_at=now,
    )
    Effort.objects.bulk_create(
        [
            Effort(track=track, east_km=east, north_km=north, seconds=round(seconds, 1), metres=round(metres, 1))
            for (east, north), (seconds, metres) in cleaned.effort.items()
        ]
    )
    return track


@transaction.atomic
def add_observation(
    *,
    actor: User,
    client_key: uuid.UUID,
    patrol: Patrol,
    at: datetime,
    point: Point,
    accuracy_m: int,
    text: str = "",
    marker: BorderMarker | None = None,
    finding: str = "",
    photo: "Photo | None" = None,
) -> Observation:
    """Add something the patrol saw, or the state of a border marker it visited; the same key gives the same row.

    The photo's files are stored already (`photos.read`). The register of markers does not change by it. Raises
    PermissionDenied, workflow.Refused, Clash, and ValidationError by field (at, point, accuracy_m, text, marker,
    finding). Duty D11.
    """
    patrol = locked(patrol, actor)
    workflow.move("add_observation", patrol.state)
    one_at_a_time(client_key)
    known = Observation.objects.filter(client_key=client_key).first()
    if known is not None:
        if known.patrol_id != patrol.pk:
            raise Clash(_("This key already belongs to an observation of another patrol."), code="clash")
        return known
    now = clock.now()
    observation = Observation(
        patrol=patrol,
        client_key=client_key,
        at=at,
        point=point,
        accuracy_m=accuracy_m,
        text=text.strip(),
        marker=marker,
        finding=finding,
        added_by=actor,
        added_at=now,
    )
    if photo is not None:
        observation.photo_sha256, observation.photo_name = photo.sha256, photo.name[:200]
        observation.photo_type, observation.photo_size = photo.content_type, photo.size
    if errors := _time_errors(observation, now) | _place_errors(observation) | _content_errors(observation):
        raise ValidationError(errors)
    observation.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="add_observation",
        target=patrol,
        after={
            "observation": observation.pk,
            "at": at.isoformat(),
            "marker": marker.code if marker else "",
            "finding": finding,
            "photo": observation.photo_sha256,
        },
        at=now,
    )
    return observation


def _time_errors(observation: Observation, now: datetime) -> dict[str, str]:
    window = _window(observation.patrol, now)
    if observation.at > now + CLOCK_TOLERANCE:
        return {"at": _("This time lies in the future. Check the date and the clock of your device.")}
    if not window.started_at - BESIDE_PATROL <= observation.at <= window.finished_at + BESIDE_PATROL:
        return {"at": _("This is more than 12 hours before or after the patrol. Check the date.")}
    return {}


def _place_errors(observation: Observation) -> dict[str, str]:
    if not 0 < observation.accuracy_m <= MAX_ACCURACY_M:
        return {"accuracy_m": _("The accuracy must lie between 1 and %(n)s metres.") % {"n": MAX_ACCURACY_M}}
    if problem := ground.region_error([observation.point.coords]):
        return {"point": problem}
    planar = observation.point.transform(METRIC, clone=True)
    if problem := ground.far_from_ground(planar, observation.patrol, observation.at):
        return {"point": problem}
    if observation.marker is not None:
        metres = planar.distance(observation.marker.point.transform(METRIC, clone=True))
        if metres > MARKER_REACH_M + observation.accuracy_m + observation.marker.accuracy_m:
            return {
                "marker": _("This marker lies %(km).1f km from the place. Choose the one that was visited.")
                % {"km": metres / 1000}
            }
    return {}


def _content_errors(observation: Observation) -> dict[str, str]:
    errors: dict[str, str] = {}
    if len(observation.text) > MAX_TEXT:
        errors["text"] = _("This is too long.")
    if observation.marker is None:
        if observation.finding:
            errors["marker"] = _("Choose the marker that was found so.")
        elif not observation.text:
            errors["text"] = _("Write in a few words what was seen.")
    elif observation.finding not in MarkerFinding.values:
        errors["finding"] = _("Say in which state the marker stood.")
    return errors
