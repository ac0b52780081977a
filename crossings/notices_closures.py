"""What people are told about closure orders: the topics, their facts as frozen, and the words made from them.

The facts are thin: reasons, photos and the cause of a sign stay behind the sign-in.
"""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from crossings import deciders
from crossings.choices import ClosureState, GateStatus
from crossings.models import ClosureOrder, ClosureVisit, ReopeningSign
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit, User
from units.notices import unit_facts
from units.recipients import Book


def order_facts(order: ClosureOrder) -> dict[str, Any]:
    """The thin, frozen facts of an order."""
    crossing = order.crossing
    return {
        "number": order.number,
        "url": f"{settings.SITE_URL}{order.get_absolute_url()}",
        "crossing": {"code": crossing.slug, "name_km": crossing.name_km, "name_en": crossing.name_en},
        "unit": unit_facts(order.responsible_unit),
        "issuer": unit_facts(order.issuer),
        "state": order.state,
        "due_on": order.due_on.isoformat(),
        "times_reopened": order.times_reopened,
    }


# --- whom to tell ---------------------------------------------------------------------------------------------


class Around:
    """Those around an order: its unit with all above it, the crossing's province, and the ministry above that."""

    def __init__(self, order: ClosureOrder) -> None:
        """Read the tree above the unit and the people of all of them; a handful of queries."""
        tree: Any = Unit.objects.with_tree_fields().get(pk=order.responsible_unit_id)  # type: ignore[attr-defined]
        self.own = order.responsible_unit
        self.office = deciders.administration(order.crossing)
        by_key = {unit.pk: unit for unit in Unit.objects.filter(pk__in=tree.tree_path)}
        above = [by_key[pk] for pk in reversed(tree.tree_path) if pk != self.own.pk]
        self._above = [unit for unit in above if unit.kind not in INSTITUTIONS]
        self._ministry = next((unit for unit in above if unit.kind in INSTITUTIONS), None)
        self._book = Book([self.own, *self._above, self.office, self._ministry])

    def unit(self) -> list[Recipient]:
        """The head of the responsible unit and the unit's own addresses."""
        return self._at(self.own)

    def chain(self) -> list[Recipient]:
        """The unit and every body above it up to the province."""
        return [*self.unit(), *(one for unit in self._above for one in self._at(unit))]

    def province(self) -> list[Recipient]:
        """Those who decide in the crossing's province."""
        return self._book.province_desk(self.office)

    def ministry(self) -> list[Recipient]:
        """The desk of the ministry above the province."""
        return self._book.desk(self._ministry) if self._ministry else []

    def _at(self, unit: Unit) -> list[Recipient]:
        return self._book.province_desk(unit) if unit.kind == UnitKind.PROVINCE else self._book.unit_and_head(unit)


def _without(people: list[Recipient], actor: User | None) -> list[Recipient]:
    """Everybody once, but not the person who did it himself."""
    return [one for one in dict.fromkeys(people) if actor is None or one.user_id != actor.pk]


def _notice(topic: str, order: ClosureOrder, event: str, to: list[Recipient], **more: Any) -> Notice:
    planned = {name: more.pop(name) for name in ("at", "bundle") if name in more}
    return Notice(
        topic=topic,
        event=f"closure:{order.pk}:{event}",
        kind="closureorder",
        key=str(order.pk),
        recipients=to,
        data={**order_facts(order), **more},
        **planned,
    )


# --- the notices ----------------------------------------------------------------------------------------------


def issued(order: ClosureOrder, actor: User) -> Notice:
    """The order went out: the unit and all above it are told at once."""
    return _notice("closure_issued", order, "issued", _without(Around(order).chain(), actor))


def reminder(order: ClosureOrder, *, at: datetime, planned: datetime) -> Notice:
    """Planned for the unit some days before the due day; falls with the order's bundle."""
    event = f"reminder:{planned.isoformat()}"
    return _notice("closure_reminder", order, event, Around(order).unit(), at=at, bundle=order.bundle)


def carried_out(order: ClosureOrder, visit: ClosureVisit, actor: User) -> Notice:
    """The unit reported: the province is to send somebody else to look."""
    to = _without(Around(order).province(), actor)
    return _notice("closure_carried_out", order, f"carried_out:{visit.pk}", to, visited_at=visit.at.isoformat())


def verified(order: ClosureOrder, visit: ClosureVisit, actor: User) -> Notice:
    """A second person found it closed: the unit and the province may know it."""
    around = Around(order)
    to = _without([*around.unit(), *around.province()], actor)
    return _notice("closure_verified", order, f"verified:{visit.pk}", to, visited_at=visit.at.isoformat())


