"""Answer by a link: the receiver of a notice does what it asks, without signing in, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from borderwatch import audit, clock, links
from borderwatch.models import ActionLink, Delivery
from incidents.answering import purposes
from units import policy
from units.models import User


@dataclass(frozen=True)
class ByLink:
    """The link after it was pressed. `first` is False when it had been used before, then `link` holds that receipt;
    `before` is set when somebody else had answered, then the link is as good as it was.
    """

    link: ActionLink
    first: bool
    before: purposes.Settled | None = None


@transaction.atomic
def answer_by_link(*, link: ActionLink, given: Mapping[str, Any], name: str = "", office: str = "") -> ByLink:
    """Do what the link is for, in its receiver's name, and give the receipt; pressing again gives the same receipt.

    A link sent to a person acts as that person, who must still be in service there; one sent to an address of the
    office needs the name and office of who answers. Raises links.Closed for a link that has ended, PermissionDenied,
    and what the verb behind raises. Duties D9, D10.
    """
    link, now = links.lock(link), clock.now()
    what, found = standing(link, now)
    if what == "used":
        return ByLink(link, first=False)
    if what == "not_receiver":
        raise PermissionDenied(policy.nothing_here())
    if found is None or what in (links.State.EXPIRED, links.State.REVOKED):
        raise links.Closed(links.State(what))
    purpose, target = found
    if what == "settled":
        return ByLink(link, first=False, before=purpose.settled(target))
    actor = _person(link)
    by_name = actor.record_name if actor else signature(link, name, office)
    done = purpose.act(actor, by_name, link, target, given)
    if done.before is not None:
        return ByLink(link, first=False, before=done.before)
    links.spend(link, done.confirmed, now)
    audit.record(
        actor=actor,
        verb="answer_by_link",
        target=link,
        after={"purpose": link.purpose, link.kind: link.key, "receipt": link.receipt, "by": by_name},
        at=now,
    )
    return ByLink(link, first=True)


def standing(link: ActionLink, now: datetime) -> tuple[str, tuple[purposes.Purpose, Any] | None]:
    """What the link is good for, and with which purpose and object.

    "used", "expired", "revoked", "not_receiver" (it was sent to somebody who does not serve there), "settled" (the
    matter is closed for it) or "open".
    """
    state, found = links.state(link, now), purposes.of(link)
    if state is links.State.USED:
        return "used", found
    if found is None:
        return "revoked", None
    if state is links.State.EXPIRED or link.revoked_at is not None:
        return state.value, found
    purpose, target = found
    if not _is_receiver(link, purpose, target):
        return "not_receiver", found
    return ("settled" if purpose.settled(target) is not None else state.value), found


def _is_receiver(link: ActionLink, purpose: purposes.Purpose, target: Any) -> bool:
    """Whether he answers for the office still: a person by his posting of today, an address by being one in use of
    that very office.
    """
    unit, row = purpose.unit(target), link.delivery
    if row.user is not None:
        return policy.may(row.user, purpose.verb, [unit.pk])
    return row.endpoint is not None and row.endpoint.active and row.endpoint.unit_id == unit.pk


def _person(link: ActionLink) -> User | None:
    person: User | None = link.delivery.user
    return person


def signature(link: ActionLink, name: str, office: str) -> str:
    """Who answered by a link that was sent to an address, as the record keeps it: at most 200 letters.

    Raises ValidationError by field when name or office is missing.
    """
    errors = {
        field: _("Write your name; it stays on record.") if field == "name" else _("Write your office.")
        for field, text in (("name", name), ("office", office))
        if not text.strip()
    }
    if errors:
        raise ValidationError(errors)
    with translation.override(link.delivery.language):
        way = _("by the link sent to %(address)s") % {"address": sent_to(link)}
    return f"{name.strip()[:70]}, {office.strip()[:70]}, {way}"[:200]


def sent_to(link: ActionLink) -> str:
    """Where the link went, in words: the mail address, else the office's name (a messenger's address is a secret)."""
    row = link.delivery
    if row.channel == Delivery.Channel.EMAIL and row.endpoint is not None:
        return str(row.endpoint.address)
    return row.recipient_name
