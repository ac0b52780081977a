"""The paper: Khmer lines break at words and never overflow, marks stand where they must, nothing is fetched."""

import base64
import io
import itertools
import zipfile
from datetime import date

import pytest

from incidents.choices_answers import Classification, LetterKind, LetterState, Precedence, RankRelation
from incidents.letters import check_codes, documents, drawing, maps, papers, wording
from incidents.letters.khmer_lines import ZWSP, may_break, with_breaks
from incidents.models import Incident, Letter
from units.models import Unit

# Real administrative Khmer, long and without a space to break at.
LONG = (
    "អនុវត្តតាមអនុសាសន៍ណែនាំដ៏ខ្ពង់ខ្ពស់របស់ប្រមុខរាជរដ្ឋាភិបាលកម្ពុជាស្ដីពីការពង្រឹងការគ្រប់គ្រងព្រំដែនគោកនិងការទប់ស្កាត់"
    "សកម្មភាពឆ្លងដែនខុសច្បាប់ការរត់ពន្ធទំនិញគ្រឿងញៀននិងការជួញដូរមនុស្សតាមច្រករបៀងនានានៅតាមបណ្ដោយព្រំដែនកម្ពុជាវៀតណាម"
    "រដ្ឋបាលខេត្តរតនគិរីបានដឹកនាំកម្លាំងចម្រុះចុះត្រួតពិនិត្យទីតាំងជាក់ស្ដែងនិងជួបទាក់ទងអាជ្ញាធរមូលដ្ឋាននៃប្រទេសជិតខាង"
    "ដើម្បីស្នើសុំឱ្យបញ្ឈប់សកម្មភាពជាឯកតោភាគីនៅក្នុងតំបន់មិនទាន់បោះបង្គោលព្រំដែនរហូតដល់គណៈកម្មការចម្រុះរកឃើញដំណោះស្រាយ។"
)
NARROW = "ឯកឧត្តមឧបនាយករដ្ឋមន្ត្រីរដ្ឋមន្ត្រីក្រសួងការបរទេសនិងសហប្រតិបត្តិការអន្តរជាតិអនុប្រធានអចិន្ត្រៃយ៍គណៈកម្មាធិការជាតិសន្តិសុខលម្ហសមុទ្រ"


def a_letter(**changes):
    """A letter in memory with long texts everywhere."""
    values = {
        "pk": 1,
        "office": Unit(code="province-16", name_km="រដ្ឋបាលខេត្តរតនគិរី", name_en="Ratanakiri"),
        "direction": "outgoing",
        "kind": LetterKind.REPORT,
        "state": LetterState.SIGNED,
        "number_text": "០១២ រ.ប.ក",
        "check_code": "23456789ABC" + check_codes.checksum("23456789ABC"),
        "relation": RankRelation.SUPERIOR,
        "letterhead_km": f"ក្រសួងមហាផ្ទៃ\n{NARROW}",
        "place_km": "រតនគិរី",
        "lunar_line": wording.lunar_suggestion(date(2026, 11, 26)),
        "dated_on": date(2026, 11, 26),
        "addressee_km": f"{NARROW}\n{NARROW}",
        "subject_km": LONG[:300],
        "references_km": f"{NARROW}\n{NARROW}",
        "attachments_km": NARROW,
        "body_km": "\n".join([LONG, LONG, f"- {LONG}", LONG]),
        "closing_km": "សូមមេត្តាទទួលនូវការគោរពដ៏ខ្ពង់ខ្ពស់ពីខ្ញុំ។",
        "copies_km": f"{NARROW}\n{NARROW}",
        "signer_title_km": NARROW,
        "signer_name_km": "ចាន់ វិបុល",
    }
    return Letter(**{**values, **changes})


# --- lines ----------------------------------------------------------------------------------------------------


