"""The Khmer catalogue: complete, sound, and really what a Khmer reader sees."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext as translated
from django.utils.translation import ngettext, override

ROOT: Path = settings.BASE_DIR
CATALOGUE = ROOT / "locale" / "km" / "LC_MESSAGES" / "django.po"
APPS = ("borderwatch", "units", "crossings", "incidents", "templates")

# The same in both languages.
UNTRANSLATABLE = {"API", "SHA-256"}
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0 +]*[\d.]*[a-zA-Z]|%[a-z]|\{[^{}]*\}")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
KHMER = re.compile("[\u1780-\u17d3]")
LABEL = 60
# Attributes whose words a person reads or hears.
READ_ALOUD = {"alt", "aria-label", "placeholder", "title"}


def tool(*command: str | Path, cwd: Path | None = None) -> str:
    """What a gettext tool printed; its complaint is the failure's text."""
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def unfinished(catalogue: Path) -> list[str]:
    """The English of entries without translation, or with one the tools only guessed."""
    untranslated = tool("msgattrib", "--no-wrap", "--untranslated", catalogue)
    guessed = tool("msgattrib", "--no-wrap", "--only-fuzzy", catalogue)
    found = f"{untranslated}\n{guessed}".split("\n\n")
    return [entry.strip() for entry in found if entry.strip() and "Content-Type:" not in entry]


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """English → Khmer; of a plural the singular counts. A context stands before the English."""
    compiled = tmp_path_factory.mktemp("catalogue") / "django.mo"
    tool("msgfmt", "--check", "--check-format", "-o", compiled, CATALOGUE)
    with compiled.open("rb") as file:
        raw: dict[Any, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key[0] if isinstance(key, tuple) else key: words for key, words in raw.items() if key}


def test_every_entry_is_translated_and_none_is_a_guess() -> None:
    assert unfinished(CATALOGUE) == []
    assert '"Plural-Forms: nplurals=1; plural=0;\\n"' in CATALOGUE.read_text()


def test_the_source_holds_no_word_the_catalogue_lacks(tmp_path: Path) -> None:
    for name in APPS:
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("tests", "migrations", "__pycache__")
        )
    copy = tmp_path / CATALOGUE.relative_to(ROOT)
    copy.parent.mkdir(parents=True)
    shutil.copy(CATALOGUE, copy)

    options = ("-l", "km", "--no-location", "--no-obsolete")
    tool(sys.executable, "-m", "django", "makemessages", *options, cwd=tmp_path)

    assert unfinished(copy) == [], "run makemessages and translate these"


def test_placeholders_agree(entries: dict[str, str]) -> None:
    """A singular may leave its number out ("the last day"); msgfmt has compared the one Khmer form with the plural."""
    number = {"%(n)s", "%(n)d"}
    wrong = {
        english: khmer
        for english, khmer in entries.items()
        if set(PLACEHOLDER.findall(english)) - number != set(PLACEHOLDER.findall(khmer)) - number
    }
    assert not wrong


def test_every_translation_is_khmer(entries: dict[str, str]) -> None:
    same = {english for english, khmer in entries.items() if english == khmer}
    assert same <= UNTRANSLATABLE
    foreign = {
        english: khmer
        for english, khmer in entries.items()
        if english not in UNTRANSLATABLE
        and not KHMER.search(khmer)
        and re.search("[A-Za-z]{3}", PLACEHOLDER.sub("", khmer))
    }
    assert not foreign


def test_labels_hold_no_invisible_marks(entries: dict[str, str]) -> None:
    marked = {khmer for khmer in entries.values() if len(khmer) <= LABEL and INVISIBLE.search(khmer)}
    assert not marked


def test_the_project_words_the_frameworks() -> None:
    with override("km"):
        assert translated("This field is required.") == "ត្រូវបំពេញចំណុចនេះ។"
        assert translated("March") == "មីនា"
        assert ngettext("%(num)d day", "%(num)d days", 3) % {"num": 3} == "3 ថ្ងៃ"
        sentences = (
            "The username and/or password you specified are not correct.",
            "Too many failed login attempts. Try again later.",
            "Authentication credentials were not provided.",
            "Select a valid choice. That choice is not one of the available choices.",
        )
        for english in sentences:
            assert KHMER.search(translated(english)), english


