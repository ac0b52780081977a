"""Who is told of letters: the clerks and heads of the addressees, in the application.

The notice is thin: office, number and address of the letter. What it says stays behind the sign-in.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from borderwatch import clock
from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from incidents import notices
from incidents.choices_answers import LetterKind
from incidents.models import Letter
from units.choices import INSTITUTIONS, Role, UnitKind
from units.models import Posting, Unit
from units.recipients import person

# Who opens the post of an office, by what kind of office it is.
_OPENERS: dict[str, tuple[str, ...]] = {
    UnitKind.PROVINCE: (Role.PROVINCE_OFFICER,),
    **dict.fromkeys(INSTITUTIONS, (Role.OFFICIAL, Role.DEPUTY)),
}
_OTHERS = (Role.COMMANDER, Role.FILER)


def openers(units: list[Unit]) -> list[Recipient]:
    """Those who open the post of these offices today; one query."""
    by_unit = {unit.pk: unit for unit in units}
    postings = Posting.objects.filter(
        unit_role__unit_id__in=by_unit, user__is_active=True, period__contains=clock.sql_now()
    ).select_related("user", "unit_role")
    found = [
        person(posting.user)
        for posting in postings.order_by("pk")
        if posting.unit_role.role in _OPENERS.get(by_unit[posting.unit_role.unit_id].kind, _OTHERS)
    ]
    return list(dict.fromkeys(found))


def sent(letter: Letter) -> Notice:
    """A letter has been sent to offices of this system."""
    return Notice(
        topic="letter_sent",
        event=f"letter:{letter.pk}:sent",
        kind="letter",
        key=str(letter.pk),
        recipients=openers(list(letter.to_units.all())),
        data={
            "office": notices.unit_facts(letter.office),
            "number": letter.number_text,
            "letter_kind": letter.kind,
            "dated_on": letter.dated_on.isoformat() if letter.dated_on else None,
            "url": f"{settings.SITE_URL}{letter.get_absolute_url()}",
            "exercise": letter.incident is not None and letter.incident.drill_id is not None,
        },
    )


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    return {
        **data,
        "office_name": notices.name(data.get("office")),
        "kind_label": LetterKind(data["letter_kind"]).label,
    }


def cannot_see(delivery: Delivery) -> str:
    """Permission is asked again at the moment of sending."""
    if delivery.user is None or Letter.objects.visible_to(delivery.user).filter(pk=delivery.key).exists():
        return ""
    return "the person may no longer see the letter"


register(
    Topic("letter_sent", _("A letter to your office"), "notices/letter_sent.txt", obsolete=cannot_see, words=words)
)