def _lines(box, container=None):
    """(line, width of the block it stands in) of every line of a page."""
    from weasyprint.formatting_structure import boxes

    if isinstance(box, boxes.LineBox):
        yield box, container
    elif isinstance(box, boxes.ParentBox):
        inside = box.width if isinstance(box, boxes.BlockContainerBox) else container
        for child in box.children:
            yield from _lines(child, inside)


def _text(box):
    from weasyprint.formatting_structure import boxes

    if isinstance(box, boxes.TextBox):
        return box.text
    return "".join(_text(child) for child in getattr(box, "children", ()))


def _right_end(box, default):
    """Where the rightmost word of a line ends."""
    from weasyprint.formatting_structure import boxes

    if isinstance(box, boxes.TextBox):
        return box.position_x + box.width
    return max([_right_end(child, default) for child in getattr(box, "children", ())], default=default)


def overflowing(document):
    """The lines of a laid-out document that end outside their block or outside the paper's margin."""
    found = []
    for page in document.pages:
        edge = page._page_box.content_box_x() + page._page_box.width
        for line, width in _lines(page._page_box):
            end = _right_end(line, line.position_x)
            if (width is not None and line.width > width + 0.5) or end > edge + 0.5:
                found.append(_text(line))
    return found


def broken_inside_a_word(document, html):
    """Pairs of Khmer lines of one block that part where no word ends; a space at the end of a line is swallowed."""
    from weasyprint.formatting_structure import boxes

    found = []

    def look(box):
        children = getattr(box, "children", ())
        lines = [_text(child) for child in children if isinstance(child, boxes.LineBox)]
        for above, below in itertools.pairwise(lines):
            khmer = above and below and "\u1780" <= below[0] <= "\u17d3"
            if khmer and not above.endswith((ZWSP, " ")) and f"{above[-8:]} {below[:4]}" not in html:
                found.append((above, below))
        for child in children:
            look(child)

    for page in document.pages:
        look(page._page_box)
    return found


@pytest.mark.parametrize("relation", [RankRelation.SUPERIOR, RankRelation.FOREIGN])
def test_no_line_of_long_khmer_overflows_its_box_and_each_ends_with_a_word(relation):
    html = papers.html(a_letter(relation=relation, body_en="Word " * 200, subject_en="Subject"))
    document = drawing.document(html)
    assert len(document.pages) >= 3
    assert overflowing(document) == []
    assert broken_inside_a_word(document, html) == []


def test_without_breaks_between_words_the_same_letter_would_break_inside_them_or_overflow():
    """That the test above can fail: this is what WeasyPrint does with Khmer by itself."""
    html = papers.html(a_letter()).replace(ZWSP, "")
    assert broken_inside_a_word(drawing.document(html), html)
    assert overflowing(drawing.document(html.replace('class="paper"', 'class="paper" style="overflow-wrap: normal"')))


def test_words_are_parted_and_nothing_else_is_changed():
    parted = with_breaks(LONG)
    assert parted.count(ZWSP) > 60
    assert parted.replace(ZWSP, "") == LONG
    words = with_breaks("ពលរដ្ឋខ្មែរបានឆ្លងព្រំដែនខុសច្បាប់").split(ZWSP)
    assert {"ខ្មែរ", "ព្រំដែន"} <= set(words)


@pytest.mark.parametrize(
    "text", ["RTK-2026-000001", "https://example.org/verify/ABCD", "Ratanakiri Province", "១២៣៤៥៦៧៨៩០", "13.786 N", ""]
)
def test_latin_figures_and_addresses_are_left_alone(text):
    assert with_breaks(text) == text


def test_breaks_a_person_typed_are_kept_and_words_between_scripts_stay_whole():
    assert with_breaks(f"ព្រំ{ZWSP}ដែន").split(ZWSP)[0] == "ព្រំ"
    mixed = with_breaks("ឧប្បត្តិហេតុ RTK-2026-000001 នៅព្រំដែន")
    assert "RTK-2026-000001" in mixed
    assert with_breaks(mixed) == mixed


