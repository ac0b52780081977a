"""Files kept as they came: named by their SHA-256, read-only, written aside and moved into place.

What a file is, its bytes say, not its name. Rows that refer to a file are written by whoever keeps it.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

log = structlog.get_logger(__name__)

# Kinds of document an explanation or a statement may bring, by their first bytes.
DOCUMENTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)


@dataclass(frozen=True)
class SealedFile:
    """A file whose bytes are stored; `name` is the one it came with, without any folder."""

    sha256: str
    name: str
    content_type: str
    size: int


def path_of(sha256: str) -> Path:
    """Where the bytes lie."""
    return Path(settings.MEDIA_ROOT) / "files" / sha256[:2] / sha256


def keep(upload: UploadedFile[bytes], *, max_bytes: int, content_type: str = "application/octet-stream") -> SealedFile:
    """Store an upload as it came; raises ValidationError naming the file when it is too large or cannot be stored.

    The bytes are streamed, never held in memory as a whole.
    """
    name = safe_name(upload.name or "file")
    refuse_size(name, upload.size or 0, max_bytes)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    upload.seek(0)
    try:
        _stream(path_of(sha256), upload)
    except OSError as error:
        log.error("sealed.cannot_store", error=str(error), size=upload.size)
        raise ValidationError(
            _("%(name)s cannot be stored at the moment. Try again later."), code="storage", params={"name": name}
        ) from error
    upload.seek(0)
    return SealedFile(sha256, name, content_type, upload.size or 0)


def keep_document(upload: UploadedFile[bytes]) -> SealedFile:
    """Store a document a person gives as proof: PDF, JPEG or PNG by its first bytes. Raises ValidationError."""
    name = safe_name(upload.name or "file")
    upload.seek(0)
    head = upload.read(16)
    upload.seek(0)
    kind = next((kind for magic, kind in DOCUMENTS if head.startswith(magic)), None)
    if kind is None:
        raise ValidationError(
            _("%(name)s is neither a PDF nor a photo (JPEG, PNG). Save it as one of these and try again."),
            code="kind",
            params={"name": name},
        )
    return keep(upload, max_bytes=settings.DOCUMENT_MAX_BYTES, content_type=kind)


def safe_name(name: str) -> str:
    """The last part of a name, whatever separators it uses, without control characters, at most 200 long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[:200] or "file"


def refuse_size(name: str, size: int, max_bytes: int) -> None:
    """Raise ValidationError naming the file when it is larger than it may be, or empty."""
    if size == 0:
        raise ValidationError(_("%(name)s is empty."), code="empty", params={"name": name})
    if size > max_bytes:
        raise ValidationError(
            _("%(name)s is too large (%(size)s); at most %(most)s."),
            code="size",
            params={"name": name, "size": filesizeformat(size), "most": filesizeformat(max_bytes)},
        )


def seal(path: Path, content: bytes) -> None:
    """Write bytes aside, flush to the disk, move into place; a file that is there already is the same by its name."""
    if path.exists() and path.stat().st_size == len(content):
        return
    with _aside(path) as file:
        file.write(content)


def _stream(path: Path, upload: UploadedFile[bytes]) -> None:
    if path.exists() and path.stat().st_size == upload.size:
        return
    with _aside(path) as file:
        for chunk in upload.chunks():
            file.write(chunk)


@contextlib.contextmanager
def _aside(path: Path) -> Iterator[BinaryIO]:
    """A file beside its place, moved there when all has been written, removed when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o440)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
