"""Verbs about stand-ins: while a person is away, another is told and acts for him.

Looked at when a notice leaves, not when it was planned (units/directory.py). Who answers for a unit does not move
with it: a head who is away is put on leave (units/actions/leave.py), so that the record of commands says so.
"""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from units import notices_office, policy
from units.actions.keeper import demand_reason
from units.actions.people import end_posting, post_person
from units.choices import Role
from units.models import Delegation, Posting, Unit, User

# What a person may hand to a colleague of his own office by himself; the rest a register keeper enters.
BY_ONESELF = frozenset({Role.FILER, Role.PROVINCE_OFFICER, Role.OFFICIAL, Role.DEPUTY, Role.PRINCIPAL})
# Longer than this is a posting, not a time away.
LONGEST = timedelta(days=366)


def _demand(actor: User | None, person: User, unit: Unit) -> bool:
    """The person himself, or a keeper of the unit's register; gives whether he does it for himself alone."""
    if actor is None or policy.may(actor, "delegate", [unit.pk]):
        return False
    if actor.pk != person.pk or not actor.is_active:
        policy.demand(actor, "delegate", [unit.pk])
    return True


@transaction.atomic
def grant_delegation(
    *,
    actor: User | None,
    person: User,
    unit: Unit,
    role: str,
    stand_in: User,
    since: datetime,
    until: datetime,
    reason: str,
) -> Delegation:
    """From `since` up to (not including) `until`, `stand_in` is told and acts for `person` in his role at the unit.

    He is posted with that role for the time when he lacks it. By himself a person names a colleague of the same
    office; a register keeper may name anybody. Raises PermissionDenied, and ValidationError by field.
    """
    by_himself = _demand(actor, person, unit)
    demand_reason(actor, reason)
    now = clock.now()
    _check_period(actor, since, until, now)
    _check_people(person, unit, role, stand_in, since, until, by_himself=by_himself)
    delegation = Delegation(
        person=person,
        stand_in=stand_in,
        unit=unit,
        role=role,
        reason=reason.strip(),
        period=(since, until),
        granted_by=actor,
        granted_at=now,
    )
    # The keeper posts as himself; for a person who may not post, the system does what his delegation asks.
    delegation.posting = _post(None if by_himself or actor == stand_in else actor, delegation, since, until)
    try:
        with transaction.atomic():
            delegation.save()
    except IntegrityError as error:
        raise ValidationError(
            {"since": _("Somebody stands in for part of that time already. End that first.")}
        ) from error
    audit.record(
        actor=actor,
        verb="grant_delegation",
        target=person,
        after={
            "unit": unit.code,
            "role": str(role),
            "stand_in": stand_in.username,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "posted": delegation.posting is not None,
        },
        reason=reason,
        at=now,
    )
    outbox.publish(notices_office.delegation_notice(delegation, "delegation_granted", actor))
    return delegation


def _check_period(actor: User | None, since: datetime, until: datetime, now: datetime) -> None:
    errors: dict[str, str] = {}
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if actor is not None and since < today:
        errors["since"] = _("A stand-in begins today at the earliest.")
    if until <= since:
        errors["until"] = _("The end lies before the beginning, or at the same moment.")
    elif until <= now:
        errors["until"] = _("The end has passed already.")
    elif until - since > LONGEST:
        errors["until"] = _("Nobody stands in for more than a year; post the person instead.")
    if errors:
        raise ValidationError(errors)


def _check_people(
    person: User, unit: Unit, role: str, stand_in: User, since: datetime, until: datetime, *, by_himself: bool
) -> None:
    errors: dict[str, str] = {}
    there = Posting.objects.filter(unit_role__unit=unit, period__contains=(since, until))
    if role == Role.COMMANDER:
        errors["role"] = _("A head who is away is put on leave at the unit's page, so that it is plain who answers.")
    elif not there.filter(user=person, unit_role__role=role).exists():
        errors["role"] = _("The person does not hold this role there for the whole time.")
    elif by_himself and role not in BY_ONESELF:
        errors["role"] = _("For this role the register keeper enters the stand-in.")
    if stand_in == person:
        errors["stand_in"] = _("Nobody stands in for himself.")
    elif not stand_in.is_active:
        errors["stand_in"] = _("This account is not in use any more.")
    elif by_himself and not there.filter(user=stand_in).exists():
        errors["stand_in"] = _("By yourself you name a colleague who serves at your office for the whole time.")
    elif Delegation.objects.filter(person=stand_in, period__overlap=(since, until)).exists():
        errors["stand_in"] = _("This person is away for part of that time.")
    if errors:
        raise ValidationError(errors)


def _post(actor: User | None, delegation: Delegation, since: datetime, until: datetime) -> Posting | None:
    """What the stand-in needs to act; none when he holds the role there all that time already."""
    held = Posting.objects.filter(
        user=delegation.stand_in,
        unit_role__unit=delegation.unit,
        unit_role__role=delegation.role,
        period__contains=(since, until),
    )
    if held.exists():
        return None
    try:
        return post_person(
            actor=actor,
            user=delegation.stand_in,
            unit=delegation.unit,
            role=delegation.role,
            since=since,
            until=until,
            reason=delegation.reason,
        )
    except ValidationError as error:
        raise ValidationError({"stand_in": error.messages}) from error


@transaction.atomic
def end_delegation(*, actor: User | None, delegation: Delegation, reason: str, at: datetime | None = None) -> None:
    """The person is back: from `at` (now) on he is told himself, and the stand-in's posting gives nothing more.

    One that has not begun leaves nothing behind but the record. Raises PermissionDenied, and ValidationError when it
    has ended by then.
    """
    rows = Delegation.objects.select_for_update(of=("self",)).select_related("person", "stand_in", "unit", "posting")
    found = rows.filter(pk=delegation.pk).first()
    if found is None:
        raise ValidationError(_("This was called off already."))
    by_himself = _demand(actor, found.person, found.unit)
    demand_reason(actor, reason)
    now = clock.now()
    at = at or now
    since, before = found.since, found.until
    assert since is not None
    if before is not None and before <= at:
        raise ValidationError({"at": _("It ends by then anyway.")})
    if at < now - timedelta(minutes=1):
        raise ValidationError({"at": _("What has passed stands. End it now or later.")})
    notice = notices_office.delegation_notice(found, "delegation_ended", actor, at=at)
    posting = found.posting
    if at <= since:
        found.delete()
        if posting is not None:
            _take_back(posting)
    else:
        found.period = (since, at)
        found.save(update_fields=["period"])
        if posting is not None and (posting.until is None or posting.until > at):
            end_posting(actor=None if by_himself else actor, posting=posting, at=at, reason=reason)
    audit.record(
        actor=actor,
        verb="end_delegation",
        target=found.person,
        before={"unit": found.unit.code, "stand_in": found.stand_in.username, "until": _iso(before)},
        after={"until": at.isoformat(), "begun": at > since},
        reason=reason,
        at=now,
    )
    outbox.publish(notice)


def _take_back(posting: Posting) -> None:
    """A posting that never began leaves nothing behind but the audit."""
    user, group = posting.user, posting.unit_role.group
    posting.delete()
    if not Posting.objects.filter(user=user, unit_role__group=group, period__contains=clock.sql_now()).exists():
        user.groups.remove(group)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
