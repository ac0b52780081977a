"""A Khmer letter of five pages as the worker draws it, and whether two hundred of them leave memory behind."""

import gc
import statistics
from datetime import date
from functools import partial
from pathlib import Path

from benchmarks.timing import absolute, once
from incidents.choices_answers import LetterDirection, LetterKind, LetterState, RankRelation
from incidents.letters import check_codes, drawing, papers, wording
from incidents.models import Letter
from units.models import Unit

PAGES = 5
LETTERS = 200
# The first and the last so many are compared.
ENDS = 20
# Growth in MB that is no leak: what the caches of faces and words take while they fill.
FLAT_MB = 20.0
_PARAGRAPH = (
    "អនុវត្តតាមអនុសាសន៍ណែនាំដ៏ខ្ពង់ខ្ពស់របស់ប្រមុខរាជរដ្ឋាភិបាលកម្ពុជាស្ដីពីការពង្រឹងការគ្រប់គ្រងព្រំដែនគោកនិងការទប់ស្កាត់"
    "សកម្មភាពឆ្លងដែនខុសច្បាប់ រដ្ឋបាលខេត្តបានដឹកនាំកម្លាំងចម្រុះចុះត្រួតពិនិត្យទីតាំងជាក់ស្ដែងលេខ {number} និងជួបទាក់ទង"
    "អាជ្ញាធរមូលដ្ឋាននៃប្រទេសជិតខាង ដើម្បីស្នើសុំឱ្យបញ្ឈប់សកម្មភាពជាឯកតោភាគីនៅក្នុងតំបន់មិនទាន់បោះបង្គោលព្រំដែន។"
)
_PER_PAGE = 8


def run() -> list[dict[str, object]]:
    """Milliseconds of one letter of five pages, and the growth of this process over two hundred letters in MB."""
    html = papers.html(_letter(0, PAGES * _PER_PAGE))
    pages = len(drawing.document(html).pages)
    assert pages >= PAGES, pages
    times = [once(partial(_draw, number)) for number in range(1, 6)]
    grown = _growth()
    return [
        absolute(
            f"a Khmer letter of {pages} pages as PDF, words parted, in the worker", statistics.median(times), 2000
        ),
        absolute(f"growth in memory over {LETTERS} letters, last {ENDS} against first {ENDS}", grown, FLAT_MB, "MB"),
    ]


def _draw(number: int) -> None:
    drawing.pdf(papers.html(_letter(number, PAGES * _PER_PAGE)))


def _growth() -> float:
    """How much larger the process is on average during the last letters than during the first ones."""
    sizes = []
    for number in range(LETTERS):
        drawing.pdf(papers.html(_letter(number, _PER_PAGE)))
        gc.collect()
        sizes.append(_resident_mb())
    return statistics.mean(sizes[-ENDS:]) - statistics.mean(sizes[:ENDS])


def _resident_mb() -> float:
    """What the process holds in memory now."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _letter(number: int, paragraphs: int) -> Letter:
    """A signed letter in memory; every one says something else, so nothing is answered from a cache."""
    body = "\n".join(_PARAGRAPH.format(number=f"{number}-{one}") for one in range(paragraphs))
    code = "23456789ABC"
    return Letter(
        office=Unit(code="province-16", name_km="រដ្ឋបាលខេត្តរតនគិរី", name_en="Ratanakiri"),
        direction=LetterDirection.OUTGOING,
        kind=LetterKind.REPORT,
        state=LetterState.SIGNED,
        number_text=wording.number_text(number + 1, "រ.ប.ក", ""),
        check_code=code + check_codes.checksum(code),
        relation=RankRelation.SUPERIOR,
        letterhead_km="ក្រសួងមហាផ្ទៃ\nរដ្ឋបាលខេត្តរតនគិរី",
        place_km="រតនគិរី",
        lunar_line=wording.lunar_suggestion(date(2026, 11, 26)),
        dated_on=date(2026, 11, 26),
        addressee_km="ឯកឧត្តមរដ្ឋមន្ត្រីក្រសួងមហាផ្ទៃ",
        subject_km="របាយការណ៍អំពីស្ថានភាពព្រំដែន",
        body_km=body,
        closing_km="សូមមេត្តាទទួលនូវការគោរពដ៏ខ្ពង់ខ្ពស់ពីខ្ញុំ។",
        signer_title_km="អភិបាល នៃគណៈអភិបាលខេត្តរតនគិរី",
        signer_name_km="ចាន់ វិបុល",
    )
