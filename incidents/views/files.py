"""What came along with a contest, a statement or a step of a case: how it is named, and how it is handed out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, Http404
from django.urls import reverse

from borderwatch import sealed
from incidents.forms_cases import patrol_words
from incidents.models import Attachment
from units.models import Patrol, User


@dataclass(frozen=True)
class Shown:
    """An attachment for a page; `url` is "" for a patrol the reader may not open."""

    words: str
    url: str
    size: int | None = None
    sha256: str = ""


def rows() -> Any:
    """Attachments with what `shown` needs, for a prefetch."""
    return Attachment.objects.select_related("patrol")


def shown(user: User, attachments: Iterable[Attachment], *, route: str, ref: str) -> dict[int, Shown]:
    """The attachments by their keys; patrols have an address for those who see them only."""
    found = list(attachments)
    asked = [one.patrol_id for one in found if one.patrol_id]
    open_to = set(Patrol.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True)) if asked else set()
    return {one.pk: _patrol(one.patrol, open_to) if one.patrol else _file(one, route, ref) for one in found}


def _patrol(patrol: Patrol, open_to: set[int]) -> Shown:
    return Shown(patrol_words(patrol), patrol.get_absolute_url() if patrol.pk in open_to else "")


def _file(one: Attachment, route: str, ref: str) -> Shown:
    return Shown(one.original_name, reverse(route, args=[ref, one.pk]), one.size, one.sha256)


def hand_out(one: Attachment) -> FileResponse:
    """The bytes as they came, to be saved and never shown or run; 404 when it is no file or has gone."""
    path = sealed.path_of(one.sha256) if one.sha256 else None
    if path is None or not path.exists():
        raise Http404
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=one.original_name, content_type=one.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
