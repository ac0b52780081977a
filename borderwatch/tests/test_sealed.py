"""Files kept as they came: named by their hash, refused by what their bytes say, never half written."""

import hashlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.utils import translation

from borderwatch import sealed


def upload(content, name="a.pdf"):
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def _folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    with translation.override("en"):
        yield


def test_a_document_is_kept_byte_by_byte_under_its_hash_and_cannot_be_written():
    content = b"%PDF-1.7 minutes of the meeting"
    file = sealed.keep_document(upload(content, "កំណត់ហេតុ.pdf"))
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert (file.name, file.content_type, file.size) == ("កំណត់ហេតុ.pdf", "application/pdf", len(content))
    path = sealed.path_of(file.sha256)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o222 == 0
    assert sealed.keep_document(upload(content)).sha256 == file.sha256


def test_a_file_is_what_its_bytes_say_and_not_its_name():
    with pytest.raises(ValidationError, match=r"a\.pdf"):
        sealed.keep_document(upload(b"MZ\x90 a program", "a.pdf"))
    assert sealed.keep_document(upload(b"\xff\xd8\xff\xe0 photo", "a.exe")).content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.pdf", "y.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("..", ".."),
        ("/", "file"),
    ],
)
def test_a_name_keeps_no_folder_and_no_control_character(given, kept):
    assert sealed.safe_name(given) == kept


def test_too_large_and_empty_are_said_with_the_name(settings):
    settings.DOCUMENT_MAX_BYTES = 100
    with pytest.raises(ValidationError, match="too large"):
        sealed.keep_document(upload(b"%PDF-" + b"x" * 200))
    with pytest.raises(ValidationError, match="empty"):
        sealed.keep(upload(b""), max_bytes=10)


def test_a_large_file_is_streamed_from_the_disk(tmp_path):
    large = TemporaryUploadedFile("big.gpkg", "application/octet-stream", 0, None)
    for _part in range(30):
        large.write(b"y" * 100_000)
    large.size = 3_000_000
    large.seek(0)
    file = sealed.keep(large, max_bytes=5_000_000)
    assert sealed.path_of(file.sha256).stat().st_size == 3_000_000


@pytest.mark.expects_errors
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("borderwatch.sealed.os.fsync", full)
    with pytest.raises(ValidationError, match="cannot be stored"):
        sealed.keep_document(upload(b"%PDF-1"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_same_upload_can_be_given_twice():
    paper = upload(b"%PDF-1.7 minutes")
    assert sealed.keep_document(paper) == sealed.keep_document(paper)
