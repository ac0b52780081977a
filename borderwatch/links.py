"""Links in a mail or message by which its receiver acts without signing in, once.

The address ends in `<id>-<secret>`. The secret is an HMAC of the link's id under a key derived from SECRET_KEY: every
retry of a mail renders the same address, and the database alone opens nothing. The keys in SECRET_KEY_FALLBACKS open
links too, so that changing the key breaks no mail that is under way.

Nothing here knows what a link is for; the app that planned the notice says it (`topics.Asked`).
"""

import base64
import binascii
import ipaddress
import re
import secrets
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from borderwatch import clock, topics
from borderwatch.models import ActionLink, Delivery, LinkVisit

SALT = "borderwatch.links"
# 96 bits: beyond guessing, and the whole address stays within a mail's line.
SECRET_BYTES = 12
_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})-([A-Za-z0-9_-]{16})")
# Channels read by a person outside the site; a machine has its token, and in the application one is signed in.
CHANNELS = (Delivery.Channel.EMAIL, Delivery.Channel.MESSAGE)
READING = ("GET", "HEAD")
# A receipt is read out on the telephone: no letter or figure that looks like another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class State(StrEnum):
    """What a link is good for now."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Closed(Exception):
    """The link opens nothing any more; `state` says why."""

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


# --- making ---------------------------------------------------------------------------------------------------


def make(rows: Iterable[Delivery]) -> list[ActionLink]:
    """Write a link for each of these notices whose topic asks for an act and whose channel is read outside the site.

    Belongs into the transaction that wrote the notices. One that was not written because it was there already, or
    that has its link, gets none.
    """
    read_outside = [row for row in rows if row.channel in CHANNELS and row.state == Delivery.State.PENDING]
    asked = [(row, what) for row in read_outside if (what := topics.asked(row)) and _may_have_one(row, what)]
    if not asked:
        return []
    there = set(Delivery.objects.filter(pk__in=[row.pk for row, _what in asked]).values_list("pk", flat=True))
    now = clock.now()
    made = [_link(row, what, now) for row, what in asked if row.pk in there]
    return ActionLink.objects.bulk_create(made, ignore_conflicts=True)


def postpone(ids: Sequence[uuid.UUID], *, until: datetime) -> None:
    """Let the links of notices that were put off live as long as if they had been planned for then."""
    end = until + timedelta(hours=settings.ACTION_LINK_HOURS)
    moved = Delivery.objects.filter(pk__in=ids, planned_at=until).values("pk")
    ActionLink.objects.filter(delivery__in=moved, used_at=None, expires_at__lt=end).update(expires_at=end)


def _may_have_one(row: Delivery, what: topics.Asked) -> bool:
    return row.user_id is not None or not what.person_only


def _link(row: Delivery, what: topics.Asked, now: datetime) -> ActionLink:
    end = row.planned_at + timedelta(hours=settings.ACTION_LINK_HOURS)
    return ActionLink(
        delivery=row,
        purpose=what.purpose,
        kind=what.kind,
        key=what.key,
        created_at=now,
        expires_at=min(end, what.until) if what.until else end,
    )


# --- the address ----------------------------------------------------------------------------------------------


def token(link: ActionLink) -> str:
    """The last part of the link's address; whoever has it acts as the receiver. Never kept, never logged."""
    return f"{_text(link.pk.bytes)}-{_secret(link.pk, settings.SECRET_KEY)}"


def url(link: ActionLink) -> str:
    """The whole address, as it stands in the mail."""
    return f"{settings.SITE_URL}{reverse('answering:page', args=[token(link)])}"


def of_delivery(delivery: Delivery) -> ActionLink | None:
    """The link of a notice while it works; None for a channel without links, and for one used, ended or revoked."""
    if delivery.channel not in CHANNELS:
        return None
    link = ActionLink.objects.filter(delivery_id=delivery.pk).select_related("delivery__endpoint").first()
    return link if link is not None and state(link, clock.now()) is State.OPEN else None


