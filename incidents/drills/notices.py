"""What people are told about drills. Each such notice is itself marked as one of an exercise."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from borderwatch import clock, outbox
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from incidents.models import Drill, PolicyDuty
from incidents.notices import moment, name, unit_facts
from units.choices import INSTITUTIONS
from units.models import Posting, Unit
from units.recipients import Book, person


def drill_facts(drill: Drill) -> dict[str, Any]:
    """The frozen facts of a drill."""
    return {
        "exercise": True,
        "url": f"{settings.SITE_URL}{drill.get_absolute_url()}",
        "drill": {
            "id": drill.pk,
            "name_km": drill.name_km,
            "name_en": drill.name_en,
            "state": drill.state,
            "starts_at": drill.starts_at.isoformat(),
            "ends_at": drill.ends_at.isoformat(),
            "led_by": unit_facts(drill.led_by),
            "reason": drill.end_reason,
        },
    }


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    drill = data["drill"]
    return {
        **data,
        "drill_name": name(drill),
        "leader_name": name(drill["led_by"]),
        "starts_at": moment(drill["starts_at"]),
        "ends_at": moment(drill["ends_at"]),
        "reason": drill["reason"],
    }


def tell(drill: Drill, what: str) -> None:
    """Tell everybody whom the drill may reach: "announced", "begun", "ended" or "called_off"."""
    outbox.publish(
        Notice(
            topic=f"drill_{what}",
            event=f"drill:{drill.pk}:{what}",
            kind="drill",
            key=str(drill.pk),
            recipients=told(drill),
            data=drill_facts(drill),
        )
    )


def told(drill: Drill) -> list[Recipient]:
    """Those posted today at the units that take part or below, at the leader, and at the institutions that policies
    ask; the addresses of all but what lies below.
    """
    taking_part = list(drill.units.all())
    below = {pk for unit in taking_part if unit.kind not in INSTITUTIONS for pk in _with_those_below(unit)}
    asked = Unit.objects.filter(pk__in=PolicyDuty.objects.filter(policy__active=True).order_by().values("unit"))
    named = list({unit.pk: unit for unit in [drill.led_by, *taking_part, *asked.order_by("code")]}.values())
    postings = Posting.objects.filter(
        unit_role__unit_id__in={*below, *(unit.pk for unit in named)},
        user__is_active=True,
        period__contains=clock.sql_now(),
    ).select_related("user")
    book = Book(named)
    people = [person(posting.user) for posting in postings.order_by("pk")]
    return [*people, *(address for unit in named for address in book.desk(unit))]


def _with_those_below(unit: Unit) -> list[int]:
    return list(unit.descendants(include_self=True).values_list("pk", flat=True))


register(
    Topic("drill_announced", _("Drill announced"), "notices/drill_announced.txt", words=words),
    Topic("drill_begun", _("A drill has begun"), "notices/drill_begun.txt", urgent=True, words=words),
    Topic("drill_ended", _("A drill has ended"), "notices/drill_ended.txt", urgent=True, words=words),
    Topic("drill_called_off", _("A drill is called off"), "notices/drill_called_off.txt", urgent=True, words=words),
)
