"""The alert messages of immediate escalations: what was said, when, and in which order.

Nothing is stored. A message follows from rows that are never rewritten (the escalation, the first answer, rulings, the
record of closing and opening again), so its identifier, time and content stay the same however often it is asked for,
and also escalations of the past have theirs.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from borderwatch.models import AuditEntry
from incidents.choices import CloseReason
from incidents.models import Acknowledgement, Attribution, Escalation, Incident

# The kinds of message.
STARTED, ACKNOWLEDGED, RULED, CLOSED, REOPENED = "alert", "acknowledged", "ruling", "closed", "reopened"
_LIFE = {"close_incident": CLOSED, "reopen_incident": REOPENED}


@dataclass(frozen=True)
class Message:
    """One message of an escalation. `facts` are slugs and frozen names, as far as the kind has any."""

    escalation: Escalation
    kind: str
    sent: datetime
    # Tells rulings, closings and openings of one escalation apart.
    suffix: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def incident(self) -> Incident:
        """The incident it is about."""
        return self.escalation.incident

    @property
    def slug(self) -> str:
        """Its name within the escalation: "alert", "ruling-2"."""
        return f"{self.kind}-{self.suffix}" if self.suffix else self.kind

    @property
    def identifier(self) -> str:
        """Its name in the world, the same for ever: RTK-2026-000012.1.alert."""
        return f"{self.incident.ref}.{self.escalation.number}.{self.slug}"

    @property
    def order(self) -> tuple[datetime, str]:
        """What messages are ordered by."""
        return self.sent, self.identifier


def immediate(user: Any) -> Any:
    """The escalations that were to be told at once, of incidents the person sees."""
    at_once = Q(automatic=True) | Q(frozen_policy__automatic=True)
    return Escalation.objects.filter(at_once, incident__in=Incident.objects.visible_to(user)).select_related(
        "incident__province", "incident__district", "incident__drill"
    )


def of(escalation: Escalation) -> list[Message]:
    """The messages of one escalation, the oldest first."""
    one = Escalation.objects.filter(pk=escalation.pk).select_related(
        "incident__province", "incident__district", "incident__drill"
    )
    return sorted(_newest(one, before=None, most=None), key=lambda message: message.order)


@dataclass(frozen=True)
class Page:
    """Some messages, the newest first; `more` when older ones follow."""

    messages: list[Message]
    more: bool


def page(user: Any, *, before: tuple[datetime, str] | None, most: int) -> Page:
    """The newest messages the person sees, or those before a moment and identifier. A constant number of queries."""
    found = _newest(immediate(user), before=before[0] if before else None, most=most)
    rows = [message for message in found if before is None or message.order < before]
    newest = heapq.nlargest(most + 1, rows, key=lambda message: message.order)
    return Page(newest[:most], more=len(newest) > most)


def _newest(escalations: Any, *, before: datetime | None, most: int | None) -> list[Message]:
    """Of each kind the newest ones up to a moment: enough of them to fill a page of `most` and one."""
    found: list[Message] = []
    for ask in _KINDS:
        found += ask(escalations, lambda rows, at: _cut(rows, at, before, most))
    return found


_Cut = Callable[[Any, str], Any]


def _cut(rows: Any, at: str, before: datetime | None, most: int | None) -> Any:
    if before is not None:
        # With the moment itself: messages of one moment are told apart by their identifiers, afterwards.
        rows = rows.filter(**{f"{at}__lte": before})
    rows = rows.order_by(f"-{at}", "-pk")
    # Of one moment there are few; they must not push each other out of the cut.
    return rows if most is None else rows[: most + 20]


def _started(escalations: Any, cut: _Cut) -> list[Message]:
    return [Message(one, STARTED, one.started_at) for one in cut(escalations, "started_at")]


def _acknowledged(escalations: Any, cut: _Cut) -> list[Message]:
    """The first answer of any institution, also when it was taken back later."""
    earlier = Acknowledgement.objects.filter(duty__escalation=OuterRef("duty__escalation")).filter(
        Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    )
    rows = Acknowledgement.objects.filter(~Exists(earlier), duty__escalation__in=escalations.order_by().values("pk"))
    about = "duty__escalation__incident"
    rows = rows.select_related("duty__unit", f"{about}__province", f"{about}__district", f"{about}__drill")
    return [
        Message(
            row.duty.escalation,
            ACKNOWLEDGED,
            row.at,
            facts={"answer": row.answer, "institution": _named(row.duty.unit)},
        )
        for row in cut(rows, "at")
    ]


def _ruled(escalations: Any, cut: _Cut) -> list[Message]:
    """Rulings on who answers, while the escalation stood."""
    ruled = Attribution.objects.filter(
        decided_by__isnull=False,
        incident__escalations__in=escalations.order_by().values("pk"),
        incident__escalations__started_at__lt=F("decided_at"),
    ).annotate(escalation=F("incident__escalations"))
    rows = list(cut(ruled, "decided_at"))
    by_key = _by_key(escalations, {row.escalation for row in rows})
    return [
        Message(
            by_key[row.escalation],
            RULED,
            row.decided_at,
            str(row.number),
            {"unit": {"name_km": row.unit_name_km, "name_en": row.unit_name_en}},
        )
        for row in rows
        if row.escalation in by_key
    ]


def _ended(escalations: Any, cut: _Cut) -> list[Message]:
    """Closings of the incident, and openings anew, from the record of what was done."""
    recorded = AuditEntry.objects.filter(
        kind="incident", verb__in=_LIFE, key__in=escalations.order_by().values("incident__ref")
    )
    entries = list(cut(recorded, "at"))
    of_ref: dict[str, list[Escalation]] = {}
    for one in escalations.filter(incident__ref__in={entry.key for entry in entries}):
        of_ref.setdefault(one.incident.ref, []).append(one)
    return [
        Message(
            one,
            _LIFE[entry.verb],
            entry.at,
            f"{timezone.localtime(entry.at):%Y%m%d%H%M%S}",
            {"close_reason": entry.after.get("close_reason", "")},
        )
        for entry in entries
        for one in of_ref.get(entry.key, [])
        if one.started_at < entry.at
    ]


_KINDS: tuple[Callable[[Any, _Cut], list[Message]], ...] = (_started, _acknowledged, _ruled, _ended)


def _by_key(escalations: Any, keys: Iterable[int]) -> dict[int, Escalation]:
    found: dict[int, Escalation] = escalations.in_bulk(list(keys)) if keys else {}
    return found


def _named(unit: Any) -> dict[str, str]:
    return {"name_km": unit.name_km, "name_en": unit.name_en}


def is_false_alarm(message: Message) -> bool:
    """Whether it takes the alert back: the event did not take place."""
    return message.kind == CLOSED and message.facts["close_reason"] == CloseReason.DID_NOT_HAPPEN
