"""The paper of a letter: the same parts for the page on screen, the PDF and the DOCX.

A signed letter's PDF is drawn once, at its signature, and kept by its hash; what is not signed is drawn when asked for.
"""

import hashlib
from copy import copy
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from borderwatch import sealed
from borderwatch.khmer import latin_digits
from incidents.choices_answers import LetterState, RankRelation
from incidents.letters import check_codes, content, drawing, maps, wording
from incidents.letters.khmer_lines import with_breaks
from incidents.models import Letter
from units.models import User

# States in which the paper is still a draft, whatever number it bears.
UNSIGNED = (LetterState.DRAFT, LetterState.NUMBERED)


@dataclass(frozen=True)
class Row:
    """A labelled line of the opening part, with one entry or several."""

    label: str
    entries: list[str]


@dataclass(frozen=True)
class Line:
    """A paragraph of the body; `item` for one of a list, which hangs instead of being indented."""

    text: str
    item: bool = False


@dataclass(frozen=True)
class Paper:
    """A letter as printed, in words; texts have their breaks between Khmer words already."""

    country: str
    motto: str
    stamps: list[tuple[str, str]]
    letterhead: list[str]
    number: str
    lunar_line: str
    place_and_date: str
    note_verbale: bool
    sender: str
    formula: str
    addressee: list[str]
    rows: list[Row]
    body: list[Line]
    closing: list[Line]
    signer_title: str
    signer_name: str
    copies: list[str]
    map: maps.Map | None
    draft: bool
    void: bool
    void_reason: str
    exercise: bool
    code: str
    verify_address: str
    qr_address: str
    english: "English | None"


@dataclass(frozen=True)
class English:
    """The unofficial translation, a page of its own."""

    letterhead: list[str]
    number: str
    date: str
    addressee: list[str]
    subject: str
    body: list[Line]
    closing: list[Line]


def paper(letter: Letter, *, printed: bool = False) -> Paper:
    """The parts of a letter, read from its fields alone; `printed` for the PDF."""
    foreign = letter.relation == RankRelation.FOREIGN
    return Paper(
        country=wording.COUNTRY,
        motto=wording.MOTTO,
        stamps=_stamps(letter),
        letterhead=_lines(letter.letterhead_km),
        number=letter.number_text,
        lunar_line=with_breaks(letter.lunar_line),
        place_and_date=with_breaks(wording.place_and_date(letter.place_km, letter.dated_on)),
        note_verbale=foreign,
        sender="" if foreign else with_breaks(letter.signer_title_km),
        formula=wording.ADDRESS[letter.relation],
        addressee=_lines(letter.addressee_km),
        rows=_rows(letter),
        body=_paragraphs(letter.body_km),
        closing=_paragraphs(letter.closing_km),
        signer_title="" if foreign else with_breaks(letter.signer_title_km),
        signer_name="" if foreign else with_breaks(letter.signer_name_km),
        copies=_entries(letter.copies_km),
        map=(maps.for_paper if printed else maps.for_screen)(letter.map_svg) if letter.map_svg else None,
        draft=letter.state in UNSIGNED,
        void=letter.state == LetterState.VOID,
        void_reason=with_breaks(letter.void_reason),
        exercise=letter.incident is not None and letter.incident.drill_id is not None,
        code=check_codes.grouped(letter.check_code) if letter.check_code else "",
        verify_address=verify_address(letter),
        qr_address=_qr_address(verify_address(letter)) if letter.check_code else "",
        english=_english(letter) if letter.body_en else None,
    )


def _english(letter: Letter) -> English:
    day = letter.dated_on
    return English(
        letterhead=_lines(letter.letterhead_en),
        number=latin_digits(letter.number_text),
        date=f"{day.day} {day:%B} {day.year}" if day else "",
        addressee=_lines(letter.addressee_en),
        subject=with_breaks(letter.subject_en),
        body=_paragraphs(letter.body_en),
        closing=_paragraphs(letter.closing_en),
    )


