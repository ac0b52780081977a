"""Photos: taken in carefully, the original sealed under its hash, shown only as a copy without metadata.

A file is what its bytes say, not its name: magic bytes, then a full decode within limits. Both files are written
aside and moved into place, so that a half-written photo never carries a name.
"""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from borderwatch.sealed import seal

log = structlog.get_logger(__name__)

# Format as Pillow names it: the kind of file. MPO is what some telephones make of JPEG; its JPEG reader opens both.
KINDS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
DISPLAY_PX = 1600
DISPLAY_QUALITY = 80


@dataclass(frozen=True)
class Photo:
    """A photo whose files are stored; its rows (staged or evidence) are written by whoever keeps it."""

    sha256: str
    name: str
    content_type: str
    size: int
    width: int
    height: int


def read(upload: UploadedFile[bytes]) -> Photo:
    """Check an uploaded photo and store it sealed; raises ValidationError naming the file and what to do."""
    name = Path(upload.name or "photo").name[:200]
    if (upload.size or 0) > settings.PHOTO_MAX_BYTES:
        raise ValidationError(
            _("%(name)s is too large (%(size)s); at most %(most)s."),
            code="size",
            params={
                "name": name,
                "size": filesizeformat(upload.size or 0),
                "most": filesizeformat(settings.PHOTO_MAX_BYTES),
            },
        )
    content = upload.read()
    content_type, width, height, display = _decode(content, name)
    photo = Photo(hashlib.sha256(content).hexdigest(), name, content_type, len(content), width, height)
    try:
        seal(original_path(photo.sha256), content)
        seal(display_path(photo.sha256), display)
    except OSError as error:
        log.error("photos.cannot_store", error=str(error), size=photo.size)
        raise ValidationError(
            _(
                "%(name)s cannot be stored at the moment. The report itself can be filed now without it; "
                "keep the photo and add it later."
            ),
            code="storage",
            params={"name": name},
        ) from error
    return photo


class SomeRefused(ValidationError):
    """Some files could not be taken in; `good` are those that could, so that they are not asked for again."""

    def __init__(self, refusals: list[ValidationError], good: list[Photo]) -> None:
        super().__init__(refusals)
        self.good = good


def take(uploads: Iterable[UploadedFile[bytes]]) -> list[Photo]:
    """Read several photos; raises SomeRefused after all were tried, naming each file that was refused."""
    good: list[Photo] = []
    refusals: list[ValidationError] = []
    for upload in uploads:
        try:
            good.append(read(upload))
        except ValidationError as error:
            refusals.append(error)
    if refusals:
        raise SomeRefused(refusals, good)
    return good


def original_path(sha256: str) -> Path:
    """Where the sealed original lies."""
    return Path(settings.MEDIA_ROOT) / "photos" / sha256[:2] / sha256


def display_path(sha256: str) -> Path:
    """Where the copy to look at lies (JPEG, at most 1600 pixels, no metadata)."""
    return Path(settings.MEDIA_ROOT) / "display" / sha256[:2] / f"{sha256}.jpg"


def forget(sha256: str) -> None:
    """Remove the files of a photo nothing refers to any more."""
    for path in (original_path(sha256), display_path(sha256)):
        path.unlink(missing_ok=True)


def _decode(content: bytes, name: str) -> tuple[str, int, int, bytes]:
    """Kind, width, height and display copy of an image; every pixel is read, so that a broken file is refused here."""
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as image:
            width, height = image.size
            if width * height > settings.PHOTO_MAX_PIXELS:
                raise ValidationError(
                    _("%(name)s has too many pixels (%(width)s × %(height)s). Take it with a smaller setting."),
                    code="pixels",
                    params={"name": name, "width": width, "height": height},
                )
            image.load()
            return KINDS[str(image.format)], width, height, _display(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, KeyError) as error:
        raise ValidationError(
            _("%(name)s is not a readable photo. JPEG, PNG and WebP can be taken in."),
            code="unreadable",
            params={"name": name},
        ) from error


def _display(image: Image.Image) -> bytes:
    """Upright, small, and without anything but pixels."""
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((DISPLAY_PX, DISPLAY_PX))
    if upright.mode in ("RGBA", "LA", "PA", "P"):
        with_alpha = upright.convert("RGBA")
        paper = Image.new("RGBA", with_alpha.size, "white")
        upright = Image.alpha_composite(paper, with_alpha)
    clean = Image.new("RGB", upright.size)
    clean.paste(upright.convert("RGB"))
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=DISPLAY_QUALITY, optimize=True, progressive=True)
    return out.getvalue()
