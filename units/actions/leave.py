"""Verbs about leave: the head is away, another person is acting head, then the head answers again.

Who answers when stands in the tenures alone: a leave cuts the head's tenure into three. Incidents filed already keep
who answered (directive duty D2: the head at that moment).
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from units.actions.keeper import demand_keeper, demand_period, demand_reason
from units.actions.people import end_posting, post_person
from units.choices import Rank, Role
from units.models import CommandTenure, Leave, Posting, User


@transaction.atomic
def grant_leave(
    *,
    actor: User | None,
    tenure: CommandTenure,
    since: datetime,
    until: datetime,
    acting_name_en: str,
    acting_name_km: str = "",
    acting_rank: Rank | str,
    acting_person: User | None = None,
    reason: str,
) -> Leave:
    """Send the head of a tenure on leave; the acting head answers from `since` up to (not including) `until`.

    An acting head with an account is posted as commander for that time. Raises ValidationError by field when the
    leave does not lie inside the tenure, or the tenure is itself that of a person acting for another.
    """
    tenure = CommandTenure.objects.select_for_update(of=("self",)).select_related("unit").get(pk=tenure.pk)
    demand_keeper(actor, tenure.unit_id)
    demand_reason(actor, reason)
    demand_period(since, until)
    _demand_inside(tenure, since, until)
    acting = CommandTenure(
        unit=tenure.unit,
        person=acting_person,
        head_name_en=acting_name_en,
        head_name_km=acting_name_km,
        rank=acting_rank,
        acting=True,
        period=(since, until),
        reason=reason,
    )
    before, resumed = _cut(tenure, since, until, acting)
    leave = Leave.objects.create(
        unit=tenure.unit,
        tenure=tenure,
        acting=acting,
        resumed=resumed,
        posting=_post(actor, acting, reason),
        period=(since, until),
        reason=reason,
        granted_by=actor,
        granted_at=clock.now(),
    )
    audit.record(
        actor=actor,
        verb="grant_leave",
        target=tenure.unit,
        before={"head": tenure.head_name_en, "until": before.isoformat() if before else None},
        after={"acting": acting_name_en, "since": since.isoformat(), "until": until.isoformat()},
        reason=reason,
    )
    return leave


def _demand_inside(tenure: CommandTenure, since: datetime, until: datetime) -> None:
    if Leave.objects.filter(acting=tenure).exists():
        raise ValidationError(_("This person is acting for the head. End that leave, then enter the new one."))
    if tenure.since and since <= tenure.since:
        raise ValidationError({"since": _("The leave begins before the head's tenure, or at the same moment.")})
    if tenure.until and since >= tenure.until:
        raise ValidationError({"since": _("The head's tenure has ended by then.")})
    if tenure.until and until > tenure.until:
        raise ValidationError({"until": _("The leave ends after the head's tenure.")})


def _cut(
    tenure: CommandTenure, since: datetime, until: datetime, acting: CommandTenure
) -> tuple[datetime | None, CommandTenure | None]:
    """Head, acting head, head again; gives the old end of the tenure, and the third part if there is one."""
    before = tenure.until
    tenure.period = (tenure.since, since)
    tenure.save(update_fields=["period"])
    acting.save()
    if before == until:
        return before, None
    resumed = CommandTenure.objects.create(
        unit=tenure.unit,
        person=tenure.person,
        head_name_en=tenure.head_name_en,
        head_name_km=tenure.head_name_km,
        rank=tenure.rank,
        acting=tenure.acting,
        period=(until, before),
        reason=tenure.reason,
    )
    # A leave entered earlier that begins later interrupts the part that comes after this one.
    tenure.leaves.filter(period__startswith__gte=until).update(tenure=resumed)
    return before, resumed


def _post(actor: User | None, acting: CommandTenure, reason: str) -> Posting | None:
    """What the acting head needs to answer; none when he holds the role there all that time already."""
    if acting.person is None:
        return None
    held = Posting.objects.filter(
        user=acting.person,
        unit_role__unit=acting.unit,
        unit_role__role=Role.COMMANDER,
        period__contains=(acting.since, acting.until),
    )
    if held.exists():
        return None
    assert acting.since is not None
    try:
        return post_person(
            actor=actor,
            user=acting.person,
            unit=acting.unit,
            role=Role.COMMANDER,
            since=acting.since,
            until=acting.until,
            reason=reason,
        )
    except ValidationError as error:
        raise ValidationError({"acting_person": error.messages}) from error


@transaction.atomic
def end_leave(*, actor: User | None, leave: Leave, at: datetime, reason: str) -> Leave:
    """The head is back early: from `at` on he answers again, and the acting head's posting gives nothing more."""
    leave = _locked(leave)
    demand_keeper(actor, leave.unit_id)
    demand_reason(actor, reason)
    since, before = leave.since, leave.until
    assert since is not None
    assert before is not None
    if at <= since:
        raise ValidationError({"at": _("The leave has not begun by then. If it is not to begin at all, call it off.")})
    if at >= before:
        raise ValidationError({"at": _("The leave ends by then anyway.")})
    _period(leave.acting, since, at)
    _period(leave, since, at)
    try:
        with transaction.atomic():
            _resume(leave, at, before)
    except IntegrityError as error:
        raise ValidationError(_("Another head is on record for part of that time.")) from error
    posting = leave.posting
    if posting is not None and (posting.until is None or posting.until > at):
        end_posting(actor=actor, posting=posting, at=at, reason=reason)
    audit.record(
        actor=actor,
        verb="end_leave",
        target=leave.unit,
        before={"until": before.isoformat()},
        after={"head": leave.tenure.head_name_en, "until": at.isoformat()},
        reason=reason,
    )
    return leave


