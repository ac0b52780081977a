"""How a draft begins: the template in use, the facts in it, and who writes to whom in which relation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils import timezone

from borderwatch import clock
from borderwatch.templatetags.words import khmer_date
from incidents.choices_answers import LetterKind, Precedence, RankRelation
from incidents.letters import facts as sources
from incidents.letters import filling, wording
from incidents.letters.filling import Filled
from incidents.models import Incident, LetterTemplate
from units.choices import INSTITUTIONS, UnitKind
from units.models import Audited, Unit

# Texts of a template, and of the letter it becomes.
TEXTS = ("subject_km", "subject_en", "body_km", "body_en", "closing_km", "closing_en")


@dataclass(frozen=True)
class Draft:
    """What a letter begins with: its own fields by name, and what the template asked for in vain."""

    values: dict[str, Any]
    to: list[Unit]
    unknown: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)


def template_for(kind: str, office: Unit) -> LetterTemplate | None:
    """The template in use: the office's own, else the one for all."""
    rows = LetterTemplate.objects.filter(kind=kind, current=True, office__in=[office.pk])
    rows = rows | LetterTemplate.objects.filter(kind=kind, current=True, office=None)
    return rows.order_by(F("office").asc(nulls_last=True)).first()


def begin(
    *,
    office: Unit,
    kind: str,
    about: Audited | None,
    incident: Incident | None,
    template: LetterTemplate | Mapping[str, str] | None,
    relation: str = "",
    to: Sequence[Unit] | None = None,
    given: Mapping[str, str] | None = None,
) -> Draft:
    """Fill a template with the facts about an object. `given` facts go before those of the areas."""
    source = sources.source(about, kind)
    if to is None:
        to = list(source.to(about)) if source and source.to else []
    relation = relation or relation_to(office, kind, to)
    known = {**general(office, relation), **_facts(about, kind, incident, source), **(given or {})}
    values: dict[str, Any] = {
        "relation": relation,
        "letterhead_km": letterhead(office, "km"),
        "letterhead_en": letterhead(office, "en"),
        "place_km": place(office),
        "addressee_km": "\n".join(addressee(unit) for unit in to),
        "addressee_en": "\n".join(addressee_en(unit) for unit in to),
        "lunar_line": wording.lunar_suggestion(timezone.localdate(clock.now())),
        "signer_title_km": head_title(office),
        "precedence": Precedence.PRIORITY if kind == LetterKind.REPORT else Precedence.ROUTINE,
    }
    values |= {name: known[name] for name in sources.LETTER_FIELDS if known.get(name)}
    filled = {name: filling.fill(_text(template, name), known) for name in TEXTS}
    values |= {name: one.text for name, one in filled.items()}
    return Draft(values, list(to), _names(filled, "unknown"), _names(filled, "empty"))


def _text(template: LetterTemplate | Mapping[str, str] | None, name: str) -> str:
    if template is None:
        return ""
    return template.get(name, "") if isinstance(template, Mapping) else getattr(template, name)


def _names(filled: Mapping[str, Filled], which: str) -> list[str]:
    return list(dict.fromkeys(name for one in filled.values() for name in getattr(one, which)))


def _facts(
    about: Audited | None, kind: str, incident: Incident | None, source: sources.Source | None
) -> dict[str, str]:
    known: dict[str, str] = {}
    if incident is not None and incident is not about and (of_incident := sources.source(incident, kind)):
        known |= of_incident.facts(incident)
    if incident is not None and not known and (of_report := sources.source(incident, LetterKind.REPORT)):
        # Where and when it happened serves every kind of letter; what addresses a report does not.
        known |= {name: one for name, one in of_report.facts(incident).items() if name not in sources.LETTER_FIELDS}
    return known | dict(source.facts(about)) if source else known


def general(office: Unit, relation: str) -> dict[str, str]:
    """Facts every letter has: the office, the day, and the courtesy formulas by rank."""
    day = timezone.localdate(clock.now())
    return {
        "office_km": office.name_km,
        "office_en": office.name_en,
        "today_km": khmer_date(day),
        "today_en": f"{day.day} {day:%B} {day.year}",
        **wording.formulas(relation),
    }


# --- names in letters -----------------------------------------------------------------------------------------


def _without_administration(name_km: str) -> str:
    """ខេត្តរតនគិរី of រដ្ឋបាលខេត្តរតនគិរី."""
    return name_km.removeprefix("រដ្ឋបាល").strip()


def head_title(office: Unit) -> str:
    """The title of who heads an office, as it stands over a signature."""
    name = office.name_km or office.name_en
    if office.kind == UnitKind.MINISTRY:
        return f"រដ្ឋមន្ត្រី{name}"
    if office.kind == UnitKind.SECRETARIAT:
        return f"រដ្ឋមន្ត្រីទទួលបន្ទុក{name}"
    if office.kind in (UnitKind.PROVINCE, UnitKind.DISTRICT):
        return f"អភិបាល នៃគណៈអភិបាល{_without_administration(name)}"
    if office.kind in (UnitKind.COMMAND, UnitKind.BATTALION, UnitKind.ARMY):
        return f"មេបញ្ជាការ{name}"
    if office.kind == UnitKind.POST:
        return f"នាយ{name}"
    return f"ប្រធាន{name}"


def addressee(unit: Unit) -> str:
    """Who heads a unit, as a letter addresses him; the honorific is edited where another one is due."""
    high = unit.kind in INSTITUTIONS or unit.kind == UnitKind.PROVINCE
    return f"{'ឯកឧត្តម' if high else 'លោក'}{head_title(unit)}"


def addressee_en(unit: Unit) -> str:
    """The same in English."""
    if unit.kind in INSTITUTIONS:
        return f"His Excellency the Minister, {unit.name_en}"
    if unit.kind in (UnitKind.PROVINCE, UnitKind.DISTRICT):
        return f"The Governor, {unit.name_en}"
    return f"The Head, {unit.name_en}"


def letterhead(office: Unit, language: str) -> str:
    """The issuing body in two levels: the one above, and the office itself."""
    levels = [office.parent, office] if office.parent else [office]
    return "\n".join((one.name_km if language == "km" else "") or one.name_en for one in levels)


def place(office: Unit) -> str:
    """Where an office writes from."""
    if office.kind in INSTITUTIONS:
        return "រាជធានីភ្នំពេញ"
    if office.district is not None and office.district.name_km:
        return office.district.name_km
    return office.province.name_km if office.province is not None else ""


def relation_to(office: Unit, kind: str, to: Sequence[Unit]) -> str:
    """Where the first addressee stands, seen from the office."""
    if kind == LetterKind.PROTEST_NOTE:
        return RankRelation.FOREIGN
    if not to:
        return RankRelation.EQUAL
    first = to[0]
    if office.kind in INSTITUTIONS:
        return RankRelation.EQUAL if first.kind in INSTITUTIONS else RankRelation.SUBORDINATE
    if first.kind in INSTITUTIONS or first.pk in _above(office):
        return RankRelation.SUPERIOR
    return RankRelation.SUBORDINATE if office.pk in _above(first) else RankRelation.EQUAL


def _above(unit: Unit) -> set[int]:
    rows: Any = unit.ancestors()
    return set(rows.values_list("pk", flat=True))
