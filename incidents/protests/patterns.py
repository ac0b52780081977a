"""Patterns: how often, to whom, about which stretch of the border, and what came back. Drills count in no figure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from incidents.choices_answers import ProtestState, ReplyOutcome
from incidents.models import Incident, Protest
from incidents.protests import rules


@dataclass
class Cell:
    """One year of one counterpart and stretch; days count from sending to the reply."""

    year: int
    url: str
    sent: int = 0
    answered: int = 0
    unanswered: int = 0
    waiting: int = 0
    renewals: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def median_days(self) -> int | None:
        """Days to a reply, the middle one; None when none came."""
        return sorted(self.days)[len(self.days) // 2] if self.days else None


@dataclass
class Row:
    """One counterpart and stretch, its years with the newest first."""

    counterpart: Any
    section: Any
    years: list[Cell] = field(default_factory=list)

    @property
    def total(self) -> Cell:
        """All years together."""
        found = Cell(0, _address(self.counterpart, self.section, None))
        for cell in self.years:
            found.sent += cell.sent
            found.answered += cell.answered
            found.unanswered += cell.unanswered
            found.waiting += cell.waiting
            found.renewals += cell.renewals
            found.days += cell.days
        return found


def rows(user: Any, country: str = "") -> list[Row]:
    """What the person sees of notes that left, those with the most first."""
    sent = Protest.objects.visible_to(user).filter(sent_on__isnull=False, incident__in=Incident.objects.real())
    if country:
        sent = sent.filter(counterpart__country=country)
    found = _rows(sent.select_related("counterpart", "section").order_by("-sent_on", "pk"))
    return sorted(found, key=lambda row: (-row.total.sent, row.counterpart.name, str(row.section)))


def _rows(protests: Iterable[Protest]) -> list[Row]:
    today = rules.today_here()
    by_place: dict[tuple[int, int | None], Row] = {}
    cells: dict[tuple[int, int | None, int], Cell] = {}
    for protest in protests:
        if protest.sent_on is None:
            continue
        place = (protest.counterpart_id, protest.section_id)
        row = by_place.setdefault(place, Row(protest.counterpart, protest.section))
        year = protest.sent_on.year
        if (*place, year) not in cells:
            cells[*place, year] = Cell(year, _address(protest.counterpart, protest.section, year))
            row.years.append(cells[*place, year])
        _count(cells[*place, year], protest, today)
    return list(by_place.values())


def _count(cell: Cell, protest: Protest, today: Any) -> None:
    cell.sent += 1
    cell.renewals += protest.renews_id is not None
    if protest.reply_on is not None and protest.sent_on is not None:
        cell.answered += 1
        cell.days.append((protest.reply_on - protest.sent_on).days)
    elif protest.outcome == ReplyOutcome.NONE or rules.overdue(protest, today):
        cell.unanswered += 1
    elif protest.state == ProtestState.SENT:
        cell.waiting += 1


def _address(counterpart: Any, section: Any, year: int | None) -> str:
    asked = {"counterpart": counterpart.slug}
    if section is not None:
        asked["section"] = section.code
    if year is not None:
        asked["year"] = str(year)
    return f"{reverse('protests:list')}?{urlencode(asked)}"