def _rows(letter: Letter) -> list[Row]:
    rows: tuple[tuple[str, str], ...] = (
        ("តាមរយៈ", letter.through_km),
        ("កម្មវត្ថុ", letter.subject_km),
        ("យោង", letter.references_km),
        ("លិខិតភ្ជាប់", letter.attachments_km),
    )
    if letter.relation == RankRelation.FOREIGN:
        # A note verbale has no such lines; what goes with it is named below it.
        rows = rows[3:]
    return [Row(label, _entries(text)) for label, text in rows if text.strip()]


def _entries(text: str) -> list[str]:
    """Entries of a list, each with its dash; a single one stands without."""
    entries = [line.lstrip("-–• ") for line in _lines(text)]
    return [f"– {entry}" for entry in entries] if len(entries) > 1 and not entries[0][:1].isdigit() else entries


def _stamps(letter: Letter) -> list[tuple[str, str]]:
    words = (
        wording.CLASSIFICATION_WORDS.get(letter.classification),
        wording.PRECEDENCE_WORDS.get(letter.precedence),
    )
    return [one for one in words if one]


def _lines(text: str) -> list[str]:
    return [with_breaks(line.strip()) for line in text.splitlines() if line.strip()]


def _paragraphs(text: str) -> list[Line]:
    return [Line(line.lstrip("-–• ").strip() if _is_item(line) else line, _is_item(line)) for line in _lines(text)]


def _is_item(line: str) -> bool:
    return line.startswith(("- ", "– ", "• "))


def verify_address(letter: Letter) -> str:
    """Where anybody can check the letter."""
    if not letter.check_code:
        return ""
    return f"{settings.SITE_URL}{reverse('verify:code', args=[letter.check_code])}"


@lru_cache(maxsize=256)
def _qr_address(address: str) -> str:
    """The QR of an address as an image written into the page."""
    import qrcode
    from qrcode.image.svg import SvgPathImage

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=1)
    code.add_data(address)
    return maps.address(code.make_image(image_factory=SvgPathImage).to_string(encoding="unicode"))


def html(letter: Letter) -> str:
    """The whole page that is made into a PDF."""
    context = {"paper": paper(letter, printed=True), "title": f"{letter.number_text} {letter.subject_km}".strip()}
    return render_to_string("letters/paper.html", context)


def pdf(letter: Letter) -> bytes:
    """The PDF, drawn now."""
    return drawing.pdf(html(letter))


@dataclass(frozen=True)
class Drawn:
    """The paper of a letter as it will be signed, with the fingerprint of what it was drawn from."""

    before: str
    pdf: bytes
    signer_title_km: str
    signer_name_km: str


def to_sign(letter: Letter, *, by: User, signer_title_km: str = "", signer_name_km: str = "") -> Drawn:
    """Draw the paper a signature will seal; the letter itself is left as it is."""
    before = content.fingerprint(letter)
    signed = copy(letter)
    signed.signer_title_km = signer_title_km.strip() or letter.signer_title_km
    own = by.name_km or by.name_en or by.username
    signed.signer_name_km = signer_name_km.strip() or letter.signer_name_km or own
    signed.state = LetterState.SIGNED
    return Drawn(before, pdf(signed), signed.signer_title_km, signed.signer_name_km)


def seal(drawn: bytes) -> str:
    """Keep a drawn paper for good; returns its SHA-256."""
    sha256 = hashlib.sha256(drawn).hexdigest()
    sealed.seal(sealed.path_of(sha256), drawn)
    return sha256


def file_name(letter: Letter, ending: str) -> str:
    """The name a letter is saved under: office, year and number, or that it is a draft."""
    number = f"{letter.year}-{letter.serial:03}" if letter.serial else f"draft-{letter.pk}"
    return f"letter-{letter.office.code}-{number}.{ending}"
