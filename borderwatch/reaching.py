"""Who is told at the moment a notice leaves, and on which further channels: away and stood in for, mail beside.

The kernel knows persons by number only. Who is away and how somebody wishes to be told says a directory that an app
puts in with `use`; without one, people are told as they were named.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from borderwatch.models import Delivery

if TYPE_CHECKING:
    from borderwatch.outbox import Notice, Recipient
    from borderwatch.topics import Topic

Channel = Delivery.Channel
# A stand-in may be away himself; no chain of them is longer.
LONGEST_CHAIN = 5


@dataclass(frozen=True)
class Stead:
    """Who is told in a person's place: `via` is the body it holds for, `words` say until when."""

    stand_in: "Recipient"
    via: int
    words: str


class Wish(Protocol):
    """How a person wishes to be told beside the application."""

    @property
    def channels(self) -> Collection[str]:
        """Further channels for what is urgent."""

    def not_before(self, moment: datetime) -> datetime:
        """When something that is not urgent may leave, at the earliest: the end of his quiet hours."""


class Directory(Protocol):
    """What the kernel asks an app about persons, by number."""

    def away(self, people: Collection[int]) -> Mapping[int, Sequence[Stead]]:
        """Who stands in for them now; those who are there are not named. One query."""

    def wishes(self, people: Collection[int]) -> Mapping[int, Wish]:
        """What they wish; those who never said are not named. One query."""


_directory: Directory | None = None


def use(directory: Directory) -> None:
    """Put the directory in; apps do it in `AppConfig.ready`."""
    global _directory
    _directory = directory


@dataclass(frozen=True)
class Told:
    """A recipient of a notice, as he is written down.

    `note` says why he is told, or why not; `instead` that he stands in for another, `away` that another stands in for
    him; `held` keeps the notice from leaving; `at` puts it off.
    """

    recipient: "Recipient"
    note: str = ""
    instead: bool = False
    away: bool = False
    held: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class Leaving:
    """A notice about to be written or to leave: whom it names, when, and whether its time has come."""

    topic: "Topic"
    recipients: Sequence["Recipient"]
    at: datetime
    now: bool


def leaving(notice: "Notice", topic: "Topic", moment: datetime) -> Leaving:
    """A notice as its verb wrote it."""
    due = notice.at or moment
    return Leaving(topic, list(dict.fromkeys(notice.recipients)), due, due <= moment)


def told(notices: Sequence[Leaving]) -> list[list[Told]]:
    """Everybody who is told of each notice, on every channel.

    Costs a query for what is due now, another for what is urgent, and one more for each stand-in's stand-in.
    """
    found: list[dict[tuple[str, str], Told]] = [{} for _notice in notices]
    wave = [(n, Told(one)) for n, notice in enumerate(notices) for one in notice.recipients]
    for _step in range(LONGEST_CHAIN):
        away = _away(one.recipient for n, one in wave if notices[n].now)
        following: list[tuple[int, Told]] = []
        for n, one in wave:
            spot = (one.recipient.key, one.recipient.channel)
            if known := found[n].get(spot):
                # Named already, for instance because he was posted for the time: the record says why.
                found[n][spot] = replace(known, note=known.note or one.note)
                continue
            steads = _steads(one.recipient, away) if notices[n].now else []
            words = "; ".join(stead.words for stead in steads)
            found[n][spot] = replace(one, note=words, away=True) if steads else one
            following += [(n, _standing_in(stead, one.recipient)) for stead in steads]
        wave = following
    people = [list(one.values()) for one in found]
    _go_outside(notices, people)
    return people


def _away(recipients: Iterable["Recipient"]) -> Mapping[int, Sequence[Stead]]:
    people = {one.user_id for one in recipients if one.user_id is not None and one.channel == Channel.INAPP}
    return _directory.away(people) if _directory and people else {}


def _steads(recipient: "Recipient", away: Mapping[int, Sequence[Stead]]) -> list[Stead]:
    """Who stands in for him where he is told; anywhere when that is not known."""
    if recipient.user_id is None or recipient.channel != Channel.INAPP:
        return []
    steads = away.get(recipient.user_id, ())
    return [stead for stead in steads if recipient.via is None or stead.via == recipient.via]


def _standing_in(stead: Stead, away: "Recipient") -> Told:
    return Told(stead.stand_in, note=f"stands in for {away.name}", instead=True)


def _go_outside(notices: Sequence[Leaving], people: list[list[Told]]) -> None:
    """Mail and messages beside the application for what is urgent; what is not waits for the end of quiet hours."""
    persons = {
        one.recipient.user_id
        for notice, of_notice in zip(notices, people, strict=True)
        for one in of_notice
        if one.recipient.user_id is not None and _wish_matters(notice.topic, one.recipient)
    }
    wishes = _directory.wishes(persons) if _directory and persons else {}
    for notice, of_notice in zip(notices, people, strict=True):
        # With everybody away nobody's mail is held.
        somebody = any(one.recipient.user_id is not None and not one.away for one in of_notice)
        for n, one in enumerate(list(of_notice)):
            wish = wishes.get(one.recipient.user_id or 0)
            if wish is None or not _wish_matters(notice.topic, one.recipient):
                continue
            if one.recipient.channel != Channel.INAPP:
                of_notice[n] = replace(one, at=wish.not_before(notice.at))
            for channel in wish.channels if one.recipient.channel == Channel.INAPP else ():
                outside = replace(one.recipient, channel=channel)
                of_notice.append(replace(one, recipient=outside, held=one.away and somebody))


def _wish_matters(topic: "Topic", recipient: "Recipient") -> bool:
    """For an urgent notice in the application, which may go outside too; and for one outside that can wait."""
    if topic.signed_in_only:
        return False
    return topic.urgent == (recipient.channel == Channel.INAPP)