def _locked(leave: Leave) -> Leave:
    rows = Leave.objects.select_for_update(of=("self", "tenure", "acting"))
    return rows.select_related("unit", "tenure", "acting", "resumed", "posting").get(pk=leave.pk)


def _period(row: CommandTenure | Leave, since: datetime, until: datetime | None) -> None:
    row.period = (since, until)
    row.save(update_fields=["period"])


def _resume(leave: Leave, at: datetime, end: datetime) -> None:
    """The head's third part begins earlier; it is made now when the leave was to last to the end of his tenure."""
    if leave.resumed is not None:
        _period(leave.resumed, at, leave.resumed.until)
        return
    head = leave.tenure
    leave.resumed = CommandTenure.objects.create(
        unit=leave.unit,
        person=head.person,
        head_name_en=head.head_name_en,
        head_name_km=head.head_name_km,
        rank=head.rank,
        acting=head.acting,
        period=(at, end),
        reason=head.reason,
    )
    leave.save(update_fields=["resumed"])


@transaction.atomic
def call_off_leave(*, actor: User | None, leave: Leave, reason: str) -> CommandTenure:
    """Take back a leave that has not begun: the head simply goes on. Nobody ever answered by it.

    Gives the head's tenure, whole again. Raises ValidationError once the leave has begun.
    """
    leave = _locked(leave)
    demand_keeper(actor, leave.unit_id)
    demand_reason(actor, reason)
    since, until = leave.since, leave.until
    assert since is not None
    assert until is not None
    if since <= clock.now():
        raise ValidationError(_("The leave has begun. It can be ended early, not called off."))
    tenure, acting, resumed, posting = leave.tenure, leave.acting, leave.resumed, leave.posting
    leave.delete()
    acting.delete()
    end: datetime | None = until
    if resumed is not None:
        end = resumed.until
        resumed.leaves.update(tenure=tenure)
        resumed.delete()
    _period(tenure, tenure.since or since, end)
    if posting is not None:
        _take_back(posting)
    audit.record(
        actor=actor,
        verb="call_off_leave",
        target=tenure.unit,
        before={"acting": acting.head_name_en, "since": since.isoformat(), "until": until.isoformat()},
        after={"head": tenure.head_name_en, "until": end.isoformat() if end else None},
        reason=reason,
    )
    return tenure


def _take_back(posting: Posting) -> None:
    """A posting that never began leaves nothing behind but the audit."""
    user, group = posting.user, posting.unit_role.group
    posting.delete()
    if not Posting.objects.filter(user=user, unit_role__group=group, period__contains=clock.sql_now()).exists():
        user.groups.remove(group)