def test_no_line_begins_with_a_closing_sign_or_inside_a_syllable():
    parted = with_breaks("រាជរដ្ឋាភិបាល។ ផ្សេងៗ៖ ឃុំប៉ក់ញ៉ៃ")
    assert not any(f"{ZWSP}{sign}" in parted for sign in "។ៗ៖់ំ៉")
    assert not may_break("ក្", "ម")
    assert not may_break("ក", "ា")
    assert may_break("ក", "ម")


# --- parts of the paper ---------------------------------------------------------------------------------------


def test_the_parts_stand_in_their_order():
    html = papers.html(a_letter(through_km="តាមរយៈស្នងការ", subject_km="ប្រធានបទ", body_en="Text"))
    plain = html.replace(ZWSP, "").partition("<article")[2]
    order = [
        "ព្រះរាជាណាចក្រកម្ពុជា", "ជាតិ សាសនា ព្រះមហាក្សត្រ", "ក្រសួងមហាផ្ទៃ", "លេខ៖", "ព.ស.", "ថ្ងៃទី២៦ ខែវិច្ឆិកា ឆ្នាំ២០២៦",
        "សូមគោរពជូន", "តាមរយៈ៖", "កម្មវត្ថុ៖", "យោង៖", "លិខិតភ្ជាប់៖", "អនុវត្តតាម", "ចម្លងជូន៖", "ចាន់ វិបុល",
        "Unofficial translation",
    ]  # fmt: skip
    places = [plain.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("changes", "there", "not_there"),
    [
        ({"state": LetterState.DRAFT}, ["សេចក្តីព្រាង"], ["VOID"]),
        ({"state": LetterState.NUMBERED}, ["សេចក្តីព្រាង", "០១២"], ["VOID"]),
        ({"state": LetterState.SIGNED}, ["23456789"[:4] + "-"], ["សេចក្តីព្រាង", "VOID"]),
        ({"state": LetterState.VOID, "void_reason": "x"}, ["VOID"], ["សេចក្តីព្រាង"]),
        ({"classification": Classification.SECRET, "precedence": Precedence.FLASH}, ["សម្ងាត់បំផុត", "បន្ទាន់បំផុត"], []),
        ({"classification": Classification.INTERNAL}, [], ["SECRET", "CONFIDENTIAL"]),
        ({"relation": RankRelation.FOREIGN}, ["កំណត់ទូត"], ["សូមគោរពជូន", "ចាន់ វិបុល"]),
        ({"incident": Incident(drill_id=1)}, ["EXERCISE EXERCISE EXERCISE", "សមយុទ្ធ"], []),
        ({"incident": Incident()}, [], ["EXERCISE"]),
    ],
)
def test_marks_stand_where_they_must(changes, there, not_there):
    plain = papers.html(a_letter(**changes)).replace(ZWSP, "")
    assert all(words in plain for words in there)
    assert not any(words in plain for words in not_there)


def test_what_somebody_typed_is_never_run_as_html():
    html = papers.html(a_letter(body_km='<script>alert(1)</script><img src="http://127.0.0.1/x">'))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_nothing_is_fetched_for_a_letter():
    for address in ("http://127.0.0.1:9/x.png", "file:///etc/passwd", "face:../../settings.py", "ftp://h/x"):
        with pytest.raises(ValueError, match=r"fetched|face"):
            drawing._fetcher().fetch(address)


def test_the_same_letter_gives_the_same_bytes_and_has_khmer_page_numbers():
    letter = a_letter()
    first = drawing.pdf(papers.html(letter))
    assert first == drawing.pdf(papers.html(letter))
    document = drawing.document(papers.html(letter))
    margins = [_text(page._page_box) for page in document.pages]
    assert "១ / " in margins[0].replace("\u00a0", " ")