class Words(HTMLParser):
    """What a page says: its text, and what screen readers and hints say; not scripts, code and machine data."""

    SILENT = ("script", "style", "code", "kbd")

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note spoken attributes; fall silent in scripts and code."""
        self._silent += tag in self.SILENT
        for name, value in attrs:
            if value and (name in READ_ALOUD or (name.startswith("data-") and " " in value)):
                self.said.append(value)

    def handle_endtag(self, tag: str) -> None:
        """Speak again after scripts and code."""
        self._silent -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        """Note visible text."""
        if not self._silent and data.strip():
            self.said.append(data)


def said(html: str) -> str:
    """All words of a page on one line, without addresses of pages and machines."""
    parser = Words()
    parser.feed(html)
    return re.sub(r"\s+", " ", re.sub(r"https?://\S+", "", " · ".join(parser.said)))


English = dict[str, re.Pattern[str]]


def english_in(html: str, english: English) -> list[str]:
    """The English sentences of the catalogue that a page shows although they have Khmer words."""
    page = said(html)
    return [sentence for sentence, pattern in english.items() if pattern.search(page)]


@pytest.fixture(scope="module")
def english(entries: dict[str, str]) -> English:
    """English words of more than 8 letters as they would stand on a page, anything in place of placeholders."""
    return dict(_patterns(entries))


def _patterns(entries: dict[str, str]) -> Iterator[tuple[str, re.Pattern[str]]]:
    for key, khmer in entries.items():
        sentence = re.sub(r"\s+", " ", key.rpartition("\x04")[2]).strip()
        pieces = [re.escape(piece) for piece in PLACEHOLDER.split(sentence)]
        if sentence != khmer and max(map(len, pieces)) > 8:
            yield sentence, re.compile(r"(?<!\w)" + ".{1,80}?".join(pieces) + r"(?!\w)")


def test_an_english_page_would_be_noticed(client: Client, english: English, db: None) -> None:
    page = client.get("/accounts/login/", headers={"accept-language": "en"})
    assert "Stay signed in on this device" in english_in(page.content.decode(), english)


def test_the_page_before_signing_in_is_khmer(client: Client, english: English, db: None) -> None:
    for page in (
        client.get("/accounts/login/"),
        client.post("/accounts/login/", {"login": "nobody", "password": "wrong"}),
        client.post("/accounts/login/", {}),
        client.get("/accounts/signup/"),
    ):
        assert page.status_code == 200
        assert '<html lang="km">' in page.content.decode()
        assert english_in(page.content.decode(), english) == []


PAGES = (
    "/", "/incidents/", "/incidents/new/", "/map/", "/crossings/", "/units/", "/units/post-1607-1/", "/notices/",
    "/accounts/password/change/", "/accounts/2fa/", "/nowhere/",
)  # fmt: skip


@pytest.mark.parametrize("person", ["district", "province", "head", "moi", "auditor", "admin", "outsider"])
def test_pages_are_khmer(
    person: str, request: pytest.FixtureRequest, signed_in: Callable[[Any], Client], ponds: Any, english: English
) -> None:
    user = request.getfixturevalue(person)
    user.language = "km"
    user.save(update_fields=["language"])
    client = signed_in(user)
    pages = [*PAGES, f"/incidents/{ponds.ref}/"]
    if person == "moi":
        duty = ponds.escalations.get().duties.get(unit__code="moi")
        pages += ["/inbox/", f"/inbox/?open={duty.pk}", f"/inbox/{duty.pk}/"]
    if person in {"auditor", "admin"}:
        # Entries of the record show field names and values as they were stored, so none is asked for.
        pages += ["/audit/?verb=none", "/notices/failed/"]
    for page in pages:
        html = client.get(page, follow=True).content.decode()
        assert '<html lang="km">' in html, page
        assert english_in(html, english) == [], page


def test_what_a_form_answers_is_khmer(
    signed_in: Callable[[Any], Client], district: Any, moi: Any, ponds: Any, english: English
) -> None:
    duty = ponds.escalations.get().duties.get(unit__code="moi")
    answers = (
        signed_in(district).post("/incidents/new/", {"source": "typed", "position": "x", "moment": "earlier"}),
        signed_in(moi).post(f"/inbox/{duty.pk}/", {"answer": "not_ours", "expected_at": "?"}),
        signed_in(district).get("/incidents/?since=x&category=x"),
    )
    for answer in answers:
        assert english_in(answer.content.decode(), english) == []
