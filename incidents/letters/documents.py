"""The DOCX of a letter, for word processors: the same parts as the paper, with the faces offices have installed.

Khmer faces are named for complex scripts (the attribute `cs`), else a word processor takes its own for Khmer.
"""

import io
from typing import Any

from incidents.letters import papers
from incidents.letters.papers import English, Line, Paper
from incidents.models import Letter

TEXT_FACE = "Khmer OS Siemreap"
HEAD_FACE = "Khmer OS Muol Light"
TEXT_PT = 11.0
HEAD_PT = 11.0


def docx(letter: Letter) -> bytes:
    """The document as bytes."""
    from docx import Document
    from docx.shared import Mm

    paper = papers.paper(letter)
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(18), Mm(20)
    document.core_properties.title = letter.subject_km[:250]
    document.core_properties.author = letter.office.name_en
    document.core_properties.comments = letter.number_text
    _Writer(document).letter(paper)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


class _Writer:
    """Writes the parts of a paper into a document, from top to bottom."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def letter(self, paper: Paper) -> None:
        """The whole letter."""
        self._marks(paper)
        self._line(paper.country, face=HEAD_FACE, size=15, align="center")
        self._line(paper.motto, face=HEAD_FACE, size=12, align="center")
        for line in paper.letterhead:
            self._line(line, face=HEAD_FACE, size=10.5)
        self._line(f"លេខ៖ {paper.number or '………………'}")
        for khmer, english in paper.stamps:
            self._line(f"{khmer} {english}", bold=True)
        if not paper.note_verbale:
            self._dates(paper)
            for line in filter(None, (paper.sender, paper.formula, *paper.addressee)):
                self._line(line, face=TEXT_FACE if line == paper.formula else HEAD_FACE, size=HEAD_PT, align="center")
            for row in paper.rows:
                for number, entry in enumerate(row.entries):
                    self._line(entry, label=f"{row.label}៖ " if number == 0 else "")
        else:
            self._line("កំណត់ទូត", face=HEAD_FACE, size=15, align="center")
        self._body([*paper.body, *paper.closing])
        self._ending(paper)
        if paper.english is not None:
            self._english(paper.english, paper.note_verbale)

    def _marks(self, paper: Paper) -> None:
        if paper.void:
            self._line("មោឃៈ · VOID", bold=True, align="center")
        elif paper.draft:
            self._line("សេចក្តីព្រាង", bold=True, align="center")
        if paper.exercise:
            self._line("សមយុទ្ធ – EXERCISE EXERCISE EXERCISE", bold=True, align="center")

    def _dates(self, paper: Paper) -> None:
        for line in filter(None, (paper.lunar_line, paper.place_and_date)):
            self._line(line, size=10.5, align="right")

    def _body(self, lines: list[Line]) -> None:
        from docx.shared import Mm

        for line in lines:
            paragraph = self._line(f"– {line.text}" if line.item else line.text)
            paragraph.paragraph_format.first_line_indent = Mm(-4) if line.item else Mm(12)
            if line.item:
                paragraph.paragraph_format.left_indent = Mm(16)

    def _ending(self, paper: Paper) -> None:
        if paper.note_verbale:
            self._dates(paper)
            for line in paper.addressee:
                self._line(line, bold=True)
            for row in paper.rows:
                self._items(row.label, row.entries)
        else:
            self._line(paper.signer_title, face=HEAD_FACE, size=HEAD_PT, align="right")
            for _gap in range(3):
                self._line("")
            self._line(paper.signer_name, face=HEAD_FACE, size=HEAD_PT, align="right")
        if paper.copies:
            self._items("ចម្លងជូន", paper.copies)
        if paper.code:
            self._line(f"{paper.code} · {paper.verify_address}", size=8.5)

    def _items(self, label: str, entries: list[str]) -> None:
        self._line(f"{label}៖", size=9.5, bold=True)
        for entry in entries:
            self._line(entry, size=9.5)

    def _english(self, english: English, note_verbale: bool) -> None:
        self._document.add_page_break()
        self._line("Unofficial translation", size=9.5, align="right")
        for words in ("Kingdom of Cambodia", "Nation Religion King"):
            self._line(words, bold=True, align="center")
        for line in (*english.letterhead, f"No. {english.number}", english.date):
            self._line(line)
        if note_verbale:
            self._line("Note Verbale", bold=True, size=14, align="center")
        else:
            for line in english.addressee:
                self._line(line, bold=True, align="center")
            self._line(english.subject, label="Subject: ")
        self._body([*english.body, *english.closing])
        if note_verbale:
            for line in english.addressee:
                self._line(line, bold=True)

    def _line(
        self, text: str, *, face: str = TEXT_FACE, size: float = TEXT_PT, align: str = "", bold: bool = False,
        label: str = "",
    ) -> Any:  # fmt: skip
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)
        if align:
            paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
        if label:
            self._run(paragraph, label, face, size, bold=True)
        self._run(paragraph, text, face, size, bold=bold)
        return paragraph

    def _run(self, paragraph: Any, text: str, face: str, size: float, *, bold: bool) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt

        run = paragraph.add_run(text)
        run.font.size = Pt(size)
        run.bold = bold
        run.font.name = face
        properties = run._element.get_or_add_rPr()
        for attribute in ("w:cs", "w:hAnsi", "w:ascii", "w:eastAsia"):
            properties.rFonts.set(qn(attribute), face)
        # Complex scripts have their own size and language.
        for tag, values in (
            ("w:szCs", {"w:val": str(round(size * 2))}),
            ("w:lang", {"w:val": "en-GB", "w:bidi": "km-KH"}),
        ):
            element = OxmlElement(tag)
            for name, value in values.items():
                element.set(qn(name), value)
            properties.append(element)
