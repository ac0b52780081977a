"""Reports about the reporter's own chain of command: they go to the level above, and the chain never sees them.

Who reports his own superiors must fear nothing. The incident's audience is the unit above the one the report is about,
and the filer himself; attribution is found as always, but the unit found is neither told nor shown the report.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from borderwatch.models import Delivery
from borderwatch.outbox import Recipient
from incidents.models import Incident
from units.choices import DeskLevel
from units.models import Unit, User
from units.recipients import Book


def person_key(user: User) -> int:
    """How one person stands in an audience among the units' keys."""
    return -user.pk


def may_be_about(unit: Unit) -> list[Unit]:
    """The units a person who files for `unit` may report on in confidence: his own and those above it, the lowest
    first, as far as there is somebody above them.
    """
    chain = unit.ancestors(include_self=True).select_related("parent")
    return [one for one in reversed(list(chain)) if one.parent_id is not None]


def check(unit: Unit, about: Unit) -> None:
    """Raise ValidationError when a report filed for `unit` cannot be kept from `about`."""
    if about.pk not in {one.pk for one in may_be_about(unit)}:
        raise ValidationError(
            {"about": _("In confidence you report on your own unit or one above it that has a level above it.")}
        )


def audience(about: Unit, filer: User) -> list[int]:
    """Who sees the report: whoever serves at the unit above or higher, and the filer."""
    return sorted({about.parent_id or 0, person_key(filer)})


def told(about: Unit) -> list[Recipient]:
    """Persons of the level above, up to and including the first unit at which somebody can decide.

    In the application alone: a unit's mailbox or machine may be read by many.
    """
    chain = list(reversed(list(about.ancestors().select_related("province"))))
    book = Book(chain)
    found: list[Recipient] = []
    for unit in chain:
        deciding = [*book.province_desk(unit), *book.desk(unit, DeskLevel.DESK)]
        found += [*book.unit_and_head(unit), *deciding]
        if any(one.channel == Delivery.Channel.INAPP for one in deciding):
            break
    return [one for one in dict.fromkeys(found) if one.channel == Delivery.Channel.INAPP]


def readers(incident: Incident, recipients: Iterable[Recipient]) -> list[Recipient]:
    """Those who may be told of the incident: all of them, unless it is exceptional; then those who may see it."""
    if not incident.exceptional:
        return list(recipients)
    kept = []
    for one in recipients:
        user = User.objects.filter(pk=one.user_id).first() if one.user_id else None
        if user is not None and Incident.objects.visible_to(user).filter(pk=incident.pk).exists():
            kept.append(one)
    return kept


def widened(incident: Incident, units: Iterable[Unit]) -> list[int]:
    """The audience after units have come to have to do with the incident; an exceptional one stays as it is."""
    if incident.exceptional:
        return list(incident.audience)
    return sorted({*incident.audience, *(unit.pk for unit in units)})
