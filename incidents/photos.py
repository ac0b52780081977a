"""Photos of a form on its way: stored by the kernel, kept for the next try of the form, forgotten after a day."""

import uuid
from collections.abc import Sequence

from borderwatch import clock
from borderwatch.photos import ENDINGS, Photo, SomeRefused, display_path, forget, original_path, read, take
from incidents.models import StagedPhoto
from units.models import User

__all__ = (
    "ENDINGS",
    "Photo",
    "SomeRefused",
    "display_path",
    "forget",
    "original_path",
    "read",
    "stage",
    "staged",
    "take",
)


def stage(*, actor: User, client_key: uuid.UUID, photos: Sequence[Photo]) -> None:
    """Keep stored photos for the next try of a form; forgotten after a day."""
    StagedPhoto.objects.bulk_create(
        [
            StagedPhoto(
                client_key=client_key,
                user=actor,
                sha256=photo.sha256,
                original_name=photo.name,
                content_type=photo.content_type,
                size=photo.size,
                width=photo.width,
                height=photo.height,
                staged_at=clock.now(),
            )
            for photo in photos
        ],
        ignore_conflicts=True,
    )


def staged(*, actor: User, client_key: uuid.UUID) -> list[Photo]:
    """The photos kept for a person's form, in the order they came."""
    return [
        Photo(row.sha256, row.original_name, row.content_type, row.size, row.width, row.height)
        for row in StagedPhoto.objects.filter(user=actor, client_key=client_key).order_by("id")
    ]
