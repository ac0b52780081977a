"""Conflicts of interest, by rule: nobody decides about his own unit or about himself.

Who decides must be posted strictly above the unit, at a unit whose role there carries the right to review.
Source: directive duty D2, held to account fairly; docs/accountability.md says it in words.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from borderwatch import clock
from units import policy
from units.choices import Role
from units.models import CommandTenure, Posting, Unit, User
from units.remembered import once

REVIEW_ROLES = sorted(role for role, codenames in policy.ROLES.items() if policy.REVIEW in codenames)
ANSWER_ROLES = sorted(role for role, codenames in policy.ROLES.items() if policy.ANSWER in codenames)
# The steps of an institution that has nothing above it.
_LADDER = {Role.OFFICIAL: 0, Role.DEPUTY: 1, Role.PRINCIPAL: 2}


def own_units(user: Any) -> frozenset[int]:
    """The units a person belongs to today: where he is posted, in whatever role, and those he heads on record."""
    now = clock.sql_now()
    posted = Posting.objects.filter(user_id=user.pk, period__contains=now).values_list("unit_role__unit_id", flat=True)
    headed = CommandTenure.objects.filter(person_id=user.pk, period__contains=now).values_list("unit_id", flat=True)
    return once(("own_units", user.pk), lambda: frozenset(posted.order_by().union(headed.order_by())))


def membership(user: Any, *units: Unit, head_person: User | None = None) -> str:
    """Why a person must keep out of a matter of these units: he belongs to one, or was its head then; "" if not."""
    if head_person is not None and head_person.pk == user.pk:
        return _("You were the head of the unit at that time; nobody decides about himself.")
    own = own_units(user)
    for unit in units:
        if unit.pk in own:
            return _("%(unit)s is your own unit; the level above it decides.") % {"unit": unit.name}
    return ""


def refusal(user: Any, *units: Unit, head_person: User | None = None) -> str:
    """Why a person may not rule on these units, "" when he may: the right to review, held from strictly above each,
    and no part in the matter. `head_person` is the account of the head of record then.
    """
    if why := membership(user, *units, head_person=head_person):
        return why
    reviewed = policy.unit_ids(user, policy.REVIEW)
    above = review_postings(user.pk) if reviewed else {}
    for unit_id, path in paths([unit.pk for unit in units]).items():
        if unit_id not in reviewed or not any(pk in above for pk in path[:-1]):
            return _("This is decided by a reviewer posted above the unit; your posting is not.")
    return ""


def demand(user: Any, *units: Unit, head_person: User | None = None) -> None:
    """Raise PermissionDenied, saying why, when `refusal` has a reason."""
    if why := refusal(user, *units, head_person=head_person):
        raise PermissionDenied(why)


def head_then(unit: Unit, moment: datetime) -> User | None:
    """The account of who headed the unit at that moment, None where there is none on record."""
    tenure = CommandTenure.objects.at(moment).filter(unit=unit).select_related("person").first()
    return tenure.person if tenure else None


def reviewed_units(user: Any) -> frozenset[int]:
    """The units a person reviews, without those he belongs to."""
    reviewed = policy.unit_ids(user, policy.REVIEW)
    return reviewed - own_units(user) if reviewed else reviewed


def paths(unit_ids: Iterable[int]) -> dict[int, list[int]]:
    """For each unit the ids from the root down to itself; one query."""
    ids = set(unit_ids)
    if not ids:
        return {}
    rows = Unit.objects.with_tree_fields().filter(pk__in=ids)  # type: ignore[attr-defined]
    return {unit.pk: list(unit.tree_path) for unit in rows}


def review_postings(user_id: int, at: datetime | None = None) -> dict[int, str]:
    """Where a person holds (or at that moment held) a reviewing role: unit → role, the highest of several."""
    rows = Posting.objects.filter(
        user_id=user_id, unit_role__role__in=REVIEW_ROLES, period__contains=at or clock.sql_now()
    ).values_list("unit_role__unit_id", "unit_role__role")

    def ask() -> dict[int, str]:
        return dict(sorted(rows, key=lambda row: _LADDER.get(Role(row[1]), 0)))

    return ask() if at else once(("review_postings", user_id), ask)


def levels(unit_ids: Iterable[int]) -> dict[int, list[int]]:
    """For each unit the units above it at which somebody reviews today, the nearest first; two queries."""
    staffed = set(
        Posting.objects.filter(
            unit_role__role__in=REVIEW_ROLES, period__contains=clock.sql_now(), user__is_active=True
        ).values_list("unit_role__unit_id", flat=True)
    )
    return {unit: [pk for pk in reversed(path[:-1]) if pk in staffed] for unit, path in paths(unit_ids).items()}


def reviewers(unit: Unit, *, skip: int = 0, without: int | None = None) -> list[User]:
    """Those who review the unit at the nearest staffed level above it (`skip` levels higher), without one person."""
    above = levels([unit.pk]).get(unit.pk, [])[skip : skip + 1]
    return [user for people in _posted(above, REVIEW_ROLES).values() for user in people if user.pk != without]


def answering(unit: Unit) -> list[User]:
    """Those who answer for the unit today: at the unit itself, else at the nearest unit above that has somebody."""
    path = paths([unit.pk])[unit.pk]
    staffed = _posted(path, ANSWER_ROLES)
    return next((staffed[pk] for pk in reversed(path) if pk in staffed), [])


def _posted(unit_ids: list[int], roles: list[str]) -> dict[int, list[User]]:
    """Active persons with one of these roles at these units today, by unit."""
    rows = (
        Posting.objects.filter(
            unit_role__unit_id__in=unit_ids,
            unit_role__role__in=roles,
            user__is_active=True,
            period__contains=clock.sql_now(),
        )
        .select_related("user", "unit_role")
        .order_by("pk")
    )
    found: dict[int, list[User]] = {}
    for row in rows:
        people = found.setdefault(row.unit_role.unit_id, [])
        if row.user not in people:
            people.append(row.user)
    return found


def appeal_refusal(user: Any, unit: Unit, *, ruler: User, ruled_at: datetime, head_person: User | None = None) -> str:
    """Why a person may not decide an appeal against a ruling, "" when he may.

    He stands above the level at which it was ruled; in an institution with nothing above it, on a higher step of the
    institution itself, and only where that has no higher step just another person. Never the same person.
    """
    if user.pk == ruler.pk:
        return _("You gave the ruling; another person decides the appeal.")
    if why := refusal(user, unit, head_person=head_person):
        return why
    path = paths([unit.pk])[unit.pk][:-1]
    ruled_from = review_postings(ruler.pk, ruled_at)
    level = next((pk for pk in reversed(path) if pk in ruled_from), path[0])
    mine = review_postings(user.pk)
    if any(pk in mine for pk in path[: path.index(level)]):
        return ""
    if level == path[0] and level in mine:
        step, ruled = _LADDER.get(Role(mine[level]), 0), _LADDER.get(Role(ruled_from.get(level, Role.OFFICIAL)), 0)
        if step > ruled or ruled == max(_LADDER.values()):
            return ""
    return _("An appeal is decided one level above the one that ruled.")
