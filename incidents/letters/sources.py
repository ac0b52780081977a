"""What letters about incidents, closure orders, cases, proposals and instructions are filled with.

Each fact comes in both languages where the words differ. Figures of letters are written in Khmer digits in Khmer.
"""

from datetime import date, datetime
from typing import Any

from django.utils import timezone, translation

from borderwatch.khmer import khmer_digits
from borderwatch.templatetags.words import khmer_date
from crossings.choices import ClosureMeasure, CrossingCategory, Flow
from crossings.models import ClosureOrder, Crossing, Proposal
from incidents.choices import CaseState, TimePrecision
from incidents.choices_answers import LetterKind
from incidents.letters import facts
from incidents.models import AccountabilityCase, Duty, Engagement, Incident, Instruction, Letter, Protest
from units.choices import INSTITUTIONS
from units.models import Unit

# So many engagements are told in a report; the dossier has all.
ENGAGEMENTS = 5


def said(value: Any, language: str) -> str:
    """A label or text in one language."""
    with translation.override(language):
        return str(value)


def day(value: date | None, language: str) -> str:
    """A day as letters write it, "" for none."""
    if value is None:
        return ""
    return khmer_date(value) if language == "km" else f"{value.day} {value:%B} {value.year}"


def moment(value: datetime | None, language: str, precision: str = TimePrecision.MINUTE) -> str:
    """A moment as letters write it, as exact as it is known; "" for none."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    if precision == TimePrecision.YEAR:
        return khmer_digits(f"ឆ្នាំ{local.year}") if language == "km" else f"{local.year}"
    if precision == TimePrecision.MONTH:
        return khmer_date(local.date()).partition(" ")[2] if language == "km" else f"{local:%B} {local.year}"
    if precision == TimePrecision.DAY:
        return day(local.date(), language)
    if language == "km":
        return f"{khmer_date(local.date())} វេលាម៉ោង {khmer_digits(f'{local:%H:%M}')} នាទី"
    return f"{day(local.date(), 'en')} at {local:%H:%M}"


def both(name: str, khmer: str, english: str) -> dict[str, str]:
    """A fact in both languages under its two names."""
    return {f"{name}_km": khmer, f"{name}_en": english}


def name_of(row: Any) -> tuple[str, str]:
    """Both names of a unit, a district, a crossing; ("", "") for none."""
    return (row.name_km or row.name_en, row.name_en) if row is not None else ("", "")


# --- incidents ------------------------------------------------------------------------------------------------


def of_incident(incident: Incident) -> dict[str, str]:
    """What happened, where and when, who answers, and what was said to the neighbour."""
    district, province = incident.district, incident.province
    where_km = [incident.place_name, f"ស្រុក{district.name_km}" if district else "", f"ខេត្ត{province.name_km}"]
    where_en = [incident.place_name, f"{district.name_en} District" if district else "", f"{province.name_en} Province"]
    marker = incident.near_marker
    return {
        "incident_ref": incident.ref,
        "incident_text": incident.text.strip(),
        **both("incident_type", said(incident.type_label, "km"), said(incident.type_label, "en").lower()),
        **both("place", _joined(where_km), _joined(where_en, ", ")),
        **both("province", *name_of(province)),
        **both("district", *name_of(district)),
        **both("happened", *(moment(incident.occurred_at, lang, incident.time_precision) for lang in ("km", "en"))),
        **both("reported", *(moment(incident.received_at, lang) for lang in ("km", "en"))),
        **both("coordinates", *_coordinates(incident)),
        **both("side", *(said(incident.get_side_display(), lang) for lang in ("km", "en"))),
        **both("marker", *((f"បង្គោលព្រំដែន {marker}", f"border marker {marker}") if marker else ("", ""))),
        **both("unit", *name_of(incident.responsible_unit)),
        **both("engagements", *(_engagements(incident, lang) for lang in ("km", "en"))),
        "references_km": f"របាយការណ៍ឧប្បត្តិហេតុលេខ {incident.ref} {moment(incident.received_at, 'km', 'day')}",
    }


def _joined(parts: list[str], between: str = " ") -> str:
    """Parts of a place, each said once even where the place's own name says it already."""
    kept: list[str] = []
    for part in filter(None, parts):
        if not any(part in earlier for earlier in kept):
            kept.append(part)
    return between.join(kept)


