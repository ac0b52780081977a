"""The fixed wording of Cambodian administrative letters: formulas by rank, dates, the lunar line, numbers.

Source: the provinces' handbook of administrative letters of 1 December 2015 (courtesy by rank) and printed letters.
"""

from datetime import date

from borderwatch.khmer import khmer_digits
from borderwatch.templatetags.words import khmer_date
from incidents.choices_answers import Classification, Precedence, RankRelation

COUNTRY = "ព្រះរាជាណាចក្រកម្ពុជា"
MOTTO = "ជាតិ សាសនា ព្រះមហាក្សត្រ"
COUNTRY_EN = "Kingdom of Cambodia"
MOTTO_EN = "Nation Religion King"

# Between the sender and the addressee, by where the addressee stands.
ADDRESS: dict[str, str] = {
    RankRelation.SUPERIOR: "សូមគោរពជូន",
    RankRelation.EQUAL: "សូមជូន",
    RankRelation.SUBORDINATE: "ជូន",
    RankRelation.FOREIGN: "",
}
# Fields a template may use, by the same: to attach, to inform, to ask, and to close.
_FORMULAS: dict[str, dict[str, str]] = {
    RankRelation.SUPERIOR: {
        "formula_attach": "សូមគោរពជូនភ្ជាប់មកជាមួយនូវ",
        "formula_inform": "សូមគោរពជម្រាបជូន",
        "formula_ask": "សូមមេត្តាពិនិត្យ និងផ្ដល់អនុសាសន៍ណែនាំដោយក្ដីអនុគ្រោះ",
        "formula_closing": "សូមមេត្តាទទួលនូវការគោរពដ៏ខ្ពង់ខ្ពស់ពីខ្ញុំ។",
    },
    RankRelation.EQUAL: {
        "formula_attach": "សូមជូនភ្ជាប់មកជាមួយនូវ",
        "formula_inform": "សូមជម្រាបជូន",
        "formula_ask": "សូមពិនិត្យ និងសហការដោយក្ដីអនុគ្រោះ",
        "formula_closing": "សូមទទួលនូវការរាប់អានដ៏ស្មោះពីខ្ញុំ។",
    },
    RankRelation.SUBORDINATE: {
        "formula_attach": "សូមជូនភ្ជាប់មកជាមួយនូវ",
        "formula_inform": "សូមជូនដំណឹងដល់",
        "formula_ask": "ត្រូវអនុវត្តឱ្យបានម៉ឺងម៉ាត់ និងមានប្រសិទ្ធភាព",
        "formula_closing": "ទទួលបានលិខិតនេះ ត្រូវអនុវត្តចាប់ពីថ្ងៃចុះហត្ថលេខាតទៅ។",
    },
    RankRelation.FOREIGN: {
        "formula_attach": "មានកិត្តិយសសូមជូនភ្ជាប់មកជាមួយនូវ",
        "formula_inform": "មានកិត្តិយសសូមជម្រាបជូន",
        "formula_ask": "ស្នើសុំ",
        "formula_closing": "សូមឆ្លៀតយកឱកាសនេះ ដើម្បីបញ្ជាក់ជាថ្មីនូវការរាប់អានដ៏ខ្ពង់ខ្ពស់បំផុត។",
    },
}

# What is stamped above the letter; the usual levels are not printed.
CLASSIFICATION_WORDS: dict[str, tuple[str, str]] = {
    Classification.RESTRICTED: ("ផ្សព្វផ្សាយមានកម្រិត", "RESTRICTED"),
    Classification.CONFIDENTIAL: ("សម្ងាត់", "CONFIDENTIAL"),
    Classification.SECRET: ("សម្ងាត់បំផុត", "SECRET"),
}
PRECEDENCE_WORDS: dict[str, tuple[str, str]] = {
    Precedence.PRIORITY: ("ប្រញាប់", "PRIORITY"),
    Precedence.IMMEDIATE: ("បន្ទាន់", "IMMEDIATE"),
    Precedence.FLASH: ("បន្ទាន់បំផុត", "FLASH"),
}

# Monday first, as `date.weekday` counts.
WEEKDAYS = ("ចន្ទ", "អង្គារ", "ពុធ", "ព្រហស្បតិ៍", "សុក្រ", "សៅរ៍", "អាទិត្យ")
ZODIAC = ("ជូត", "ឆ្លូវ", "ខាល", "ថោះ", "រោង", "ម្សាញ់", "មមី", "មមែ", "វក", "រកា", "ច", "កុរ")
# By the last figure of the lesser era.
ERAS = (
    "សំរឹទ្ធិស័ក", "ឯកស័ក", "ទោស័ក", "ត្រីស័ក", "ចត្វាស័ក", "បញ្ចស័ក", "ឆស័ក", "សប្តស័ក", "អដ្ឋស័ក", "នព្វស័ក",
)  # fmt: skip
DOTS = "……………"


def formulas(relation: str) -> dict[str, str]:
    """The courtesy formulas a template may use as fields."""
    return dict(_FORMULAS[relation])


def lunar_suggestion(day: date) -> str:
    """The lunar line as far as it follows from the calendar by rule; what the moon decides is left open as dots.

    The lunar day and month are never guessed. The animal of the year and its era change at New Year, between 13 and
    17 April; the Buddhist year after Visakha Bochea, between mid April and the end of May (CE + 544, before it
    CE + 543). In those weeks they are left open too.
    """
    animal, era = DOTS, f"{DOTS}ស័ក"
    if not date(day.year, 4, 13) <= day <= date(day.year, 4, 17):
        year = day.year if day > date(day.year, 4, 17) else day.year - 1
        animal, era = ZODIAC[(year - 4) % 12], ERAS[(year - 638) % 10]
    buddhist = "២៥……"
    if not date(day.year, 4, 15) <= day <= date(day.year, 5, 31):
        buddhist = khmer_digits(str(day.year + (544 if day > date(day.year, 5, 31) else 543)))
    return f"ថ្ងៃ{WEEKDAYS[day.weekday()]} {DOTS} ខែ{DOTS} ឆ្នាំ{animal} {era} ព.ស.\u00a0{buddhist}"


def place_and_date(place: str, day: date | None) -> str:
    """The second line of the date: the place and the solar date; dots for the day of a draft that has none yet."""
    solar = khmer_date(day) if day else f"ថ្ងៃទី…… ខែ{DOTS} ឆ្នាំ២០……"
    return f"{place} {solar}".strip()


def number_text(serial: int, abbreviation: str, office: str) -> str:
    """The number as printed: three Khmer figures at least, the abbreviation of the document, the office's own.

    A short name in Latin letters is one for screens and is not printed; an office that wants more writes it into the
    abbreviation of its own templates.
    """
    own = office.strip() if any("\u1780" <= letter <= "\u17b3" for letter in office) else ""
    return " ".join(filter(None, [khmer_digits(f"{serial:03}"), abbreviation.strip(), own]))
