"""Guidance on the home page: what is to be carried out, what is to be judged, questions that wait for an answer."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crossings.desk import TOP, Line, Waiting
from incidents import areas
from incidents.choices_answers import InstructionState
from incidents.guidance import rules
from units import policy
from units.choices import INSTITUTIONS


def waiting_for(user: Any) -> list[Waiting]:
    """The heaps that are not empty; one query for each the person's postings have to do with."""
    found: list[Waiting | None] = []
    page = reverse("guidance:list")
    if policy.unit_ids(user, policy.FILE):
        found.append(_heap("guidance-owed", _("Guidance to carry out"), f"{page}?side=owed", rules.to_carry_out(user)))
    instructs = any(
        policy.REVIEW in policy.ROLES[role] and unit.kind in INSTITUTIONS for role, unit in policy.roles_of(user)
    )
    if instructs:
        given = f"{page}?side=given&state="
        done, asked = InstructionState.DONE.value, InstructionState.QUESTIONED.value
        found.append(_heap("guidance-done", _("Guidance to judge"), given + done, rules.to_judge(user)))
        found.append(_heap("guidance-asked", _("Questions to answer"), given + asked, rules.to_answer(user)))
    return [heap for heap in found if heap is not None]


def _heap(slug: str, label: str, url: str, rows: Any) -> Waiting | None:
    top = list(rows[: TOP + 1])
    if not top:
        return None
    count = len(top) if len(top) <= TOP else rows.count()
    return Waiting(slug, label, url, count, [_line(row) for row in top[:TOP]])


def _line(row: Any) -> Line:
    due: datetime | None = row.due_at
    return Line(f"{row.ref} · {row.subject} · {row.to_unit.name}", row.get_absolute_url(), due)


areas.register_heaps(waiting_for)