def _coordinates(incident: Incident) -> tuple[str, str]:
    """Latitude and longitude in Latin figures, so that they can be typed into a map."""
    if incident.point is None:
        return "", ""
    words = f"{incident.point.y:.5f} N, {incident.point.x:.5f} E"
    accuracy = incident.accuracy_m or 0
    return (
        f"{words} (WGS 84, កម្រិតលម្អៀង {khmer_digits(str(accuracy))} ម៉ែត្រ)",
        f"{words} (WGS 84, good to {accuracy} m)",
    )


def _engagements(incident: Incident, language: str) -> str:
    """The contacts with the neighbour that stand, one a line; a sentence when there was none."""
    rows = Engagement.objects.filter(incident=incident, struck_at=None).order_by("happened_at")[:ENGAGEMENTS]
    lines = []
    for row in rows:
        words = (
            moment(row.happened_at, language),
            said(row.get_kind_display(), language),
            row.authority,
            row.answer,
            said(row.get_result_display(), language),
        )
        lines.append("- " + ": ".join(filter(None, [f"{words[0]}, {words[1]}, {words[2]}", "; ".join(words[3:])])))
    if lines:
        return "\n".join(lines)
    if language == "km":
        return "- មិនទាន់មានការជួបទាក់ទងនៅឡើយ។"
    return "- There has been no contact yet."


def _institutions(incident: Incident) -> list[Unit]:
    """The institutions that owe an answer; before any does, all of them (duty D9)."""
    owing = Unit.objects.filter(pk__in=Duty.objects.filter(escalation__incident=incident).values("unit"))
    found = list(owing.order_by("pk"))
    return found or list(Unit.objects.filter(kind__in=INSTITUTIONS, parent=None).order_by("pk"))


# --- crossings ------------------------------------------------------------------------------------------------


def of_crossing(crossing: Crossing) -> dict[str, str]:
    """A crossing by its names and where it lies."""
    district = crossing.district
    neighbour = crossing.get_neighbour_display()
    return {
        **both("crossing", *name_of(crossing)),
        **both("district", *name_of(district)),
        **both("province", *name_of(district.province)),
        **both("commune", *name_of(crossing.commune)),
        **both("neighbour", said(neighbour, "km"), said(neighbour, "en")),
        "crossing_code": crossing.slug,
    }


def of_order(order: ClosureOrder) -> dict[str, str]:
    """An order to close: what, how, by whom, by when."""
    return {
        **of_crossing(order.crossing),
        "order_number": order.number,
        "order_text": order.text.strip(),
        **both("scope", *(_list(Flow, order.scope, lang) for lang in ("km", "en"))),
        **both("measures", *(_list(ClosureMeasure, order.measures, lang) for lang in ("km", "en"))),
        **both("unit", *name_of(order.responsible_unit)),
        **both("due", *(day(order.due_on, lang) for lang in ("km", "en"))),
        "references_km": f"បទបញ្ជាបិទច្រកលេខ {order.number}" if order.number else "",
    }


def _list(choices: Any, values: list[str], language: str) -> str:
    words = [said(choices(value).label, language) for value in values]
    return (" និង" if language == "km" else " and ").join(
        filter(None, [(" " if language == "km" else ", ").join(words[:-1]), words[-1] if words else ""])
    )


def of_proposal(proposal: Proposal) -> dict[str, str]:
    """A proposal in its newest version: what is wished, why, and what it needs."""
    version = proposal.versions.order_by("-number").first()
    category = CrossingCategory(version.category).label if version else ""
    assessments = version.assessments.count() if version else 0
    return {
        **of_crossing(proposal.crossing),
        "proposal_ref": proposal.ref,
        **both("category", said(category, "km"), said(category, "en")),
        **both("wanted_from", *(day(version.wanted_from if version else None, lang) for lang in ("km", "en"))),
        "justification": version.justification.strip() if version else "",
        "needs": version.needs.strip() if version else "",
        **both("assessments", khmer_digits(str(assessments)), str(assessments)),
        "attachments_km": f"សំណុំឯកសារសំណើ {proposal.ref} និងរបាយការណ៍វាយតម្លៃសេដ្ឋកិច្ចសង្គម",
    }


