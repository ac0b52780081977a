"""The readable part of a bundle: index.html and the map, in both languages, needing no network and no script."""

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from incidents.actions.protest_evidence import list_digest, listed
from incidents.models import Duty, Instruction, Protest
from incidents.protests import chronology, rules, sketch, workflow
from incidents.protests.bundle import contents, keys
from incidents.protests.bundle.contents import Piece, Subject

LANGUAGES = ("km", "en")


def texts(subject: Subject, originals: Sequence[Piece]) -> dict[str, bytes]:
    """The pages by their path in the bundle."""
    parts = []
    for language in LANGUAGES:
        with translation.override(language):
            parts.append((language, render_to_string("bundle/part.html", _facts(subject, originals, language))))
    with translation.override("en"):
        index = render_to_string(
            "bundle/index.html", {"subject": subject, "parts": parts, "fingerprint": keys.fingerprint()}
        )
        found = {"index.html": index.encode()}
        if drawing := sketch.draw(subject.incident):
            found["map.svg"] = f"{drawing}\n".encode()
    return found


def _facts(subject: Subject, originals: Sequence[Piece], language: str) -> dict[str, Any]:
    incident = subject.incident
    by_hash = {one.sha256: one.path for one in originals}
    duties = Duty.objects.filter(escalation__incident=incident).select_related("unit", "escalation")
    return {
        "language": language,
        "subject": subject,
        "incident": incident,
        "drawing": sketch.draw(incident),
        "attributions": list(incident.attributions.select_related("decided_by").order_by("number")),
        "chronology": chronology.of(incident, subject.protest),
        "duties": list(duties.prefetch_related("acknowledgements").order_by("started_at", "unit__code", "pk")),
        "notices": contents.notices(subject),
        "engagements": [(row, _paths(row.files.order_by("pk"), by_hash)) for row in chronology.engagements(incident)],
        "instructions": [_instruction(row, by_hash) for row in _instructions(incident)],
        "protests": [_protest(row, by_hash) for row in subject.protests],
        "letters": [
            (row, [by_hash[one] for one in (row.pdf_sha256, row.scan_sha256) if one in by_hash])
            for row in subject.letters
        ],
        "originals": originals,
    }


def _paths(rows: Any, by_hash: dict[str, str]) -> list[str]:
    return [by_hash[row.sha256] for row in rows if row.sha256 in by_hash]


def _instructions(incident: Any) -> list[Instruction]:
    rows = Instruction.objects.filter(incident=incident).select_related("from_unit", "to_unit")
    return list(rows.prefetch_related("steps__files").order_by("number"))


def _instruction(row: Instruction, by_hash: dict[str, str]) -> tuple[Instruction, list[tuple[Any, list[str]]]]:
    steps = sorted(row.steps.all(), key=lambda step: step.number)
    return row, [(step, [by_hash[one.sha256] for one in step.files.all() if one.sha256 in by_hash]) for step in steps]


def _protest(row: Protest, by_hash: dict[str, str]) -> dict[str, Any]:
    rows = listed(row)
    return {
        "row": row,
        "bases": [(rules.cited(one), one.quote) for one in row.legal_bases.order_by("order", "slug")],
        "evidence": [(one, by_hash.get(one.sha256, "")) for one in rows],
        "list_sha256": list_digest(rows) if row.signed_at else "",
        "replies": _paths(row.evidence.filter(origin="reply").order_by("number"), by_hash),
        "steps": [(step, workflow.step_label(step.verb)) for step in row.steps.order_by("number")],
    }
