"""The sealed bundle: it proves itself without us, any change is found, and the same state gives the same bytes."""

import base64
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from borderwatch import clock, jobs, sealed
from borderwatch.models import AuditEntry, Job
from incidents import actions, photos
from incidents.demo import pictures
from incidents.protests.bundle import contents, keys, verify
from incidents.protests.bundle.job import KIND
from incidents.tests.protests import PDF, brought_to, engage, paper, person


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared by their words."""
    with translation.override("en"):
        yield


VERIFIER = Path(verify.__file__)


@pytest.fixture
def case(file):
    """The ponds with a photo, minutes of a meeting, guidance with proof, and a protest that was answered."""
    incident = file(
        category="neighbour_unilateral_activity", type="pond_or_canal", impact="high", photos=[pictures.draw("ponds")]
    )
    engage(incident, files=[paper("minutes.pdf", PDF + b"minutes")])
    return incident


def made(about, actor="mfaic"):
    return actions.make_bundle(actor=person(actor), about=about)


@pytest.fixture
def protest(case):
    return brought_to("replied", case)


def unpacked(tmp_path, bundle, name="bundle"):
    folder = tmp_path / name
    with zipfile.ZipFile(sealed.path_of(bundle.zip_sha256)) as packed:
        packed.extractall(folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o644)
    return folder


def verified(*arguments, cwd=None, script=VERIFIER):
    """Run the verifier alone: no site, no packages, nothing of the project on the path."""
    quiet = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), *map(str, arguments)],
        cwd=cwd, env=quiet, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_a_bundle_verifies_in_an_empty_folder_with_nothing_of_ours(protest, tmp_path):
    bundle = made(protest)
    folder = unpacked(tmp_path, bundle)
    code, said = verified(cwd=folder, script=folder / "verify.py")
    assert code == 0, said
    assert "AS SEALED" in said
    assert bundle.manifest_sha256 in said
    assert keys.fingerprint() in said
    code, said = verified(sealed.path_of(bundle.zip_sha256), "--key", keys.fingerprint())
    assert code == 0, said
    code, said = verified(folder, "--key", "0" * 64)
    assert code == 1
    assert "not the one you named" in said


def test_it_holds_every_original_and_a_page_that_reads_offline(protest, case, tmp_path):
    folder = unpacked(tmp_path, made(protest))
    names = {path.relative_to(folder).as_posix().rsplit("/", 1)[0] for path in folder.rglob("*") if path.is_file()}
    assert {"files/photos", "files/engagement", "files/replies", "files/letters"} <= names
    index = (folder / "index.html").read_text()
    assert not re.search(r"""(src|href|url|action)\s*[=(]\s*["']?\s*(https?:)?//""", index)
    assert "<script" not in index
    for words in (case.ref, protest.ref, protest.note_number, "ព្រំដែន", "Notices and receipts", "Five ponds were dug."):
        assert words in index, words
    assert 'lang="km"' in index
    assert 'lang="en"' in index
    for link in set(re.findall(r'href="(files/[^"]+)"', index)):
        assert (folder / link).is_file(), link
    for name in ("verify.html", "map.svg"):
        page = (folder / name).read_text()
        assert not re.search(r"""(src|href)\s*=\s*["'](https?:)?//""", page), name


def test_one_changed_byte_in_any_file_fails(protest, tmp_path):
    folder = unpacked(tmp_path, made(protest))
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(paths) >= 11
    for path in paths:
        good = path.read_bytes()
        for at in {0, len(good) // 2, len(good) - 1}:
            bad = bytearray(good)
            bad[at] ^= 1
            path.write_bytes(bytes(bad))
            faults = _faults(folder)
            assert faults, (path.name, at)
        path.write_bytes(good)
    assert not _faults(folder)
    # Once as a stranger would, in a process of its own.
    (folder / "index.html").write_bytes((folder / "index.html").read_bytes()[:-1] + b" ")
    code, said = verified(folder)
    assert code == 1
    assert "index.html is not what it was" in said


def _faults(folder):
    try:
        return verify.check(verify.bundle_at(str(folder)))[0]
    except Exception as error:
        return [str(error)]


def test_every_byte_of_the_seal_matters(case, tmp_path):
    folder = unpacked(tmp_path, made(case))
    seal = folder / "seal.json"
    good = seal.read_bytes()
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 1
        seal.write_bytes(bytes(bad))
        assert _faults(folder), at


def test_removing_adding_or_renaming_a_file_fails(protest, tmp_path):
    bundle = made(protest)
    whole = unpacked(tmp_path, bundle, "whole")
    for path in sorted(path for path in whole.rglob("*") if path.is_file()):
        name = path.relative_to(whole)
        for change in ("remove", "rename"):
            folder = tmp_path / "changed"
            shutil.copytree(whole, folder)
            if change == "remove":
                (folder / name).unlink()
            else:
                (folder / name).rename((folder / name).with_name("renamed"))
            assert _faults(folder), (change, name)
            shutil.rmtree(folder)
    (whole / ".hidden").write_text("x")
    assert verified(whole)[0] == 1


def test_a_bundle_sealed_anew_by_another_key_shows_another_fingerprint(case, tmp_path, settings):
    before = keys.fingerprint()
    settings.BUNDLE_KEY = tmp_path / "other" / "key.pem"
    folder = unpacked(tmp_path, made(case))
    code, said = verified(folder)
    assert code == 0
    assert before not in said
    assert verified(folder, "--key", before)[0] == 1


def test_the_key_is_made_once_and_is_the_sites_own(tmp_path, settings):
    settings.BUNDLE_KEY = tmp_path / "keys" / "key.pem"
    first = keys.fingerprint()
    assert keys.fingerprint() == first
    assert (tmp_path / "keys" / "key.pem").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["key.pem"]


def test_the_signature_is_that_of_the_library(settings, tmp_path):
    settings.BUNDLE_KEY = tmp_path / "key.pem"
    signature = keys.sign(b"message")
    assert verify.signed(keys.public_bytes(), b"message", signature)
    assert not verify.signed(keys.public_bytes(), b"Message", signature)
    assert not verify.signed(keys.public_bytes(), b"message", signature[:-1])
    assert not verify.signed(b"\xff" * 32, b"message", signature)
    # The same signature with the order added to its second half is a forgery of form, and refused.
    more = int.from_bytes(signature[32:], "little") + verify.ORDER
    assert not verify.signed(keys.public_bytes(), b"message", signature[:32] + more.to_bytes(32, "little"))


def test_the_same_state_gives_the_same_bytes_whoever_makes_it_and_when(protest, case):
    first = made(protest)
    with clock.replaying(clock.now() + timedelta(days=3)):
        again = made(protest, actor="mfaic-deputy")
    assert again == first
    actions.close_protest(actor=person("mfaic"), protest=protest)
    assert made(protest).zip_sha256 != first.zip_sha256


def test_making_one_is_on_record_with_its_hash(protest, audited):
    bundle = made(protest)
    entry = audited("make_bundle", protest.ref)
    assert entry.after["manifest_sha256"] == bundle.manifest_sha256
    assert entry.after["zip_sha256"] == bundle.zip_sha256
    assert sealed.path_of(bundle.zip_sha256).stat().st_size == bundle.size


def test_only_who_sees_all_of_it_makes_it(protest, case, untouched):
    for name in ("province", "moi", "district"):  # the note's letter is the ministry's own
        with untouched(), pytest.raises(PermissionDenied):
            made(protest, actor=name)
    for name in ("province2", "outsider"):
        with untouched(), pytest.raises(PermissionDenied):
            made(case, actor=name)


def test_the_incidents_bundle_holds_no_draft_and_the_province_may_make_it(case):
    draft = brought_to("legal_check", case)
    made(case, actor="province")
    subject = contents.find(person("province"), case.ref)
    assert subject.protests == []
    assert contents.find(person("province"), draft.ref) is None
    assert contents.find(person("mfaic"), draft.ref).protest == draft


def test_a_file_that_is_gone_or_changed_is_no_bundle(case, untouched, tmp_path):
    row = case.evidence.get()
    path = photos.original_path(row.sha256)
    good = path.read_bytes()
    try:
        path.chmod(0o640)
        path.write_bytes(good[:-1] + b"x")
        with untouched(), pytest.raises(ValidationError, match="no longer what it was"):
            made(case)
        path.unlink()
        with untouched(), pytest.raises(ValidationError, match="not in its place"):
            made(case)
    finally:
        path.write_bytes(good)
        path.chmod(0o440)
    assert not [one for one in sealed.path_of("00").parent.parent.iterdir() if one.name.startswith(".bundle-")]


def test_the_worker_makes_it_for_who_asked(protest, signed_in):
    client = signed_in(person("mfaic"))
    address = f"/protests/bundles/{protest.ref}/"
    assert client.post(address).status_code == 302
    job = Job.objects.get(kind=KIND)
    assert jobs.run(job.pk) == Job.State.DONE
    job.refresh_from_db()
    page = client.get(address)
    assert job.result["manifest_sha256"] in page.content.decode()
    answer = client.get(f"{address}{job.result['zip_sha256']}.zip")
    content = b"".join(answer.streaming_content)
    assert sealed.path_of(job.result["zip_sha256"]).read_bytes() == content
    assert answer["Content-Disposition"].startswith("attachment")
    # Another's hash opens nothing, and who sees not all of it gets nothing.
    assert client.get(f"{address}{'0' * 64}.zip").status_code == 404
    assert signed_in(person("moi")).get(f"{address}{job.result['zip_sha256']}.zip").status_code == 403
    assert signed_in(person("moi")).post(address).status_code == 403
    assert signed_in(person("province2")).get(address).status_code == 404


def test_a_job_of_somebody_who_lost_sight_fails_in_words(protest):
    job = jobs.start(actor=person("outsider"), kind=KIND, subject="bundle:x", params={"ref": protest.ref})
    assert jobs.run(job.pk) == Job.State.FAILED
    job.refresh_from_db()
    assert job.error
    assert not AuditEntry.objects.filter(verb="make_bundle").exists()


def test_nothing_that_says_who_made_it_or_when_is_in_it(protest, tmp_path):
    with clock.replaying(clock.now() + timedelta(days=400)):
        folder = unpacked(tmp_path, made(protest))
        year = str((clock.now()).year)
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in {".json", ".html"} and path.name != "verify.html":
            assert f"/{year} " not in path.read_text()


def test_a_name_that_lies_outside_is_refused(tmp_path):
    bad = {"path": "../x", "sha256": "0" * 64, "size": 1}
    faults = []
    verify.check_files(verify.Folder(str(tmp_path)), {"files": [bad]}, faults)
    assert faults


def test_bytes_written_in_a_second_way_are_refused():
    """The last letter of base64 has bits to spare: turned ones would give the same key."""
    words = base64.b64encode(bytes(32)).decode()
    other = words[:-2] + "B="
    assert base64.b64decode(other) == bytes(32)
    assert verify.unbase64(words) == bytes(32)
    with pytest.raises(ValueError, match="not the one way"):
        verify.unbase64(other)
