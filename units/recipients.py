"""Whom to tell: people posted to a unit today, and the unit's own addresses."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from borderwatch import clock, topics
from borderwatch.models import Delivery
from borderwatch.outbox import Recipient
from units.choices import DeskLevel, Role
from units.models import Endpoint, Posting, Unit, User

# Which postings a desk level of an institution means.
LEVEL_ROLES: dict[str, str] = {
    DeskLevel.DESK: Role.OFFICIAL,
    DeskLevel.DEPUTY: Role.DEPUTY,
    DeskLevel.PRINCIPAL: Role.PRINCIPAL,
}


def person(user: User, via: int | None = None) -> Recipient:
    """A person, told in the application; `via` is the unit at whose desk he is told, when that is known.

    Mail and messages beside it, and who stands in for him, follow from that at sending (units/directory.py).
    """
    return Recipient(
        key=f"user:{user.pk}",
        name=user.record_name,
        channel=Delivery.Channel.INAPP,
        user_id=user.pk,
        language=user.language,
        via=via,
    )


class Book:
    """Everybody who can be told at some units today: two queries, however many units and levels."""

    def __init__(self, units: Iterable[Unit | None]) -> None:
        """Read the postings in force and the addresses in use of these units."""
        ids = {unit.pk for unit in units if unit is not None}
        self._people: dict[tuple[int, str], list[Recipient]] = {}
        self._addresses: dict[tuple[int, str], list[Recipient]] = {}
        postings = Posting.objects.filter(
            unit_role__unit_id__in=ids, user__is_active=True, period__contains=clock.sql_now()
        ).select_related("user", "unit_role")
        for posting in postings.order_by("pk"):
            at = (posting.unit_role.unit_id, posting.unit_role.role)
            self._people.setdefault(at, []).append(person(posting.user, at[0]))
        endpoints = Endpoint.objects.filter(unit_id__in=ids, active=True).select_related("unit")
        for endpoint in endpoints.order_by("pk"):
            self._addresses.setdefault((endpoint.unit_id, endpoint.level), []).append(address(endpoint))

    def desk(self, unit: Unit, level: str = DeskLevel.DESK) -> list[Recipient]:
        """An institution's desk level: persons posted there, and the addresses of that level."""
        return [*self._posted(unit, LEVEL_ROLES[level]), *self._addresses.get((unit.pk, level), [])]

    def officials(self, unit: Unit) -> list[Recipient]:
        """The persons of an institution's desk and their deputy, in the application only."""
        return [*self._posted(unit, Role.OFFICIAL), *self._posted(unit, Role.DEPUTY)]

    def unit_and_head(self, unit: Unit) -> list[Recipient]:
        """Those who answer for a unit, and the unit's own addresses."""
        return [*self._posted(unit, Role.COMMANDER), *self._addresses.get((unit.pk, DeskLevel.DESK), [])]

    def doers(self, unit: Unit) -> list[Recipient]:
        """Those who carry things out for a unit: its reporting officers, its head, its officers, its own addresses."""
        roles = (Role.FILER, Role.PROVINCE_OFFICER, Role.COMMANDER)
        people = [one for role in roles for one in self._posted(unit, role)]
        return [*people, *self._addresses.get((unit.pk, DeskLevel.DESK), [])]

    def province_desk(self, unit: Unit | None) -> list[Recipient]:
        """The officers of a provincial administration who decide on its incidents, and its addresses."""
        if unit is None:
            return []
        return [
            *self._posted(unit, Role.PROVINCE_OFFICER),
            *self._addresses.get((unit.pk, DeskLevel.DESK), []),
        ]

    def _posted(self, unit: Unit, role: str) -> list[Recipient]:
        return self._people.get((unit.pk, role), [])


def address(endpoint: Endpoint) -> Recipient:
    """An address of a unit, told under the unit's name."""
    unit = endpoint.unit
    return Recipient(
        key=f"endpoint:{endpoint.pk}",
        name=f"{unit.name_km} · {unit.name_en}" if unit.name_km else unit.name_en,
        channel=endpoint.channel,
        endpoint_id=endpoint.pk,
        language=endpoint.language,
    )


NowTold: TypeAlias = Callable[[Sequence[Delivery]], dict[str, list[Recipient]]]


def serving(find: Callable[[Mapping[str, Any]], tuple[str, str]]) -> NowTold:
    """For a topic's `now_told`: who serves today at the desk the frozen facts name, by event; four queries in all.

    `find` gives the unit's code and the desk level of a notice's facts. With nobody at that level the event is left
    out, so that those it was planned for are told.
    """

    def now_told(rows: Sequence[Delivery]) -> dict[str, list[Recipient]]:
        desks = {row.event: find(topics.facts(row)) for row in rows}
        units = {unit.code: unit for unit in Unit.objects.filter(code__in={code for code, _level in desks.values()})}
        book = Book(units.values())
        return {event: book.desk(units[code], level) for event, (code, level) in desks.items() if code in units}

    return now_told