def find(text: str) -> ActionLink | None:
    """The link of the last part of an address; None for a wrong one.

    A wrong secret is found out before the database is asked, so that it differs in nothing from an unknown id.
    """
    parts = _TOKEN.fullmatch(text)
    if parts is None:
        return None
    try:
        pk = uuid.UUID(bytes=base64.urlsafe_b64decode(parts[1] + "=="))
    except (binascii.Error, ValueError):
        return None
    # A list, so that every key is tried: how long it takes tells nothing.
    fits = [constant_time_compare(parts[2], _secret(pk, key)) for key in _keys()]
    if not any(fits):
        return None
    found = ActionLink.objects.select_related("delivery__user", "delivery__endpoint__unit")
    return found.filter(pk=pk).first()


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _secret(pk: uuid.UUID, key: str) -> str:
    return _text(salted_hmac(SALT, pk.bytes, secret=key, algorithm="sha256").digest()[:SECRET_BYTES])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


# --- checking and using ---------------------------------------------------------------------------------------


def state(link: ActionLink, now: datetime) -> State:
    """What the link is good for; its delivery's endpoint is looked at, so select it along."""
    if link.used_at is not None:
        return State.USED
    row = link.delivery
    cancelled = row.state == Delivery.State.CANCELLED
    retired = row.endpoint is not None and not row.endpoint.active
    if link.revoked_at is not None or cancelled or retired:
        return State.REVOKED
    return State.EXPIRED if link.expires_at <= now else State.OPEN


def lock(link: ActionLink) -> ActionLink:
    """The link as it stands, held until the transaction ends: of two presses at once the second waits."""
    rows = ActionLink.objects.select_for_update(of=("self",))
    found: ActionLink = rows.select_related("delivery__user", "delivery__endpoint__unit").get(pk=link.pk)
    return found


def demand_open(link: ActionLink, now: datetime) -> None:
    """Raise Closed unless the link can still be used."""
    found = state(link, now)
    if found is not State.OPEN:
        raise Closed(found)


def spend(link: ActionLink, confirmed: Mapping[str, Any], now: datetime) -> ActionLink:
    """Write down that the locked link was used, with what was confirmed; its notice counts as opened and acknowledged.

    `confirmed` is shown to whoever opens the address again: nothing that belongs behind the sign-in.
    """
    link.used_at, link.receipt, link.confirmed = now, _receipt(), dict(confirmed)
    link.save(update_fields=["used_at", "receipt", "confirmed"])
    Delivery.objects.filter(pk=link.delivery_id, opened_at=None).update(opened_at=now)
    Delivery.objects.filter(pk=link.delivery_id, acknowledged_at=None).update(acknowledged_at=now)
    return link


def _receipt() -> str:
    """A short number nobody else has, e.g. "R-7K3M-92"."""
    while True:
        letters = "".join(secrets.choice(ALPHABET) for _ in range(6))
        number = f"R-{letters[:4]}-{letters[4:]}"
        if not ActionLink.objects.filter(receipt=number).exists():
            return number


def revoke(link: ActionLink, *, reason: str, now: datetime) -> bool:
    """Close a locked link that was not used yet; False when there is nothing left to close."""
    if link.used_at is not None or link.revoked_at is not None:
        return False
    link.revoked_at, link.revoked_reason = now, reason[:300]
    link.save(update_fields=["revoked_at", "revoked_reason"])
    return True


# --- who came -------------------------------------------------------------------------------------------------


def note(link: ActionLink, request: HttpRequest, outcome: str) -> None:
    """Write down a visit. Only the first ones are kept, so that a scanner cannot fill the table."""
    reading = request.method in READING
    kept = link.visits.filter(method__in=READING) if reading else link.visits.exclude(method__in=READING)
    if kept.count() >= settings.LINK_VISITS_KEPT:
        return
    LinkVisit.objects.create(
        link=link,
        at=clock.now(),
        method=(request.method or "")[:8],
        outcome=outcome[:40],
        address=_address(request),
        agent=request.headers.get("User-Agent", "").replace("\x00", "")[:200],
    )


def _address(request: HttpRequest) -> str | None:
    try:
        return str(ipaddress.ip_address(get_adapter().get_client_ip(request)))
    except (PermissionDenied, ValueError):
        return None


def too_often(link: ActionLink, *, acting: bool) -> bool:
    """Whether this link has been read or pressed more often in this minute than a person would; counts this time too.

    Reading and pressing are counted apart, so that a scanner cannot keep the receiver from answering.
    """
    limit: int = settings.LINK_ACTS_PER_MINUTE if acting else settings.LINK_READS_PER_MINUTE
    key = f"link:{link.pk}:{'act' if acting else 'read'}:{int(time.time() // 60)}"
    # Two at the very same moment may count as one; a limit of this kind bears that.
    times = int(cache.get(key, 0)) + 1
    cache.set(key, times, 120)
    return times > limit
