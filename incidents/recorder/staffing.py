"""Who served where at a moment, read once for a whole round from the dated postings."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from units.calendar import Calendar
from units.choices import DeskLevel, Role, UnitKind
from units.models import Delegation, Posting, Unit

# Written down here a second time on purpose: the recorder must not believe the code it watches.
ROLE_OF_LEVEL = {
    DeskLevel.DESK: Role.OFFICIAL,
    DeskLevel.DEPUTY: Role.DEPUTY,
    DeskLevel.PRINCIPAL: Role.PRINCIPAL,
}


@dataclass(frozen=True, slots=True)
class _Span:
    user: int
    since: datetime | None
    until: datetime | None

    def holds(self, moment: datetime) -> bool:
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


class Staffing:
    """All postings that can matter, by unit and role; and the administration of each province."""

    def __init__(self) -> None:
        self._posted: dict[tuple[int, str], list[_Span]] = defaultdict(list)
        roles = [*ROLE_OF_LEVEL.values(), Role.PROVINCE_OFFICER, Role.COMMANDER]
        rows = Posting.objects.filter(unit_role__role__in=roles, user__is_active=True)
        for unit, role, user, period in rows.values_list("unit_role__unit", "unit_role__role", "user", "period"):
            self._posted[unit, role].append(_Span(user, period.lower, period.upper))
        self._away: dict[int, list[tuple[_Span, int]]] = defaultdict(list)
        for person, stand_in, period in Delegation.objects.values_list("person", "stand_in", "period"):
            self._away[person].append((_Span(person, period.lower, period.upper), stand_in))
        self._calendars: dict[int | None, Calendar] = {}
        self.unit_by_code: dict[str, int] = dict(Unit.objects.order_by().values_list("code", "pk"))
        provinces: Iterable[Any] = Unit.objects.filter(kind=UnitKind.PROVINCE).order_by("-code")
        self.administration = {unit.province_id: unit.pk for unit in provinces}

    def calendar(self, office: Unit | None) -> Calendar:
        """The working time of an office, read once; None: every minute counts."""
        key = office.pk if office else None
        if key not in self._calendars:
            self._calendars[key] = Calendar(office)
        return self._calendars[key]

    def serving(self, unit: int | None, role: str, moment: datetime) -> frozenset[int]:
        """The persons who held a role at a unit then."""
        spans = self._posted.get((unit, role), ()) if unit is not None else ()
        return frozenset(span.user for span in spans if span.holds(moment))

    def at_level(self, unit: int, level: str, moment: datetime) -> frozenset[int]:
        """The persons of an institution's desk level then; none for levels outside the institution."""
        role = ROLE_OF_LEVEL.get(DeskLevel(level))
        return self.serving(unit, role, moment) if role else frozenset()

    def or_stand_in(self, user: int, moment: datetime) -> frozenset[int]:
        """The person, and whoever stood in for him then: telling either is telling."""
        return frozenset({user, *(other for span, other in self._away.get(user, ()) if span.holds(moment))})
