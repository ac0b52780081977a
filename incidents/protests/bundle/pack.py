"""Pack a bundle: files, index, manifest, sums, seal, verifiers. The same state and key give the same bytes.

Nothing is compressed, every time in the zip is the same, and no moment of making is written into it: the record
says who made it and when.
"""

import base64
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from borderwatch import sealed
from incidents.protests.bundle import keys, pages
from incidents.protests.bundle.contents import Piece, Subject, pieces

FORMAT = "borderwatch-bundle/1"
HERE = Path(__file__).parent
# Handed out as they are; both check a bundle without anything of ours.
VERIFIERS = ("verify.py", "verify.html")
CHUNK = 1024 * 1024
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Made:
    """A bundle that lies in its place: its own SHA-256, that of its manifest, bytes and number of files in it."""

    zip_sha256: str
    manifest_sha256: str
    size: int
    files: int


def canonical(value: Any) -> bytes:
    """JSON in the one form a bundle is written in."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def build(subject: Subject, tell: Tell = lambda done, total: None) -> Made:
    """Write the bundle and move it into its place. Raises ValidationError for a file that is missing or has changed."""
    originals = pieces(subject)
    texts = {**pages.texts(subject, originals), **{name: (HERE / name).read_bytes() for name in VERIFIERS}}
    texts["public-key.txt"] = f"{keys.public_text()}\n".encode()
    manifest = canonical(_manifest(subject, originals, texts))
    sums = _sums(originals, {**texts, "manifest.json": manifest})
    texts |= {"manifest.json": manifest, "SHA256SUMS": sums, "seal.json": _seal(manifest, sums)}
    folder = sealed.path_of("00").parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=folder, prefix=".bundle-")
    try:
        with os.fdopen(handle, "w+b") as file:
            _write(file, texts, originals, tell)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
            os.fchmod(file.fileno(), 0o440)
        digest = _digest(Path(aside))
        place = sealed.path_of(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        Path(aside).replace(place)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    return Made(digest, hashlib.sha256(manifest).hexdigest(), size, len(texts) + len(originals))


def _manifest(subject: Subject, originals: list[Piece], texts: dict[str, bytes]) -> dict[str, Any]:
    files = [
        {"path": one.path, "sha256": one.sha256, "size": one.size, "title": one.title, "type": one.content_type}
        for one in originals
    ]
    files += [
        {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for path, content in texts.items()
    ]
    return {
        "format": FORMAT,
        "about": {"kind": subject.target.audit_kind, "ref": subject.ref, "incident": subject.incident.ref},
        "files": sorted(files, key=lambda one: str(one["path"])),
    }


def _sums(originals: list[Piece], texts: dict[str, bytes]) -> bytes:
    """As `sha256sum --check` reads it."""
    lines = {one.path: one.sha256 for one in originals}
    lines |= {path: hashlib.sha256(content).hexdigest() for path, content in texts.items()}
    return "".join(f"{lines[path]}  {path}\n" for path in sorted(lines)).encode()


def _seal(manifest: bytes, sums: bytes) -> bytes:
    found = {
        "format": FORMAT,
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        "sums_sha256": hashlib.sha256(sums).hexdigest(),
        "algorithm": "Ed25519",
        "public_key": keys.public_text(),
    }
    message = f"{FORMAT}\n{found['manifest_sha256']}\n{found['sums_sha256']}\n".encode()
    return canonical({**found, "signature": base64.b64encode(keys.sign(message)).decode()})


def _write(file: IO[bytes], texts: dict[str, bytes], originals: list[Piece], tell: Tell) -> None:
    total = sum(one.size for one in originals) + sum(len(content) for content in texts.values())
    done = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, strict_timestamps=True) as packed:
        for path in sorted(texts):
            packed.writestr(_entry(path, len(texts[path])), texts[path])
            done += len(texts[path])
        for one in sorted(originals, key=lambda one: one.path):
            _copy(packed, one)
            done += one.size
            tell(done, total)
    tell(total, total)


def _entry(path: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED
    entry.create_system = 3
    entry.external_attr = 0o100444 << 16
    entry.file_size = size
    return entry


def _copy(packed: zipfile.ZipFile, one: Piece) -> None:
    digest = hashlib.sha256()
    with one.source.open("rb") as source, packed.open(_entry(one.path, one.size), "w") as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != one.sha256:
        raise ValidationError(_("A file of the record is no longer what it was: %(name)s.") % {"name": one.title})


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
