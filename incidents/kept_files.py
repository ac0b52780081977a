"""Files given with an engagement or a step of guidance: kept as they came, photos also as a copy to look at.

The bytes of every file lie under its SHA-256 (borderwatch/sealed.py), so that a bundle of evidence finds all alike; of
a photo there is also a copy without metadata (borderwatch/photos.py), so that proof is seen on the page.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse, Http404

from borderwatch import photos, sealed
from borderwatch.sealed import SealedFile
from incidents.actions import attachments
from incidents.models.files import KeptFile
from units.models import User

K = TypeVar("K", bound=KeptFile)
Files = attachments.Files
PHOTOS = frozenset({"image/jpeg", "image/png"})


def keep(files: Files) -> list[SealedFile]:
    """Store the files of a form, the same bytes once; ValidationError under "files" naming each one at fault.

    A photo that cannot be read to its last pixel is refused like any other broken file.
    """
    kept = attachments.keep(files)
    errors: list[ValidationError] = []
    wanted = {one.sha256 for one in kept if one.content_type in PHOTOS}
    for upload in files:
        upload.seek(0)
        if not wanted or upload.read(5) == b"%PDF-":
            continue
        upload.seek(0)
        try:
            photos.read(upload)
        except ValidationError as error:
            errors.append(error)
    if errors:
        raise ValidationError({"files": errors})
    return kept


def attach(model: type[K], files: Sequence[SealedFile], by: User, at: datetime, **owner: Any) -> list[dict[str, str]]:
    """Write the rows of stored files to what owns them; returns them as the audit names them."""
    model._default_manager.bulk_create(
        model(
            sha256=one.sha256,
            original_name=one.name,
            content_type=one.content_type,
            size=one.size,
            added_by=by,
            added_at=at,
            **owner,
        )
        for one in files
    )
    return [{"sha256": one.sha256, "name": one.name} for one in files]


def is_photo(row: KeptFile) -> bool:
    """Whether there is a copy to look at."""
    return row.content_type in PHOTOS


def look_at(row: KeptFile) -> FileResponse:
    """The copy of a photo to look at; made anew from the sealed bytes when it has gone. 404 for other files."""
    original, shown = sealed.path_of(row.sha256), photos.display_path(row.sha256)
    if not is_photo(row) or not original.exists():
        raise Http404
    if not shown.exists():
        photos.read(SimpleUploadedFile(row.original_name, original.read_bytes(), row.content_type))
    response = FileResponse(shown.open("rb"), filename=f"{row.sha256[:12]}.jpg", content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def hand_out(row: KeptFile) -> FileResponse:
    """The bytes as they came, to be saved and never shown or run; 404 when they have gone."""
    path = sealed.path_of(row.sha256)
    if not path.exists():
        raise Http404
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=row.original_name, content_type=row.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
