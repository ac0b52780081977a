"""What people are told about unauthorised checkpoints: removal ordered, reported, denied, overdue.

Thin facts: who stands there by name and every text stay behind the sign-in. Of a report in confidence only those are
told who see it.
"""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from incidents import exceptional, notices
from incidents.choices import CheckpointOperator, CheckpointState
from incidents.models import Checkpoint
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit
from units.notices import Chains
from units.recipients import Book, person


def facts(row: Checkpoint) -> dict[str, Any]:
    """The incident's own facts, and of the checkpoint what whoever removes it must know at once."""
    crossing = row.crossing
    return {
        **notices.incident_facts(row.incident),
        "crossing": {"code": crossing.slug, "name_km": crossing.name_km, "name_en": crossing.name_en}
        if crossing
        else None,
        "operator": row.operator,
        "state": row.state,
        "remover": notices.unit_facts(row.remover) if row.remover else None,
        "remove_by": row.remove_by.isoformat() if row.remove_by else None,
        "removed_on": row.removed_on.isoformat() if row.removed_on else None,
    }


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    text = notices.words(data)
    text["crossing_name"] = notices.name(data.get("crossing"))
    text["remover_name"] = notices.name(data.get("remover"))
    text["operator_label"] = _label(CheckpointOperator, data.get("operator"))
    text["state_label"] = _label(CheckpointState, data.get("state"))
    for key in ("remove_by", "removed_on"):
        value = data.get(key)
        text[key] = f"{date.fromisoformat(value):%d/%m/%Y}" if value else ""
    return text


def _label(choices: Any, slug: str | None) -> str:
    return str(choices(slug).label) if slug in choices.values else ""


def ordered(row: Checkpoint, entry: str) -> Notice:
    """To the remover and his superior; `entry` is the audit entry that makes the event one of its kind."""
    assert row.remover is not None, "an order names who must remove it"
    return _notice("removal_ordered", row, entry, Chains([row.remover]).of(row.remover))


def reported(row: Checkpoint, entry: str) -> Notice:
    """To those who may confirm it: the desk of the province."""
    return _notice("removal_reported", row, entry, _province(row))


def denied(row: Checkpoint, entry: str) -> Notice:
    """To whoever reported it, and to the remover."""
    to = [person(row.removal_by)] if row.removal_by else []
    if row.remover is not None:
        to += _desk(Book([row.remover]), row.remover)
    return _notice("removal_denied", row, entry, to)


def overdue(row: Checkpoint) -> Notice:
    """To the remover, the province and the ministry above it; once for each day that was set."""
    administration = _administration(row)
    units = [row.remover, administration, administration.parent if administration else None]
    book = Book(units)
    to = [one for unit in units if unit is not None for one in _desk(book, unit)]
    return _notice("removal_overdue", row, str(row.remove_by), to)


def _notice(topic: str, row: Checkpoint, part: str, to: list[Recipient]) -> Notice:
    return Notice(
        topic=topic,
        event=f"checkpoint:{row.incident.ref}:{topic}:{part}",
        kind="incident",
        key=row.incident.ref,
        recipients=exceptional.readers(row.incident, dict.fromkeys(to)),
        data=facts(row),
    )


def _desk(book: Book, unit: Unit) -> list[Recipient]:
    if unit.kind in INSTITUTIONS:
        return book.desk(unit)
    return book.province_desk(unit) if unit.kind == UnitKind.PROVINCE else book.unit_and_head(unit)


def _administration(row: Checkpoint) -> Unit | None:
    rows = Unit.objects.filter(kind=UnitKind.PROVINCE, province_id=row.incident.province_id)
    return rows.select_related("parent").order_by("code").first()


def _province(row: Checkpoint) -> list[Recipient]:
    administration = _administration(row)
    return Book([administration]).province_desk(administration)


register(
    *(
        Topic(slug, label, f"notices/{slug}.txt", urgent=urgent, obsolete=notices.cannot_see, words=words)
        for slug, label, urgent in (
            ("removal_ordered", _("A checkpoint is to be removed"), True),
            ("removal_reported", _("A checkpoint is reported as removed"), False),
            ("removal_denied", _("A checkpoint still stands"), True),
            ("removal_overdue", _("The removal of a checkpoint is overdue"), True),
        )
    )
)
