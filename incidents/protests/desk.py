"""What waits for a person at protests: the heaps of the home page. One query, none for who serves no institution."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crossings.desk import Line, Waiting
from incidents.areas import register_heaps
from incidents.choices_answers import ProtestState
from incidents.models import Protest
from incidents.protests import rules
from units import policy

# More than so many open protests of one office are not counted on the home page.
MOST = 300
# How many lines of a heap are shown.
TOP = 5
_OPEN = (ProtestState.LEGAL_CHECK, ProtestState.SIGN_OFF, ProtestState.SIGNED, ProtestState.SENT)


def waiting_for(user: Any) -> list[Waiting]:
    """To check, to sign, to send, and replies that are overdue."""
    if not rules.serves_an_institution(user):
        return []
    ids = policy.unit_ids(user, policy.REVIEW)
    rows = Protest.objects.filter(office__in=ids, state__in=_OPEN).select_related("counterpart")
    found = list(rows.order_by("drafted_at", "pk")[:MOST])
    if not found:
        return []
    return [
        heap
        for heap in (
            _heap("protests_to_check", _("Protests to check"), "state=legal_check", _to_check(user, found)),
            _heap("protests_to_sign", _("Protests to sign"), "state=sign_off", _to_sign(user, found)),
            _heap("protests_to_send", _("Protests to send"), "state=signed", _in(found, ProtestState.SIGNED)),
            _heap("protests_unanswered", _("Replies to protests overdue"), "overdue=true", _late(found)),
        )
        if heap.count
    ]


def _in(found: list[Protest], state: str) -> list[Protest]:
    return [row for row in found if row.state == state]


def _to_check(user: Any, found: list[Protest]) -> list[Protest]:
    return [row for row in _in(found, ProtestState.LEGAL_CHECK) if row.drafted_by_id != user.pk]


def _to_sign(user: Any, found: list[Protest]) -> list[Protest]:
    waiting = _in(found, ProtestState.SIGN_OFF)
    return [row for row in waiting if row.drafted_by_id != user.pk and rules.signs_for(user, row.office_id)]


def _late(found: list[Protest]) -> list[Protest]:
    sent = _in(found, ProtestState.SENT)
    if not sent:
        return []
    today = rules.today_here()
    return [row for row in sent if rules.overdue(row, today)]


def _heap(slug: str, label: Any, query: str, rows: list[Protest]) -> Waiting:
    lines = [
        Line(
            f"{row.ref} · {row.counterpart.name}",
            row.get_absolute_url(),
            rules.end_of(row.reply_due_on) if row.state == ProtestState.SENT and row.reply_due_on else None,
        )
        for row in rows[:TOP]
    ]
    return Waiting(slug, label, f"{reverse('protests:list')}?{query}", len(rows), lines)


register_heaps(waiting_for)
