"""What proves that a person was told: four stages of every notice, each with its time and evidence.

Handed over, delivered, opened, acknowledged. A missing receipt is "unknown", never "delivered": a mail server that
took a mail proves no arrival, and a fetched link may have been fetched by a scanner.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from borderwatch import topics
from borderwatch.links import CHANNELS
from borderwatch.models import Delivery

Channel, State = Delivery.Channel, Delivery.State


class Stage(models.TextChoices):
    """The four stages, in order."""

    HANDED_OVER = "handed_over", _("Handed over")
    DELIVERED = "delivered", _("Delivered")
    OPENED = "opened", _("Opened")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")


class Known(models.TextChoices):
    """What is known of a stage."""

    PROVED = "proved", _("proved")
    UNKNOWN = "unknown", _("unknown")
    NOT_YET = "not_yet", _("not yet")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    NOT_ASKED = "not_asked", _("not asked for")


class Evidence(models.TextChoices):
    """What the knowledge rests on."""

    IN_LIST = "in_list", _("stands in the person's list")
    MAIL_SERVER = "mail_server", _("the mail server took it")
    MACHINE = "machine", _("the machine confirmed it")
    SERVICE = "service", _("the message service took it")
    NO_RECEIPT = "no_receipt", _("no receipt exists for this channel")
    OPENED_SO_ARRIVED = "opened_so_arrived", _("it was opened, so it had arrived")
    OPENED_SIGNED_IN = "opened_signed_in", _("opened by the person, signed in")
    LINK_USED = "link_used", _("its link was used to answer")
    LINK_FETCHED = "link_fetched", _("link fetched, perhaps by a scanner")
    ANSWERED_SIGNED_IN = "answered_signed_in", _("answered by the person, signed in")
    PLANNED = "planned", _("planned")
    TRYING = "trying", _("being tried again")
    GIVEN_UP = "given_up", _("no attempt succeeded")
    NO_LONGER_NEEDED = "no_longer_needed", _("no longer needed")
    NONE = "", _("nothing on record")


@dataclass(frozen=True)
class Proof:
    """One stage of one notice: what is known, since when, and what it rests on, which may be too little to prove it."""

    stage: Stage
    known: Known
    at: datetime | None = None
    evidence: Evidence = Evidence.NONE

    @property
    def slug(self) -> str:
        """The slug of what is known, for a badge's class."""
        return self.known.value


_TAKEN = {
    Channel.INAPP: Evidence.IN_LIST,
    Channel.EMAIL: Evidence.MAIL_SERVER,
    Channel.WEBHOOK: Evidence.MACHINE,
    Channel.MESSAGE: Evidence.SERVICE,
}


def proof(delivery: Delivery) -> tuple[Proof, Proof, Proof, Proof]:
    """The four stages of a notice. Fetches of its link are named when it was asked for `with_fetches`."""
    return _handed_over(delivery), _delivered(delivery), _opened(delivery), _acknowledged(delivery)


def _handed_over(row: Delivery) -> Proof:
    stage = Stage.HANDED_OVER
    if row.state == State.DELIVERED:
        return Proof(stage, Known.PROVED, row.done_at, _TAKEN[Channel(row.channel)])
    if row.state == State.DEAD:
        return Proof(stage, Known.FAILED, row.done_at, Evidence.GIVEN_UP)
    if row.state == State.CANCELLED:
        return Proof(stage, Known.CANCELLED, row.done_at, Evidence.NO_LONGER_NEEDED)
    waiting = Evidence.TRYING if row.attempts else Evidence.PLANNED
    return Proof(stage, Known.NOT_YET, row.due_at, waiting)


def _delivered(row: Delivery) -> Proof:
    stage = Stage.DELIVERED
    if row.received_at is not None:
        return Proof(stage, Known.PROVED, row.received_at, _TAKEN[Channel(row.channel)])
    if row.opened_at is not None:
        return Proof(stage, Known.PROVED, row.opened_at, Evidence.OPENED_SO_ARRIVED)
    return _not_proved(row, stage, Evidence.NO_RECEIPT)


def _opened(row: Delivery) -> Proof:
    stage = Stage.OPENED
    if row.opened_at is not None:
        by_link = row.channel in CHANNELS
        return Proof(stage, Known.PROVED, row.opened_at, Evidence.LINK_USED if by_link else Evidence.OPENED_SIGNED_IN)
    if getattr(row, "fetches", 0):
        return Proof(stage, Known.UNKNOWN, getattr(row, "fetched_at", None), Evidence.LINK_FETCHED)
    return _not_proved(row, stage, Evidence.NONE)


def _acknowledged(row: Delivery) -> Proof:
    stage = Stage.ACKNOWLEDGED
    if row.acknowledged_at is not None:
        by_link = row.channel in CHANNELS and row.opened_at == row.acknowledged_at
        return Proof(
            stage, Known.PROVED, row.acknowledged_at, Evidence.LINK_USED if by_link else Evidence.ANSWERED_SIGNED_IN
        )
    # An acknowledgement is an act on this site: where none is on record, none was made.
    return Proof(stage, Known.NOT_YET if topics.asked(row) is not None else Known.NOT_ASKED)


def _not_proved(row: Delivery, stage: Stage, evidence: Evidence) -> Proof:
    """Once it left, whether it arrived is unknown; before, it has not."""
    if row.state == State.DELIVERED:
        return Proof(stage, Known.UNKNOWN, None, evidence)
    if row.state == State.PENDING and not row.attempts:
        return Proof(stage, Known.NOT_YET)
    # A try that failed, or that was cancelled while it ran, may have arrived all the same.
    return Proof(stage, Known.UNKNOWN if row.attempts else Known.CANCELLED)
