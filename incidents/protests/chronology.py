"""The chronology of a dossier, computed from the record: what was reported, told, said to the neighbour, answered.

Nothing in it is typed for the purpose, and nothing is left out because it is awkward. Reading only.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from borderwatch import verbs
from borderwatch.models import AuditEntry, Delivery
from incidents.choices import TimePrecision
from incidents.models import Duty, Engagement, Incident, Instruction, InstructionStep, Protest, ProtestStep
from incidents.protests import workflow

# Steps of a protest that belong to its story; work on the wording and the list does not.
TOLD_STEPS = ("draft_protest", "pass_legal_check", "sign_protest", "send_protest", "file_reply", "close_protest",
              "renew_protest", "abandon_protest")  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line: when (as exact as `precision`), of which kind, in words."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    precision: str = TimePrecision.MINUTE


def of(incident: Incident, protest: Protest | None = None) -> list[Entry]:
    """All lines about an incident, and of one protest about it, in order of time and in the active language."""
    found = [
        *_reported(incident),
        *_attributed(incident),
        *_told(incident),
        *_duties(incident),
        *_life(incident),
        *_engagements(incident),
        *_guidance(incident),
        *(_protest(protest) if protest is not None else ()),
    ]
    # Of one moment, in the order in which the chain goes.
    order = {kind: number for number, kind in enumerate(("happened", "detected", "filed", "attributed", "told"))}
    return sorted(found, key=lambda entry: (entry.at, order.get(entry.kind, 9)))


def _reported(incident: Incident) -> Iterator[Entry]:
    yield Entry(incident.occurred_at, "happened", _("Happened"), str(incident.type_label), incident.time_precision)
    if incident.detected_at:
        yield Entry(incident.detected_at, "detected", _("Detected"))
    unit = incident.filed_for.name
    yield Entry(incident.received_at, "filed", _("Reported by %(unit)s") % {"unit": unit}, incident.ref)


def _attributed(incident: Incident) -> Iterator[Entry]:
    for row in incident.attributions.order_by("number"):
        words = _("A reviewer ruled: %(unit)s answers") if row.decided_by_id else _("%(unit)s answers by the register")
        yield Entry(row.decided_at, "attributed", words % {"unit": row.unit_name}, str(row.get_rule_display()))


def _told(incident: Incident) -> Iterator[Entry]:
    """When each institution was first told, by which channels."""
    rows = Delivery.objects.about("incident", incident.ref).filter(topic="duty_opened", state=Delivery.State.DELIVERED)
    first: dict[str, tuple[datetime, dict[str, str], set[str]]] = {}
    for row in rows.order_by("done_at", "recipient", "channel"):
        data = json.loads(row.payload)["data"]
        unit = data.get("duty", {}).get("institution")
        if unit is None or row.done_at is None:
            continue
        _at, _unit, channels = first.setdefault(unit["code"], (row.done_at, unit, set()))
        channels.add(str(row.get_channel_display()))
    for at, unit, channels in first.values():
        yield Entry(at, "told", _("%(unit)s told") % {"unit": _name(unit)}, ", ".join(sorted(channels)))


def _duties(incident: Incident) -> Iterator[Entry]:
    rows = (
        Duty.objects.filter(escalation__incident=incident).select_related("unit").prefetch_related("acknowledgements")
    )
    for duty in rows.order_by("started_at", "unit__code", "pk"):
        name = {"unit": duty.unit.name}
        if duty.seen_at:
            yield Entry(duty.seen_at, "seen", _("%(unit)s opened the report") % name)
        for answer in sorted(duty.acknowledgements.all(), key=lambda one: one.number):
            words = {**name, "answer": answer.get_answer_display()}
            yield Entry(answer.at, "answered", _("%(unit)s answered: %(answer)s") % words, answer.comment)
            if answer.withdrawn_at:
                taken = _("The answer of %(unit)s was taken back") % name
                yield Entry(answer.withdrawn_at, "answered", taken, answer.withdrawn_reason)


def _life(incident: Incident) -> Iterator[Entry]:
    entries = AuditEntry.objects.filter(
        kind="incident", key=incident.ref, verb__in=("verify_incident", "close_incident", "reopen_incident")
    )
    for entry in entries.order_by("at", "pk"):
        yield Entry(entry.at, "decided", verbs.label(entry.verb), entry.reason)


def _engagements(incident: Incident) -> Iterator[Entry]:
    for row in engagements(incident):
        words = {"how": row.get_kind_display(), "authority": row.whom}
        title = _("Neighbour engaged: %(how)s, %(authority)s") % words
        said = _("Demanded: %(demanded)s") % {"demanded": row.demanded}
        heard = _("Answer: %(answer)s") % {"answer": row.answer} if row.answer else ""
        detail = " ".join(filter(None, [said, heard, f"({row.get_result_display()})"]))
        yield Entry(row.happened_at, "engaged", title, detail)


def engagements(incident: Incident) -> list[Engagement]:
    """The entries of the engagement log that stand."""
    rows = Engagement.objects.filter(incident=incident, struck_at__isnull=True)
    return list(rows.select_related("unit", "counterpart").order_by("number"))


def _guidance(incident: Incident) -> Iterator[Entry]:
    rows = Instruction.objects.filter(incident=incident).select_related("from_unit", "to_unit").order_by("number")
    steps = InstructionStep.objects.filter(instruction__in=[row.pk for row in rows]).order_by("instruction", "number")
    by_row: dict[int, list[InstructionStep]] = {}
    for step in steps:
        by_row.setdefault(step.instruction_id, []).append(step)
    for row in rows:
        words = {"giver": row.from_unit.name, "unit": row.to_unit.name}
        yield Entry(row.issued_at, "guided", _("%(giver)s instructs %(unit)s") % words, row.subject)
        for step in by_row.get(row.pk, [])[1:]:
            yield Entry(step.at, "guided", f"{row.ref}: {verbs.label(step.verb)}", step.text)


def _protest(protest: Protest) -> Iterator[Entry]:
    steps: Iterable[ProtestStep] = protest.steps.filter(verb__in=TOLD_STEPS).order_by("number")
    for step in steps:
        detail = ""
        if step.verb == "send_protest":
            words = {"number": protest.note_number, "whom": protest.counterpart.name}
            detail = _("Note %(number)s to %(whom)s") % words
        elif step.verb == "file_reply":
            detail = str(protest.get_outcome_display())
        yield Entry(step.at, "protest", workflow.step_label(step.verb), detail)


def _name(unit: dict[str, Any]) -> str:
    return str(unit["name_km"] if unit["name_km"] and get_language() == "km" else unit["name_en"])
