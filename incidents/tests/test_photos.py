"""Photos: what is taken in, how it is sealed, what is refused."""

import hashlib
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from incidents import photos


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "darkgreen").save(out, kind, **options)
    return out.getvalue()


def upload(content: bytes, name: str = "ponds.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_the_original_is_sealed_under_its_hash(kind: str, mime: str) -> None:
    content = picture(kind)
    photo = photos.read(upload(content))
    assert photo.sha256 == hashlib.sha256(content).hexdigest()
    assert (photo.content_type, photo.width, photo.height, photo.size) == (mime, 40, 30, len(content))
    path = photos.original_path(photo.sha256)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o440


def test_the_copy_is_upright_small_and_bare() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SECRET CAMERA"
    photo = photos.read(upload(picture(size=(4000, 1000), exif=exif)))
    with Image.open(photos.display_path(photo.sha256)) as copy:
        assert copy.format == "JPEG"
        assert copy.size == (400, 1600)
        assert not copy.getexif()
    assert b"SECRET" not in photos.display_path(photo.sha256).read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture("GIF"),
        picture("TIFF"),
        picture()[:200],
    ],
    ids=["empty", "text", "svg", "gif", "tiff", "cut"],
)
def test_what_is_no_photo_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(ValidationError) as caught:
        photos.read(upload(content, "strange.jpg"))
    assert caught.value.code == "unreadable"
    assert "strange.jpg" in caught.value.messages[0]


def test_too_many_bytes_and_pixels_are_refused(settings: Any) -> None:
    settings.PHOTO_MAX_PIXELS = 1000
    with pytest.raises(ValidationError) as caught:
        photos.read(upload(picture()))
    assert caught.value.code == "pixels"
    settings.PHOTO_MAX_BYTES = 100
    with pytest.raises(ValidationError) as caught:
        photos.read(upload(picture()))
    assert caught.value.code == "size"


@pytest.mark.expects_errors
def test_a_full_disk_is_said_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("borderwatch.sealed.os.fsync", full)
    with pytest.raises(ValidationError) as caught:
        photos.read(upload(picture()))
    assert caught.value.code == "storage"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_good_ones_are_kept_when_one_is_refused() -> None:
    with pytest.raises(photos.SomeRefused) as caught:
        photos.take([upload(picture(), "a.jpg"), upload(b"x", "b.jpg")])
    assert [photo.name for photo in caught.value.good] == ["a.jpg"]
    assert len(caught.value.messages) == 1


def test_staged_photos_are_the_persons_own_and_kept_once(district: Any, province: Any) -> None:
    key = uuid.uuid4()
    photo = photos.read(upload(picture()))
    for _again in range(2):
        photos.stage(actor=district, client_key=key, photos=[photo])
    assert photos.staged(actor=district, client_key=key) == [photo]
    assert photos.staged(actor=province, client_key=key) == []


def test_forgetting_removes_both_files() -> None:
    photo = photos.read(upload(picture()))
    photos.forget(photo.sha256)
    photos.forget(photo.sha256)
    assert not photos.original_path(photo.sha256).exists()
    assert not photos.display_path(photo.sha256).exists()
