"""Verbs about heads of units: who answers from when to when. Source of the rule: directive duty D2.

Incidents copy who answered when they are filed, so nothing here changes what has been put on record about them.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from units.actions.keeper import demand_end, demand_keeper, demand_period, demand_reason
from units.actions.people import end_posting
from units.choices import Rank, Role
from units.models import CommandTenure, Leave, Posting, Unit, User


@transaction.atomic
def appoint_head(
    *,
    actor: User | None,
    unit: Unit,
    name_en: str,
    name_km: str = "",
    rank: Rank | str = Rank.CAPTAIN,
    since: datetime,
    until: datetime | None = None,
    person: User | None = None,
    acting: bool = False,
    reason: str = "",
) -> CommandTenure:
    """Put on record who heads a unit from `since` up to (not including) `until`.

    Raises ValidationError when the unit has another head in that time. Source: directive duty D2.
    """
    demand_keeper(actor, unit.pk)
    demand_reason(actor, reason)
    demand_period(since, until)
    tenure = CommandTenure(
        unit=unit,
        person=person,
        head_name_en=name_en,
        head_name_km=name_km,
        rank=rank,
        acting=acting,
        period=(since, until),
        reason=reason,
    )
    try:
        with transaction.atomic():
            tenure.save()
    except IntegrityError as error:
        raise ValidationError(_("The unit already has a head at that time. End that tenure first.")) from error
    audit.record(
        actor=actor,
        verb="appoint_head",
        target=unit,
        after={
            "head": name_en,
            "rank": str(rank),
            "acting": acting,
            "since": _iso(since),
            "until": _iso(until),
        },
        reason=reason,
    )
    return tenure


@transaction.atomic
def end_tenure(
    *, actor: User | None, tenure: CommandTenure, at: datetime, reason: str, with_posting: bool = False
) -> CommandTenure:
    """End a head's tenure at a moment (not included). What he answered for before stays his.

    `with_posting` ends his posting as head at the unit too: a tenure says who answers, a posting who may act. The
    tenure of an acting head ends by itself when nobody is to come back; otherwise the leave is ended. Raises
    ValidationError when the moment lies outside the tenure or a leave begins later.
    """
    tenure = CommandTenure.objects.select_for_update(of=("self",)).get(pk=tenure.pk)
    demand_keeper(actor, tenure.unit_id)
    demand_reason(actor, reason)
    demand_end(tenure, at, _("A tenure cannot end before it began."), _("This tenure ended before that moment."))
    if tenure.leaves.filter(period__endswith__gt=at).exists():
        raise ValidationError({"at": _("A leave is on record after that moment. Call it off or end it first.")})
    leave = Leave.objects.select_for_update(of=("self",)).filter(acting=tenure).first()
    before = tenure.until
    tenure.period = (tenure.since, at)
    tenure.save(update_fields=["period"])
    audit.record(
        actor=actor,
        verb="end_tenure",
        target=tenure.unit,
        before={"until": _iso(before)},
        after={"head": tenure.head_name_en, "until": at.isoformat()},
        reason=reason,
    )
    if leave is not None:
        _shorten(leave, at, actor=actor, reason=reason)
    if with_posting:
        for posting in _postings_as_head(tenure, at):
            end_posting(actor=actor, posting=posting, at=at, reason=reason)
    return tenure


def _postings_as_head(tenure: CommandTenure, at: datetime) -> list[Posting]:
    """His postings as head of the unit that still give something at that moment."""
    rows = Posting.objects.filter(
        user=tenure.person_id, unit_role__unit=tenure.unit_id, unit_role__role=Role.COMMANDER, period__contains=at
    )
    return list(rows.exclude(period__startswith=at)) if tenure.person_id else []


def _shorten(leave: Leave, at: datetime, *, actor: User | None, reason: str) -> None:
    """The acting head's time ends without the head's return: so do the leave and the posting that came with it."""
    if leave.resumed_id is not None:
        raise ValidationError({"at": _("This is an acting head. End the leave instead: the head then answers again.")})
    leave.period = (leave.since, at)
    leave.save(update_fields=["period"])
    if leave.posting is not None and (leave.posting.until is None or leave.posting.until > at):
        end_posting(actor=actor, posting=leave.posting, at=at, reason=reason)


@transaction.atomic
def correct_tenure(
    *, actor: User | None, tenure: CommandTenure, since: datetime, until: datetime | None, reason: str
) -> CommandTenure:
    """Put right the dates of a tenure that were entered wrongly. Incidents filed already keep who answered.

    Raises ValidationError when another head holds part of the new time, or when a bound is set by a leave.
    """
    tenure = CommandTenure.objects.select_for_update(of=("self",)).get(pk=tenure.pk)
    demand_keeper(actor, tenure.unit_id)
    demand_reason(actor, reason)
    demand_period(since, until)
    _bounds_of_leaves_stay(tenure, since, until)
    before = {"since": _iso(tenure.since), "until": _iso(tenure.until)}
    tenure.period = (since, until)
    try:
        with transaction.atomic():
            tenure.save(update_fields=["period"])
    except IntegrityError as error:
        raise ValidationError(_("Another head is on record for part of that time.")) from error
    audit.record(
        actor=actor,
        verb="correct_tenure",
        target=tenure.unit,
        before=before,
        after={"head": tenure.head_name_en, "since": _iso(since), "until": _iso(until)},
        reason=reason,
    )
    return tenure


def _bounds_of_leaves_stay(tenure: CommandTenure, since: datetime, until: datetime | None) -> None:
    moved = {"since": since != tenure.since, "until": until != tenure.until}
    acting = Leave.objects.filter(acting=tenure).exists()
    tied = {
        "since": acting or Leave.objects.filter(resumed=tenure).exists(),
        "until": acting or tenure.leaves.exists(),
    }
    wrong = [field for field in moved if moved[field] and tied[field]]
    if wrong:
        raise ValidationError({wrong[0]: _("A leave sets this date. End the leave or call it off instead.")})


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@transaction.atomic
def withdraw_tenure(*, actor: User | None, tenure: CommandTenure, reason: str) -> None:
    """Take back a tenure that has not begun: the order was changed before its day. Nobody ever answered by it.

    Raises ValidationError when it has begun, or when a leave hangs on it.
    """
    tenure = CommandTenure.objects.select_for_update(of=("self",)).get(pk=tenure.pk)
    demand_keeper(actor, tenure.unit_id)
    demand_reason(actor, reason)
    if tenure.since is None or tenure.since <= clock.now():
        raise ValidationError(_("This tenure has begun. It can be ended, not taken back."))
    if tenure.leaves.exists() or Leave.objects.filter(acting=tenure).exists():
        raise ValidationError(_("A leave hangs on this tenure. Call the leave off first."))
    for leave in Leave.objects.select_for_update(of=("self",)).filter(resumed=tenure):
        leave.resumed = None
        leave.save(update_fields=["resumed"])
    audit.record(
        actor=actor,
        verb="withdraw_tenure",
        target=tenure.unit,
        before={"head": tenure.head_name_en, "since": _iso(tenure.since), "until": _iso(tenure.until)},
        reason=reason,
    )
    try:
        tenure.delete()
    except ProtectedError as error:
        raise ValidationError(_("Records name this tenure. It can be ended, not taken back.")) from error