def test_the_docx_has_the_same_words_and_names_its_khmer_faces_for_complex_scripts():
    made = documents.docx(a_letter(body_en="English text"))
    xml = zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml").decode()
    plain = xml.replace(ZWSP, "")
    assert 'w:cs="Khmer OS Siemreap"' in xml
    assert 'w:cs="Khmer OS Muol Light"' in xml
    assert 'w:bidi="km-KH"' in xml
    for words in ("ព្រះរាជាណាចក្រកម្ពុជា", LONG[:60], "០១២ រ.ប.ក", "ចាន់ វិបុល", "English text", "ចម្លងជូន"):
        assert words in plain
    assert "សេចក្តីព្រាង" in zipfile.ZipFile(io.BytesIO(documents.docx(a_letter(state=LetterState.DRAFT)))).read(
        "word/document.xml"
    ).decode().replace(ZWSP, "")


# --- the lunar line -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2024, 11, 3), ["អាទិត្យ", "ឆ្នាំរោង", "ឆស័ក", "២៥៦៨"]),
        (date(2025, 2, 3), ["ចន្ទ", "ឆ្នាំរោង", "ឆស័ក", "២៥៦៨"]),
        (date(2026, 11, 26), ["ព្រហស្បតិ៍", "ឆ្នាំមមី", "អដ្ឋស័ក", "២៥៧០"]),
        # Between New Year and Visakha Bochea the year of the animal is new, that of the Buddha not yet certain.
        (date(2026, 5, 2), ["ឆ្នាំមមី", "២៥……"]),
        (date(2026, 4, 15), [f"ឆ្នាំ{wording.DOTS}", "២៥……"]),
        (date(2026, 4, 10), ["ឆ្នាំម្សាញ់", "សប្តស័ក", "២៥៦៩"]),
    ],
)
def test_the_lunar_line_says_what_follows_by_rule_and_leaves_the_moon_open(day, words):
    line = wording.lunar_suggestion(day)
    assert all(word in line for word in words)
    assert "កើត" not in line
    assert "រោច" not in line
    assert wording.DOTS in line


def test_a_draft_without_a_day_leaves_it_open():
    assert "ថ្ងៃទី……" in wording.place_and_date("រតនគិរី", None)


# --- check codes ----------------------------------------------------------------------------------------------


def test_a_slip_of_the_hand_in_a_code_is_told():
    code = check_codes.new()
    assert check_codes.is_code(code)
    assert check_codes.typed(f" {check_codes.grouped(code).lower()} ") == code
    for place in range(len(code)):
        for other in check_codes.ALPHABET:
            if other != code[place]:
                assert not check_codes.is_code(code[:place] + other + code[place + 1 :])
    for place in range(len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or not check_codes.is_code(swapped)
    assert not set("0O1IL") & set(check_codes.ALPHABET)
    assert not check_codes.is_code(code[:-1])


@pytest.mark.expects_errors
def test_a_map_extract_is_drawn_as_an_image_that_can_fetch_nothing():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200" viewBox="0 0 400 200">'
        '<script>alert(1)</script><image href="http://127.0.0.1:9/x.png" width="9" height="9"/>'
        '<circle cx="200" cy="100" r="30"/><text x="10" y="190">ព្រំដែន</text></svg>'
    )
    html = papers.html(a_letter(map_svg=svg))
    assert "data:image/svg+xml;base64," in html
    assert "<script>" not in html
    # WeasyPrint would set the words letter by letter: they are laid over the drawing.
    assert 'class="map-label"' in html
    assert "ព្រំដែន" in html
    assert "ព្រំដែន".encode() not in base64.b64decode(maps.for_paper(svg).address.partition(",")[2])
    assert drawing.pdf(html).startswith(b"%PDF-")
    screen = papers.paper(a_letter(map_svg=svg)).map
    assert "ព្រំដែន".encode() in base64.b64decode(screen.address.partition(",")[2])
    assert (screen.labels, screen.width) == ((), "")
    assert maps.for_paper("no drawing") == maps.for_screen("no drawing")