def _ministry(proposal: Proposal) -> list[Unit]:
    """Who decides on proposals: the ministry above the proposing administration."""
    top = proposal.unit.ancestors().first() if proposal.unit.parent_id else None
    return [top] if top is not None else []


# --- people and guidance --------------------------------------------------------------------------------------


def of_case(case: AccountabilityCase) -> dict[str, str]:
    """An accountability case as the head may read it; never the text of the report."""
    rank = case.get_head_rank_display()
    return {
        "case_ref": case.ref,
        "charge": case.charge.strip(),
        **both("unit", *name_of(case.unit)),
        **both("head", f"{said(rank, 'km')} {case.head_name_km or case.head_name_en}".strip(),
               f"{said(rank, 'en')} {case.head_name_en}".strip()),
        **both("opened", *(moment(case.opened_at, lang, TimePrecision.DAY) for lang in ("km", "en"))),
        **both("explain_by", *_explain_by(case)),
        **both("legal_basis", case.policy.legal_basis_km or case.policy.legal_basis_en, case.policy.legal_basis_en),
        # The report may be one made in confidence: what it says is no fact of a letter to the accused.
        **dict.fromkeys(("incident_text", "engagements_km", "engagements_en", "coordinates_km", "coordinates_en"), ""),
        "references_km": f"សំណុំរឿងទំនួលខុសត្រូវលេខ {case.ref}",
    }  # fmt: skip


def _explain_by(case: AccountabilityCase) -> tuple[str, str]:
    """Until when the head may explain: the deadline once it runs, before that the days he will have."""
    if case.state == CaseState.NOTIFIED and case.due_at is not None:
        khmer, english = (moment(case.due_at, lang, TimePrecision.DAY) for lang in ("km", "en"))
        return f"ត្រឹម{khmer}", f"until {english}"
    days = str(case.frozen_policy["explain_within_days"])
    return (
        f"ក្នុងរយៈពេល {khmer_digits(days)} ថ្ងៃ គិតចាប់ពីថ្ងៃទទួលបានលិខិតនេះ",
        f"within {days} days of receiving this letter",
    )


def of_instruction(instruction: Instruction) -> dict[str, str]:
    """A piece of guidance: what is to be done, by when."""
    return {
        "instruction_ref": instruction.ref,
        "instruction_subject": instruction.subject.strip(),
        "instruction_text": instruction.text.strip(),
        **both("to", *name_of(instruction.to_unit)),
        **both("due", *(moment(instruction.due_at, lang) for lang in ("km", "en"))),
        "references_km": (f"របាយការណ៍ឧប្បត្តិហេតុលេខ {instruction.incident.ref}\nការណែនាំលេខ {instruction.ref}"),
    }


def _register_kinds() -> None:
    facts.register_kind(Incident, key="ref", order="-received_at")
    facts.register_kind(ClosureOrder, key="pk", order="-drafted_at")
    facts.register_kind(Proposal, key="pk", order="-started_at")
    facts.register_kind(AccountabilityCase, key="ref", order="-opened_at")
    facts.register_kind(Instruction, key="ref", order="-issued_at")
    facts.register_kind(Protest, key="ref", order="-drafted_at")
    facts.register_kind(Letter, key="pk", order="-drafted_at")


_register_kinds()
facts.register("incident", LetterKind.REPORT, facts=of_incident, to=_institutions)
facts.register("incident", LetterKind.OTHER, facts=of_incident)
facts.register("closureorder", LetterKind.CLOSURE_ORDER, facts=of_order, to=lambda order: [order.responsible_unit])
facts.register("proposal", LetterKind.PROPOSAL, facts=of_proposal, to=_ministry)
facts.register("accountabilitycase", LetterKind.NOTICE_TO_HEAD, facts=of_case, to=lambda case: [case.unit])
facts.register("instruction", LetterKind.INSTRUCTION, facts=of_instruction, to=lambda one: [one.to_unit])