def sent_back(order: ClosureOrder, visit: ClosureVisit, actor: User) -> Notice:
    """One could still pass: the unit has to do it again, by a new day."""
    to = _without(Around(order).unit(), actor)
    return _notice("closure_sent_back", order, f"sent_back:{visit.pk}", to, visited_at=visit.at.isoformat())


def sign_found(order: ClosureOrder, sign: ReopeningSign) -> Notice:
    """Something speaks for its being used again; what it is stands behind the sign-in."""
    around = Around(order)
    to = _without([*around.province(), *around.unit()], None)
    return _notice("closure_sign", order, f"sign:{sign.pk}", to)


def sign_dismissed(order: ClosureOrder, sign: ReopeningSign, actor: User) -> Notice:
    """The province holds that it was not opened again; the unit, told of the sign, is told this too."""
    to = _without(Around(order).unit(), actor)
    return _notice("closure_sign_dismissed", order, f"sign:{sign.pk}:dismissed", to)


def reopened(order: ClosureOrder, actor: User) -> Notice:
    """It was opened again and is ordered closed anew: unit, province and ministry."""
    around = Around(order)
    to = _without([*around.unit(), *around.province(), *around.ministry()], actor)
    return _notice("closure_reopened", order, f"reopened:{order.times_reopened}", to)


def lifted(order: ClosureOrder, actor: User, status: str) -> Notice:
    """The order holds no longer: the unit and the province."""
    around = Around(order)
    to = _without([*around.unit(), *around.province()], actor)
    return _notice("closure_lifted", order, "lifted", to, status=status)


def overdue(order: ClosureOrder) -> Notice:
    """The due day is over and nobody reported: unit, province and ministry, once per due day."""
    return _notice("closure_overdue", order, f"overdue:{order.due_on.isoformat()}", _all_three(order))


def unverified(order: ClosureOrder, reported_at: datetime) -> Notice:
    """Reported long ago and verified by nobody: unit, province and ministry, once per report."""
    event = f"unverified:{reported_at.isoformat()}"
    return _notice("closure_unverified", order, event, _all_three(order), reported_at=reported_at.isoformat())


def _all_three(order: ClosureOrder) -> list[Recipient]:
    around = Around(order)
    return _without([*around.unit(), *around.province(), *around.ministry()], None)


# --- the words ------------------------------------------------------------------------------------------------


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language, for mails and the list of notices."""
    text = dict(data)
    text["crossing_name"] = _name(data.get("crossing"))
    text["unit_name"] = _name(data.get("unit"))
    text["issuer_name"] = _name(data.get("issuer"))
    text["due_on"] = date_format(date.fromisoformat(data["due_on"]), "DATE_FORMAT")
    for name in ("visited_at", "reported_at"):
        text[name] = _moment(data.get(name))
    status = data.get("status")
    text["status_label"] = GateStatus(status).label if status in GateStatus.values else ""
    return text


def _name(names: dict[str, str] | None) -> str:
    if not names:
        return ""
    return names["name_km"] if names["name_km"] and get_language() == "km" else names["name_en"]


def _moment(value: str | None) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT") if value else ""


def cannot_see(delivery: Delivery) -> str:
    """Permission is asked again at the moment of sending."""
    if delivery.user is None:
        return ""
    rows: Any = ClosureOrder.objects
    if delivery.key.isdigit() and rows.visible_to(delivery.user).filter(pk=delivery.key).exists():
        return ""
    return "the person may no longer see the closure order"


def need_not_remind(delivery: Delivery) -> str:
    """A reminder is pointless once the order waits for nothing of the unit any more."""
    order = ClosureOrder.objects.filter(pk=delivery.key).first() if delivery.key.isdigit() else None
    if order is None or order.state != ClosureState.ISSUED:
        return "the order is no longer to be carried out"
    return cannot_see(delivery)


register(
    Topic(
        "closure_reminder", _("A closure order is due"), "notices/closure_reminder.txt",
        urgent=True, obsolete=need_not_remind, words=words,
    ),
    *(
        Topic(slug, label, f"notices/{slug}.txt", urgent=urgent, obsolete=cannot_see, words=words)
        for slug, label, urgent in (
            ("closure_issued", _("A crossing is to be closed"), True),
            ("closure_carried_out", _("A closing waits to be verified"), False),
            ("closure_verified", _("A closing is verified"), False),
            ("closure_sent_back", _("A closing is sent back"), True),
            ("closure_sign", _("A closed crossing may be in use again"), True),
            ("closure_sign_dismissed", _("A sign of reopening was dismissed"), False),
            ("closure_reopened", _("A closed crossing was reopened"), True),
            ("closure_lifted", _("A closure order is lifted"), False),
            ("closure_overdue", _("A closure order is overdue"), True),
            ("closure_unverified", _("A closing is not verified"), True),
        )
    ),
)  # fmt: skip
