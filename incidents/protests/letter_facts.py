"""What a protest says to the templates of letters: the fields of a protest note, in both languages."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from borderwatch.khmer import khmer_digits
from borderwatch.templatetags.words import khmer_date, long_date
from incidents.actions.protest_evidence import listed
from incidents.choices_answers import LetterKind
from incidents.letters.facts import register
from incidents.models import LegalBasis, Protest
from incidents.protests import chronology, rules, sketch

# Of the chronology, what another state is told.
OUTWARD = frozenset({"happened", "detected", "filed", "engaged"})


def facts(protest: Protest) -> dict[str, str]:
    """Every fact by its name; names end in the language where the words differ. An empty text is not known yet."""
    found = {
        "ref": protest.ref,
        "incident_ref": protest.incident.ref,
        "subject_km": _marked(protest, protest.subject_km, "ការហាត់សម"),
        "subject_en": _marked(protest, protest.subject_en, "EXERCISE"),
        "facts_km": protest.facts_km,
        "facts_en": protest.facts_en,
        "demand_km": protest.demand_km,
        "demand_en": protest.demand_en,
        "counterpart_km": protest.counterpart.name_km or protest.counterpart.name_en,
        # It stands within sentences.
        "counterpart_en": f"the {protest.counterpart.name_en}",
        "addressee_km": protest.counterpart.address_km or protest.counterpart.name_km or protest.counterpart.name_en,
        "addressee_en": protest.counterpart.address_en or protest.counterpart.name_en,
        "reply_due": protest.reply_due_on.strftime("%d/%m/%Y") if protest.reply_due_on else "",
    }
    for language in ("km", "en"):
        with translation.override(language):
            found |= {f"{name}_{language}": text for name, text in _in_words(protest, language).items()}
            if language == "km":
                found["map_svg"] = str(sketch.draw(protest.incident) or "")
    return found


def _marked(protest: Protest, subject: str, exercise: str) -> str:
    """The subject; that of an exercise says so first."""
    return f"{exercise}: {subject}" if subject and protest.incident.drill_id else subject


def _in_words(protest: Protest, language: str) -> dict[str, str]:
    incident = protest.incident
    rows = listed(protest)
    names = (incident.place_name, incident.district.name if incident.district else "", incident.province.name)
    return {
        "place": ", ".join(part for part in names if part),
        "occurred": _day(incident.occurred_at),
        "legal_bases": _numbered([_quoted(one, language) for one in protest.legal_bases.order_by("order", "slug")]),
        "evidence": _numbered([_piece(row.caption or row.original_name, row.sha256) for row in rows]),
        "attachments": _numbered([row.caption or row.original_name for row in rows]),
        "chronology": "\n".join(f"{_day(one.at)}: {one.title}" for one in _outward(protest)),
        "references": _references(protest),
    }


def _day(moment: datetime | date) -> str:
    day = timezone.localdate(moment) if isinstance(moment, datetime) else moment
    return khmer_date(day) if translation.get_language() == "km" else long_date(day)


def _numbered(lines: list[str]) -> str:
    digits: Callable[[str], str] = khmer_digits if translation.get_language() == "km" else str
    return "\n".join(f"{digits(str(number))}. {line}" for number, line in enumerate(lines, 1))


def _quoted(basis: LegalBasis, language: str) -> str:
    """A basis as a note cites it: official wording in quotation marks, a summary ("[…] …") as indirect speech."""
    title = basis.title_km or basis.title_en if language == "km" else basis.title_en
    quote = basis.quote_km or basis.quote_en if language == "km" else basis.quote_en or basis.quote_km
    where = ", ".join(filter(None, [title, rules.article(basis, language)]))
    if quote.startswith("["):
        return f"{where}: {quote.partition(']')[2].strip()}"
    return f"{where}: “{quote}”" if quote else where


def _piece(words: str, sha256: str) -> str:
    return f"{words} (SHA-256 {sha256[:16]}…)"


def _outward(protest: Protest) -> list[chronology.Entry]:
    return [one for one in chronology.of(protest.incident) if one.kind in OUTWARD]


def _references(protest: Protest) -> str:
    """The note this one renews, when it was sent."""
    old = protest.renews
    if old is None or not old.note_number or old.sent_on is None:
        return ""
    return "- " + _("Note %(number)s of %(day)s") % {"number": old.note_number, "day": _day(old.sent_on)}


register("protest", LetterKind.PROTEST_NOTE, facts=facts)
