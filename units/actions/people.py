"""Verbs about people: accounts, postings and the groups that carry their grants."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from units import policy
from units.actions.keeper import demand_end, demand_keeper, demand_period, demand_reason, lock_tree
from units.choices import Rank, Role
from units.models import (
    Posting,
    Unit,
    UnitGroupPermission,
    UnitRole,
    User,
)


def role_at(unit: Unit, role: Role | str) -> UnitRole:
    """The group of a role at a unit, made with its grants on the unit and everything under it when it is new."""
    if role not in policy.ROLES:
        raise ValidationError(_("There is no role “%(role)s”.") % {"role": role})
    found = UnitRole.objects.filter(unit=unit, role=role).select_related("group").first()
    if found:
        return found
    lock_tree()
    group, _made = Group.objects.get_or_create(name=f"{unit.code}:{role}")
    unit_role, _made = UnitRole.objects.get_or_create(unit=unit, role=role, defaults={"group": group})
    below = unit.descendants(include_self=True).values_list("pk", flat=True)
    grant(unit_role, list(below))
    return unit_role


def grant(unit_role: UnitRole, unit_ids: list[int]) -> None:
    """Write the role's grants on these units; those that stand already stay."""
    permissions = Permission.objects.filter(
        content_type__app_label="units",
        content_type__model="unit",
        codename__in=policy.ROLES[unit_role.role],
    )
    UnitGroupPermission.objects.bulk_create(
        [
            UnitGroupPermission(group=unit_role.group, permission=permission, content_object_id=pk)
            for permission in permissions
            for pk in unit_ids
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def post_person(
    *,
    actor: User | None,
    user: User,
    unit: Unit,
    role: Role | str,
    since: datetime,
    until: datetime | None = None,
    reason: str = "",
) -> Posting:
    """Give a person a role at a unit from `since` up to (not including) `until`.

    Nobody posts himself, and roles of institutions are held at institutions (policy.ROLES_OF_INSTITUTIONS). Raises
    ValidationError for these, for an account out of use, and when he already holds that role there in that time.
    """
    demand_keeper(actor, unit.pk)
    demand_reason(actor, reason)
    demand_period(since, until)
    if actor == user:
        raise ValidationError({"person": _("Nobody posts himself. Another register keeper does that.")})
    if actor is not None and not user.is_active:
        raise ValidationError({"person": _("This account is not in use any more.")})
    if not policy.role_fits(role, unit.kind):
        raise ValidationError({"role": _("This role is held at ministries and secretariats of state only.")})
    unit_role = role_at(unit, role)
    posting = Posting(user=user, unit_role=unit_role, period=(since, until), reason=reason)
    try:
        with transaction.atomic():
            posting.save()
    except IntegrityError as error:
        raise ValidationError(_("This person already holds this role there at that time.")) from error
    user.groups.add(unit_role.group)
    audit.record(
        actor=actor,
        verb="post_person",
        target=user,
        after={
            "unit": unit.code,
            "role": str(role),
            "since": since.isoformat(),
            "until": until.isoformat() if until else None,
        },
        reason=reason,
    )
    return posting


@transaction.atomic
def end_posting(*, actor: User | None, posting: Posting, at: datetime, reason: str) -> Posting:
    """End a posting at a moment; from then on it gives nothing."""
    posting = (
        Posting.objects.select_for_update(of=("self",)).select_related("user", "unit_role__unit").get(pk=posting.pk)
    )
    demand_keeper(actor, posting.unit_role.unit_id)
    demand_reason(actor, reason)
    demand_end(posting, at, _("A posting cannot end before it began."), _("This posting ended before that moment."))
    before = posting.until
    posting.period = (posting.since, at)
    posting.save(update_fields=["period"])
    if at <= clock.now():
        posting.user.groups.remove(posting.unit_role.group)
    audit.record(
        actor=actor,
        verb="end_posting",
        target=posting.user,
        before={"until": before.isoformat() if before else None},
        after={"unit": posting.unit_role.unit.code, "role": posting.unit_role.role, "until": at.isoformat()},
        reason=reason,
    )
    return posting


@transaction.atomic
def create_user(
    *,
    actor: User | None,
    username: str,
    password: str,
    name_en: str,
    name_km: str = "",
    email: str = "",
    rank: Rank | str = Rank.CIVILIAN,
    language: str = "km",
    is_staff: bool = False,
    is_superuser: bool = False,
    reason: str = "",
) -> User:
    """Make an account without any posting: it sees nothing until it is posted. Only the system or staff may."""
    if actor is not None and not actor.is_staff:
        policy.demand(actor, "manage_register", ())
    demand_reason(actor, reason)
    user = User(
        username=username,
        name_en=name_en,
        name_km=name_km,
        email=email,
        rank=rank,
        language=language,
        is_staff=is_staff,
        is_superuser=is_superuser,
    )
    user.set_password(password)
    user.full_clean()
    user.save()
    audit.record(actor=actor, verb="create_user", target=user, after={"staff": is_staff}, reason=reason)
    return user


@transaction.atomic
def choose_language(*, actor: User, language: str) -> User:
    """Remember the language a person reads."""
    before = actor.language
    actor.language = language
    actor.full_clean(exclude=[f.name for f in User._meta.fields if f.name != "language"])
    actor.save(update_fields=["language"])
    audit.record(
        actor=actor,
        verb="choose_language",
        target=actor,
        before={"language": before},
        after={"language": language},
    )
    return actor


@transaction.atomic
def settle_memberships() -> list[str]:
    """Put group memberships and today's postings in step; returns what differed (empty: all in step).

    Safety never depends on it: `policy.unit_ids` joins the dated posting. Runs every 15 minutes.
    """
    now = clock.sql_now()
    due: set[Any] = set(Posting.objects.filter(period__contains=now).values_list("user_id", "unit_role__group_id"))
    held: set[Any] = set(
        User.groups.through.objects.filter(group__unit_role__isnull=False).values_list("user_id", "group_id")
    )
    notes: list[str] = []
    for user_id, group_id in sorted(due - held):
        User.objects.get(pk=user_id).groups.add(group_id)
        notes.append(f"user {user_id} joined group {group_id}")
    for user_id, group_id in sorted(held - due):
        User.objects.get(pk=user_id).groups.remove(group_id)
        notes.append(f"user {user_id} left group {group_id}")
    return notes
